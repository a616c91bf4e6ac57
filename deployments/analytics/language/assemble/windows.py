"""Periods: on which time they are, and whether several are compared, each required, or any of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Literal

from deployments.analytics.language.assemble.draft import Draft
from deployments.analytics.language.assemble.growth import aligned, to_date
from deployments.analytics.language.assemble.shared import can_share
from deployments.analytics.language.assemble.subject import fact_of
from deployments.analytics.language.calendar import Interval
from deployments.analytics.language.calendar import name as name_of
from deployments.analytics.language.filters import attribute_of
from deployments.analytics.language.items import Item
from deployments.analytics.language.sketch import Ref, Sketch, measured_entity
from deployments.analytics.language.text import stem_of
from deployments.analytics.language.times import (
    interval_filter,
    month_filter,
    own_time,
    part_filter,
    part_ref,
    time_ref,
)
from deployments.analytics.language.vocabulary import lemmas
from deployments.analytics.model.schema import Role
from deployments.contracts.query import (
    Aggregate,
    AnyOf,
    Attribute,
    Comparison,
    Dimension,
    Filter,
    Grain,
    Nested,
    PeriodComparison,
    Related,
    Rollup,
    TimePart,
    TimeRange,
    TimeWindow,
    Truncated,
)


def add_windows(draft: Draft) -> None:
    """The periods as the window, as a comparison of two, or as conditions."""
    found: list[tuple[Filter, TimeWindow | None]] = []
    _take_the_year(draft)
    _align_two(draft)
    say_unfinished(draft)
    for interval, given, position in draft.sketch.windows:
        if given is None and (verb := _other_doing(draft, position)):
            draft.out.missing.append(f"when they {verb}")
            continue
        spoken = _spoken_time(draft, position) if given is None and "both periods" not in draft.sketch.cues else None
        condition = interval_filter(spoken, interval) if spoken is not None else None
        if condition is not None:
            draft.conditions.append(condition)
            continue
        on_time = _on_time(draft, interval, given)
        if on_time is not None:
            found.append(on_time)
    if len(found) == 1:
        condition, draft.window = found[0]
        _also_over_all(draft)
        if draft.window is None:
            draft.conditions.append(condition)
    elif len(found) > 1:
        compared = _compare_two(draft, [window for _, window in found])
        each = not compared and "both periods" in draft.sketch.cues and _in_each_period(draft)
        if not compared and not each and "both periods" in draft.sketch.cues and not draft.measures:
            draft.out.missing.append("what was in both periods")
        elif not compared and not each:
            _in_any_period(draft, found)


def _take_the_year(draft: Draft) -> None:
    """ "in May and June 2025": the year that is said once is the year of both."""
    windows = draft.sketch.windows
    told = {span.start.year for span, _, _ in windows if span.start is not None and not span.assumed}
    if len(windows) < 2 or len(told) != 1:
        return
    year = told.pop()
    for place, (span, ref, position) in enumerate(windows):
        if span.assumed and span.start is not None and span.unit in (Grain.DAY, Grain.MONTH, Grain.QUARTER):
            windows[place] = (span.shifted(Grain.YEAR, year - span.start.year), ref, position)
            said = ("period", span.assumed)
            draft.sketch.assumptions = [known for known in draft.sketch.assumptions if known != said]
            draft.out.assumptions = [known for known in draft.out.assumptions if (known.code, known.text) != said]


_COMING = frozenset(
    stem_of(word)
    for word in "added created joined registered signed started began acquired got gained opened founded made hired".split()
)


def _other_doing(draft: Draft, position: int) -> str | None:
    """ "users who logged in last month": what they did then, where all that is known of them is when they came to be."""
    counted = [ask for ask in draft.sketch.asks if ask.kind == "measure" and isinstance(ask.measure, Aggregate)]
    if len(counted) != 1 or draft.sketch.existence or draft.sketch.conditions or draft.sketch.groups:
        return None
    measure = counted[0].measure
    entity = draft.model.by_name.get(counted[0].entity)
    if entity is None or entity.kind == "fact" or not isinstance(measure, Aggregate) or measure.of is not None:
        return None
    time = own_time(entity)
    said = draft.link.items[max(0, position - 3) : position]
    doing = [
        item for item in said if item.text.lower().endswith("ed") and (item.verb or item.passed) and not item.is_link
    ]
    if (
        time is None
        or not doing
        or not any(c.entity == entity.name for item in draft.link.items for c in item.entities)
    ):
        return None
    known = {stem_of(word) for a in entity.attributes if a.data_type.is_time for word in lemmas(a.label)} | _COMING
    return None if stem_of(doing[-1].lemma) in known or stem_of(doing[-1].text.lower()) in known else doing[-1].text


def say_unfinished(draft: Draft) -> None:
    """A period that today lies in is not over: its numbers are of the days so far."""
    today = draft.link.as_of
    for interval, _, _ in draft.sketch.windows:
        ends = interval.end
        if interval.unit in _LASTING and interval.start and ends and interval.start <= today < ends - dt.timedelta(1):
            draft.assume("period", f"{interval.label} is not over yet: today is {name_of(Grain.DAY, today)}")


_LASTING = (Grain.WEEK, Grain.MONTH, Grain.QUARTER, Grain.YEAR)


def _align_two(draft: Draft) -> None:
    """ "this year so far vs last year": the same days of both are compared."""
    windows = draft.sketch.windows
    if (
        len(windows) != 2
        or not (draft.sketch.versus or "compare" in draft.sketch.cues)
        or windows[0][0].start is None
        or windows[1][0].start is None
    ):
        return
    late = 0 if windows[0][0].start > windows[1][0].start else 1
    (later, own, at), (earlier, ref, position) = windows[late], windows[1 - late]
    so_far, same_days = to_date(later, earlier, draft.link.as_of)
    if so_far != later and not is_by_period(draft.sketch) and not says_whole(draft.link.items):
        windows[late], windows[1 - late] = (so_far, own, at), (same_days, ref, position)
        draft.assume("period", f"{later.label} is not over yet, so both periods are taken up to the same day")
        return
    same_days = aligned(later, earlier)
    if same_days != earlier:
        windows[1 - late] = (same_days, ref, position)
        draft.assume("period", f"{earlier.label} is taken up to the same day, so that equal periods are compared")


def says_whole(items: Sequence[Item]) -> bool:
    """ "this year against the whole of last year": not up to the same day."""
    return any({"whole", "full", "entire", "complete"} & set(item.text.lower().split()) for item in items)


def is_by_period(sketch: Sketch) -> bool:
    """Whether the answer has a row for each period, of which the last may be unfinished."""
    return any(group.grain is not None or group.part is not None for group in sketch.groups)


def _also_over_all(draft: Draft) -> None:
    """ "spent more than the average customer in 2025": the average is of 2025 as well."""
    if draft.window is None:
        return
    for condition in draft.sketch.conditions:
        found = condition.filter
        if isinstance(found, Comparison) and isinstance(found.left, Rollup) and isinstance(found.right, Nested):
            query = found.right.query.model_copy(update={"time": draft.window})
            condition.filter = found.model_copy(update={"right": Nested(query=query)})


def _on_time(draft: Draft, interval: Interval, given: Ref | None) -> tuple[Filter, TimeWindow | None] | None:
    """A period on the time that was named or is the fact's own; None, and a note of it, where nothing says when."""
    ref = (
        given
        or draft.sketch.event
        or _summed_time(draft)
        or time_ref(draft.model, draft.graph, fact_of(draft))
        or time_ref(draft.model, draft.graph, draft.subject)
        or _any_time(draft)
    )
    if ref is None:
        recurring = _recurring(draft, interval)
        if recurring is None:
            draft.out.missing.append(f"a date for {interval.label}")
        return recurring
    condition = interval_filter(ref, interval)
    if condition is None:
        ref = _other_time(draft, ref) or ref
        condition = interval_filter(ref, interval)
    if condition is None and ref.attribute.role is Role.YEAR:
        month = part_ref(draft.model, draft.graph, ref.entity, TimePart.MONTH)
        condition = month_filter(ref, month, interval) if month is not None and month.entity == ref.entity else None
    if condition is None:
        draft.out.missing.append(
            f"a date for {interval.label} ({ref.attribute.label} holds {ref.attribute.precision or Grain.YEAR}s only)"
        )
        return None
    if isinstance(condition, TimeRange) and isinstance(ref.scalar, Attribute):
        return condition, TimeWindow(of=ref.scalar, start=interval.start, end=interval.end, label=interval.label)
    return condition, None


def _recurring(draft: Draft, interval: Interval) -> tuple[Filter, TimeWindow | None] | None:
    """ "in April", said of rows that keep a month without its year."""
    if interval.unit is not Grain.MONTH or interval.start is None or not interval.assumed:
        return None
    ref = part_ref(draft.model, draft.graph, fact_of(draft), TimePart.MONTH)
    condition = part_filter(ref, (interval.start.month,)) if ref is not None else None
    if condition is None:
        return None
    draft.sketch.assumptions = [said for said in draft.sketch.assumptions if said != ("period", interval.assumed)]
    draft.assume("period", "the data does not say of which year a month is, so it is every year's")
    return condition, None


def _summed_time(draft: Draft) -> Ref | None:
    """ "customers who spent over 100k in 2026": the time of what is summed for each, not of the customer."""
    for condition in draft.sketch.conditions:
        left = condition.filter.left if isinstance(condition.filter, Comparison) else None
        if isinstance(left, Rollup) and (fact := measured_entity(draft.model, left.measure)) != left.entity:
            return own_time(draft.model.by_name[fact])
    return None


def _compare_two(draft: Draft, windows: list[TimeWindow | None]) -> bool:
    """ "2024 vs 2023": the later is the window, the earlier what it is compared with."""
    both = [window for window in windows if window is not None]
    versus = draft.sketch.versus or "compare" in draft.sketch.cues
    if len(windows) != 2 or len(both) != 2 or not versus or not draft.measures:
        return False
    first, second = both
    later, earlier = (first, second) if str(first.start) > str(second.start) else (second, first)
    draft.window = later
    show: Literal["growth", "values"] = (
        "growth" if any(kind == "growth" for kind, _, _ in draft.sketch.calculations) else "values"
    )
    draft.comparison = PeriodComparison(window=earlier, show=show)
    return True


def _in_any_period(draft: Draft, found: list[tuple[Filter, TimeWindow | None]]) -> None:
    """ "in May and June": in one of them; a measure is then shown for each. "Born before 1940 and died after 1950" are of two
    times, and each must hold."""
    times = [attribute_of(condition) for condition, _ in found]
    spans = [interval for interval, _, _ in draft.sketch.windows]
    ends = [span for span in spans if span.start is None or span.end is None]
    opposite = len(ends) == len(spans) == 2 and (spans[0].start is None) != (spans[1].start is None)
    if None not in times and (len(set(times)) == len(times) or (opposite and can_share(draft))):
        draft.conditions.extend(condition for condition, _ in found)
        return
    draft.conditions.append(AnyOf(of=tuple(condition for condition, _ in found)))
    units = {interval.unit for interval, _, _ in draft.sketch.windows}
    window = found[0][1]
    if draft.measures and not draft.dimensions and window is not None and len(units) == 1:
        unit = units.pop()
        if unit is not None:
            draft.dimensions.append(Dimension(of=Truncated(of=window.of, grain=unit), name=unit.value))


def _in_each_period(draft: Draft) -> bool:
    """ "stadiums with concerts in both 2014 and 2015": one related row in each."""
    subject = fact_of(draft)
    near = [entity for entity, _ in draft.sketch.existence if not draft.graph.to_one(subject, entity)]
    if not near:
        # "who stood in both 2014 and 2022": in the one kind of rows of theirs that are of a time.
        near = [
            entity.name
            for entity in draft.model.entities
            if draft.graph.distance(entity.name, subject) == 1
            and draft.graph.to_one(entity.name, subject)
            and own_time(entity) is not None
        ]
        near = near if len(near) == 1 else []
    if not near:
        return False
    entity = near[-1]
    ref = own_time(draft.model.by_name[entity])
    if ref is None:
        return False
    for interval, _, _ in draft.sketch.windows:
        condition = interval_filter(ref, interval)
        draft.conditions.append(Related(entity=subject, to=entity, where=condition))
    draft.sketch.existence = [(e, at) for e, at in draft.sketch.existence if e != entity]
    return True


def _spoken_time(draft: Draft, position: int) -> Ref | None:
    """ "patients who had appointments in 2025": the time of what happened, not of the patient."""
    subject = fact_of(draft)
    near = [(at, entity) for entity, at in draft.sketch.existence if at < position and entity != subject]
    if not near and subject and draft.model.by_name[subject].kind != "fact":
        # "employees who took sick leave in 2025": the leave was then, and not the employee.
        near = [
            (c.position, c.entity)
            for c in draft.sketch.conditions
            if c.position < position
            and c.entity in draft.model.by_name
            and draft.model.by_name[c.entity].kind == "fact"
        ]
    if not near:
        return None
    entity = max(near)[1]
    if draft.graph.to_one(subject, entity):
        return None
    return own_time(draft.model.by_name[entity])


def _any_time(draft: Draft) -> Ref | None:
    """A time or year of an entity that the question speaks of."""
    for entity, _ in draft.sketch.entities:
        found = own_time(draft.model.by_name[entity])
        if found is not None:
            return found
    subject = draft.subject
    near = sorted((draft.graph.distance(subject or "", e.name), e.name) for e in draft.model.entities if subject)
    for distance, name in near:
        found = own_time(draft.model.by_name[name])
        if found is not None and distance < 3:
            draft.assume("time", f"the time is the {found.attribute.label} of the {draft.model.by_name[name].label}")
            return found
    return None


def _other_time(draft: Draft, ref: Ref) -> Ref | None:
    """A moment of the same entity, where its year is not fine enough."""
    for attribute in draft.model.by_name[ref.entity].attributes:
        if attribute.data_type.is_time and not attribute.hidden:
            return Ref(ref.entity, attribute, Attribute(entity=ref.entity, name=attribute.name), 0.8)
    return None
