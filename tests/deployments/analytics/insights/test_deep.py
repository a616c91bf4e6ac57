import datetime as dt
import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployments.analytics.insights.deep import analyze, back_test, decompose, holt, naive
from deployments.contracts import query as q
from deployments.contracts.answers import Insight, ResultTable
from tests.deployments.analytics.charts.samples import BY_COUNTRY, BY_MONTH, COUNTRY_ROWS
from tests.deployments.analytics.retail import MODEL, dimension, measure, months, table

TODAY = dt.date(2026, 11, 24)


def monthly(values: list[float], start: dt.date = dt.date(2023, 11, 1)) -> ResultTable:
    rows = zip(months(len(values), start), values, strict=True)
    return table((dimension("month", kind="date", grain=q.Grain.MONTH), measure()), *rows)


def by_kind(result: ResultTable) -> dict[str, Insight]:
    found: dict[str, Insight] = {}
    for insight in analyze(MODEL, BY_MONTH, result, TODAY):
        found.setdefault(insight.kind, insight)
    return found


def seasonal(count: int, seed: int = 1) -> list[float]:
    noise = random.Random(seed)
    return [1000 + 40 * i + 200 * math.sin(i * math.pi / 6) + noise.uniform(-15, 15) for i in range(count)]


def test_a_steady_season_is_forecast_within_its_interval() -> None:
    values = seasonal(39)
    insight = by_kind(monthly(values[:36]))["forecast"]
    assert "November 2026" in insight.text
    for h, truth in enumerate(values[36:], start=1):
        low, high = float(insight.numbers[f"low_{h}"]), float(insight.numbers[f"high_{h}"])
        assert low < float(insight.numbers[f"forecast_{h}"]) < high
        assert low - 150 <= truth <= high + 150
    assert float(insight.numbers["error"]) < float(insight.numbers["naive_error"])


def test_no_forecast_is_made_that_is_no_better_than_repeating() -> None:
    values = [100.0 + (i % 12) * 10 for i in range(36)]
    insight = by_kind(monthly(values))["no_forecast"]
    assert "no better than repeating last season" in insight.text


def test_an_odd_month_is_found_against_the_season() -> None:
    values = seasonal(36)
    values[17] -= 600
    insight = by_kind(monthly(values))["anomaly"]
    assert insight.text.startswith("April 2025 is far below the trend and season")
    assert insight.numbers["value"] == values[17]


def test_a_regular_season_has_no_odd_months() -> None:
    assert "anomaly" not in by_kind(monthly(seasonal(36, seed=4)))


def test_a_short_series_says_that_it_is_short() -> None:
    assert "too_short" in by_kind(monthly([1.0, 2.0, 3.0, 4.0]))


def test_a_broken_series_is_not_forecast() -> None:
    whole = monthly(seasonal(30))
    broken = ResultTable(whole.columns, [row for i, row in enumerate(whole.rows) if i != 12])
    found = by_kind(broken)
    assert "gaps" in found
    assert "forecast" not in found


def test_without_time_the_ordinary_findings_are_given() -> None:
    assert {i.kind for i in analyze(MODEL, BY_COUNTRY, COUNTRY_ROWS, TODAY)} >= {"extremes"}


def test_flat_values_have_no_trend_and_no_odd_months() -> None:
    found = by_kind(monthly([5.0] * 24))
    assert set(found) >= {"no_trend", "no_forecast"}
    assert "anomaly" not in found


@given(st.lists(st.floats(-1e6, 1e6), min_size=8, max_size=48))
def test_any_series_is_analysed_with_finite_figures(values: list[float]) -> None:
    for insight in analyze(MODEL, BY_MONTH, monthly(values, dt.date(2020, 1, 1)), TODAY):
        assert all(math.isfinite(n) for n in insight.numbers.values() if not isinstance(n, str))


@given(st.lists(st.floats(-1e6, 1e6), min_size=24, max_size=36))
def test_trend_season_and_residual_add_up_to_the_values(values: list[float]) -> None:
    season, residuals = decompose(values, 12)
    assert len(season) == 12
    assert sum(season) == pytest.approx(0, abs=1e-3)
    assert len(residuals) == len(values)


def test_the_back_test_uses_only_the_past() -> None:
    values = seasonal(30)
    own, simple, errors = back_test(values, 3, 12)
    first = values[24] - holt(values[:24], 3, 12)[0]
    assert errors[0][0] == pytest.approx(first)
    assert own > 0
    assert simple > 0
    assert naive([1.0, 2.0, 3.0], 4, 3) == [1.0, 2.0, 3.0, 1.0]
