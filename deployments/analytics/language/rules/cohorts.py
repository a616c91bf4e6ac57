"""Rules for who comes back: new and returning customers, repeat buyers, a cohort by its first event.

Someone is new in the period that holds their first event ever, whatever else the question filters.
"""

from __future__ import annotations

from dataclasses import dataclass

from deployments.analytics.language.calendar import Interval
from deployments.analytics.language.filters import conjoin
from deployments.analytics.language.lexicon import ADVERB_GRAINS, BUYERS, PEOPLE
from deployments.analytics.language.rules.counts import ask_measure
from deployments.analytics.language.sketch import Condition, Group, count_of
from deployments.analytics.language.text import stem_of
from deployments.analytics.language.times import own_time
from deployments.analytics.language.vocabulary import lemmas
from deployments.analytics.language.walker import Walker
from deployments.analytics.model.schema import Role
from deployments.contracts.query import (
    Aggregate,
    Attribute,
    Comparison,
    Constant,
    Filter,
    Function,
    Grain,
    GroupValue,
    Operator,
    Rollup,
    Scalar,
    TimeRange,
    Truncated,
)

_NEW = ("new", "first time", "first - time", "newly acquired", "acquired", "brand new")
_BACK = ("returning", "repeat", "repeated", "existing", "recurring", "loyal")


@dataclass(frozen=True, slots=True)
class _People:
    """Persons and what they do: the event that refers to them, when it happens, and when it first did."""

    entity: str
    events: str
    key: Attribute
    time: Scalar
    first: GroupValue


def new_and_returning(w: Walker, i: int) -> int | None:
    """ "new versus returning customers per month", "first-time buyers", "returning guests in May"."""
    words, after = _words(w, i)
    k = w.next(after, over=("the", "of")) if words else len(w.items)
    named = w.link.entity(k) if k < len(w.items) else None
    if words == ["returning"] and w.items[i].text.lower() == "repeat" and _period(w)[0] is None:
        return None
    if named is None or (w.items[i].values and not w.items[i].filler):
        return None
    again = w.at(k + 2)
    if again is not None and w.items[k + 1].has("conj") and again.text.lower() in _BACK and words == ["new"]:
        # "new members and returning members".
        said = next((j for j in (k + 3, k + 2) if j < len(w.items) and w.link.entity(j) == named), None)
        words, k = ["new", "returning"], said or k
    people = _people(w, named)
    grain, interval = _period(w)
    last = w.sketch.asks[-1] if w.sketch.asks else None
    opened = last is not None and last.position == i - 1 and w.items[i - 1].has("count")
    before = last if last is not None and (opened or last.measure == count_of(named)) else None
    joined = own_time(w.model.by_name[named])
    alone = words == ["new"] and not any(item.text.lower() in _BACK for item in w.items)
    if before is not None and alone and joined is not None and interval is not None:
        # "how many new members in May": those who joined then.
        w.sketch.assumptions.append(
            ("new", f"new {w.model.by_name[named].plural} are told by {joined.attribute.label}")
        )
        return k + 1
    own = joined is not None and w.items[i].text.lower() == "new" and _is_joining(joined.attribute.label)
    if alone and own and joined is not None and (grain is not None or interval is not None):
        # "new users per month": by when they signed up, where that is kept.
        if before is None:
            ask_measure(w, count_of(named), i, named)
        w.sketch.assumptions.append(
            ("new", f"new {w.model.by_name[named].plural} are told by {joined.attribute.label}")
        )
        return k + 1
    if people is None or (grain is None and interval is None):
        return None
    if before is not None:
        w.sketch.asks.remove(before)
    for word in words:
        is_new = _in_period(people, grain, interval, new=word == "new")
        if is_new is None:
            return None
        name = f"{word}_{w.model.by_name[named].plural}".replace(" ", "_")
        counted = Aggregate(
            function=Function.COUNT_DISTINCT, entity=people.events, of=people.key, where=is_new, name=name
        )
        ask_measure(w, counted, i, people.events)
    events = w.model.by_name[people.events].plural
    w.sketch.assumptions.append(
        (
            "cohort",
            f"new means that the first of all {events} falls in the period; returning, that an earlier one does not",
        )
    )
    w.sketch.subject = people.events
    _skip_definition(w, k + 1, people)
    return k + 1


def active_in_each(w: Walker, i: int) -> int | None:
    """ "monthly active users": how many different ones did something in each month."""
    item, active = w.items[i], w.at(i + 1)
    if item.text.lower() not in ADVERB_GRAINS or item.grain is None or active is None or active.lemma != "active":
        return None
    named = w.link.entity(i + 2) if i + 2 < len(w.items) else None
    people = _people(w, named) if named is not None else None
    if named is None or people is None:
        return None
    name = f"active_{w.model.by_name[named].plural}".replace(" ", "_")
    counted = Aggregate(function=Function.COUNT_DISTINCT, entity=people.events, of=people.key, name=name)
    ask_measure(w, counted, i, people.events)
    w.sketch.groups.append(Group(i, grain=item.grain))
    w.sketch.subject = people.events
    events = w.model.by_name[people.events].plural
    w.sketch.assumptions.append(("active", f"active means with any of the {events} in the period"))
    return i + 3


_JOINING = frozenset(
    stem_of(word) for word in "signed signup created joined registered onboarded opened since enrolled".split()
)


def _is_joining(label: str) -> bool:
    """Whether the moment is that of becoming one."""
    return bool({stem_of(word) for word in lemmas(label)} & _JOINING)


def _skip_definition(w: Walker, k: int, people: _People) -> None:
    """ "(new = their first ever order falls in that month)": a definition in brackets that is the one used here."""
    opened = next((j for j in range(k, len(w.items)) if w.items[j].text == "("), None)
    closed = next((j for j in range(opened or k, len(w.items)) if w.items[j].text == ")"), None)
    if opened is None or closed is None or w.items[opened + 1].text.lower() not in (*_NEW, *_BACK):
        return
    inside = w.items[opened:closed]
    of_first = any("first" in item.text.lower().split() for item in inside)
    if of_first and any(people.events == c.entity for item in inside for c in item.entities):
        w.skipped.update(range(opened, closed + 1))


def first_of_theirs(w: Walker, i: int) -> int | None:
    """ "who bought their first policy in 2025": those whose earliest row is of that time."""
    item, subject = w.items[i], w.subject
    ordinal = item.text.lower().split()[-1]
    if ordinal not in ("first", "last", "latest") or not w.restrict or subject is None or i + 2 >= len(w.items):
        return None
    if i == 0 or w.items[i - 1].text.lower() not in ("their", "his", "her", "its"):
        return None
    event = w.link.entity(i + 1)
    time = own_time(w.model.by_name[event]) if event is not None and event != subject else None
    at = w.next(i + 2, over=("in", "during", "on", "before", "after", "since"))
    period = w.items[at].interval if at < len(w.items) else None
    if (
        event is None
        or time is None
        or period is None
        or not w.graph.to_one(event, subject)
        or time.attribute.role is Role.YEAR
    ):
        return None
    function = Function.MIN if ordinal == "first" else Function.MAX
    when = Rollup(entity=subject, measure=Aggregate(function=function, entity=event, of=time.scalar))
    bounds: list[Filter] = []
    if period.start is not None:
        bounds.append(Comparison(left=when, operator=Operator.GE, right=Constant(value=period.start)))
    if period.end is not None:
        bounds.append(Comparison(left=when, operator=Operator.LT, right=Constant(value=period.end)))
    found = conjoin(bounds)
    if found is None:
        return None
    w.add(Condition(found, subject, i))
    label = w.model.by_name[event].label
    w.sketch.assumptions.append(("first", f"the {ordinal} {label} is told by its {time.attribute.label}"))
    return at + 1


def repeat(w: Walker, i: int) -> int | None:
    """ "repeat customers", "made a second purchase", "came back": more than one event each."""
    text = w.items[i].text.lower()
    k = w.next(i + 1, over=("the", "of"))
    if text == "back" and w.items[i - 1].lemma in ("come", "be") and i > 0:
        return _came_back(w, i, k)
    if text in ("repeat", "returning", "recurring", "repeated") and k < len(w.items) and (named := w.link.entity(k)):
        people = _people(w, named)
        if people is None:
            return None
        _more_than_one(w, i, people)
        w.sketch.assumptions.append(
            ("cohort", f"{text} means with more than one of the {w.model.by_name[people.events].plural}")
        )
        return i + 1
    second = w.items[i].ordinal and (w.items[i].number or 0) > 1
    events = w.link.entity(k) if second and k < len(w.items) else None
    subject = w.subject
    if events is None or subject is None or w.graph.to_one(subject, events) or not w.graph.to_one(events, subject):
        return None
    left = Rollup(entity=subject, measure=count_of(events))
    number = int(w.items[i].number or 2)
    w.add(Condition(Comparison(left=left, operator=Operator.GE, right=Constant(value=number)), subject, i))
    return k + 1


def _came_back(w: Walker, i: int, k: int) -> int | None:
    """ "customers who came back": with more than one event, where what for is not said right after it."""
    subject = w.subject
    people = _people(w, subject) if subject is not None else None
    if people is None:
        return None
    told = any(item.ordinal for item in w.items[i : i + 5])
    if not told:
        _more_than_one(w, i, people)
        w.sketch.assumptions.append(
            ("cohort", f"to come back means more than one of the {w.model.by_name[people.events].plural}")
        )
    return k if told else i + 1


def cohort(w: Walker, i: int) -> int | None:
    """ "the January 2025 cohort": the people whose first event fell in the period."""
    item, follow = w.items[i], w.at(i + 1)
    if item.lemma in ("retention", "retain") and any(later.lemma == "cohort" for later in w.items[i:]):
        return i + 1
    if item.interval is None or follow is None or follow.lemma != "cohort":
        return None
    kinds = [e.name for e in w.model.entities if lemmas(e.label)[-1] in PEOPLE and _people(w, e.name) is not None]
    buyers = [e for e in kinds if lemmas(w.model.by_name[e].label)[-1] in BUYERS]
    named = [e for e, _ in w.link.mentioned if e in kinds] or buyers or kinds
    people = _people(w, named[0]) if len(set(named)) == 1 else None
    if people is None:
        w.sketch.missing.append("whose cohort is meant")
        return i + 2
    first = TimeRange(of=people.first, start=item.interval.start, end=item.interval.end)
    name = f"active_{w.model.by_name[people.entity].plural}".replace(" ", "_")
    ask_measure(
        w, Aggregate(function=Function.COUNT_DISTINCT, entity=people.events, of=people.key, name=name), i, people.events
    )
    w.sketch.conditions.append(Condition(first, people.events, i))
    if not any(other.interval is not None for other in w.items if other is not item):
        # Nobody of the cohort did anything before it began.
        since = Interval(item.interval.start, None, f"since the beginning of {item.interval.label}")
        w.sketch.windows.append((since, None, i))
    if not any(group.grain for group in w.sketch.groups) and not any(later.grain for later in w.items[i + 2 :]):
        w.sketch.groups.append(Group(i, grain=item.interval.unit or Grain.MONTH))
    label = w.model.by_name[people.entity].plural
    w.sketch.assumptions.append(
        (
            "cohort",
            f"the cohort is the {label} whose first {w.model.by_name[people.events].label} was in {item.interval.label}",
        )
    )
    w.sketch.subject = people.events
    k = i + 2
    while k < len(w.items) and w.items[k].lemma in ("'s", "s", "retention", "retain"):
        k += 1
    return k


def _words(w: Walker, i: int) -> tuple[list[str], int]:
    """Which of new and returning are said from `i` on, and the position after them."""
    found: list[str] = []
    j = i
    while j < len(w.items):
        text = w.items[j].text.lower()
        two = f"{text} {w.items[j + 1].text.lower()}" if j + 1 < len(w.items) else ""
        three = f"{two} {w.items[j + 2].text.lower()}" if j + 2 < len(w.items) else ""
        for size, said in ((3, three), (2, two), (1, text)):
            kind = "new" if said in _NEW else "returning" if said in _BACK else None
            if kind is not None:
                found.append(kind)
                j += size
                break
        else:
            joins = w.items[j].has("conj") or text in ("vs", "versus", "against", ".")
            if not found or not joins:
                break
            j += 1
    return list(dict.fromkeys(found)), j


def _people(w: Walker, name: str) -> _People | None:
    """The events that refer to the entity: the fact with a time of its own that has most rows."""
    options = [
        (w.model.by_name[r.from_entity].row_count or 0, r)
        for r in w.model.relationships
        if r.to_entity == name and len(r.from_attributes) == 1 and w.model.by_name[r.from_entity].kind == "fact"
    ]
    for _, link in sorted(options, key=lambda option: -option[0]):
        time = own_time(w.model.by_name[link.from_entity])
        if time is not None and time.is_time:
            key = Attribute(entity=link.from_entity, name=link.from_attributes[0])
            earliest = Aggregate(function=Function.MIN, entity=link.from_entity, of=time.scalar)
            return _People(name, link.from_entity, key, time.scalar, GroupValue(measure=earliest, partition=(key,)))
    return None


def _period(w: Walker) -> tuple[Grain | None, tuple[object, object] | None]:
    """The grain that the question groups by, or else the one period that it is about."""
    grain = next((item.grain for item in w.items if item.grain is not None and item.interval is None), None)
    grain = next((group.grain for group in w.sketch.groups if group.grain), grain)
    found = [item.interval for item in w.items if item.interval is not None]
    return grain, (found[0].start, found[0].end) if len(found) == 1 else None


def _in_period(
    people: _People, grain: Grain | None, interval: tuple[object, object] | None, *, new: bool
) -> Filter | None:
    """Whether an event's person first came in the same period as the event (or, for `returning`, before it)."""
    if grain is not None:
        operator = Operator.EQ if new else Operator.LT
        first, own = Truncated(of=people.first, grain=grain), Truncated(of=people.time, grain=grain)
        return Comparison(left=first, operator=operator, right=own)
    start, end = interval or (None, None)
    if start is None:
        return None
    return TimeRange(of=people.first, start=start, end=end) if new else TimeRange(of=people.first, end=start)


def _more_than_one(w: Walker, i: int, people: _People) -> None:
    """Only people with more than one event, in the period that the question names."""
    found = [item.interval for item in w.items if item.interval is not None]
    where = TimeRange(of=people.time, start=found[0].start, end=found[0].end) if len(found) == 1 else None
    left = Rollup(entity=people.entity, measure=count_of(people.events, where))
    w.add(Condition(Comparison(left=left, operator=Operator.GT, right=Constant(value=1)), people.entity, i))
    if where is not None:
        w.taken.update(j for j, item in enumerate(w.items) if item.interval is not None)
