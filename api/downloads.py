"""A result as a file: CSV (RFC 4180), Parquet, Arrow IPC. Nothing is lost; in CSV a text that a spreadsheet would run as a
formula gets an apostrophe in front."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from deployments.contracts.answers import Cell, ResultTable

CSV = "text/csv"
PARQUET = "application/vnd.apache.parquet"
ARROW = "application/vnd.apache.arrow.stream"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What makes a spreadsheet take a text for a formula, in narrow and wide letters; an apostrophe in front makes it a text again."""
_QUOTED = frozenset('",;\t\r\n')
"""What may part cells where the spreadsheet's language parts them by other characters too."""


def as_csv(table: ResultTable) -> bytes:
    """Rows with a header line, in UTF-8. NULL is an empty field, empty text is `""`.

    >>> from deployments.contracts.answers import ResultColumn
    >>> columns = (ResultColumn(name="a", label="A", type="text"), ResultColumn(name="b", label="B", type="number"))
    >>> as_csv(ResultTable(columns, [("x, y", Decimal("1.50")), (None, 2)])).decode().split("\\r\\n")
    ['a,b', '"x, y",1.50', ',2', '']
    """
    lines = [",".join(_field(column.name) for column in table.columns)]
    lines += [",".join(_field(cell) for cell in row) for row in table.rows]
    return ("\r\n".join(lines) + "\r\n").encode("utf-8", "replace")


def as_arrow(table: ResultTable) -> bytes:
    """One Arrow IPC stream."""
    import pyarrow as pa

    arrow = _arrow_table(table)
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, arrow.schema) as writer:
        writer.write_table(arrow)
    return sink.getvalue()


def as_parquet(table: ResultTable) -> bytes:
    """One Parquet file."""
    import pyarrow.parquet as pq

    sink = io.BytesIO()
    pq.write_table(_arrow_table(table), sink, compression="zstd")
    return sink.getvalue()


def _field(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        if cell.startswith(_FORMULA):
            cell = "'" + cell
        quoted = not cell or cell != cell.strip() or not _QUOTED.isdisjoint(cell)
        return '"' + cell.replace('"', '""') + '"' if quoted else cell
    return _text(cell)


def _text(cell: Cell) -> str:
    match cell:
        case bool():
            return "true" if cell else "false"
        case Decimal():
            return f"{cell:f}"
        case dt.date() | dt.time():
            return cell.isoformat()
        case _:
            return str(cell)


def _arrow_table(table: ResultTable) -> Any:
    import pyarrow as pa

    arrays = [_array(table.column(index)) for index in range(len(table.columns))]
    return pa.Table.from_arrays(arrays, names=_unique([column.name for column in table.columns]))


def _array(cells: Sequence[Cell]) -> Any:
    """The cells under the narrowest type that holds each of them exactly; text where there is none."""
    import pyarrow as pa

    kinds = {type(cell) for cell in cells if cell is not None}
    if not kinds:
        return pa.nulls(len(cells), pa.string())
    try:
        if kinds == {int, Decimal}:
            return pa.array([Decimal(cell) if isinstance(cell, int) else cell for cell in cells])
        if kinds <= {int, float} and float in kinds:
            floats = [None if cell is None else float(cell) for cell in cells]  # type: ignore[arg-type]
            if all(number is None or number == cell for number, cell in zip(floats, cells, strict=True)):
                return pa.array(floats, pa.float64())
        if len(kinds) == 1:
            return pa.array(cells)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        pass
    return pa.array([None if cell is None else _text(cell) for cell in cells], pa.string())


def _unique(names: list[str]) -> list[str]:
    seen: dict[str, int] = {}
    unique = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        unique.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return unique
