"""Dates in words become half-open intervals."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployments.analytics.language.calendar import ImpossibleDateError, Interval
from deployments.analytics.language.dates import DateGrammar
from deployments.analytics.language.text import tokenize
from deployments.analytics.model.schema import Calendar
from deployments.contracts.query import Grain

TODAY = dt.date(2026, 6, 15)  # a Monday


def found(text: str, as_of: dt.date = TODAY, calendar: Calendar | None = None) -> Interval | None:
    tokens = tokenize(text)
    grammar = DateGrammar(tokens, as_of, calendar or Calendar())
    for i in range(len(tokens)):
        match = grammar.match(i)
        if match is not None:
            return match.interval
    return None


def day(text: str) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("today", "2026-06-15", "2026-06-16"),
        ("yesterday", "2026-06-14", "2026-06-15"),
        ("last month", "2026-05-01", "2026-06-01"),
        ("this month", "2026-06-01", "2026-07-01"),
        ("last week", "2026-06-08", "2026-06-15"),
        ("next week", "2026-06-22", "2026-06-29"),
        ("last year", "2025-01-01", "2026-01-01"),
        ("last quarter", "2026-01-01", "2026-04-01"),
        ("last 6 weeks", "2026-05-04", "2026-06-15"),
        ("the past 3 months", "2026-03-01", "2026-06-01"),
        ("last 30 days", "2026-05-16", "2026-06-15"),
        ("two months ago", "2026-04-01", "2026-05-01"),
        ("ytd", "2026-01-01", "2026-06-16"),
        ("month to date", "2026-06-01", "2026-06-16"),
        ("so far this year", "2026-01-01", "2026-06-16"),
        ("2025", "2025-01-01", "2026-01-01"),
        ("in March 2024", "2024-03-01", "2024-04-01"),
        ("in March", "2026-03-01", "2026-04-01"),
        ("in September", "2025-09-01", "2025-10-01"),
        ("Q3 2025", "2025-07-01", "2025-10-01"),
        ("the third quarter of 2025", "2025-07-01", "2025-10-01"),
        ("H1 2025", "2025-01-01", "2025-07-01"),
        ("second half of 2024", "2024-07-01", "2025-01-01"),
        ("on 3 July", "2025-07-03", "2025-07-04"),
        ("May 12th, 2026", "2026-05-12", "2026-05-13"),
        ("the 3rd of July 2025", "2025-07-03", "2025-07-04"),
        ("2024-02-29", "2024-02-29", "2024-03-01"),
        ("since March", "2026-03-01", ""),
        ("before 2015", "", "2015-01-01"),
        ("after May 2025", "2025-06-01", ""),
        ("until the end of 2024", "", "2025-01-01"),
        ("between January and May", "2026-01-01", "2026-06-01"),
        ("from 2019 to 2021", "2019-01-01", "2022-01-01"),
        ("between 3 and 9 May 2026", "2026-05-03", "2026-05-10"),
        ("from November to January 2025", "2024-11-01", "2025-02-01"),
        ("last Monday", "2026-06-08", "2026-06-09"),
        ("FY25", "2025-01-01", "2026-01-01"),
        ("revenue jan-may 2026", "2026-01-01", "2026-06-01"),
        ("revenue mar to may", "2026-03-01", "2026-06-01"),
    ],
)
def test_a_period_in_words_is_the_half_open_interval_it_names(text: str, start: str, end: str) -> None:
    interval = found(text)
    assert interval is not None
    assert (interval.start, interval.end) == (day(start), day(end))


@pytest.mark.parametrize("text", ["31 February", "30 February 2026", "2026-13-01", "31 April 2025", "29 February 2025"])
def test_a_day_that_no_calendar_has_is_refused(text: str) -> None:
    with pytest.raises(ImpossibleDateError):
        found(text)


@pytest.mark.parametrize("text", ["may I see the customers", "second", "top 5", "5 orders", "the last one"])
def test_ordinary_words_are_no_dates(text: str) -> None:
    assert found(text) is None


def test_a_month_without_a_year_says_which_year_was_taken() -> None:
    interval = found("in September")
    assert interval is not None
    assert "2025" in interval.assumed


def test_a_fiscal_year_is_named_by_the_year_in_which_it_ends() -> None:
    interval = found("FY25", calendar=Calendar(fiscal_year_start=7))
    assert interval is not None
    assert (interval.start, interval.end) == (dt.date(2024, 7, 1), dt.date(2025, 7, 1))


def test_weeks_begin_when_the_calendar_says() -> None:
    interval = found("last week", calendar=Calendar(week_start=6))
    assert interval is not None
    assert (interval.start, interval.end) == (dt.date(2026, 6, 7), dt.date(2026, 6, 14))


@given(
    st.dates(dt.date(1990, 1, 1), dt.date(2090, 12, 31)), st.sampled_from(["day", "week", "month", "quarter", "year"])
)
def test_last_this_and_next_adjoin_and_this_holds_today(as_of: dt.date, unit: str) -> None:
    last, this, following = (found(f"{word} {unit}", as_of) for word in ("last", "this", "next"))
    assert last is not None
    assert this is not None
    assert following is not None
    assert this.start is not None
    assert this.end is not None
    assert last.end == this.start <= as_of < this.end == following.start


@given(
    st.dates(dt.date(1990, 1, 1), dt.date(2090, 12, 31)),
    st.integers(2, 30),
    st.sampled_from(["days", "weeks", "months"]),
)
def test_the_last_n_units_hold_nothing_of_the_current_one(as_of: dt.date, count: int, unit: str) -> None:
    several, one = found(f"last {count} {unit}", as_of), found(f"last {unit[:-1]}", as_of)
    assert several is not None
    assert one is not None
    assert several.end == one.end
    assert several.start is not None
    assert one.start is not None
    assert several.start < one.start


def test_a_period_moves_by_whole_units() -> None:
    may = found("May 2026")
    assert may is not None
    assert may.shifted(Grain.YEAR, -1).start == dt.date(2025, 5, 1)
