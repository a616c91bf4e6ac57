"""Confidence falls with what had to be guessed."""

from __future__ import annotations

from deployments.analytics.language.confidence import confidence
from deployments.analytics.language.confidence_weights import WEIGHTS
from tests.deployments.analytics.language.conftest import Shop


def test_a_misspelt_name_makes_nothing_surer(shop: Shop) -> None:
    plain, guessed = shop.read("number of orders by country"), shop.read("number of orders by contry")
    assert guessed.query is not None
    assert plain.confidence >= guessed.confidence


def test_every_weight_is_of_a_fact_that_readings_have(shop: Shop) -> None:
    facts = shop.read("number of orders by country").explanation["confidence"]
    assert set(WEIGHTS) <= set(facts)


def test_no_facts_make_it_certain_or_impossible() -> None:
    assert confidence(dict.fromkeys(WEIGHTS, 1000.0)) >= 0.05
    assert confidence(dict.fromkeys(WEIGHTS, -1000.0)) <= 0.99
