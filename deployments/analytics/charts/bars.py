"""Bars, which always start at zero: single, grouped, stacked, and the histogram."""

from __future__ import annotations

import json
from typing import Any

from deployments.analytics.charts.channels import (
    Channels,
    Json,
    datum,
    heading,
    number_axis,
    number_expression,
    share_axis,
)
from deployments.analytics.charts.shape import Field, Shape
from deployments.analytics.charts.theme import HEIGHT, PALETTE, WIDTH
from deployments.analytics.insights.wording import plural, span
from deployments.contracts.query import Binned

Drawn = tuple[Json, str | None, str | None, str | None]

FIT = {"type": "fit-x", "contains": "padding"}


def lies_flat(axis: Field, count: int) -> bool:
    """Whether bars lie: when their labels are long or many, and their axis has no order from left to right."""
    if axis.is_time or (axis.ordered and axis.column.type != "text"):
        return False
    return axis.longest > 10 or count > 8


def sized(flat: bool, count: int, step: int = 28) -> Json:
    """Width and height for bars that stand or lie."""
    if flat:
        return {"width": WIDTH, "height": {"step": step}, "autosize": FIT}
    return {"width": WIDTH if count > 4 else max(280, 130 * count), "height": HEIGHT}


def category_axis(axis: Field, flat: bool, count: int) -> Json:
    """The axis of the labels."""
    made: Json = {"title": heading(axis.label), "labelOverlap": False}
    if flat:
        # Above the labels, where it is read without turning the head and cannot run into a long one.
        made |= {"titleAngle": 0, "titleAlign": "right", "titleBaseline": "bottom", "titleX": -6, "titleY": -6}
    else:
        crowded = not axis.is_time and count * min(axis.longest, 12) * 7 > WIDTH
        made |= {
            "labelAngle": -40 if crowded else 0,
            "labelOverlap": "greedy" if count > 30 or axis.is_time else False,
            "labelSeparation": 12,
        }
    return made


def bar(shape: Shape, channels: Channels) -> Drawn:
    """One bar a row; measures of other units get a panel each."""
    axis, _ = shape.axis_and_series()
    assert axis is not None
    name = channels.category(axis, distinct=True)
    flat = lies_flat(axis, shape.rows)
    fields = panels(shape)
    tooltip = channels.tooltip(shape.fields)
    drawn = [_bars(axis, name, field, channels, flat, shape.rows, tooltip) for field in fields]
    if len(drawn) == 1:
        return {**drawn[0], **sized(flat, shape.rows)}, axis.name, fields[0].name, None
    for index, panel in enumerate(drawn):
        panel |= {"width": WIDTH // len(drawn) if flat else WIDTH, "height": {"step": 24} if flat else 200}
        if flat and index:
            panel["layer"][0]["encoding"]["y"]["axis"] = None
        elif not flat and index < len(drawn) - 1:
            panel["layer"][0]["encoding"]["x"]["axis"]["title"] = None
    return {"hconcat" if flat else "vconcat": drawn, "spacing": 24}, axis.name, fields[0].name, None


def panels(shape: Shape) -> list[Field]:
    """The measures to draw beside one another, each with its own axis: the first, then those asked for with it."""
    first = shape.measures[0]
    if shape.listed or shape.comparison or first.column.role == "calculation":
        return [first]
    return [first, *(f for f in shape.measures[1:] if f.column.role == "measure" and f.numbers)][:3]


def _bars(
    axis: Field, name: str, field: Field, channels: Channels, flat: bool, count: int, tooltip: list[Json]
) -> Json:
    along, across = ("y", "x") if flat else ("x", "y")
    value = channels.number(field)
    encoding: Json = {
        along: {"field": name, "type": "nominal", "sort": None, "axis": category_axis(axis, flat, count)},
        across: {"field": value, "type": "quantitative", "scale": {"zero": True}, "axis": number_axis(field)},
        "tooltip": tooltip,
    }
    layers: list[Json] = [{"mark": {"type": "bar"}, "encoding": encoding}]
    if count <= (25 if flat else 12):
        layers.append(value_labels(field, value, channels, encoding, flat=flat))
    return {"layer": layers}


def value_labels(field: Field, value: str, channels: Channels, encoding: Json, *, flat: bool) -> Json:
    """The layer that writes each bar's value at its end, on the side away from zero."""
    label = channels.calculate(
        f"short_{field.index}", f"isValid({datum(field.name)}) ? {number_expression(datum(field.name), field)} : ''"
    )
    # Beside a sliver of a bar there is no room on its side of zero.
    sliver = 0.02 * (max((*field.numbers, 0.0)) - min((*field.numbers, 0.0)))
    shift = f"{datum(value)} < {-sliver} ? {{}} : {{}}"
    mark: Json = {"type": "text", "clip": False}
    if flat:
        mark |= {"align": {"expr": shift.format("'right'", "'left'")}, "dx": {"expr": shift.format(-5, 5)}}
    else:
        mark |= {"baseline": {"expr": shift.format("'top'", "'bottom'")}, "dy": {"expr": shift.format(4, -4)}}
    return {
        "mark": mark,
        "encoding": {"x": encoding["x"], "y": encoding["y"], "text": {"field": label, "type": "nominal"}},
    }


def folded(shape: Shape, channels: Channels) -> tuple[list[Json], Field]:
    """Several measures of one unit as one value with a series: the transforms, and the field with the widest range."""
    fields = shape.together
    names = [channels.number(field) for field in fields]
    said = _period_labels(shape) or [heading(field.label) for field in fields]
    labels = dict(zip(names, said, strict=True))
    transforms: list[Json] = [
        {"fold": names, "as": ["folded_name", "folded"]},
        {"calculate": f"({json.dumps(labels)})[datum.folded_name]", "as": "folded_label"},
    ]
    widest = max(fields, key=lambda f: max((abs(n) for n in f.numbers), default=0.0))
    return transforms, widest


def _period_labels(shape: Shape) -> list[str]:
    """What tells the two values of a comparison apart: their periods."""
    comparison, window = shape.query.comparison, shape.query.time
    if not shape.comparison or comparison is None or window is None:
        return []
    labels = [heading(w.label or span(w.start, w.end)) for w in (window, comparison.window)]
    return labels if labels[0] != labels[1] else []


def series_colour(shape: Shape) -> Json:
    """The colour of folded measures; the earlier period of a comparison stands back in grey."""
    colour: Json = {"field": "folded_label", "type": "nominal", "sort": None, "title": None}
    if shape.comparison:
        colour["scale"] = {"range": [PALETTE[0], "#B8C2CC"]}
    return colour


def grouped_bar(shape: Shape, channels: Channels) -> Drawn:
    """Bars side by side for each value on the axis: by a second dimension, or several measures of one unit."""
    axis, series = shape.axis_and_series()
    assert axis is not None
    if series is None:
        name = channels.category(axis, distinct=True)
        tooltip = channels.tooltip(shape.fields)
        transforms, widest = folded(shape, channels)
        colour = series_colour(shape)
        numbers = number_axis(widest, title=heading(shape.together[0].label))
        body = _side_by_side(axis, name, "folded", colour, numbers, len(shape.together), tooltip)
        return {"transform": transforms, **body}, axis.name, shape.together[0].name, None
    field = shape.measures[0]
    name = channels.category(axis)
    colour = {"field": channels.category(series), "type": "nominal", "sort": None, "title": heading(series.label)}
    tooltip = channels.tooltip(shape.fields)
    body = _side_by_side(axis, name, channels.number(field), colour, number_axis(field), series.distinct, tooltip)
    return body, axis.name, field.name, series.name


def _side_by_side(
    axis: Field, name: str, value: str, colour: Json, numbers: Json, each: int, tooltip: list[Json]
) -> Json:
    count = axis.distinct
    flat = lies_flat(axis, count * each // 2)
    along, across = ("y", "x") if flat else ("x", "y")
    encoding: Json = {
        along: {"field": name, "type": "nominal", "sort": None, "axis": category_axis(axis, flat, count), "scale": {"paddingInner": 0.25}},
        f"{along}Offset": {"field": colour["field"], "sort": None},
        across: {"field": value, "type": "quantitative", "scale": {"zero": True}, "axis": numbers},
        "color": colour,
        "tooltip": tooltip,
    }  # fmt: skip
    size: Any = (
        {"width": WIDTH, "height": {"step": 16, "for": "offset"}, "autosize": FIT}
        if flat
        else sized(False, max(count, 5))
    )
    return {"mark": {"type": "bar"}, "encoding": encoding, **size}


def stacked_bar(shape: Shape, channels: Channels) -> Drawn:
    """Bars made of the parts that the second dimension gives."""
    axis, series = shape.axis_and_series()
    assert axis is not None
    assert series is not None
    field = shape.measures[0]
    flat = lies_flat(axis, axis.distinct)
    along, across = ("y", "x") if flat else ("x", "y")
    encoding: Json = {
        along: {
            "field": channels.category(axis), "type": "nominal", "sort": None,
            "axis": category_axis(axis, flat, axis.distinct),
        },
        across: {
            "field": channels.number(field), "type": "quantitative", "scale": {"zero": True},
            "stack": "normalize" if shape.parts_of_each(axis) else "zero",
            "axis": share_axis(field) if shape.parts_of_each(axis) else number_axis(field),
        },
        "color": {
            "field": channels.category(series), "type": "nominal", "sort": None, "title": heading(series.label),
        },
        "order": {"field": channels.turn(series), "type": "quantitative"},
        "tooltip": channels.tooltip(shape.fields),
    }  # fmt: skip
    # Rounded ends would show inside the stack.
    mark: Json = {"type": "bar", "cornerRadiusEnd": 0}
    return (
        {"mark": mark, "encoding": encoding, **sized(flat, max(axis.distinct, 5))},
        axis.name,
        field.name,
        series.name,
    )


def histogram(shape: Shape, channels: Channels) -> Drawn:
    """How often values fall into each bin: the query's own bins, or bins made of the values listed."""
    field = shape.measures[0]
    size: Json = {"width": WIDTH, "height": HEIGHT}
    mark: Json = {"type": "bar", "binSpacing": 1, "cornerRadiusEnd": 0}
    if shape.binned:
        axis = shape.dimensions[0]
        of = shape.query.dimensions[0].of
        assert isinstance(of, Binned)
        low = channels.number(axis)
        high = channels.calculate("bin_end", f"{datum(low)} + {of.width}")
        encoding: Json = {
            "x": {"field": low, "type": "quantitative", "bin": {"binned": True, "step": of.width}, "axis": number_axis(axis, domain=True)},
            "x2": {"field": high},
            "y": {"field": channels.number(field), "type": "quantitative", "scale": {"zero": True}, "axis": number_axis(field)},
            "tooltip": channels.tooltip(shape.fields),
        }  # fmt: skip
        return {"mark": mark, "encoding": encoding, **size}, axis.name, field.name, None
    rows = "Number of rows" if shape.listed else f"Number of {plural(shape.dimensions[0].noun)}"
    name = channels.number(field)
    encoding = {
        "x": {"field": name, "type": "quantitative", "bin": {"maxbins": 20}, "axis": number_axis(field, domain=True)},
        "y": {
            "aggregate": "count", "type": "quantitative",
            "axis": {"title": heading(rows), "domain": False, "tickMinStep": 1, "labelExpr": "datum.value % 1 ? '' : format(datum.value, ',d')"},
        },
        "tooltip": [
            {"field": name, "type": "quantitative", "bin": {"maxbins": 20}, "title": heading(field.label)},
            {"aggregate": "count", "type": "quantitative", "title": heading(rows)},
        ],
    }  # fmt: skip
    return {"mark": mark, "encoding": encoding, **size}, field.name, None, None
