"""A visualization with its rows as PNG, SVG or a self-contained Vega-Lite specification. Nothing is fetched."""

from __future__ import annotations

import copy
import datetime as dt
from decimal import Decimal
from typing import Any

from deployments.analytics.insights.wording import is_number
from deployments.contracts.answers import Cell, ResultTable, Visualization


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
    return value


def vega_lite(visualization: Visualization, result: ResultTable) -> dict[str, Any]:
    """The specification with the rows in it, ready for any Vega-Lite viewer."""
    spec = copy.deepcopy(visualization.spec)
    if spec.get("data") == {"name": "result"}:
        spec["datasets"] = {"result": data_records(result)}
    return spec


def render_png(visualization: Visualization, result: ResultTable, scale: float = 2.0) -> bytes:
    """A PNG, `scale` pixels to a point."""
    import vl_convert

    spec = vega_lite(visualization, result)
    return vl_convert.vegalite_to_png(spec, scale=scale, vl_version="5.21", allowed_base_urls=[])


def render_svg(visualization: Visualization, result: ResultTable) -> str:
    """An SVG."""
    import vl_convert

    return vl_convert.vegalite_to_svg(vega_lite(visualization, result), vl_version="5.21", allowed_base_urls=[])
