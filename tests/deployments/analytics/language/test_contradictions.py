"""Conditions that no row can meet together are said."""

from __future__ import annotations

import pytest

from tests.deployments.analytics.language.conftest import Shop


@pytest.mark.parametrize(
    "question", ["products priced over 20 and under 10", "products with a price above 20 and below 10"]
)
def test_bounds_with_nothing_between_them_are_said(shop: Shop, question: str) -> None:
    reading = shop.read(question)
    assert reading.query is not None
    assert any(text.startswith("nothing can meet all") for text in reading.assumptions)


def test_bounds_with_something_between_them_are_not(shop: Shop) -> None:
    reading = shop.read("products priced over 5 and under 100")
    assert not any("nothing can meet" in text for text in reading.assumptions)
