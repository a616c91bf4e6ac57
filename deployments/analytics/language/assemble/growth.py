"""Growth: between which periods it is, and things ranked by how much they grew."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from dateutil.relativedelta import relativedelta

from deployments.analytics.language.amounts import default_function
from deployments.analytics.language.assemble.draft import Draft
from deployments.analytics.language.assemble.measures import add_measure
from deployments.analytics.language.calendar import Interval, period
from deployments.analytics.language.filters import restricted
from deployments.analytics.language.sketch import Ask, Group, Sketch, Superlative, measured_entity
from deployments.contracts.query import (
    Aggregate,
    Constant,
    Direction,
    Grain,
    Limit,
    Measure,
    MeasureArithmetic,
    MeasureComparison,
    MetricValue,
    Operator,
    OrderBy,
    TimeRange,
    TimeWindow,
)

_SHRINKING = frozenset("fell dropped declined shrank shrunk decreased decrease decline fall drop".split())


def settle_growth(draft: Draft) -> None:
    """Which two periods growth is between, where the question names one or a span of them; and of what it is."""
    sketch = draft.sketch
    if sketch.shift is not None and len(sketch.windows) == 1:
        unit, count = sketch.shift
        first, ref, position = sketch.windows[0]
        sketch.windows.append((moved(first, unit, count), ref, position))
        sketch.versus, sketch.shift = True, None
    if any(kind == "running" for kind, _, _ in sketch.calculations) and not any(g.grain for g in sketch.groups):
        draft.assume("running", "the running total is by month")
        sketch.groups.append(Group(0, grain=Grain.MONTH))
    growths = [text for kind, _, text in sketch.calculations if kind == "growth"]
    if not growths:
        return
    _sum_what_grows(sketch)
    if any(ask.kind == "measure" for ask in sketch.asks):
        pass
    elif (counted := _counted(draft)) is not None:
        sketch.asks = [ask for ask in sketch.asks if ask.kind != "entity"] + [Ask("entity", counted, 0)]
    elif draft.model.metrics:
        metric = draft.model.metrics[0]
        measure = MetricValue(metric=metric.name)
        draft.assume("metric", f"growth is of {metric.label}, since the question does not say of what")
        sketch.asks.append(Ask("measure", measured_entity(draft.model, measure), 0, measure=measure))
    grained = any(group.grain for group in sketch.groups)
    if len(sketch.windows) == 2:
        sketch.versus = True
    elif len(sketch.windows) == 1 and not grained and sketch.step in (None, sketch.windows[0][0].unit):
        _compare_with_earlier(draft)
    elif sketch.step is not None and not grained:
        sketch.groups.append(Group(0, grain=sketch.step))
    _rank_growing(draft, growths)


def _sum_what_grows(sketch: Sketch) -> None:
    """ "growth of the claimed amount": a number that is asked for is what grows."""
    ask = sketch.asks[0] if len(sketch.asks) == 1 else None
    if ask is not None and ask.kind == "attribute" and ask.ref is not None and ask.ref.is_measurable:
        measure = Aggregate(function=default_function(ask.ref), entity=ask.ref.entity, of=ask.ref.scalar)
        sketch.asks[0] = Ask("measure", ask.ref.entity, ask.position, measure=measure)


def _counted(draft: Draft) -> str | None:
    """The entity whose number of rows may grow, where it is named and not what is ranked or grouped by."""
    sketch = draft.sketch
    if any(s.is_open for s in sketch.superlatives) or _verb_of_movers(draft) is not None:
        return None
    grouped = {group.entity for group in sketch.groups}
    return next((entity for entity, _ in sketch.entities if entity not in grouped), None)


def _compare_with_earlier(draft: Draft) -> None:
    """One period grows against the one before it; of a span of two, the later against the earlier."""
    interval, ref, position = draft.sketch.windows[0]
    if interval.unit is not None:
        earlier = interval.shifted(interval.unit, -1)
        draft.assume("growth", f"growth in {interval.label} is against {earlier.label}")
        draft.sketch.windows.append((earlier, ref, position))
        draft.sketch.versus = True
        return
    for unit in (Grain.YEAR, Grain.QUARTER, Grain.MONTH):
        if interval.start is None or interval.end is None:
            return
        first = period(unit, interval.start)
        last = first.shifted(unit, 1)
        if (first.start, last.end) == (interval.start, interval.end):
            draft.sketch.windows[:] = [(last, ref, position), (first, ref, position)]
            draft.sketch.versus = True
            return


def _rank_growing(draft: Draft, growths: list[str]) -> None:
    """ "which region grew the most": the superlative is by growth, which is known once the periods are."""
    sketch = draft.sketch
    shrinking = bool(_SHRINKING & {word for text in growths for word in text.split()})
    open_ones = [s for s in sketch.superlatives if s.is_open]
    if not sketch.versus or len(sketch.windows) != 2:
        return
    if not open_ones:
        _keep_movers(draft, shrinking)
        return
    sketch.superlatives = [s for s in sketch.superlatives if not s.is_open]
    found = open_ones[0]
    fastest = (found.direction is Direction.DESC) is not shrinking
    draft.growing = replace(found, direction=Direction.DESC if fastest else Direction.ASC)
    sketch.cues.discard("frequency")


_MOVED = frozenset("grew rose increased improved fell dropped declined shrank shrunk decreased".split())


def _keep_movers(draft: Draft, shrinking: bool) -> None:
    """ "which category declined": those that did, the one that moved the most first."""
    verb = _verb_of_movers(draft)
    if verb is None:
        return
    direction = Direction.ASC if shrinking else Direction.DESC
    draft.growing = Superlative(direction, position=verb)
    draft.keeps_movers = True


def _verb_of_movers(draft: Draft) -> int | None:
    """Where the verb stands that says what the things asked for did."""
    sketch = draft.sketch
    verb = next((at for kind, at, text in sketch.calculations if kind == "growth" and text in _MOVED), None)
    asked = [ask.position for ask in sketch.asks if ask.kind != "measure"]
    first = draft.link.items[0].text.lower()
    if verb is None or not asked or min(asked) > verb or not first.startswith(("which", "what")):
        return None
    return verb


def rank_by_growth(draft: Draft) -> None:
    """Each period's measure and the change between them as measures of their own, and the order by the change."""
    if draft.growing is None or draft.window is None or draft.comparison is None or not draft.measures:
        return
    whole = draft.measures[0]
    later, earlier = _within(whole, draft.window), _within(whole, draft.comparison.window)
    change = MeasureArithmetic(operator="-", left=later, right=earlier)
    growth = MeasureArithmetic(operator="/", left=change, right=earlier, name=f"{whole.name}_growth")
    draft.measures = []
    add_measure(draft, later.model_copy(update={"name": whole.name}))
    add_measure(draft, earlier.model_copy(update={"name": f"{whole.name}_previous"}))
    index = add_measure(draft, growth)
    draft.assume(
        "growth", f"growth is the change from {draft.comparison.window.label} to {draft.window.label}, in percent"
    )
    draft.sketch.calculations = [c for c in draft.sketch.calculations if c[0] != "growth"]
    draft.window, draft.comparison = None, None
    draft.orders = [OrderBy(target="measure", index=index, direction=draft.growing.direction)]
    if draft.keeps_movers:
        operator = Operator.LT if draft.growing.direction is Direction.ASC else Operator.GT
        draft.having.append(MeasureComparison(measure=change, operator=operator, right=Constant(value=0)))
        return
    draft.limit = Limit(count=draft.growing.count or 1)


def _within(measure: Measure, window: TimeWindow) -> Measure:
    return restricted(measure, TimeRange(of=window.of, start=window.start, end=window.end))


def moved(interval: Interval, unit: Grain | None, count: int) -> Interval:
    """The interval so many units earlier; without a unit, by its own length."""
    unit = unit or interval.unit
    if unit is not None:
        return interval.shifted(unit, count)
    if interval.start is None or interval.end is None:
        return interval
    length = (interval.end - interval.start) * count
    return Interval(interval.start + length, interval.end + length, f"the period before {interval.label}")


_FURTHEST = 60
"""Periods of one kind that lie further apart are not aligned."""


def to_date(later: Interval, earlier: Interval, today: dt.date) -> tuple[Interval, Interval]:
    """Both periods up to the day of each that today is of the later one, where that is not over yet and they can be aligned.

    A period by its own name ("2026", "Q2") is meant as a whole; "this year" is the year so far."""
    if any(character.isdigit() for character in later.label):
        return later, earlier
    if later.start is None or later.end is None or later.unit is not earlier.unit or later.unit in (None, Grain.DAY):
        return later, earlier
    if not later.start <= today < later.end - dt.timedelta(1):
        return later, earlier
    so_far = Interval(later.start, today + dt.timedelta(1), f"{later.label} up to today")
    same_days = aligned(so_far, earlier)
    return (later, earlier) if same_days == earlier else (so_far, same_days)


def aligned(later: Interval, earlier: Interval) -> Interval:
    """The earlier period up to the same day, where the later one is not over yet ("this year so far vs last year")."""
    if earlier.unit is None or later.start is None or later.end is None or earlier.start is None or earlier.end is None:
        return earlier
    whole = period(earlier.unit, later.start)
    if whole.start != later.start or whole.end is None or later.end >= whole.end:
        return earlier
    steps = {Grain.YEAR: relativedelta(years=1), Grain.QUARTER: relativedelta(months=3), Grain.MONTH: relativedelta(months=1),
             Grain.WEEK: relativedelta(weeks=1), Grain.DAY: relativedelta(days=1)}  # fmt: skip
    step = steps.get(earlier.unit, relativedelta())
    apart = next((n for n in range(1, _FURTHEST) if later.start - step * n == earlier.start), None)
    if apart is None:
        return earlier
    end = later.end - step * apart
    return Interval(earlier.start, end, f"{earlier.label} up to the same day")
