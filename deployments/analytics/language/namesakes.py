"""A word that is in the names of several things: "revenue of Initech" where there are Initech Corp, GmbH and Labs.

Which one is meant is asked, with all of them together as the last choice. Where the things themselves are listed, counted or grouped
by, each is seen by itself and nothing need be asked.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from deployments.analytics.language.items import Item
from deployments.analytics.language.sketch import measured_entity
from deployments.analytics.language.text import Token
from deployments.analytics.model.schema import SemanticModel
from deployments.contracts.answers import Choice, Clarification
from deployments.contracts.query import AnalyticQuery, Attribute

_MOST_NAMES = 5
"""More names than these are taken together, and the answer names them."""


def which_namesake(
    text: str,
    tokens: Sequence[Token],
    items: Sequence[Item],
    query: AnalyticQuery,
    model: SemanticModel,
    read: Callable[[str], AnalyticQuery | None],
) -> Clarification | None:
    """The question back where things that share a word of their names would be taken together as if they were one thing.

    `read` gives the query of another wording of the message, in the same context, or None where it is not understood."""
    for item in items:
        names = _names_with(item, query, model)
        if not 1 < len(names) <= _MOST_NAMES:
            continue
        start, end = tokens[item.start].start, tokens[item.end - 1].end
        possessive = "'s" if tokens[item.end - 1].possessive else ""
        together = f"{', '.join(names[:-1])} or {names[-1]}"
        choices = [
            Choice(label=name, message=f"{text[:start]}{name}{possessive}{text[end:]}")
            for name in (*names, together)
            if read(f"{text[:start]}{name}{possessive}{text[end:]}") is not None
        ]
        if len(choices) > 1:
            return Clarification(
                question=f"“{item.text.removesuffix(possessive)}” is in {len(names)} names: {', '.join(names[:-1])} and {names[-1]}. "
                "Which do you mean?",
                code="ambiguous",
                words=(item.text,),
                choices=tuple(choices),
            )
    return None


def _names_with(item: Item, query: AnalyticQuery, model: SemanticModel) -> list[str]:
    """The names of things that a word stands for in the query, in their order, where things of that kind are not what is asked for."""
    shown = {query.subject} if not query.measures else set()
    shown |= {of.entity for d in query.dimensions if query.measures and isinstance(of := d.of, Attribute)}
    written = query.model_dump_json(exclude={"assumptions"})
    names: dict[tuple[str, str], list[str]] = {}
    for hit in item.values:
        entity = model.by_name[hit.entity]
        label = entity.label_attribute == hit.attribute and entity.by_name[hit.attribute].unique
        if (
            label
            and hit.how == "containing"
            and isinstance(hit.value, str)
            and json.dumps(hit.value, ensure_ascii=False) in written
        ):
            names.setdefault((hit.entity, hit.attribute), []).append(hit.value)
    for (entity_name, attribute), found in names.items():
        asked = {of.name for d in query.dimensions if isinstance(of := d.of, Attribute) and of.entity == entity_name}
        counted = {measured_entity(model, measure) for measure in query.measures}
        if entity_name not in counted and attribute not in asked and (entity_name not in shown or asked):
            return sorted(found)
    return []
