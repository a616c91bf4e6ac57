"""Calculations over the finished result: shares, growth, running totals."""

from __future__ import annotations

from deployments.analytics.language.assemble.draft import Draft
from deployments.analytics.language.filters import conjoin
from deployments.analytics.language.items import Item
from deployments.contracts.query import (
    Aggregate,
    Calculation,
    Growth,
    MeasureArithmetic,
    MetricValue,
    Moving,
    Running,
    Share,
    Truncated,
)


def calculations_of(draft: Draft) -> list[Calculation]:
    """The calculations that the sketch asks for; a share of some rows becomes a measure, and its conditions move into it."""
    found: list[Calculation] = []
    kinds = {kind for kind, _, _ in draft.sketch.calculations}
    for kind, _, text in draft.sketch.calculations:
        if kind == "share" and "growth" in kinds:
            continue
        if not draft.measures:
            draft.out.missing.append(text)
            continue
        if kind == "histogram":
            continue
        along = next((i for i, d in enumerate(draft.dimensions) if isinstance(d.of, Truncated)), None)
        name = draft.measures[0].name
        within = tuple(i for i in range(len(draft.dimensions)) if i != along)
        if kind == "share" and _share_of_rows(draft):
            continue
        if kind == "share" and draft.dimensions:
            found.append(Share(measure=0, within=_whole_of(draft, along), name=f"{name}_share"))
        elif kind == "running" and along is not None:
            found.append(Running(measure=0, along=along, within=within, name=f"running_{name}"))
        elif kind == "moving" and along is not None and draft.sketch.moving:
            found.append(
                Moving(
                    measure=0, along=along, periods=draft.sketch.moving, within=within, name=f"moving_average_{name}"
                )
            )
        elif kind == "growth" and any(isinstance(known, Growth) for known in found):
            continue
        elif kind == "growth" and along is not None and draft.comparison is None:
            found.append(Growth(measure=0, along=along, within=within, name=f"{name}_growth"))
        elif kind in ("ratio", "difference") and isinstance(draft.measures[0], MeasureArithmetic):
            continue
        elif kind == "growth" and draft.comparison is not None:
            draft.comparison = draft.comparison.model_copy(update={"show": "growth"})
        elif kind == "rank" and draft.orders:
            continue
        else:
            draft.out.missing.append(text)
    return found


def _whole_of(draft: Draft, along: int | None) -> tuple[int, ...]:
    """Of what whole a share is: "by channel per month" of the month, "in each hotel" of the hotel, else of everything."""
    if len(draft.dimensions) < 2:
        return ()
    each = [
        i
        for i, group in enumerate(draft.sketch.groups)
        if i > 0 and group.each and group.grain is None and i < len(draft.dimensions)
    ]
    within = tuple(dict.fromkeys([*([along] if along is not None else []), *each]))
    if within and len(within) < len(draft.dimensions):
        names = ", ".join(draft.dimensions[i].name for i in within)
        draft.assume("share", f"shares are of the total of each {names}")
        return within
    return ()


def _share_of_rows(draft: Draft) -> bool:
    """ "what share of revenue is from Germany": the measure over the rows that fit, by the measure over all."""
    whole = draft.measures[0]
    if not draft.conditions or (draft.dimensions and not _said_of_the_rows(draft)):
        return False
    if not isinstance(whole, Aggregate | MetricValue) or whole.where is not None:
        return False
    left = whole.model_copy(update={"where": conjoin(draft.conditions), "name": ""})
    right = whole.model_copy(update={"name": ""})
    draft.measures = [MeasureArithmetic(operator="/", left=left, right=right, name=f"{whole.name}_share")]
    draft.conditions = []
    return True


def _said_of_the_rows(draft: Draft) -> bool:
    """ "percentage of orders that were cancelled, by channel": of each channel's orders, where "share of cancelled orders
    by channel" is how the cancelled ones are spread."""
    items = draft.link.items
    start = next(i for kind, i, _ in draft.sketch.calculations if kind == "share")
    noun = next((i for i in range(start, len(items)) if items[i].is_link), None)
    said = [c.position for c in draft.sketch.conditions] + [at for _, at in draft.sketch.existence]
    if noun is None or not said:
        return False
    return all(at >= noun and any(_predicates(item) for item in items[noun : at + 1]) for at in said)


def _predicates(item: Item) -> bool:
    return item.has("rel") or item.has("neg") or bool({"is", "are", "was", "were"} & set(item.text.lower().split()))
