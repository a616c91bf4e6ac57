from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployments.analytics.model.infer.words import abbreviates, pieces, plural, singular


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sbTxAmount", ("sb", "tx", "amount")),
        ("TV_Channel", ("tv", "channel")),
        ("StuID", ("stu", "id")),
        ("LName", ("l", "name")),
        ("18_49_Share", ("18", "49", "share")),
        ("größe_cm", ("größe", "cm")),
        ("___", ("___",)),
    ],
)
def test_a_name_comes_apart_where_its_writing_says_so(name: str, expected: tuple[str, ...]) -> None:
    assert pieces(name) == expected


@pytest.mark.parametrize(
    "word",
    [
        "order",
        "company",
        "box",
        "day",
        "person",
        "aircraft",
        "class",
        "status",
        "address",
        "branch",
        "series",
        "analysis",
        "child",
    ],
)
def test_the_singular_of_a_plural_is_the_word(word: str) -> None:
    assert singular(plural(word)) == word
    assert singular(word) == word


@given(st.from_regex(r"[a-z]{1,12}", fullmatch=True))
def test_a_singular_taken_twice_is_the_singular_or_shorter(word: str) -> None:
    assert len(singular(singular(word))) <= len(singular(word)) + 2


@pytest.mark.parametrize(
    ("short", "long", "expected"),
    [
        ("cust", "customer", True),
        ("dpt", "department", True),
        ("cat", "country", False),
        ("id", "identifier", False),
        ("stu", "student", True),
    ],
)
def test_an_abbreviation_begins_like_its_word_and_keeps_the_order_of_letters(
    short: str, long: str, expected: bool
) -> None:
    assert abbreviates(short, long) is expected
