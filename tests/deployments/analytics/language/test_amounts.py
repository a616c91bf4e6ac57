"""The numbers of an entity, and how they are put together."""

from __future__ import annotations

from deployments.analytics.language.amounts import OLDER, as_age, default_function, main_number, money_of, scale_of
from deployments.contracts.query import Direction, Function
from tests.deployments.analytics.language.flights import TODAY, linker_of

LINK = linker_of("pilots")


def test_an_adjective_measures_the_attribute_it_hints_at() -> None:
    older, dearer = scale_of(LINK, "pilots", OLDER), scale_of(LINK, "flights", (("price", Direction.DESC),))
    assert older is not None
    assert dearer is not None
    assert older[0].column == ("pilots", "birth_date")
    assert dearer[0].column == ("flights", "ticket_price")


def test_what_a_row_belongs_to_is_measured_where_the_row_has_no_such_number() -> None:
    found = scale_of(LINK, "flights", (("salary", Direction.DESC),))
    assert found is not None
    assert found[0].column == ("pilots", "salary")


def test_nothing_is_measured_that_the_entity_does_not_have() -> None:
    assert scale_of(LINK, "airports", (("weight", Direction.DESC),)) is None


def test_the_only_additive_number_is_the_amount() -> None:
    number = main_number(LINK, "pilots")
    assert number is not None
    assert number.column == ("pilots", "salary")
    assert main_number(LINK, "airports") is None


def test_only_rows_that_are_money_are_summed_unasked() -> None:
    assert money_of(LINK, "pilots") is None


def test_sums_where_sums_mean_something_else_averages() -> None:
    additive = LINK.make("pilots", LINK.model.attribute("pilots", "salary"), 1.0)
    rate = LINK.make("flights", LINK.model.attribute("flights", "ticket_price"), 1.0)
    assert (default_function(additive), default_function(rate)) == (Function.SUM, Function.AVG)


def test_only_dates_become_ages() -> None:
    born = LINK.make("pilots", LINK.model.attribute("pilots", "birth_date"), 1.0)
    paid = LINK.make("pilots", LINK.model.attribute("pilots", "salary"), 1.0)
    assert as_age(born, TODAY).scalar.kind == "elapsed"
    assert as_age(paid, TODAY) is paid
