"""Periods relative to another one, and what runs over periods."""

from __future__ import annotations

import datetime as dt

import pytest

from deployments.contracts import query as q
from tests.deployments.analytics.language.conftest import Shop


@pytest.mark.parametrize(
    ("follow_up", "start"),
    [
        ("and the month before", dt.date(2026, 1, 1)),
        ("the previous month", dt.date(2026, 1, 1)),
        ("same month last year", dt.date(2025, 2, 1)),
        ("a year earlier", dt.date(2025, 2, 1)),
    ],
)
def test_a_follow_up_moves_the_period_of_the_answer_before(shop: Shop, follow_up: str, start: dt.date) -> None:
    query = shop.query("orders in February 2026", follow_up)
    assert query.time is not None
    assert (query.time.start, query.comparison) == (start, None)


@pytest.mark.parametrize(
    "follow_up", ["compared to the month before", "vs the previous month", "against the month before"]
)
def test_with_a_word_of_comparison_both_periods_are_shown(shop: Shop, follow_up: str) -> None:
    query = shop.query("how many orders in February 2026", follow_up)
    assert query.time is not None
    assert query.comparison is not None
    assert (query.time.start, query.comparison.window.start) == (dt.date(2026, 2, 1), dt.date(2026, 1, 1))


def test_a_period_that_is_not_over_is_compared_with_as_many_days(shop: Shop) -> None:
    query = shop.query("number of orders this year to date vs last year")
    assert query.comparison is not None
    assert (query.comparison.window.start, query.comparison.window.end) == (dt.date(2025, 1, 1), dt.date(2025, 3, 11))


def test_months_before_something_else_are_not_guessed(shop: Shop) -> None:
    assert shop.refused("orders on the two days before Saturday") in ("unknown_words", "no_data_for")


@pytest.mark.parametrize(
    ("question", "periods"), [("7-day moving average of orders", 7), ("3 month rolling average of orders", 3)]
)
def test_a_moving_average_runs_over_so_many_periods(shop: Shop, question: str, periods: int) -> None:
    (moving,) = shop.query(question).calculations
    assert isinstance(moving, q.Moving)
    assert moving.periods == periods


def test_a_moving_average_without_a_number_says_over_how_many(shop: Shop) -> None:
    reading = shop.read("moving average of orders by month")
    assert reading.query is not None
    assert any("runs over 3 months" in text for text in reading.assumptions)


def test_days_that_are_no_average_stay_a_period(shop: Shop) -> None:
    assert shop.query("orders in the last 7 days").calculations == ()


def test_growth_of_one_period_is_against_the_one_before(shop: Shop) -> None:
    query = shop.query("growth of orders in 2025")
    assert query.comparison is not None
    assert (query.comparison.show, query.comparison.window.start) == ("growth", dt.date(2024, 1, 1))


def test_what_grew_most_is_ranked_by_growth_and_not_by_size(shop: Shop) -> None:
    query = shop.query("which country grew the most from 2024 to 2025")
    assert query.time is None
    (order,) = query.order
    assert isinstance(query.measures[order.index], q.MeasureArithmetic)
    assert query.limit == q.Limit(count=1)


def test_the_week_of_a_day_is_the_whole_week(shop: Shop) -> None:
    time = shop.query("orders in the week of 4 February 2026").time
    assert time is not None
    assert (time.start, time.end) == (dt.date(2026, 2, 2), dt.date(2026, 2, 9))


@pytest.mark.parametrize(
    "messages", [("number of orders this year vs last year",), ("number of orders this year", "vs last year")]
)
def test_a_period_that_is_not_over_is_compared_with_the_same_days_and_says_so(
    shop: Shop, messages: tuple[str, ...]
) -> None:
    query = shop.query(*messages)
    assert query.time is not None
    assert query.comparison is not None
    assert (query.time.start, query.time.end) == (dt.date(2026, 1, 1), dt.date(2026, 3, 11))
    earlier = query.comparison.window
    assert (earlier.start, earlier.end) == (dt.date(2025, 1, 1), dt.date(2025, 3, 11))
    assert any("up to the same day" in assumption.text for assumption in query.assumptions)


def test_the_whole_of_the_earlier_period_is_compared_where_the_question_says_so(shop: Shop) -> None:
    query = shop.query("number of orders this year vs the whole of last year")
    assert query.comparison is not None
    assert query.comparison.window.end == dt.date(2026, 1, 1)
