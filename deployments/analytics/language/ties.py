"""Ties: tables whose rows link two of one kind, and which of their two references says who did it, and to whom."""

from __future__ import annotations

from dataclasses import dataclass

from deployments.analytics.language.text import stem_of
from deployments.analytics.language.vocabulary import lemmas
from deployments.analytics.model.schema import Relationship, SemanticModel

_DOER = frozenset("from source sender payer".split())
_DONE = frozenset("to target receiver recipient payee".split())


@dataclass(frozen=True, slots=True)
class Tie:
    """A table whose rows link two of one kind: who did it, and to whom."""

    entity: str
    link: str
    doer: Relationship
    done: Relationship

    @property
    def stems(self) -> set[str]:
        """The stems of the verb, as the names of the two references hold it."""
        words = {word for r in (self.doer, self.done) for word in lemmas(r.role.replace("_", " "))}
        return {stem_of(_root(word)) for word in words - _DOER - _DONE}


def ties_of(model: SemanticModel) -> list[Tie]:
    """The ties of a model. A table whose references do not say who is who has none."""
    found: dict[tuple[str, str], list[Relationship]] = {}
    for relationship in model.relationships:
        if relationship.from_entity != relationship.to_entity and len(relationship.from_attributes) == 1:
            found.setdefault((relationship.to_entity, relationship.from_entity), []).append(relationship)
    ties = []
    for (entity, link), pair in found.items():
        doers = [r for r in pair if _says(r, ("ing", "er", "or"), _DOER)]
        dones = [r for r in pair if _says(r, ("ed", "ee"), _DONE)]
        if len(pair) == 2 and len(doers) == len(dones) == 1 and doers != dones:
            ties.append(Tie(entity, link, doers[0], dones[0]))
    return ties


def _says(relationship: Relationship, endings: tuple[str, ...], words: frozenset[str]) -> bool:
    said = relationship.role.replace("_", " ").lower().split()
    return bool(said) and (said[0].endswith(endings) or bool(set(said) & words))


def _root(word: str) -> str:
    """The verb in the name of who does it, or to whom it is done: "follow" in "follower"."""
    for ending in ("ee", "er", "or"):
        if word.endswith(ending) and len(word) > len(ending) + 3:
            return word[: -len(ending)]
    return word
