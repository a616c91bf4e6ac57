"""Rule for several numbers asked for in one question, each with conditions of its own: "how many orders were placed in May and
how many were cancelled".

Each part is read as a question of its own. A part that leaves its noun out is about the same things as the part before it,
and a period that only one part names is everyone's; a condition that one part predicates stays there.
"""

from __future__ import annotations

from deployments.analytics.language.items import Item
from deployments.analytics.language.rules.counts import ask_measure
from deployments.analytics.language.rules.ratios import Side, measure_of_side, read_side
from deployments.analytics.language.sketch import Condition, measured_entity
from deployments.analytics.language.walker import Walker
from deployments.contracts.query import Aggregate, Comparison, Constant, Measure, Operator

_BEFORE = frozenset("what is are was were the also a and , ?".split())


def several(w: Walker, i: int) -> int | None:
    """The measures of the parts, where there are at least two and one of them has a condition of its own."""
    starts = _starts(w) if i == 0 else []
    if len(starts) < 2:
        return None
    stops = [*(start - 1 for start in starts[1:]), _end(w)]
    sides: list[Side] = []
    for start, stop in zip(starts, stops, strict=True):
        pointing = [j for j in range(start, stop) if w.items[j].has("pronoun") and not w.items[j].has("rel")]
        side = None if pointing else read_side(w, start, stop)
        if side is None or (sides and not side.sketch.asks[0].entity):
            head = _noun(sides[-1]) if sides else None
            side = read_side(w, start, stop, head, without=pointing) if head is not None else None
            if side is not None:
                _also_about(side, sides[-1], whole=bool(pointing))
        if side is None or not _measures_one(side):
            return None
        sides.append(side)
    apart = {tuple(str(c.filter) for c in side.sketch.conditions) for side in sides}
    spans = {tuple((start.start, start.end) for start, _, _ in side.sketch.windows) for side in sides}
    facts = {side.sketch.asks[0].entity for side in sides}
    events = len(facts) > 1 and all(w.model.by_name[fact].kind == "fact" for fact in facts)
    if len(apart) < 2 and len(spans - {()}) < 2 and not (events and spans != {()}):
        return None
    _share_period(w, sides)
    groups = sides[-1].sketch.groups
    sides[-1].sketch.groups = []
    measures = [_named(w, side) for side in sides]
    if None in measures or len(set(measures)) < len(measures):
        return None
    for side, measure in zip(sides, measures, strict=True):
        assert measure is not None
        side.hand_over(w)
        ask_measure(w, measure, i, measured_entity(w.model, measure) or None)
    w.sketch.groups.extend(groups)
    return stops[-1]


def _starts(w: Walker) -> list[int]:
    """Where the parts begin: at the beginning, and at each "and how many"."""
    first = w.next(0)
    if first >= len(w.items) or not (
        w.items[first].has("count") or w.items[first].has("agg") or w.items[first].metrics
    ):
        return []
    found = [0]
    for j in range(first + 1, len(w.items)):
        opens = w.items[j].has("count") and w.items[j].text.lower().startswith("how")
        k = j - 1
        while k > first and w.items[k].text.lower() in _BEFORE:
            k -= 1
        if opens and any(w.items[p].has("conj") for p in range(k + 1, j)):
            found.append(j)
    return found


def _end(w: Walker) -> int:
    last = len(w.items)
    while last and w.items[last - 1].text in ".?!;":
        last -= 1
    return last


def _measures_one(side: Side) -> bool:
    asks = side.sketch.asks
    plain = not (side.sketch.superlatives or side.sketch.calculations or side.sketch.orders or side.sketch.limit)
    return plain and len(asks) == 1 and asks[0].kind == "measure" and bool(asks[0].entity) and not side.sketch.pronoun


def _noun(side: Side) -> Item | None:
    """The noun that a part is about."""
    entity = side.sketch.asks[0].entity
    return next((item for item in side.link.items if any(c.entity == entity for c in item.entities[:1])), None)


def _also_about(side: Side, before: Side, *, whole: bool) -> None:
    """What stands before the noun belongs to it, and so to the part that leaves the noun out; "of them" takes everything."""
    noun = _noun(before)
    at = before.link.items.index(noun) if noun is not None else 0
    own = {condition.value_of for condition in side.sketch.conditions}
    shared = [c for c in before.sketch.conditions if whole or (c.position < at and c.value_of not in own)]
    side.sketch.conditions.extend(shared)
    if whole and not side.sketch.windows:
        side.sketch.windows = list(before.sketch.windows)


def _share_period(w: Walker, sides: list[Side]) -> None:
    told = next((side.sketch.windows for side in sides if side.sketch.windows), [])
    for side in sides:
        if told and not side.sketch.windows:
            side.sketch.windows = list(told)
            w.sketch.assumptions.append(("period", f"{told[0][0].label} holds for every number asked for"))
    facts = {side.sketch.asks[0].entity for side in sides}
    if (
        len(facts) == 1
        and told
        and all([span for span, _, _ in side.sketch.windows] == [span for span, _, _ in told] for side in sides)
    ):
        w.sketch.windows.extend(told)
        for side in sides:
            side.sketch.windows = []


def _named(w: Walker, side: Side) -> Measure | None:
    """The measure of a part, called by the value that sets it apart."""
    told = [_value(condition) for condition in side.sketch.conditions]
    measure = measure_of_side(w, side)
    words = [word for word in told if word]
    if not isinstance(measure, Aggregate) or not words:
        return measure
    name = "_".join([*words, w.model.by_name[measure.entity].plural]).lower().replace(" ", "_").replace("-", "_")
    return measure.model_copy(update={"name": name})


def _value(condition: Condition) -> str:
    found = condition.filter
    equal = isinstance(found, Comparison) and found.operator is Operator.EQ and isinstance(found.right, Constant)
    return str(found.right.value) if equal and isinstance(found.right.value, str) else ""  # type: ignore[union-attr]
