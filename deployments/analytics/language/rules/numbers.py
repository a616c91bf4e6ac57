"""Rule for numbers by themselves: "age 3", "20 or older", "20-30 years", "show 5 customers"."""

from __future__ import annotations

from deployments.analytics.language.amounts import OLDER, as_age, main_number, scale_of
from deployments.analytics.language.items import Item
from deployments.analytics.language.rules.periods import is_quantity
from deployments.analytics.language.rules.restrictions import (
    age_after,
    count_in_range,
    count_rows,
    operand_near,
    plain_number,
    require_number,
    require_range,
    unit_after,
)
from deployments.analytics.language.sketch import Ref
from deployments.analytics.language.walker import Walker
from deployments.analytics.model.schema import Role
from deployments.contracts.query import Comparison, Operator


def number(w: Walker, i: int) -> int | None:
    """A number by itself: "age 3", "20 or older", "20-30 years", "show 5 customers"."""
    item, follow = w.items[i], w.at(i + 1)
    if item.number is None:
        return None
    if (
        item.ordinal
        and follow is not None
        and follow.text.lower() in ("one", "row", "ones")
        and w.context_subject is not None
    ):
        # "the second one" of what was shown: which row it is, the edit finds.
        w.sketch.pronoun = True
        w.sketch.cues.add("pronoun")
        return i + 2
    if follow is not None and (follow.has("sup") or follow.superlative or follow.has("frequent")):
        return i + 1
    if item.text.lower() == "one" and i > 0 and w.items[i - 1].text.lower() == "the" and _stands_for_a_noun(w, i):
        return i + 1
    if i in w.taken or (item.interval is not None and not is_quantity(w, i)):
        return None
    operand = operand_near(w, i)
    own = operand.ref if operand is not None and i - operand.position <= 3 else None
    named = i > 0 and w.link.entity(i - 1) is not None
    for reading in (_or_more, _range, *((_key,) if named else ()), _years_old, _of_operand, _of_rank, _counted, _key):
        after: int | None = reading(w, i, own)
        if after is not None:
            return after
    if item.ordinal and w.sketch.is_empty:
        return None
    if w.context_subject is not None and w.sketch.is_empty and _stands_alone(w, i):
        # "now 3": of a ranking, so many rows.
        w.sketch.limit = int(item.number)
        w.sketch.cues.add("bare limit")
        return i + 1
    if item.text.lower() in ("one", "ones") and _stands_for_a_noun(w, i):
        return i + 1
    w.sketch.unknown.append(item.text)
    return i + 1


def _stands_alone(w: Walker, i: int) -> bool:
    """Whether the message holds a whole number and nothing else that means something."""
    number = float(w.items[i].number or 0)
    others = [item for k, item in enumerate(w.items) if k != i]
    return number >= 1 and number.is_integer() and all(
        item.text.lower() in ("now", "just", "only", "make", "it", "that", "and", "show", "me", "the", "make it", "ok") or
        item.text in ".,!?" for item in others
    )  # fmt: skip


def _stands_for_a_noun(w: Walker, i: int) -> bool:
    """ "the one whose ...", "his current one": no number."""
    follow = w.at(i + 1)
    ends = (
        follow is None
        or follow.text in ".?!,"
        or follow.has("rel")
        or follow.text.lower() in ("named", "called", "titled")
    )
    return ends and i > 0 and not w.items[i - 1].has("cmp")


def _or_more(w: Walker, i: int, own: Ref | None) -> int | None:
    """ "20 or older", "3 or more orders"."""
    item, suffix = w.items[i], w.at(i + 1)
    if suffix is None or not suffix.has("suffix"):
        return None
    operator = suffix.tags["suffix"]
    ref = own or unit_after(w, i + 2)
    if ref is None:
        unit = w.next(i + 2)
        counted = w.link.entity(unit) if unit < len(w.items) else None
        if counted is not None:
            return count_rows(w, i, unit, operator, float(item.number or 0), counted)
        ref = _usual_number(w, aged=suffix.text.lower().split()[-1] in ("older", "younger"))
    if ref is None:
        return None
    require_number(w, i, ref, operator, item)
    return i + 2


def _usual_number(w: Walker, aged: bool) -> Ref | None:
    """The age, where the words are about one, else the amount of the entity spoken of."""
    owner = w.anchor or w.subject
    if owner is None:
        return None
    age = scale_of(w.link, owner, OLDER) if aged else None
    return as_age(age[0], w.as_of) if age else main_number(w.link, owner)


def _range(w: Walker, i: int, own: Ref | None) -> int | None:
    """ "ages 20-30", "1 to 2 orders"."""
    dash, high = w.at(i + 1), w.at(i + 2)
    if dash is None or dash.text not in ("-", "–", "to") or high is None or high.number is None:
        return None
    ref = own or unit_after(w, i + 3)
    if ref is None:
        return count_in_range(w, i, w.items[i], high, w.next(i + 3))
    require_range(w, i, ref, w.items[i], high)
    return i + 3


def _of_operand(w: Walker, i: int, own: Ref | None) -> int | None:
    """ "age 3", "aged 32 or 33": one number of the attribute before it, or a list of them."""
    if own is None:
        return None
    numbered = own.attribute.data_type.is_number or own.attribute.role in _NUMBERED
    if not own.is_number and not numbered:
        return None
    values = [plain_number(w.items[i])]
    j = i + 1
    while j + 1 < len(w.items) and w.items[j].has("conj") and _is_plain_number(w.items[j + 1]):
        values.append(plain_number(w.items[j + 1]))
        j += 2
    if len(values) == 1:
        require_number(w, i, own, Operator.EQ, w.items[i])
    else:
        w.require(own, Comparison(left=own.scalar, operator=Operator.IN, values=tuple(values)), i)
    return j


_NUMBERED = (Role.CODE, Role.KEY, Role.REFERENCE, Role.YEAR)
"""What a number may name although it is none."""


def _is_plain_number(item: Item) -> bool:
    return item.number is not None and not item.interval


def _years_old(w: Walker, i: int, _: Ref | None) -> int | None:
    """ "20 years old"."""
    aged = age_after(w, i, w.anchor or w.subject or _named_after(w, i + 1))
    if aged is None:
        return None
    require_number(w, i, aged[0], Operator.EQ, w.items[i])
    return aged[1]


def _of_rank(w: Walker, i: int, _: Ref | None) -> int | None:
    """ "5 star hotels", "a 3 bedroom house": the attribute in the singular, then what has so much of it."""
    k = i + 1
    while k < len(w.items) and w.items[k].text == "-":
        k += 1
    unit, noun = w.at(k), w.at(k + 1)
    if unit is None or noun is None or not unit.attributes or unit.text.lower() != unit.lemma:
        return None
    entity = w.link.entity(k + 1)
    ref = w.link.ref(k, entity, numeric=True) if entity is not None else None
    few = ref is not None and 0 < (ref.attribute.distinct_count or 0) <= 12
    if ref is None or ref.entity != entity or (ref.attribute.role is Role.ADDITIVE and not few):
        return None
    require_number(w, i, ref, Operator.EQ, w.items[i])
    return k + 1


def _counted(w: Walker, i: int, _: Ref | None) -> int | None:
    """ "with 2 orders": so many related rows; "show 5 customers": so many rows."""
    item, k = w.items[i], w.next(i + 1)
    counted = w.link.entity(k) if k < len(w.items) else None
    if counted is None or item.number is None or item.ordinal:
        return None
    if w.restrict and w.subject not in (None, counted) and float(item.number).is_integer():
        return count_rows(w, i, k, Operator.EQ, float(item.number), counted)
    if w.sketch.asks or w.sketch.entities or w.restrict:
        return None
    w.sketch.limit = int(item.number)
    return i + 1


def _key(w: Walker, i: int, _: Ref | None) -> int | None:
    """ "order 1042": the row with that key."""
    item, before = w.items[i], w.previous(i)
    name = w.link.entity(before) if before >= 0 else None
    if name is None or item.number is None or item.ordinal:
        return None
    entity = w.model.by_name[name]
    if not entity.primary_key:
        return None
    key = entity.by_name[entity.primary_key[0]]
    ends = float(item.number).is_integer() and w.next(i + 1) == len(w.items)
    numbered = len(entity.primary_key) == 1 and key.data_type.is_number
    called = not w.restrict and w.items[before].text.lower() == entity.label
    if not (ends and numbered) and not called:
        return None
    require_number(w, i, w.link.make(name, key, 0.8), Operator.EQ, item)
    return i + 1


def _named_after(w: Walker, j: int) -> str | None:
    """The entity that the next words name, by itself or by a value."""
    for k in range(j, min(j + 6, len(w.items))):
        entity = w.link.entity(k) or next((hit.entity for hit in w.items[k].values), None)
        if entity is not None:
            return entity
    return None
