"""Averages of groups, likeness, all of a kind, people who come back, spread."""

from __future__ import annotations

import pytest

from deployments.contracts import query as q
from tests.deployments.analytics.language.conftest import Shop


@pytest.mark.parametrize(
    "question", ["products priced above the average of their category", "products above their category's average price"]
)
def test_each_row_is_compared_with_its_own_group(shop: Shop, question: str) -> None:
    where = shop.query(question).where
    assert isinstance(where, q.Comparison)
    assert isinstance(where.right, q.GroupValue)
    assert len(where.right.partition) == 1


def test_above_the_average_of_everything_has_no_group(shop: Shop) -> None:
    where = shop.query("products above the average price").where
    assert isinstance(where, q.Comparison)
    assert isinstance(where.right, q.Nested)


def test_more_than_the_average_customer_compares_totals_of_the_same_period(shop: Shop) -> None:
    query = shop.query("customers who spent more than the average customer in 2025")
    assert isinstance(query.where, q.Comparison)
    assert isinstance(query.where.left, q.Rollup)
    assert isinstance(query.where.right, q.Nested)
    assert query.where.right.query.time == query.time


def test_the_same_as_a_named_one_is_what_that_one_has(shop: Shop) -> None:
    where = shop.query("customers in the same country as Ada").where
    assert isinstance(where, q.Membership)


def test_the_same_as_nothing_is_asked_about(shop: Shop) -> None:
    assert shop.refused("customers with the same country") == "no_data_for"


def test_new_and_returning_customers_are_told_apart_by_their_first_order(shop: Shop) -> None:
    query = shop.query("new versus returning customers per month in 2025")
    assert [m.name for m in query.measures] == ["new_customers", "returning_customers"]


@pytest.mark.parametrize("question", ["repeat customers", "customers who made a second order"])
def test_who_comes_back_has_more_than_one(shop: Shop, question: str) -> None:
    where = shop.query(question).where
    assert isinstance(where, q.Comparison)
    assert isinstance(where.left, q.Rollup)


def test_a_second_place_is_not_the_first(shop: Shop) -> None:
    assert shop.query("the second most expensive product").limit == q.Limit(count=1, offset=1)


def test_a_part_of_the_rows_is_not_taken_for_their_number(shop: Shop) -> None:
    query = shop.query("top 10% of customers by revenue")
    assert query.limit is None
    assert isinstance(query.having, q.MeasureComparison)
    assert isinstance(query.having.right, q.Nested)
    (edge,) = query.having.right.query.measures
    assert isinstance(edge, q.Aggregate)
    assert (edge.function, edge.parameter, edge.entity) == (q.Function.PERCENTILE, 0.9, "customers")
    assert shop.refused("top 10% of orders by revenue") == "no_data_for"


def test_an_average_per_period_is_one_number(shop: Shop) -> None:
    query = shop.query("average number of orders per month")
    assert query.dimensions == ()
    assert isinstance(query.measures[0], q.MeasureArithmetic)


def test_compared_values_are_shown_beside_each_other(shop: Shop) -> None:
    query = shop.query("compare revenue of DE and US")
    assert [d.name for d in query.dimensions] == ["country"]
