"""Ratios of two things that are each said in full."""

from __future__ import annotations

import pytest

from deployments.contracts import query as q
from tests.deployments.analytics.language.conftest import Shop


def ratio_of(query: q.AnalyticQuery) -> q.MeasureArithmetic:
    (measure,) = query.measures
    assert isinstance(measure, q.MeasureArithmetic)
    return measure


def where_of(measure: q.Measure) -> q.Filter | None:
    assert isinstance(measure, q.Aggregate)
    return measure.where


def state(value: str) -> q.Comparison:
    return q.Comparison(
        left=q.Attribute(entity="rentals", name="state"), operator=q.Operator.EQ, right=q.Constant(value=value)
    )


@pytest.mark.parametrize("question", ["ratio of open rentals to done rentals", "ratio of open to done rentals"])
def test_each_side_has_its_own_condition_and_may_share_the_noun(bikes: Shop, question: str) -> None:
    ratio = ratio_of(bikes.query(question))
    assert (where_of(ratio.left), where_of(ratio.right)) == (state("open"), state("done"))


def test_what_only_the_second_side_adds_is_said_of_both(bikes: Shop) -> None:
    query = bikes.query("ratio of open rentals to done rentals of electric bikes")
    ratio = ratio_of(query)
    assert (where_of(ratio.left), where_of(ratio.right)) == (state("open"), state("done"))
    assert query.where is not None


def test_a_ratio_to_all_has_a_whole_that_no_condition_restricts(bikes: Shop) -> None:
    query = bikes.query("ratio of rentals with a fine to all rentals by kind")
    ratio = ratio_of(query)
    assert where_of(ratio.left) is not None
    assert where_of(ratio.right) is None
    assert [dimension.name for dimension in query.dimensions] == ["kind"]


def test_an_average_ratio_is_that_of_each_row(bikes: Shop) -> None:
    (measure,) = bikes.query("average ratio of actual hours to planned hours").measures
    assert isinstance(measure, q.Aggregate)
    assert measure.function is q.Function.AVG
    assert isinstance(measure.of, q.Arithmetic)


def test_a_ratio_of_one_thing_is_refused(bikes: Shop) -> None:
    assert bikes.refused("ratio of open rentals") == "no_data_for"
