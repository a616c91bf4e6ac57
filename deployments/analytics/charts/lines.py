"""Lines and areas, along an axis with an order."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import Any

from deployments.analytics.charts.bars import Drawn, folded, panels, series_colour
from deployments.analytics.charts.channels import PERIOD_FORMAT, Channels, Json, heading, number_axis, share_axis
from deployments.analytics.charts.shape import Field, Shape, as_date
from deployments.analytics.charts.theme import HEIGHT, WIDTH
from deployments.contracts.query import Grain

FEWEST_FOR_PLAIN = 45


def time_axis(axis: Field, channels: Channels) -> Json:
    """A time on x, its clock as the cells have it, its ticks at periods that are in the result."""
    ticks: Json = {"title": heading(axis.label), "grid": False, "labelOverlap": "greedy", "labelFlush": True}
    if axis.column.grain is Grain.HOUR:
        ticks["values"] = tick_hours(axis)
        ticks["labelExpr"] = "utcFormat(datum.value, utchours(datum.value) === 0 ? '%-d %b' : '%H:%M')"
    marks, pattern = tick_days(axis)
    if marks:
        epoch = dt.date(1970, 1, 1)
        ticks |= {"values": [(day - epoch).days * 86_400_000 for day in marks], "format": pattern}
    return {"field": channels.moment(axis), "type": "temporal", "scale": {"type": "utc"}, "axis": ticks}


def tick_hours(axis: Field) -> list[int]:
    """At most about nine full hours between the first and the last, in milliseconds, at round places of the day."""
    hours = sorted(
        int((value if value.tzinfo else value.replace(tzinfo=dt.UTC)).timestamp()) // 3600
        for value in axis.values
        if isinstance(value, dt.datetime)
    )
    if not hours:
        return []
    count = hours[-1] - hours[0]
    step = next((s for s in (1, 2, 3, 6, 12, 24, 48, 168, 336, 720) if count / s <= 9), 24 * 365)
    return [hour * 3_600_000 for hour in range(-(-hours[0] // step) * step, hours[-1] + 1, step)]


def tick_days(axis: Field) -> tuple[list[dt.date], str]:
    """At most about nine of the axis' own periods, at round places of the calendar, and how to write them."""
    grain = axis.column.grain
    days = sorted({day for value in axis.values if (day := as_date(value)) is not None})
    if grain is None or grain is Grain.HOUR or len(days) < 2:
        return [], ""
    months = (days[-1].year - days[0].year) * 12 + days[-1].month - days[0].month
    if grain in (Grain.DAY, Grain.WEEK) and months < 5:
        step = -(-len(days) // 7)
        return days[::step], "%-d %b" if days[0].year == days[-1].year else "%-d %b %Y"
    if grain in (Grain.DAY, Grain.WEEK):
        # The first of each month's days that the result has.
        days = [
            day
            for before, day in pairwise([dt.date.min, *days])
            if (before.year, before.month) != (day.year, day.month)
        ]
    smallest = {Grain.QUARTER: 3, Grain.YEAR: 12}.get(grain, 1)
    step = next((s for s in (1, 2, 3, 6, 12, 24, 60, 120) if s >= smallest and months / s <= 9), 120)
    round_days = [day for day in days if (day.year * 12 + day.month - 1) % step == 0]
    pattern = PERIOD_FORMAT[grain] if grain in (Grain.QUARTER, Grain.YEAR) else "%b %Y"
    return round_days if len(round_days) >= 2 else days[:: -(-len(days) // 7)], pattern


def ordered_axis(axis: Field, channels: Channels) -> Json:
    """The x channel of any axis with an order."""
    if axis.is_time:
        return time_axis(axis, channels)
    if axis.column.type == "number" and not axis.column.cyclic and any(n != int(n) for n in axis.numbers):
        return {
            "field": channels.number(axis),
            "type": "quantitative",
            "scale": {"zero": False},
            "axis": number_axis(axis),
        }
    return {
        "field": channels.category(axis), "type": "ordinal", "sort": None,
        "axis": {"title": heading(axis.label), "labelAngle": 0, "labelOverlap": "greedy"},
    }  # fmt: skip


def _scale(numbers: list[float]) -> Json:
    """Zero is on the axis unless all values lie close together far above it, where it would flatten the line."""
    low, high = min(numbers, default=0.0), max(numbers, default=0.0)
    return {"zero": not (low > 0 and low > 0.5 * high), "nice": True}


def _axis_field(shape: Shape) -> tuple[Field, Field | None]:
    axis, series = shape.axis_and_series()
    if shape.listed:
        axis = shape.time
    assert axis is not None
    return axis, series


def line(shape: Shape, channels: Channels) -> Drawn:
    """A line for each series; measures of other units get a panel each below."""
    axis, series = _axis_field(shape)
    x = ordered_axis(axis, channels)
    tooltip = channels.tooltip(shape.fields)
    mark: Json = {"type": "line", "point": {"size": 36} if axis.distinct <= FEWEST_FOR_PLAIN else False}
    if series is not None:
        field = shape.measures[0]
        colour = {"field": channels.category(series), "type": "nominal", "sort": None, "title": heading(series.label)}
        encoding = {"x": x, "y": _y(field, channels), "color": colour, "tooltip": tooltip}
        return {"mark": mark, "encoding": encoding, **_size()}, axis.name, field.name, series.name
    if len(shape.together) > 1:
        transforms, widest = folded(shape, channels)
        numbers = [n for field in shape.together for n in field.numbers]
        encoding = {
            "x": x,
            "y": {
                "field": "folded",
                "type": "quantitative",
                "scale": _scale(numbers),
                "axis": number_axis(widest, title=heading(shape.together[0].label)),
            },
            "color": series_colour(shape),
            "tooltip": tooltip,
        }
        return (
            {"transform": transforms, "mark": mark, "encoding": encoding, **_size()},
            axis.name,
            shape.together[0].name,
            None,
        )
    fields = panels(shape)
    drawn: list[dict[str, Any]] = [
        {"mark": mark, "encoding": {"x": x, "y": _y(field, channels), "tooltip": tooltip}, **_size(len(fields))}
        for field in fields
    ]
    body = drawn[0] if len(drawn) == 1 else {"vconcat": drawn, "spacing": 24}
    return body, axis.name, fields[0].name, None


def _y(field: Field, channels: Channels) -> Json:
    return {
        "field": channels.number(field), "type": "quantitative", "scale": _scale(list(field.numbers)),
        "axis": number_axis(field),
    }  # fmt: skip


def _size(panes: int = 1) -> Json:
    return {"width": WIDTH, "height": HEIGHT if panes == 1 else 180}


def area(shape: Shape, channels: Channels) -> Drawn:
    """An area from zero, stacked where there are series."""
    axis, series = _axis_field(shape)
    field = shape.measures[0]
    parts = series is not None and shape.parts_of_each(axis)
    encoding: Json = {
        "x": ordered_axis(axis, channels),
        "y": {
            "field": channels.number(field), "type": "quantitative", "scale": {"zero": True},
            "stack": None if series is None else "normalize" if parts else "zero",
            "axis": share_axis(field) if parts else number_axis(field),
        },
        "tooltip": channels.tooltip(shape.fields),
    }  # fmt: skip
    mark: Json = {"type": "area", "line": series is None, "fillOpacity": 0.25 if series is None else 0.9}
    if series is not None:
        encoding["color"] = {
            "field": channels.category(series), "type": "nominal", "sort": None, "title": heading(series.label),
        }  # fmt: skip
        encoding["order"] = {"field": channels.turn(series), "type": "quantitative"}
        mark |= {"stroke": "white", "strokeWidth": 0.75}
    return {"mark": mark, "encoding": encoding, **_size()}, axis.name, field.name, series.name if series else None
