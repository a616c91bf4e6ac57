"""An answer on a terminal: the sentence, the rows, what was found and assumed, and the SQL."""

from __future__ import annotations

import datetime as dt
import os
from decimal import Decimal
from typing import Any

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.table import Table
from rich.text import Text

from deployments.contracts.answers import Answer, AnswerData, ResultColumn
from deployments.contracts.query import Grain

ROWS = 25
LONGEST = 40
"""How many characters of a text a cell shows."""

LARGEST = 1e15
"""A number of binary digits from here on holds no more than those before its point."""

WIDEST = 100_000
_BARS = "▁▂▃▄▅▆▇█"


def show(answer: Answer, console: Console | None = None) -> None:
    """Print an answer."""
    out = console or Console(highlight=False, soft_wrap=True)
    width = out.width if out.is_terminal or os.environ.get("COLUMNS") else None
    if width is None:
        # Where nobody watches, no line is cut.
        out.width = WIDEST
    out.print(Text(answer.response, style="bold"))
    if answer.data is not None and answer.data.columns:
        out.print(table(answer, width))
        rest = (answer.row_count or len(answer.data.rows)) - min(len(answer.data.rows), ROWS)
        if rest > 0:
            out.print(Text(f"… and {counted(rest, 'more row')}"))
    if answer.differences is not None and answer.differences.data is not None and answer.differences.data.rows:
        out.print(Text("What has changed:", style="bold"))
        out.print(_rows(answer.differences.columns, answer.differences.data, width))
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


def answer_of(document: dict[str, Any]) -> Answer:
    """An answer as a server sent it. Its typed query is left out: nothing here shows it."""
    return Answer.model_validate(document | {"query": None})


def table(answer: Answer, width: int | None = None) -> Table:
    """The first rows of an answer, and of its columns those that `width` characters hold (None: all of them)."""
    return Table() if answer.data is None else _rows(answer.columns, answer.data, width)


def _rows(known: tuple[ResultColumn, ...], data: AnswerData, width: int | None) -> Table:
    described = {column.name: column for column in known}
    columns = [described.get(name) for name in data.columns]
    heads = [_head(name, column) for name, column in zip(data.columns, columns, strict=True)]
    cells = [
        [_short(cell(value, column)) for value, column in zip(row, columns, strict=True)] for row in data.rows[:ROWS]
    ]
    fit = _fitting([max(map(cell_len, column)) for column in zip(heads, *cells, strict=True)], width)
    shown = Table(show_edge=False, pad_edge=False)
    for head, column in zip(heads[:fit], columns, strict=False):
        number = column is not None and column.type == "number" and not column.identifier
        shown.add_column(Text(head), justify="right" if number else "left", no_wrap=True)
    for row in cells:
        shown.add_row(*map(Text, row[:fit]))
    if fit < len(heads):
        shown.caption = Text(
            f"… and {counted(len(heads) - fit, 'column')} that did not fit; --json has all", style="dim"
        )
        shown.caption_justify = "left"
    return shown


def _head(name: str, column: ResultColumn | None) -> str:
    unit = column.unit if column is not None and column.type == "number" else None
    return _short(f"{name} ({unit})" if unit and unit != "%" else name)


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if cell_len(flat) <= LONGEST else set_cell_size(flat, LONGEST - 1).rstrip() + "…"


def _fitting(widths: list[int], most: int | None) -> int:
    used = 0
    for place, width in enumerate(widths):
        used += width + (3 if place else 0)
        if most is not None and used > most and place:
            return place
    return len(widths)


def sparkline(answer: Answer) -> str:
    """The first number of an answer along its time, oldest first, as one line of bars with its range; "" where there is
    no time or are fewer than three points."""
    chart = answer.visualization
    if answer.data is None or chart is None or chart.type not in ("line", "area") or chart.series is not None:
        return ""
    names = answer.data.columns
    if chart.x_axis not in names or chart.y_axis not in names:
        return ""
    at, of = names.index(chart.x_axis), names.index(chart.y_axis)
    points = sorted((row[at], row[of]) for row in answer.data.rows if row[at] is not None and row[of] is not None)
    numbers = [float(number) for _, number in points]
    if len(numbers) < 3:
        return ""
    low, high = min(numbers), max(numbers)
    bars = "".join(_BARS[round((number - low) / ((high - low) or 1) * (len(_BARS) - 1))] for number in numbers)
    column = next((column for column in answer.columns if column.name == chart.y_axis), None)
    return f"{bars}  {cell(min(n for _, n in points), column)} to {cell(max(n for _, n in points), column)}"


def counted(count: int, noun: str) -> str:
    """ "1 column", "1,204 columns"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def cell(value: Any, column: ResultColumn | None = None) -> str:
    """A cell as people read it: 12,345.60; 12.3% of a fraction; a dash for NULL.

    >>> cell(Decimal("12345.60"))
    '12,345.60'
    """
    if value is None:
        return "–"
    if isinstance(value, str) and not value.strip():
        return "(blank)"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if column is not None and column.grain is not None and not column.cyclic:
        return _period(value, column.grain)
    if column is not None and (column.identifier or column.type != "number"):
        return value.isoformat(" ") if isinstance(value, dt.datetime) else str(value)
    if isinstance(value, int | float | Decimal) and column is not None and column.unit == "%":
        return f"{float(value) * 100:,.1f}%"
    if isinstance(value, float):
        return f"{value:,.2f}" if 1 <= abs(value) < LARGEST else f"{value:.4g}"
    if isinstance(value, int | Decimal):
        return f"{value:,}"
    return str(value)


def _period(value: Any, grain: Grain) -> str:
    """A period by its name: Oct 2026, Q4 2026, week of 5 Oct 2026."""
    try:
        start = dt.datetime.fromisoformat(str(value))
    except ValueError:
        return str(value)
    match grain:
        case Grain.YEAR:
            return f"{start:%Y}"
        case Grain.QUARTER:
            return f"Q{(start.month - 1) // 3 + 1} {start:%Y}"
        case Grain.MONTH:
            return f"{start:%b %Y}"
        case Grain.WEEK:
            return f"week of {start.day} {start:%b %Y}"
        case Grain.HOUR:
            return f"{start:%Y-%m-%d %H:%M}"
        case _:
            return f"{start:%Y-%m-%d}"
