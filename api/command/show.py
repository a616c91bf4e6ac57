"""An answer on a terminal: the sentence, the rows, what was found and assumed, and the SQL."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from deployments.contracts.answers import Answer, ResultColumn

ROWS = 25


def show(answer: Answer, console: Console | None = None) -> None:
    """Print an answer."""
    out = console or Console(highlight=False, soft_wrap=True)
    out.print(Text(answer.response, style="bold"))
    if answer.data is not None and answer.data.columns:
        out.print(table(answer))
        rest = (answer.row_count or len(answer.data.rows)) - min(len(answer.data.rows), ROWS)
        if rest > 0:
            out.print(Text(f"… and {rest:,} more rows"))
    for insight in answer.insights:
        out.print(Text(f"• {insight}"))
    for assumption in answer.assumptions:
        out.print(Text(f"Assumed: {assumption}"))
    for warning in answer.warnings:
        out.print(Text(f"Note: {warning}", style="yellow"))
    if answer.sql:
        out.print(Text(answer.sql, style="dim"))
    if not answer.success:
        for suggestion in answer.suggestions:
            out.print(Text(f"→ {suggestion}"))
    out.print()


def table(answer: Answer) -> Table:
    """The first rows of an answer."""
    if answer.data is None:
        return Table()
    described = {column.name: column for column in answer.columns}
    shown = Table(show_edge=False, pad_edge=False)
    columns = [described.get(name) for name in answer.data.columns]
    for name, column in zip(answer.data.columns, columns, strict=True):
        shown.add_column(Text(name), justify="right" if column is not None and column.type == "number" else "left")
    for row in answer.data.rows[:ROWS]:
        shown.add_row(*(Text(cell(value, column)) for value, column in zip(row, columns, strict=True)))
    return shown


def cell(value: Any, column: ResultColumn | None = None) -> str:
    """A cell as people read it: 12,345.60; 12.3% of a fraction; nothing for NULL.

    >>> cell(Decimal("12345.60"))
    '12,345.60'
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if column is not None and (column.identifier or column.type != "number"):
        return value.isoformat(" ") if isinstance(value, dt.datetime) else str(value)
    if isinstance(value, int | float | Decimal) and column is not None and column.unit == "%":
        return f"{float(value) * 100:,.1f}%"
    if isinstance(value, float):
        return f"{value:,.2f}" if abs(value) >= 1 else f"{value:.4g}"
    if isinstance(value, int | Decimal):
        return f"{value:,}"
    return str(value)
