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
        w.close_all()
        direction: Direction | None = item.tags["order"]
        k = w.next(i + 1, over=("the", "of", "their", "its", "by", "each", "in", "that", "them"))
        if k < len(w.items) and w.items[k].has("direction"):
            direction = w.items[k].tags["direction"]
            k = w.next(k + 1, over=("of", "the", "by"))
        operand = read_operand(w, k) if k < len(w.items) else None
        if operand is not None and operand.ref is not None:
            named = {(c.entity, c.name) for c in w.items[operand.after - 1].attributes}
            for ask in w.sketch.asks:
                if ask.ref is not None and (ask.ref.entity, ask.ref.attribute.name) in named:
                    operand.ref = ask.ref
        if operand is None:
            w.sketch.direction = direction or w.sketch.direction
            if item.text.lower() in ("ordered", "rank", "ranked") and direction is None and k >= len(w.items):
                return i + 1
            if w.sketch.orders and direction:
                w.sketch.orders[-1].direction = direction
            w.sketch.cues.add("order")
            return max(k, i + 1) if k < len(w.items) and w.items[k].has("pronoun") else i + 1
        after = operand.after
        while True:
            ref = operand.ref
            if operand.measure is None and ref is None and operand.entity is not None:
                entity = w.model.by_name[operand.entity]
                label = label_ref(entity)
                ref = w.link.make(entity.name, label, 0.9) if label is not None else None
            w.sketch.orders.append(Order(direction or Direction.ASC, ref=ref, measure=operand.measure))
            if after + 1 < len(w.items) and w.items[after].has("conj") and w.items[after + 1].attributes:
                more = read_operand(w, after + 1)
                if more is not None and (more.ref is not None or more.measure is not None):
                    operand, after = more, more.after
                    continue
            break
        if direction is None and operand.measure is not None and "rank" in item.text.lower():
            w.sketch.orders[-1].direction = Direction.DESC
        return after
    if item.has("direction") and not item.is_link:
        found: Direction = item.tags["direction"]
        if w.sketch.orders:
            for order in w.sketch.orders:
                order.direction = found
        else:
            w.sketch.direction = found
        w.sketch.cues.add("alphabetical" if "alphabet" in item.text or "lexico" in item.text else "direction")
        return i + 1
    return None


def rank_by(w: Walker, k: int) -> int | None:
    """ "top 5 products by revenue": what the superlative ranks by."""
    operand = read_operand(w, k)
    if operand is None or (operand.measure is None and operand.ref is None):
        return None
    pending = next((s for s in reversed(w.sketch.superlatives) if s.ref is None and s.measure is None), None)
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
