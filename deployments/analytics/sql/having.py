"""Conditions on groups."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from deployments.analytics.sql import calculate, comparisons, measures, nodes, related, scalars
from deployments.analytics.sql.draft import Draft
from deployments.contracts.errors import InvalidQuery
from deployments.contracts.query import (
    AllOf,
    AnyOf,
    Comparison,
    Constant,
    MeasureComparison,
    Nested,
    Not,
    Operator,
)


def having(value: Any, draft: Draft) -> exp.Expr:
    """The SQL of a condition on groups, over the stage's rows. Raises InvalidQuery for one that is not on a group."""
    if isinstance(value, AllOf):
        return nodes.all_of([having(part, draft) for part in value.of]) or nodes.TRUE
    if isinstance(value, AnyOf):
        return nodes.any_of([having(part, draft) for part in value.of]) or nodes.TRUE
    if isinstance(value, Not):
        return nodes.not_true(having(value.of, draft))
    if isinstance(value, MeasureComparison):
        return _measure(value, draft)
    if isinstance(value, Comparison):
        return _dimension(value, draft)
    raise InvalidQuery(f"A condition of kind {value.kind} is on rows, not on groups")


def _measure(value: MeasureComparison, draft: Draft) -> exp.Expr:
    context, stage = draft.context, draft.standing
    left = calculate.measure(measures.expand(value.measure, context), stage, "current")
    operator = value.operator
    if operator in (Operator.IS_NULL, Operator.IS_NOT_NULL):
        return nodes.is_null(left, negated=operator is Operator.IS_NOT_NULL)
    if operator not in comparisons.SIMPLE:
        raise InvalidQuery(f"A measure cannot be compared by '{operator.value}'")
    if value.right_measure is not None:
        right = calculate.measure(measures.expand(value.right_measure, context), stage, "current")
    elif isinstance(value.right, Constant) and value.right.value is not None:
        kind = scalars.measure_type(value.measure, context)
        right = nodes.constant(comparisons.fit(value.right.value, kind, value.measure))
    elif isinstance(value.right, Nested):
        if value.right.choose == "value":
            right = related.single_value(value.right, context)
        else:
            return related.against_several(operator, left, value.right, context)
    else:
        raise InvalidQuery("A measure is compared with a number, a nested question or another measure")
    return nodes.binary(comparisons.SIMPLE[operator], left, right)


def _dimension(value: Comparison, draft: Draft) -> exp.Expr:
    for grouping, node in zip(draft.groupings, draft.standing.dimensions, strict=True):
        if grouping.of == value.left:
            return comparisons.over(node, value, draft.context)
    raise InvalidQuery(f"{scalars.name_of(value.left)} is not grouped by, so groups cannot be chosen by it")
