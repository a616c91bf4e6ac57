"""The first few of each group as small panels: bars on one scale, each group with its own labels in its own order."""

from __future__ import annotations

from deployments.analytics.charts.bars import Drawn, value_labels
from deployments.analytics.charts.channels import Channels, Json, heading, number_axis
from deployments.analytics.charts.shape import Field, Shape
from deployments.analytics.charts.theme import INK

MOST_PANELS = 12
MOST_ROWS = 80
PANEL_WIDTH = 220
STEP = 22


def groups(shape: Shape) -> tuple[Field, Field] | None:
    """The dimension that has a panel for each value and the one whose first few stand in it; None where the question
    was not for the first few of each group, or is of more than two dimensions."""
    limit = shape.query.limit
    if limit is None or not limit.per or len(shape.dimensions) != 2 or shape.listed or shape.measure is None:
        return None
    per = shape.query.dimensions[limit.per[0]].name
    group = next((field for field in shape.dimensions if field.name == per), None)
    if group is None or len(limit.per) != 1:
        return None
    return group, next(field for field in shape.dimensions if field is not group)


def too_many(shape: Shape, group: Field) -> str | None:
    """Why the panels cannot be read, where they cannot."""
    if group.distinct > MOST_PANELS:
        return f"{group.distinct:,} groups are too many panels to read"
    return f"{shape.rows:,} bars are too many to read" if shape.rows > MOST_ROWS else None


def faceted(shape: Shape, channels: Channels, group: Field, axis: Field) -> Drawn:
    """A panel for each group."""
    field = shape.measures[0]
    name, value = channels.category(axis), channels.number(field)
    encoding: Json = {
        "y": {"field": name, "type": "nominal", "sort": None, "axis": {"title": None, "labelLimit": 150}},
        "x": {"field": value, "type": "quantitative", "scale": {"zero": True}, "axis": number_axis(field, tickCount=3)},
        "tooltip": channels.tooltip(shape.fields),
    }
    layers: list[Json] = [{"mark": {"type": "bar"}, "encoding": encoding}]
    layers.append(value_labels(field, value, channels, encoding, flat=True))
    header = {"title": None, "labelAnchor": "start", "labelFontWeight": 600, "labelFontSize": 13, "labelColor": INK}
    body: Json = {
        "facet": {"field": channels.category(group), "type": "nominal", "sort": None, "header": header},
        "columns": 2 if group.distinct > 1 else 1,
        "spacing": {"row": 14, "column": 24},
        "align": "each",
        "spec": {"layer": layers, "width": PANEL_WIDTH, "height": {"step": STEP}},
        "resolve": {"scale": {"y": "independent"}},
    }
    heading_of = heading(field.label)
    encoding["x"]["axis"]["title"] = heading_of
    return body, axis.name, field.name, group.name
