"""Heads of lists that are said once."""

from __future__ import annotations

from deployments.analytics.language.ellipsis import with_shared_heads
from deployments.analytics.language.text import tokenize
from deployments.analytics.language.vocabulary import Vocabulary
from tests.deployments.analytics.language.conftest import Shop
from tests.deployments.analytics.language.flights import VOCABULARY


def words(text: str, vocabulary: Vocabulary = VOCABULARY) -> str:
    return " ".join(token.text for token in with_shared_heads(tokenize(text), vocabulary))


def test_a_head_is_put_after_each_of_its_modifiers(bikes: Shop) -> None:
    said = words("first, middle and last names of customers", bikes.reader.vocabulary)
    assert said == "first names , middle names and last names of customers"


def test_modifiers_that_name_nothing_with_it_are_left_alone(bikes: Shop) -> None:
    for text in ("first and middle hours", "electric bikes and customers", "flights and pilots"):
        assert words(text, bikes.reader.vocabulary) == text
