import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployments.analytics.insights.wording import (
    during,
    listing,
    next_period,
    ordinal,
    period,
    plural,
    quantity,
    span,
    text,
)
from deployments.contracts.query import Grain


@pytest.mark.parametrize(
    ("value", "unit", "written"),
    [
        (150000, "USD", "$150,000"),
        (1234.5, "USD", "$1,234.50"),
        (Decimal("9.99"), "EUR", "€9.99"),
        (-800.25, "EUR", "−€800.25"),
        (12, "CHF", "CHF 12"),
        (0.123, "%", "12.3%"),
        (1, "%", "100%"),
        (0.0004, "%", "0.04%"),
        (-0.05, "%", "−5%"),
        (12.5, "%", "1,250%"),
        (1204, None, "1,204"),
        (3.14159, None, "3.14"),
        (0.000123456, None, "0.000123"),
        (12, "kg", "12 kg"),
        (0, "USD", "$0"),
        (5000.000000001, "USD", "$5,000"),
    ],
)
def test_numbers_carry_their_unit(value: float, unit: str | None, written: str) -> None:
    assert quantity(value, unit) == written


def test_large_numbers_can_be_short_and_exact() -> None:
    assert quantity(1_234_567.89, "USD", short=True) == "$1.23M"
    assert quantity(1_234_567.89, "USD", exact=True) == "$1,234,567.89"
    assert quantity(1_234_567.89, "USD") == "$1,234,568"


@given(
    st.floats(allow_nan=False, allow_infinity=False)
    | st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False, places=4)
)
def test_any_number_is_written_with_at_least_one_digit(value: float | Decimal) -> None:
    for unit in (None, "USD", "%", "kg"):
        assert any(c.isdigit() for c in quantity(value, unit))


@given(st.floats(min_value=1, max_value=1e9))
def test_what_is_written_is_near_what_is_meant(value: float) -> None:
    written = float(quantity(value, "USD").lstrip("$").replace(",", ""))
    assert written == pytest.approx(value, rel=0.005, abs=0.5)


@pytest.mark.parametrize(
    ("start", "end", "written"),
    [
        (dt.date(2026, 10, 1), dt.date(2026, 11, 1), "1–31 October 2026"),
        (dt.date(2026, 7, 3), dt.date(2026, 7, 4), "3 July 2026"),
        (dt.date(2026, 1, 1), dt.date(2027, 1, 1), "1 January – 31 December 2026"),
        (dt.date(2025, 12, 1), dt.date(2026, 3, 1), "1 December 2025 – 28 February 2026"),
        (dt.date(2026, 3, 1), None, "since 1 March 2026"),
        (None, dt.date(2026, 3, 1), "up to 28 February 2026"),
        (None, None, "all time"),
        (dt.datetime(2026, 3, 1), dt.datetime(2026, 3, 2), "1 March 2026"),
        (dt.datetime(2026, 3, 1, 9), dt.datetime(2026, 3, 1, 17, 30), "1 March 2026 09:00 to 1 March 2026 17:30"),
    ],
)
def test_a_half_open_interval_is_shown_with_its_last_day(
    start: dt.date | None, end: dt.date | None, written: str
) -> None:
    assert span(start, end) == written


@pytest.mark.parametrize(
    ("grain", "name", "placed"),
    [
        (Grain.YEAR, "2026", "in 2026"),
        (Grain.QUARTER, "Q1 2026", "in Q1 2026"),
        (Grain.MONTH, "January 2026", "in January 2026"),
        (Grain.WEEK, "the week of 1 January 2026", "in the week of 1 January 2026"),
        (Grain.DAY, "1 January 2026", "on 1 January 2026"),
    ],
)
def test_periods_have_names(grain: Grain, name: str, placed: str) -> None:
    assert period(dt.date(2026, 1, 1), grain) == name
    assert during(dt.date(2026, 1, 1), grain) == placed


def test_a_fiscal_quarter_is_not_called_by_a_calendar_one() -> None:
    assert period(dt.date(2026, 2, 1), Grain.QUARTER) == "the quarter from 1 February 2026"
    assert period(dt.date(2026, 4, 1), Grain.YEAR) == "the year from 1 April 2026"


def test_periods_follow_one_another() -> None:
    assert next_period(dt.date(2026, 12, 1), Grain.MONTH) == dt.date(2027, 1, 1)
    assert next_period(dt.date(2026, 10, 1), Grain.QUARTER) == dt.date(2027, 1, 1)
    assert next_period(dt.date(2026, 12, 28), Grain.WEEK) == dt.date(2027, 1, 4)
    assert next_period(dt.datetime(2026, 12, 31), Grain.DAY) == dt.date(2027, 1, 1)


def test_cells_are_one_line() -> None:
    assert text(None) == "(none)"
    assert text("") == "(blank)"
    assert text(True) == "yes"
    assert text("a\n b") == "a b"
    assert len(text("x" * 500)) == 80


def test_lists_plurals_and_ordinals() -> None:
    assert listing(["a", "b", "c"]) == "a, b and c"
    assert listing([]) == ""
    nouns = ("category", "day", "box", "customer", "status", "sales", "person")
    assert [plural(n) for n in nouns] == ["categories", "days", "boxes", "customers", "statuses", "sales", "people"]
    assert [ordinal(n) for n in (1, 2, 3, 11, 21, 90)] == ["1st", "2nd", "3rd", "11th", "21st", "90th"]
