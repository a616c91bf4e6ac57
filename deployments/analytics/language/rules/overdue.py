"""Rule for what is late: "overdue invoices", "loans past due" are past their date and not settled."""

from __future__ import annotations

from deployments.analytics.language.calendar import Interval
from deployments.analytics.language.filters import negate
from deployments.analytics.language.rules.counts import is_set
from deployments.analytics.language.sketch import Condition
from deployments.analytics.language.text import stem_of
from deployments.analytics.language.vocabulary import lemmas
from deployments.analytics.language.walker import Walker
from deployments.analytics.model.schema import Attribute as ModelAttribute
from deployments.analytics.model.schema import Entity, Role
from deployments.contracts.query import AllOf, Attribute, Comparison, Constant, Filter, Grain, Operator, TimeRange

_LATE = ("overdue", "past due", "past - due")
_DUE = frozenset(stem_of(word) for word in ("due", "deadline"))
_SETTLED = frozenset(
    stem_of(word)
    for word in "pay paid payment returned return closed completed settled delivered resolved finished".split()
)


def overdue(w: Walker, i: int) -> int | None:
    """ "overdue": due before today, and not yet paid, returned or otherwise settled."""
    text = w.items[i].text.lower()
    if text in ("outstanding", "unsettled") and not w.items[i].is_link and not w.items[i].values:
        return _unsettled(w, i)
    if text == "late" and not w.items[i].values:
        return _settled_late(w, i, 1, late=True)
    pair = w.at(i + 1)
    dashed = pair is not None and pair.text == "-"
    last = w.at(i + 1 + dashed)
    if text == "on" and last is not None and last.text.lower() == "time":
        return _settled_late(w, i, 2 + dashed, late=False)
    size = 1 if text in _LATE else 2 if pair is not None and f"{text} {pair.text.lower()}" in _LATE else 0
    if not size or w.items[i].values:
        return None
    near = [w.link.entity(k) for k in (i + size, w.previous(i)) if 0 <= k < len(w.items)]
    for name in (*near, w.subject, w.context_subject):
        entity = w.model.by_name.get(name or "")
        found = _late(w, entity) if entity is not None else None
        if entity is not None and found is not None:
            late = _late_by(w, entity, i + size)
            if late is not None:
                w.add(Condition(late[0], entity.name, i))
            w.add(Condition(found, entity.name, i))
            return late[1] if late is not None else i + size
    return None


def _unsettled(w: Walker, i: int) -> int | None:
    """ "outstanding invoices", "the outstanding amount": what has no day on which it was settled."""
    near = [w.link.entity(k) for k in (i + 1, w.previous(i)) if 0 <= k < len(w.items)]
    for name in (*near, w.subject, w.context_subject):
        entity = w.model.by_name.get(name or "")
        moments = [
            a for a in (entity.attributes if entity is not None else ())
            if a.data_type.is_time and _stems(a) & _SETTLED and a.null_fraction > 0 and not a.hidden
        ]  # fmt: skip
        if entity is not None and len(moments) == 1:
            found = Comparison(left=Attribute(entity=entity.name, name=moments[0].name), operator=Operator.IS_NULL)
            w.sketch.assumptions.append(("outstanding", f"{w.items[i].text} is what has no {moments[0].label}"))
            w.items[i].unknown = False
            w.add(Condition(found, entity.name, i, (entity.name, moments[0].name)))
            return i + 1
    return None


def _settled_late(w: Walker, i: int, size: int, *, late: bool) -> int | None:
    """ "late payments", "paid late", "delivered on time": settled after the day that it was due."""
    near = [w.link.entity(k) for k in (i + size, w.previous(i)) if 0 <= k < len(w.items)]
    for name in (*near, w.subject, w.context_subject):
        entity = w.model.by_name.get(name or "")
        due = _due(entity) if entity is not None else None
        moments = (
            [a for a in entity.attributes if a.data_type.is_time and _stems(a) & _SETTLED and not a.hidden]
            if entity
            else []
        )
        if entity is None or due is None or len(moments) != 1:
            continue
        left, right = (Attribute(entity=entity.name, name=a.name) for a in (moments[0], due))
        found = Comparison(left=left, operator=Operator.GT if late else Operator.LE, right=right)
        w.sketch.assumptions.append(
            ("late", f"{'late' if late else 'on time'} is told by {moments[0].label} and {due.label}")
        )
        w.add(Condition(found, entity.name, i))
        return i + size
    return None


def _late_by(w: Walker, entity: Entity, i: int) -> tuple[Filter, int] | None:
    """ "by more than 90 days", "for over a month": how long ago it was due, and the position after it."""
    k = i
    while k < len(w.items) and w.items[k].text.lower() in ("by", "for", "since"):
        k += 1
    bound, number, unit = w.at(k), w.at(k + 1), w.at(k + 2)
    due = _due(entity)
    if bound is None or not bound.has("cmp") or number is None or number.number is None or unit is None or due is None:
        return None
    if unit.grain is None or bound.tags["cmp"] not in (Operator.GT, Operator.GE, Operator.LT, Operator.LE):
        return None
    day = Interval(w.as_of, None, "", Grain.DAY).shifted(unit.grain, -int(number.number)).start
    more = bound.tags["cmp"] in (Operator.GT, Operator.GE)
    left = Attribute(entity=entity.name, name=due.name)
    return TimeRange(of=left, start=None if more else day, end=day if more else None), k + 3


def _due(entity: Entity) -> ModelAttribute | None:
    return next((a for a in entity.attributes if a.data_type.is_time and _stems(a) & _DUE and not a.hidden), None)


def _late(w: Walker, entity: Entity) -> Filter | None:
    due = _due(entity)
    if due is None:
        return None
    settled = [a for a in entity.attributes if a is not due and _stems(a) & _SETTLED and not a.hidden]
    flag = next((a for a in settled if a.role is Role.FLAG), None)
    moment = next((a for a in settled if a.data_type.is_time and a.null_fraction > 0), None)
    open_still: Filter
    if moment is not None:
        open_still = Comparison(left=Attribute(entity=entity.name, name=moment.name), operator=Operator.IS_NULL)
        said = f"has no {moment.label}"
    elif flag is not None:
        open_still = negate([is_set(w.link.make(entity.name, flag, 0.9))])
        said = f"is not set as {flag.label}"
    else:
        return None
    past = Comparison(
        left=Attribute(entity=entity.name, name=due.name), operator=Operator.LT, right=Constant(value=w.as_of)
    )
    w.sketch.assumptions.append(("overdue", f"overdue is what had its {due.label} before {w.as_of} and {said}"))
    return AllOf(of=(past, open_still))


def _stems(attribute: ModelAttribute) -> set[str]:
    return {stem_of(word) for word in lemmas(attribute.label)}
