"""Pass: each measure in terms of aggregates, under its output name; the conditions on rows, as one conjunction."""

from __future__ import annotations

import re
from typing import Any

from deployments.analytics.sql import measures
from deployments.analytics.sql.draft import Draft, Term
from deployments.analytics.sql.resolve import unique
from deployments.contracts.query import Aggregate, Attribute, Function, MeasureArithmetic, MetricValue

PREFIXES = {
    Function.SUM: "total",
    Function.AVG: "average",
    Function.MIN: "lowest",
    Function.MAX: "highest",
    Function.MEDIAN: "median",
    Function.PERCENTILE: "percentile",
    Function.STDDEV: "stddev",
    Function.VARIANCE: "variance",
    Function.MODE: "most_common",
    Function.COUNT: "count_of",
    Function.COUNT_DISTINCT: "distinct",
}


def measured(draft: Draft) -> None:
    """Raises InvalidQuery for a metric that the model lacks or a measure that would count rows twice."""
    query, context = draft.query, draft.context
    taken = {grouping.name.lower(): None for grouping in draft.groupings}
    for measure in query.measures:
        name = unique(measure.name or default_name(measure, draft), taken)
        draft.terms.append(Term(measures.expand(measure, context), name, measure))
    draft.conditions = [] if query.where is None else [query.where]


def default_name(measure: Any, draft: Draft) -> str:
    """A column name for a measure that was given none."""
    if measure.name:
        return str(measure.name)
    if isinstance(measure, MetricValue):
        return measure.metric
    if isinstance(measure, MeasureArithmetic):
        between = {"/": "per", "-": "less", "+": "plus", "*": "times"}[measure.operator]
        return f"{default_name(measure.left, draft)}_{between}_{default_name(measure.right, draft)}"
    if isinstance(measure, Aggregate) and isinstance(measure.of, Attribute):
        return f"{PREFIXES[measure.function]}_{measure.of.name}"
    if isinstance(measure, Aggregate) and measure.of is None:
        label = draft.context.entity(measure.entity).label or measure.entity
        return re.sub(r"\W+", "_", label.lower()).strip("_") + "_count"
    return f"{PREFIXES[measure.function]}_value"
