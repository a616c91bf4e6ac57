"""Sketches become queries: subject, measures, periods, existence, extremes, order, calculations."""

from __future__ import annotations

import datetime as dt

from deployments.contracts import query as q
from tests.deployments.analytics.language.conftest import Shop


def test_an_entity_asked_for_by_groups_is_counted(shop: Shop) -> None:
    query = shop.query("orders by status")
    assert [measure.name for measure in query.measures] == ["orders_count"]


def test_groups_are_shown_greatest_first_and_periods_forward(shop: Shop) -> None:
    (greatest,) = shop.query("revenue by country").order
    (forward,) = shop.query("revenue by month").order
    assert (greatest.target, greatest.direction) == ("measure", q.Direction.DESC)
    assert (forward.target, forward.direction) == ("dimension", q.Direction.ASC)


def test_an_entity_is_shown_by_its_label_with_its_key_beside_it(shop: Shop) -> None:
    (customer,) = shop.query("revenue by customer").dimensions
    assert customer.of == q.Attribute(entity="customers", name="name")
    assert customer.key == (q.Attribute(entity="customers", name="customer_id"),)


def test_a_period_is_on_the_time_of_what_is_measured(shop: Shop) -> None:
    time = shop.query("revenue by country in 2025").time
    assert time is not None
    assert (time.of.entity, time.start, time.end) == ("orders", dt.date(2025, 1, 1), dt.date(2026, 1, 1))


def test_two_periods_against_each_other_are_compared(shop: Shop) -> None:
    query = shop.query("revenue 2025 vs 2026")
    assert query.time is not None
    assert query.comparison is not None
    assert (query.time.label, query.comparison.window.label) == ("2026", "2025")


def test_two_periods_side_by_side_are_shown_each(shop: Shop) -> None:
    query = shop.query("revenue in 2025 and 2026")
    assert [dimension.name for dimension in query.dimensions] == ["year"]
    assert isinstance(query.where, q.AnyOf)


def test_unique_things_are_counted_among_what_happened(shop: Shop) -> None:
    (measure,) = shop.query("unique customers last month").measures
    assert isinstance(measure, q.Aggregate)
    assert (measure.function, measure.entity) == (q.Function.COUNT_DISTINCT, "orders")


def test_a_share_of_some_rows_is_a_ratio_to_all(shop: Shop) -> None:
    query = shop.query("share of revenue from US customers")
    assert isinstance(query.measures[0], q.MeasureArithmetic)
    assert query.where is None


def test_running_totals_and_growth_go_along_the_periods(shop: Shop) -> None:
    assert isinstance(shop.query("cumulative revenue by month").calculations[0], q.Running)
    assert isinstance(shop.query("revenue growth by month").calculations[0], q.Growth)


def test_the_extreme_row_of_each_group(shop: Shop) -> None:
    query = shop.query("the most expensive product of each category")
    assert query.limit == q.Limit(count=1, per=(0,))
    assert [dimension.name for dimension in query.dimensions] == ["category", "name"]


def test_an_average_of_counts_is_taken_over_those_who_are_counted_for(shop: Shop) -> None:
    (measure,) = shop.query("average number of orders per customer").measures
    assert isinstance(measure, q.Aggregate)
    assert isinstance(measure.of, q.Rollup)
    assert (measure.entity, measure.of.measure) == (
        "customers",
        q.Aggregate(function=q.Function.COUNT, entity="orders"),
    )


def test_a_question_for_existence_is_answered_by_yes_or_no(shop: Shop) -> None:
    assert shop.query("are there any open orders?").yes_no


def test_a_count_that_is_always_one_is_refused(bikes: Shop) -> None:
    assert bikes.refused("number of bikes per bike") == "no_data_for"
    assert [d.name for d in bikes.query("number of rentals per bike").dimensions] == ["bike_name"]


def test_groups_that_are_what_was_asked_for_are_all_shown(bikes: Shop) -> None:
    query = bikes.query("which kinds have the most rentals, and how many rentals does each kind have")
    assert query.limit is None
    assert bikes.query("which kind has the most rentals").limit == q.Limit(count=1)


def test_a_share_said_of_the_rows_is_of_each_group_and_one_of_such_rows_is_how_they_are_spread(bikes: Shop) -> None:
    said = bikes.query("share of rentals that were cancelled by kind")
    spread = bikes.query("share of cancelled rentals by kind")
    assert isinstance(said.measures[0], q.MeasureArithmetic)
    assert said.where is None
    assert isinstance(spread.calculations[0], q.Share)
    assert spread.where is not None


def test_in_total_adds_nothing_to_a_count(bikes: Shop) -> None:
    assert bikes.query("how many rentals in total") == bikes.query("how many rentals")
