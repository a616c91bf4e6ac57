"""Filters as values."""

from __future__ import annotations

import datetime as dt

from deployments.analytics.language.filters import (
    along_path,
    attribute_of,
    conjoin,
    equals,
    excludes,
    negate,
    parts,
    semi_joins,
    union,
)
from deployments.analytics.model.values import ValueMatch
from deployments.contracts import query as q

CITY = q.Attribute(entity="airports", name="city")


def city(*values: str) -> q.Comparison:
    return equals(CITY, [ValueMatch("airports", "city", value, 1.0, "exact", 1) for value in values])


def test_one_value_is_equal_and_several_are_a_list() -> None:
    assert (city("Rome").operator, city("Rome", "Paris").values) == (q.Operator.EQ, ("Rome", "Paris"))


def test_parts_take_apart_what_conjoin_puts_together() -> None:
    both = (city("Rome"), city("Paris"))
    assert parts(conjoin(both)) == both
    assert conjoin([]) is None
    assert parts(None) == ()


def test_a_comparison_is_negated_by_its_operator_and_several_by_not() -> None:
    assert negate([city("Rome")]) == city("Rome").model_copy(update={"operator": q.Operator.NE})
    assert isinstance(negate([city("Rome"), city("Paris")]), q.Not)
    assert excludes(negate([city("Rome")]))


def test_a_union_holds_where_either_holds() -> None:
    joined = union(city("Rome"), city("Paris", "New York"))
    assert joined is not None
    assert (joined.operator, joined.values) == (q.Operator.IN, ("Rome", "Paris", "New York"))
    assert union(city("Rome"), q.TimeRange(of=CITY, start=dt.date(2025, 1, 1))) is None


def test_a_range_is_about_its_attribute_and_a_mixture_about_none() -> None:
    other = q.Comparison(
        left=q.Attribute(entity="airports", name="country"), operator=q.Operator.EQ, right=q.Constant(value="FR")
    )
    assert attribute_of(q.AllOf(of=(city("Rome"), city("Paris")))) == CITY
    assert attribute_of(q.AllOf(of=(city("Rome"), other))) is None


def test_a_path_is_put_into_the_attributes_of_its_entity_only() -> None:
    moved = along_path(q.Not(of=city("Rome")), "airports", ("flight_origin",))
    assert isinstance(moved, q.Not)
    assert isinstance(moved.of, q.Comparison)
    assert moved.of.left == CITY.model_copy(update={"path": ("flight_origin",)})
    assert along_path(city("Rome"), "pilots", ("flight_pilot",)) == city("Rome")


def test_semi_joins_are_found_at_any_depth() -> None:
    join = q.Related(entity="airports", to="flights")
    assert semi_joins(q.AllOf(of=(city("Rome"), q.Not(of=join)))) == [join]
