"""The best cut of a question into spans that mean something."""

from __future__ import annotations

import pytest

from deployments.analytics.language.items import Item
from deployments.contracts import query as q
from tests.deployments.analytics.language.conftest import Shop
from tests.deployments.analytics.language.flights import items_of


def item(question: str, said: str) -> Item:
    return next(found for found in items_of(question) if found.text == said)


def test_the_longest_span_that_means_something_is_one_item() -> None:
    assert [found.text for found in items_of("flights of JetBlue Airways")] == ["flights", "of", "JetBlue Airways"]
    assert [found.text for found in items_of("average ticket price")] == ["average", "ticket price"]


@pytest.mark.parametrize(
    ("question", "said", "value"),
    [
        ("flights in paris", "paris", "Paris"),
        ("no-show flights", "no - show", "no_show"),
        ("jetblue flights", "jetblue", "JetBlue Airways"),
        ("Moreau flights", "Moreau", "Amelia Moreau"),
        ("French airports", "French", "FR"),
        ('the "Air France" flights', "Air France", "Air France"),
    ],
)
def test_values_are_found_however_they_are_spelled(question: str, said: str, value: str) -> None:
    assert [hit.value for hit in item(question, said).values] == [value]


def test_a_guessed_value_says_what_was_written() -> None:
    guessed = item("canceled flights", "canceled")
    assert [hit.value for hit in guessed.values] == ["cancelled"]
    assert guessed.guessed == "canceled"


def test_a_misspelled_name_is_read_as_the_name_it_resembles() -> None:
    respelled = item("passangers by airline", "passangers")
    assert respelled.columns() == {("flights", "passengers")}
    assert respelled.guessed == "passenger"


def test_a_participle_names_the_date_of_its_verb() -> None:
    assert item("how many pilots were hired in 2025", "hired").columns(0.9) == {("pilots", "hired_on")}


def test_a_participle_that_names_nothing_is_remembered_as_passed_over() -> None:
    passed = item("flights quibbled by JetBlue Airways", "quibbled")
    assert passed.passed
    assert not passed.is_link


def test_a_word_that_nothing_explains_is_unknown() -> None:
    assert [found.text for found in items_of("flights of the zorgons") if found.unknown] == ["zorgons"]


def test_an_item_holds_values_of_the_columns_it_may_name() -> None:
    paris = item("flights in Paris", "Paris")
    assert paris.holds_value_of({("airports", "city")})
    assert not paris.holds_value_of({("airports", "country")})


def test_an_antonym_of_a_flag_is_the_flag_not_set(bikes: Shop) -> None:
    for question, name in (("dormant customers", "active"), ("outstanding rentals", "is_paid")):
        where = bikes.query(question).where
        assert isinstance(where, q.Comparison)
        assert isinstance(where.left, q.Attribute)
        assert where.left.name == name
        assert where.right in (q.Constant(value="N"), q.Constant(value=False))
    assert bikes.refused("faulty customers") == "unknown_words"


def test_compounds_are_one_name_as_one_word_or_two(bikes: Shop) -> None:
    assert bikes.query("payload of bikes").dimensions == bikes.query("pay load of bikes").dimensions
    by_town = bikes.query("customers by home town").dimensions
    assert bikes.query("customers by hometown").dimensions == by_town
