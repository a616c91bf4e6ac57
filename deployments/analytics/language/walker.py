"""Composition: one walk over the items, each rule licensed by types and the join graph.

The walk keeps what a reader keeps: who is being talked about (the anchor), whether the sentence still says what is
asked or already restricts it, what a comparison would compare (the operand), and the frames that are open: inside
"without ...", "more than 3 ..." and the like, conditions belong to the frame and not to the question.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field

from deployments.analytics.language.alternatives import join_alternative, open_alternative, refuse_unjoined
from deployments.analytics.language.calendar import Interval
from deployments.analytics.language.filters import conjoin, negate
from deployments.analytics.language.graph import Graph
from deployments.analytics.language.items import Item
from deployments.analytics.language.lexicon import LIGHT_VERBS
from deployments.analytics.language.links import Linker
from deployments.analytics.language.sketch import Condition, Ref, Sketch, count_of
from deployments.analytics.language.text import stem_of
from deployments.analytics.language.times import interval_filter, time_ref
from deployments.analytics.language.vocabulary import lemmas
from deployments.analytics.model.schema import Entity, Role, SemanticModel
from deployments.contracts.query import (
    Comparison,
    Constant,
    Filter,
    Measure,
    MeasureComparison,
    Operator,
    Related,
    Rollup,
)

Rule = Callable[["Walker", int], int | None]


_FULL = 0.9
"""How well a word must name an attribute to be more than a word in passing."""


@dataclass(slots=True)
class Frame:
    """Conditions that belong together: a negation, or what is counted in "more than 3 orders in 2024"."""

    kind: str
    subject: str | None
    position: int
    conditions: list[Condition] = field(default_factory=list)
    existence: list[tuple[str, int]] = field(default_factory=list)
    windows: list[tuple[Interval, Ref | None, int]] = field(default_factory=list)
    operator: Operator | None = None
    number: float | None = None
    entity: str | None = None
    single: bool = False

    @property
    def has_content(self) -> bool:
        """Whether something was said inside."""
        return bool(self.conditions or self.existence or self.windows or self.entity)


@dataclass(slots=True)
class Operand:
    """What a comparison that follows would compare."""

    position: int
    ref: Ref | None = None
    measure: Measure | None = None


class Walker:
    """The state of one walk."""

    def __init__(self, model: SemanticModel, graph: Graph, linker: Linker, items: list[Item], as_of: dt.date,
                 context_subject: str | None = None) -> None:  # fmt: skip
        self.model = model
        self.graph = graph
        self.link = linker
        self.items = items
        self.as_of = as_of
        self.sketch = Sketch()
        self.context_subject = context_subject
        self.frames: list[Frame] = []
        self.restrict = False
        self.anchor: str | None = None
        self.operand: Operand | None = None
        self.both = False
        self.taken: set[int] = set()
        self.skipped: set[int] = set()
        self.opened_with = ""
        self.next_sentence = False
        self.either: int | None = None
        self.rules: tuple[Rule, ...] = ()

    # --- looking around -----------------------------------------------------------------------------------------------

    def at(self, i: int) -> Item | None:
        """The item, or None past the ends."""
        return self.items[i] if 0 <= i < len(self.items) else None

    def is_filler(self, i: int) -> bool:
        """Whether the item carries nothing here."""
        item = self.items[i]
        if item.is_link or item.values or item.interval or item.number is not None or item.gradable or item.grain:
            return False
        return item.filler or item.verb or item.has("command")

    def next(self, i: int, *, over: tuple[str, ...] = ()) -> int:
        """The first item from `i` on that carries something; words in `over` are passed too."""
        while i < len(self.items) and (
            (self.is_filler(i) and not self._structural(i))
            or (self.items[i].text.lower() in over and not self._is_code(i))
        ):
            i += 1
        return i

    def _is_code(self, i: int) -> bool:
        """Whether a short word stands for a value, as its capitals say: "a grade of A"."""
        return bool(self.items[i].values) and self.items[i].text.isupper()

    def _structural(self, i: int) -> bool:
        return any(
            self.items[i].has(tag) for tag in ("conj", "neg", "cmp", "agg", "count", "group", "order", "sup", "direction",
                                               "calc", "suffix", "set", "frequent", "distinct")
        ) or self.items[i].text in ".?;"  # fmt: skip

    def previous(self, i: int) -> int:
        """The last item before `i` that carries something, or -1."""
        i -= 1
        while i >= 0 and self.is_filler(i) and not self._structural(i):
            i -= 1
        return i

    def word_before(self, i: int, *words: str) -> bool:
        """Whether one of the words stands just before, determiners aside; "which of" asks and is no such word."""
        j = i - 1
        while j >= 0 and self.items[j].text.lower() in ("the", "a", "an", "all", "any", "some", "our", "their", "its",
                                                        "these", "those", "this", "each", "every", "different"):  # fmt: skip
            if self.items[j].text.lower() in words:
                return True
            j -= 1
        if j < 0 or self.items[j].has("wh"):
            return j >= 0 and self.items[j].text.lower() in words
        return self.items[j].text.lower() in words or self.items[j].text.lower().split()[-1] in words

    # --- building -----------------------------------------------------------------------------------------------------

    @property
    def subject(self) -> str | None:
        """Whom the question is about so far."""
        if self.sketch.subject:
            return self.sketch.subject
        for ask in self.sketch.asks:
            if ask.entity:
                return ask.entity
        return self.sketch.entities[0][0] if self.sketch.entities else self.context_subject

    def add(self, condition: Condition) -> None:
        """A condition, in the innermost open frame."""
        condition = self._of_the_anchor(condition)
        if not join_alternative(self, condition):
            (self.frames[-1].conditions if self.frames else self.sketch.conditions).append(condition)
        if self.frames and self.frames[-1].single:
            self.close_all()

    def _of_the_anchor(self, condition: Condition) -> Condition:
        """ "courses taken by students in the law program": the program is the students', although courses belong to programs
        as well; a condition that is said right after a thing holds for that thing."""
        subject, anchor = self.subject, self.anchor
        if condition.having or not subject or not anchor or not self._belongs_to_anchor(condition.entity):
            return condition
        where = Related(entity=subject, to=anchor, where=condition.filter)
        return Condition(where, subject, condition.position)

    def _belongs_to_anchor(self, entity: str) -> bool:
        """Whether the entity is one of what was named last, and reached from the subject by another way as well."""
        subject, anchor = self.subject, self.anchor
        if self.frames or not self.restrict or not subject or not anchor or not entity:
            return False
        if anchor in (subject, entity) or entity == subject or self.graph.to_one(subject, anchor):
            return False
        if not self.graph.to_one(anchor, entity) or self.graph.to_one(subject, entity):
            return False
        path = self.graph.path(subject, entity) or ()
        through = any(anchor in (r.from_entity, r.to_entity) for r, _ in path)
        return self.graph.path(subject, anchor) is not None and not through

    def require(self, ref: Ref, found: Filter, position: int) -> None:
        """A condition on an attribute; a later one on the same attribute may take its place."""
        self.add(Condition(found, ref.entity, position, ref.column))

    def exists(self, entity: str, position: int) -> None:
        """A related row of `entity` was spoken of as existing."""
        if self._belongs_to_anchor(entity):
            return
        if self.either is not None and self.subject is not None and not self.frames:
            related = Condition(Related(entity=self.subject, to=entity), self.subject, position)
            if self.graph.path(self.subject, entity) is not None and join_alternative(self, related):
                return
        (self.frames[-1].existence if self.frames else self.sketch.existence).append((entity, position))

    def open(self, frame: Frame) -> None:
        """Begin a frame."""
        self.frames.append(frame)

    def close_all(self) -> None:
        """End every open frame."""
        while self.frames:
            self._close(self.frames.pop())

    def _close(self, frame: Frame) -> None:
        subject = frame.subject or self.subject
        target = frame.entity or (frame.existence[0][0] if frame.existence else None)
        if target is None and subject is not None:
            target = next(
                (c.entity for c in frame.conditions if c.entity and not self.graph.to_one(subject, c.entity)), None
            )
        if frame.kind == "negation" and not frame.conditions and not frame.existence:
            self._never_happened(frame, subject)
            return
        if frame.kind == "negation" and (target is None or target == subject) and frame.conditions:
            # "orders not completed last week": the week is not negated.
            self.sketch.windows.extend(frame.windows)
            frame.windows = []
        elif frame.kind == "negation" and frame.conditions and target is not None and target != subject:
            # "spend excluding search channels, 2025": a thing that has no time of its own is not excluded for a while.
            timeless = time_ref(self.model, self.graph, target) is None
            self.sketch.windows.extend(window for window in frame.windows if timeless and window[1] is None)
            frame.windows = [window for window in frame.windows if not timeless or window[1] is not None]
        for interval, ref, position in frame.windows:
            found = self.time_filter(interval, ref, target or subject)
            if found is not None:
                frame.conditions.append(Condition(found, target or subject or "", position))
        if frame.kind == "count":
            self._close_count(frame, subject, target)
        else:
            self._close_negation(frame, subject, target)

    def _close_count(self, frame: Frame, subject: str | None, target: str | None) -> None:
        assert frame.operator is not None
        assert frame.number is not None
        if target is None:
            return
        own = [c for c in frame.conditions if self._beyond(subject, target, c.entity)]
        for condition in frame.conditions:
            if condition not in own:
                self.add(condition)
        where = conjoin([c.filter for c in own])
        number = int(frame.number) if frame.number == int(frame.number) else frame.number
        if subject is None or subject == target:
            self.sketch.conditions.append(
                Condition(self.group_count(target, where, frame.operator, number), target, frame.position, having=True)
            )
            return
        left = Rollup(entity=subject, measure=count_of(target, where))
        self.add(
            Condition(
                Comparison(left=left, operator=frame.operator, right=Constant(value=number)), subject, frame.position
            )
        )

    def group_count(self, entity: str, where: Filter | None, operator: Operator, number: float) -> Filter:
        """A condition on the number of rows in a group."""
        return MeasureComparison(measure=count_of(entity, where), operator=operator, right=Constant(value=number))

    def _beyond(self, subject: str | None, target: str, entity: str) -> bool:
        """Whether a condition on `entity` restricts the target's rows rather than the subject."""
        if entity == target:
            return True
        if entity == subject or subject is None:
            return False
        return self.graph.to_one(target, entity) and not self.graph.to_one(subject, entity)

    def _close_negation(self, frame: Frame, subject: str | None, target: str | None) -> None:
        filters = [c.filter for c in frame.conditions]
        position = frame.position
        if subject is not None and target is not None and target != subject and (
            frame.existence or not self.graph.to_one(subject, target)
        ):  # fmt: skip
            where = conjoin(filters)
            self.add(Condition(Related(entity=subject, to=target, where=where, negated=True), subject, position))
            return
        if not filters:
            return
        entity = frame.conditions[0].entity
        value_of = frame.conditions[0].value_of
        self.add(Condition(negate(filters), entity, position, value_of))

    def _never_happened(self, frame: Frame, subject: str | None) -> None:
        """ "products never sold": no row of what happens to products."""
        verbs = [
            item
            for item in self.items[max(0, frame.position - 2) : frame.position + 4]
            if item.verb or item.passed or (item.lemma in LIGHT_VERBS and item.attributes)
        ]
        chosen = (
            self._event_of(subject, {stem_of(word) for item in verbs for word in item.lemma.split()}) if verbs else None
        )
        if chosen is None or subject is None:
            self.sketch.missing.append(self.items[frame.position].text)
            return
        self.sketch.assumptions.append(
            ("never", f"{self.items[frame.position].text} {verbs[0].text} means without {chosen.plural}")
        )
        times = [self.time_filter(interval, ref, chosen.name) for interval, ref, _ in frame.windows]
        where = conjoin([found for found in times if found is not None])
        self.add(Condition(Related(entity=subject, to=chosen.name, where=where, negated=True), subject, frame.position))

    def _event_of(self, subject: str | None, stems: set[str]) -> Entity | None:
        """What happens to the subject: the rows of which it has many that the verb names, else those of its facts,
        else of what refers to it; the nearest and then the most numerous of them."""
        if subject is None:
            return None
        many = [
            e for e in self.model.entities
            if e.name != subject and not e.hidden and self.graph.path(subject, e.name) and self.graph.to_one(e.name, subject)
        ]  # fmt: skip

        def rank(entity: Entity) -> tuple[bool, bool, float, int]:
            named = bool({stem_of(word) for word in lemmas(entity.label)} & stems)
            far = self.graph.distance(subject or "", entity.name)
            return named, entity.kind == "fact", -far, entity.row_count or 0

        return max(many, key=rank, default=None)

    def time_filter(self, interval: Interval, ref: Ref | None, entity: str | None) -> Filter | None:
        """The interval on an attribute, or on the entity's own time."""
        ref = ref or (time_ref(self.model, self.graph, entity) if entity else None)
        if ref is None:
            self.sketch.missing.append(f"a date for {interval.label}")
            return None
        return interval_filter(ref, interval)

    def _own_up_to_unused(self) -> None:
        """Refuse, or at least tell of, an attribute that a restriction names and nothing made use of."""
        sketch = self.sketch
        said = "".join(condition.filter.model_dump_json() for condition in sketch.conditions)
        for position, ref in sketch.unused:
            word = self.items[position]
            used = f'"entity":"{ref.entity}","name":"{ref.attribute.name}"' in said
            if used or any(at is not None and at.column == ref.column for _, at, _ in sketch.windows):
                continue
            telling = ref.is_number or ref.is_time or ref.attribute.role is Role.FLAG
            if telling and ref.score >= _FULL:
                sketch.missing.append(f"what “{word.text}” restricts")
            else:
                sketch.penalty += 0.1
                sketch.assumptions.append(("unused", f"“{word.text}” restricts nothing here"))

    def _is_defined(self, i: int) -> bool:
        """ "positive reviews (rating > 3)": a word that the brackets after it explain."""
        opened = next((k for k in range(i + 1, min(i + 4, len(self.items))) if self.items[k].text == "("), None)
        if opened is None:
            return False
        closed = next((k for k in range(opened, len(self.items)) if self.items[k].text == ")"), None)
        return closed is not None and any(item.has("cmp") or item.comparative for item in self.items[opened:closed])

    def _is_head(self, i: int) -> bool:
        """ "difficulty level", "job category": a noun that adds nothing to the attribute right before it."""
        before = self.at(i - 1)
        return (
            before is not None
            and bool(before.attributes)
            and self.items[i].lemma in ("level", "category", "type", "group")
        )

    # --- the walk -----------------------------------------------------------------------------------------------------

    def walk(self, rules: tuple[Rule, ...]) -> Sketch:
        """Apply the first rule that fits at each item."""
        self.rules = rules
        i = 0
        while i < len(self.items):
            if i in self.skipped:
                i += 1
                continue
            open_alternative(self, i)
            for rule in rules:
                after = rule(self, i)
                if after is not None:
                    i = max(after, i + 1)
                    break
            else:
                item = self.items[i]
                if item.unknown and self._is_defined(i):
                    self.sketch.assumptions.append(("defined", f"{item.text} is what the brackets say"))
                elif item.unknown and self._is_head(i):
                    pass
                elif item.unknown or (item.quoted and not item.values):
                    self.sketch.unknown.append(item.text)
                elif not self.is_filler(i) and i not in self.taken and not item.has("conj"):
                    self.sketch.penalty += 0.05
                if item.passed:
                    self.sketch.penalty += 0.08
                i += 1
        self.close_all()
        refuse_unjoined(self)
        self._own_up_to_unused()
        self.sketch.ambiguous.extend(self.link.ambiguous)
        self.sketch.guesses.extend(
            (item.text, item.guessed or str(item.values[0].value)) for item in self.items
            if item.guessed and (item.values or item.is_link)
        )  # fmt: skip
        return self.sketch
