"""What a thing has, what happened to it, and what a noun modifies."""

from __future__ import annotations

import pytest

from deployments.contracts import query as q
from tests.deployments.analytics.language.conftest import Shop


def compared(name: str, operator: q.Operator, value: q.Plain | None = None) -> q.Comparison:
    left = q.Attribute(entity="rentals", name=name)
    if value is None:
        return q.Comparison(left=left, operator=operator)
    return q.Comparison(left=left, operator=operator, right=q.Constant(value=value))


@pytest.mark.parametrize(
    ("question", "where"),
    [
        ("rentals with stops", compared("stops", q.Operator.GT, 0)),
        ("how many rentals have a fine", compared("fine", q.Operator.GT, 0)),
        ("how many rentals have a fine above 1", compared("fine", q.Operator.GT, 1)),
        ("rentals that have a return date", compared("returned_on", q.Operator.IS_NOT_NULL)),
        ("rentals with no return date", compared("returned_on", q.Operator.IS_NULL)),
        ("number of returned rentals", compared("returned_on", q.Operator.IS_NOT_NULL)),
        ("rentals not yet returned", compared("returned_on", q.Operator.IS_NULL)),
    ],
)
def test_what_is_had_or_happened_is_there(bikes: Shop, question: str, where: q.Filter) -> None:
    assert bikes.query(question).where == where


@pytest.mark.parametrize("question", ["rentals with stops and fine", "bikes with prices"])
def test_what_is_listed_or_never_lacking_is_shown(bikes: Shop, question: str) -> None:
    assert bikes.query(question).where is None


def test_what_did_not_happen_is_not_where_it_did_not(bikes: Shop) -> None:
    where = bikes.query("how many rentals were not returned in Ghent").where
    assert isinstance(where, q.AllOf)
    assert compared("returned_on", q.Operator.IS_NULL) in where.of
    town = q.Attribute(entity="customers", name="home_town")
    assert q.Comparison(left=town, operator=q.Operator.EQ, right=q.Constant(value="Ghent")) in where.of


@pytest.mark.parametrize("question", ["how many customer orders", "number of customer orders"])
def test_the_last_noun_of_a_compound_is_counted(shop: Shop, question: str) -> None:
    (measure,) = shop.query(question).measures
    assert measure == q.Aggregate(function=q.Function.COUNT, entity="orders", name="orders_count")


def test_a_plural_after_which_may_be_a_verb(shop: Shop) -> None:
    assert shop.query("which customer orders most").dimensions[0].of == q.Attribute(entity="customers", name="name")


def test_a_flag_before_what_is_counted_restricts_it(shop: Shop) -> None:
    query = shop.query("number of active customers")
    assert query.measures == (q.Aggregate(function=q.Function.COUNT, entity="customers", name="customers_count"),)
    assert query.where is not None


def test_two_plurals_are_both_counted(shop: Shop) -> None:
    assert [m.name for m in shop.query("how many customers and orders").measures] == ["customers_count", "orders_count"]
