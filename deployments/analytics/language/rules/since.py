"""Rule for how long ago something was: "how many days since the last order", "how long since their first payment"."""

from __future__ import annotations

from typing import Literal

from deployments.analytics.language.rules.counts import ask_measure
from deployments.analytics.language.sketch import Ref
from deployments.analytics.language.text import stem_of
from deployments.analytics.language.times import own_time
from deployments.analytics.language.vocabulary import lemmas
from deployments.analytics.language.walker import Walker
from deployments.contracts.query import Aggregate, Constant, Elapsed, Function, Grain

_UNITS: dict[Grain, Literal["year", "month", "week", "day"]] = {
    Grain.YEAR: "year", Grain.MONTH: "month", Grain.WEEK: "week", Grain.DAY: "day",
}  # fmt: skip
_LAST = ("last", "latest", "most recent", "newest")
_FIRST = ("first", "earliest", "oldest")
_BETWEEN = frozenset("has have it been in since is ago passed elapsed we that ago".split())
_REACH = 7
"""Within so many words "since" must follow."""


_STARTS = frozenset("begin beginning start launch inception open opening outset founding found".split())


def since_the_start(w: Walker, i: int) -> int | None:
    """ "revenue since launch", "since we started": over all there is, which is said; since anything that the data does not
    date is owned up to."""
    if w.items[i].text.lower() != "since" or i == 0:
        return None
    end = next(
        (j for j in range(i + 1, len(w.items)) if w.items[j].text in ".,?!;" or w.items[j].has("group")), len(w.items)
    )
    said = w.items[i + 1 : end]
    if not said or any(
        other.interval or other.grain or other.values or other.is_link or other.number is not None or other.unknown
        for other in said
    ):
        return None
    words = " ".join(other.text for other in said)
    if {word for other in said for word in other.lemma.split()} & _STARTS:
        w.sketch.assumptions.append(("since", f"since {words} is over all the data there is"))
    elif any(other.verb or other.passed for other in said):
        w.sketch.missing.append(f"since {words}")
    else:
        return None
    return end


def since(w: Walker, i: int) -> int | None:
    """The whole days, or other units, from the last (or first) time that something happened until today."""
    item = w.items[i]
    asked = item.text.lower() == "how long" or item.has("count") or (item.grain is not None and i == 0)
    if not asked or w.restrict:
        return None
    at = next((j for j in range(i, min(i + _REACH, len(w.items))) if w.items[j].text.lower() == "since"), None)
    if at is None:
        return None
    between = w.items[i:at]
    if any(other.grain is None and other is not item and other.text.lower() not in _BETWEEN for other in between):
        return None
    unit = next((_UNITS[g] for other in between if (g := other.grain) in _UNITS), None)
    if unit is None and item.text.lower() != "how long":
        return None
    k = w.next(at + 1, over=("the", "our", "their", "its", "a"))
    which = w.at(k)
    said = which.text.lower().removeprefix("the ") if which is not None else ""
    if said not in (*_LAST, *_FIRST):
        return None
    event = next((j for j in range(k + 1, min(k + 4, len(w.items))) if w.link.entity(j) is not None), None)
    entity = w.link.entity(event) if event is not None else None
    if event is None or entity is None:
        return None
    time = _time_said(w, entity, k + 1, event) or own_time(w.model.by_name[entity])
    if time is None or not time.is_time:
        w.sketch.missing.append(f"when {w.model.by_name[entity].plural} were")
        return event + 1
    last = said in _LAST
    elapsed = Elapsed(unit=unit or "day", start=time.scalar, end=Constant(value=w.as_of))
    name = f"{unit or 'day'}s_since_{'last' if last else 'first'}_{w.model.by_name[entity].label.replace(' ', '_')}"
    measure = Aggregate(function=Function.MIN if last else Function.MAX, entity=entity, of=elapsed, name=name)
    w.sketch.assumptions.append(("today", f"counted from {time.attribute.label} to {w.as_of.isoformat()}"))
    w.sketch.entities.append((entity, event))
    w.sketch.subject = w.sketch.subject or entity
    ask_measure(w, measure, i, entity)
    w.taken.update(range(i, event))
    return event + 1


def _time_said(w: Walker, entity: str, start: int, end: int) -> Ref | None:
    """ "the last admitted student": the time that the participle before the thing is the verb of."""
    stems = {stem_of(word) for item in w.items[start:end] for word in item.lemma.split()}
    for attribute in w.model.by_name[entity].attributes:
        if attribute.data_type.is_time and stems & {stem_of(word) for word in lemmas(attribute.label)}:
            return w.link.make(entity, attribute, 0.9)
    return None
