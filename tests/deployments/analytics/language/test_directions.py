"""Words that say from where or to where."""

from __future__ import annotations

import pytest

from deployments.analytics.language.directions import direction_bonus, direction_near
from tests.deployments.analytics.language.flights import items_of


@pytest.mark.parametrize(
    ("question", "direction"),
    [
        ("flights from Paris", "origin"),
        ("flights departing Paris", "origin"),
        ("flights arriving at Paris", "target"),
        ("flights to Paris", "target"),
        ("flights in Paris", None),
    ],
)
def test_the_nearest_word_before_a_mention_says_the_direction(question: str, direction: str | None) -> None:
    items = items_of(question)
    assert direction_near(items, len(items) - 1) == direction


def test_an_attribute_of_the_same_direction_fits_better() -> None:
    items = items_of("flights from Paris")
    last = len(items) - 1
    assert direction_bonus(items, "origin city", last) > direction_bonus(items, "city", last)
    assert direction_bonus(items, "destination city", last) < direction_bonus(items, "city", last)
