"""Findings: what a careful reader would notice in the rows, each true of them and with its figures."""

from __future__ import annotations

from deployments.analytics.charts.shape import Shape
from deployments.analytics.insights.over_time import Coverage, changes_over_time
from deployments.analytics.insights.spread import (
    compared_groups,
    concentration,
    edge_ties,
    extremes,
    fullest_bin,
    outliers,
)
from deployments.contracts.answers import Insight, ResultTable
from deployments.contracts.query import AnalyticQuery

MOST = 4


def find_insights(
    query: AnalyticQuery,
    result: ResultTable,
    *,
    covered: Coverage | None = None,
    shape: Shape | None = None,
) -> tuple[Insight, ...]:
    """At most four findings, the most telling first; none for a single value.

    `covered` says which days the data and the calendar cover: a period that reaches beyond them is not complete and is
    not compared with complete ones. A limited or truncated result is spoken of as the rows shown, never as all. `shape`
    is the result's, where it is at hand."""
    shape = shape or Shape(query, result)
    if query.yes_no or result.row_count < 2 or shape.measure is None or not shape.dimensions or shape.listed:
        return ()
    found: list[Insight] = []
    if shape.time is not None and len(shape.dimensions) == 1:
        found += changes_over_time(shape, covered or Coverage())
    elif shape.binned:
        found += fullest_bin(shape)
    elif shape.time is None:
        if shape.comparison:
            found += compared_groups(shape)
        found += concentration(shape)
        found += outliers(shape)
        found += edge_ties(shape)
        found += extremes(shape)
    else:
        found += extremes(shape)
    return tuple(found[:MOST])
