"""Rule for numbers by themselves: "age 3", "20 or older", "20-30 years", "show 5 customers"."""

from __future__ import annotations

from deployments.analytics.language.amounts import as_age, main_number, scale_of
from deployments.analytics.language.rules.periods import is_quantity
from deployments.analytics.language.rules.restrictions import (
    column_of,
    compared,
    count_in_range,
    count_rows,
    in_range,
    operand_near,
    plain_number,
    unit_after,
)
from deployments.analytics.language.sketch import Condition, Ref
from deployments.analytics.language.walker import Walker
from deployments.analytics.model.schema import Role
from deployments.contracts.query import Comparison, Direction, Operator


def number(w: Walker, i: int) -> int | None:
    """A number by itself: "age 3", "20 or older", "20-30 years", "show 5 customers"."""
    item = w.items[i]
    if (
        item.number is not None
        and (sup := w.at(i + 1)) is not None
        and (sup.has("sup") or sup.superlative or sup.has("frequent"))
    ):
        return i + 1
    if item.number is None or i in w.taken or (item.interval is not None and not is_quantity(w, i)):
        return None
    nxt = w.at(i + 1)
    operand = operand_near(w, i)
    own = operand.ref if operand is not None and i - operand.position <= 3 else None
    if nxt is not None and nxt.has("suffix"):
        ref = own or unit_after(w, i + 2)
        if ref is None:
            counted = w.link.entity(w.next(i + 2)) if w.next(i + 2) < len(w.items) else None
            if counted is not None:
                return count_rows(w, i, w.next(i + 2), nxt.tags["suffix"], float(item.number), counted)
            age = (("age", Direction.DESC), ("birth date", Direction.DESC))
            owner = w.anchor or w.subject
            hinted = (
                scale_of(w.link, owner, age) if owner and nxt.text.lower().split()[-1] in ("older", "younger") else None
            )
            ref = as_age(hinted[0], w.as_of) if hinted else (main_number(w.link, owner) if owner else None)
        if ref is not None:
            w.add(Condition(compared(ref, nxt.tags["suffix"], item, w), ref.entity, i, column_of(ref)))
            return i + 2
    high = w.at(i + 2)
    if nxt is not None and nxt.text in ("-", "–", "to") and high is not None and high.number is not None:
        ref = own or unit_after(w, i + 3)
        if ref is None and (ranged := count_in_range(w, i, item, high, w.next(i + 3))):
            return ranged
        if ref is not None:
            w.add(Condition(in_range(ref, item, high, w), ref.entity, i, column_of(ref)))
            return i + 3
    if own is not None and (own.is_number or own.attribute.role in (Role.CODE, Role.KEY, Role.REFERENCE, Role.YEAR)
                            or own.attribute.data_type.is_number):  # fmt: skip
        return _one_of(w, i, own)
    if (old := w.next(i + 1, over=("years", "year", "-", "yrs"))) < len(w.items) and w.items[old].text.lower() in ("old", "age") and (
        owner := w.anchor or w.subject or _named_after(w, old + 1)
    ):  # fmt: skip
        hinted = scale_of(w.link, owner, (("age", Direction.DESC), ("birth date", Direction.DESC)))
        if hinted is not None:
            ref = as_age(hinted[0], w.as_of)
            w.add(Condition(compared(ref, Operator.EQ, item, w), ref.entity, i, column_of(ref)))
            return old + 1
    k = w.next(i + 1)
    counted = w.link.entity(k) if k < len(w.items) else None
    if counted is not None and not item.ordinal:
        if w.restrict and w.subject not in (None, counted) and float(item.number).is_integer():
            return count_rows(w, i, k, Operator.EQ, float(item.number), counted)
        if not w.sketch.asks and not w.sketch.entities and not w.restrict:
            w.sketch.limit = int(item.number)
            return i + 1
    if item.ordinal and w.sketch.is_empty:
        return None
    entity = w.link.entity(w.previous(i)) if w.previous(i) >= 0 else None
    if entity is not None and not item.ordinal and float(item.number).is_integer() and k == len(w.items):
        key = w.model.by_name[entity].primary_key
        if len(key) == 1 and w.model.attribute(entity, key[0]).data_type.is_number:
            ref = w.link.make(entity, w.model.attribute(entity, key[0]), 0.8)
            w.add(Condition(compared(ref, Operator.EQ, item, w), entity, i, column_of(ref)))
            return i + 1
    if (
        entity is not None
        and not item.ordinal
        and w.model.by_name[entity].primary_key
        and not w.restrict
        and w.items[w.previous(i)].text.lower() == w.model.by_name[entity].label
    ):
        name = w.model.by_name[entity].primary_key[0]
        ref = w.link.make(entity, w.model.attribute(entity, name), 0.8)
        w.add(Condition(compared(ref, Operator.EQ, item, w), entity, i, column_of(ref)))
        return i + 1
    w.sketch.unknown.append(item.text)
    return i + 1


def _named_after(w: Walker, j: int) -> str | None:
    """The entity that the next words name, by itself or by a value."""
    for k in range(j, min(j + 3, len(w.items))):
        entity = w.link.entity(k) or next((hit.entity for hit in w.items[k].values), None)
        if entity is not None:
            return entity
    return None


def _one_of(w: Walker, i: int, ref: Ref) -> int:
    """ "aged 32 or 33": one number, or a list of them."""
    values = [plain_number(w.items[i])]
    j = i + 1
    while (
        j + 1 < len(w.items)
        and w.items[j].has("conj")
        and w.items[j + 1].number is not None
        and not w.items[j + 1].interval
    ):
        values.append(plain_number(w.items[j + 1]))
        j += 2
    if len(values) == 1:
        w.add(Condition(compared(ref, Operator.EQ, w.items[i], w), ref.entity, i, column_of(ref)))
    else:
        found = Comparison(left=ref.scalar, operator=Operator.IN, values=tuple(values))
        w.add(Condition(found, ref.entity, i, column_of(ref)))
    return j
