"""Rule for ratios of two things that are each said in full: "the ratio of open shops to closed shops in each city".

Each side is read as a question of its own, with its own conditions; together they are one measure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from deployments.analytics.language.amounts import default_function
from deployments.analytics.language.assemble.asked import name_rows
from deployments.analytics.language.assemble.assembler import assemble
from deployments.analytics.language.filters import conjoin, parts, restricted
from deployments.analytics.language.items import Item
from deployments.analytics.language.links import Linker
from deployments.analytics.language.rules.counts import ask_measure
from deployments.analytics.language.rules.operands import aggregate
from deployments.analytics.language.sketch import Ask, Condition, Sketch, count_of, measured_entity
from deployments.analytics.language.walker import Walker
from deployments.contracts.query import (
    Aggregate,
    AnalyticQuery,
    Arithmetic,
    Function,
    Measure,
    MeasureArithmetic,
    Related,
    TimeRange,
)

_RATIOS = ("ratio", "share")
_WORDS_BETWEEN = ("to", "against", "versus", "vs", "over", "out of", "relative to", "compared to", "compare to", "compare", "divide by",
            "divided by", "per")  # fmt: skip
_WHOLE = frozenset(("all", "total", "overall", "entire", "whole"))
_OPENINGS = frozenset(("the", "of", "between", "in", "for", "number"))


@dataclass(slots=True)
class Side:
    """One side of the ratio: what was found in its words, and the linker that found it."""

    sketch: Sketch
    link: Linker
    whole: bool

    def hand_over(self, w: Walker) -> None:
        """What was assumed, guessed and passed over while it was read, to the whole question."""
        w.sketch.assumptions.extend(self.sketch.assumptions)
        w.sketch.link.extend(self.sketch.link)
        w.sketch.ambiguous.extend(self.sketch.ambiguous)
        w.sketch.penalty += self.sketch.penalty
        w.sketch.guesses.extend(self.sketch.guesses)


def ratio(w: Walker, i: int) -> int | None:
    """ "ratio of A to B", "proportion of A out of all B", "percentage of A relative to B"."""
    item = w.items[i]
    if item.tags.get("calc") not in _RATIOS or item.is_link or w.restrict:
        return None
    stop = _end(w, i + 1)
    return _between(w, i, i + 1, stop, _middles(w, i + 1, stop, only_to=item.tags["calc"] == "share"))


def divided(w: Walker, i: int) -> int | None:
    """ "revenue divided by orders": the same without the word."""
    if i > 0 and not all(before.has("wh") or before.has("command") or before.filler for before in w.items[:i]):
        return None
    texts = [item.text.lower() for item in w.items]
    middle = next((j for j in range(i + 1, len(texts) - 1) if (texts[j], texts[j + 1]) == ("divided", "by")), None)
    if middle is None or "." in texts[i:middle]:
        return None
    after = _between(w, i, i, _end(w, middle + 2), [(middle, middle + 2)])
    if after is None:
        w.items[middle].unknown = False
        w.sketch.missing.append("what is to be divided by what")
    return after


def _between(w: Walker, i: int, start: int, stop: int, middles: list[tuple[int, int]]) -> int | None:
    """The ratio of the words from `start` to a middle to those after it; the position after the second side."""
    for middle, after in middles:
        right = read_side(w, after, stop)
        if right is None:
            continue
        left = read_side(w, start, middle)
        if left is None or not _measures(left):
            left = read_side(w, start, middle, _head(right)) or left
        if left is None:
            continue
        if left.sketch.groups or right.sketch.groups:
            if _part_of_whole(w, i, left, right):
                return stop
            continue
        shared = _taken_out(left, right)
        top, bottom = measure_of_side(w, left), measure_of_side(w, right)
        if top is None or bottom is None:
            continue
        if top == bottom:
            top, bottom = _of_those_related(left, top), _of_those_related(right, bottom)
        if top == bottom:
            continue
        whole: Measure = MeasureArithmetic(operator="/", left=top, right=bottom, name="ratio")
        if w.sketch.aggregate is not None:
            # "the average ratio of price to weight": of each row's.
            each = _of_each_row(w.sketch.aggregate, top, bottom)
            if each is None:
                continue
            whole, w.sketch.aggregate = each, None
        _add(w, i, whole, left, right)
        for condition in shared.conditions:
            w.add(condition)
        w.sketch.windows.extend(shared.windows)
        return stop
    return None


def _end(w: Walker, i: int) -> int:
    """Where the second side ends: at a grouping, an order, or the end of the sentence."""
    for j in range(i, len(w.items)):
        item = w.items[j]
        text = item.text.lower()
        counting = item.has("count") or item.has("agg")
        if text in ".?;!" or item.has("order"):
            return j
        if text == "per" and j + 1 < len(w.items) and (ref := w.link.ref(j + 1)) is not None and ref.is_measurable:
            continue
        if item.has("group") and not counting and text != "by" and not _parts_later(w, j):
            return j
        if (
            item.has("group")
            and not _parts_later(w, j)
            and j + 1 < len(w.items)
            and not (w.items[j - 1].verb or w.items[j - 1].passed or w.items[j].number)
        ):
            k = w.next(j + 1, over=("the",))
            if k < len(w.items) and (w.items[k].is_link or w.items[k].grain) and not w.items[k].has("count"):
                return j
        if text in ("over", "through", "across") and j + 1 < len(w.items) and (
            w.items[j + 1].text.lower() in ("time", "the years", "years")
        ):  # fmt: skip
            return j
        if item.lemma in ("vary", "differ", "change"):
            return j
    return len(w.items)


def _parts_later(w: Walker, j: int) -> bool:
    """Whether the words that part the two sides are still to come, so that the group belongs to the first side."""
    return any(item.text.lower() in ("to", "out of") for item in w.items[j + 1 :])


def _middles(w: Walker, i: int, stop: int, *, only_to: bool) -> list[tuple[int, int]]:
    """The places where the words may part, as (end of the first side, start of the second)."""
    found = []
    for j in range(i + 1, stop - 1):
        text = w.items[j].text.lower()
        two = f"{text} {w.items[j + 1].text.lower()}"
        if two in _WORDS_BETWEEN:
            found.append((j, j + 2))
        elif text in _WORDS_BETWEEN or (text == "and" and w.items[i].text.lower() == "between"):
            if only_to and text == "per":
                continue
            found.append((j, j + 1))
    return found


def _head(side: Side) -> Item | None:
    """The noun that a side is about, which the other may have left out: "open to closed shops"."""
    asked = side.sketch.asks[0]
    noun = side.link.items[asked.position] if asked.kind == "entity" else None
    return noun if noun is not None and noun.entities else None


def _measures(side: Side) -> bool:
    asked = side.sketch.asks[0]
    return asked.ref is None or asked.ref.is_measurable


def read_side(w: Walker, start: int, stop: int, head: Item | None = None, without: Sequence[int] = ()) -> Side | None:
    """The words from `start` to `stop`, and the noun that is left out, read by themselves, but for those at `without`; None
    where they measure nothing or hold what is not understood."""
    while start < stop and w.items[start].text.lower() in _OPENINGS and not w.items[start].has("count"):
        start += 1
    items = [*(w.items[j] for j in range(start, stop) if j not in without), *([head] if head is not None else [])]
    if start >= stop:
        return None
    near = tuple(dict.fromkeys(name for name, _ in w.link.mentioned))
    link = Linker(w.model, w.graph, items, w.as_of, near)
    sketch = Walker(w.model, w.graph, link, items, w.as_of).walk(w.rules)
    name_rows(sketch, link)
    if sketch.unknown or sketch.missing or not sketch.asks or sketch.superlatives or sketch.limit:
        return None
    whole = any(part in _WHOLE for item in items for part in item.text.lower().split())
    return Side(sketch, link, whole)


def _part_of_whole(w: Walker, i: int, left: Side, right: Side) -> bool:
    """ "the number of shops in each state to the total number of shops": a share of the same measure over everything."""
    conditions = [c.filter for c in left.sketch.conditions], [c.filter for c in right.sketch.conditions]
    if not right.whole or right.sketch.groups or left.sketch.asks[0].measure is None or conditions[0] != conditions[1]:
        return False
    if left.sketch.asks[0].measure != right.sketch.asks[0].measure:
        return False
    ask_measure(w, left.sketch.asks[0].measure, i)
    w.sketch.groups.extend(left.sketch.groups)
    w.sketch.calculations.append(("share", i, "share"))
    for condition in left.sketch.conditions:
        w.add(condition)
    return True


def _taken_out(left: Side, right: Side) -> Sketch:
    """What the second side restricts and the first does not, which is said of both: "A to B in New York".

    Where both sides count the same thing, the first condition of the second side is what sets it apart."""
    shared = Sketch()
    same = left.sketch.asks[0].entity == right.sketch.asks[0].entity and not right.whole
    known = {_about(c) for c in left.sketch.conditions}
    apart = [c for c in right.sketch.conditions if not c.having]
    own = apart[:1] if same and not (right.sketch.windows and not apart) else []
    for condition in apart:
        if condition not in own and _about(condition) not in known:
            right.sketch.conditions.remove(condition)
            shared.conditions.append(condition)
    if right.sketch.windows and not left.sketch.windows and (own or not same):
        shared.windows, right.sketch.windows = right.sketch.windows, []
    return shared


def _about(condition: Condition) -> object:
    return condition.value_of or condition.filter


def measure_of_side(w: Walker, side: Side) -> Measure | None:
    """What a side measures, with its conditions inside."""
    asked = side.sketch.asks[0]
    if len(side.sketch.asks) > 1:
        return None
    if asked.kind == "attribute" and asked.ref is not None:
        # "the population of France": a number, put together where there are several.
        if not asked.ref.is_measurable:
            return None
        measure = aggregate(default_function(asked.ref), asked.ref)
        side.sketch.asks = [Ask("measure", asked.entity, asked.position, measure=measure)]
    assembled = assemble(w.model, w.graph, side.link, side.sketch)
    if assembled.query is None or assembled.missing or assembled.open:
        return None
    return measure_of(assembled.query)


def _of_those_related(side: Side, measure: Measure) -> Measure:
    """ "papers in journals to papers at conferences": the related thing as a condition, although every row should have one."""
    entity = measure.entity if isinstance(measure, Aggregate) else ""
    others = [other for other, _ in side.sketch.existence if entity and other != entity]
    where = conjoin([Related(entity=entity, to=other) for other in others])
    return restricted(measure, where)


def _of_each_row(function: Function, left: Measure, right: Measure) -> Aggregate | None:
    """The function over the ratio of two attributes of each row."""
    if not isinstance(left, Aggregate) or not isinstance(right, Aggregate) or left.entity != right.entity:
        return None
    if left.where or right.where or left.of is None or right.of is None:
        return None
    of = Arithmetic(operator="/", left=left.of, right=right.of)
    return Aggregate(function=function, entity=left.entity, of=of, name=f"{function.value}_ratio")


def measure_of(query: AnalyticQuery) -> Measure | None:
    """A question with one number for an answer, or a list whose rows are counted, as a measure; None where it is neither."""
    if query.having or query.limit or query.calculations or query.comparison or len(query.measures) > 1:
        return None
    filters = list(parts(query.where))
    if query.time is not None:
        filters.append(TimeRange(of=query.time.of, start=query.time.start, end=query.time.end))
    where = conjoin(filters)
    if not query.measures:
        return count_of(query.subject, where)
    if query.dimensions:
        return None
    return restricted(query.measures[0], where)


def _add(w: Walker, i: int, measure: Measure, left: Side, right: Side) -> None:
    for side in (left, right):
        side.hand_over(w)
    ask_measure(w, measure, i, measured_entity(w.model, measure) or None)
