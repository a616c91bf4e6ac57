"""One number in large type, and a table as text."""

from __future__ import annotations

import json

from deployments.analytics.charts.bars import Drawn
from deployments.analytics.charts.channels import Channels, Json, datum, number_expression, one_line
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
    labels = {name: one_line(field.label, 26) for name, field in zip(names, fields, strict=True)}
    numeric = [n for n, f in zip(names, fields, strict=True) if f.column.type == "number" and not f.column.identifier]
    place = channels.place()
    right = f"indexof({json.dumps(numeric)}, datum.{{}}) >= 0"
    width = 140 if len(fields) > 3 else 200
    body = {
        "transform": [
            {"filter": f"datum.{place} <= {MOST_ROWS}"},
            {"fold": names, "as": ["cell_column", "cell"]},
            {"calculate": f"truncate(datum.cell, {24 if width == 140 else 34})", "as": "cell_text"},
        ],
        "mark": {
            "type": "text",
            "align": {"expr": f"{right.format('cell_column')} ? 'right' : 'left'"},
            "dx": {"expr": f"{right.format('cell_column')} ? {width // 2 - 12} : {-(width // 2 - 12)}"},
        },
        "encoding": {
            "x": {
                "field": "cell_column", "type": "nominal", "sort": names,
                "axis": {
                    "orient": "top", "title": None, "labelAngle": 0, "domain": False, "labelLimit": width - 10,
                    "labelFontWeight": 600, "labelExpr": f"({json.dumps(labels)})[datum.value]", "offset": 4,
                },
            },
            "y": {
                "field": place, "type": "ordinal",
                "axis": {"title": None, "grid": True, "gridColor": RULE, "domain": False, "labels": False, "bandPosition": 1},
            },
            "text": {"field": "cell_text", "type": "nominal"},
        },
        "width": {"step": width},
        "height": {"step": 24},
    }  # fmt: skip
    return body, None, None, None
