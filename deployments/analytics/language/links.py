"""Which thing of the model a mention means, given everything else the question names.

A candidate's score is its name's match plus its affinity: an owner named beside it counts most, then entities named
anywhere, then the distance in the join graph.
"""

from __future__ import annotations

import datetime as dt

from deployments.analytics.language.directions import (
    LITTLE,
    direction_bonus,
    direction_near,
    role_direction,
    role_fit,
    role_words,
)
from deployments.analytics.language.graph import Graph
from deployments.analytics.language.items import Item
from deployments.analytics.language.lexicon import PEOPLE
from deployments.analytics.language.sketch import Ref, measured_entity
from deployments.analytics.language.text import stem_of
from deployments.analytics.language.vocabulary import Candidate, lemmas
from deployments.analytics.model.schema import Attribute as ModelAttribute
from deployments.analytics.model.schema import Entity, Relationship, Role, SemanticModel
from deployments.analytics.model.values import ValueMatch
from deployments.contracts.query import Attribute, Constant, Elapsed

OWNER, ADJACENT, MENTIONED, CONTEXT, STEP = 0.5, 0.45, 0.3, 0.15, 0.09
SHOWN = 0.6
NEAR_TIE = 0.04

_PLAIN = frozenset("current main primary default".split())
"""A reference for these, or for nothing that is said, is the one meant where no other is named."""


class Linker:
    """Chooses among candidates for one question."""

    def __init__(self, model: SemanticModel, graph: Graph, items: list[Item], as_of: dt.date,
                 context: tuple[str, ...] = (), shown: frozenset[tuple[str, str]] = frozenset()) -> None:  # fmt: skip
        self.shown = shown
        self.model = model
        self.graph = graph
        self.items = items
        self.as_of = as_of
        self.context = context
        self.mentioned = [
            (item.entities[0].entity, position)
            for position, item in enumerate(items)
            if item.entities and item.entities[0].score >= 0.7 and self._reads_as_entity(item)
        ]
        for position, item in enumerate(items):
            owners = {c.entity for c in item.attributes if c.score >= item.attributes[0].score - 0.1}
            if item.attributes and item.attributes[0].score >= 0.95 and len(owners) == 1 and item.end - item.start > 1:
                self.mentioned.append((owners.pop(), position))
        named = {entity for entity, _ in self.mentioned}
        for position, item in enumerate(items):
            self._settle_codes(item, named, self._columns_before(position))
        for position, item in enumerate(items):
            held = {hit.entity for hit in item.values}
            if len(held) == 1 and not item.is_link and not held & named:
                self.mentioned.append((held.pop(), position))
        self.ambiguous: list[tuple[str, tuple[str, ...]]] = []
        self.open_columns: dict[int, tuple[tuple[str, str], ...]] = {}
        self.open_values: dict[int, tuple[tuple[str, str], ...]] = {}
        self.open_roles: dict[int, tuple[Relationship, ...]] = {}
        self.chosen: dict[tuple[str, str], str] = {}
        """The relationship from one entity to another that the grammar of the sentence has settled."""

    def _columns_before(self, position: int) -> set[tuple[str, str]]:
        """What the attribute just before a value may be: "the state of New York"."""
        before = [item for item in self.items[max(0, position - 3) : position] if not item.filler]
        return before[-1].columns(0.9) if before else set()

    def _settle_codes(self, item: Item, named: set[str], columns: set[tuple[str, str]]) -> None:
        """A value as it stands is meant rather than one that says the same by a code, unless nothing named leads to it, or
        what stands before it names what holds the code."""
        plain = [hit for hit in item.values if hit.how != "coded"]
        coded = [hit for hit in item.values if hit.how == "coded" and (hit.entity, hit.attribute) in columns]
        if coded and not any((hit.entity, hit.attribute) in columns for hit in plain):
            item.values = coded
            return
        if plain and len(plain) < len(item.values):
            near = not named or any(self.graph.path(e, hit.entity) is not None for e in named for hit in plain)
            item.values = plain if near else [hit for hit in item.values if hit.how == "coded"]

    @staticmethod
    def _reads_as_entity(item: Item) -> bool:
        rival = max((c.score for c in (*item.attributes, *item.metrics)), default=0.0)
        return item.entities[0].score + 0.03 >= rival

    # --- entities ---------------------------------------------------------------------------------------------------

    def entity(self, position: int) -> str | None:
        """The entity a mention means, or None where it names none better than something else."""
        item = self.items[position]
        if not item.entities or not self._reads_as_entity(item):
            return None
        return self.best_entity(item)

    def best_entity(self, item: Item) -> str | None:
        """The best of the entity candidates, whatever else the item may be."""
        if not item.entities:
            return None
        others = [name for name, at in self.mentioned if self.items[at] is not item]

        def rank(candidate: Candidate) -> float:
            near = min((self.graph.distance(candidate.entity, other) for other in others), default=1.0)
            entity = self.model.by_name[candidate.entity]
            bridge = 0.05 if entity.kind == "bridge" else 0.0
            return candidate.score - 0.03 * min(near, 6) - bridge

        return max(item.entities, key=rank).entity

    # --- attributes --------------------------------------------------------------------------------------------------

    def ref(self, position: int, owner: str | None = None, numeric: bool = False, need: float = 0.0) -> Ref | None:
        """The attribute a mention means. `owner` is the entity it is said to belong to; `numeric` asks for a number."""
        item = self.items[position]
        options: list[tuple[float, Candidate]] = []
        for candidate in item.attributes:
            if candidate.score < need:
                continue
            attribute = self.model.attribute(candidate.entity, candidate.name)
            if numeric and not self.make(candidate.entity, attribute, candidate.score, item).is_number:
                continue
            options.append((candidate.score + self._affinity(candidate.entity, attribute, position, owner), candidate))
        options = self._by_name_first(options, owner)
        if not options:
            return None
        options.sort(key=lambda option: -option[0])
        best = options[0][1]
        self._note_ties(item, options, position)
        attribute = self.model.attribute(best.entity, best.name)
        return self.make(best.entity, attribute, best.score, item)

    def _by_name_first(
        self, options: list[tuple[float, Candidate]], owner: str | None
    ) -> list[tuple[float, Candidate]]:
        """A synonym means another thing where something that can be reached has the very name: where reviews have a
        rating, a hotel's rating is not its stars."""
        near = [entity for entity, _ in self.mentioned] or list(self.context) or ([owner] if owner else [])
        named = [c for _, c in options if c.score >= 0.97 and not c.synonym]
        if not any(self.graph.path(start, c.entity) is not None for c in named for start in near if start != c.entity):
            return options
        return [(score, c) for score, c in options if not c.synonym or (c.entity == owner and self._is_label(c))]

    def _is_label(self, candidate: Candidate) -> bool:
        return self.model.by_name[candidate.entity].label_attribute == candidate.name

    def _note_ties(self, item: Item, options: list[tuple[float, Candidate]], position: int) -> None:
        top, best = options[0]
        rivals = [
            c for s, c in options[1:]
            if top - s < NEAR_TIE and (c.entity, c.name) != (best.entity, best.name)
            and not self._same_thing((best.entity, best.name), (c.entity, c.name))
        ]  # fmt: skip
        if rivals:
            self.ambiguous.append((item.text, tuple(f"{c.entity}.{c.name}" for c in (best, *rivals))))
        equal = [c for c in (best, *rivals) if abs(c.score - best.score) < 0.01]
        if len({c.entity for c in equal}) == len(equal) > 1:
            self.open_columns[position] = tuple((c.entity, c.name) for c in equal)
        else:
            self.open_columns.pop(position, None)

    def _same_thing(self, a: tuple[str, str], b: tuple[str, str]) -> bool:
        """A reference and the key it points at hold the same values."""
        for relationship in self.graph.between(a[0], b[0]) + self.graph.between(b[0], a[0]):
            pair = {(relationship.from_entity, name) for name in relationship.from_attributes}
            pair |= {(relationship.to_entity, name) for name in relationship.to_attributes}
            if {a, b} <= pair:
                return True
        return False

    def make(self, entity: str, attribute: ModelAttribute, score: float, item: Item | None = None) -> Ref:
        """A reference; "age" said of a birth date becomes the years since."""
        plain = Attribute(entity=entity, name=attribute.name)
        if item is not None and attribute.data_type.is_time and ("age" in item.lemma.split() or item.lemma == "old"):
            return Ref(
                entity, attribute, Elapsed(unit="year", start=plain, end=Constant(value=self.as_of)), score, True
            )
        return Ref(entity, attribute, plain, score)

    def _affinity(self, entity: str, attribute: ModelAttribute, position: int, owner: str | None) -> float:
        bonus = 0.0
        if owner is not None:
            bonus += OWNER if entity == owner else -STEP * min(self.graph.distance(owner, entity), 6)
        best = -STEP * 6 if self.mentioned else 0.0
        for other, at in self.mentioned:
            gap = abs(at - position)
            if other == entity:
                adjacent = gap == 1 or (gap == 2 and self.items[min(at, position) + 1].filler)
                best = max(best, (ADJACENT if adjacent else MENTIONED) - 0.01 * gap)
            else:
                best = max(best, -STEP * min(self.graph.distance(other, entity), 6) - 0.005 * gap)
        if entity in self.context:
            best = max(best, CONTEXT)
        elif self.context and not self.mentioned:
            best = max(best, -STEP * min(*(self.graph.distance(c, entity) for c in self.context), 6))
        bonus += best
        if attribute.role is Role.REFERENCE and owner != entity:
            keys = any(
                c.score > 0.9 and self.model.attribute(c.entity, c.name).role is Role.KEY
                for c in self.items[position].attributes
            )
            bonus -= 0.2 if keys else 0.03
        if self.model.by_name[entity].kind == "bridge" and owner != entity:
            bonus -= 0.02
        if self.items[position].lemma in ("id", "name", "code", "number") and self._is_shown((entity, attribute.name)):
            # "for each id": the ids that were shown.
            bonus += SHOWN
        bonus += self._other_words(entity, attribute.name, position)
        bonus += self._by_role(entity, position)
        return bonus + direction_bonus(self.items, attribute.label, position)

    def _by_role(self, entity: str, position: int) -> float:
        """ "destination country", "from Hamburg": of the thing that such a reference leads to."""
        for before in (position - 1, position - 2):
            item = self.items[before] if before >= 0 else None
            if item is not None and item.roles:
                return 0.4 if any(r.to_entity == entity for r in item.roles) else -0.1
            if item is None or not item.filler:
                break
        direction = direction_near(self.items, position)
        if direction is None:
            return 0.0
        near = {name for name, _ in self.mentioned} | set(self.context)
        ways = [r for start in near for r in self.graph.between(start, entity)]
        return 0.3 if any(role_direction(r) == direction for r in ways) else 0.0

    def _is_shown(self, column: tuple[str, str]) -> bool:
        return any(column == shown or self._same_thing(column, shown) for shown in self.shown)

    def _other_words(self, entity: str, name: str, position: int) -> float:
        """ "the cost of a round-trip fare": other words near by that name the same attribute in part."""
        partial = [item for _, item in self._near(position) if item.attributes and item.attributes[0].score < 0.9]
        return 0.2 if any((entity, name) in item.columns() for item in partial) else 0.0

    def also_named_at(self, ref: Ref, position: int) -> list[int]:
        """The positions of those other words."""
        return [
            other
            for other, item in self._near(position)
            if ref.column in item.columns() and item.attributes[0].score < 0.6 and not item.entities and not item.values
        ]

    def _near(self, position: int) -> list[tuple[int, Item]]:
        """The items up to four places away."""
        around = range(max(0, position - 4), min(len(self.items), position + 5))
        return [(other, self.items[other]) for other in around if other != position]

    # --- values ------------------------------------------------------------------------------------------------------

    def hits(self, position: int, attributes: list[Candidate] | None = None, owner: str | None = None,
             role_at: int | None = None) -> list[ValueMatch]:  # fmt: skip
        """The hits of a value mention on the attribute that fits best; all of them stand for one condition.

        `attributes` restricts to the attributes that a mention beside the value may name."""
        item = self.items[position]
        by_column: dict[tuple[str, str], list[ValueMatch]] = {}
        for hit in item.values:
            by_column.setdefault((hit.entity, hit.attribute), []).append(hit)
        if attributes is not None:
            named = {(c.entity, c.name): c.score for c in attributes}
            by_column = {column: hits for column, hits in by_column.items() if column in named}
        if not by_column:
            return []
        by_column = self._within_reach(by_column, position)

        def rank(column: tuple[str, str]) -> float:
            entity, name = column
            attribute = self.model.attribute(entity, name)
            score = max(hit.score for hit in by_column[column])
            if attributes is not None:
                score += max(c.score for c in attributes if (c.entity, c.name) == column)
            score += self._affinity(entity, attribute, position if role_at is None else role_at, owner)
            if attribute.role in (Role.LABEL, Role.CATEGORY):
                score += 0.03
            if attribute.role is Role.REFERENCE:
                score -= 0.02
            if attribute.name == self.model.by_name[entity].label_attribute and attribute.unique:
                # The thing itself, rather than a row that repeats its name.
                score += 0.05
            if attribute.role is Role.TEXT:
                score -= 0.05
            if (
                position
                and self.items[position - 1].text.lower() == "from"
                and set(lemmas(self.model.by_name[entity].label)[-1:]) & PEOPLE
            ):
                # Orders from Germany come from people there, wherever they are taken.
                score += 0.05
            return score

        ranked = sorted(by_column, key=lambda column: -rank(column))
        best = ranked[0]
        ties = [c for c in ranked[1:] if rank(best) - rank(c) < NEAR_TIE and not self._same_thing(best, c)]
        if ties:
            self.ambiguous.append((item.text, tuple(f"{e}.{a}" for e, a in (best, *ties))))
        matched = max(hit.score for hit in by_column[best])
        equal = [c for c in (best, *ties) if max(hit.score for hit in by_column[c]) == matched]
        self.open_values[position] = tuple(equal) if len(equal) > 1 else ()
        return by_column[best]

    def _within_reach(
        self, by_column: dict[tuple[str, str], list[ValueMatch]], position: int
    ) -> dict[tuple[str, str], list[ValueMatch]]:
        """The columns that everything else that is named can lead to, where there are such."""
        owners = [owned for other, item in enumerate(self.items) if other != position and (owned := self._owners(item))]
        near = {
            column: hits
            for column, hits in by_column.items()
            if all(any(self.graph.path(owner, column[0]) is not None for owner in owned) for owned in owners)
        }
        return near or by_column

    def _owners(self, item: Item) -> set[str]:
        """Whose rows a mention may be about."""
        found = {c.entity for c in (*item.entities, *item.attributes) if c.score >= 0.9}
        return found | {
            measured_entity(self.model, self.model.metrics_by_name[c.name].measure) for c in item.metrics
        } - {""}

    @staticmethod
    def values_of(ref: Ref, text: str) -> list[str]:
        """The stored text of an attribute that a number's text may stand for."""
        samples = [str(value) for value in ref.attribute.samples]
        return [value for value in samples if value == text or value.lstrip("0") == text.lstrip("0")] or (
            [text] if (ref.attribute.distinct_count or 0) > len(samples) else []
        )

    def role_path(self, start: str, end: str, position: int) -> tuple[str, ...]:
        """The relationship to walk where several lead from `start` to `end` and a word tells which; else ()."""
        direct = self.graph.between(start, end)
        if len(direct) < 2:
            return ()
        if (settled := self.chosen.get((start, end))) is not None:
            return (settled,)
        fits = [role_fit(self.items, relationship, position) for relationship in direct]
        if not any(fits):
            said = {stem_of(word) for item in self.items for word in item.lemma.split()}
            fits = [float(bool(said & {stem_of(word) for word in role_words(r)} - LITTLE)) for r in direct]
        tied = [r for r, fit in zip(direct, fits, strict=True) if fit == max(fits)]
        plain = [r for r in tied if not set(role_words(r)) - _PLAIN]
        chosen = plain[0] if len(plain) == 1 else tied[0]
        if len(tied) > 1:
            label = self.model.by_name[end].label
            others = [r for r in tied if r is not chosen]
            self.ambiguous.append((label, tuple(f"{r.role} {label}".strip() for r in (chosen, *others))))
            if len(plain) != 1:
                self.open_roles[position] = tuple(tied)
        return (chosen.name,)


def label_ref(entity: Entity) -> ModelAttribute | None:
    """What a row of the entity is called, else its key."""
    if entity.label_attribute:
        return entity.by_name[entity.label_attribute]
    if len(entity.primary_key) == 1:
        return entity.by_name[entity.primary_key[0]]
    return None
