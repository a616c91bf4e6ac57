"""What a question puts together and no relationship of the model does.

"Revenue by port" where no order leads to a port has no answer, and the reader says so before a query is made: what is not related
to what, what is, and where a group was asked for, which groups there are instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from deployments.analytics.language.graph import Graph
from deployments.analytics.language.items import Item
from deployments.analytics.language.sketch import measured_entity
from deployments.analytics.language.text import Token
from deployments.analytics.model.schema import Entity, SemanticModel
from deployments.contracts.answers import Choice, Clarification
from deployments.contracts.base import Value
from deployments.contracts.query import AnalyticQuery

_MOST = 4

Pair = tuple[str, str]
"""Entities that belong to one question and are not connected, the one that was asked about first."""


def unrelated(query: AnalyticQuery, model: SemanticModel, graph: Graph) -> Pair | None:
    """The first two entities of the query, or of a query inside it, that no path of relationships connects.

    Measures that stand alone, without groups and conditions, need not be related."""
    for scope in _scopes(query):
        if scope.subject not in model.by_name:
            continue
        measured = [measured_entity(model, measure) for measure in scope.measures]
        owners = [name for name in measured if name] or [scope.subject]
        beside = _entities((scope.dimensions, scope.where, scope.having, scope.time))
        pairs = [(owner, other) for owner in owners for other in beside]
        pairs += [
            (owner, other) for owner, m in zip(measured, scope.measures, strict=True) if owner for other in _entities(m)
        ]
        for one, other in pairs:
            if graph.path(one, other) is None:
                return one, other
    return None


def _scopes(query: AnalyticQuery) -> Iterator[AnalyticQuery]:
    """The query and the queries inside it; each has rows of its own."""
    yield query
    for part in _parts(query):
        if isinstance(part, AnalyticQuery):
            yield from _scopes(part)


def _parts(value: object) -> Iterator[Value]:
    """What a value is made of, at every depth; queries inside it are given and not entered."""
    if isinstance(value, tuple):
        inside: Sequence[object] = value
    elif isinstance(value, Value):
        inside = [getattr(value, name) for name in type(value).model_fields]
    else:
        return
    for part in inside:
        if isinstance(part, Value):
            yield part
        if not isinstance(part, AnalyticQuery):
            yield from _parts(part)


def _entities(value: object) -> list[str]:
    """The entities that a value speaks of outside the queries inside it."""
    named = [part for part in _parts((value,)) if not isinstance(part, AnalyticQuery)]
    found = [getattr(part, field, "") for part in named for field in ("entity", "to")]
    return [name for name in dict.fromkeys(found) if name]


def told_apart(pair: Pair, model: SemanticModel, graph: Graph, choices: tuple[Choice, ...] = ()) -> Clarification:
    """Says what is not related to what, and what is."""
    one, other = (model.by_name[name] for name in pair)
    said = f"Nothing in the data relates {one.plural} to {other.plural}."
    for entity in (one, other):
        names = [found.plural for found in _related(entity, model, graph)[:_MOST]]
        if names:
            said += f" {entity.plural.capitalize()} are related to {_listed(names)}."
    return Clarification(question=said, code="no_data_for", words=(one.plural, other.plural), choices=choices)


def related_instead(
    pair: Pair,
    text: str,
    tokens: Sequence[Token],
    items: Sequence[Item],
    model: SemanticModel,
    graph: Graph,
    read: Callable[[str], AnalyticQuery | None],
) -> tuple[Choice, ...]:
    """The message with something related where it names what is not, as far as it is understood then.

    `read` gives the query of another wording of the message, in the same context, or None where it is not understood."""
    one, other = (model.by_name[name] for name in pair)
    named = [item for item in items if any(c.entity == other.name for c in item.entities) and not item.values]
    if len(named) != 1:
        return ()
    first, last = tokens[named[0].start], tokens[named[0].end - 1]
    several = last.lower in (other.plural.lower(), other.plural.lower().split()[-1])
    offered = []
    for entity in _related(one, model, graph)[:_MOST]:
        message = f"{text[: first.start]}{entity.plural if several else entity.label}{text[last.end :]}"
        if read(message) is not None:
            offered.append(Choice(label=message, message=message))
    return tuple(offered)


def _related(entity: Entity, model: SemanticModel, graph: Graph) -> list[Entity]:
    """What the entity is related to, the nearest first."""
    found = [e for e in model.entities if e.name != entity.name and not e.hidden and e.kind != "bridge"]
    found = [e for e in found if graph.path(entity.name, e.name) is not None]
    return sorted(found, key=lambda e: (graph.distance(entity.name, e.name), not graph.to_one(entity.name, e.name)))


def _listed(names: Sequence[str]) -> str:
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)
