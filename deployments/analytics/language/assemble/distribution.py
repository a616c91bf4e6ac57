"""How values are spread: a number in bins of one width, a category by how many rows it has."""

from __future__ import annotations

import math
from decimal import Decimal

from deployments.analytics.language.assemble.draft import Draft
from deployments.analytics.language.assemble.measures import add_measure
from deployments.analytics.language.sketch import Ask, Group, Ref, count_of
from deployments.contracts.query import Binned, Dimension, Direction, OrderBy

_BINS = 10


def settle_distribution(draft: Draft) -> None:
    """ "histogram of order amounts", "distribution of customers by age": what is spread becomes the group, and rows are counted."""
    sketch = draft.sketch
    if not any(kind == "histogram" for kind, _, _ in sketch.calculations):
        return
    numbers = [ask for ask in sketch.asks if ask.kind == "attribute" and ask.ref is not None]
    grouped = [group for group in sketch.groups if group.ref is not None and group.ref.is_number]
    spread = numbers[0].ref if numbers else grouped[0].ref if grouped else None
    if spread is None:
        return
    if numbers:
        sketch.asks.remove(numbers[0])
    else:
        sketch.groups.remove(grouped[0])
    width = _width(spread)
    if width is None:
        sketch.groups.insert(0, Group(0, ref=spread))
    else:
        draft.binned = (spread, width)
        draft.assume("bins", f"{spread.attribute.label} is shown in steps of {width:g}")
    sketch.asks[:] = [ask for ask in sketch.asks if ask.kind == "measure"] or [
        Ask("measure", spread.entity, 0, measure=count_of(spread.entity))
    ]
    sketch.subject = spread.entity
    sketch.chart = sketch.chart or ("histogram" if width is not None else None)


def add_bins(draft: Draft) -> None:
    """The bins as the first dimension, in their order."""
    if draft.binned is None:
        return
    ref, width = draft.binned
    draft.dimensions.insert(0, Dimension(of=Binned(of=ref.scalar, width=width), name=f"{ref.attribute.name}_from"))
    draft.group_count += 1
    draft.orders = [OrderBy(target="dimension", index=0, direction=Direction.ASC)]
    if not draft.measures:
        add_measure(draft, count_of(ref.entity))


def _width(ref: Ref) -> float | None:
    """A round width that makes about ten bins; None for what is no number, or has few values anyway."""
    low, high = ref.attribute.minimum, ref.attribute.maximum
    if not ref.is_number or (ref.attribute.distinct_count or _BINS + 1) <= _BINS:
        return None
    if not isinstance(low, int | float | Decimal) or not isinstance(high, int | float | Decimal) or high <= low:
        return None
    raw = (float(high) - float(low)) / _BINS
    scale = 10.0 ** math.floor(math.log10(raw))
    return next(step * scale for step in (1, 2, 5, 10) if step * scale >= raw)
