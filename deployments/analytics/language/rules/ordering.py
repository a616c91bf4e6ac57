"""Rule for order: "ordered by age", "from highest to lowest"; and what "by" ranks."""

from __future__ import annotations

from deployments.analytics.language.amounts import default_function, scale_of, stands_for_many
from deployments.analytics.language.items import Item
from deployments.analytics.language.links import label_ref
from deployments.analytics.language.rules.operands import Found, read_operand
from deployments.analytics.language.sketch import Order, Ref, Superlative, count_of
from deployments.analytics.language.walker import Walker
from deployments.analytics.model.schema import Role
from deployments.contracts.query import Aggregate, Direction, Function

Hints = tuple[tuple[str, Direction], ...]
"""What an adjective measures, as the lexicon has it."""


def ordering(w: Walker, i: int) -> int | None:
    """ "ordered by age", "from highest to lowest", "in alphabetical order"."""
    item = w.items[i]
    if item.text.lower() == "rank" and not item.is_link and (i == 0 or w.items[i - 1].has("command")):
        # "rank the stores by revenue": greatest first.
        w.sketch.direction = w.sketch.direction or Direction.DESC
        w.sketch.cues.add("rank")
        return i + 1
    if item.has("order") and (not item.is_link or " " in item.text):
        return _ordered(w, i)
    if not item.has("direction") or item.is_link:
        return None
    direction: Direction = item.tags["direction"]
    if item.gradable and not w.sketch.superlatives:
        return _along_time(w, i, direction)
    for order in w.sketch.orders:
        order.direction = direction
    if not w.sketch.orders:
        w.sketch.direction = direction
    if "alphabet" in item.text or "lexico" in item.text:
        w.sketch.cues.add("alphabetical")
    return i + 1


def _along_time(w: Walker, i: int, direction: Direction) -> int:
    """ "newest first", "from the oldest to the youngest": along the moment or the age that the adjective is about."""
    item = w.items[i]
    if w.sketch.orders:
        order = w.sketch.orders[-1]
        order.direction = _way(order.ref, item.gradable) or direction
        return i + 1
    if any(group.grain for group in w.sketch.groups) or w.context_subject is not None:
        w.sketch.direction = dict(item.gradable).get("date", direction)
        w.sketch.cues.add("temporal")
        return i + 1
    ref = next((a.ref for a in w.sketch.asks if a.ref is not None and _way(a.ref, item.gradable)), None)
    owner = w.subject
    if ref is None and owner is not None and (hinted := scale_of(w.link, owner, item.gradable)) is not None:
        ref = hinted[0]
    if ref is None:
        w.sketch.missing.append(f"by what they are ordered {item.text}")
    else:
        w.sketch.orders.append(Order(_way(ref, item.gradable) or direction, ref=ref))
    return i + 1


def _way(ref: Ref | None, hints: Hints) -> Direction | None:
    """Which way an adjective of age goes along an attribute: an old thing began early, and its age is great."""
    way = dict(hints).get("date")
    if ref is None or way is None:
        return None
    if ref.tells_when:
        return way
    if ref.derived or "age" in ref.attribute.label.split():
        return Direction.ASC if way is Direction.DESC else Direction.DESC
    return None


def _ordered(w: Walker, i: int) -> int:
    """What follows a word of order: a direction, and what is sorted by it."""
    w.close_all()
    item = w.items[i]
    direction: Direction | None = item.tags["order"]
    if (after := _by_what_was_shown(w, i, direction)) is not None:
        return after
    k = w.next(i + 1, over=("the", "of", "their", "its", "by", "each", "in", "that", "them"))
    if k < len(w.items) and w.items[k].has("direction"):
        direction = w.items[k].tags["direction"]
        k = w.next(k + 1, over=("of", "the", "by"))
    if (
        k + 1 < len(w.items)
        and w.items[k].has("sup")
        and not w.items[k].ordinal
        and (w.items[k + 1].is_link or w.items[k + 1].has("agg") or w.items[k + 1].has("count"))
    ):
        # "ordered by the highest rating first".
        direction = w.items[k].tags["sup"]
        k += 1
    operand = read_operand(w, k) if k < len(w.items) else None
    if operand is None:
        return _ordered_by_nothing(w, i, k, direction)
    named = w.items[operand.after - 1].columns() if operand.ref is not None else set()
    for ask in w.sketch.asks:
        derived = operand.ref is not None and operand.ref.derived
        if (
            ask.ref is not None
            and not derived
            and (ask.ref.column in named or ask.ref.attribute.name in {name for _, name in named})
        ):
            # What was asked for under this name is what is sorted by.
            operand.ref = ask.ref
    operand.ref = _of_what_is_listed(w, operand)
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
    after = _past_head(w, after)
    if (last := w.at(after)) is not None and last.text.lower() == "first":
        after += 1
    if direction is None and operand.measure is not None and "rank" in item.text.lower():
        w.sketch.orders[-1].direction = Direction.DESC
    return after


def _past_head(w: Walker, after: int) -> int:
    """ "the region name": the head noun of a compound whose first word was taken for the attribute."""
    item = w.at(after)
    heads = ("name", "names", "value", "values", "column", "field")
    return after + 1 if item is not None and item.text.lower() in heads else after


_STARTS = ("from", "starting from", "starting", "beginning")


def from_to(w: Walker, i: int) -> int | None:
    """ "from the best rating to the lowest", "longest to shortest": an order, by what stands between or before."""
    k = i
    while k < len(w.items) and w.items[k].text.lower() in (*_STARTS, "the"):
        k += 1
    first = w.at(k)
    if first is None or not (first.has("sup") or first.superlative) or (first.ordinal and k == i):
        return None
    for j in range(k + 1, min(k + 5, len(w.items) - 1)):
        end = w.next(j + 1, over=("the",))
        last = w.at(end)
        if w.items[j].text.lower() != "to" or last is None or not (last.has("sup") or last.superlative):
            continue
        between = read_operand(w, k + 1) if j > k + 1 else None
        after = end + 1
        if between is not None and (repeated := read_operand(w, after)) is not None and repeated.ref == between.ref:
            # "from the highest salary to the lowest salary"
            after = repeated.after
        w.close_all()
        if not _order_from(w, first, between):
            w.sketch.missing.append(f"by what they are ordered from {first.text} to {last.text}")
        return after
    return None


def _order_from(w: Walker, first: Item, between: Found | None) -> bool:
    """Put the order that begins with the superlative; whether there is something to go by."""
    ref = between.ref if between is not None else None
    measure = between.measure if between is not None else None
    if between is not None and ref is None and measure is None and between.entity is not None:
        measure = count_of(between.entity)
    owner = w.anchor or w.subject
    direction: Direction | None = first.tags.get("sup") or (first.gradable[0][1] if first.gradable else None)
    if ref is None and measure is None and w.sketch.orders:
        w.sketch.orders[-1].direction = _way(w.sketch.orders[-1].ref, first.gradable) or direction or Direction.DESC
        return True
    if ref is None and measure is None and first.gradable and owner:
        hinted = scale_of(w.link, owner, first.gradable)
        if hinted is not None:
            ref, direction = hinted
    if ref is not None or measure is not None:
        w.sketch.orders.append(
            Order(_way(ref, first.gradable) or direction or Direction.DESC, ref=ref, measure=measure)
        )
        return True
    w.sketch.direction = direction
    return direction is not None


_SHOWN = ("number", "count", "total", "amount", "value", "figure")
"""What the numbers of the previous answer may be called."""


def _by_what_was_shown(w: Walker, i: int, direction: Direction | None) -> int | None:
    """ "sort them by this number": by the measure of the previous answer."""
    if w.context_subject is None:
        return None
    for j in range(i + 1, len(w.items) - 1):
        if w.items[j].text.lower() in ("this", "that", "these", "those") and w.items[j + 1].lemma in _SHOWN:
            said = [item.tags["direction"] for item in w.items[i:] if item.has("direction")]
            w.sketch.direction = said[0] if said else direction
            w.sketch.cues |= {"order", "pronoun"}
            w.sketch.pronoun = True
            w.sketch.asks.clear()
            return max(j + 2, *(k + 1 for k, item in enumerate(w.items) if k > i and item.has("direction")), j + 2)
    return None


def _of_what_is_listed(w: Walker, operand: Found) -> Ref | None:
    """ "list the shows, ordered by air date": the rows' own original air date, rather than one of many of another thing."""
    ref, listed = operand.ref, w.subject
    if ref is None or listed is None or ref.entity == listed or w.graph.to_one(listed, ref.entity):
        return ref
    item = w.items[operand.after - 1]
    own = next((c for c in item.attributes if c.entity == listed and c.score >= _OWN), None)
    return ref if own is None else w.link.make(listed, w.model.attribute(listed, own.name), own.score, item)


_OWN = 0.6
"""How well an attribute of the rows that are listed must fit to be preferred."""


def _ordered_by_nothing(w: Walker, i: int, k: int, direction: Direction | None) -> int:
    """ "sort them", "in descending order": only a direction, or not even that."""
    w.sketch.direction = direction or w.sketch.direction
    if w.items[i].text.lower() in ("ordered", "rank", "ranked") and direction is None and k >= len(w.items):
        return i + 1
    if w.sketch.orders and direction:
        w.sketch.orders[-1].direction = direction
    w.sketch.cues.add("order")
    return max(k, i + 1) if k < len(w.items) and w.items[k].has("pronoun") else i + 1


def _rank_by_all_rows(w: Walker, k: int, operand: Found, pending: Superlative) -> None:
    """ "top customers by amount", "top agents by total price": what stands in many rows is ranked by what they come to."""
    ref = pending.ref
    if ref is None or not ref.is_measurable:
        return
    subject = w.subject
    ranked = w.sketch.asks[-1].ref if w.sketch.asks else None
    repeated = ranked is not None and not ranked.attribute.unique and not ranked.is_number
    added = any(item.tags.get("agg") is Function.SUM for item in w.items[k : operand.after])
    if added or (ref.attribute.role is Role.ADDITIVE and (repeated or (subject is not None and subject != ref.entity))):
        function = Function.SUM
    elif repeated and ranked is not None and stands_for_many(w.model, ranked) and ranked.entity == ref.entity:
        function = default_function(ref)
        way = "total" if function is Function.SUM else "average"
        w.sketch.assumptions.append(("aggregate", f"they are ranked by the {way} {ref.attribute.label}"))
    else:
        return
    pending.measure = Aggregate(function=function, entity=ref.entity, of=ref.scalar)
    pending.ref = None


def rank_by(w: Walker, k: int) -> int | None:
    """ "top 5 products by revenue": what the superlative ranks by."""
    operand = read_operand(w, k)
    if operand is None or (operand.measure is None and operand.ref is None):
        return None
    pending = next((s for s in reversed(w.sketch.superlatives) if s.is_open), None)
    if pending is not None:
        pending.measure = operand.measure
        pending.ref = operand.ref if operand.measure is None else None
        _rank_by_all_rows(w, k, operand, pending)
        return operand.after
    graded = w.sketch.superlatives[-1] if w.sketch.superlatives else None
    if (
        graded is not None
        and operand.measure is not None
        and graded.position < len(w.items)
        and w.items[graded.position].gradable
    ):
        # "the cheapest hotels by average rate": what is said wins over what the adjective usually means.
        graded.measure, graded.ref = operand.measure, None
        return operand.after
    direction = w.sketch.direction or Direction.DESC
    w.sketch.orders.append(Order(direction, ref=operand.ref, measure=operand.measure))
    return operand.after
