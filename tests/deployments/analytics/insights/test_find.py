"""Findings are recomputed from the rows they were made of."""

import datetime as dt
import math
from collections.abc import Sequence
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployments.analytics.insights.find import find_insights
from deployments.analytics.insights.over_time import Coverage
from deployments.contracts import query as q
from deployments.contracts.answers import Cell, Insight, ResultTable
from tests.deployments.analytics.charts.samples import (
    AWKWARD,
    BY_COUNTRY,
    BY_MONTH,
    COMPARED,
    COMPARED_ROWS,
    SHOWN_AS,
    asking,
)
from tests.deployments.analytics.retail import (
    BY_REVENUE,
    COUNTRY,
    TOP_TEN,
    TOP_TEN_ROWS,
    by_time,
    dimension,
    measure,
    months,
    table,
)

TODAY = dt.date(2026, 11, 24)
numbers = (
    st.none() | st.integers(-1000, 100_000) | st.floats(-1e6, 1e9, allow_nan=False) | st.decimals(0, 10**6, places=2)
)


def by_kind(insights: tuple[Insight, ...]) -> dict[str, Insight]:
    return {insight.kind: insight for insight in insights}


def countries(values: Sequence[Cell], *, truncated: bool = False) -> ResultTable:
    rows = [(f"c{i}", value) for i, value in enumerate(values)]
    return table((dimension("country"), measure()), *rows, truncated=truncated)


def monthly(values: Sequence[Cell], start: dt.date = dt.date(2024, 1, 1)) -> ResultTable:
    rows = zip(months(len(values), start), values, strict=True)
    return table((dimension("month", kind="date", grain=q.Grain.MONTH), measure()), *rows)


def check(insight: Insight, values: list[float]) -> None:
    """The figures of a finding follow from the values."""
    told = insight.numbers
    ranked = sorted(values, reverse=True)
    match insight.kind:
        case "concentration":
            share = sum(ranked[: int(told["k"])]) / sum(ranked)
            assert float(told["share"]) == pytest.approx(share)
            assert told["groups"] == len(ranked)
        case "even_spread":
            assert ranked[0] <= 1.25 * ranked[-1]
        case "extremes":
            assert (told["highest"], told["lowest"]) == (ranked[0], ranked[-1])
            if "ratio" in told:
                assert float(told["ratio"]) == pytest.approx(ranked[0] / ranked[-1])
        case "all_equal":
            assert set(values) == {told["value"]}
        case "outlier":
            assert told.get("median", median(values)) == pytest.approx(median(values))
        case "edge_tie":
            assert values.count(float(told["value"])) == told["tied"]
        case "trend" | "latest_change":
            assert told["last"] == values[-1]
            first = values[0] if insight.kind == "trend" else values[-2]
            assert float(told["change"]) == pytest.approx(values[-1] - first)
        case "gap":
            assert int(told["missing"]) > 0
        case other:
            pytest.fail(f"unchecked kind {other}")


@given(st.lists(numbers, max_size=40), st.booleans(), st.sampled_from([None, 5, 40]))
def test_findings_about_groups_follow_from_the_rows(values: list[Cell], truncated: bool, limit: int | None) -> None:
    values = sorted(values, key=lambda v: (v is None, -(v or 0)))[: limit or 40]  # type: ignore[operator]
    query = asking(COUNTRY, order=BY_REVENUE, limit=q.Limit(count=limit) if limit else None)
    insights = find_insights(query, countries(values, truncated=truncated))
    known = [float(v) for v in values if v is not None]  # type: ignore[arg-type]
    assert len(insights) <= 4
    for insight in insights:
        check(insight, known)
        if truncated or limit:
            assert " all " not in insight.text
            assert "total" not in insight.text


@given(st.lists(numbers, max_size=40))
def test_findings_about_time_follow_from_the_rows(values: list[Cell]) -> None:
    known = [(i, float(v)) for i, v in enumerate(values) if v is not None]  # type: ignore[arg-type]
    for insight in find_insights(BY_MONTH, monthly(values), covered=Coverage(today=dt.date(2030, 1, 1))):
        if insight.kind == "latest_change":
            assert known[-1][0] == known[-2][0] + 1
        if insight.kind == "outlier":
            assert insight.numbers["value"] in [v for _, v in known]
            continue
        check(insight, [v for _, v in known])


@pytest.mark.parametrize("case", [*AWKWARD, *SHOWN_AS])
def test_figures_are_finite(case: str) -> None:
    for insight in find_insights(*(AWKWARD | SHOWN_AS)[case], covered=Coverage(today=TODAY)):
        assert all(math.isfinite(n) for n in insight.numbers.values() if not isinstance(n, str))


def test_a_top_ten_is_spoken_of_as_these_ten() -> None:
    first = find_insights(TOP_TEN, TOP_TEN_ROWS)[0]
    assert first.text == "Acme Inc alone is 15.6% of the revenue of these 10 customers."


def test_a_few_that_hold_half_are_named() -> None:
    insight = find_insights(BY_COUNTRY, countries([40, 30, 20, 4, 3, 2, 1, 0, 0, 0]))[0]
    assert insight.kind == "concentration"
    assert insight.text == "The top 3 of all 10 countries (c0, c1 and c2) hold 90% of their revenue."


def test_few_of_many_are_counted() -> None:
    insight = find_insights(BY_COUNTRY, countries([20.0] * 8 + [1.0] * 42))[0]
    assert insight.text == "6 of all 50 countries make up 59.4% of their revenue."


def test_an_average_is_never_shared_out() -> None:
    rows = table((dimension("country"), measure(additive=False)), *((f"c{i}", 10.0 * i + 1) for i in range(8)))
    assert "concentration" not in by_kind(find_insights(BY_COUNTRY, rows))


def test_a_single_value_has_no_findings() -> None:
    assert find_insights(asking(), table((measure(),), (5,))) == ()
    assert find_insights(BY_COUNTRY, countries([5])) == ()


def test_an_outlier_is_named_and_a_ranking_has_none() -> None:
    values: list[Cell] = [100, 101, 99, 102, 98, 100, 97, 103, 900]
    insight = by_kind(find_insights(BY_COUNTRY, countries(values)))["outlier"]
    assert insight.text == "c8 ($900) stands out from the rest, whose median revenue is $100."
    ranking = asking(COUNTRY, order=BY_REVENUE, limit=q.Limit(count=9))
    assert "outlier" not in by_kind(find_insights(ranking, countries(values)))


def test_a_tie_at_the_edge_of_a_ranking_is_said() -> None:
    kept = asking(COUNTRY, order=BY_REVENUE, limit=q.Limit(count=2, ties=True))
    insight = by_kind(find_insights(kept, countries([9, 5, 5])))["edge_tie"]
    assert insight.text == "3 countries are shown, because 2 share place 2 with $5."


def test_a_comparison_names_the_largest_rise_and_fall() -> None:
    found = by_kind(find_insights(COMPARED, COMPARED_ROWS))
    assert found["largest_rise"].text == "US rose most by revenue: by $20 (20%), from $100 to $120."
    assert found["largest_fall"].text == "DE fell most by revenue: by $20 (20%), from $100 to $80."


def test_a_month_not_over_is_not_compared() -> None:
    rows = monthly([100, 110, 121, 130, 5], dt.date(2026, 7, 1))
    found = by_kind(find_insights(BY_MONTH, rows, covered=Coverage(today=TODAY)))
    assert found["latest_change"].text.startswith("Revenue in October 2026 was 7.4% above that in September 2026")
    assert found["trend"].numbers["last"] == 130
    assert (
        found["partial_period"].text
        == "November 2026 is not complete ($5 so far), so it is not compared with full periods."
    )


def test_a_month_the_data_stops_in_is_not_compared() -> None:
    rows = monthly([100, 110, 121, 130, 5], dt.date(2019, 1, 1))
    found = by_kind(find_insights(BY_MONTH, rows, covered=Coverage(last=dt.date(2019, 5, 9), today=TODAY)))
    assert found["latest_change"].numbers["last"] == 130
    assert "partial_period" in found


def test_a_month_the_data_starts_in_is_not_compared() -> None:
    rows = monthly([5, 110, 121, 130, 140], dt.date(2025, 1, 1))
    covered = Coverage(first=dt.date(2025, 1, 24), last=dt.date(2026, 1, 1), today=TODAY)
    found = by_kind(find_insights(BY_MONTH, rows, covered=covered))
    assert found["trend"].numbers["first"] == 110
    assert found["partial_first"].text.startswith("January 2025 is only partly covered ($5)")


def test_a_period_cut_by_the_window_is_not_compared() -> None:
    window = q.TimeWindow(
        of=q.Attribute(entity="orders", name="order_date"), start=dt.date(2025, 1, 20), end=dt.date(2025, 6, 1)
    )
    rows = monthly([1, 110, 121, 130, 140], dt.date(2025, 1, 1))
    found = by_kind(find_insights(asking(by_time(q.Grain.MONTH), time=window), rows, covered=Coverage(today=TODAY)))
    assert found["trend"].numbers["first"] == 110
    assert "only partly covered" in found["partial_first"].text


def test_noise_is_no_trend() -> None:
    rows = monthly([100, 180, 90, 170, 95, 190, 80, 160, 101])
    assert "trend" not in by_kind(find_insights(BY_MONTH, rows, covered=Coverage(today=TODAY)))


def test_missing_months_are_a_gap() -> None:
    days = [d for d in months(8, dt.date(2025, 1, 1)) if d.month != 4]
    rows = table(
        (dimension("month", kind="date", grain=q.Grain.MONTH), measure()), *((d, 10.0 + d.month) for d in days)
    )
    assert (
        by_kind(find_insights(BY_MONTH, rows, covered=Coverage(today=TODAY)))["gap"].text
        == "1 month has no rows: April 2025."
    )


def test_an_odd_month_stands_out_from_its_neighbours() -> None:
    rows = monthly([100, 102, 99, 101, 300, 98, 102, 100, 101, 99, 100, 102])
    insight = by_kind(find_insights(BY_MONTH, rows, covered=Coverage(today=TODAY)))["outlier"]
    assert insight.text.startswith("May 2024 stands out: $300")


def test_bins_name_the_fullest() -> None:
    query = asking(q.Dimension(of=q.Binned(of=q.Attribute(entity="orders", name="amount"), width=10), name="amount"))
    rows = table((dimension("amount", kind="number", unit="USD"), measure("orders", None)), (0.0, 5), (10.0, 15))
    assert find_insights(query, rows)[0].text == "$10 to $20 is the fullest band, with 15, 75% of the orders shown."


@pytest.mark.parametrize(("low", "times"), [(100.0, ""), (97.0, ""), (50.0, ", 2.0 times as much")])
def test_values_that_are_almost_equal_are_not_called_once_as_much(low: float, times: str) -> None:
    found = by_kind(find_insights(asking(COUNTRY, order=BY_REVENUE), countries([101.0, 100.5, low])))["extremes"]
    assert found.text.endswith(f"lowest (${low:.0f}){times}.")


def test_what_has_no_name_is_not_called_the_highest() -> None:
    rows = table((dimension("country"), measure()), (None, 900), ("US", 500), ("DE", 300), ("FR", 200))
    found = by_kind(find_insights(asking(COUNTRY, order=BY_REVENUE), rows))["extremes"]
    assert found.text == "By revenue, US is highest ($500) and FR lowest ($200), 2.5 times as much."


def test_the_share_of_what_has_no_name_is_told_as_that() -> None:
    rows = table((dimension("country"), measure()), (None, 900), ("US", 500), ("DE", 300), ("FR", 300))
    found = by_kind(find_insights(asking(COUNTRY, order=BY_REVENUE), rows))["concentration"]
    assert found.text == "45% of the revenue shown is without country."
