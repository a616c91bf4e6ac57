"""Rule for order: "ordered by age", "from highest to lowest"; and what "by" ranks."""

from __future__ import annotations

from deployments.analytics.language.links import label_ref
from deployments.analytics.language.rules.operands import read_operand
from deployments.analytics.language.sketch import Order
from deployments.analytics.language.walker import Walker
from deployments.analytics.model.schema import Role
from deployments.contracts.query import Aggregate, Direction, Function


def ordering(w: Walker, i: int) -> int | None:
    """ "ordered by age", "from highest to lowest", "in alphabetical order"."""
    item = w.items[i]
    if item.has("order") and (not item.is_link or " " in item.text):
        return _ordered(w, i)
    if not item.has("direction") or item.is_link:
        return None
    direction: Direction = item.tags["direction"]
    for order in w.sketch.orders:
        order.direction = direction
    if not w.sketch.orders:
        w.sketch.direction = direction
    if "alphabet" in item.text or "lexico" in item.text:
        w.sketch.cues.add("alphabetical")
    return i + 1


def _ordered(w: Walker, i: int) -> int:
    """What follows a word of order: a direction, and what is sorted by it."""
    w.close_all()
    item = w.items[i]
    direction: Direction | None = item.tags["order"]
    k = w.next(i + 1, over=("the", "of", "their", "its", "by", "each", "in", "that", "them"))
    if k < len(w.items) and w.items[k].has("direction"):
        direction = w.items[k].tags["direction"]
        k = w.next(k + 1, over=("of", "the", "by"))
    operand = read_operand(w, k) if k < len(w.items) else None
    if operand is None:
        return _ordered_by_nothing(w, i, k, direction)
    named = w.items[operand.after - 1].columns() if operand.ref is not None else set()
    for ask in w.sketch.asks:
        if ask.ref is not None and ask.ref.column in named:
            # What was asked for under this name is what is sorted by.
            operand.ref = ask.ref
    while True:
        after = operand.after
        ref = operand.ref
        if operand.measure is None and ref is None and operand.entity is not None:
            label = label_ref(w.model.by_name[operand.entity])
            ref = w.link.make(operand.entity, label, 0.9) if label is not None else None
        w.sketch.orders.append(Order(direction or Direction.ASC, ref=ref, measure=operand.measure))
        listed = after + 1 < len(w.items) and w.items[after].has("conj") and w.items[after + 1].attributes
        more = read_operand(w, after + 1) if listed else None
        if more is None or (more.ref is None and more.measure is None):
            break
        operand = more
    if direction is None and operand.measure is not None and "rank" in item.text.lower():
        w.sketch.orders[-1].direction = Direction.DESC
    return after


def _ordered_by_nothing(w: Walker, i: int, k: int, direction: Direction | None) -> int:
    """ "sort them", "in descending order": only a direction, or not even that."""
    w.sketch.direction = direction or w.sketch.direction
    if w.items[i].text.lower() in ("ordered", "rank", "ranked") and direction is None and k >= len(w.items):
        return i + 1
    if w.sketch.orders and direction:
        w.sketch.orders[-1].direction = direction
    w.sketch.cues.add("order")
    return max(k, i + 1) if k < len(w.items) and w.items[k].has("pronoun") else i + 1


def rank_by(w: Walker, k: int) -> int | None:
    """ "top 5 products by revenue": what the superlative ranks by."""
    operand = read_operand(w, k)
    if operand is None or (operand.measure is None and operand.ref is None):
        return None
    pending = next((s for s in reversed(w.sketch.superlatives) if s.is_open), None)
    if pending is not None:
        pending.measure = operand.measure
        pending.ref = operand.ref if operand.measure is None else None
        if pending.ref is not None and pending.ref.attribute.role is Role.ADDITIVE:
            subject = w.subject
            ranked = w.sketch.asks[-1].ref if w.sketch.asks else None
            # "top customers by amount": a name that stands in many rows is ranked by what its rows add up to.
            repeated = ranked is not None and not ranked.attribute.unique and not ranked.is_number
            if repeated or (subject is not None and subject != pending.ref.entity):
                pending.measure = Aggregate(function=Function.SUM, entity=pending.ref.entity, of=pending.ref.scalar)
                pending.ref = None
        return operand.after
    direction = w.sketch.direction or Direction.DESC
    w.sketch.orders.append(Order(direction, ref=operand.ref, measure=operand.measure))
    return operand.after
