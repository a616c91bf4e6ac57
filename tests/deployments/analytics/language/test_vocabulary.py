"""Phrases name the model's things, the fuller and the more literal the better."""

from __future__ import annotations

from deployments.analytics.language.text import tokenize
from deployments.analytics.language.vocabulary import Candidate, lemmas
from tests.deployments.analytics.language.flights import VOCABULARY


def found(phrase: str) -> list[Candidate]:
    return sorted(VOCABULARY.find(tokenize(phrase)), key=lambda candidate: -candidate.score)


def score(phrase: str, entity: str, name: str) -> float:
    return max((c.score for c in found(phrase) if (c.entity, c.name) == (entity, name)), default=0.0)


def test_a_full_name_scores_one_and_a_part_of_it_less() -> None:
    assert score("ticket price", "flights", "ticket_price") == 1.0
    assert 0 < score("price", "flights", "ticket_price") < 0.9


def test_plural_and_singular_are_one_name() -> None:
    assert found("airport") == found("airports")


def test_the_models_synonyms_come_before_those_of_business_english() -> None:
    assert score("captains", "pilots", "") > score("pay", "pilots", "salary") > 0


def test_own_words_come_before_synonyms() -> None:
    assert score("salary", "pilots", "salary") > score("wage", "pilots", "salary") > 0


def test_an_entitys_name_before_its_attribute_may_be_left_out() -> None:
    assert score("name", "airports", "airport_name") > 0.9


def test_a_flag_is_named_without_its_verb() -> None:
    assert score("direct", "flights", "is_direct") > 0.9


def test_a_birth_date_may_be_called_an_age_and_a_date_by_its_verb() -> None:
    assert score("age", "pilots", "birth_date") > 0.9
    assert score("hired", "pilots", "hired_on") > 0.9


def test_a_metric_is_a_name_too() -> None:
    assert [c.kind for c in found("traffic")] == ["metric"]


def test_unknown_words_name_nothing_but_have_near_names() -> None:
    assert found("zorgons") == []
    assert VOCABULARY.nearest_names("passangers") == ("passengers",)
    assert VOCABULARY.nearest_word("airprot") == "airport"


def test_lemmas_drop_marks_and_leading_articles() -> None:
    assert lemmas("the Names of Airports!") == ("name", "of", "airport")
