"""Rules for how long a text is: "the longest title", "names of more than 20 characters", "the length of each name"."""

from __future__ import annotations

from deployments.analytics.language.rules.operands import length, length_of, text_at
from deployments.analytics.language.rules.restrictions import operand_near, require_number
from deployments.analytics.language.sketch import Ask, Ref, Superlative
from deployments.analytics.language.walker import Walker
from deployments.analytics.model.schema import DataType
from deployments.contracts.query import Direction, Operator

_UNITS = frozenset("character letter char".split())
_PASSED = ("long", "in", "length", "of")
_MORE, _LESS = frozenset(("longer",)), frozenset(("shorter",))


def text_length(w: Walker, i: int) -> int | None:
    """A length that is compared, asked for, or the greatest or the least."""
    return _longest(w, i) or _compared(w, i) or _asked(w, i)


def _longest(w: Walker, i: int) -> int | None:
    """ "the longest title", "the shop with the shortest name"."""
    word = w.items[i].text.lower()
    if word not in ("longest", "shortest"):
        return None
    k = w.next(i + 1, over=("the",))
    ref = text_at(w, k)
    if ref is None or w.link.entity(k) is not None:
        return None
    direction = Direction.DESC if word == "longest" else Direction.ASC
    if not w.restrict and not any(ask.kind == "entity" and ask.entity == ref.entity for ask in w.sketch.asks):
        w.sketch.asks.append(Ask("attribute", ref.entity, k, ref=w.link.make(ref.entity, ref.attribute, ref.score)))
        w.sketch.subject = w.sketch.subject or ref.entity
    count = next((int(item.number) for item in w.items[max(0, i - 1) : i] if item.number and not item.ordinal), None)
    if count is not None:
        w.taken.add(i - 1)
    w.sketch.superlatives.append(Superlative(direction, ref=ref, count=count, entity=ref.entity, position=i))
    return k + 1


def _compared(w: Walker, i: int) -> int | None:
    """ "more than 20 characters", "longer than 8 letters", "exactly 5 letters long"."""
    item = w.items[i]
    k = i
    operator = item.tags.get("cmp")
    if item.text.lower() in _MORE | _LESS:
        operator = Operator.GT if item.text.lower() in _MORE else Operator.LT
    elif item.number is not None and not item.ordinal:
        operator, k = Operator.EQ, i - 1
    if not isinstance(operator, Operator):
        return None
    k = w.next(k + 1, over=("than",))
    number, suffix = w.at(k), w.at(k + 1)
    if number is None or number.number is None:
        return None
    if suffix is not None and suffix.has("suffix"):
        operator, k = suffix.tags["suffix"], k + 1
    unit = w.at(k + 1)
    if unit is None or unit.lemma not in _UNITS or unit.is_link:
        return None
    ref = _text_before(w, i)
    if ref is None:
        w.sketch.missing.append(f"of what {number.text} {unit.text} are counted")
        return k + 2
    last = w.sketch.asks[-1] if w.sketch.asks else None
    if last is not None and last.ref is not None and last.ref.column == ref.column and _in_clause(w, last.position):
        # "how many shops have a name longer than ...": what the clause is about, and nothing that is asked for.
        w.sketch.asks.pop()
    require_number(w, i, ref, operator, number)
    return w.next(k + 2, over=_PASSED)


def _in_clause(w: Walker, position: int) -> bool:
    """Whether something else was asked for before the clause that the attribute stands in."""
    return len(w.sketch.asks) > 1 and any(item.has("rel") and not item.has("wh") for item in w.items[1:position])


def _text_before(w: Walker, i: int) -> Ref | None:
    """The text whose length is meant: what was named last, or what rows are called."""
    operand = operand_near(w, i)
    near = operand.ref if operand is not None else None
    for ref in (near, *(ask.ref for ask in reversed(w.sketch.asks))):
        if ref is not None and not ref.derived and ref.attribute.data_type is DataType.TEXT:
            return length(ref)
    for k in range(i - 1, max(-1, i - 6), -1):
        if (found := text_at(w, k)) is not None:
            return found
    return None


def _asked(w: Walker, i: int) -> int | None:
    """ "show each title and the length of the title"."""
    found = None if w.restrict else length_of(w, i)
    if found is None or found.ref is None:
        return None
    of = found.ref
    if not any(ask.ref is not None and ask.ref.column == of.column for ask in w.sketch.asks):
        w.sketch.asks.append(Ask("attribute", of.entity, i, ref=w.link.make(of.entity, of.attribute, of.score)))
    w.sketch.asks.append(Ask("attribute", of.entity, i, ref=of))
    w.sketch.subject = w.sketch.subject or found.ref.entity
    return found.after
