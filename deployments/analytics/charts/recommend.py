"""Which chart types show a result truly, and which of them best.

Each rule answers with the reason why a type does not fit, or None where it does. Truly means: bars start at zero, a
pie is parts of one whole, a line has an order along its axis, and two units never share one axis."""

from __future__ import annotations

from collections.abc import Callable

from deployments.analytics.charts.facets import groups, too_many
from deployments.analytics.charts.kinds import CHART_TYPES, canonical_chart_type, nearest_chart_types, said
from deployments.analytics.charts.shape import Field, Shape
from deployments.analytics.insights.wording import listing
from deployments.contracts.errors import ChartNotApplicable

MOST_SLICES = 8
MOST_BARS = 60
MOST_PERIODS = 2_000
MOST_SERIES = 12
MOST_CELLS = 60
MOST_POINTS = 5_000


def _needs_measure(shape: Shape) -> str | None:
    if shape.rows == 0:
        return "there are no rows to draw"
    if shape.measure is None:
        return "there is no number to draw"
    return None if shape.measure.numbers else "every value is empty"


def _table(_: Shape) -> str | None:
    return None


def _number(shape: Shape) -> str | None:
    if shape.rows != 1 or shape.measure is None or shape.listed:
        return "it takes one row with a number"
    return None


def _bar(shape: Shape) -> str | None:
    if shape.contribution is not None:
        return _needs_measure(shape)
    if (grouped := groups(shape)) is not None:
        return _needs_measure(shape) or too_many(shape, grouped[0])
    reason = _needs_measure(shape) or _one_axis(shape)
    if reason:
        return reason
    axis, _ = shape.axis_and_series()
    assert axis is not None
    most = MOST_PERIODS if axis.is_time else MOST_BARS
    return f"{shape.rows:,} bars are too many to read" if shape.rows > most else None


def _one_axis(shape: Shape) -> str | None:
    if not shape.dimensions:
        return "there is nothing to compare along an axis"
    if not shape.listed and len(shape.dimensions) > 1:
        return "there are several dimensions; a grouped or stacked bar chart shows them"
    return None


def _series(shape: Shape, most_axis: int, most_series: int) -> str | None:
    if shape.listed or len(shape.dimensions) != 2:
        return "it takes exactly two dimensions"
    axis, series = shape.axis_and_series()
    assert axis is not None
    assert series is not None
    if not shape.unique:
        return "several rows share the same place"
    if axis.distinct > (MOST_PERIODS if axis.is_time else most_axis):
        return f"{axis.distinct:,} places on the axis are too many to read"
    return f"{series.distinct:,} series are too many to tell apart" if series.distinct > most_series else None


def _stacked_bar(shape: Shape) -> str | None:
    reason = _needs_measure(shape) or _series(shape, MOST_BARS, MOST_SERIES)
    if reason:
        return reason
    return _not_summable(shape.measures[0])


def _not_summable(field: Field) -> str | None:
    if field.negative:
        return "there are negative values, which cannot be stacked"
    if not field.column.additive and field.column.unit != "%":
        return f"{field.label} does not add up, so its parts make no whole"
    return None


def _grouped_bar(shape: Shape) -> str | None:
    reason = _needs_measure(shape)
    if reason:
        return reason
    if not shape.listed and len(shape.dimensions) == 1 and len(shape.together) > 1:
        return f"{shape.rows:,} groups are too many to read" if shape.rows > MOST_BARS else None
    reason = _series(shape, 40, 8)
    if reason:
        return reason
    axis, series = shape.axis_and_series()
    assert axis is not None
    assert series is not None
    return "there are too many bars to read" if axis.distinct * series.distinct > 160 else None


def _line(shape: Shape) -> str | None:
    reason = _needs_measure(shape)
    if reason:
        return reason
    axis, series = shape.axis_and_series()
    if shape.listed:
        # A line joins rows that follow one another, and a list of things that also have dates does not.
        if shape.time is None or len(shape.dimensions) > 1 or shape.time.distinct < shape.rows:
            return "the rows do not follow one another along an axis"
        axis, series = shape.time, None
    if axis is None or not axis.ordered:
        return "a line needs an axis with an order, such as time"
    if axis.distinct < 2:
        return "a line needs at least two points"
    if len(shape.dimensions) > 2 and not shape.listed:
        return "there are too many dimensions for one axis"
    if not shape.listed and not shape.unique:
        return "several rows share the same place"
    if series is not None and series.distinct > MOST_SERIES:
        return f"{series.distinct:,} lines are too many to tell apart"
    return f"{shape.rows:,} points are too many" if shape.rows > MOST_POINTS else None


def _area(shape: Shape) -> str | None:
    reason = _line(shape)
    if reason:
        return reason.replace("a line", "an area")
    field = shape.measures[0]
    if field.negative:
        return "there are negative values"
    if len(shape.together) > 1 and shape.comparison:
        return "one area would hide the other"
    _, series = shape.axis_and_series()
    return _not_summable(field) if series is not None and not shape.listed else None


def _pie(shape: Shape) -> str | None:
    reason = _needs_measure(shape) or _one_axis(shape)
    if reason:
        return reason
    if shape.listed:
        return "a list is not the parts of a whole"
    axis, field = shape.dimensions[0], shape.measures[0]
    if axis.is_time:
        return "periods follow one another and are not slices of a whole"
    if field.negative:
        return "there are negative values"
    if field.column.unit == "%" and not field.column.additive and not shape.shared:
        return f"{field.label} does not add up, so its parts make no whole"
    if not field.column.additive and not (shape.shared and field.column.unit == "%"):
        return f"{field.label} does not add up, so its parts make no whole"
    if sum(field.numbers) <= 0:
        return "the values add up to nothing"
    if shape.rows < 2:
        return "one slice says nothing"
    if shape.rows > MOST_SLICES and sum(sorted(field.numbers)[-MOST_SLICES + 1 :]) < sum(field.numbers) / 2:
        return f"{shape.rows:,} slices are too many to read"
    return None


def _scatter(shape: Shape) -> str | None:
    if shape.rows < 2:
        return "it takes at least two rows"
    numbers = [f for f in shape.measures if f.numbers]
    if len(numbers) < 2:
        return "it takes two numbers for each row"
    return f"{shape.rows:,} points are too many" if shape.rows > MOST_POINTS else None


def _histogram(shape: Shape) -> str | None:
    reason = _needs_measure(shape)
    if reason:
        return reason
    if shape.binned:
        return None
    if not shape.listed and len(shape.dimensions) != 1:
        return "it takes one row for each thing counted"
    if shape.time is not None and not shape.listed:
        return "the rows are periods, which a line shows in their order"
    if shape.query.limit is not None:
        return "the rows are the head of a ranking, not a distribution"
    return "there are too few values for a distribution" if len(shape.measures[0].numbers) < 8 else None


def _heatmap(shape: Shape) -> str | None:
    return _needs_measure(shape) or _series(shape, MOST_CELLS, MOST_CELLS)


def _box(shape: Shape) -> str | None:
    reason = _needs_measure(shape)
    if reason:
        return reason
    if not shape.dimensions and not shape.listed:
        return "there is only one value"
    if shape.query.limit is not None:
        return "the rows are the head of a ranking, not a distribution"
    if len(shape.measures[0].numbers) < 5:
        return "there are too few values for a distribution"
    group = box_group(shape)
    if group is not None and group.distinct > 30:
        return f"{group.distinct:,} boxes are too many to read"
    return None


def box_group(shape: Shape) -> Field | None:
    """The dimension whose values get a box each, where one has several rows a value."""
    repeated = [f for f in shape.dimensions if f.column.type in ("text", "boolean") and f.distinct * 3 <= shape.rows]
    return min(repeated, key=lambda f: f.distinct) if repeated else None


RULES: dict[str, Callable[[Shape], str | None]] = {
    "table": _table, "number": _number, "bar": _bar, "stacked_bar": _stacked_bar, "grouped_bar": _grouped_bar,
    "line": _line, "area": _area, "pie": _pie, "donut": _pie, "scatter": _scatter, "histogram": _histogram,
    "heatmap": _heatmap, "box": _box,
}  # fmt: skip

# What comes closest to a type that does not fit.
KIN = {
    "pie": ("donut", "bar", "stacked_bar"), "donut": ("pie", "bar", "stacked_bar"),
    "bar": ("grouped_bar", "stacked_bar", "histogram", "heatmap"), "stacked_bar": ("grouped_bar", "bar", "area"),
    "grouped_bar": ("stacked_bar", "bar", "heatmap"), "line": ("area", "bar", "grouped_bar"),
    "area": ("line", "stacked_bar", "bar"), "scatter": ("bar", "heatmap", "line"),
    "histogram": ("box", "bar"), "box": ("histogram", "bar"), "heatmap": ("grouped_bar", "stacked_bar", "bar"),
    "number": ("table",), "table": (),
}  # fmt: skip


def unfit(name: str, shape: Shape) -> str | None:
    """Why a type does not show the result truly; None where it does."""
    if shape.told_over_time and name not in ("line", "table"):
        return "what is expected beside what was is shown as a line"
    return RULES[name](shape)


def best(shape: Shape) -> str:
    """The type that shows the result best when none was asked for."""
    fits = {name for name in CHART_TYPES if unfit(name, shape) is None}
    return next((name for name in _preferences(shape) if name in fits), "table")


def _preferences(shape: Shape) -> tuple[str, ...]:
    """Types in falling order of preference; those that do not fit are passed over."""
    if shape.query.yes_no or shape.rows == 0 or shape.measure is None:
        return ()
    if shape.rows == 1:
        return ("number",)
    if shape.contribution is not None:
        return ("bar",)
    if shape.told_over_time:
        return ("line",)
    if shape.listed:
        # Rows ordered by a number and cut ("ten largest orders") are a ranking; other lists are to be read.
        ranking = shape.query.limit is not None and bool(shape.query.order) and len(shape.measures) == 1
        return ("bar",) if ranking and len(shape.dimensions) == 1 else ()
    if shape.binned:
        return ("histogram", "bar")
    axis, series = shape.axis_and_series()
    if axis is None:
        return ("number",)
    if len(shape.dimensions) > 2:
        return ()
    if shape.query.limit is not None and shape.query.limit.per:
        return ("bar",)
    if axis.is_time or (axis.column.type == "number" and not axis.column.cyclic and axis.distinct > 4):
        return _over_time(shape, axis, series)
    if series is not None:
        few = series.distinct <= 6
        if shape.shared and few:
            return ("stacked_bar", "grouped_bar", "heatmap")
        return ("grouped_bar", "stacked_bar", "heatmap") if few and axis.distinct <= 12 else ("heatmap", "stacked_bar")
    if len(shape.together) > 1:
        return ("grouped_bar", "bar")
    if shape.shared and 2 <= shape.rows <= 6 and not axis.ordered:
        return ("pie", "bar")
    return ("bar",)


def _over_time(shape: Shape, axis: Field, series: Field | None) -> tuple[str, ...]:
    if axis.distinct <= 2:
        return ("grouped_bar", "bar", "stacked_bar")
    if series is None:
        growth = shape.measures[0].column.unit == "%" and shape.measures[0].negative
        return ("bar", "line") if growth and axis.distinct <= 40 else ("line", "bar")
    if shape.shared:
        return ("area", "line", "heatmap")
    return ("line", "heatmap") if series.distinct <= 8 else ("heatmap", "line")


def applicable(shape: Shape) -> tuple[str, ...]:
    """Every type that fits, the best first."""
    first = best(shape)
    fits = [name for name in CHART_TYPES if unfit(name, shape) is None]
    return (first, *(name for name in fits if name != first))


def choose(shape: Shape, requested: str) -> str:
    """The canonical name of the type asked for. Raises ChartNotApplicable with why, and the types that do fit as
    suggestions, nearest first."""
    name = canonical_chart_type(requested)
    fits = applicable(shape)
    if name is None:
        near = nearest_chart_types(requested)
        usable = tuple(n for n in near if n in fits) or near or fits
        raise ChartNotApplicable(
            f"There is no chart type {requested[:60]!r}. Did you mean {listing(map(said, usable[:3]), 'or')}?",
            suggestions=tuple(dict.fromkeys((*usable, *fits))),
        )
    reason = unfit(name, shape)
    if reason is None:
        return name
    article = "an" if said(name).startswith("a") else "a"
    nearest_first = tuple(dict.fromkeys((*(n for n in KIN[name] if n in fits), *fits)))
    raise ChartNotApplicable(
        f"{article.capitalize()} {said(name)} does not fit this result: {reason}. It can be shown as {listing(map(said, nearest_first), 'or')}.",
        suggestions=nearest_first,
    )
