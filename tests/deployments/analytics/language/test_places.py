"""Demonyms and codes."""

from __future__ import annotations

from deployments.analytics.language.places import aliases_of


def test_a_country_is_known_by_name_code_and_demonym() -> None:
    assert {"Germany", "DE"} <= set(aliases_of("german"))
    assert {"German", "DEU"} <= set(aliases_of("Germany"))


def test_two_letter_codes_are_no_names_except_the_usual_ones() -> None:
    assert aliases_of("de") == ()
    assert "United States" in aliases_of("us")
    assert "United Kingdom" in aliases_of("UK")


def test_a_sex_is_known_by_its_letter() -> None:
    assert "F" in aliases_of("female")


def test_other_words_have_no_other_names() -> None:
    assert aliases_of("table") == ()
