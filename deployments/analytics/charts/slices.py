"""Pies and donuts: parts of one whole, at most eight, the rest pooled."""

from __future__ import annotations

from deployments.analytics.charts.bars import Drawn
from deployments.analytics.charts.channels import Channels, Json, datum, heading, number_expression
from deployments.analytics.charts.recommend import MOST_SLICES
from deployments.analytics.charts.shape import Shape
from deployments.analytics.charts.theme import INK

RADIUS = 150


def pie(shape: Shape, channels: Channels) -> Drawn:
    """Slices in the result's order, clockwise from the top."""
    return _slices(shape, channels, inner=0)


def donut(shape: Shape, channels: Channels) -> Drawn:
    """A pie with a hole."""
    return _slices(shape, channels, inner=88)


def _slices(shape: Shape, channels: Channels, inner: int) -> Drawn:
    axis, field = shape.dimensions[0], shape.measures[0]
    name = channels.category(axis, distinct=True)
    value = channels.number(field)
    transforms: list[Json] = [
        {"calculate": f"toNumber({datum(value)}) || 0", "as": "amount"},
        # Ties in size keep the result's order.
        {"window": [{"op": "row_number", "as": "size_rank"}], "sort": [{"field": "amount", "order": "descending"}, {"field": channels.place(), "order": "ascending"}]},
    ]  # fmt: skip
    pooled = shape.rows > MOST_SLICES
    kept = MOST_SLICES - 1 if pooled else shape.rows
    other = f"Other ({shape.rows - kept})"
    transforms += [
        {"calculate": f"datum.size_rank <= {kept} ? toString({datum(name)}) : '{other}'", "as": "slice"},
        {"calculate": f"datum.size_rank <= {kept} ? datum.place : {shape.rows + 1}", "as": "turn"},
        {"aggregate": [{"op": "sum", "field": "amount", "as": "amount"}, {"op": "min", "field": "turn", "as": "turn"}], "groupby": ["slice"]},
        {"joinaggregate": [{"op": "sum", "field": "amount", "as": "whole"}]},
        {"calculate": "datum.amount / datum.whole", "as": "part"},
        {"calculate": number_expression("datum.amount", field, exact=True), "as": "written_amount"},
        # A label in a sliver would run over its neighbours.
        {"calculate": "datum.part >= 0.04 ? format(datum.part, '.0%') : ''", "as": "part_label"},
    ]  # fmt: skip
    theta: Json = {"field": "amount", "type": "quantitative", "stack": True}
    order: Json = {"field": "turn", "type": "quantitative"}
    tooltip: list[Json] = [
        {"field": "slice", "type": "nominal", "title": heading(axis.label)},
        {"field": "written_amount", "type": "nominal", "title": heading(field.label)},
        {"field": "part", "type": "quantitative", "format": ".1%", "title": "of what is shown"},
    ]
    colour: Json = {
        "field": "slice", "type": "nominal", "title": heading(axis.label),
        "sort": {"field": "turn", "op": "min", "order": "ascending"},
    }  # fmt: skip
    body: Json = {
        "transform": transforms,
        "encoding": {"theta": theta, "order": order},
        "layer": [
            {
                "mark": {"type": "arc", "outerRadius": RADIUS, "innerRadius": inner},
                "encoding": {"color": colour, "tooltip": tooltip},
            },
            {
                "mark": {"type": "text", "radius": RADIUS + 20, "fontSize": 12, "fill": INK},
                "encoding": {"text": {"field": "part_label", "type": "nominal"}},
            },
        ],
        "width": 400,
        "height": 360,
    }
    return body, axis.name, field.name, None
