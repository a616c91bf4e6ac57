"""Row policies, put below a statement: each place where a table stands becomes a SELECT of the rows that may be seen.

It is done to the tree, at the places that the guard traced to tables of the model, so that it holds below joins,
subqueries, CTEs and set operations, and whoever wrote the statement. A name that a CTE has taken is no such place."""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError

from deployments.analytics.sql import vocabulary
from deployments.analytics.sql.surface import Surface


class UnresolvedPolicy(Exception):
    """A policy still asks for claims: the model was not made for a caller."""


def apply_policies(places: Iterable[exp.Table], surface: Surface) -> tuple[str, ...]:
    """Change the tree in place; gives what was applied, as `table: condition`. Raises UnresolvedPolicy."""
    applied: dict[str, None] = {}
    for table in places:
        policies = surface.policies(table)
        if policies:
            table.replace(_restricted(table, policies, surface.columns(table) or frozenset()))
        for policy in policies:
            applied[f"{table.name.lower()}: {policy}"] = None
    return tuple(sorted(applied))


def _restricted(table: exp.Table, policies: tuple[str, ...], columns: frozenset[str]) -> exp.Subquery:
    conditions = []
    for policy in policies:
        try:
            condition = parse_one(policy, read="duckdb")
        except SqlglotError:
            raise UnresolvedPolicy from None
        # A claim that was not put in reads as a struct.
        if any(type(node) not in vocabulary.ALLOWED for node in condition.walk()):
            raise UnresolvedPolicy
        conditions.append(exp.Paren(this=condition))
    source = table.copy()
    source.set("alias", None)
    select = exp.Select(
        expressions=[exp.column(exp.to_identifier(column, quoted=True)) for column in sorted(columns)],
        from_=exp.From(this=source),
        where=exp.Where(this=exp.and_(*conditions)),
    )
    alias = table.args.get("alias") or exp.TableAlias(this=exp.to_identifier(table.name, quoted=table.this.quoted))
    return exp.Subquery(this=select, alias=alias.copy())
