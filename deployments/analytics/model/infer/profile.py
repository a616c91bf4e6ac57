"""First pass: what the columns hold. Large tables are counted approximately and sampled.

One statement counts what takes a single scan; distinct values and the most frequent ones have a statement for each column,
which the engine answers several times sooner than one statement with as many hash tables. Tables are profiled side by side.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from deployments.analytics.model.infer.draft import Column, Schema, TableDraft, quoted
from deployments.analytics.model.schema import DataType
from deployments.analytics.warehouse.cells import column_type, plain
from deployments.analytics.warehouse.connect import Warehouse

LARGE = 200_000
"""Rows above which distinct counts are approximate and top values come from a sample."""
KEPT = 100
"""Most frequent values kept of a column: all of them where there are no more."""
_MOST_AT_ONCE = 4
"""Tables that are profiled at the same time."""
_LONG = 200
"""Values longer than this are never samples."""
MISSING = ("", "null", "none", "n/a", "na", "nan", "-", "--", "?", ".", "nil")
"""Texts that stand for no value, in lower case."""

_COUNTABLE = ("number", "date", "datetime", "time", "boolean")


def profile(warehouse: Warehouse, schema: Schema) -> None:
    """Fill rows, counts, bounds and samples of every table."""
    with ThreadPoolExecutor(min(_MOST_AT_ONCE, os.cpu_count() or 1)) as pool:
        for _ in pool.map(lambda table: _profile(warehouse, table), schema.tables):
            pass


def _profile(warehouse: Warehouse, table: TableDraft) -> None:
    table.rows = int(warehouse.query(f"SELECT count(*) FROM {table.sql_name}")[0][0])
    if table.rows:
        _count(warehouse, table)
        for column in table.columns:
            if _samplable(column):
                _sample(warehouse, table, column)


def _count(warehouse: Warehouse, table: TableDraft) -> None:
    exact = table.rows <= LARGE
    parts = [part for column in table.columns for part in _measures(column, exact)]
    values = iter(warehouse.query(f"SELECT {', '.join(parts)} FROM {table.sql_name}")[0])
    for column in table.columns:
        _take(column, values, exact)
        if exact or (column.filled == table.rows and column.distinct > 0.9 * table.rows):
            _count_exactly(warehouse, table, column)
        column.unique = column.exact and column.filled == table.rows and column.distinct == table.rows


def _measures(column: Column, exact: bool) -> Iterator[str]:
    name, kind = quoted(column.name), column_type(column.source.engine_type)
    yield f"count({name})"
    if not exact:
        yield f"approx_count_distinct({name})"
    if kind in _COUNTABLE:
        yield from (f"min({name})", f"max({name})")
    elif _is_text(column):
        missing = ", ".join(f"'{word}'" for word in MISSING)
        yield f"count(TRY_CAST({name} AS DOUBLE))"
        yield f"count(TRY_CAST({name} AS BIGINT)) FILTER (NOT contains({name}, '.'))"
        yield f"count(*) FILTER (lower(trim({name})) IN ({missing}))"
        yield f"avg(length({name}))"
        yield f"count(*) FILTER ({name} <> trim({name}))"
        yield f"count(*) FILTER (starts_with({name}, '0') AND length({name}) > 1 AND NOT contains({name}, '.'))"


def _take(column: Column, values: Iterator[Any], exact: bool) -> None:
    kind = column_type(column.source.engine_type)
    column.filled, column.exact = int(next(values)), exact
    column.distinct = 0 if exact else min(int(next(values)), column.filled)
    if kind in _COUNTABLE:
        column.minimum, column.maximum = plain(next(values), kind), plain(next(values), kind)
    elif _is_text(column):
        numbers, whole, missing = int(next(values)), int(next(values)), int(next(values))
        column.average_length = float(next(values) or 0)
        column.padded = bool(next(values))
        zeros = int(next(values))
        real = column.filled - missing
        if real > 0 and numbers >= real and not zeros:
            column.text_numbers = DataType.INTEGER if whole >= real else DataType.DECIMAL


def _count_exactly(warehouse: Warehouse, table: TableDraft, column: Column) -> None:
    """Uniqueness must be known, not guessed; of a large table only columns that may be unique are counted so."""
    ((column.distinct,),) = warehouse.query(f"SELECT count(DISTINCT {quoted(column.name)}) FROM {table.sql_name}")
    column.exact = True


def _sample(warehouse: Warehouse, table: TableDraft, column: Column) -> None:
    """The most frequent values, those of equal frequency in their order."""
    name, kind = quoted(column.name), column_type(column.source.engine_type)
    source = table.sql_name
    if table.rows > LARGE and column.distinct > 1000:
        source = f"(SELECT {name} FROM {table.sql_name} USING SAMPLE {LARGE // 4} ROWS (system, 7))"
    keep = f"{name} IS NOT NULL" + (f" AND length({name}) <= {_LONG}" if _is_text(column) else "")
    found = warehouse.query(
        f"SELECT {name} AS v, count(*) AS n FROM {source} WHERE {keep} GROUP BY 1 ORDER BY n DESC, v LIMIT {KEPT + 1}"
    )
    column.complete_samples = len(found) <= KEPT and (table.rows <= LARGE or column.distinct <= KEPT)
    column.samples = tuple(plain(value, kind) for value, _ in found[:KEPT])


def _samplable(column: Column) -> bool:
    if not column.filled:
        return False
    return _is_text(column) or column_type(column.source.engine_type) in _COUNTABLE


def _is_text(column: Column) -> bool:
    kind = column.source.engine_type.upper()
    return kind in ("VARCHAR", "TEXT", "CHAR", "STRING") or kind.startswith("ENUM(")
