"""At which grain a measure is taken.

An order's amount belongs to the whole order. Asked for by product category, or for one product, it would be counted in
full for every category the order touches; the order's lines carry the part that is meant. Where the step that a
question takes goes from one row to many, and those many rows have the same amount of their own, theirs is used.
"""

from __future__ import annotations

from deployments.analytics.language.graph import Graph
from deployments.analytics.language.vocabulary import lemmas
from deployments.analytics.model.schema import Entity, Role, SemanticModel
from deployments.contracts.query import (
    Aggregate,
    AllOf,
    AnalyticQuery,
    AnyOf,
    Attribute,
    Comparison,
    Filter,
    Function,
    Measure,
    MetricValue,
    Not,
)


def at_finest_grain(query: AnalyticQuery, model: SemanticModel, graph: Graph) -> tuple[AnalyticQuery, tuple[str, ...]]:
    """The query with sums moved to the rows that its groups and conditions are about, and what to say of it."""
    reached = [of.entity for d in query.dimensions if isinstance(of := d.of, Attribute)]
    reached += _entities(query.where)
    said: list[str] = []
    measures: list[Measure] = []
    for measure in query.measures:
        moved = moved_to(measure, reached, model, graph)
        if moved is not None:
            label = model.by_name[moved.entity].plural
            said.append(
                f"{moved.name.replace('_', ' ')} is taken from the {label}, whose amounts belong to one group each"
            )
        measures.append(moved or measure)
    return query.model_copy(update={"measures": tuple(measures)}), tuple(said)


def moved_to(measure: Measure, reached: list[str], model: SemanticModel, graph: Graph) -> Aggregate | None:
    """The sum as the finer rows have it that belong to one of what is reached each; None where the measure stands as it is."""
    inner = model.metrics_by_name[measure.metric].measure if isinstance(measure, MetricValue) else measure
    if not isinstance(inner, Aggregate) or inner.function is not Function.SUM or not isinstance(inner.of, Attribute):
        return None
    if inner.where is not None or getattr(measure, "where", None) is not None:
        return None
    entity = inner.entity
    for target in reached:
        if target == entity or graph.to_one(entity, target):
            continue
        path = graph.path(entity, target)
        if not path or path[0][1]:
            continue
        child = path[0][0].from_entity
        if child != target and not graph.to_one(child, target):
            continue
        own = _same_amount(model.by_name[child], model.attribute(entity, inner.of.name).label)
        if own is not None:
            name = measure.name or inner.name
            return Aggregate(function=Function.SUM, entity=child, of=Attribute(entity=child, name=own), name=name)
    return None


def _same_amount(child: Entity, label: str) -> str | None:
    """The child's additive attribute that is called the same."""
    wanted = lemmas(label)[-1]
    for attribute in child.attributes:
        if attribute.role is Role.ADDITIVE and not attribute.hidden and lemmas(attribute.label)[-1] == wanted:
            return attribute.name
    return None


def _entities(where: Filter | None) -> list[str]:
    """The entities that plain conditions are about."""
    if isinstance(where, Comparison):
        return [where.left.entity] if isinstance(where.left, Attribute) else []
    if isinstance(where, AllOf | AnyOf):
        return [entity for part in where.of for entity in _entities(part)]
    return _entities(where.of) if isinstance(where, Not) else []
