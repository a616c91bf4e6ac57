"""Periods: on which time they are, and whether several are compared, each required, or any of them."""

from __future__ import annotations

from deployments.analytics.language.assemble.draft import Draft
from deployments.analytics.language.assemble.subject import fact_of
from deployments.analytics.language.sketch import Ref
from deployments.analytics.language.times import interval_filter, own_time, time_ref
from deployments.contracts.query import (
    AnyOf,
    Attribute,
    Dimension,
    Filter,
    PeriodComparison,
    Related,
    TimeRange,
    TimeWindow,
    Truncated,
)


def add_windows(draft: Draft) -> None:
    """The periods as the window, as a comparison of two, or as conditions."""
    found: list[tuple[Filter, TimeWindow | None]] = []
    for interval, given, position in draft.sketch.windows:
        other = _spoken_time(draft, position) if given is None and "both periods" not in draft.sketch.cues else None
        if other is not None:
            condition = interval_filter(other, interval)
            if condition is not None:
                draft.conditions.append(condition)
                continue
        ref = (
            given
            or time_ref(draft.model, draft.graph, fact_of(draft))
            or time_ref(draft.model, draft.graph, draft.subject)
        )
        ref = ref or _any_time(draft)
        if ref is None:
            draft.out.missing.append(f"a date for {interval.label}")
            continue
        condition = interval_filter(ref, interval)
        if condition is None:
            other = _other_time(draft, ref)
            condition = interval_filter(other, interval) if other else None
            ref = other or ref
        if condition is None:
            draft.out.missing.append(f"a date for {interval.label} ({ref.attribute.label} holds years only)")
            continue
        window = None
        if isinstance(condition, TimeRange) and isinstance(ref.scalar, Attribute):
            window = TimeWindow(of=ref.scalar, start=interval.start, end=interval.end, label=interval.label)
        found.append((condition, window))
    if not found:
        return
    windows = [window for _, window in found]
    if len(found) == 1:
        condition, draft.window = found[0]
        if draft.window is None:
            draft.conditions.append(condition)
        return
    if len(found) == 2 and draft.sketch.versus and all(w is not None for w in windows) and draft.measures:
        first, second = windows
        assert first is not None
        assert second is not None
        later, earlier = (first, second) if str(first.start) > str(second.start) else (second, first)
        draft.window = later
        show = "growth" if any(kind == "growth" for kind, _, _ in draft.sketch.calculations) else "values"
        draft.comparison = PeriodComparison(window=earlier, show=show)
        return
    if "both periods" in draft.sketch.cues and _in_each_period(draft):
        return
    draft.conditions.append(AnyOf(of=tuple(condition for condition, _ in found)))
    units = {interval.unit for interval, _, _ in draft.sketch.windows}
    if draft.measures and len(units) == 1 and not draft.dimensions and (unit := units.pop()) is not None:
        ref_scalar = windows[0].of if windows[0] is not None else None
        if ref_scalar is not None and any(k == "and" for k in ("and",)):
            draft.dimensions.append(Dimension(of=Truncated(of=ref_scalar, grain=unit), name=unit.value))


def _in_each_period(draft: Draft) -> bool:
    """ "stadiums with concerts in both 2014 and 2015": one related row in each."""
    subject = fact_of(draft)
    near = [entity for entity, _ in draft.sketch.existence if not draft.graph.to_one(subject, entity)]
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
