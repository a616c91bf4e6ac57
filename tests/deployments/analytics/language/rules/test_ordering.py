"""Orders from one end to the other, and along time."""

from __future__ import annotations

import pytest

from deployments.contracts import query as q
from tests.deployments.analytics.language.conftest import Shop

UP, DOWN = q.Direction.ASC, q.Direction.DESC


@pytest.mark.parametrize(
    ("question", "name", "direction"),
    [
        ("bikes from the highest list price to the lowest", "list_price", DOWN),
        ("bikes from cheapest to most expensive", "list_price", UP),
        ("rentals from newest to oldest", "started_on", DOWN),
        ("rentals, oldest first", "started_on", UP),
        ("customers from the oldest to the newest", "signed_up_on", UP),
    ],
)
def test_two_ends_say_by_what_and_which_way(bikes: Shop, question: str, name: str, direction: q.Direction) -> None:
    (order,) = bikes.query(question).order
    assert isinstance(order.of, q.Attribute)
    assert (order.of.name, order.direction) == (name, direction)


def test_two_days_are_no_ends(bikes: Shop) -> None:
    assert bikes.query("rentals from 1 March 2025 to 30 June 2025").order == ()


def test_what_has_no_such_end_is_not_ordered_by_its_name(shop: Shop) -> None:
    assert shop.refused("products from oldest to newest") == "no_data_for"


def test_newest_first_turns_periods_and_highest_first_turns_amounts(shop: Shop) -> None:
    (periods,) = shop.query("revenue by month", "newest first").order
    (amounts,) = shop.query("revenue by month", "highest first").order
    assert (periods.target, periods.direction) == ("dimension", DOWN)
    assert (amounts.target, amounts.direction) == ("measure", DOWN)
