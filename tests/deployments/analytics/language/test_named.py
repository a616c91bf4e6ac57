"""What is ranked has a name; where every group is shown, the one without a name is shown too."""

from __future__ import annotations

from deployments.analytics.language.filters import parts
from deployments.contracts import query as q
from tests.deployments.analytics.language.conftest import Shop


def present(query: q.AnalyticQuery) -> list[q.Attribute]:
    return [
        part.left
        for part in parts(query.where)
        if isinstance(part, q.Comparison)
        and part.operator is q.Operator.IS_NOT_NULL
        and isinstance(part.left, q.Attribute)
    ]


def test_a_ranking_leaves_out_what_has_no_name_and_a_breakdown_does_not(shop: Shop) -> None:
    ranked = shop.query("top 3 stores by number of orders")
    assert [(a.entity, a.name) for a in present(ranked)] == [("orders", "store_id")]
    assert present(shop.query("number of orders by store")) == []


def test_a_follow_up_that_ranks_leaves_it_out_once(shop: Shop) -> None:
    assert len(present(shop.query("number of orders by store", "top 3", "top 2"))) == 1


def test_where_every_row_has_one_nothing_is_left_out(shop: Shop) -> None:
    assert present(shop.query("top 3 customers by number of orders")) == []
