"""Where missing periods are shown: beside few groups they complete a chart, beside many they multiply rows of zeros."""

from __future__ import annotations

from deployments.analytics.model.schema import SemanticModel
from deployments.contracts.query import AnalyticQuery, Attribute, Dimension

MOST_GROUPS = 100
"""Groups beside a period for which missing periods are still shown."""


def fill_where_few(query: AnalyticQuery, model: SemanticModel) -> AnalyticQuery:
    """The query with missing periods left out where there are many groups, or nobody knows how many."""
    if not any(dimension.fill for dimension in query.dimensions):
        return query
    groups = 1
    for dimension in query.dimensions:
        if not dimension.fill:
            groups *= _distinct(dimension, model)
    if groups <= MOST_GROUPS:
        return query
    dimensions = tuple(dimension.model_copy(update={"fill": False}) for dimension in query.dimensions)
    return query.model_copy(update={"dimensions": dimensions})


def _distinct(dimension: Dimension, model: SemanticModel) -> int:
    if not isinstance(dimension.of, Attribute):
        return 1
    known = model.attribute(dimension.of.entity, dimension.of.name).distinct_count
    return MOST_GROUPS + 1 if known is None else max(1, known)
