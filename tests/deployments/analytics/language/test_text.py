"""Questions become tokens."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployments.analytics.language.text import expand_contractions, tokenize


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("5k", 5000),
        ("$1.2m", 1_200_000),
        ("1,200.50", 1200.5),
        ("ten", 10),
        ("30%", 30),
        ("two million", 2_000_000),
        ("third", 3),
    ],
)
def test_numbers_are_read_however_they_are_written(text: str, number: float) -> None:
    tokens = tokenize(text)
    assert [token.number for token in tokens] == [number]


def test_money_and_percent_are_remembered() -> None:
    money, percent = tokenize("$5k 30%")
    assert (money.money, percent.percent) == (True, True)


@pytest.mark.parametrize(
    "text", ['"JetBlue Airways"', "'JetBlue Airways'", "“JetBlue Airways”", "`` JetBlue Airways ''"]
)
def test_quoted_words_stay_one_token(text: str) -> None:
    (token,) = tokenize(text)
    assert (token.text, token.quoted) == ("JetBlue Airways", True)


def test_apostrophes_do_not_open_quotes() -> None:
    assert [token.lower for token in tokenize("the customer's orders and Mark's shop")] == [
        "the", "customer", "orders", "and", "mark", "shop",
    ]  # fmt: skip


def test_contractions_are_written_out() -> None:
    assert expand_contractions("patients who don't pay; what's new") == "patients who do not pay; what is new"


@given(st.text(max_size=300))
def test_any_text_is_cut_into_tokens_that_stand_in_it_in_order(text: str) -> None:
    tokens = tokenize(text)
    assert all(a.end <= b.start for a, b in itertools.pairwise(tokens))
    assert all(0 <= token.start < token.end <= len(text) for token in tokens)
