"""Conditions that no row can meet together: said, so that an empty answer is not taken for a fact of the data."""

from __future__ import annotations

from decimal import Decimal

from deployments.analytics.language.filters import parts
from deployments.analytics.model.schema import SemanticModel
from deployments.contracts.query import (
    AnalyticQuery,
    Attribute,
    Comparison,
    Constant,
    Filter,
    Operator,
    Scalar,
    TimeRange,
)

_LOWER = (Operator.GT, Operator.GE)
_UPPER = (Operator.LT, Operator.LE)


def contradictions(query: AnalyticQuery, model: SemanticModel) -> tuple[str, ...]:
    """A sentence for each attribute of which the question wants what cannot be."""
    filters = list(parts(query.where))
    if query.time is not None:
        filters.append(TimeRange(of=query.time.of, start=query.time.start, end=query.time.end))
    found = []
    for of in dict.fromkeys(of for part in filters if (of := _about(part)) is not None):
        if _is_empty([part for part in filters if _about(part) == of]):
            label = model.attribute(of.entity, of.name).label if isinstance(of, Attribute) else "the value"
            found.append(f"nothing can meet all that is said of {label}, so there are no rows")
    return tuple(found)


def exclude_each_other(one: Filter, other: Filter) -> bool:
    """Whether two conditions are on one attribute, and no row can meet both."""
    about = _about(one)
    return about is not None and about == _about(other) and _is_empty([one, other])


def _about(part: Filter) -> Scalar | None:
    if isinstance(part, Comparison) and (isinstance(part.right, Constant) or part.values):
        return part.left
    return part.of if isinstance(part, TimeRange) else None


def _is_open(conditions: list[Filter]) -> bool:
    """Whether a bound is not among what it bounds."""
    return any(isinstance(part, Comparison) and part.operator in (Operator.GT, Operator.LT) for part in conditions)


def _is_empty(conditions: list[Filter]) -> bool:
    """Whether the bounds leave nothing between them, or two values are wanted at once."""
    low, high = float("-inf"), float("inf")
    wanted: set[object] | None = None
    unwanted: set[object] = set()
    starts, ends = [], []
    for part in conditions:
        if isinstance(part, TimeRange):
            starts += [str(part.start)] if part.start is not None else []
            ends += [str(part.end)] if part.end is not None else []
            continue
        if not isinstance(part, Comparison):
            continue
        value = part.right.value if isinstance(part.right, Constant) else None
        if part.operator in _LOWER and isinstance(value, int | float | Decimal):
            low = max(low, float(value))
        elif part.operator in _UPPER and isinstance(value, int | float | Decimal):
            high = min(high, float(value))
        elif part.operator in (Operator.EQ, Operator.IN):
            values: set[object] = {*part.values} or {value}
            wanted = values if wanted is None else wanted & values
        elif part.operator in (Operator.NE, Operator.NOT_IN):
            unwanted |= {*part.values} or {value}
    late = bool(starts and ends) and max(starts) >= min(ends)
    apart = wanted is not None and not wanted - unwanted
    return low > high or (low == high and _is_open(conditions)) or late or apart
