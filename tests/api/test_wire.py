from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.wire import dumps, loads_object, stamp
from deployments.contracts.answers import Intent, ResultColumn
from deployments.contracts.errors import InvalidRequest, MalformedRequest


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("150000.00"), "150000.00"),
        (Decimal("1E+5"), "1E+5"),
        (Decimal("NaN"), "null"),
        (Decimal("Infinity"), "null"),
        (float("nan"), "null"),
        (float("-inf"), "null"),
        (0.1, "0.1"),
        (2**70, str(2**70)),
        (True, "true"),
        (None, "null"),
        (dt.date(2025, 3, 15), '"2025-03-15"'),
        (dt.datetime(2025, 3, 15, 10), '"2025-03-15T10:00:00"'),
        (dt.datetime(2025, 3, 15, 10, 0, 0, 5, dt.UTC), '"2025-03-15T10:00:00.000005Z"'),
        (dt.datetime(2025, 3, 15, 10, tzinfo=dt.timezone(dt.timedelta(hours=2))), '"2025-03-15T10:00:00+02:00"'),
        (dt.time(10, 30), '"10:30:00"'),
        (Intent.SQL_QUERY, '"sql_query"'),
        (frozenset({"b", "a"}), '["a","b"]'),
        ((1, [2]), "[1,[2]]"),
        ({"é": "🙂"}, '{"é":"🙂"}'),
        ("\ud83d", '"?"'),
    ],
)
def test_a_value_is_written_as_the_contract_says(value: Any, text: str) -> None:
    assert dumps(value).decode() == text


def test_a_model_is_written_by_its_field_names() -> None:
    written = json.loads(dumps(ResultColumn(name="n", label="N", type="number")))
    assert written["name"] == "n"
    assert written["grain"] is None


def test_what_is_no_data_is_a_defect() -> None:
    with pytest.raises(TypeError, match="expected plain data, got object"):
        dumps(object())


TEXT = st.text(st.characters(exclude_categories=["Cs"]))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(TEXT, JSON))
def test_what_is_written_reads_back(value: dict[str, Any]) -> None:
    assert json.dumps(loads_object(dumps(value)), sort_keys=True) == json.dumps(value, sort_keys=True)


def test_a_moment_is_told_in_utc_to_the_second() -> None:
    berlin = dt.timezone(dt.timedelta(hours=1))
    assert stamp(dt.datetime(2025, 3, 15, 11, 0, 0, 999_999, berlin)) == "2025-03-15T10:00:00Z"
    assert stamp(dt.datetime(2025, 3, 15, 10)) == "2025-03-15T10:00:00Z"
    assert stamp(None) is None


@pytest.mark.parametrize("text", ["", "{", "NaN", '{"a": Infinity}', '{"a": 1, "a": 2}', "[" * 100_000, '{"a": 01}'])
def test_what_is_not_json_is_malformed(text: str) -> None:
    with pytest.raises(MalformedRequest):
        loads_object(text)


@pytest.mark.parametrize("text", ["[]", "1", "null", '"x"', "false"])
def test_json_that_is_no_object_is_invalid(text: str) -> None:
    with pytest.raises(InvalidRequest) as error:
        loads_object(text)
    assert error.value.status == 422
