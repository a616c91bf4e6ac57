"""From where, or to where: the words that tell which of several references to one entity is meant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from deployments.analytics.language.items import Item
from deployments.analytics.language.text import stem_of
from deployments.analytics.language.vocabulary import lemmas
from deployments.analytics.model.schema import Relationship

_ORIGIN = frozenset(stem_of(w) for w in "from depart departure departing leave leaving source origin start out".split())
_TARGET = frozenset(
    stem_of(w) for w in "to arrive arrival arriving land landing destination dest target into in".split()
)


def direction_near(items: Sequence[Item], position: int) -> Literal["origin", "target"] | None:
    """Whether the words before a mention say from where or to where."""
    for back in range(position - 1, max(-1, position - 6), -1):
        words = {stem_of(word) for word in items[back].lemma.split()}
        if words & _ORIGIN:
            return "origin"
        if any(word in _TARGET and word != "in" for word in words):
            return "target"
    return None


def _direction_said_of(items: Sequence[Item], entity: str) -> Literal["origin", "target"] | None:
    """Whether a participle beside the thing that refers says which way it goes: "arriving flights"."""
    for i, item in enumerate(items):
        if not any(candidate.entity == entity and candidate.score > 0.8 for candidate in item.entities):
            continue
        for beside in items[max(0, i - 1) : i + 2]:
            stem = stem_of(beside.lemma)
            if beside.verb and stem in _ORIGIN:
                return "origin"
            if beside.verb and stem in _TARGET:
                return "target"
    return None


def direction_bonus(items: Sequence[Item], label: str, position: int) -> float:
    """How much better a mention fits an attribute whose name says a direction."""
    words = {stem_of(word) for word in lemmas(label)}
    is_origin, is_target = bool(words & _ORIGIN), bool(words & _TARGET)
    if not is_origin and not is_target:
        return 0.0
    direction = direction_near(items, position)
    if direction is None:
        return -0.01
    return 0.3 if (direction == "origin") == is_origin else -0.3


LITTLE = frozenset("to by from of for at in on with".split())


def role_words(relationship: Relationship) -> tuple[str, ...]:
    """What the model says a reference is for, in lemmas; () where it says nothing."""
    return lemmas(relationship.role) if relationship.role else ()


def role_direction(relationship: Relationship) -> Literal["origin", "target"] | None:
    """Whether a reference is to where something comes from, or to where it goes."""
    said = {stem_of(word) for word in lemmas(relationship.role)} - LITTLE
    if len(said) > 1 or not said:
        return None
    return "origin" if said & _ORIGIN else "target" if said & _TARGET else None


def role_fit(items: Sequence[Item], relationship: Relationship, position: int) -> float:
    """How well the words near a mention name what a relationship is for ("referrer", "destination")."""
    near = {stem_of(word) for item in items[max(0, position - 5) : position + 2] for word in item.lemma.split()}
    name = relationship.role or " ".join(relationship.from_attributes).replace("_", " ")
    whole = {stem_of(word) for word in lemmas(name)}
    role = (whole - LITTLE) or whole
    score = float(len(role & near))
    direction = direction_near(items, position) or _direction_said_of(items, relationship.from_entity)
    if direction is not None:
        for words, way in ((_ORIGIN, "origin"), (_TARGET, "target")):
            if role & words:
                score += 2 if direction == way else -2
    return score
