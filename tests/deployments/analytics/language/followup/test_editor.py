"""A follow-up edits the previous query: each kind of edit, and what stays."""

from __future__ import annotations

import pytest

from deployments.contracts import query as q
from deployments.contracts.agents import Context
from tests.deployments.analytics.language.conftest import Shop

COUNTRY = q.Attribute(entity="customers", name="country")
BY_COUNTRY = "revenue by country"


def country_is(*values: str) -> q.Comparison:
    if len(values) == 1:
        return q.Comparison(left=COUNTRY, operator=q.Operator.EQ, right=q.Constant(value=values[0]))
    return q.Comparison(left=COUNTRY, operator=q.Operator.IN, values=values)


def names(query: q.AnalyticQuery) -> list[str]:
    return [dimension.name for dimension in query.dimensions]


def test_a_filter_is_added_and_the_groups_stay(shop: Shop) -> None:
    query = shop.query(BY_COUNTRY, "only US")
    assert (query.where, names(query)) == (country_is("US"), ["country"])


def test_a_filter_on_the_same_attribute_is_replaced(shop: Shop) -> None:
    assert shop.query(BY_COUNTRY, "only US", "what about DE").where == country_is("DE")


@pytest.mark.parametrize("said", ["also France", "and FR too"])
def test_also_widens_the_filter(shop: Shop, said: str) -> None:
    assert shop.query(BY_COUNTRY, "only US", said).where == country_is("US", "FR")


def test_without_excludes(shop: Shop) -> None:
    where = shop.query(BY_COUNTRY, "without DE").where
    assert isinstance(where, q.Comparison)
    assert where.operator is q.Operator.NE


def test_a_filter_is_dropped_when_all_are_wanted_again(shop: Shop) -> None:
    assert shop.query("orders of US customers", "all countries again").where is None


def test_a_period_is_replaced_and_compared_with(shop: Shop) -> None:
    later = shop.query("revenue by country in 2025", "what about 2026")
    assert later.time is not None
    assert later.time.label == "2026"
    compared = shop.query("revenue by country in 2026", "compared to 2025")
    assert compared.time is not None
    assert compared.comparison is not None
    assert (compared.time.label, compared.comparison.window.label) == ("2026", "2025")


def test_instead_replaces_the_groups_and_split_adds_one(shop: Shop) -> None:
    assert names(shop.query(BY_COUNTRY, "by month instead")) == ["month"]
    assert names(shop.query("revenue by month", "split that by country")) == ["month", "country"]


def test_another_thing_takes_the_place_of_a_thing_and_months_stay(shop: Shop) -> None:
    assert names(shop.query("revenue by month", "split that by country", "by region")) == ["month", "region"]


def test_a_measure_joins_the_others(shop: Shop) -> None:
    query = shop.query(BY_COUNTRY, "and the number of orders")
    assert [measure.name for measure in query.measures] == ["revenue", "orders_count"]
    assert names(query) == ["country"]


def test_another_function_of_the_same_measure(shop: Shop) -> None:
    (measure,) = shop.query("revenue by country", "now the median").measures
    assert isinstance(measure, q.Aggregate)
    assert measure.function is q.Function.MEDIAN


def test_a_limit_is_set_and_changed(shop: Shop) -> None:
    assert shop.query(BY_COUNTRY, "top 3").limit == q.Limit(count=3)
    assert shop.query("top 3 customers by revenue", "top 5").limit == q.Limit(count=5)


def test_the_order_is_turned_or_put_on_another_column(shop: Shop) -> None:
    (turned,) = shop.query(BY_COUNTRY, "ascending").order
    assert (turned.target, turned.direction) == ("measure", q.Direction.ASC)
    (sorted_by,) = shop.query(BY_COUNTRY, "sort by country").order
    assert (sorted_by.target, sorted_by.direction) == ("dimension", q.Direction.ASC)


def test_a_share_is_put_beside_the_measure(shop: Shop) -> None:
    (share,) = shop.query(BY_COUNTRY, "as a share").calculations
    assert isinstance(share, q.Share)


def test_a_row_that_was_shown_is_meant_by_its_rank(shop: Shop) -> None:
    query = shop.query(BY_COUNTRY, "what about the first one?", rows=(("US", 380), ("DE", 710)))
    assert query.where == country_is("US")


def test_their_means_the_rows_before(shop: Shop) -> None:
    query = shop.query("orders of US customers", "their average amount")
    assert query.where == country_is("US")
    assert [measure.name for measure in query.measures] == ["avg_amount"]


def test_those_of_a_limited_list_are_the_rows_that_were_shown(shop: Shop) -> None:
    where = shop.query("top 2 customers by revenue", "how many of those are US?").where
    assert isinstance(where, q.AllOf)
    assert isinstance(where.of[0], q.Membership)
    assert where.of[0].query.limit == q.Limit(count=2)


@pytest.mark.parametrize(
    "question", ["how many products are there?", "revenue by month", "total refund", "new question: orders by status"]
)
def test_a_new_question_inherits_nothing(shop: Shop, question: str) -> None:
    assert shop.query("revenue of US customers", question) == shop.query(question)


def test_the_change_is_said(shop: Shop) -> None:
    reading = shop.read("only US", Context(query=shop.query(BY_COUNTRY)))
    assert reading.changes == ("filtered to country = US",)


def test_a_follow_up_without_a_question_before_it_asks_back(shop: Shop) -> None:
    assert shop.refused("and the total?")
