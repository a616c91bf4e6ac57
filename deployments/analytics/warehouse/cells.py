"""What an engine hands back, as plain Python cells and column types."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from deployments.contracts.answers import Cell, ColumnType, ResultColumn

_EXACT = frozenset({bool, int, Decimal, dt.datetime, dt.date, dt.time, str, type(None)})

_TYPES: dict[str, ColumnType] = {
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIME": "time",
    "TIME WITH TIME ZONE": "time",
    "TIME_NS": "time",
    "TIMESTAMP": "datetime",
    "TIMESTAMP WITH TIME ZONE": "datetime",
    "TIMESTAMP_S": "datetime",
    "TIMESTAMP_MS": "datetime",
    "TIMESTAMP_NS": "datetime",
    "TINYINT": "number",
    "SMALLINT": "number",
    "INTEGER": "number",
    "BIGINT": "number",
    "HUGEINT": "number",
    "UTINYINT": "number",
    "USMALLINT": "number",
    "UINTEGER": "number",
    "UBIGINT": "number",
    "UHUGEINT": "number",
    "BIGNUM": "number",
    "FLOAT": "number",
    "DOUBLE": "number",
}


def column_type(engine_type: str) -> ColumnType:
    """The column type of an engine's type name; what has no plain form is text.

    >>> column_type("DECIMAL(18,3)"), column_type("TIMESTAMP"), column_type("VARCHAR[]")
    ('number', 'datetime', 'text')
    """
    name = engine_type.upper()
    if name.startswith("DECIMAL") and name.endswith(")"):
        return "number"
    return _TYPES.get(name, "text")


def typed_columns(columns: Sequence[ResultColumn], engine: Sequence[tuple[str, str]]) -> tuple[ResultColumn, ...]:
    """The columns with the types the engine reports, given its (name, type) pairs in order.

    With no columns given, the engine's names stand for themselves. Raises ValueError when the numbers differ."""
    if not columns:
        return tuple(ResultColumn(name=name, label=name, type=column_type(kind)) for name, kind in engine)
    if len(columns) != len(engine):
        raise ValueError(f"expected {len(columns)} columns, the engine returned {len(engine)}")
    return tuple(
        column if column.type == (actual := column_type(kind)) else column.model_copy(update={"type": actual})
        for column, (_, kind) in zip(columns, engine, strict=True)
    )


def plain_rows(rows: list[tuple[Any, ...]], types: Sequence[ColumnType]) -> list[tuple[Cell, ...]]:
    """Rows of engine values as rows of cells. Only columns that hold something else are converted."""
    strange = [
        index
        for index, kind in enumerate(types)
        if any(type(row[index]) not in _EXACT or (type(row[index]) is str) != (kind == "text") for row in rows)
    ]
    if not strange:
        return rows
    convert: list[Callable[[Any, ColumnType], Cell] | None] = [None] * len(types)
    for index in strange:
        convert[index] = plain
    return [
        tuple(
            value if turn is None else turn(value, kind) for value, turn, kind in zip(row, convert, types, strict=True)
        )
        for row in rows
    ]


def plain(value: Any, kind: ColumnType = "text") -> Cell:
    """One engine value as a cell: NaN and infinities are None (JSON has neither), what has no plain form is text."""
    if value is None:
        return None
    if isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, Decimal):
        return value if value.is_finite() else None
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value if kind != "text" else value.isoformat()
    if isinstance(value, dt.timedelta):
        return interval_text(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return "\\x" + bytes(value).hex()
    if isinstance(value, list | tuple | dict | set):
        return json.dumps(value, default=_nested, ensure_ascii=False)
    if hasattr(value, "item"):
        return plain(value.item(), kind)
    return str(value)


def interval_text(value: dt.timedelta) -> str:
    """An interval as people write it.

    >>> interval_text(dt.timedelta(days=2, hours=3, minutes=5)), interval_text(dt.timedelta(seconds=90))
    ('2 days 03:05:00', '00:01:30')
    """
    sign = "-" if value < dt.timedelta(0) else ""
    value = abs(value)
    hours, rest = divmod(value.seconds, 3600)
    clock = f"{hours:02}:{rest // 60:02}:{rest % 60:02}"
    if value.microseconds:
        clock += f".{value.microseconds:06}".rstrip("0")
    days = f"{value.days} day{'s' if value.days != 1 else ''}" if value.days else ""
    return sign + " ".join(
        part for part in (days, clock if value.seconds or value.microseconds or not days else "") if part
    )


def _nested(value: Any) -> Any:
    cell = plain(value)
    return float(cell) if isinstance(cell, Decimal) else cell
