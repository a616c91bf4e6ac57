from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployments.analytics.warehouse.cells import column_type, interval_text, plain, plain_rows


@pytest.mark.parametrize(
    ("engine", "expected"),
    [
        ("DECIMAL(18,3)", "number"),
        ("UBIGINT", "number"),
        ("TIMESTAMP_NS", "datetime"),
        ("TIME", "time"),
        ("VARCHAR[]", "text"),
        ("DECIMAL(3,1)[]", "text"),
        ("STRUCT(a INTEGER)", "text"),
        ("ENUM('a', 'b')", "text"),
    ],
)
def test_an_engine_type_has_one_column_type(engine: str, expected: str) -> None:
    assert column_type(engine) == expected


def test_a_scalar_of_a_library_becomes_a_plain_number() -> None:
    assert type(plain(np.int64(3), "number")) is int
    assert type(plain(np.float64(1.5), "number")) is float


def test_rows_that_are_plain_already_are_not_copied() -> None:
    rows = [(1, Decimal(2), dt.date(2024, 1, 1), "a", None)]
    assert plain_rows(rows, ["number", "number", "date", "text", "number"])[0] == rows[0]


def test_a_float_that_json_cannot_hold_is_none() -> None:
    assert plain_rows([(float("nan"), 1.5), (float("-inf"), 2.5)], ["number", "number"]) == [(None, 1.5), (None, 2.5)]


@given(st.timedeltas(min_value=dt.timedelta(days=-4000), max_value=dt.timedelta(days=4000)))
def test_an_interval_and_its_opposite_read_alike_but_for_the_sign(value: dt.timedelta) -> None:
    if value:
        assert interval_text(value).lstrip("-") == interval_text(-value).lstrip("-")
        assert interval_text(value).startswith("-") != interval_text(-value).startswith("-")
