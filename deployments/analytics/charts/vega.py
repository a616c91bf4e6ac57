"""A result as a complete Vega-Lite v5 specification, the data named "result" and not inlined."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from typing import Any

from deployments.analytics.charts.bars import bar, grouped_bar, histogram, stacked_bar
from deployments.analytics.charts.channels import Channels, Json, one_line
from deployments.analytics.charts.contributions import contributions
from deployments.analytics.charts.courses import course
from deployments.analytics.charts.distributions import box, heatmap, scatter
from deployments.analytics.charts.facets import faceted, groups
from deployments.analytics.charts.lines import area, line
from deployments.analytics.charts.plain import number, table
from deployments.analytics.charts.shape import Shape
from deployments.analytics.charts.slices import donut, pie
from deployments.analytics.charts.theme import CONFIG
from deployments.contracts.answers import Visualization

SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"

# A drawer gives the specification's body with the names of its axes' and colour's columns.
Drawn = tuple[Json, str | None, str | None, str | None]


def bars_or_panels(shape: Shape, channels: Channels) -> Drawn:
    """Bars; the first few of each group get a panel for each group."""
    grouped = groups(shape)
    return faceted(shape, channels, *grouped) if grouped is not None else bar(shape, channels)


DRAW: dict[str, Callable[[Shape, Channels], Drawn]] = {
    "table": table, "number": number, "bar": bars_or_panels, "stacked_bar": stacked_bar, "grouped_bar": grouped_bar, "line": line,
    "area": area, "pie": pie, "donut": donut, "scatter": scatter, "histogram": histogram, "heatmap": heatmap, "box": box,
}  # fmt: skip


def _drawer(chart_type: str, shape: Shape) -> Callable[[Shape, Channels], Drawn]:
    """An analysis has drawings of its own for the types that suit it."""
    if chart_type == "bar" and shape.contribution is not None:
        return contributions
    return course if chart_type == "line" and shape.told_over_time else DRAW[chart_type]


def visualize(shape: Shape, chart_type: str, title: str, subtitle: str = "", description: str = "") -> Visualization:
    """Draw a result as a type that fits it. `description` is what a screen reader says."""
    channels = Channels()
    body, x_axis, y_axis, series = _drawer(chart_type, shape)(shape, channels)
    heading: Json = {"text": textwrap.wrap(title, 76)[:3]}
    if subtitle:
        heading["subtitle"] = textwrap.wrap(subtitle, 110)[:2]
    spec: dict[str, Any] = {
        "$schema": SCHEMA,
        "description": one_line(description or title, 300),
        "title": heading,
        "data": {"name": "result"},
        "transform": [*channels.transforms, *body.pop("transform", [])],
        **body,
        "config": CONFIG,
    }
    if not spec["transform"]:
        del spec["transform"]
    return Visualization(type=chart_type, x_axis=x_axis, y_axis=y_axis, series=series, title=title, spec=spec)
