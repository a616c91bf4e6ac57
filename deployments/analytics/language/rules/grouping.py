"""Rule for grouping: "by region", "for each customer", "per month and store"."""

from __future__ import annotations

from deployments.analytics.language.items import Item
from deployments.analytics.language.links import label_ref
from deployments.analytics.language.rules.operands import owner_after
from deployments.analytics.language.rules.ordering import rank_by
from deployments.analytics.language.sketch import Condition, Group, Order, Ref, Superlative, count_of
from deployments.analytics.language.times import is_finer, own_time
from deployments.analytics.language.vocabulary import Candidate
from deployments.analytics.language.walker import Walker
from deployments.analytics.model.schema import Role
from deployments.analytics.model.time_parts import PART_OF_GRAIN
from deployments.contracts.query import (
    AnalyticQuery,
    Attribute,
    Comparison,
    Direction,
    Grain,
    Nested,
    Operator,
    Rollup,
    TimePart,
)

_PARTS = {"weekday": TimePart.WEEKDAY, "day of week": TimePart.WEEKDAY, "day of the week": TimePart.WEEKDAY,
          "month of year": TimePart.MONTH, "month of the year": TimePart.MONTH, "hour of day": TimePart.HOUR,
          "hour of the day": TimePart.HOUR, "calendar month": TimePart.MONTH, "days of the week": TimePart.WEEKDAY}  # fmt: skip

_SORTS = frozenset(("sort", "order", "arrange"))


def grouping(w: Walker, i: int) -> int | None:
    """ "by region", "for each customer", "per month"."""
    item = w.items[i]
    if not item.has("group"):
        return None
    by = item.tags["group"] == "by"
    k = w.next(
        i + 1,
        over=tuple("the of their its all different distinct a each every these those our".split()),
    )
    target = w.at(k)
    role = next((j for j in range(i + 1, min(k, len(w.items))) if w.items[j].roles), None)
    if role is not None and not _leads_to(w, role, k):
        # "by destination": the thing itself that the reference leads to.
        w.close_all()
        alone = Group(role, entity=w.items[role].roles[0].to_entity, each=not by)
        _add_group(w, alone)
        return _more_groups(w, role + 1, alone)
    if w.context_subject is not None and _has_no_noun(w, i, target):
        # "for each, how many ...", "how many does each have": of what was shown before.
        w.sketch.pronoun = True
        w.sketch.cues.add("each pronoun")
        return i + 1
    if target is None:
        return None
    if by and target.has("order"):
        return None
    if not by and target.text.lower() == "one" and w.context_subject is not None:
        # "how much does each one weigh": each of what was shown.
        return _each_pronoun(w, k, again=False)
    known = len(w.sketch.entities)
    if target.lemma in _PAIRS and not target.is_link and (of := w.link.entity(w.next(k + 1, over=("of",)))) is not None:
        # "for each pair of airports"
        return _pairs(w, Group(k, entity=of), k, w.next(k + 1, over=("of",)) + 1)
    found = _group(w, k)
    if found is None:
        operand_like = target.metrics or target.has("agg") or target.has("count")
        if by and operand_like:
            return rank_by(w, k)
        return _each_pronoun(w, k) if not by else None
    group, after = found
    if (paired := _pairs(w, group, after)) is not None:
        return paired
    if by and group.entity is not None and (ranked := _ranked_by_rows(w, group.entity)):
        ranked.measure = count_of(group.entity)
        return after
    if by and group.ref is not None and group.ref.is_measurable:
        if w.sketch.superlatives:
            return rank_by(w, k)
        if not any(ask.kind == "measure" for ask in w.sketch.asks):
            sorting = bool(w.sketch.cues & _SORTS) or w.items[0].lemma in _SORTS
            w.sketch.orders.append(Order(Direction.ASC if sorting else Direction.DESC, ref=group.ref))
            return after
    if by and _sorts(w, i) and not any(ask.kind == "measure" for ask in w.sketch.asks):
        # "order teachers by their hometowns".
        label = label_ref(w.model.by_name[group.entity]) if group.entity else None
        ref = group.ref or (w.link.make(group.entity, label, 0.9) if group.entity and label else None)
        if ref is not None:
            w.sketch.orders.append(Order(Direction.ASC, ref=ref))
            return after
    if by and group.ref is not None and _names_value(w, k):
        del w.sketch.entities[known:]
        return None
    if (
        item.text.lower().startswith("across")
        and group.entity is not None
        and any(a.entity == group.entity for a in w.sketch.asks)
        and not (i > 0 and w.items[i - 1].lemma in ("vary", "differ", "change"))
    ):
        # "the average age across all shops" is over the shops, not by shop.
        return after
    if by and _by_person(w, i, k):
        del w.sketch.entities[known:]
        return None
    if not by and group.entity is not None and _has_all(w, i, group.entity):
        return after
    w.close_all()
    group.each = not by
    _add_group(w, group)
    return _more_groups(w, after, group)


def _has_no_noun(w: Walker, i: int, target: Item | None) -> bool:
    """Whether "each" stands for things that are not named with it: it ends the clause, or its verb follows at once."""
    item, follow = w.items[i], w.at(i + 1)
    if target is None or target.text == ",":
        return item.text.lower().startswith(("for each", "per each", "for every")) or follow is None
    if item.text.lower().split()[-1] not in ("each", "every"):
        return False
    if follow is None or follow.text in ",.?!;":
        return True
    return (follow.verb or follow.filler or follow.has("rel")) and follow.lemma in _OWNING and not follow.is_link


_OWNING = frozenset("have has had do did does get got is was are were be".split())


_PAIRS = frozenset(("pair", "combination"))


def _pairs(w: Walker, group: Group, after: int, end: int = 0) -> int | None:
    """ "for each airport pair": by both references to it of the rows that are measured."""
    item, fact = w.at(after), w.subject
    if item is None or item.lemma not in _PAIRS or item.is_link or group.entity is None:
        return None
    named = [name for position in range(after, len(w.items)) if (name := w.link.entity(position)) is not None]
    for owner in dict.fromkeys([*named, *([fact] if fact else [])]):
        ends = [r for r in w.graph.between(owner, group.entity) if len(r.from_attributes) == 1]
        if len(ends) == 2:
            for relationship in ends:
                column = w.model.attribute(owner, relationship.from_attributes[0])
                w.sketch.groups.append(Group(after, ref=w.link.make(owner, column, 0.9)))
            w.anchor = owner
            return end or after + 1
    return None


def _leads_to(w: Walker, role: int, k: int) -> bool:
    """Whether what stands right after the word for a role is the thing that it leads to, or one of its attributes."""
    item = w.at(k)
    if item is None or k > role + 1:
        return False
    ends = {r.to_entity for r in w.items[role].roles}
    return bool(ends & ({c.entity for c in item.entities} | {c.entity for c in item.attributes}))


def _has_all(w: Walker, i: int, entity: str) -> bool:
    """ "guests who stayed at every hotel": of each there is one for all of them."""
    subject = w.subject
    every = "every" in w.items[i].text.lower().split() or "all" in w.items[i].text.lower().split()
    if not every or not w.restrict or subject in (None, entity) or any(ask.kind == "measure" for ask in w.sketch.asks):
        return False
    assert subject is not None
    if w.graph.path(subject, entity) is None or w.graph.to_one(subject, entity):
        return False
    everything = AnalyticQuery(subject=entity, measures=(count_of(entity),))
    own = Rollup(entity=subject, measure=count_of(entity))
    w.add(Condition(Comparison(left=own, operator=Operator.EQ, right=Nested(query=everything)), subject, i))
    return True


def _ranked_by_rows(w: Walker, entity: str) -> Superlative | None:
    """ "top 2 rooms by bookings": the superlative that waits to be told by what, where each has many such rows."""
    pending = next((s for s in reversed(w.sketch.superlatives) if s.is_open), None)
    ask = w.sketch.asks[-1] if w.sketch.asks else None
    ranked = (pending.entity if pending is not None else None) or (ask.entity if ask is not None else None)
    if pending is None or ranked is None or ranked == entity or w.graph.path(entity, ranked) is None:
        return None
    return pending if w.graph.to_one(entity, ranked) else None


def _sorts(w: Walker, i: int) -> bool:
    """Whether the sentence began by telling to sort something."""
    verbs = [j for j in range(max(0, i - 6), i) if w.items[j].lemma in _SORTS and not w.link.entity(j)]
    return any(
        all(item.filler or item.has("command") or item.has("pronoun") or item.has("wh") for item in w.items[:j])
        for j in verbs
    )


def _by_person(w: Walker, i: int, k: int) -> bool:
    """ "written by Todd Casey", "offered by departments": the doer, not a grouping."""
    if w.items[k].values and not w.items[k].is_link:
        return True
    before = w.at(i - 1)
    if before is None or before.has("group") or before.text.lower() in ("grouped", "broken", "split"):
        return False
    participle = before.verb or before.text.lower().endswith(("ed", "en"))
    if not participle or w.link.entity(k) is None:
        return False
    measured = any(ask.kind == "measure" for ask in w.sketch.asks)
    # "orders placed by customers" names the doers; "orders placed by customer" groups by them.
    plural = w.items[k].text.lower() != w.items[k].lemma
    return not measured or plural


def _each_pronoun(w: Walker, k: int, again: bool = True) -> int | None:
    item = w.items[k]
    if item.has("pronoun") or item.text.lower() in ("one", "of"):
        again = again and item.text.lower().split()[-1] in ("of", "those", "these", "that", "this")
        named = _group(w, k + 1) if again and k + 1 < len(w.items) else None
        if named is not None:
            # "for each of those types": the things are named again.
            w.sketch.pronoun = True
            _add_group(w, named[0])
            return named[1]
        w.sketch.pronoun = True
        w.sketch.cues.add("each pronoun")
        return k + 1
    return None


def _group(w: Walker, k: int) -> tuple[Group, int] | None:
    """The group that the words from `k` on name, and the position after them."""
    item = w.items[k]
    said = item.text.lower()
    if (part := _PARTS.get(said) or _PARTS.get(said.rstrip("s"))) is not None:
        return Group(k, part=part), k + 1
    if item.grain is not None:
        return _group_by_period(w, k)
    return _group_by_attribute(w, k) or _group_by_entity(w, k)


def _group_by_period(w: Walker, k: int) -> tuple[Group, int]:
    """ "month", "day of the week", or an attribute that is called so."""
    item = w.items[k]
    phrase = " ".join(part.text.lower() for part in w.items[k : k + 4])
    for text, part in _PARTS.items():
        if phrase.startswith(text):
            return Group(k, part=part), k + len(text.split())
    year = _year(w, item.attributes) if item.grain is Grain.YEAR else None
    if year is not None and w.subject not in (None, year.entity) and w.model.by_name[w.subject or ""].default_time:
        # "loans by year" are by the loan's own year, whatever year a book has.
        year = None
    if year is not None:
        return Group(k, ref=year), k + 1
    ref = w.link.ref(k) if item.attributes and item.attributes[0].score >= 0.97 else None
    beside = w.at(k + 1)
    if ref is None and beside is not None and beside.attributes and beside.text.lower().endswith("ed"):
        # "by quarter closed", "by year hired": along the time that the participle names.
        named = w.link.ref(k + 1, w.subject)
        if named is not None and named.is_time and not is_finer(item.grain or Grain.YEAR, named):
            return Group(k, grain=item.grain, time=named), k + 2
    if ref is None or ref.is_time or _is_part_of_date(w, ref, item.grain):
        return Group(k, grain=item.grain), k + 1
    return Group(k, ref=ref), k + 1


def _is_part_of_date(w: Walker, ref: Ref, grain: Grain | None) -> bool:
    """Whether a column "month" is no more than a part of the row's date, so that the months of two years are two."""
    if grain is None or ref.attribute.time_part is not PART_OF_GRAIN[grain]:
        return False
    whole = own_time(w.model.by_name[ref.entity])
    return whole is not None and whole.is_time and not is_finer(grain, whole)


def _group_by_attribute(w: Walker, k: int) -> tuple[Group, int] | None:
    """ "region", "the country of the customer"."""
    item = w.items[k]
    if not item.attributes:
        return None
    if w.link.entity(k) is not None and item.attributes[0].score <= item.entities[0].score + 0.02:
        return None
    follow = w.at(k + 1)
    owned = follow is not None and follow.text.lower() in ("of", "in")
    ref = w.link.ref(k, owner_after(w, k + 1) if owned else None)
    if ref is None:
        return None
    w.sketch.link.append(ref.score)
    headed = follow is not None and follow.text.lower() in ("name", "names", "value", "values")
    if headed and ref.attribute.role is Role.REFERENCE:
        ref = _name_behind(w, ref) or ref
    if (behind := _called_behind(w, k, ref)) is not None:
        return Group(k, entity=behind), k + 1
    return Group(k, ref=ref), k + 1 + headed


def _called_behind(w: Walker, k: int, ref: Ref) -> str | None:
    """ "by category" of rows with a category's id: the categories, by what they are called, where one reference leads there."""
    attribute = ref.attribute
    if attribute.role is not Role.REFERENCE or set(w.items[k].lemma.split()) & _WRITTEN:
        return None
    led = [r for r in w.model.relationships if r.from_entity == ref.entity and r.from_attributes == (attribute.name,)]
    if len(led) != 1 or len(w.graph.between(ref.entity, led[0].to_entity)) != 1:
        return None
    target = w.model.by_name[led[0].to_entity]
    label = target.label_attribute
    if target.hidden or label is None or label in led[0].to_attributes:
        return None
    w.sketch.entities.append((target.name, k))
    return target.name


_WRITTEN = frozenset("id code number key no".split())
"""They ask for what a reference holds, and not for what it leads to."""


def _name_behind(w: Walker, ref: Ref) -> Ref | None:
    """ "destination airport name": what the row is called that a reference of the counted rows points at."""
    found = [r for r in w.graph.edges.get(ref.entity, ()) if r[3] and r[2].from_attributes == (ref.attribute.name,)]
    if len(found) != 1 or w.subject not in (None, ref.entity):
        return None
    target, relationship = found[0][0], found[0][2]
    label = label_ref(w.model.by_name[target])
    if label is None:
        return None
    scalar = Attribute(entity=target, name=label.name, path=(relationship.name,))
    return Ref(target, label, scalar, ref.score)


def _group_by_entity(w: Walker, k: int) -> tuple[Group, int] | None:
    """ "customer", "customer country"."""
    entity = w.link.best_entity(w.items[k])
    if entity is None:
        return None
    follow = w.at(k + 1)
    head = w.link.entity(k + 1) if follow is not None else None
    alone = w.items[k].text.lower() == w.items[k].lemma
    tied = any((tie.entity, tie.link) == (entity, head) for tie in w.graph.ties)
    if head is not None and head != entity and alone and not tied and w.graph.path(head, entity) is not None:
        # "for each business category": the last noun is what is meant.
        entity, k = head, k + 1
        follow = w.at(k + 1)
    w.sketch.entities.append((entity, k))
    if follow is not None and follow.attributes and w.link.entity(k + 1) is None and not follow.has("conj"):
        ref = w.link.ref(k + 1, entity)
        if ref is not None and ref.entity == entity:
            return Group(k, ref=ref), k + 2
    return Group(k, entity=entity), k + 1


def _year(w: Walker, candidates: list[Candidate]) -> Ref | None:
    for candidate in candidates:
        attribute = w.model.attribute(candidate.entity, candidate.name)
        if attribute.role is Role.YEAR:
            return Ref(candidate.entity, attribute, Attribute(entity=candidate.entity, name=attribute.name), 1.0)
    return None


def _add_group(w: Walker, group: Group) -> None:
    w.sketch.groups.append(group)
    if group.entity:
        w.anchor = group.entity
    elif group.ref:
        w.anchor = group.ref.entity


def _more_groups(w: Walker, after: int, first: Group) -> int:
    """ "by region and month"."""
    j = after
    while j + 1 < len(w.items) and w.items[j].has("conj"):
        k = j + 1
        while k < len(w.items) and (
            w.items[k].has("conj") or w.items[k].text.lower() in ("the", "by", "then", "per", "each", "for each")
        ):
            k += 1
        if (
            k >= len(w.items)
            or w.items[k].has("count")
            or w.items[k].has("agg")
            or (w.items[k].metrics and not w.items[k].attributes)
        ):
            return j
        explicit = any(w.items[p].has("group") for p in range(j, k))
        listed = w.items[j].text.lower() in ("and", ",", "&")
        # "per channel and month" lists groups; "for each shop and the number of ..." goes on with something else.
        plain = k == j + 1 and (w.items[k].grain is not None or w.items[k].text.lower() == w.items[k].lemma)
        if not (explicit or (listed and (not first.each or plain))):
            return j
        found = _group(w, k)
        if found is None or (
            found[0].ref is not None and found[0].ref.is_number and found[0].ref.attribute.role is Role.ADDITIVE
        ):
            return j
        _add_group(w, found[0])
        j = found[1]
    return j


def _limits(w: Walker, start: int, stop: int) -> bool:
    """Whether "only" stands between: what follows is a filter of its own."""
    return any(w.items[p].text.lower() in ("only", "just") for p in range(start, min(stop, len(w.items))))


def _names_value(w: Walker, k: int) -> bool:
    """ "offered by the department of Physics": a value of the attribute follows, so nothing is grouped."""
    at = w.next(k + 1, over=("of", "the", "named", "called", "=", "is"))
    if _limits(w, k + 1, at):
        return False
    item = w.at(at)
    return item is not None and item.holds_value_of(w.items[k].columns())
