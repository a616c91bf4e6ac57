"""Measures: metrics replaced by what they stand for, and aggregates as SQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sqlglot import exp

from deployments.analytics.model.schema import DataType
from deployments.analytics.sql import conditions, nodes, scalars
from deployments.analytics.sql.context import Context
from deployments.analytics.sql.frame import Frame
from deployments.contracts.errors import InvalidQuery
from deployments.contracts.query import Aggregate, AllOf, Function, MeasureArithmetic, MetricValue

MAX_NESTING = 20
COUNTS = (Function.COUNT, Function.COUNT_DISTINCT)
REPEATABLE = (Function.COUNT_DISTINCT, Function.MIN, Function.MAX)
"""Functions that give the same over rows that stand there twice."""
NUMERIC = (Function.SUM, Function.AVG, Function.MEDIAN, Function.PERCENTILE, Function.STDDEV, Function.VARIANCE)
CALLS = {
    Function.SUM: "SUM",
    Function.AVG: "AVG",
    Function.MIN: "MIN",
    Function.MAX: "MAX",
    Function.MEDIAN: "MEDIAN",
    Function.STDDEV: "STDDEV_SAMP",
    Function.VARIANCE: "VAR_SAMP",
    Function.MODE: "MODE",
}


def expand(measure: Any, context: Context, where: tuple[Any, ...] = (), depth: int = 0) -> Any:
    """The measure in terms of aggregates, each over the entity whose rows it counts, with metrics' conditions pushed
    into them. Raises InvalidQuery for an unknown metric or one that is defined by itself."""
    if depth > MAX_NESTING:
        raise InvalidQuery("A metric is defined by itself")
    if isinstance(measure, MetricValue):
        own = (measure.where,) if measure.where is not None else ()
        return expand(conditions.metric(measure.metric, context).measure, context, where + own, depth + 1)
    if isinstance(measure, MeasureArithmetic):
        return MeasureArithmetic(
            operator=measure.operator,
            left=expand(measure.left, context, where, depth + 1),
            right=expand(measure.right, context, where, depth + 1),
        )
    own = (measure.where,) if measure.where is not None else ()
    conditions_held = where + own
    held = (
        None if not conditions_held else conditions_held[0] if len(conditions_held) == 1 else AllOf(of=conditions_held)
    )
    if not measure.name and held is measure.where:
        aggregate = measure
    else:
        aggregate = measure.model_copy(update={"name": "", "where": held})
    return _owned(aggregate, context)


def _owned(aggregate: Aggregate, context: Context) -> Aggregate:
    """The aggregate over the rows that its argument belongs to, where its entity has several of them for each row."""
    context.entity(aggregate.entity)
    if aggregate.of is None:
        if aggregate.function is not Function.COUNT:
            raise InvalidQuery(f"{aggregate.function.value} needs something to be computed of")
        return aggregate
    if aggregate.function in NUMERIC:
        kind = scalars.type_of(aggregate.of, context)
        flag = kind is DataType.BOOLEAN or scalars.truth(aggregate.of, context) is not None
        if (
            not kind.is_number
            and not flag
            and kind is not DataType.OTHER
            and not (kind.is_time and aggregate.function in (Function.AVG, Function.MEDIAN, Function.PERCENTILE))
        ):
            raise InvalidQuery(
                f"{aggregate.function.value} needs a number; {scalars.name_of(aggregate.of)} is {kind.value}"
            )
    for attribute in scalars.attributes_in(aggregate.of):
        path = context.graph.route(aggregate.entity, attribute.entity, attribute.path)
        many = [step for step in path if step.to_many]
        if many:
            if aggregate.function not in REPEATABLE:
                raise InvalidQuery(
                    f"A row of {aggregate.entity} has several {attribute.entity}: {aggregate.function.value} of "
                    f"{attribute.name} would count rows more than once; measure {many[-1].target} instead"
                )
            return aggregate.model_copy(update={"entity": many[-1].target})
    return aggregate


def aggregates_in(tree: Any) -> Iterator[Aggregate]:
    """The aggregates of an expanded measure, from left to right."""
    if isinstance(tree, Aggregate):
        yield tree
    else:
        yield from aggregates_in(tree.left)
        yield from aggregates_in(tree.right)


def write(tree: Any, lookup: Callable[[Aggregate], exp.Expr]) -> exp.Expr:
    """An expanded measure as SQL, given the SQL of its aggregates."""
    if isinstance(tree, Aggregate):
        return lookup(tree)
    left, right = write(tree.left, lookup), write(tree.right, lookup)
    if tree.operator == "/":
        return nodes.divide(left, right)
    return nodes.binary(scalars.OPERATORS[tree.operator], left, right)


def argument(aggregate: Aggregate, frame: Frame) -> exp.Expr | None:
    """What the function is applied to; None where it counts rows. Yes and no become 1 and 0 where numbers are meant."""
    if aggregate.of is None:
        return None
    value = scalars.scalar(aggregate.of, frame)
    if aggregate.function not in NUMERIC:
        return value
    stored = scalars.truth(aggregate.of, frame.context)
    if stored is not None and not scalars.type_of(aggregate.of, frame.context).is_number:
        yes, no = ([nodes.constant(each) for each in values] for values in stored)
        branches = [exp.If(this=exp.In(this=value, expressions=yes), true=nodes.integer(1))]
        if no:
            branches.append(exp.If(this=exp.In(this=value, expressions=no), true=nodes.integer(0)))
        return exp.Case(ifs=branches, default=None if no else nodes.integer(0))
    if scalars.type_of(aggregate.of, frame.context) is DataType.BOOLEAN:
        return nodes.cast(value, "INT")
    return value


def call(aggregate: Aggregate, of: exp.Expr | None, where: exp.Expr | None = None) -> exp.Expr:
    """The aggregate function applied to `of` (None: to rows), over the rows where `where` holds."""
    if of is None:
        called: exp.Expr = exp.Count(this=exp.Star())
    elif aggregate.function is Function.COUNT:
        called = exp.Count(this=of)
    elif aggregate.function is Function.COUNT_DISTINCT:
        called = exp.Count(this=exp.Distinct(expressions=[of]))
    elif aggregate.function is Function.PERCENTILE:
        fraction = aggregate.parameter
        if fraction is None or not 0 <= fraction <= 1:
            raise InvalidQuery("A percentile needs a fraction between 0 and 1")
        called = nodes.function("QUANTILE_CONT", of, nodes.constant(fraction))
    else:
        called = nodes.function(CALLS[aggregate.function], of)
    if where is None or where is nodes.TRUE:
        return called
    return exp.Filter(this=called, expression=exp.Where(this=where))
