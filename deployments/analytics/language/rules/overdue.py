"""Rule for what is late: "overdue invoices", "loans past due" are past their date and not settled."""

from __future__ import annotations

from deployments.analytics.language.filters import negate
from deployments.analytics.language.rules.names import is_set
from deployments.analytics.language.sketch import Condition
from deployments.analytics.language.text import stem_of
from deployments.analytics.language.vocabulary import lemmas
from deployments.analytics.language.walker import Walker
from deployments.analytics.model.schema import Attribute as ModelAttribute
from deployments.analytics.model.schema import Entity, Role
from deployments.contracts.query import AllOf, Attribute, Comparison, Constant, Filter, Operator

_LATE = ("overdue", "past due", "past - due")
_DUE = frozenset(stem_of(word) for word in ("due", "deadline"))
_SETTLED = frozenset(
    stem_of(word)
    for word in "pay paid payment returned return closed completed settled delivered resolved finished".split()
)


def overdue(w: Walker, i: int) -> int | None:
    """ "overdue": due before today, and not yet paid, returned or otherwise settled."""
    text = w.items[i].text.lower()
    pair = w.at(i + 1)
    size = 1 if text in _LATE else 2 if pair is not None and f"{text} {pair.text.lower()}" in _LATE else 0
    if not size or w.items[i].values:
        return None
    near = [w.link.entity(k) for k in (i + size, w.previous(i)) if 0 <= k < len(w.items)]
    for name in (*near, w.subject, w.context_subject):
        entity = w.model.by_name.get(name or "")
        found = _late(w, entity) if entity is not None else None
        if entity is not None and found is not None:
            w.add(Condition(found, entity.name, i))
            return i + size
    return None


def _late(w: Walker, entity: Entity) -> Filter | None:
    due = next((a for a in entity.attributes if a.data_type.is_time and _stems(a) & _DUE and not a.hidden), None)
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
