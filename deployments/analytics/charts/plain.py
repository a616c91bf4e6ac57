"""One number in large type, and a table as text."""

from __future__ import annotations

import json

from deployments.analytics.charts.bars import Drawn
from deployments.analytics.charts.channels import Channels, Json, datum, heading, number_expression, one_line
from deployments.analytics.charts.shape import Shape
from deployments.analytics.charts.theme import INK, QUIET, RULE

MOST_ROWS, MOST_COLUMNS = 25, 8


def number(shape: Shape, channels: Channels) -> Drawn:
    """The value, what it is of, and against which earlier value."""
    field = shape.measures[0]
    value = datum(field.name)
    written = channels.calculate(
        "value_text", f"isValid({value}) ? {number_expression(value, field, exact=True)} : '–'"
    )
    lines: list[Json] = [
        {
            "mark": {"type": "text", "fontSize": 56, "fontWeight": 600, "color": INK, "dy": -14},
            "encoding": {"text": {"field": written, "type": "nominal"}},
        }
    ]
    under = "''"
    if shape.comparison:
        now, before = (datum(f.name) for f in shape.comparison)
        earlier = number_expression(before, shape.comparison[1], exact=True)
        change = f"format(abs({now} / {before} - 1), '.1%')"
        under = (
            f"!isValid({before}) ? 'no earlier value' : {before} > 0 ? "
            f"({now} >= {before} ? '▲ ' : '▼ ') + {change} + ' from ' + {earlier} : 'before: ' + {earlier}"
        )
    elif shape.dimensions:
        under = f"truncate('' + {datum(channels.category(shape.dimensions[0]))}, 60)"
    elif len(shape.fields) > 1:
        parts = [
            f"{json.dumps(one_line(f.label, 30) + ' ')} + {datum(channels.written(f))}"
            for f in shape.fields
            if f is not field
        ]
        under = " + ' · ' + ".join(parts[:3])
    if under != "''":
        name = channels.calculate("under_text", under)
        lines.append({
            "mark": {"type": "text", "fontSize": 15, "color": QUIET, "dy": 36},
            "encoding": {"text": {"field": name, "type": "nominal"}},
        })  # fmt: skip
    dimension = shape.dimensions[0].name if shape.dimensions else None
    return {"layer": lines, "width": 420, "height": 140}, dimension, field.name, None


def table(shape: Shape, channels: Channels) -> Drawn:
    """The first rows and columns as text; a page shows the whole from the data."""
    fields = shape.fields[:MOST_COLUMNS]
    if not fields or not shape.rows:
        text = "No rows"
        body: Json = {
            "mark": {"type": "text", "fontSize": 15, "color": QUIET, "text": text},
            "width": 420,
            "height": 80,
        }
        return body | {"data": {"values": [{}]}}, None, None, None
    names = [channels.written(field) for field in fields]
    labels = {name: heading(field.label) for name, field in zip(names, fields, strict=True)}
    numeric = [n for n, f in zip(names, fields, strict=True) if f.column.type == "number" and not f.column.identifier]
    place = channels.place()
    width = 140 if len(fields) > 3 else 200
    right = f"indexof({json.dumps(numeric)}, datum.cell_column) >= 0"
    mark: Json = {
        "type": "text", "limit": width - 20, "align": {"expr": f"{right} ? 'right' : 'left'"},
        "dx": {"expr": f"{right} ? {width // 2 - 10} : {-(width // 2 - 10)}"},
    }  # fmt: skip
    x: Json = {"field": "cell_column", "type": "nominal", "sort": names, "axis": None}
    lines: Json = {
        "title": None, "grid": True, "gridColor": RULE, "domain": False, "labels": False, "tickBand": "extent",
    }  # fmt: skip
    body = {
        "transform": [
            {"filter": f"datum.{place} <= {MOST_ROWS}"},
            {"fold": names, "as": ["cell_column", "cell"]},
            {"calculate": f"({json.dumps(labels)})[datum.cell_column]", "as": "cell_heading"},
        ],
        "layer": [
            {
                "mark": mark,
                "encoding": {
                    "x": x, "y": {"field": place, "type": "ordinal", "axis": lines},
                    "text": {"field": "cell", "type": "nominal"},
                },
            },
            {
                "transform": [{"filter": f"datum.{place} === 1"}],
                "mark": {**mark, "fontWeight": 600, "color": QUIET},
                "encoding": {"x": x, "y": {"value": -12}, "text": {"field": "cell_heading", "type": "nominal"}},
            },
        ],
        "width": {"step": width},
        "height": {"step": 24},
    }  # fmt: skip
    return body, None, None, None
