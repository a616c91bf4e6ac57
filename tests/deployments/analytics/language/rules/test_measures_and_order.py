"""What is measured, ranked and sorted."""

from __future__ import annotations

import pytest

from deployments.contracts import query as q
from tests.deployments.analytics.language.conftest import Shop


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("how many orders", ["orders_count"]),
        ("total amount and average amount of orders by status", ["total_amount", "avg_amount"]),
        ("how many customers and how many orders", ["customers_count", "orders_count"]),
        ("average price by category", ["avg_price"]),
        ("turnover by region", ["revenue"]),
        ("return rate", ["return_rate"]),
    ],
)
def test_measures_are_named_for_what_they_are(shop: Shop, question: str, names: list[str]) -> None:
    assert [measure.name for measure in shop.query(question).measures] == names


def test_a_number_of_the_best_is_an_order_and_a_limit(shop: Shop) -> None:
    query = shop.query("top 5 customers by revenue")
    assert query.limit == q.Limit(count=5)
    assert query.order == (q.OrderBy(target="measure", index=0, direction=q.Direction.DESC),)


def test_an_adjective_brings_its_attribute_and_its_direction(shop: Shop) -> None:
    query = shop.query("the 3 cheapest products")
    price = q.Attribute(entity="products", name="price")
    assert query.order == (q.OrderBy(target="scalar", of=price, direction=q.Direction.ASC),)
    assert query.limit == q.Limit(count=3)


def test_a_list_is_sorted_as_it_is_said(shop: Shop) -> None:
    (order,) = shop.query("products by price descending").order
    assert (order.of, order.direction) == (q.Attribute(entity="products", name="price"), q.Direction.DESC)
