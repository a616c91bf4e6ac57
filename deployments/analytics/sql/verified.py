"""A verified query of the model as a statement: its own SQL with other constants where the question has others."""

from __future__ import annotations

import datetime as dt
import re

import sqlglot
from sqlglot import exp

from deployments.analytics.model.schema import SemanticModel, VerifiedQuery
from deployments.contracts.answers import ResultColumn
from deployments.contracts.errors import InvalidQuery
from deployments.contracts.query import VerifiedCall

_NUMBER = re.compile(r"\d+(\.\d+)?")


def verified_query(name: str, model: SemanticModel) -> VerifiedQuery:
    """The verified query of that name. Raises InvalidQuery."""
    for query in model.verified_queries:
        if query.name == name:
            return query
    known = tuple(query.name for query in model.verified_queries)
    raise InvalidQuery(f"There is no verified query {name!r}", suggestions=known[:3])


def literals_of(tree: exp.Expr) -> list[exp.Literal]:
    """The literals of a statement, in the order that `Placed.index` counts them."""
    return list(tree.find_all(exp.Literal))


def statement_of(call: VerifiedCall, model: SemanticModel, as_of: dt.date) -> tuple[str, tuple[ResultColumn, ...]]:
    """The SQL and its columns, whose types the warehouse fills in. `as_of` stands for today. Raises InvalidQuery."""
    tree = sqlglot.parse_one(verified_query(call.name, model).sql, read="duckdb")
    literals = literals_of(tree)
    for placed in call.placed:
        if not 0 <= placed.index < len(literals):
            raise InvalidQuery(f"The verified query {call.name!r} has no constant number {placed.index}")
        literal = literals[placed.index]
        if not literal.is_string and not _NUMBER.fullmatch(placed.value):
            raise InvalidQuery(f"A number is expected in place of {literal.this}, not {placed.value!r}")
        literal.set("this", placed.value)
    for today in list(tree.find_all(exp.CurrentDate)):
        today.replace(exp.cast(exp.Literal.string(as_of.isoformat()), "date"))
    if not isinstance(tree, exp.Query):
        raise InvalidQuery(f"The verified query {call.name!r} is no SELECT")
    return tree.sql(dialect="duckdb", pretty=True), selected(tree)


def selected(tree: exp.Query) -> tuple[ResultColumn, ...]:
    """The columns of a SELECT, whose types the warehouse fills in."""
    names = (select.alias_or_name or select.sql("duckdb") for select in tree.selects)
    return tuple(
        ResultColumn(name=name, label=name.replace("_", " ").strip(), type="text", additive=False) for name in names
    )
