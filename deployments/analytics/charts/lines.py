"""Lines and areas, along an axis with an order."""

from __future__ import annotations

from typing import Any

from deployments.analytics.charts.bars import Drawn, folded, panels
from deployments.analytics.charts.channels import Channels, Json, number_axis, one_line
from deployments.analytics.charts.shape import Field, Shape
from deployments.analytics.charts.theme import HEIGHT, WIDTH
from deployments.contracts.query import Grain

TICKS = {
    Grain.YEAR: ("%Y", "utcyear"), Grain.QUARTER: ("Q%q %Y", None), Grain.MONTH: ("%b %Y", None),
    Grain.WEEK: ("%-d %b %Y", None), Grain.DAY: ("%-d %b %Y", None), Grain.HOUR: ("%-d %b %H:%M", None),
}  # fmt: skip
FEWEST_FOR_PLAIN = 45


def time_axis(axis: Field, channels: Channels) -> Json:
    """A time on x, its clock as the cells have it, its ticks at periods that exist."""
    ticks: Json = {"title": one_line(axis.label), "grid": False, "labelOverlap": "greedy", "labelFlush": True}
    if axis.column.grain is not None:
        ticks["format"] = TICKS[axis.column.grain][0]
    few = axis.distinct <= 12
    if axis.column.grain is Grain.MONTH:
        ticks["tickCount"] = {"interval": "month", "step": 1 if few else 3 if axis.distinct <= 40 else 12}
    elif axis.column.grain is Grain.QUARTER:
        ticks["tickCount"] = {"interval": "month", "step": 3 if few else 12}
    elif axis.column.grain is Grain.YEAR:
        ticks["tickCount"] = {"interval": "year", "step": 1}
    return {"field": channels.moment(axis), "type": "temporal", "scale": {"type": "utc"}, "axis": ticks}


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
        "axis": {"title": one_line(axis.label), "labelAngle": 0, "labelOverlap": "greedy"},
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
        colour = {"field": channels.category(series), "type": "nominal", "sort": None, "title": one_line(series.label)}
        encoding = {"x": x, "y": _y(field, channels), "color": colour, "tooltip": tooltip}
        return {"mark": mark, "encoding": encoding, **_size()}, axis.name, field.name, series.name
    if len(shape.together) > 1:
        transforms, widest = folded(shape, channels)
        numbers = [n for field in shape.together for n in field.numbers]
        encoding = {
            "x": x,
            "y": {"field": "folded", "type": "quantitative", "scale": _scale(numbers), "axis": number_axis(widest)},
            "color": {"field": "folded_label", "type": "nominal", "sort": None, "title": None},
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
    encoding: Json = {
        "x": ordered_axis(axis, channels),
        "y": {
            "field": channels.number(field), "type": "quantitative", "stack": "zero" if series is not None else None,
            "scale": {"zero": True}, "axis": number_axis(field),
        },
        "tooltip": channels.tooltip(shape.fields),
    }  # fmt: skip
    mark: Json = {"type": "area", "line": series is None, "fillOpacity": 0.25 if series is None else 0.9}
    if series is not None:
        encoding["color"] = {
            "field": channels.category(series), "type": "nominal", "sort": None, "title": one_line(series.label),
        }  # fmt: skip
        mark |= {"stroke": "white", "strokeWidth": 0.75}
    return {"mark": mark, "encoding": encoding, **_size()}, axis.name, field.name, series.name if series else None
