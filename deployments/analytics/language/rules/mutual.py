"""Rules for things of one kind that are linked with each other: "papers that cite other papers", "members followed by Ann".

A table that refers twice to the same thing tells who did it and to whom, by the names of its two references (citing and
cited, follower and followed). The verb, active or passive, says which of the two a noun beside it is.
"""

from __future__ import annotations

from deployments.analytics.language.filters import equals
from deployments.analytics.language.items import Item
from deployments.analytics.language.links import label_ref
from deployments.analytics.language.sketch import Ask, Condition, Group, Superlative, count_of
from deployments.analytics.language.text import stem_of
from deployments.analytics.language.ties import Tie
from deployments.analytics.language.walker import Walker
from deployments.analytics.model.schema import Relationship
from deployments.contracts.query import (
    Aggregate,
    AnalyticQuery,
    Attribute,
    Comparison,
    Constant,
    Dimension,
    Direction,
    Filter,
    Membership,
    Operator,
    Related,
)

_BEING = frozenset("is are was were be been being get gets got".split())
_OTHER = frozenset(("other", "another", "any other", "some other"))
_PASSED = ("by", "the", "a", "an", "any", "some", "other", "another", "at all", "one", "one another", "each other")
_BELOW = {Operator.LT: Operator.GE, Operator.LE: Operator.GT}


def others(w: Walker, i: int) -> int | None:
    """ "other papers", where papers are linked with papers: those they are linked with."""
    follow = w.at(i + 1)
    if w.items[i].text.lower() not in _OTHER or follow is None:
        return None
    named = {c.entity for c in follow.entities if c.score > 0.9}
    return i + 1 if any(tie.entity in named and _verb_of(w, tie) for tie in w.graph.ties) else None


def _verb_of(w: Walker, tie: Tie) -> bool:
    return any(_is_verb(item, tie) for item in w.items)


def _is_verb(item: Item, tie: Tie) -> bool:
    if " " in item.text or item.has("command"):
        return False
    named = any(c.entity == tie.link and c.score > 0.9 for c in item.entities) and item.text.lower() != item.lemma + "s"
    return stem_of(item.lemma) in tie.stems or (named and (item.verb or stem_of(item.lemma) in tie.stems))


def among_themselves(w: Walker, i: int) -> int | None:
    """The verb of a tie, with what it is said of and what follows it."""
    for tie in w.graph.ties:
        if _is_verb(w.items[i], tie) and _spoken_of(w, i, tie.entity):
            return _Clause(w, i, tie).read()
    return None


def _spoken_of(w: Walker, i: int, entity: str) -> bool:
    """Whether the nearest thing named before the verb is of the kind that is linked with itself."""
    for item in reversed(w.items[:i]):
        if item.has("pronoun"):
            return any(name == entity for name, _ in w.sketch.entities) or any(
                g.entity == entity for g in w.sketch.groups
            )
        if item.entities:
            return any(c.entity == entity and c.score > 0.9 for c in item.entities)
        if item.is_link or item.values:
            return False
    return False


def _counted(w: Walker, k: int) -> tuple[Operator, float, int] | None:
    """ "at least 2 papers", "2 or more papers", "3 papers": how many, and where the noun stands."""
    first, second = w.items[k], w.at(k + 1)
    operator = first.tags.get("cmp")
    if isinstance(operator, Operator) and second is not None and second.number is not None:
        return operator, second.number, w.next(k + 2, over=_PASSED)
    if first.number is None or first.ordinal:
        return None
    suffix = second.tags.get("suffix") if second is not None else None
    if isinstance(suffix, Operator):
        return suffix, first.number, w.next(k + 2, over=_PASSED)
    return Operator.EQ, first.number, w.next(k + 1, over=_PASSED)


class _Clause:
    """One verb of a tie while it is read."""

    def __init__(self, w: Walker, i: int, tie: Tie) -> None:
        self.w, self.i, self.tie = w, i, tie
        passive = self._is_passive() or self._is_doer(w.items[i])
        self.subject = tie.done if passive else tie.doer
        self.object = tie.doer if passive else tie.done

    def _is_passive(self) -> bool:
        w, i = self.w, self.i
        follow = w.at(i + 1)
        if follow is not None and follow.text.lower().split()[0] == "by":
            return True
        before = w.items[max(0, i - 2) : i]
        participle = w.items[i].text.lower() != w.items[i].lemma and not w.items[i].text.lower().endswith(("s", "ing"))
        return participle and any(set(item.text.lower().split()) & _BEING for item in before)

    def _is_doer(self, item: Item) -> bool:
        """ "members without followers": the noun for who does it, so that it is done to those who have them."""
        return item.lemma.endswith(("er", "or")) and item.lemma in self.tie.doer.role.lower().replace("_", " ").split()

    def _names(self, k: int) -> bool:
        item = self.w.at(k)
        return item is not None and any(c.entity == self.tie.entity and c.score > 0.9 for c in item.entities)

    def read(self) -> int | None:
        """The position after what was read; None where another rule must."""
        w = self.w
        k = w.next(self.i + 1, over=_PASSED)
        item = w.at(k)
        if self._repeats_what_is_counted():
            return self.i + 1
        if item is None or item.text in ".?!;," or item.has("conj") or item.has("rel") or item.has("order"):
            return self._without_object(k)
        if item.has("group") and self._names(k + 1):
            return self._each(k + 1)
        if item.has("group") and not item.filler:
            return None
        if self._names(k):
            return self._object(k)
        if item.values and not item.is_link and not item.filler:
            return self._named(k)
        if item.has("sup") and self._names(k + 1):
            return self._most(item, k + 1)
        counted = _counted(w, k)
        if counted is not None and self._names(counted[2]):
            return self._count(*counted)
        return None

    def _counts(self) -> Ask | None:
        """The count of things of this kind that is asked for."""
        return next((ask for ask in self.w.sketch.asks if ask.measure == count_of(self.tie.entity)), None)

    def _repeats_what_is_counted(self) -> bool:
        """ "..., sorted by the number of papers cited": the same count again."""
        links, things = count_of(self.tie.link), count_of(self.tie.entity)
        if not any(ask.measure == links for ask in self.w.sketch.asks):
            return False
        again = [order for order in self.w.sketch.orders if order.measure == things]
        for order in again:
            order.measure = links
        return bool(again)

    def _without_object(self, k: int) -> int | None:
        """ "papers that were never cited"; "how many papers does each paper cite"."""
        group = next((g for g in self.w.sketch.groups if g.entity == self.tie.entity), None)
        asked = self._counts()
        if group is not None and asked is not None:
            self._count_links(asked, group, self.subject)
            return k
        if asked is not None and self._names(self.i - 1) and self.i - 1 > asked.position + 1:
            return None
        return self._exists(None, k)

    def _each(self, noun: int) -> int | None:
        """ "how many papers cite each paper"."""
        asked = self._counts()
        if asked is None:
            return None
        group = Group(noun, entity=self.tie.entity, each=True)
        self.w.sketch.groups.append(group)
        self._count_links(asked, group, self.object)
        return noun + 1

    def _count_links(self, asked: Ask, group: Group, side: Relationship) -> None:
        """Count the links of each, by the reference of that side."""
        sketch, tie = self.w.sketch, self.tie
        if sketch.windows:
            sketch.missing.append(f"whose period {sketch.windows[0][0].label} is")
        across = tie.done if side is tie.doer else tie.doer
        for condition in [c for c in sketch.conditions if c.position < group.position and not c.having]:
            # "how many papers of 2020 cite each paper": what was said of those that are counted.
            sketch.conditions.remove(condition)
            where = Related(entity=tie.link, to=tie.entity, path=(across.name,), where=condition.filter)
            sketch.conditions.append(Condition(where, tie.link, condition.position))
        asked.measure, asked.entity = count_of(tie.link), tie.link
        sketch.subject = tie.link
        sketch.entities = [(name, at) for name, at in sketch.entities if name != tie.entity]
        sketch.existence = [(name, at) for name, at in sketch.existence if name not in (tie.link, tie.entity)]
        sketch.conditions = [c for c in sketch.conditions if not _requires(c.filter, tie)]
        self.w.link.chosen[(tie.link, tie.entity)] = side.name
        self.w.anchor, self.w.restrict = tie.entity, True

    def _object(self, noun: int) -> int | None:
        """ "papers that cite paper 2", "members who follow the member named Ann", "papers that cite other papers"."""
        w, tie = self.w, self.tie
        if any(g.entity == tie.entity for g in w.sketch.groups) and self._counts() is not None:
            return None
        entity = w.model.by_name[tie.entity]
        k = w.next(noun + 1, over=("with", "the", "named", "called", "titled", "whose", "name", "is", "an", "of"))
        item = w.at(k)
        if item is not None and any(c.entity == tie.entity and c.name in entity.primary_key for c in item.attributes):
            k = w.next(k + 1, over=("is", "of", "="))
            item = w.at(k)
        if item is not None and item.number is not None and not item.values and len(entity.primary_key) == 1:
            if not entity.by_name[entity.primary_key[0]].data_type.is_number or item.number != int(item.number):
                return None
            key = Attribute(entity=tie.link, name=self.object.from_attributes[0])
            return self._exists(
                Comparison(left=key, operator=Operator.EQ, right=Constant(value=int(item.number))), k + 1
            )
        if item is not None and item.values:
            return self._named(k)
        return self._exists(None, noun + 1)

    def _named(self, k: int) -> int | None:
        """ "members who follow Ann"."""
        label = label_ref(self.w.model.by_name[self.tie.entity])
        name = label.name if label is not None else ""
        hits = [hit for hit in self.w.items[k].values if (hit.entity, hit.attribute) == (self.tie.entity, name)]
        if not hits:
            return None
        of = Attribute(entity=self.tie.entity, name=name, path=(self.object.name,))
        return self._exists(equals(of, hits), k + 1)

    def _exists(self, where: Filter | None, after: int) -> int:
        """Such a link exists, or inside a negation does not."""
        w, tie = self.w, self.tie
        negated = bool(w.frames) and w.frames[-1].kind == "negation"
        if negated:
            w.frames.pop()
        found = Related(entity=tie.entity, to=tie.link, path=(self.subject.name,), where=where, negated=negated)
        w.add(Condition(found, tie.entity, self.i))
        w.anchor, w.restrict = tie.entity, True
        return after

    def _most(self, item: Item, noun: int) -> int | None:
        """ "the paper cited by the most papers"."""
        w, tie = self.w, self.tie
        direction = item.tags["sup"]
        assert isinstance(direction, Direction)
        w.sketch.superlatives.append(Superlative(direction, measure=count_of(tie.link), position=self.i))
        w.link.chosen[(tie.link, tie.entity)] = self.subject.name
        return noun + 1

    def _count(self, operator: Operator, number: float, noun: int) -> int | None:
        """ "papers cited by at least 2 papers": those with none have no link to count, so "fewer than" is the rest."""
        w, tie = self.w, self.tie
        entity = w.model.by_name[tie.entity]
        if len(entity.primary_key) != 1 or number != int(number) or (operator is Operator.EQ and number < 1):
            return None
        of = Attribute(entity=tie.link, name=self.subject.from_attributes[0])
        measure = Aggregate(function=count_of(tie.link).function, entity=tie.link)
        held = w.group_count(tie.link, None, _BELOW.get(operator, operator), int(number))
        inner = AnalyticQuery(
            subject=tie.link, dimensions=(Dimension(of=of, name=of.name),), measures=(measure,), having=held
        )
        key = Attribute(entity=tie.entity, name=entity.primary_key[0])
        w.add(Condition(Membership(of=key, query=inner, negated=operator in _BELOW), tie.entity, self.i))
        return noun + 1


def _requires(found: Filter, tie: Tie) -> bool:
    """Whether a condition only says that there is a link, which counting the links says as well."""
    return isinstance(found, Related) and found.to == tie.link and found.where is None and not found.negated
