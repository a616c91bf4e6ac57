"""Filters as values: joined, negated, taken apart, and asked what they are about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from deployments.analytics.model.values import ValueMatch
from deployments.contracts.query import (
    Aggregate,
    AllOf,
    AnyOf,
    Attribute,
    Comparison,
    Constant,
    Filter,
    Measure,
    MetricValue,
    Not,
    Operator,
    Plain,
    Related,
    Scalar,
    TimeRange,
)

_OPPOSITE = {
    Operator.EQ: Operator.NE, Operator.NE: Operator.EQ, Operator.GT: Operator.LE, Operator.LE: Operator.GT,
    Operator.LT: Operator.GE, Operator.GE: Operator.LT, Operator.IN: Operator.NOT_IN, Operator.NOT_IN: Operator.IN,
    Operator.IS_NULL: Operator.IS_NOT_NULL, Operator.IS_NOT_NULL: Operator.IS_NULL,
    Operator.CONTAINS: Operator.NOT_CONTAINS, Operator.NOT_CONTAINS: Operator.CONTAINS,
}  # fmt: skip


def conjoin(filters: Sequence[Filter]) -> Filter | None:
    """All of them as one filter; None where there is none."""
    if not filters:
        return None
    return filters[0] if len(filters) == 1 else AllOf(of=tuple(filters))


def negate(filters: Sequence[Filter]) -> Filter:
    """Not all of them, in the plainest form. There must be at least one."""
    whole = conjoin(filters)
    assert whole is not None
    if isinstance(whole, Comparison) and whole.operator in _OPPOSITE:
        return whole.model_copy(update={"operator": _OPPOSITE[whole.operator]})
    return Not(of=whole)


def parts(where: Filter | None) -> tuple[Filter, ...]:
    """The conjoined conditions of a filter."""
    if where is None:
        return ()
    return where.of if isinstance(where, AllOf) else (where,)


def equals(left: Attribute, hits: Iterable[ValueMatch]) -> Comparison:
    """The attribute is one of the values."""
    values = tuple(dict.fromkeys(hit.value for hit in hits))
    if len(values) == 1:
        return Comparison(left=left, operator=Operator.EQ, right=Constant(value=values[0]))
    return Comparison(left=left, operator=Operator.IN, values=values)


def union(first: Filter, second: Filter) -> Comparison | None:
    """One comparison that holds where either does, on the same scalar; None where one of them is no comparison."""
    if not isinstance(first, Comparison) or not isinstance(second, Comparison):
        return None
    return Comparison(left=first.left, operator=Operator.IN, values=(*_values(first), *_values(second)))


def _values(found: Comparison) -> list[Plain]:
    compared = [*found.values, *([found.right.value] if isinstance(found.right, Constant) else [])]
    return [value for value in compared if value is not None]


def attribute_of(found: Filter) -> Scalar | None:
    """What a simple condition is about."""
    if isinstance(found, Comparison):
        return found.left
    if isinstance(found, TimeRange):
        return found.of
    if isinstance(found, AllOf) and found.of:
        first = attribute_of(found.of[0])
        return first if all(attribute_of(part) == first for part in found.of) else None
    return None


def excludes(found: Filter) -> bool:
    """Whether a comparison says what a value must not be."""
    return isinstance(found, Comparison) and found.operator in (Operator.NE, Operator.NOT_IN)


def along_path(condition: Filter, entity: str, path: tuple[str, ...]) -> Filter:
    """The condition with the join path put into its attributes of `entity`."""
    if isinstance(condition, Comparison | TimeRange):
        slot = "left" if isinstance(condition, Comparison) else "of"
        scalar = getattr(condition, slot)
        if isinstance(scalar, Attribute) and scalar.entity == entity and not scalar.path:
            return condition.model_copy(update={slot: scalar.model_copy(update={"path": path})})
        return condition
    if isinstance(condition, AllOf | AnyOf):
        return condition.model_copy(update={"of": tuple(along_path(part, entity, path) for part in condition.of)})
    if isinstance(condition, Not):
        return condition.model_copy(update={"of": along_path(condition.of, entity, path)})
    return condition


def semi_joins(condition: Filter) -> list[Related]:
    """The semi-joins inside a condition."""
    if isinstance(condition, Related):
        return [condition]
    if isinstance(condition, AllOf | AnyOf):
        return [found for part in condition.of for found in semi_joins(part)]
    if isinstance(condition, Not):
        return semi_joins(condition.of)
    return []


def restricted(measure: Measure, where: Filter | None) -> Measure:
    """The measure over the rows that also meet `where`."""
    if where is None:
        return measure
    if isinstance(measure, Aggregate | MetricValue):
        return measure.model_copy(update={"where": conjoin([*parts(measure.where), *parts(where)])})
    return measure.model_copy(
        update={"left": restricted(measure.left, where), "right": restricted(measure.right, where)}
    )
