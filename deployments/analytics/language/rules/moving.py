"""Rule for moving averages: "7-day average of orders", "rolling 3-month average revenue"."""

from __future__ import annotations

from deployments.analytics.language.sketch import Group
from deployments.analytics.language.walker import Walker
from deployments.contracts.query import Function, Grain

_USUAL = {Grain.DAY: 7, Grain.WEEK: 4, Grain.MONTH: 3, Grain.QUARTER: 4, Grain.YEAR: 3, Grain.HOUR: 24}


def moving(w: Walker, i: int) -> int | None:
    """An average over so many periods up to each; without a number, over as many as is usual, which is said."""
    j = i
    said = w.items[j].tags.get("calc") == "moving" or w.items[j].text.lower() in ("rolling", "moving", "trailing")
    if said:
        j += 1
    while j < len(w.items) and w.items[j].text.lower() in ("the", "a", "of"):
        j += 1
    number = w.at(j)
    count, grain, after = _so_many(w, j) if number is not None else (None, None, j)
    if count is not None and not said:
        calc = w.at(after)
        if calc is None or not (
            calc.tags.get("calc") == "moving" or calc.text.lower() in ("moving", "rolling", "trailing", "average")
        ):
            return None
    if count is None and not said:
        return None
    while after < len(w.items) and (
        w.items[after].text.lower() in ("moving", "rolling", "trailing", "of", "the", "for", "in", "average")
        or w.items[after].tags.get("calc") == "moving"
        or w.items[after].tags.get("agg") is Function.AVG
    ):
        after += 1
    if count is None:
        count, grain, after = _later(w, after)
    grain = grain or next((g.grain for g in w.sketch.groups if g.grain), None) or next(
        (item.grain for item in w.items if item.grain is not None and item.interval is None), Grain.DAY
    )  # fmt: skip
    if count is None:
        count = _USUAL[grain]
        w.sketch.assumptions.append(("moving", f"the average runs over {count} {grain.value}s"))
    if not any(group.grain for group in w.sketch.groups):
        w.sketch.groups.append(Group(i, grain=grain))
    w.sketch.moving = count
    w.sketch.calculations.append(("moving", i, f"the average over {count} {grain.value}s"))
    return after


def _so_many(w: Walker, j: int) -> tuple[int | None, Grain | None, int]:
    """ "7-day", "3 month": the number, the unit, and the position after them."""
    item = w.at(j)
    if item is None or item.number is None or item.ordinal or not float(item.number).is_integer():
        return None, None, j
    k = j + 1
    while k < len(w.items) and w.items[k].text == "-":
        k += 1
    unit = w.at(k)
    if unit is None or unit.grain is None or item.number < 2 or item.number > 400:
        return None, None, j
    return int(item.number), unit.grain, k + 1


def _later(w: Walker, after: int) -> tuple[int | None, Grain | None, int]:
    """ "moving average of revenue over 7 days": the number stands later."""
    for j in range(after, len(w.items) - 1):
        if w.items[j].text.lower() in ("over", "for", "with"):
            count, grain, end = _so_many(w, j + 1)
            if count is not None:
                w.taken.update(range(j, end))
                return count, grain, after
    return None, None, after
