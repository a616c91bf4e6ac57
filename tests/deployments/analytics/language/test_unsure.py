"""A reading that is more likely wrong than right is offered, and not answered."""

from __future__ import annotations

from deployments.analytics.language.unsure import LEAST, or_ask, without_confirmation
from deployments.contracts.agents import Reading
from deployments.contracts.answers import Intent
from deployments.contracts.query import AnalyticQuery
from tests.deployments.analytics.language.conftest import Shop


def a_reading(confidence: float) -> Reading:
    return Reading(
        intent=Intent.SQL_QUERY,
        query=AnalyticQuery(subject="orders"),
        interpretation="Orders by region.",
        confidence=confidence,
    )


def test_a_likely_reading_is_answered() -> None:
    assert or_ask(a_reading(LEAST), "orders by region") == a_reading(LEAST)


def test_an_unlikely_reading_is_asked_about_and_one_choice_confirms_it() -> None:
    asked = or_ask(a_reading(LEAST - 0.01), "orders by region?")
    assert asked.query is None
    assert asked.clarification is not None
    assert asked.clarification.code == "unsure"
    assert "Do you mean: Orders by region?" in asked.clarification.question
    (choice,) = asked.clarification.choices
    assert choice.message == "orders by region? (as you read it)"
    assert without_confirmation(choice.message) == ("orders by region?", True)


def test_a_confirmed_message_is_read_like_the_message(bikes: Shop) -> None:
    plain, confirmed = bikes.read("number of customers"), bikes.read("number of customers (as you read it)")
    assert plain.query is not None
    assert confirmed == plain
