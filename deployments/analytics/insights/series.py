"""A measure over time as an analysis needs it: whole periods without a gap, at most so many, with their season."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import pairwise

from deployments.analytics.charts.shape import Shape
from deployments.analytics.insights.over_time import Point, TimeSeries, coverage, time_series
from deployments.analytics.model.schema import SemanticModel
from deployments.contracts.answers import ResultTable
from deployments.contracts.errors import InvalidQuery
from deployments.contracts.query import AnalyticQuery, Grain, Truncated

SEASON = {Grain.MONTH: 12, Grain.QUARTER: 4, Grain.WEEK: 52, Grain.DAY: 7}
"""How many periods come back: months and quarters in a year, days in a week."""


@dataclass(frozen=True)
class Course:
    """The whole periods in order, next to one another. `season` is 1 where fewer than two seasons are there."""

    series: TimeSeries
    grain: Grain
    points: tuple[Point, ...]
    season: int

    @property
    def values(self) -> list[float]:
        """The values in order of time."""
        return [point.value for point in self.points]


def course(model: SemanticModel, query: AnalyticQuery, result: ResultTable, as_of: dt.date) -> Course:
    """The course of the query's first measure. Raises InvalidQuery where the result is none."""
    shape = Shape(query, result)
    if shape.measure is None or shape.time is None or len(shape.dimensions) != 1:
        raise InvalidQuery("It takes one measure over time, without groups.")
    series = time_series(shape, shape.measure, coverage(model, query, as_of))
    if series is None or series.grain is None or result.truncated:
        raise InvalidQuery("It takes one measure by day, week, month, quarter or year.")
    points = _unbroken(series.complete)
    length = SEASON.get(series.grain, 1)
    return Course(series, series.grain, points, length if len(points) >= 2 * length else 1)


def _unbroken(points: tuple[Point, ...]) -> tuple[Point, ...]:
    """The last run of periods without a gap between them."""
    start = 0
    for i, (before, after) in enumerate(pairwise(points), start=1):
        if before.end != after.at:
            start = i
    return points[start:]


def at_grain(query: AnalyticQuery, grain: Grain) -> AnalyticQuery:
    """The query with its time dimension at another grain."""
    (dimension,) = query.dimensions
    assert isinstance(dimension.of, Truncated)
    other = dimension.model_copy(update={"of": dimension.of.model_copy(update={"grain": grain}), "name": grain.value})
    return query.model_copy(update={"dimensions": (other,)})


def is_whole(values: list[float]) -> bool:
    """Whether all values are whole numbers, as counts are."""
    return all(value == int(value) for value in values)
