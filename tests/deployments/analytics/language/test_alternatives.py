"""What "or" joins."""

from __future__ import annotations

import pytest

from deployments.contracts import query as q
from tests.deployments.analytics.language.conftest import Shop


@pytest.mark.parametrize(
    "question",
    [
        "how many orders were cancelled or have an amount over 500",
        "customers in France or with orders",
        "orders over 500 or under 5",
    ],
)
def test_one_of_two_conditions_is_enough(shop: Shop, question: str) -> None:
    assert isinstance(shop.query(question).where, q.AnyOf)


def test_a_list_of_values_stays_one_condition(shop: Shop) -> None:
    where = shop.query("customers in France or Germany").where
    assert isinstance(where, q.Comparison)
    assert where.operator is q.Operator.IN


def test_what_follows_and_is_required_beside_the_choice(shop: Shop) -> None:
    where = shop.query("orders over 500 or under 5 and cancelled").where
    assert isinstance(where, q.AllOf)
    assert [type(part) for part in where.of] == [q.AnyOf, q.Comparison]


def test_what_was_left_out_is_asked_for_by_the_others(shop: Shop) -> None:
    where = shop.query("customers without orders", "and the others?").where
    assert isinstance(where, q.Related)
    assert not where.negated


def test_the_others_of_a_ranking_are_all_but_those_shown(shop: Shop) -> None:
    query = shop.query("top 2 customers by revenue", "and the rest?")
    assert query.limit is None
    assert isinstance(query.where, q.Not)
