"""Result tables as bytes (Arrow IPC), with the exact type of every cell.

A column whose cells are all of one plain type is stored as that Arrow type. Any other column (mixed types, integers
above 64 bits, decimals above 76 digits, times with a zone that differ) is stored as tagged JSON text, cell by cell, so
that nothing is ever rounded to fit.
"""

from __future__ import annotations

import datetime as dt
import io
import json
from decimal import Decimal
from typing import Any

import pyarrow as pa

from deployments.contracts import exact
from deployments.contracts.answers import Cell, ResultColumn, ResultTable

_EXACT = "exact"
_PLAIN: dict[type, pa.DataType] = {
    bool: pa.bool_(),
    int: pa.int64(),
    float: pa.float64(),
    str: pa.string(),
    dt.date: pa.date32(),
    dt.datetime: pa.timestamp("us"),
    dt.time: pa.time64("us"),
}
_MAX_INT = 2**63
_MAX_DECIMAL_DIGITS = 76


def encode(table: ResultTable) -> bytes:
    """The table as one Arrow IPC stream; column descriptions travel in the schema's metadata."""
    arrays, fields = [], []
    for index in range(len(table.columns)):
        cells = table.column(index)
        plain = _plain_array(cells)
        array = pa.array([exact.dumps(cell) for cell in cells], pa.string()) if plain is None else plain
        arrays.append(array)
        # The position makes names unique: two columns of a result may have one name.
        fields.append(pa.field(f"{index}", array.type, metadata={"cells": _EXACT if plain is None else "plain"}))
    head = {
        "columns": json.dumps([column.model_dump(mode="json") for column in table.columns]),
        "truncated": json.dumps(table.truncated),
        "rows": json.dumps(table.row_count),
    }
    schema = pa.schema(fields, metadata=head)
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_batch(pa.record_batch(arrays, schema=schema))
    return sink.getvalue()


def decode(data: bytes) -> ResultTable:
    """The table that `encode` was given, cell for cell."""
    arrow = pa.ipc.open_stream(data).read_all()
    head = arrow.schema.metadata
    columns = tuple(ResultColumn.model_validate(column) for column in json.loads(head[b"columns"]))
    cells = [_cells(arrow.column(index), field) for index, field in enumerate(arrow.schema)]
    rows: list[tuple[Cell, ...]] = list(zip(*cells, strict=True)) if cells else [()] * json.loads(head[b"rows"])
    return ResultTable(columns=columns, rows=rows, truncated=json.loads(head[b"truncated"]))


def _plain_array(cells: list[Cell]) -> pa.Array | None:
    kinds = {type(cell) for cell in cells if cell is not None}
    if len(kinds) != 1:
        return pa.nulls(len(cells), pa.string()) if not kinds else None
    (kind,) = kinds
    if kind is Decimal:
        return _decimal_array(cells)
    if kind is int and any(cell is not None and not -_MAX_INT <= int(cell) < _MAX_INT for cell in _known(cells)):
        return None
    if kind in (dt.datetime, dt.time) and any(cell.tzinfo is not None for cell in _known(cells)):
        return None
    arrow_type = _PLAIN.get(kind)
    if arrow_type is None:
        return None
    try:
        return pa.array(cells, arrow_type)
    except (pa.ArrowException, UnicodeEncodeError):
        return None


def _decimal_array(cells: list[Cell]) -> pa.Array | None:
    # One Arrow decimal type has one scale; "1.50" and "1.5" are equal and yet shown differently, so scales must agree.
    parts = [cell.as_tuple() for cell in _known(cells)]
    scales = {part.exponent for part in parts}
    if len(scales) != 1:
        return None
    (exponent,) = scales
    if not isinstance(exponent, int) or exponent > 0 or any(part.sign and not any(part.digits) for part in parts):
        return None
    digits = max(*(len(part.digits) for part in parts), -exponent, 1)
    if digits > _MAX_DECIMAL_DIGITS:
        return None
    return pa.array(cells, pa.decimal256(digits, -exponent))


def _known(cells: list[Cell]) -> list[Any]:
    return [cell for cell in cells if cell is not None]


def _cells(column: pa.ChunkedArray, field: pa.Field) -> list[Cell]:
    values: list[Cell] = column.to_pylist()
    if field.metadata[b"cells"] == _EXACT.encode():
        return [exact.loads(str(value)) for value in values]
    return values
