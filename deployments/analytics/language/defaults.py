"""What the model leaves out by default: its conditions join a question that says nothing of them."""

from __future__ import annotations

import json

from deployments.analytics.language.filters import conjoin
from deployments.analytics.language.graph import Graph
from deployments.analytics.language.sketch import measured_entity
from deployments.analytics.model.schema import NamedFilter, SemanticModel
from deployments.contracts.query import AnalyticQuery


def with_defaults(query: AnalyticQuery, model: SemanticModel, graph: Graph) -> tuple[AnalyticQuery, tuple[str, ...]]:
    """The query with the default conditions of what it is about, and what to say of them.

    A condition holds for the rows counted or listed and for the one row of another entity that each belongs to. It is
    left alone where the question restricts the same attributes itself."""
    said: list[str] = []
    for named in model.filters:
        if not named.default:
            continue
        if _is_about(query, named, model, graph) and not _is_asked(query, named):
            parts = [query.where, named.where] if query.where is not None else [named.where]
            query = query.model_copy(update={"where": conjoin([part for part in parts if part is not None])})
            said.append(f"{named.label}, by default")
    return query, tuple(said)


def _is_about(query: AnalyticQuery, named: NamedFilter, model: SemanticModel, graph: Graph) -> bool:
    owners = {measured_entity(model, measure) or query.subject for measure in query.measures} or {query.subject}
    return all(owner == named.entity or graph.to_one(owner, named.entity) for owner in owners)


def _is_asked(query: AnalyticQuery, named: NamedFilter) -> bool:
    """Whether the question says something of the attributes itself, or the condition is there from an earlier turn."""
    mentioned = "" if query.where is None else query.where.model_dump_json()
    mentioned += "".join(dimension.model_dump_json() for dimension in query.dimensions)
    mentioned += "".join(measure.model_dump_json() for measure in query.measures)
    return any(reference in mentioned for reference in _references(named))


def _references(named: NamedFilter) -> set[str]:
    """The attributes of the condition, as they are written in a query's JSON."""
    found: set[str] = set()
    todo: list[object] = [named.where.model_dump(mode="json")]
    while todo:
        node = todo.pop()
        if isinstance(node, dict):
            if node.get("kind") == "attribute":
                found.add(f'"entity":{json.dumps(node["entity"])},"name":{json.dumps(node["name"])}')
            todo.extend(node.values())
        elif isinstance(node, list):
            todo.extend(node)
    return found
