"""Rules for references from rows to rows of their own kind: "the coach of Ann", "vets who supervise someone"."""

from __future__ import annotations

from deployments.analytics.language.directions import LITTLE, role_words
from deployments.analytics.language.filters import equals
from deployments.analytics.language.items import Item
from deployments.analytics.language.sketch import Ask, Condition
from deployments.analytics.language.text import stem_of
from deployments.analytics.language.walker import Walker
from deployments.analytics.model.schema import Relationship
from deployments.analytics.model.values import ValueMatch
from deployments.contracts.query import (
    AnalyticQuery,
    Attribute,
    Comparison,
    Dimension,
    Filter,
    Membership,
    Operator,
)

_ANYONE = frozenset("someone anyone somebody anybody others other another any at some".split())


def own_kind(w: Walker, i: int) -> int | None:
    """The row that another of its kind refers to, by that other's name; or the rows that any other refers to."""
    item = w.items[i]
    relationship = _reference(w, item)
    if relationship is None:
        return None
    if _is_verb(item, relationship):
        return _who_are_referred_to(w, i, relationship)
    return _referred_to_by_name(w, i, relationship)


def _reference(w: Walker, item: Item) -> Relationship | None:
    """The reference to its own kind that the word names."""
    if item.has("wh") or item.has("neg"):
        return None
    said = {stem_of(word) for word in item.lemma.split()}
    for relationship in w.model.relationships:
        if relationship.from_entity != relationship.to_entity or len(relationship.from_attributes) != 1:
            continue
        column = (relationship.from_entity, relationship.from_attributes[0])
        words = {stem_of(word) for word in role_words(relationship)} - LITTLE
        if words and words == said and (column in item.columns() or not item.is_link):
            return relationship
        if words and column in item.columns(0.5) and (said & words or item.guessed):
            return relationship
    return None


def _is_verb(item: Item, relationship: Relationship) -> bool:
    """ "supervise", "coaches": what the one who is referred to does."""
    word, role = item.text.lower(), role_words(relationship)[-1]
    base = word[:-1] if word.endswith("s") and word != role else word
    doer = any(stem + ending == role for stem in (base, base.removesuffix("e")) for ending in ("or", "er"))
    return doer or (word != role and base.removesuffix("e") == role)


def _referred_to_by_name(w: Walker, i: int, relationship: Relationship) -> int | None:
    """ "the supervisor of Tara Singh", "Tara Singh's supervisor"."""
    entity = relationship.from_entity
    item = w.items[i]
    if item.text.lower().endswith("ed"):
        return None
    named, after = _named_after(w, i, entity)
    before = w.at(i - 1)
    if not named and before is not None and (before.possessive or before.text.lower().endswith(("'s", "s'", "’s"))):
        named, after = _names(w, i - 1, entity), i + 1
        for condition in [c for c in w.sketch.conditions if c.position == i - 1]:
            w.sketch.conditions.remove(condition)
    if not named:
        return None
    return _put_referred(w, i, relationship, named, after)


def _put_referred(w: Walker, i: int, relationship: Relationship, named: list[ValueMatch], after: int) -> int:
    """Ask for the rows that those of the name refer to."""
    entity = relationship.from_entity
    of_whom = equals(Attribute(entity=entity, name=named[0].attribute), named)
    w.add(Condition(_among(relationship, of_whom), entity, i))
    w.sketch.subject = w.sketch.subject or entity
    w.sketch.entities.append((entity, i))
    if not w.sketch.asks:
        w.sketch.asks.append(Ask("entity", entity, i))
    w.operand, w.restrict, w.anchor = None, True, entity
    return after


def _who_are_referred_to(w: Walker, i: int, relationship: Relationship) -> int | None:
    """ "vets who supervise someone", "who do not supervise anyone"."""
    entity = relationship.from_entity
    follow = w.at(i + 1)
    whom, doer = _names(w, i + 1, entity), _names(w, i - 1, entity)
    if whom and not w.restrict:
        # "who supervises Tara Singh": the one that she refers to.
        return _put_referred(w, i, relationship, whom, i + 2)
    if doer and i > 1 and w.items[i - 2].lemma == "do" and (follow is None or follow.text in ".?!"):
        # "how many vets does Helen Marsh supervise": those that refer to her.
        for condition in [c for c in w.sketch.conditions if c.position == i - 1]:
            w.sketch.conditions.remove(condition)
        left = Attribute(entity=entity, name=doer[0].attribute, path=(relationship.name,))
        w.add(Condition(equals(left, doer), entity, i))
        return i + 1
    if w.subject != entity:
        return None
    ends = follow is None or follow.text in ".?!," or follow.text.lower() in _ANYONE or w.link.entity(i + 1) == entity
    denied = bool(w.frames) and w.frames[-1].kind == "negation" and not w.frames[-1].has_content
    if not ends or not (w.restrict or denied):
        return None
    if denied:
        w.frames.pop()
    known = Comparison(
        left=Attribute(entity=entity, name=relationship.from_attributes[0]), operator=Operator.IS_NOT_NULL
    )
    w.add(Condition(_among(relationship, known, negated=denied), entity, i))
    after = i + 1
    while after < len(w.items) and (
        w.items[after].text.lower() in _ANYONE
        or w.link.entity(after) == entity
        or w.items[after].text.lower() in ("else", "least", "one")
    ):
        w.taken.add(after)
        after += 1
    return after


def _among(relationship: Relationship, where: Filter, *, negated: bool = False) -> Membership:
    """The rows that the reference of those other rows leads to."""
    entity = relationship.from_entity
    column = Attribute(entity=entity, name=relationship.from_attributes[0])
    key = Attribute(entity=entity, name=relationship.to_attributes[0])
    others = AnalyticQuery(subject=entity, dimensions=(Dimension(of=column, name=column.name),), where=where)
    return Membership(of=key, query=others, negated=negated)


def _named_after(w: Walker, i: int, entity: str) -> tuple[list[ValueMatch], int]:
    """The name that "of" or "for" leads to, and the position after it."""
    follow = w.at(i + 1)
    if follow is None or follow.text.lower() not in ("of", "for"):
        return [], i + 1
    k = i + 2
    while k < len(w.items) and (w.items[k].text.lower() in ("the", "a") or w.link.entity(k) == entity):
        k += 1
    return _names(w, k, entity), k + 1


def _names(w: Walker, k: int, entity: str) -> list[ValueMatch]:
    """The names of rows of the entity that stand at a position."""
    item = w.at(k)
    label = w.model.by_name[entity].label_attribute
    return [hit for hit in item.values if (hit.entity, hit.attribute) == (entity, label)] if item is not None else []
