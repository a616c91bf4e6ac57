"""Other conditions and periods: "only the US", "what about 2024", "all departments again"."""

from __future__ import annotations

import datetime as dt
import re

from deployments.analytics.language.assemble.conditions import is_implied
from deployments.analytics.language.assemble.growth import aligned, moved, to_date
from deployments.analytics.language.assemble.windows import add_windows, say_unfinished, says_whole
from deployments.analytics.language.calendar import Interval, interval_of
from deployments.analytics.language.filters import along_path, attribute_of, conjoin, excludes, negate, parts, union
from deployments.analytics.language.followup.edit import Edit
from deployments.analytics.language.followup.wording import CLEARS, DROPS
from deployments.analytics.language.sketch import Ask
from deployments.contracts.query import (
    Attribute,
    Filter,
    Part,
    PeriodComparison,
    Related,
    Scalar,
    TimeWindow,
    Truncated,
)


def clear_filters(edit: Edit) -> None:
    """ "remove the filter": every condition goes; where there is none, the period."""
    if not CLEARS.match(edit.text):
        return
    before = edit.before
    if before.where is not None or before.having is not None:
        edit.put(where=None, having=None)
    elif before.time is not None:
        edit.put(time=None, comparison=None)
    else:
        edit.draft.out.missing.append("a filter to remove")


def drop_filters(edit: Edit) -> None:
    """ "all departments again": conditions on what is named go."""
    if not DROPS.search(edit.text) or edit.sketch.conditions or edit.sketch.windows:
        return
    named: set[tuple[str, str | None]] = set()
    for ask in edit.sketch.asks:
        if ask.kind == "entity":
            named.add((ask.entity, None))
        elif ask.ref is not None:
            named.add((ask.entity, ask.ref.attribute.name))
    named |= {(group.entity, None) for group in edit.sketch.groups if group.entity}
    kept, dropped = [], False
    for part in parts(edit.query.where):
        about = attribute_of(part)
        if isinstance(about, Attribute) and ((about.entity, None) in named or (about.entity, about.name) in named):
            dropped = True
            continue
        kept.append(part)
    if dropped:
        edit.put(where=conjoin(kept))
        edit.sketch.asks.clear()
        edit.sketch.groups.clear()


def change_windows(edit: Edit) -> None:
    """Another period, or one to compare with."""
    sketch = edit.sketch
    if sketch.shift is not None and not sketch.windows:
        _shift_window(edit)
        return
    if not sketch.windows:
        return
    if edit.query.time is not None and sketch.windows[0][1] is None:
        say_unfinished(edit.draft)
        of = edit.query.time.of
        windows = [TimeWindow(of=of, start=i.start, end=i.end, label=i.label) for i, _, _ in sketch.windows]
        if re.search(r"\b(vs|versus|compare|compared|against)\b", edit.text.lower()):
            _compare(edit, edit.query.time, sketch.windows[0][0])
        else:
            edit.put(time=windows[0])
        return
    edit.draft.subject = edit.query.subject
    edit.draft.sketch.asks = [Ask("measure", "", 0, measure=m) for m in edit.query.measures]
    edit.draft.conditions = []
    add_windows(edit.draft)
    if edit.draft.window is not None:
        edit.put(time=edit.draft.window)
    for condition in edit.draft.conditions:
        _put_condition(edit, condition)
    edit.draft.conditions = []


def _shift_window(edit: Edit) -> None:
    """ "and the month before", "compared to the same period last year": from the period of the previous answer."""
    assert edit.sketch.shift is not None
    unit, count = edit.sketch.shift
    time = edit.query.time
    if time is None or not isinstance(time.start, dt.date) or not isinstance(time.end, dt.date):
        edit.draft.out.missing.append("before which period")
        return
    found = moved(interval_of(time.start, time.end, time.label), unit, count)
    if edit.sketch.versus or re.search(r"\b(vs|versus|compare|compared|against)\b", edit.text.lower()):
        _compare(edit, time, found)
    else:
        edit.put(time=TimeWindow(of=time.of, start=found.start, end=found.end, label=found.label))


def _compare(edit: Edit, time: TimeWindow, earlier: Interval) -> None:
    """The earlier period beside the one shown, both up to the same day where that is not over yet."""
    later, known = time, earlier
    if isinstance(time.start, dt.date) and isinstance(time.end, dt.date):
        whole = interval_of(time.start, time.end, time.label)
        so_far, same = to_date(whole, earlier, edit.link.as_of)
        shown = any(isinstance(d.of, Truncated | Part) for d in edit.query.dimensions)
        if so_far != whole and not shown and not says_whole(edit.link.items):
            edit.draft.assume("period", f"{time.label} is not over yet, so both periods are taken up to the same day")
            later, known = time.model_copy(update={"end": so_far.end, "label": so_far.label}), same
        elif (same := aligned(whole, earlier)) != earlier:
            edit.draft.assume(
                "period", f"{earlier.label} is taken up to the same day, so that equal periods are compared"
            )
            known = same
    window = TimeWindow(of=time.of, start=known.start, end=known.end, label=known.label)
    edit.put(time=later, comparison=PeriodComparison(window=window))


def change_conditions(edit: Edit) -> None:
    """Each condition takes the place of one on the same attribute, else joins the others."""
    fact = edit.fact
    for condition in edit.sketch.conditions:
        if condition.having:
            edit.put(having=condition.filter)
            continue
        found = condition.filter
        path = (
            edit.link.role_path(fact, condition.entity, condition.position)
            if condition.entity not in ("", fact)
            else ()
        )
        if path:
            found = along_path(found, condition.entity, path)
        _put_condition(edit, found)
    for entity, _ in edit.sketch.existence:
        if entity != fact:
            spoken = {c.entity for c in edit.sketch.conditions}
            if not is_implied(edit.draft, fact, entity, spoken):
                _put_condition(edit, Related(entity=fact, to=entity))


def _put_condition(edit: Edit, found: Filter) -> None:
    """Replaces an earlier condition on the same attribute, else adds."""
    about = attribute_of(found)
    kept = list(parts(edit.query.where))
    if _is_of_other_rows(edit, about):
        # "which of those also have flights to Rome": another related row than the one spoken of before.
        assert isinstance(about, Attribute)
        edit.put(where=conjoin([*kept, Related(entity=edit.fact, to=about.entity, where=found)]))
        return
    if isinstance(found, Related):
        # "those that are not used": takes the place of "those that are".
        kept = [
            p
            for p in kept
            if not (isinstance(p, Related) and p == found.model_copy(update={"negated": not found.negated}))
        ]
        edit.put(where=conjoin(kept))
    if about is not None and any(_inside(part, about) for part in kept if isinstance(part, Related)):
        kept = [p for p in kept if not (isinstance(p, Related) and _inside(p, about))]
        edit.put(where=conjoin(kept))
    if excludes(found) and (denied := negate([found])) in kept:
        # "and those that are not": what holds of all that were shown takes its opposite's place.
        kept = [p for p in kept if p != denied]
    if about is not None and not excludes(found):
        same = [p for p in kept if attribute_of(p) == about and not excludes(p)]
        if same and re.search(r"\b(too|also|as well|or)\b", edit.text.lower()):
            merged = union(same[0], found)
            if merged is not None:
                kept[kept.index(same[0])] = merged
                edit.put(where=conjoin(kept))
                return
        kept = [p for p in kept if p not in same]
    known = all(part in kept for part in parts(found))
    edit.put(where=conjoin(kept if known else [*kept, found]))


def _is_of_other_rows(edit: Edit, about: Scalar | None) -> bool:
    """Whether a condition said with "also" is on an attribute of many related rows that has a condition already."""
    if not isinstance(about, Attribute) or not re.search(r"\b(too|also|as well)\b", edit.text.lower()):
        return False
    if about.entity == edit.fact or edit.graph.to_one(edit.fact, about.entity) or edit.query.measures:
        return False
    return any(
        attribute_of(p) == about or (isinstance(p, Related) and _inside(p, about)) for p in parts(edit.query.where)
    )


def _inside(found: Related, about: Scalar) -> bool:
    """Whether a semi-join is about the attribute."""
    return any(attribute_of(part) == about for part in parts(found.where))
