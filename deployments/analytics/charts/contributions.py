"""What each group contributes to a change, as bars to either side of zero, the largest first."""

from __future__ import annotations

from deployments.analytics.charts.bars import Drawn, sized
from deployments.analytics.charts.channels import Channels, Json, datum, heading, number_axis, number_expression
from deployments.analytics.charts.shape import Shape
from deployments.analytics.charts.theme import PALETTE
from deployments.analytics.insights.wording import listing

MOST_SHOWN = 15
"""More bars than this are noise: the table has them all."""


def contributions(shape: Shape, channels: Channels) -> Drawn:
    """Bars of the contribution column; two dimensions share one label."""
    field = shape.contribution
    assert field is not None
    names = [channels.category(dimension) for dimension in shape.dimensions]
    label = names[0]
    if len(names) > 1:
        label = channels.calculate("group", " + ' / ' + ".join(datum(name) for name in names))
    value = channels.number(field)
    place = channels.place()
    shown = min(shape.rows, MOST_SHOWN)
    written = channels.calculate("contributed", number_expression(datum(value), field))
    title = listing(heading(dimension.label).lower() for dimension in shape.dimensions)
    y: Json = {
        "field": label,
        "type": "nominal",
        "sort": None,
        "axis": {"title": heading(title), "labelOverlap": False},
    }
    x: Json = {
        "field": value,
        "type": "quantitative",
        "scale": {"zero": True, "padding": 64},
        "axis": number_axis(field),
    }
    tooltip = channels.tooltip(shape.fields)
    side = f"{datum(value)} < 0"
    bars: Json = {
        "mark": {"type": "bar"},
        "encoding": {
            "y": y,
            "x": x,
            "color": {"condition": {"test": side, "value": PALETTE[1]}, "value": PALETTE[0]},
            "tooltip": tooltip,
        },
    }
    texts: Json = {
        "mark": {
            "type": "text", "clip": False,
            "align": {"expr": f"{side} ? 'right' : 'left'"}, "dx": {"expr": f"{side} ? -5 : 5"},
        },
        "encoding": {"y": y, "x": x, "text": {"field": written, "type": "nominal"}},
    }  # fmt: skip
    body: Json = {"transform": [{"filter": f"datum.{place} <= {MOST_SHOWN}"}], "layer": [bars, texts]}
    return {**body, **sized(flat=True, count=shown)}, shape.dimensions[0].name, field.name, None
