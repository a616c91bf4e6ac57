"""References as what they refer to: "the document id and name" are the document's own, though a paragraph holds its id."""

from __future__ import annotations

from deployments.analytics.language.assemble.draft import Draft
from deployments.analytics.language.lexicon import PEOPLE
from deployments.analytics.language.sketch import Ask, Ref
from deployments.analytics.language.vocabulary import lemmas
from deployments.analytics.model.schema import Relationship, Role
from deployments.contracts.query import Attribute


def settle_references(draft: Draft) -> None:
    """Read a reference as the key it points at where the question is about what it points at, in place: rows that merely
    refer to a thing would show it once for each of them."""
    sketch = draft.sketch
    if "frequency" in sketch.cues:
        # "the most frequent source": how often it is referred to is what is asked.
        return
    _name_the_person(draft)
    for ask in sketch.asks:
        target = _target(draft, ask)
        if target is None or target.from_entity == sketch.subject:
            continue
        others = {other.entity for other in sketch.asks if other is not ask and other.kind != "measure"}
        if target.from_entity in others or not (target.to_entity in others or _who(draft, ask, target.to_entity)):
            continue
        key = draft.model.attribute(target.to_entity, target.to_attributes[0])
        assert ask.ref is not None
        scalar = Attribute(entity=target.to_entity, name=key.name)
        ask.entity, ask.ref = target.to_entity, Ref(target.to_entity, key, scalar, ask.ref.score)


def _name_the_person(draft: Draft) -> None:
    """ "who is the manager of Liam": the manager's name, and not the key that stands for it."""
    sketch = draft.sketch
    for ask in sketch.asks:
        target = _target(draft, ask)
        if target is None or sketch.wh != "who" or target.from_entity != target.to_entity or not sketch.conditions:
            continue
        label = draft.model.by_name[target.to_entity].label_attribute
        if label is not None and ask.ref is not None:
            named = draft.model.attribute(target.to_entity, label)
            scalar = Attribute(entity=target.to_entity, name=label, path=(target.name,))
            ask.ref = Ref(target.to_entity, named, scalar, ask.ref.score)


def _target(draft: Draft, ask: Ask) -> Relationship | None:
    """The one relationship that an attribute asked for stands for."""
    ref = ask.ref
    if ask.kind != "attribute" or ref is None or ref.derived or ref.attribute.role is not Role.REFERENCE:
        return None
    found = [
        r
        for r in draft.model.relationships
        if r.from_entity == ref.entity and r.from_attributes == (ref.attribute.name,)
    ]
    return found[0] if len(found) == 1 else None


def _who(draft: Draft, ask: Ask, entity: str) -> bool:
    """ "the ids of students who ...": persons are meant, each of them once."""
    items = draft.link.items
    follow = items[ask.position + 1] if ask.position + 1 < len(items) else None
    said = follow is not None and follow.text.lower() == "who"
    return said and lemmas(draft.model.by_name[entity].label)[-1] in PEOPLE
