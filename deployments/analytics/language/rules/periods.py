"""Rules for dates: periods on the time that is meant, and weekdays."""

from __future__ import annotations

from deployments.analytics.language.alternatives import join_period
from deployments.analytics.language.lexicon import PEOPLE
from deployments.analytics.language.sketch import Condition, Ref
from deployments.analytics.language.text import stem_of
from deployments.analytics.language.times import part_filter, part_ref, time_ref
from deployments.analytics.language.vocabulary import lemmas
from deployments.analytics.language.walker import Walker
from deployments.analytics.model.schema import Role
from deployments.contracts.query import Comparison, Constant, Operator, Part, TimePart

WEEKDAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _names_same_period(w: Walker, i: int) -> bool:
    """ "the same month last year": a period told by another one."""
    before = w.at(i - 1)
    if i < 2 or before is None or not (before.grain is not None or before.lemma in ("period", "time")):
        return False
    return w.items[i - 2].text.lower().split()[-1] == "same"


def interval(w: Walker, i: int) -> int | None:
    """A date or period, on the attribute named just before it or on the subject's own time."""
    item = w.items[i]
    if item.interval is None:
        return None
    if _names_same_period(w, i):
        # "the same month last year" is neither of the two periods that its words name.
        w.sketch.missing.append(f"the same period of {item.text}")
        return i + 1
    if item.interval.start and item.number is not None and is_quantity(w, i):
        return None
    ref = None
    if w.operand is not None and w.operand.ref is not None and i - w.operand.position <= 3:
        ref = w.operand.ref if w.operand.ref.tells_when else None
    named = w.previous(i)
    if ref is None and named >= 0 and w.items[named].attributes:
        ref = _time_among(w, named)
        if ref is not None and w.items[named].grain is not None and not _of_the_subject(w, ref):
            # "by month in 2025": a grain, and not the month that something else is kept by.
            ref = None
    ref = ref or _verb_time(w, i)
    windows = w.frames[-1].windows if w.frames else w.sketch.windows
    if not join_period(w, item.interval, ref, i):
        windows.append((item.interval, ref, i))
    if w.both:
        w.sketch.cues.add("both periods")
    if item.interval.assumed:
        w.sketch.assumptions.append(("period", item.interval.assumed))
    nxt, after = w.at(i + 1), w.at(i + 2)
    if nxt is not None and nxt.lemma in ("versus", "vs", "v", "against", "compare", "compared") and not w.frames:
        w.sketch.versus = True
        step = i + 2
        while step < len(w.items) and w.items[step].text.lower() in ("to", "with", "."):
            step += 1
        return step
    if nxt is not None and nxt.has("conj") and after is not None and after.interval is not None:
        return i + 2
    return i + 1


def _of_the_subject(w: Walker, ref: Ref) -> bool:
    """Whether each row of what is asked about has such a time."""
    about = next((ask.entity for ask in w.sketch.asks if ask.entity), None) or w.subject
    return about in (None, ref.entity) or w.graph.to_one(about or "", ref.entity)


def is_quantity(w: Walker, i: int) -> bool:
    """Whether a comparison stands before a number that may also be read as a year."""
    before = w.at(w.previous(i))
    return before is not None and before.has("cmp") and before.text.lower() not in ("after", "before")


def _time_among(w: Walker, position: int) -> Ref | None:
    """The first moment or year that a mention may name."""
    item = w.items[position]
    for candidate in item.attributes:
        attribute = w.model.attribute(candidate.entity, candidate.name)
        if attribute.data_type.is_time or attribute.role is Role.YEAR:
            return w.link.make(candidate.entity, attribute, candidate.score)
    return None


def _verb_time(w: Walker, i: int) -> Ref | None:
    """ "hired since 2024", "registered in May": a verb that a time attribute is named after."""
    for back in range(i - 1, max(-1, i - 4), -1):
        item = w.items[back]
        if item.interval or item.text in ".,?":
            return None
        if item.lemma in _LEAVING and not item.is_link and not item.values and not item.has("group"):
            return _left(w, back)
        if item.attributes:
            found = _time_among(w, back)
            if found is not None and item.grain is not None and not _of_the_subject(w, found):
                continue
            if found is not None:
                w.taken.add(back)
                if w.sketch.asks and w.sketch.asks[-1].position == back:
                    w.sketch.asks.pop()
                return found
    return None


_LEAVING = frozenset("leave quit resign depart".split())
_LEFT = frozenset(
    stem_of(word)
    for word in "leave left exit leaving termination terminated departure departed resignation resigned separation".split()
)


def _left(w: Walker, at: int) -> Ref | None:
    """ "who left in the last 12 months": when those left who can leave, and never when they came."""
    persons = [e.name for e in w.model.entities if not e.hidden and lemmas(e.label)[-1] in PEOPLE]
    names = [w.subject] if w.subject is not None else persons
    for entity in (w.model.by_name[name] for name in names):
        for attribute in entity.attributes:
            said = {stem_of(word) for word in attribute.label.split()}
            if attribute.data_type.is_time and attribute.null_fraction > 0 and said & _LEFT and not attribute.hidden:
                return w.link.make(entity.name, attribute, 0.9)
    if w.subject in persons or (w.subject is None and w.sketch.wh == "who"):
        w.sketch.missing.append(f"when they {w.items[at].text}")
    return None


def weekday(w: Walker, i: int) -> int | None:
    """ "on a Saturday", "on weekends": the weekday of the subject's own time, or the one that is kept on its own."""
    item = w.items[i]
    if not item.weekdays or item.interval is not None or (item.attributes and item.attributes[0].score > 0.9):
        return None
    entity = w.frames[-1].entity if w.frames and w.frames[-1].entity else w.subject or w.anchor
    if item.values and (entity is None or any(w.graph.path(entity, hit.entity) is not None for hit in item.values)):
        return None
    ref = time_ref(w.model, w.graph, entity)
    numbers = list(item.weekdays)
    j = i + 1
    while j + 1 < len(w.items) and w.items[j].has("conj") and w.items[j + 1].weekdays:
        numbers += w.items[j + 1].weekdays
        j += 2
    if ref is None or not ref.is_time or ref.attribute.precision is not None:
        kept = part_ref(w.model, w.graph, entity, TimePart.WEEKDAY)
        condition = part_filter(kept, numbers) if kept is not None else None
        if kept is None or condition is None:
            w.sketch.unknown.append(item.text)
            return i + 1
        w.add(Condition(condition, kept.entity, i, kept.column))
        return j
    days = [WEEKDAY_NAMES[number] for number in numbers]
    left = Part(of=ref.scalar, part=TimePart.WEEKDAY)
    found = (
        Comparison(left=left, operator=Operator.EQ, right=Constant(value=days[0]))
        if len(days) == 1
        else Comparison(left=left, operator=Operator.IN, values=tuple(days))
    )
    w.add(Condition(found, ref.entity, i, (ref.entity, f"{ref.attribute.name}.weekday")))
    return j
