"""Rule for aggregates: "average and maximum age", "total revenue", "the highest capacity"."""

from __future__ import annotations

from deployments.analytics.language.rules.counts import ask_measure
from deployments.analytics.language.rules.operands import (
    Found,
    aggregate,
    apply,
    compares,
    owner_after,
    read_operand,
)
from deployments.analytics.language.walker import Operand, Walker
from deployments.contracts.query import Aggregate, Direction, Function


def aggregates(w: Walker, i: int) -> int | None:
    """ "average and maximum age", "total revenue"."""
    item = w.items[i]
    if not _is_aggregate(w, i) or (item.metrics and item.metrics[0].score > 0.9):
        return None
    functions: list[tuple[Function, float | None]] = []
    j = i
    while j < len(w.items):
        part = w.items[j]
        if _is_aggregate(w, j):
            functions.append((_function(w, j), part.tags.get("percentile")))
            j += 1
        elif functions and (part.has("conj") or part.text.lower() in ("the", "of", "also")) and _more_functions(w, j):
            j += 1
        else:
            break
    found = read_operand(w, j, numeric=True)
    if found is not None and found.entity is not None and found.ref is None:
        # "the total cost of all visits": a noun that names nothing here is not to be passed over.
        passed = next(
            (item for item in w.items[j : found.after] if item.verb and item.text.lower() == item.lemma), None
        )
        if passed is not None:
            w.sketch.unknown.append(passed.text)
    results = [apply(w, function, found, parameter) for function, parameter in functions] if found is not None else []
    done = [r for r in results if r is not None and r.measure is not None]
    if not done or found is None:
        if w.sketch.asks and w.sketch.asks[-1].kind == "attribute" and w.sketch.asks[-1].ref is not None:
            ref = w.sketch.asks[-1].ref
            if ref.is_number and w.items[w.previous(i)].text != ".":
                w.sketch.asks.pop()
                for function, parameter in functions:
                    ask_measure(w, aggregate(function, ref, parameter), i)
                return j
        measured = w.sketch.asks and w.sketch.asks[-1].kind == "measure"
        if measured and functions == [(Function.SUM, None)] and _ends(w, j):
            # "how many orders in total": a count or a sum is one already.
            return j
        asked = {ask.measure.function for ask in w.sketch.asks if isinstance(ask.measure, Aggregate)}
        if w.next_sentence and _ends(w, j) and {function for function, _ in functions} <= asked:
            # "the average rating of each? Show the name and the average": the one that was asked for before.
            return j
        w.sketch.aggregate, w.sketch.percentile = functions[0]
        return j
    after = max(result.after for result in done)
    if w.restrict and len(done) == 1 and w.sketch.asks and compares(w, after):
        # "hotels whose average rating is below 3": what is compared, not what is asked for.
        w.operand = Operand(i, measure=done[0].measure)
        return after
    for result in done:
        assert result.measure is not None
        ask_measure(w, result.measure, i, result.entity)
    if found.entity is not None:
        w.sketch.entities.append((found.entity, after - 1))
    w.restrict = False
    return _more_attributes(w, after, functions, found)


def _ends(w: Walker, j: int) -> bool:
    """Whether nothing that could be put together follows."""
    k = w.next(j)
    return k >= len(w.items) or w.items[k].text in ".?!,;" or not w.items[k].is_link


def _more_attributes(w: Walker, after: int, functions: list[tuple[Function, float | None]], found: Found) -> int:
    """ "average age and weight": the function holds for the attributes that follow in the list."""
    if found.ref is None:
        return after
    while True:
        k = after
        while k < len(w.items) and w.items[k].has("conj"):
            k += 1
        if k == after or k >= len(w.items):
            return after
        item = w.items[k]
        if item.has("agg") or not item.attributes or item.has("count") or w.link.entity(k) is not None:
            return after
        ref = w.link.ref(k, found.ref.entity, numeric=True)
        if ref is None or not ref.is_number:
            return after
        for function, parameter in functions:
            ask_measure(w, aggregate(function, ref, parameter), k)
        after = k + 1


def _is_aggregate(w: Walker, i: int) -> bool:
    item = w.items[i]
    if item.has("percentile"):
        return True
    if item.has("agg") and not item.has("sup"):
        return True
    return item.has("sup") and _extreme_as_aggregate(w, i)


def _extreme_as_aggregate(w: Walker, i: int) -> bool:
    """ "the maximum capacity" asks for a number; "the stadium with the maximum capacity" asks for a stadium."""
    item = w.items[i]
    if item.text.lower().endswith("of") and not item.has("agg"):
        return False
    text = item.lemma
    named = "max" in text or "min" in text
    if w.word_before(i, "with", "have", "has", "having", "had", "at", "got", "get") or item.text.lower() in (
        "top",
        "bottom",
        "most",
        "least",
    ):
        return False
    if any(ask.kind in ("entity", "attribute") for ask in w.sketch.asks) and not (
        named and w.items[w.previous(i)].has("conj")
    ):
        return named and w.sketch.wh is None and not w.restrict
    if w.restrict:
        return False
    j = w.next(i + 1, over=("the", "of", "a"))
    while j < len(w.items) and (w.items[j].has("conj") or w.items[j].has("sup") or w.items[j].has("agg")):
        j += 1
    follow = w.at(j)
    ended = follow is None or follow.text in (".", "?", "!", ",")
    if ended or follow is None or follow.number is not None:
        return named and ended
    if follow.has("agg") or follow.has("count"):
        return False
    ref = w.link.ref(j, owner_after(w, j + 1), numeric=True) if follow.attributes else None
    if ref is None:
        return bool(follow.metrics) and named
    if follow.entities and w.link.entity(j) is not None and follow.entities[0].score > ref.score:
        return False
    # "the highest rated" and "highest capacity stadium": an entity right after is what is asked for.
    k = w.next(j + 1)
    return not (k == j + 1 and k < len(w.items) and w.link.entity(k) is not None and not named)


def _function(w: Walker, i: int) -> Function:
    item = w.items[i]
    if item.has("percentile"):
        return Function.PERCENTILE
    if item.has("agg"):
        found: Function = item.tags["agg"]
        return found
    return Function.MAX if item.tags["sup"] is Direction.DESC else Function.MIN


def _more_functions(w: Walker, j: int) -> bool:
    """Whether another aggregate word follows in the list."""
    k = j
    while k < len(w.items) and (w.items[k].has("conj") or w.items[k].text.lower() in ("the", "of", "also")):
        k += 1
    return k < len(w.items) and _is_aggregate(w, k)
