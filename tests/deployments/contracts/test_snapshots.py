from __future__ import annotations

import datetime as dt
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from deployments.contracts import snapshots
from deployments.contracts.answers import Cell, ResultColumn, ResultTable

ZONE = dt.timezone(dt.timedelta(hours=2))
COLUMNS = {
    "text": st.text(),
    "integers": st.integers(-(2**70), 2**70),
    "floats": st.floats(allow_nan=False),
    "booleans": st.booleans(),
    "decimals": st.decimals(allow_nan=False, allow_infinity=False),
    "money": st.decimals(-(10**12), 10**12, places=2),
    "dates": st.dates(),
    "datetimes": st.datetimes().map(lambda at: at.replace(fold=0)),
    "zoned": st.datetimes(timezones=st.sampled_from([dt.UTC, ZONE])).map(lambda at: at.replace(fold=0)),
    "times": st.times().map(lambda at: at.replace(fold=0)),
    "mixed": st.one_of(st.integers(), st.text(), st.decimals(allow_nan=False), st.dates(), st.booleans()),
}


@st.composite
def tables(draw: st.DrawFn) -> ResultTable:
    kinds = draw(st.lists(st.sampled_from(sorted(COLUMNS)), max_size=5))
    columns = tuple(ResultColumn(name=kind, label=kind.title(), type="text") for kind in kinds)
    rows = draw(st.lists(st.tuples(*(st.none() | COLUMNS[kind] for kind in kinds)), max_size=8))
    return ResultTable(columns, rows, truncated=draw(st.booleans()))


@settings(max_examples=150)
@given(tables())
def test_a_table_comes_back_cell_for_cell_with_its_types(table: ResultTable) -> None:
    back = snapshots.decode(snapshots.encode(table))
    assert back.columns == table.columns
    assert back.truncated == table.truncated
    assert [[repr(cell) for cell in row] for row in back.rows] == [[repr(cell) for cell in row] for row in table.rows]


def test_two_columns_of_one_name_stay_two() -> None:
    column = ResultColumn(name="n", label="N", type="number")
    rows: list[tuple[Cell, ...]] = [(1, 2), (3, None)]
    assert list(snapshots.decode(snapshots.encode(ResultTable((column, column), rows))).rows) == rows


def test_a_decimal_keeps_its_digits() -> None:
    column = ResultColumn(name="n", label="N", type="number")
    rows: list[tuple[Cell, ...]] = [(Decimal("1.50"),), (Decimal("1.5"),), (Decimal("1E+3"),), (Decimal("-0.00"),)]
    back = snapshots.decode(snapshots.encode(ResultTable((column,), rows)))
    assert [str(row[0]) for row in back.rows] == ["1.50", "1.5", "1E+3", "-0.00"]
