"""Verbs that say something of a thing must be in the data; those that link two things need not."""

from __future__ import annotations

import pytest

from tests.deployments.analytics.language.conftest import Shop


@pytest.mark.parametrize(
    "question",
    [
        "failed orders",
        "how many orders failed last month",
        "customers who churned in 2025",
        "how many customers did we lose in 2025",
        "orders that were approved",
        "closed stores",
    ],
)
def test_what_became_of_a_thing_is_asked_about_where_the_data_does_not_say_it(shop: Shop, question: str) -> None:
    assert shop.refused(question) == "unknown_words"


@pytest.mark.parametrize(
    "question",
    [
        "orders placed by Ada",
        "orders cancelled in 2026",
        "customers who submitted a return",
        "a complete list of orders",
        "how many orders were placed in 2025",
    ],
)
def test_a_verb_that_links_or_is_a_value_is_read(shop: Shop, question: str) -> None:
    assert shop.read(question).query is not None


def test_an_order_to_return_something_asks_for_no_returns(shop: Shop) -> None:
    assert shop.query("return the orders of Ada").subject == "orders"
    assert shop.query("returns in 2025").subject == "returns"
