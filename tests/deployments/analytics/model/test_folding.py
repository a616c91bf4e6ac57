from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployments.analytics.model.folding import fold


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  Société  Générale ", "societe generale"),
        ("O’Brien & Sons, Ltd.", "obrien and sons ltd"),
        ("U.S.A.", "usa"),
        ("in_progress", "in progress"),
        ("C++", "c++"),
        ("Straße", "strasse"),
        ("Ørsted", "orsted"),
        ("!!", ""),
    ],
)
def test_spellings_of_one_value_fold_to_one_text(text: str, expected: str) -> None:
    assert fold(text) == expected


@given(st.text(max_size=30))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(alphabet=st.characters(codec="ascii"), max_size=30))
def test_case_does_not_matter(text: str) -> None:
    assert fold(text.upper()) == fold(text.lower())
