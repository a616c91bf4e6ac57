"""A question as one SELECT: the passes, in their order."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from deployments.analytics.sql import nodes
from deployments.analytics.sql.aggregate import aggregate
from deployments.analytics.sql.calculate import calculate
from deployments.analytics.sql.combine import combine
from deployments.analytics.sql.context import Context, Scope
from deployments.analytics.sql.divide import divide
from deployments.analytics.sql.draft import Draft
from deployments.analytics.sql.fill import fill
from deployments.analytics.sql.finish import finish
from deployments.analytics.sql.measured import measured
from deployments.analytics.sql.resolve import resolve
from deployments.contracts.errors import InvalidQuery
from deployments.contracts.query import AnalyticQuery

MAX_DEPTH = 8

PASSES: tuple[Callable[[Draft], None], ...] = (
    resolve,  # names and slots are those of the model; what is left open gets its default
    measured,  # metrics become aggregates, each over the entity whose rows it counts
    divide,  # one part for each entity that is counted, and for a period of its own
    aggregate,  # each part: joins, conditions, each row counted once in each group
    combine,  # the parts side by side on their dimensions
    fill,  # periods without rows
    calculate,  # the output columns, with shares, running totals, ranks
    finish,  # conditions on groups, order, limit, projection
)


def draft_of(query: AnalyticQuery, context: Context) -> Draft:
    """The question taken through all passes. Raises InvalidQuery."""
    context.depth += 1
    if context.depth > MAX_DEPTH:
        raise InvalidQuery(f"Questions are nested more than {MAX_DEPTH} deep")
    draft = Draft(context, query, context.entity(query.subject), Scope(query.time))
    for step in PASSES:
        step(draft)
    context.depth -= 1
    return draft


def first_column(query: AnalyticQuery, context: Context) -> exp.Select:
    """The question as a SELECT of its first column alone, for IN and for a single value."""
    draft = draft_of(query, context)
    if draft.select is None or not draft.select.expressions:
        raise InvalidQuery("A nested question must have a column")
    if len(draft.select.expressions) == 1:
        return draft.select
    shown = draft.select.expressions
    if draft.select.args.get("distinct") is None and draft.select.args.get("order") is None:
        draft.select.set("expressions", [shown[0]])
        return draft.select
    name = shown[0].alias_or_name
    outer = nodes.select_from(nodes.subquery(draft.select, "chosen"))
    outer.set("expressions", [nodes.column(name)])
    return outer
