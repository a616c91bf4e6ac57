"""Scalars: a value for each row of a frame, as SQL, with its type."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from sqlglot import exp

from deployments.analytics.model.schema import Attribute as ModelAttribute
from deployments.analytics.model.schema import DataType, Role
from deployments.analytics.model.time_parts import number_of
from deployments.analytics.sql import conditions, nodes, related
from deployments.analytics.sql.context import Context
from deployments.analytics.sql.frame import Frame
from deployments.contracts.errors import InvalidQuery
from deployments.contracts.query import (
    Aggregate,
    Arithmetic,
    Attribute,
    Binned,
    Condition,
    Constant,
    Elapsed,
    Function,
    Grain,
    GroupValue,
    Length,
    MeasureArithmetic,
    MetricValue,
    Nested,
    Part,
    Rollup,
    TimePart,
    Truncated,
)

OPERATORS: dict[str, type[exp.Expr]] = {"+": exp.Add, "-": exp.Sub, "*": exp.Mul}
PARTS = {
    TimePart.YEAR: "YEAR",
    TimePart.QUARTER: "QUARTER",
    TimePart.MONTH: "MONTHNAME",
    TimePart.WEEK: "WEEK",
    TimePart.DAY: "DAY",
    TimePart.WEEKDAY: "DAYNAME",
    TimePart.HOUR: "HOUR",
}


def scalar(value: Any, frame: Frame) -> exp.Expr:
    """The SQL of a scalar over the rows of a frame. Raises InvalidQuery."""
    return _WRITERS[type(value)](value, frame)


def _attribute(value: Attribute, frame: Frame) -> exp.Expr:
    return frame.attribute(value)


def _constant(value: Constant, _frame: Frame) -> exp.Expr:
    return nodes.constant(value.value)


def _arithmetic(value: Arithmetic, frame: Frame) -> exp.Expr:
    for side in (value.left, value.right):
        kind = type_of(side, frame.context)
        if kind in (DataType.TEXT, DataType.BOOLEAN, DataType.TIME, DataType.TIMESTAMP):
            raise InvalidQuery(f"{name_of(side)} is not a number, so it cannot be computed with")
    left, right = scalar(value.left, frame), scalar(value.right, frame)
    return nodes.divide(left, right) if value.operator == "/" else nodes.binary(OPERATORS[value.operator], left, right)


def _elapsed(value: Elapsed, frame: Frame) -> exp.Expr:
    for side in (value.start, value.end):
        _require_time(side, frame.context)
    return nodes.function("DATE_SUB", nodes.text(value.unit), scalar(value.start, frame), scalar(value.end, frame))


def _length(value: Length, frame: Frame) -> exp.Expr:
    kind = type_of(value.of, frame.context)
    if kind is not DataType.TEXT:
        raise InvalidQuery(f"{name_of(value.of)} is not text, so it has no length")
    return nodes.function("LENGTH", scalar(value.of, frame))


def _truncated(value: Truncated, frame: Frame) -> exp.Expr:
    kind = _require_time(value.of, frame.context)
    return truncate(scalar(value.of, frame), value.grain, kind, frame.context, fiscal=value.fiscal)


def truncate(of: exp.Expr, grain: Grain, kind: DataType, context: Context, *, fiscal: bool = False) -> exp.Expr:
    """The start of the period, a DATE unless the grain is the hour; weeks, and fiscal years and quarters, start where the
    model's calendar says."""
    if grain is Grain.DAY and kind is DataType.DATE:
        return of
    if grain is Grain.DAY:
        return nodes.cast(of, "DATE")
    late = (7 - context.model.calendar.week_start) % 7 if grain is Grain.WEEK else 0
    if late:
        of = nodes.binary(exp.Add, of, nodes.interval(late, "day"))
    months = context.model.calendar.fiscal_year_start - 1 if fiscal and grain in (Grain.YEAR, Grain.QUARTER) else 0
    if months:
        of = nodes.binary(exp.Sub, of, nodes.interval(months, "month"))
    start = nodes.function("DATE_TRUNC", nodes.text(grain.value), of)
    if months:
        start = nodes.binary(exp.Add, start, nodes.interval(months, "month"))
    if late:
        start = nodes.binary(exp.Sub, start, nodes.interval(late, "day"))
    return start if grain is Grain.HOUR else nodes.cast(start, "DATE")


def _part(value: Part, frame: Frame) -> exp.Expr:
    _require_time(value.of, frame.context)
    return nodes.function(PARTS[value.part], scalar(value.of, frame))


def calendar_order(value: Any, frame: Frame) -> exp.Expr | None:
    """What sorts a named weekday or month as the calendar does; None for other scalars."""
    if isinstance(value, Attribute):
        return _stored_order(value, frame)
    if not isinstance(value, Part) or value.part not in (TimePart.WEEKDAY, TimePart.MONTH):
        return None
    of = scalar(value.of, frame)
    if value.part is TimePart.MONTH:
        return nodes.function("MONTH", of)
    start = frame.context.model.calendar.week_start
    if start == 0:
        return nodes.function("ISODOW", of)
    if start == 6:
        return nodes.function("DAYOFWEEK", of)
    return nodes.binary(
        exp.Mod, nodes.binary(exp.Add, nodes.function("ISODOW", of), nodes.integer(6 - start)), nodes.integer(7)
    )


def _stored_order(value: Attribute, frame: Frame) -> exp.Expr | None:
    """The place in the calendar of a weekday or month that is kept by its name."""
    attribute = frame.context.attribute(value.entity, value.name)
    if not is_named_part(attribute) or attribute.time_part is None:
        return None
    first = frame.context.model.calendar.week_start if attribute.time_part is TimePart.WEEKDAY else 0
    places = {}
    for stored in attribute.samples:
        number = number_of(stored, attribute.time_part)
        if number is not None:
            places[str(stored)] = (number - first) % 7 if attribute.time_part is TimePart.WEEKDAY else number
    branches = [
        exp.If(this=nodes.text(stored), true=nodes.integer(place))
        for stored, place in sorted(places.items(), key=lambda pair: pair[1])
    ]
    return exp.Case(this=scalar(value, frame), ifs=branches)


def is_named_part(attribute: ModelAttribute) -> bool:
    """Whether it holds weekdays or months as words, which the alphabet sorts otherwise than the calendar."""
    return attribute.time_part in (TimePart.WEEKDAY, TimePart.MONTH) and attribute.data_type is DataType.TEXT


def _binned(value: Binned, frame: Frame) -> exp.Expr:
    if value.width <= 0:
        raise InvalidQuery("The width of a bin must be above zero")
    kind = type_of(value.of, frame.context)
    if not kind.is_number:
        raise InvalidQuery(f"{name_of(value.of)} is not a number, so it cannot be put into bins")
    width = nodes.constant(int(value.width) if value.width == int(value.width) else value.width)
    lower = nodes.function("FLOOR", nodes.binary(exp.Div, scalar(value.of, frame), width))
    return nodes.binary(exp.Mul, lower, width)


def _condition(value: Condition, frame: Frame) -> exp.Expr:
    return conditions.condition(value.of, frame)


def _require_time(value: Any, context: Context) -> DataType:
    kind = type_of(value, context)
    if not kind.is_time:
        raise InvalidQuery(f"{name_of(value)} is not a date or time")
    return kind


_WRITERS: dict[type, Callable[[Any, Frame], exp.Expr]] = {
    Attribute: _attribute,
    Constant: _constant,
    Arithmetic: _arithmetic,
    Elapsed: _elapsed,
    Length: _length,
    Truncated: _truncated,
    Part: _part,
    Binned: _binned,
    Condition: _condition,
    # `related` and this module refer to each other, so its functions are looked up when they are called.
    Rollup: lambda value, frame: related.rollup(value, frame),  # noqa: PLW0108
    GroupValue: lambda value, frame: related.group_value(value, frame),  # noqa: PLW0108
    Nested: lambda value, frame: related.nested(value, frame),  # noqa: PLW0108
}


def attributes_in(value: Any) -> Iterator[Attribute]:
    """What of the frame's own rows a scalar reads: attributes, and for a rollup the entity it hangs on."""
    if isinstance(value, Attribute):
        yield value
    elif isinstance(value, Rollup):
        yield Attribute(entity=value.entity, name="")
    elif isinstance(value, Arithmetic):
        yield from attributes_in(value.left)
        yield from attributes_in(value.right)
    elif isinstance(value, Elapsed):
        yield from attributes_in(value.start)
        yield from attributes_in(value.end)
    elif isinstance(value, (Length, Truncated, Part, Binned)):
        yield from attributes_in(value.of)
    elif isinstance(value, GroupValue):
        for part in value.partition:
            yield from attributes_in(part)
    elif isinstance(value, Condition):
        yield from conditions.attributes_in(value.of)


_PLAIN_TYPES: tuple[tuple[type | tuple[type, ...], DataType], ...] = (
    (bool, DataType.BOOLEAN),
    (int, DataType.INTEGER),
    (Decimal, DataType.DECIMAL),
    (float, DataType.FLOAT),
    (dt.datetime, DataType.TIMESTAMP),
    (dt.date, DataType.DATE),
    (dt.time, DataType.TIME),
    (str, DataType.TEXT),
)


def type_of(value: Any, context: Context) -> DataType:
    """The type of a scalar."""
    if isinstance(value, Attribute):
        return context.attribute(value.entity, value.name).data_type
    if isinstance(value, Constant):
        return next((kind for python, kind in _PLAIN_TYPES if isinstance(value.value, python)), DataType.OTHER)
    if isinstance(value, Arithmetic):
        kinds = {type_of(value.left, context), type_of(value.right, context)}
        if DataType.DATE in kinds:
            return DataType.INTEGER if kinds == {DataType.DATE} else DataType.DATE
        return DataType.INTEGER if kinds == {DataType.INTEGER} and value.operator != "/" else DataType.FLOAT
    if isinstance(value, (Elapsed, Length)):
        return DataType.INTEGER
    if isinstance(value, Truncated):
        return DataType.TIMESTAMP if value.grain is Grain.HOUR else DataType.DATE
    if isinstance(value, Part):
        return DataType.TEXT if value.part in (TimePart.WEEKDAY, TimePart.MONTH) else DataType.INTEGER
    if isinstance(value, Binned):
        return DataType.FLOAT
    if isinstance(value, Condition):
        return DataType.BOOLEAN
    if isinstance(value, (Rollup, GroupValue)):
        return measure_type(value.measure, context)
    if isinstance(value, Nested):
        query = value.query
        if query.measures:
            return measure_type(query.measures[0], context)
        return type_of(query.dimensions[0].of, context) if query.dimensions else DataType.OTHER
    raise InvalidQuery(f"{type(value).__name__} is not a value")


def measure_type(measure: Any, context: Context) -> DataType:
    """The type of a measure."""
    if isinstance(measure, MetricValue):
        return measure_type(conditions.metric(measure.metric, context).measure, context)
    if isinstance(measure, MeasureArithmetic):
        return DataType.FLOAT
    if isinstance(measure, Aggregate):
        if measure.function in (Function.COUNT, Function.COUNT_DISTINCT):
            return DataType.INTEGER
        if measure.of is not None and measure.function in (Function.MIN, Function.MAX, Function.MODE):
            return type_of(measure.of, context)
    return DataType.FLOAT


def name_of(value: Any) -> str:
    """A scalar in a message to a person."""
    if isinstance(value, Attribute):
        return f"{value.entity}.{value.name}"
    if isinstance(value, Constant):
        return repr(value.value) if isinstance(value.value, str) else str(value.value)
    return value.kind.replace("_", " ") if hasattr(value, "kind") else str(value)


def truth(value: Any, context: Context) -> tuple[tuple[Any, ...], tuple[Any, ...]] | None:
    """How an attribute that is a flag stores yes and no; None where it is a boolean or no flag."""
    if not isinstance(value, Attribute):
        return None
    attribute = context.attribute(value.entity, value.name)
    if attribute.data_type is DataType.BOOLEAN or attribute.role is not Role.FLAG or not attribute.true_values:
        return None
    return attribute.true_values, attribute.false_values
