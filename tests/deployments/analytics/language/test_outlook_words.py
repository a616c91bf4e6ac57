import datetime as dt

import pytest

from deployments.analytics.language.oddity_words import oddity_frame
from deployments.analytics.language.outlook_words import is_only_horizon, outlook_frames, take_horizon
from deployments.analytics.model.schema import Calendar
from deployments.contracts.query import Grain

TODAY = dt.date(2026, 6, 15)


@pytest.mark.parametrize(
    ("text", "left", "since", "until"),
    [
        ("forecast revenue for the next 3 months", "forecast revenue", "2026-07-01", "2026-10-01"),
        ("what will orders be next quarter", "what will orders be", "2026-07-01", "2026-10-01"),
        ("predict sales over the coming two weeks", "predict sales", "2026-06-22", "2026-07-06"),
        ("forecast orders for the rest of the year", "forecast orders", "2026-06-15", "2027-01-01"),
        ("forecast orders for tomorrow", "forecast orders", "2026-06-16", "2026-06-17"),
        ("forecast revenue 6 months ahead", "forecast revenue", "2026-07-01", "2027-01-01"),
    ],
)
def test_how_far_to_look_is_taken_off(text: str, left: str, since: str, until: str) -> None:
    rest, horizon = take_horizon(text, TODAY, Calendar())
    assert horizon is not None
    assert (rest, horizon.since.isoformat(), horizon.until.isoformat()) == (left, since, until)


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("forecast revenue", "revenue"),
        ("can you predict the daily orders", "daily orders"),
        ("what will orders be", "orders"),
        ("how many orders will we get", "orders"),
        ("average order value forecast", "average order value"),
        ("show me a forecast of profit in Europe", "profit in Europe"),
        ("forecast it", ""),
    ],
)
def test_the_frame_of_a_forecast_is_taken_off(text: str, rest: str) -> None:
    assert outlook_frames(text)[0].rest == rest


@pytest.mark.parametrize("text", ["revenue by month", "how many orders are there", "what is revenue"])
def test_other_questions_are_no_forecast(text: str) -> None:
    assert outlook_frames(text) == ()


def test_a_horizon_alone_is_told_from_one_with_more() -> None:
    assert is_only_horizon("and for the next 6 months?", TODAY, Calendar()) is not None
    assert is_only_horizon("orders for the next 6 months", TODAY, Calendar()) is None


@pytest.mark.parametrize(
    ("text", "rest", "grain"),
    [
        ("any anomalies in daily orders?", "daily orders", None),
        ("were there unusual weeks in revenue", "revenue", Grain.WEEK),
        ("which days were unusual for orders", "orders", Grain.DAY),
        ("which months stand out in revenue?", "revenue", Grain.MONTH),
        ("any anomalies?", "", None),
        ("did anything unusual happen in orders", "orders", None),
    ],
)
def test_the_frame_of_odd_periods_is_taken_off(text: str, rest: str, grain: Grain | None) -> None:
    frame = oddity_frame(text)
    assert frame is not None
    assert (frame.rest, frame.grain) == (rest, grain)


@pytest.mark.parametrize("text", ["unusual orders", "any orders today?", "which months had the most orders"])
def test_rows_are_not_taken_for_odd_periods(text: str) -> None:
    assert oddity_frame(text) is None
