"""What lies behind a result: the next step of the analysis that a typed query asks for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from deployments.analytics.insights import drivers
from deployments.analytics.model.schema import SemanticModel
from deployments.contracts.agents import Analysis, Inquiry, QueryRun
from deployments.contracts.errors import InvalidQuery
from deployments.contracts.query import AnalyticQuery


def next_step(
    model: SemanticModel,
    query: AnalyticQuery,
    inquiries: Sequence[Inquiry],
    runs: Sequence[QueryRun | None],
    as_of: dt.date,  # noqa: ARG001
) -> Analysis:
    """The queries to run next, or what the analysis found. `runs` are what each inquiry so far gave (None: nothing).
    Raises InvalidQuery where nothing can be found out."""
    assert query.analysis is not None
    if query.analysis.kind == "drivers":
        if query.comparison is None or query.time is None or len(query.measures) != 1:
            raise InvalidQuery("It takes one measure and two periods to explain a change.")
        return drivers.step(model, query, inquiries, runs)
    raise InvalidQuery("There is no such analysis.")
