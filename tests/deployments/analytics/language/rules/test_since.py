"""Since when: from a time that the data knows, over all there is, or owned up to."""

from __future__ import annotations

import pytest

from tests.deployments.analytics.language.conftest import Shop


@pytest.mark.parametrize("words", ["since launch", "since we started", "since the beginning"])
def test_since_the_start_is_over_all_the_data_and_said(shop: Shop, words: str) -> None:
    query = shop.query(f"number of orders {words}")
    assert query.time is None
    assert [a.text for a in query.assumptions if a.code == "since"] == [f"{words} is over all the data there is"]


def test_since_a_day_is_from_that_day_on(shop: Shop) -> None:
    query = shop.query("number of orders since 2025")
    assert query.time is not None
    assert not [a for a in query.assumptions if a.code == "since"]


def test_since_what_no_date_tells_is_not_answered(shop: Shop) -> None:
    assert shop.refused("number of orders since they moved") == "no_data_for"
