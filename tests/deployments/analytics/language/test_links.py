"""Which thing of the model a mention means, given everything else that is named."""

from __future__ import annotations

from deployments.analytics.language.links import label_ref
from tests.deployments.analytics.language.flights import AIRPORTS, FLIGHTS, linker_of


def test_an_attribute_belongs_to_the_owner_it_is_said_of() -> None:
    link = linker_of("the name of pilots and airports")
    position = next(i for i, item in enumerate(link.items) if item.text == "name")
    pilots, airports = link.ref(position, "pilots"), link.ref(position, "airports")
    assert pilots is not None
    assert airports is not None
    assert (pilots.column, airports.column) == (("pilots", "name"), ("airports", "airport_name"))


def test_an_entity_beside_the_mention_counts_more_than_one_far_away() -> None:
    link = linker_of("airports with the salary and the pilot name")
    position = next(i for i, item in enumerate(link.items) if "name" in item.text)
    found = link.ref(position)
    assert found is not None
    assert found.entity == "pilots"


def test_a_near_tie_is_noted() -> None:
    link = linker_of("name")
    assert link.ref(0) is not None
    assert link.ambiguous == [("name", ("pilots.name", "airports.airport_name"))]


def test_role_words_choose_among_relationships_to_one_entity() -> None:
    link = linker_of("flights from Rome to Paris")
    at = {item.text: i for i, item in enumerate(link.items)}
    assert link.role_path("flights", "airports", at["Rome"]) == ("flight_origin",)
    assert link.role_path("flights", "airports", at["Paris"]) == ("flight_destination",)


def test_one_relationship_needs_no_words() -> None:
    assert linker_of("flights of Moreau").role_path("flights", "pilots", 2) == ()


def test_relationships_that_no_word_tells_apart_are_noted() -> None:
    link = linker_of("flights airports")
    link.role_path("flights", "airports", 1)
    assert link.ambiguous == [("airport", ("origin airport", "destination airport"))]
    assert [r.role for r in link.open_roles[1]] == ["origin", "destination"]


def test_a_number_is_asked_for_where_only_a_number_fits() -> None:
    link = linker_of("the airline of flights")
    position = next(i for i, item in enumerate(link.items) if item.text == "airline")
    assert link.ref(position) is not None
    assert link.ref(position, numeric=True) is None


def test_an_age_is_the_years_since_a_birth_date() -> None:
    found = linker_of("age of pilots").ref(0)
    assert found is not None
    assert found.derived
    assert found.scalar.kind == "elapsed"


def test_a_row_is_called_by_its_label_else_by_its_key() -> None:
    airport, flight = label_ref(AIRPORTS), label_ref(FLIGHTS)
    assert airport is not None
    assert flight is not None
    assert (airport.name, flight.name) == ("airport_name", "flight_id")
