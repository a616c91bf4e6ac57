"""Second sentences, and prefixes that negate."""

from __future__ import annotations

from deployments.contracts import query as q
from tests.deployments.analytics.language.conftest import Shop


def test_a_second_sentence_says_what_to_show_of_the_first_ones_subject(bikes: Shop) -> None:
    query = bikes.query("Which bike has the most rentals? Show its kind.")
    assert "kind" in [dimension.name for dimension in query.dimensions]
    assert query.limit == q.Limit(count=1)


def test_a_prefix_negates_its_own_word_only(bikes: Shop) -> None:
    where = bikes.query("non-city bikes with a list price above 400").where
    assert isinstance(where, q.AllOf)
    kind, price = where.of
    assert isinstance(kind, q.Comparison)
    assert isinstance(price, q.Comparison)
    assert (kind.operator, price.operator) == (q.Operator.NE, q.Operator.GT)
