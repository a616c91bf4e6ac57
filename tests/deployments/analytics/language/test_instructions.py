"""Sentences that say how to write the answer."""

from __future__ import annotations

import pytest

from deployments.analytics.language.instructions import without_instructions


@pytest.mark.parametrize(
    "sentence",
    ["Return the answer as an integer.", "Match strings exactly.", "Please show the result in whole numbers."],
)
def test_a_sentence_about_writing_is_taken_out_and_spoken_of(sentence: str) -> None:
    text, said = without_instructions(f"How many orders are there? {sentence}")
    assert text == "How many orders are there?"
    assert len(said) == 1


@pytest.mark.parametrize(
    "text", ["Return the orders of Ada", "match the rentals of Swift", "show the number of orders"]
)
def test_a_question_that_begins_so_is_kept(text: str) -> None:
    assert without_instructions(text) == (text, ())
