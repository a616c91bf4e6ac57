"""A visualization with its rows as PNG, SVG or a self-contained Vega-Lite specification. Nothing is fetched."""

from __future__ import annotations

import copy
import datetime as dt
from decimal import Decimal
from typing import Any

from deployments.analytics.charts.channels import printable
from deployments.analytics.charts.draw import draw
from deployments.analytics.insights.wording import is_number
from deployments.contracts.answers import Cell, ResultTable, Visualization

PNG_SCALE = 2.0
# Beyond 64 bits JSON readers differ or fail.
LARGEST_INTEGER = 2**63 - 1


def data_records(result: ResultTable) -> list[dict[str, Any]]:
    """The rows as JSON objects keyed by column name: numbers as numbers, dates and times as ISO 8601."""
    names = [column.name for column in result.columns]
    return [dict(zip(names, map(_json, row), strict=True)) for row in result.rows]


def _json(value: Cell) -> bool | int | float | str | None:
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value) if value.is_finite() else None
    if isinstance(value, float) and not is_number(value):
        return None
    if isinstance(value, int) and abs(value) > LARGEST_INTEGER:
        return float(value)
    return value


def vega_lite(visualization: Visualization, result: ResultTable) -> dict[str, Any]:
    """The specification with the rows in it, ready for any Vega-Lite viewer."""
    spec = copy.deepcopy(visualization.spec)
    if spec.get("data") == {"name": "result"}:
        spec["datasets"] = {"result": data_records(result)}
    return spec


def _drawable(node: Any) -> Any:
    if isinstance(node, str):
        return printable(node)
    if isinstance(node, dict):
        return {key: _drawable(value) for key, value in node.items()}
    return [_drawable(value) for value in node] if isinstance(node, list) else node


def drawable(visualization: Visualization, result: ResultTable) -> dict[str, Any]:
    """The specification with its rows, as a picture is drawn of it."""
    drawn: dict[str, Any] = _drawable(vega_lite(visualization, result))
    return drawn


def render_png(visualization: Visualization, result: ResultTable, scale: float = PNG_SCALE) -> bytes:
    """A PNG, `scale` pixels to a point, drawn in this process."""
    return draw("png", drawable(visualization, result), scale)


def render_svg(visualization: Visualization, result: ResultTable) -> str:
    """An SVG, drawn in this process."""
    return draw("svg", drawable(visualization, result)).decode()
