"""Misspelt words of the closed classes put right."""

from __future__ import annotations

import pytest

from tests.deployments.analytics.language.conftest import Shop


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("avergae amount of orders", "average amount of orders"),
        ("waht is the totla amount of orders", "what is the total amount of orders"),
        ("orders in Janurary", "orders in january"),
        ("orders orderd by amount desending", "orders ordered by amount descending"),
        ("the higest amount", "the highest amount"),
        ("show teh orders", "show the orders"),
    ],
)
def test_a_slip_in_a_word_that_questions_are_built_with_is_put_right(bikes: Shop, typed: str, meant: str) -> None:
    text, respelt = bikes.reader.spelling.put_right(typed)
    assert text == meant
    assert respelt


@pytest.mark.parametrize(
    "typed",
    [
        "the opex of the stations",  # words of their own, known or not
        "orders from Janes",  # a name
        'orders called "avergae"',  # quoted
        "orders by day",
        "who ordered the most rides",
    ],
)
def test_what_may_be_another_word_stays_as_it_was_typed(bikes: Shop, typed: str) -> None:
    assert bikes.reader.spelling.put_right(typed) == (typed, [])


def test_what_was_put_right_is_said(bikes: Shop) -> None:
    reading = bikes.read("numbr of customers")
    assert reading.query is not None
    assert "“numbr” is read as “number”" in reading.assumptions
    assert [a.text for a in reading.query.assumptions if a.code == "spelling"] == ["“numbr” is read as “number”"]
