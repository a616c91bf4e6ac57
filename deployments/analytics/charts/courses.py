"""A course with what an analysis says of it: a forecast with its interval, and periods that stand out."""

from __future__ import annotations

from deployments.analytics.charts.bars import Drawn
from deployments.analytics.charts.channels import Channels, Json, datum, heading, number_axis
from deployments.analytics.charts.lines import time_axis
from deployments.analytics.charts.shape import Field, Shape
from deployments.analytics.charts.theme import HEIGHT, PALETTE, QUIET, WIDTH


def course(shape: Shape, channels: Channels) -> Drawn:
    """The forecast or the odd periods that the query's analysis asked for."""
    assert shape.query.analysis is not None
    drawn = _forecast if shape.query.analysis.kind == "forecast" else _unusual
    layers, measure = drawn(shape, channels)
    axis = shape.time
    assert axis is not None
    return {"layer": layers, "width": WIDTH, "height": HEIGHT}, axis.name, measure.name, None


def _forecast(shape: Shape, channels: Channels) -> tuple[list[Json], Field]:
    measure, forecast, low, high = shape.measures[:4]
    x, y = _x(shape, channels), _scale(measure, forecast, low, high)
    tooltip = channels.tooltip(shape.fields)
    names = [channels.number(field) for field in (measure, forecast, low, high)]
    known, ahead = heading(measure.label), "Forecast"
    colour: Json = {
        "type": "nominal", "title": None,
        "scale": {"domain": [known, ahead], "range": [PALETTE[0], PALETTE[1]]},
        "legend": {"orient": "top"},
    }  # fmt: skip
    band: Json = {
        "transform": [{"filter": f"isValid({datum(names[2])})"}],
        "mark": {"type": "area", "color": PALETTE[1], "opacity": 0.2, "line": False},
        "encoding": {"x": x, "y": {"field": names[2], **y}, "y2": {"field": names[3]}, "tooltip": tooltip},
    }
    lines: list[Json] = []
    for name, label, dash in ((names[0], known, [1, 0]), (names[1], ahead, [6, 4])):
        encoding = {"x": x, "y": {"field": name, **y}, "color": {"datum": label, **colour}, "tooltip": tooltip}
        mark: Json = {"type": "line", "strokeDash": dash, "point": {"size": 30} if shape.rows <= 60 else False}
        lines.append({"transform": [{"filter": f"isValid({datum(name)})"}], "mark": mark, "encoding": encoding})
    return [band, *lines], measure


def _unusual(shape: Shape, channels: Channels) -> tuple[list[Json], Field]:
    measure, expected = shape.measures[:2]
    odd = next(field for field in shape.fields if field.column.type == "boolean")
    x, y = _x(shape, channels), _scale(measure, expected)
    tooltip = channels.tooltip(shape.fields)
    value, usual = channels.number(measure), channels.number(expected)
    common: Json = {"x": x, "tooltip": tooltip}
    return [
        {
            "mark": {"type": "line", "color": QUIET, "strokeWidth": 1.25, "strokeDash": [3, 3]},
            "encoding": {**common, "y": {"field": usual, **y}},
        },
        {"mark": {"type": "line", "color": PALETTE[0]}, "encoding": {**common, "y": {"field": value, **y}}},
        {
            "transform": [{"filter": datum(odd.name)}],
            "mark": {"type": "point", "color": PALETTE[1], "size": 70, "filled": True, "opacity": 1},
            "encoding": {**common, "y": {"field": value, **y}},
        },
    ], measure


def _x(shape: Shape, channels: Channels) -> Json:
    assert shape.time is not None
    return time_axis(shape.time, channels)


def _scale(*fields: Field) -> Json:
    numbers = [number for field in fields for number in field.numbers]
    low, high = min(numbers, default=0.0), max(numbers, default=0.0)
    widest = max(fields, key=lambda field: max((abs(n) for n in field.numbers), default=0.0))
    axis = number_axis(widest, title=heading(fields[0].label))
    return {"type": "quantitative", "scale": {"zero": not (low > 0 and low > 0.5 * high), "nice": True}, "axis": axis}
