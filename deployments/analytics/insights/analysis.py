"""What lies behind a result: the next step of the analysis that a typed query asks for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from deployments.analytics.insights import correlation, drivers, forecast, unusual
from deployments.analytics.model.schema import SemanticModel
from deployments.contracts.agents import Analysis, Inquiry, QueryRun
from deployments.contracts.errors import InvalidQuery
from deployments.contracts.query import Aggregate, AnalyticQuery, Truncated


def next_step(
    model: SemanticModel,
    query: AnalyticQuery,
    inquiries: Sequence[Inquiry],
    runs: Sequence[QueryRun | None],
    as_of: dt.date,
) -> Analysis:
    """The queries to run next, or what the analysis found. `runs` are what each inquiry so far gave (None: nothing).
    Raises InvalidQuery where nothing can be found out."""
    assert query.analysis is not None
    if query.analysis.kind == "drivers":
        if query.comparison is None or query.time is None or len(query.measures) != 1:
            raise InvalidQuery("It takes one measure and two periods to explain a change.")
        return drivers.step(model, query, inquiries, runs)
    if query.analysis.kind in ("forecast", "unusual"):
        if len(query.measures) != 1 or len(query.dimensions) != 1 or not isinstance(query.dimensions[0].of, Truncated):
            raise InvalidQuery("It takes one measure over time.")
        step = forecast.step if query.analysis.kind == "forecast" else unusual.step
        return step(model, query, inquiries, runs, as_of)
    if len(query.measures) < 1 or len(query.dimensions) != 1 or not isinstance(query.measures[0], Aggregate):
        raise InvalidQuery("It takes two numbers of the same rows.")
    return correlation.step(model, query, runs)
