"""Rule for how long things take: "average days from order to delivery", "how long does it take to close a claim"."""

from __future__ import annotations

from typing import Literal

from deployments.analytics.language.rules.counts import ask_measure
from deployments.analytics.language.text import stem_of
from deployments.analytics.language.times import own_time
from deployments.analytics.language.vocabulary import lemmas
from deployments.analytics.language.walker import Walker
from deployments.analytics.model.schema import Attribute as ModelAttribute
from deployments.analytics.model.schema import DataType, Entity
from deployments.contracts.query import Aggregate, Attribute, Elapsed, Function

Unit = Literal["year", "month", "week", "day", "hour", "minute"]

_UNITS: dict[str, Unit | None] = {
    "day": "day", "hour": "hour", "week": "week", "month": "month", "minute": "minute", "year": "year", "time": None,
}  # fmt: skip
_PASSED = frozenset(
    "the a an of it we us they our does do did take takes took taken number on average usually typically for until".split()
)
_WORDS_OF_TIME = frozenset("date time day on at timestamp datetime".split())
_NO_VERB = frozenset("date today now be have".split())


def elapsed(w: Walker, i: int) -> int | None:
    """The function of the time between two moments of each row; None where the words tell of no two of them."""
    head = _head(w, i)
    if head is None or w.restrict:
        return None
    function, unit, j = head
    found = _between(w, j) or _until_done(w, j)
    if found is None:
        return None
    entity, start, end, after = found
    chosen: Unit = unit or ("day" if DataType.DATE in (start.data_type, end.data_type) else "hour")
    ends = (Attribute(entity=entity.name, name=attribute.name) for attribute in (start, end))
    first, last = ends
    name = f"{function.value}_{chosen}s_from_{start.name}_to_{end.name}".lower().replace(" ", "_")
    measure = Aggregate(
        function=function, entity=entity.name, of=Elapsed(unit=chosen, start=first, end=last), name=name
    )
    w.sketch.assumptions.append(("elapsed", f"{chosen}s are counted from {start.label} to {end.label}"))
    w.sketch.entities.append((entity.name, i))
    w.sketch.subject = w.sketch.subject or entity.name
    w.taken.update(range(i, after))
    ask_measure(w, measure, i, entity.name)
    if w.sketch.aggregate is function:
        w.sketch.aggregate = None
    return after


def _head(w: Walker, i: int) -> tuple[Function, Unit | None, int] | None:
    """The function, the unit that is said, and the position after "average days", "how long"."""
    item = w.items[i]
    averages = any(other.tags.get("agg") is Function.AVG for other in w.items)
    if item.text.lower() == "how long":
        if not averages and not any(other.lemma == "take" for other in w.items[i:]):
            return None
        for other in w.items:
            # "on average": it says how the times are put together.
            if other.tags.get("agg") is Function.AVG:
                other.tags = {tag: payload for tag, payload in other.tags.items() if tag != "agg"}
                other.filler = True
        return Function.AVG, None, i + 1
    function = item.tags.get("agg")
    if not isinstance(function, Function) or item.is_link:
        return None
    j = i + 1
    while j < len(w.items) and (w.items[j].has("count") or w.items[j].text.lower() in ("of", "the")):
        j += 1
    unit = w.at(j)
    if unit is None or unit.lemma not in _UNITS:
        return None
    return function, _UNITS[unit.lemma], j + 1


def _between(w: Walker, j: int) -> tuple[Entity, ModelAttribute, ModelAttribute, int] | None:
    """ "from incident to report", "between order and delivery"."""
    opener = w.at(j)
    if opener is None or opener.text.lower() not in ("from", "between"):
        return None
    closers = ("to", "until", "till") if opener.text.lower() == "from" else ("and",)
    middle = next((k for k in range(j + 2, min(j + 6, len(w.items))) if w.items[k].text.lower() in closers), None)
    if middle is None:
        return None
    last = middle + 1
    while last < len(w.items) and w.items[last].text.lower() in ("the", "a", "being"):
        last += 1
    for entity in _near(w):
        start, end = (
            _moment(entity, w, range(j + 1, middle)),
            _moment(entity, w, range(last, min(last + 2, len(w.items)))),
        )
        if start is not None and end is not None and start[0] is not end[0]:
            return entity, start[0], end[0], end[1] + 1
    return None


def _until_done(w: Walker, j: int) -> tuple[Entity, ModelAttribute, ModelAttribute, int] | None:
    """ "to pay an invoice", "does it take to close a claim": from when the row happened to when that was done."""
    k = j
    while k < len(w.items) and w.items[k].text.lower() != "to":
        if not set(w.items[k].text.lower().split()) <= _PASSED and not w.items[k].filler:
            return None
        k += 1
    verb = w.at(k + 1)
    if verb is None or verb.lemma in _NO_VERB:
        return None
    noun = k + 2
    while noun < len(w.items) and w.items[noun].text.lower() in ("a", "an", "the", "our", "all", "their"):
        noun += 1
    named = w.link.entity(noun) if noun < len(w.items) else None
    for entity in [w.model.by_name[named]] if named is not None else _near(w):
        end = _moment(entity, w, range(k + 1, k + 2))
        begin = own_time(entity)
        if end is None or begin is None or begin.attribute is end[0] or not begin.is_time:
            continue
        return entity, begin.attribute, end[0], noun + 1 if named is not None else k + 2
    return None


def _near(w: Walker) -> list[Entity]:
    """The things that are named, and then the facts."""
    named = [name for name, _ in w.link.mentioned] + [w.subject or "", w.context_subject or ""]
    facts = [entity.name for entity in w.model.entities if entity.kind == "fact" and not entity.hidden]
    return [w.model.by_name[name] for name in dict.fromkeys([*named, *facts]) if name in w.model.by_name]


def _moment(entity: Entity, w: Walker, places: range) -> tuple[ModelAttribute, int] | None:
    """The moment of the entity that a word at one of the places is the noun or the verb of, and where it stands."""
    for position in places:
        said = {stem_of(word) for word in (*w.items[position].lemma.split(), *w.items[position].text.lower().split())}
        for attribute in entity.attributes:
            own = {stem_of(word) for word in lemmas(attribute.label) if word not in _WORDS_OF_TIME}
            own |= {stem_of(word) for word in attribute.label.lower().split() if word not in _WORDS_OF_TIME}
            if attribute.data_type.is_time and not attribute.hidden and own & said:
                return attribute, position
    return None
