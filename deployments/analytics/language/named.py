"""A pass over the finished query: what is ranked has a name.

The first three employees by sales are three employees: the orders that nobody sold are no employee's, although they are a
group of their own where every group is shown.
"""

from __future__ import annotations

from deployments.analytics.language.filters import conjoin, parts
from deployments.analytics.language.graph import Graph
from deployments.analytics.language.sketch import measured_entity
from deployments.analytics.model.schema import SemanticModel
from deployments.contracts.query import AnalyticQuery, Attribute, Comparison, Operator


def with_named_groups(query: AnalyticQuery, model: SemanticModel, graph: Graph) -> AnalyticQuery:
    """The query, without the group of no name where only the first groups by a measure are shown."""
    if query.limit is None or not query.measures or not any(order.target == "measure" for order in query.order):
        return query
    fact = measured_entity(model, query.measures[0]) or query.subject
    known = tuple(parts(query.where))
    lacking = [
        found
        for dimension in query.dimensions
        if isinstance(dimension.of, Attribute)
        and not _is_detail(dimension.of, query, model)
        and _may_lack(dimension.of, fact, model, graph)
        if (found := Comparison(left=dimension.of, operator=Operator.IS_NOT_NULL)) not in known
    ]
    return query.model_copy(update={"where": conjoin([*known, *lacking])}) if lacking else query


def _is_detail(of: Attribute, query: AnalyticQuery, model: SemanticModel) -> bool:
    """Whether it only says more of a thing that is shown by its name or key: an address without a third line is one."""
    entity = model.by_name[of.entity]
    names = {entity.label_attribute, *entity.primary_key}
    shown = (a for d in query.dimensions for a in (d.of, *d.key) if isinstance(a, Attribute))
    return of.name not in names and any(a.entity == of.entity and a.path == of.path and a.name in names for a in shown)


def _may_lack(of: Attribute, fact: str, model: SemanticModel, graph: Graph) -> bool:
    """Whether rows of the fact may have no such value."""
    own = [r for r in model.relationships if r.from_entity == of.entity and of.name in r.from_attributes]
    if model.attribute(of.entity, of.name).null_fraction > 0 or not all(relationship.complete for relationship in own):
        return True
    steps = graph.path(fact, of.entity) or () if of.entity != fact else ()
    return any(to_one and not relationship.complete for relationship, to_one in steps)
