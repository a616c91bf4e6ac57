import json
from collections.abc import Iterator
from typing import Any

import pytest

from deployments.analytics.charts.recommend import applicable
from deployments.analytics.charts.shape import Shape
from deployments.analytics.charts.vega import visualize
from deployments.contracts.answers import Visualization
from tests.deployments.analytics.charts.samples import (
    AWKWARD,
    BY_COUNTRY,
    BY_HOUR,
    BY_HOUR_ROWS,
    COMPARED,
    COMPARED_ROWS,
    REVENUE_AND_ORDERS,
    REVENUE_AND_ORDERS_ROWS,
    SHARES_BY_MONTH,
    SHARES_BY_MONTH_ROWS,
    SHOWN_AS,
)
from tests.deployments.analytics.retail import TOP_TEN, TOP_TEN_ROWS, dimension, measure, table


def drawn(name: str) -> Visualization:
    query, result = SHOWN_AS[name]
    return visualize(Shape(query, result), name, "Title", "Subtitle", "What it says")


def channels(spec: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every encoding channel in a specification."""
    if isinstance(spec, dict):
        for name, channel in spec.get("encoding", {}).items():
            if isinstance(channel, dict):
                yield name, channel
        for inner in spec.values():
            yield from channels(inner)
    elif isinstance(spec, list):
        for inner in spec:
            yield from channels(inner)


@pytest.mark.parametrize("name", SHOWN_AS)
def test_a_specification_is_complete_and_its_data_named(name: str) -> None:
    spec = drawn(name).spec
    assert spec["$schema"].endswith("/v5.json")
    assert spec["data"] == {"name": "result"}
    assert spec["title"] == {"text": ["Title"], "subtitle": ["Subtitle"]}
    assert spec["description"] == "What it says"
    json.dumps(spec)


@pytest.mark.parametrize("name", ["bar", "stacked_bar", "grouped_bar", "area"])
def test_bars_and_areas_start_at_zero(name: str) -> None:
    values = [c for key, c in channels(drawn(name).spec) if key in ("x", "y") and c.get("type") == "quantitative"]
    assert values
    assert all(channel["scale"]["zero"] is True for channel in values)


def test_the_axis_columns_are_dimension_and_measure_whichever_way_bars_lie() -> None:
    top = visualize(Shape(TOP_TEN, TOP_TEN_ROWS), "bar", "")
    assert (top.x_axis, top.y_axis) == ("customer_name", "revenue")
    flat = next(c for key, c in channels(top.spec) if key == "y")
    assert flat["field"] == "customer_name"


def test_short_labels_stand_and_long_ones_lie() -> None:
    few = table((dimension("country"), measure()), ("US", 2), ("DE", 1))
    standing = visualize(Shape(BY_COUNTRY, few), "bar", "")
    assert next(c for key, c in channels(standing.spec) if key == "x")["field"] == "country"


def test_rows_keep_the_order_of_the_result() -> None:
    names = [c for _, c in channels(drawn("bar").spec) if c.get("type") == "nominal" and c["field"] == "customer_name"]
    assert names
    assert all(channel["sort"] is None for channel in names)


def test_a_line_has_time_along_x_by_the_clock_of_the_cells() -> None:
    visualization = drawn("line")
    x = next(c for key, c in channels(visualization.spec) if key == "x")
    assert visualization.x_axis == "month"
    assert visualization.series == "country"
    assert (x["type"], x["scale"]) == ("temporal", {"type": "utc"})


def test_two_units_never_share_an_axis() -> None:
    panes = visualize(Shape(REVENUE_AND_ORDERS, REVENUE_AND_ORDERS_ROWS), "bar", "").spec["vconcat"]
    axes = [{c["field"] for key, c in channels(pane) if key == "y"} for pane in panes]
    assert axes == [{"revenue"}, {"order_count"}]


def test_a_comparison_draws_both_periods_on_one_axis() -> None:
    spec = visualize(Shape(COMPARED, COMPARED_ROWS), "grouped_bar", "").spec
    assert {"fold": ["revenue", "revenue_previous"], "as": ["folded_name", "folded"]} in spec["transform"]
    assert any("2026" in t.get("calculate", "") and "2025" in t.get("calculate", "") for t in spec["transform"])


def test_currency_is_written_on_axis_and_labels() -> None:
    text = json.dumps(drawn("bar").spec)
    assert '\\"$\\"' in text


@pytest.mark.parametrize("case", AWKWARD)
def test_no_name_is_read_as_a_path(case: str) -> None:
    shape = Shape(*AWKWARD[case])
    for name in applicable(shape):
        for _, channel in channels(visualize(shape, name, case).spec):
            assert not set(str(channel.get("field", ""))) & set(".[]'\"\\()")


def test_a_pie_of_ten_pools_the_smallest() -> None:
    spec = visualize(Shape(TOP_TEN, TOP_TEN_ROWS), "pie", "").spec
    assert any("Other (3)" in t.get("calculate", "") for t in spec["transform"])


@pytest.mark.parametrize("name", ["area", "stacked_bar"])
def test_shares_within_each_period_are_drawn_as_parts_of_a_hundred(name: str) -> None:
    y = visualize(Shape(SHARES_BY_MONTH, SHARES_BY_MONTH_ROWS), name, "Shares").spec["encoding"]["y"]
    assert y["stack"] == "normalize"
    assert (y["axis"]["title"], y["axis"]["format"]) == ("Share of revenue", ".0%")


def test_hours_are_labelled_once_each() -> None:
    axis = visualize(Shape(BY_HOUR, BY_HOUR_ROWS), "line", "Hours").spec["encoding"]["x"]["axis"]
    assert [tick // 3_600_000 % 24 for tick in axis["values"]] == [0, 1, 2, 3, 4]
