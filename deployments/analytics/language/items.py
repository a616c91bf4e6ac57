"""A span of the question with all its readings; which one is meant is settled in composition."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from deployments.analytics.language.calendar import Interval
from deployments.analytics.language.vocabulary import Candidate
from deployments.analytics.model.schema import Relationship
from deployments.analytics.model.values import ValueMatch
from deployments.contracts.query import Direction, Grain


@dataclass(slots=True)
class Item:
    """A span with its readings. `start`, `end` are token positions; `tags` maps a closed class to its payload.
    `weekdays` counts from Monday 0. `roles` are the references that it says the purpose of ("destination", "bill-to"). `fiscal`: the grain is of the fiscal year."""

    start: int
    end: int
    text: str
    lemma: str
    entities: list[Candidate] = field(default_factory=list)
    attributes: list[Candidate] = field(default_factory=list)
    metrics: list[Candidate] = field(default_factory=list)
    filters: list[Candidate] = field(default_factory=list)
    values: list[ValueMatch] = field(default_factory=list)
    tags: dict[str, Any] = field(default_factory=dict)
    interval: Interval | None = None
    number: float | None = None
    percent: bool = False
    money: bool = False
    ordinal: bool = False
    quoted: bool = False
    possessive: bool = False
    grain: Grain | None = None
    fiscal: bool = False
    weekdays: tuple[int, ...] = ()
    gradable: tuple[tuple[str, Direction], ...] = ()
    superlative: bool = False
    comparative: bool = False
    filler: bool = False
    verb: bool = False
    unknown: bool = False
    passed: bool = False
    negated: bool = False
    guessed: str = ""
    roles: tuple[Relationship, ...] = ()

    @property
    def is_link(self) -> bool:
        """Whether it may name a thing of the model."""
        return bool(self.entities or self.attributes or self.metrics or self.filters)

    @property
    def is_inflected(self) -> bool:
        """Whether its last word is not the dictionary's form: in a noun, a plural."""
        return self.text.lower().split()[-1:] != self.lemma.split()[-1:]

    def columns(self, at_least: float = 0.0) -> set[tuple[str, str]]:
        """The attributes it may name, as (entity, attribute)."""
        return {(c.entity, c.name) for c in self.attributes if c.score >= at_least}

    def holds_value_of(self, columns: set[tuple[str, str]]) -> bool:
        """Whether it may be a value of one of the attributes."""
        return any((hit.entity, hit.attribute) in columns for hit in self.values)

    def has(self, tag: str) -> bool:
        """Whether it may be of this closed class."""
        return tag in self.tags
