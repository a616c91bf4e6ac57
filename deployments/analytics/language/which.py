"""Which one is meant: a name that leads to several things, by several ways, is asked about.

"Shipments by city" may be by the city of the customer, of the origin or of the destination. Where the words choose none and no way is
the plain one, the ways are offered as messages that can be sent as they are. Only those are offered that are read as what they say.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from deployments.analytics.language.graph import Graph
from deployments.analytics.language.items import Item
from deployments.analytics.language.links import Linker
from deployments.analytics.language.namesakes import which_namesake
from deployments.analytics.language.sketch import measured_entity
from deployments.analytics.language.text import Token
from deployments.analytics.model.schema import Entity, Relationship, SemanticModel
from deployments.contracts.answers import Choice, Clarification
from deployments.contracts.query import AnalyticQuery

_MOST = 6


def which_one(
    text: str,
    tokens: Sequence[Token],
    items: Sequence[Item],
    linker: Linker,
    query: AnalyticQuery,
    model: SemanticModel,
    graph: Graph,
    read: Callable[[str], AnalyticQuery | None],
) -> Clarification | None:
    """The question back, with two choices or more; None where what was read is the one plain reading.

    `read` gives the query of another wording of the message, in the same context, or None where it is not understood."""
    fact = (measured_entity(model, query.measures[0]) if query.measures else "") or query.subject
    written = query.model_dump_json()
    if (namesakes := which_namesake(text, tokens, items, query, model, read)) is not None:
        return namesakes
    for position in sorted({*linker.open_roles, *linker.open_columns, *linker.open_values}):
        named = next(
            (k for k in range(position, min(position + 4, len(items))) if items[k].is_link or items[k].values), None
        )
        if named is None:
            continue
        item = items[named]
        offered: dict[str, Choice] = {}
        for said in dict.fromkeys(_ways(position, linker, model, graph, fact, written)):
            at = tokens[item.start].start
            message = f"{text[:at]}{said} {text[at:]}"
            found = read(message)
            if found is not None and found.model_dump_json(exclude={"assumptions"}) not in offered:
                offered[found.model_dump_json(exclude={"assumptions"})] = Choice(
                    label=f"{said} {item.text}", message=message
                )
        if len(offered) > 1:
            choices = tuple(offered.values())[:_MOST]
            names = ", ".join(f"the {choice.label}" for choice in choices[:-1])
            return Clarification(
                question=f"Which do you mean by “{item.text}”: {names} or the {choices[-1].label}?",
                code="ambiguous",
                words=(item.text,),
                choices=choices,
            )
    return None


def _ways(position: int, linker: Linker, model: SemanticModel, graph: Graph, fact: str, written: str) -> list[str]:
    """What to say before the name at the position, for each thing it may be and each way there; [] where one is plain."""
    if values := linker.open_values.get(position, ()):
        return _held_in(values, model, graph, fact, written)
    columns = linker.open_columns.get(position, ())
    if columns:
        entities = [entity for entity, name in columns if graph.to_one(fact, entity)]
        used = any(f'"entity":"{entity}","name":"{name}"' in written for entity, name in columns)
        near = {graph.distance(fact, entity) for entity in entities}
        if not used or fact in entities or len(entities) < 2 or len(near) > 1:
            return []
        return [said for entity in entities for said in _to(entity, graph.between(fact, entity), model)]
    ways = linker.open_roles.get(position)
    if ways is None:
        return []
    return [] if ways[0].from_entity != fact else [said for said in _to(ways[0].to_entity, ways, model) if said]


def _held_in(
    columns: Sequence[tuple[str, str]], model: SemanticModel, graph: Graph, fact: str, written: str
) -> list[str]:
    """What to say before a value for each column that may hold it; [] where the one that was taken is nearer than the others, or
    one thing has several of them."""
    used = [column for column in columns if '"entity":"{}","name":"{}"'.format(*column) in written]
    near = [
        column
        for column in columns
        if graph.distance(fact, column[0]) == min(graph.distance(fact, c[0]) for c in columns)
    ]
    entities = {entity for entity, _ in near}
    if not used or used[0] not in near or fact in entities or len(entities) < len(near):
        return []
    return [_called(model.by_name[entity], name) for entity, name in near]


def _called(entity: Entity, name: str) -> str:
    """A thing by its own name where the attribute is what it is called, else the attribute of the thing."""
    return entity.label if name == entity.label_attribute else f"{entity.label} {entity.by_name[name].label}"


def _to(entity: str, ways: Sequence[Relationship], model: SemanticModel) -> list[str]:
    label = model.by_name[entity].label
    return [way.role or label for way in ways] if len(ways) > 1 else [label]
