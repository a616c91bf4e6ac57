"""Points, boxes and heat: many values at once."""

from __future__ import annotations

from deployments.analytics.charts.bars import Drawn, lies_flat
from deployments.analytics.charts.channels import Channels, Json, datum, heading, number_axis, number_expression
from deployments.analytics.charts.recommend import box_group
from deployments.analytics.charts.shape import Field, Shape
from deployments.analytics.charts.theme import HEIGHT, INK, WIDTH

MOST_WRITTEN_CELLS = 150


def scatter(shape: Shape, channels: Channels) -> Drawn:
    """A point a row: the first number along x, the second along y, a category of few values in colour."""
    across, up = [f for f in shape.measures if f.numbers][:2]
    groups = [f for f in shape.categories if f.column.type in ("text", "boolean") and 1 < f.distinct <= 8 < shape.rows]
    series = min(groups, key=lambda f: f.distinct) if groups else None
    encoding: Json = {
        "x": _loose(across, channels, grid=True),
        "y": _loose(up, channels),
        "tooltip": channels.tooltip(shape.fields),
    }
    if series is not None:
        encoding["color"] = {
            "field": channels.category(series), "type": "nominal", "sort": None, "title": heading(series.label),
        }  # fmt: skip
    mark: Json = {"type": "point", "filled": True, "size": 70 if shape.rows <= 200 else 30, "opacity": 0.7}
    body = {"mark": mark, "encoding": encoding, "width": WIDTH, "height": 400}
    return body, across.name, up.name, series.name if series else None


def _loose(field: Field, channels: Channels, *, grid: bool = True) -> Json:
    low, high = min(field.numbers), max(field.numbers)
    zero = low <= 0 or low < 0.3 * high
    return {
        "field": channels.number(field), "type": "quantitative", "scale": {"zero": zero, "nice": True},
        "axis": number_axis(field, grid=grid),
    }  # fmt: skip


def heatmap(shape: Shape, channels: Channels) -> Drawn:
    """A cell for each pair of values; a scale from light to dark, or around zero where there are negative values."""
    axis, series = shape.axis_and_series()
    assert axis is not None
    assert series is not None
    field = shape.measures[0]
    # Time and cycles run from left to right; else the dimension with fewer values does.
    x, y = (axis, series) if axis.ordered else (series, axis)
    value = channels.number(field)
    name_x, name_y = channels.category(x), channels.category(y)
    crowded = x.distinct * min(x.longest if not x.is_time else 9, 12) * 7 > WIDTH
    base: Json = {
        "x": {
            "field": name_x, "type": "ordinal", "sort": None,
            "axis": {"title": heading(x.label), "labelAngle": -40 if crowded else 0, "domain": False},
        },
        "y": {"field": name_y, "type": "ordinal", "sort": None, "axis": {"title": heading(y.label), "domain": False}},
    }  # fmt: skip
    legend = number_axis(field)
    scale: Json = {"scheme": "blueorange", "domainMid": 0, "reverse": True} if field.negative else {"scheme": "blues"}
    colour: Json = {
        "field": value, "type": "quantitative", "scale": scale,
        "legend": {k: v for k, v in legend.items() if k in ("title", "labelExpr", "format")} | {"gradientLength": 160},
    }  # fmt: skip
    layers: list[Json] = [
        {
            "mark": {"type": "rect", "stroke": "white", "strokeWidth": 1},
            "encoding": {**base, "color": colour, "tooltip": channels.tooltip(shape.fields)},
        }
    ]
    if shape.rows <= MOST_WRITTEN_CELLS and x.distinct <= 12:
        low, high = min(field.numbers), max(field.numbers)
        dark = (
            f"abs({datum(value)}) > {0.6 * max(abs(low), abs(high))!r}" if field.negative
            else f"{datum(value)} > {low + 0.55 * (high - low)!r}"
        )  # fmt: skip
        label = channels.calculate(
            f"short_{field.index}", f"isValid({datum(field.name)}) ? {number_expression(datum(field.name), field)} : ''"
        )
        layers.append({
            "mark": {"type": "text", "fontSize": 11},
            "encoding": {
                **base,
                "text": {"field": label, "type": "nominal"},
                "color": {"condition": {"test": dark, "value": "white"}, "value": INK},
            },
        })  # fmt: skip
    height: Json | int = {"step": 26} if y.distinct <= 20 else {"step": 14}
    return {"layer": layers, "width": WIDTH, "height": height}, x.name, y.name, field.name


def box(shape: Shape, channels: Channels) -> Drawn:
    """Median, quartiles and outliers (beyond 1.5 times the interquartile range) of the rows' values, by group."""
    field, group = shape.measures[0], box_group(shape)
    value: Json = {
        "field": channels.number(field), "type": "quantitative", "scale": {"zero": False}, "axis": number_axis(field),
    }  # fmt: skip
    # The axis title alone would be joined with those of the parts that a box is made of.
    value["title"] = value["axis"].pop("title")
    mark: Json = {"type": "boxplot", "extent": 1.5, "size": 30, "median": {"color": "white", "strokeWidth": 2}}
    if group is None:
        return {"mark": mark, "encoding": {"x": value}, "width": WIDTH, "height": 120}, field.name, None, None
    flat = lies_flat(group, group.distinct)
    along, across = ("y", "x") if flat else ("x", "y")
    label: Json = {
        "field": channels.category(group), "type": "nominal", "sort": None,
        "axis": {"title": heading(group.label), "labelAngle": 0},
    }  # fmt: skip
    size: Json = {"width": WIDTH, "height": {"step": 44} if flat else HEIGHT}
    return {"mark": mark, "encoding": {along: label, across: value}, **size}, group.name, field.name, None
