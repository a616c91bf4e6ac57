from __future__ import annotations

import datetime as dt

import pytest

from deployments.analytics.insights.parts import parts, without
from deployments.analytics.sql.compiler import compile_query
from deployments.contracts import query as q
from deployments.contracts.errors import InvalidQuery
from tests.deployments.analytics.insights.test_interpret import EVERYTHING
from tests.deployments.analytics.retail import MODEL, TOP_TEN

DAY = dt.date(2026, 11, 24)


def removable(query: q.AnalyticQuery) -> list[str]:
    return [part.part for part in parts(query, MODEL) if part.removable]


def test_a_top_ten_of_a_month_has_four_parts_and_needs_its_measure() -> None:
    shown = {part.part: part.removable for part in parts(TOP_TEN, MODEL)}
    assert shown == {"measure/0": False, "dimension/0": True, "time": True, "limit": True}
    assert [part.label for part in parts(TOP_TEN, MODEL)][:2] == ["revenue", "by customer"]


@pytest.mark.parametrize("query", [TOP_TEN, EVERYTHING], ids=["top ten", "everything"])
def test_without_any_one_part_the_others_stay_and_every_index_points_at_something(query: q.AnalyticQuery) -> None:
    for part in removable(query):
        fewer = without(query, part)
        assert fewer != query, part
        slots = {"dimension": fewer.dimensions, "measure": fewer.measures, "calculation": fewer.calculations}
        for order in fewer.order:
            assert order.target == "scalar" or order.index < len(slots[order.target]), part
        for calculation in fewer.calculations:
            assert calculation.measure < len(fewer.measures), part
            assert max((*calculation.within, getattr(calculation, "along", 0)), default=0) < len(fewer.dimensions), part
        assert fewer.limit is None or all(index < len(fewer.dimensions) for index in fewer.limit.per), part


def test_taking_parts_away_until_none_is_left_leaves_a_query_that_compiles() -> None:
    query = TOP_TEN
    while names := removable(query):
        query = without(query, names[0])
        assert compile_query(query, MODEL, DAY).sql
    assert query.measures
    assert not query.dimensions


@pytest.mark.parametrize("part", ["measure/0", "dimension/1", "dimension/-1", "filter/0", "comparison", "nothing", ""])
def test_a_part_that_is_not_there_or_is_needed_is_refused(part: str) -> None:
    with pytest.raises(InvalidQuery):
        without(TOP_TEN, part)
