"""Demonyms and codes."""

from __future__ import annotations

import pytest

from deployments.analytics.language.places import aliases_of, kind_of
from deployments.analytics.model.schema import Attribute, DataType, Role


def said(phrase: str) -> set[str]:
    return {text for _, text in aliases_of(phrase)}


def test_a_country_is_known_by_name_code_and_demonym() -> None:
    assert {"Germany", "DE"} <= said("german")
    assert {"German", "DEU"} <= said("Germany")


def test_a_state_is_known_by_its_name_and_by_its_code_in_capitals() -> None:
    assert ("state", "CA") in aliases_of("california")
    assert {("state", "California"), ("country", "Canada")} <= set(aliases_of("CA"))
    assert aliases_of("or") == aliases_of("In") == ()


def test_two_small_letters_are_no_names_except_the_usual_ones() -> None:
    assert aliases_of("de") == ()
    assert "United States" in said("us")
    assert "United Kingdom" in said("UK")


def test_a_sex_is_known_by_its_letter() -> None:
    assert "F" in said("female")


def test_other_words_have_no_other_names() -> None:
    assert aliases_of("table") == ()


@pytest.mark.parametrize(
    ("name", "samples", "kind"),
    [
        ("st", ("CA", "NY", "TX"), "state"),
        ("billing country", ("CA", "DE", "ZZ"), "country"),
        ("state", ("open", "closed"), None),
        ("grade", ("A", "B"), None),
        ("gender", ("F", "M"), "sex"),
        ("status", ("OK", "IN", "done", "late", "new", "lost"), None),
    ],
)
def test_a_column_is_of_places_where_its_values_are(name: str, samples: tuple[str, ...], kind: str | None) -> None:
    column = Attribute(name=name, label=name, data_type=DataType.TEXT, role=Role.CATEGORY, samples=samples)
    assert kind_of(column) == kind


def test_a_column_without_samples_is_what_its_name_says() -> None:
    bare = Attribute(name="country", label="country", data_type=DataType.TEXT, role=Role.CATEGORY)
    assert kind_of(bare) == "country"
    assert kind_of(bare.model_copy(update={"label": "city"})) is None
