"""The dimensions of the model by which a measure can be taken apart, the likeliest to tell something first."""

from __future__ import annotations

from deployments.analytics.insights.interpret import conditions
from deployments.analytics.language.grain import at_finest_grain
from deployments.analytics.language.graph import Graph
from deployments.analytics.model.schema import Attribute as ModelAttribute
from deployments.analytics.model.schema import Entity, Role, SemanticModel
from deployments.contracts.query import Aggregate, AnalyticQuery, Attribute, Comparison, Dimension, Operator

MOST_DIMENSIONS = 16
MOST_VALUES = 3_000
FARTHEST = 3

_LIFECYCLE = frozenset(("status", "stage"))
"""What such an attribute holds follows from the row's age: the newest orders are the pending ones in every period."""

_ORDER = {Role.CATEGORY: 0, Role.FLAG: 1, Role.LABEL: 2}


def usable_dimensions(query: AnalyticQuery, model: SemanticModel, graph: Graph) -> tuple[Dimension, ...]:
    """At most 16 dimensions for which each row that the query's measures count has one value. A dimension that the query
    holds fixed is left out."""
    fixed = _fixed(query)
    found: list[tuple[tuple[float, ...], Dimension]] = []
    for entity in model.entities:
        if entity.hidden or entity.kind == "bridge":
            continue
        for attribute in entity.attributes:
            if not _groups(entity, attribute) or (entity.name, attribute.name) in fixed:
                continue
            dimension = dimension_of(entity, attribute)
            away = _distance(query.model_copy(update={"dimensions": (dimension,)}), entity.name, model, graph)
            if away <= FARTHEST:
                many = attribute.distinct_count or 0
                found.append(((_ORDER[attribute.role], many > 100, away, many), dimension))
    return tuple(dimension for _, dimension in sorted(found, key=lambda pair: pair[0])[:MOST_DIMENSIONS])


def dimension_of(entity: Entity, attribute: ModelAttribute) -> Dimension:
    """The attribute as a dimension; a name that rows share brings their key."""
    keyed = attribute.role is Role.LABEL and not attribute.unique
    key = tuple(Attribute(entity=entity.name, name=name) for name in entity.primary_key) if keyed else ()
    return Dimension(of=Attribute(entity=entity.name, name=attribute.name), name=attribute.name, key=key)


def _groups(entity: Entity, attribute: ModelAttribute) -> bool:
    if attribute.hidden or attribute.role not in _ORDER or attribute.time_part is not None:
        return False
    if attribute.label.lower().split()[-1:] and attribute.label.lower().split()[-1] in _LIFECYCLE:
        return False
    if attribute.role is Role.LABEL and attribute.name != entity.label_attribute:
        return False
    return attribute.distinct_count is None or 2 <= attribute.distinct_count <= MOST_VALUES


def _distance(query: AnalyticQuery, target: str, model: SemanticModel, graph: Graph) -> float:
    """The joins from what the measures count, at the grain that the dimension asks for; infinite where one row may have
    several values."""
    moved, _ = at_finest_grain(query, model, graph)
    away = 0.0
    for measure in moved.measures:
        if not isinstance(measure, Aggregate):
            return float("inf")
        if measure.entity != target and not graph.to_one(measure.entity, target):
            return float("inf")
        away = max(away, graph.distance(measure.entity, target))
    return away


def _fixed(query: AnalyticQuery) -> set[tuple[str, str]]:
    """The attributes that a condition holds at one value."""
    return {
        (c.left.entity, c.left.name)
        for c in conditions(query.where)
        if isinstance(c, Comparison) and c.operator is Operator.EQ and isinstance(c.left, Attribute)
    }
