"""A typed question in, one SQL statement out. The only place where SQL is made."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from deployments.analytics.model.schema import SemanticModel
from deployments.analytics.sql.context import Context
from deployments.analytics.sql.render import render
from deployments.analytics.sql.statement import draft_of
from deployments.analytics.sql.typed import columns_of
from deployments.analytics.sql.verified import statement_of
from deployments.contracts.answers import ResultColumn
from deployments.contracts.query import AnalyticQuery


@dataclass(frozen=True, slots=True)
class Compiled:
    """A statement in DuckDB's dialect, its columns in order, and what was settled in making it."""

    sql: str
    columns: tuple[ResultColumn, ...]
    assumptions: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def compile_query(query: AnalyticQuery, model: SemanticModel, as_of: dt.date) -> Compiled:
    """Compile a typed question. `as_of` is the day to take as today.

    Raises InvalidQuery, with the nearest names where one is wrong, for what the model lacks and for what cannot be
    computed without a wrong number."""
    if query.verified is not None:
        sql, columns = statement_of(query.verified, model, as_of)
        return Compiled(sql, columns)
    if query.statement is not None:
        return Compiled(query.statement, columns_of(query.statement))
    context = Context(model, as_of)
    draft = draft_of(query, context)
    if draft.select is None:
        raise AssertionError("the last pass sets the statement")
    return Compiled(
        sql=render(draft.select),
        columns=tuple(output.column for output in draft.outputs if output.shown),
        assumptions=tuple(context.assumptions),
        warnings=tuple(context.warnings),
    )
