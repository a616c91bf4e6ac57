"""A SELECT that someone typed where a question is expected: run as it stands where the guard lets it through.

What the caller may see holds for it as for every statement: the guard is given the caller's own model, and puts row policies
below it. `*` is written out, since only the columns of the model are shown.
"""

from __future__ import annotations

import re

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from deployments.analytics.model.schema import SemanticModel
from deployments.analytics.sql.guard import Reason, decide
from deployments.analytics.sql.surface import surface_of
from deployments.analytics.sql.verified import selected
from deployments.contracts.answers import ResultColumn
from deployments.contracts.errors import InvalidQuery, QueryRefused
from deployments.contracts.limits import Limits

_FENCED = re.compile(r"^```(?:sql)?\s*(.*?)\s*```$", re.DOTALL | re.IGNORECASE)
_WORDS = re.compile(r"^[\w\s'’-]+[?.!]?$")
_NO_SQL = (Reason.UNREADABLE, Reason.UNKNOWN_TABLE, Reason.UNKNOWN_COLUMN, Reason.NOT_A_QUERY)


def typed_statement(text: str, model: SemanticModel) -> str | None:
    """The statement that may run; None where the words are no SQL after all ("select customers from Germany").
    Raises QueryRefused, whose `extra` holds the reason, for one that may not."""
    fenced = _FENCED.match(text.strip())
    said = (fenced[1] if fenced else text).strip().rstrip(";").strip()
    statement = _written_out(said, model)
    decision = decide(statement, model, Limits())
    if decision.allowed:
        hidden = sorted(set(decision.report.columns) & _hidden(model))
        if hidden:
            raise QueryRefused(f"There is no column {hidden[0]!r}", reason=Reason.UNKNOWN_COLUMN.value)
        return statement
    if decision.reason in _NO_SQL and _WORDS.match(said):
        return None
    raise QueryRefused(decision.detail, reason=decision.reason.value if decision.reason else "")


def _hidden(model: SemanticModel) -> set[str]:
    """The columns that the model hides from everyone, as the guard reports them."""
    return {
        f"{entity.table}.{attribute.name}".lower()
        for entity in model.entities
        for attribute in entity.attributes
        if entity.hidden or attribute.hidden
    } - {
        f"{entity.table}.{attribute.name}".lower()
        for entity in model.entities
        for attribute in entity.attributes
        if not (entity.hidden or attribute.hidden)
    }


def columns_of(statement: str) -> tuple[ResultColumn, ...]:
    """The columns of a typed statement. Raises InvalidQuery for what is no SELECT."""
    try:
        tree = sqlglot.parse_one(statement, read="duckdb")
    except (SqlglotError, RecursionError):
        raise InvalidQuery("The statement cannot be read") from None
    if not isinstance(tree, exp.Query):
        raise InvalidQuery("The statement must be a SELECT")
    return selected(tree)


def _written_out(said: str, model: SemanticModel) -> str:
    """The statement with the model's columns in place of `*`; as it was where it holds none, or cannot be read."""
    try:
        trees = sqlglot.parse(said, read="duckdb")
    except (SqlglotError, RecursionError):
        return said
    tree = trees[0] if len(trees) == 1 else None
    selects = [] if tree is None else [s for s in tree.find_all(exp.Select) if any(map(_is_star, s.expressions))]
    for select in selects:
        if not _write_out(select, model):
            return said
    return tree.sql(dialect="duckdb") if tree is not None and selects else said


def _write_out(select: exp.Select, model: SemanticModel) -> bool:
    start = select.args.get("from_")
    sources = [start.this, *(join.this for join in select.args.get("joins") or ())] if start is not None else []
    columns: dict[str, list[str]] = {}
    for source in sources:
        known = surface_of(model).columns(source) if isinstance(source, exp.Table) else None
        if known is None:
            return False
        columns[source.alias_or_name] = _in_order(known, source, model)
    shown: list[exp.Expr] = []
    for each in select.expressions:
        if not _is_star(each):
            shown.append(each)
            continue
        wanted = each.table if isinstance(each, exp.Column) else ""
        if each.args.get("except_") or each.args.get("replace") or (wanted and wanted not in columns):
            return False
        for name, held in columns.items():
            if wanted in ("", name):
                shown.extend(exp.column(column, table=name if len(columns) > 1 else None) for column in held)
    select.set("expressions", shown)
    return True


def _in_order(known: frozenset[str], table: exp.Table, model: SemanticModel) -> list[str]:
    """The columns as the model has them, then those that only its expressions read."""
    entity = next((e for e in model.entities if e.table.lower() == table.name.lower()), None)
    own = [a.name.lower() for a in entity.attributes if not a.hidden and a.expression is None] if entity else []
    return [name for name in own if name in known] or sorted(known)


def _is_star(node: exp.Expr) -> bool:
    return isinstance(node, exp.Star) or (isinstance(node, exp.Column) and isinstance(node.this, exp.Star))
