"""A measure as sums over rows: what of it adds up, so that groups make the whole."""

from __future__ import annotations

from dataclasses import dataclass

from deployments.analytics.model.schema import SemanticModel
from deployments.contracts.query import (
    Aggregate,
    AllOf,
    Arithmetic,
    Comparison,
    Filter,
    Function,
    Measure,
    MeasureArithmetic,
    MetricValue,
    Operator,
)

Sum = tuple[tuple[int, Aggregate], ...]
"""Aggregates that add up, each with the sign it is added with."""


@dataclass(frozen=True, slots=True)
class Sums:
    """A measure as `top`, or as `top` / `bottom` where it is a ratio."""

    top: Sum
    bottom: Sum = ()

    @property
    def leaves(self) -> tuple[Aggregate, ...]:
        """All aggregates, the top's first."""
        return tuple(leaf for _, leaf in (*self.top, *self.bottom))


def sums_of(measure: Measure, model: SemanticModel) -> Sums | None:
    """The measure as sums; None where it cannot be taken apart (a median, a highest value)."""
    inner = expanded(measure, model)
    if isinstance(inner, Aggregate) and inner.function is Function.AVG and inner.of is not None:
        known = Comparison(left=inner.of, operator=Operator.IS_NOT_NULL)
        total = inner.model_copy(update={"function": Function.SUM})
        count = Aggregate(function=Function.COUNT, entity=inner.entity, where=_both(inner.where, known))
        return Sums(((1, total),), ((1, count),))
    if isinstance(inner, MeasureArithmetic) and inner.operator == "/":
        top, bottom = _sum(inner.left), _sum(inner.right)
        return Sums(top, bottom) if top and bottom else None
    whole = _sum(inner)
    return Sums(whole) if whole else None


def expanded(measure: Measure, model: SemanticModel) -> Measure:
    """The measure with metrics replaced by what they mean."""
    if isinstance(measure, MetricValue):
        return _restricted(expanded(model.metrics_by_name[measure.metric].measure, model), measure.where)
    if isinstance(measure, MeasureArithmetic):
        sides = {"left": expanded(measure.left, model), "right": expanded(measure.right, model)}
        return measure.model_copy(update=sides)
    return measure


def squares_of(leaf: Aggregate) -> Aggregate:
    """The sum of squared amounts over the same rows: the variance of the sum, where rows come by chance."""
    if leaf.function is not Function.SUM or leaf.of is None:
        return leaf
    return leaf.model_copy(update={"of": Arithmetic(operator="*", left=leaf.of, right=leaf.of)})


def _sum(measure: Measure) -> Sum:
    if isinstance(measure, Aggregate):
        return ((1, measure),) if measure.function in (Function.SUM, Function.COUNT, Function.COUNT_DISTINCT) else ()
    if isinstance(measure, MeasureArithmetic) and measure.operator in ("+", "-"):
        left, right = _sum(measure.left), _sum(measure.right)
        sign = 1 if measure.operator == "+" else -1
        return (*left, *((sign * s, leaf) for s, leaf in right)) if left and right else ()
    return ()


def _restricted(measure: Measure, where: Filter | None) -> Measure:
    if where is None:
        return measure
    if isinstance(measure, MeasureArithmetic):
        sides = {"left": _restricted(measure.left, where), "right": _restricted(measure.right, where)}
        return measure.model_copy(update=sides)
    return measure.model_copy(update={"where": _both(measure.where, where)})


def _both(first: Filter | None, second: Filter | None) -> Filter | None:
    if first is None or second is None:
        return first or second
    return AllOf(of=(first, second))
