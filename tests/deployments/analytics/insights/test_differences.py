from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from deployments.analytics.insights.differences import differences
from deployments.contracts.answers import Differences, ResultColumn, ResultTable
from deployments.contracts.errors import InvalidQuery

MONDAY = dt.datetime(2026, 3, 2, 9, 30, 12, tzinfo=dt.UTC)
CHANNEL = ResultColumn(name="channel", label="channel", type="text", role="dimension")
REVENUE = ResultColumn(name="revenue", label="revenue", type="number", role="measure", unit="USD")
ORDERS = ResultColumn(name="orders", label="orders", type="number", role="measure")
BEFORE = [("Online", Decimal("100.00")), ("Store", Decimal("50.00")), ("Phone", Decimal("7.00"))]


def table(rows: list[Any], *columns: ResultColumn) -> ResultTable:
    return ResultTable(columns or (CHANNEL, REVENUE), [tuple(row) for row in rows])


def counts(told: Differences) -> tuple[int, int, int, int]:
    return told.added, told.removed, told.changed, told.unchanged


def test_the_same_rows_in_another_order_have_not_changed() -> None:
    told = differences(table(BEFORE), table(BEFORE[::-1]), MONDAY)
    assert told.text == "Nothing has changed since 2 March 2026 09:30 UTC: the same 3 rows."
    assert counts(told) == (0, 0, 0, 3)
    assert told.data is not None
    assert told.data.rows == ()


def test_new_gone_and_changed_rows_are_told_apart() -> None:
    now = [("Online", Decimal("125.00")), ("Store", Decimal("50.00")), ("App", Decimal("3.00"))]
    told = differences(table(BEFORE), table(now), MONDAY)
    assert counts(told) == (1, 1, 1, 1)
    assert told.text == (
        "Since 2 March 2026 09:30 UTC: 1 row is new (App), 1 row is gone (Phone) and 1 row changed; 1 row stayed the "
        "same. Revenue of Online: from $100 to $125 (+25%)."
    )
    assert told.data is not None
    assert told.data.rows == (
        ("Online", "changed", Decimal("100.00"), Decimal("125.00"), Decimal("25.00"), 0.25),
        ("App", "new", None, Decimal("3.00"), None, None),
        ("Phone", "gone", Decimal("7.00"), None, None, None),
    )
    assert [column.unit for column in told.columns] == [None, None, "USD", "USD", "USD", "%"]


def test_a_single_number_says_from_what_to_what() -> None:
    told = differences(table([(10,)], ORDERS), table([(8,)], ORDERS), MONDAY)
    assert told.text == "Since 2 March 2026 09:30 UTC, orders went from 10 to 8 (−20%)."


def test_floats_that_were_added_in_another_order_are_the_same() -> None:
    told = differences(table([("Online", 0.1 + 0.2)]), table([("Online", 0.3)]), MONDAY)
    assert counts(told) == (0, 0, 0, 1)


def test_null_is_a_value_of_a_key_and_of_a_number() -> None:
    told = differences(table([(None, None), ("Store", 1)]), table([(None, 5), ("Store", None)]), MONDAY)
    assert counts(told) == (0, 0, 2, 0)


def test_rows_that_repeat_are_counted() -> None:
    name = ResultColumn(name="name", label="name", type="text")
    told = differences(table([("a",), ("a",), ("b",)], name), table([("a",), ("c",)], name), MONDAY)
    assert told.text == "Since 2 March 2026 09:30 UTC: 1 row came and 2 rows went."
    assert counts(told) == (1, 2, 0, 1)


def test_a_list_is_matched_by_what_identifies_its_rows() -> None:
    key = ResultColumn(name="id", label="id", type="number", identifier=True)
    city = ResultColumn(name="city", label="city", type="text")
    told = differences(
        table([(1, "Rome"), (2, "Oslo")], key, city), table([(1, "Bonn"), (2, "Oslo")], key, city), MONDAY
    )
    assert counts(told) == (0, 0, 1, 1)
    assert "City of 1: from Rome to Bonn" in told.text


def test_two_results_stand_side_by_side_with_all_their_rows() -> None:
    told = differences(table(BEFORE), table([("Online", 80), ("App", 2)]), None, ("the first answer", "this answer"))
    assert told.text == (
        "This answer beside the first answer: 1 row is in both, 1 only in this answer (App) and 2 only in the first "
        "answer (Store and Phone). Revenue of Online differs most: $80 in this answer against $100 in the first answer "
        "(−20%)."
    )
    assert told.data is not None
    assert len(told.data.rows) == 4
    assert told.columns[1].name == "revenue (the first answer)"


@pytest.mark.parametrize(
    ("now", "columns", "said"),
    [
        ([(5,)], (REVENUE,), "their rows cannot be set side by side"),
        ([("Online", 5)], (CHANNEL, ORDERS), "no number in common"),
        ([("Elsewhere", 5)], (CHANNEL, REVENUE), "no row in common"),
    ],
)
def test_what_has_nothing_in_common_is_refused(now: list[Any], columns: tuple[ResultColumn, ...], said: str) -> None:
    with pytest.raises(InvalidQuery, match=said):
        differences(table(BEFORE), table(now, *columns), None, ("the first answer", "this answer"))
