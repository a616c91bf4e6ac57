from __future__ import annotations

import csv
import datetime as dt
import io
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.downloads import as_arrow, as_csv, as_parquet
from deployments.contracts.answers import Cell, ResultColumn, ResultTable


def table(*columns: list[Any], names: list[str] | None = None) -> ResultTable:
    described = tuple(
        ResultColumn(name=name, label=name, type="text") for name in names or [f"c{n}" for n in range(len(columns))]
    )
    return ResultTable(described, list(zip(*columns, strict=True)))


@pytest.mark.parametrize(
    "cells",
    [
        [1, None, -5],
        [1.5, None, 2],
        [Decimal("1.50"), None, Decimal("100000000000000000000.25")],
        [1, Decimal("2.5"), None],
        [True, None, False],
        ["a", None, ""],
        [dt.date(2025, 1, 1), None, dt.date(1, 1, 1)],
        [dt.datetime(2025, 1, 1, 12, 30, 0, 5), None, dt.datetime(9999, 12, 31)],
        [dt.time(1, 2, 3), None, dt.time(23, 59)],
        [None, None, None],
    ],
)
def test_a_column_keeps_its_values_in_arrow_and_parquet(cells: list[Cell]) -> None:
    assert pa.ipc.open_stream(as_arrow(table(cells))).read_all().column(0).to_pylist() == cells
    assert pq.read_table(io.BytesIO(as_parquet(table(cells)))).column(0).to_pylist() == cells


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ([2**70, 1], [str(2**70), "1"]),
        ([2**60 + 1, 0.5], [str(2**60 + 1), "0.5"]),
        ([1, "x", None], ["1", "x", None]),
        ([True, 1], ["true", "1"]),
    ],
)
def test_what_no_type_holds_exactly_becomes_text(cells: list[Cell], expected: list[Any]) -> None:
    assert pa.ipc.open_stream(as_arrow(table(cells))).read_all().column(0).to_pylist() == expected


def test_two_columns_of_one_name_stay_two() -> None:
    found = pq.read_table(io.BytesIO(as_parquet(table([1], [2], names=["n", "n"]))))
    assert found.column_names == ["n", "n_2"]


def test_an_empty_result_has_its_header() -> None:
    empty = ResultTable((ResultColumn(name="a", label="A", type="text"),), [])
    assert as_csv(empty) == b"a\r\n"
    assert pq.read_table(io.BytesIO(as_parquet(empty))).num_rows == 0


def as_text(cell: str) -> str:
    """What a spreadsheet shows as the cell instead of running it."""
    return "'" + cell if cell[0] in "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20" else cell


@pytest.mark.parametrize(
    "cell",
    [
        '=HYPERLINK("http://evil.example";"x")',
        "+1+cmd|' /C calc'!A0",
        "-2+3",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "\uff1d1+1",
        "\uff20SUM(A1)",
    ],
)
def test_a_text_that_a_spreadsheet_would_run_stays_a_text(cell: str) -> None:
    written = as_csv(table([cell, "a=1"], names=["=name"])).decode()
    assert [line[0] for line in csv.reader(io.StringIO(written, newline=""))] == ["'=name", "'" + cell, "a=1"]
    assert pq.read_table(io.BytesIO(as_parquet(table([cell])))).column(0).to_pylist() == [cell]


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters='",\n'), min_size=1)


@given(st.lists(st.tuples(TEXTS, st.integers(), st.decimals(allow_nan=False, allow_infinity=False)), min_size=1))
def test_a_csv_reader_reads_what_was_written(rows: list[tuple[Cell, ...]]) -> None:
    columns = tuple(ResultColumn(name=name, label=name, type="text") for name in "abc")
    written = as_csv(ResultTable(columns, rows)).decode()
    read = list(csv.reader(io.StringIO(written, newline="")))[1:]
    assert [line[0] for line in read] == [as_text(str(row[0])) for row in rows]
    assert [int(line[1]) for line in read] == [row[1] for row in rows]
    assert [Decimal(line[2]) for line in read] == [row[2] for row in rows]
