"""What "or" joins: the condition before it and the condition after it, of which one is enough.

Lists of values ("Paris or Rome"), ranges ("20 or older") and periods are read by their own rules, which pass over the
word; what is left here stands between two conditions of different kinds. An "or" that would join anything else is said
to be not understood: dropping it would require both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from deployments.analytics.language.calendar import Interval
from deployments.analytics.language.sketch import Condition, Ref
from deployments.analytics.language.times import interval_filter, time_ref
from deployments.contracts.query import AnyOf, Related

if TYPE_CHECKING:
    from deployments.analytics.language.walker import Walker

_NO_CHOICE = ("not", "so", "less", "more", "otherwise", "else")


def open_alternative(w: Walker, i: int) -> None:
    """Note an "or" that no rule has passed over."""
    item, before, after = w.items[i], w.at(i - 1), w.at(i + 1)
    if not item.has("conj") or item.text.lower() != "or" or before is None or after is None:
        return
    if (before.has("pronoun") and after.has("pronoun")) or after.text.lower() in _NO_CHOICE:
        return
    refuse_unjoined(w)
    w.either = i


def join_alternative(w: Walker, condition: Condition) -> bool:
    """Put a condition that follows an "or" together with the one before it; False where none is open."""
    if w.either is None or condition.position < w.either:
        return False
    bucket = w.frames[-1].conditions if w.frames else w.sketch.conditions
    left = next((c for c in reversed(bucket) if not c.having and c.position < w.either), None)
    other = _other_than_a_condition(w, w.either)
    if other is not None and (left is None or other.position > left.position):
        left = other
        bucket.append(left)
    if left is None:
        return False
    parts = (*(left.alternatives or (left,)), condition)
    entities = {part.entity for part in parts}
    bucket[bucket.index(left)] = Condition(
        AnyOf(of=tuple(part.filter for part in parts)),
        entities.pop() if len(entities) == 1 else "",
        left.position,
        alternatives=parts,
    )
    w.either = None
    return True


def join_period(w: Walker, interval: Interval, ref: Ref | None, position: int) -> bool:
    """Put a period that follows an "or" together with the condition before it; two periods are joined by their own rule."""
    windows = w.frames[-1].windows if w.frames else w.sketch.windows
    if w.either is None or any(at < w.either for _, _, at in windows):
        return False
    condition = _in_period(w, interval, ref, position)
    return condition is not None and join_alternative(w, condition)


def _other_than_a_condition(w: Walker, before: int) -> Condition | None:
    """The last period, or thing that must exist, that was said before the word, taken out of its list as a condition."""
    windows = w.frames[-1].windows if w.frames else w.sketch.windows
    existence = w.frames[-1].existence if w.frames else w.sketch.existence
    period = next((found for found in reversed(windows) if found[2] < before), None)
    named = next((found for found in reversed(existence) if found[1] < before), None)
    subject = w.subject
    if subject is None or (period is None and named is None):
        return None
    if named is not None and (period is None or named[1] > period[2]):
        if w.graph.path(subject, named[0]) is None:
            return None
        existence.remove(named)
        return Condition(Related(entity=subject, to=named[0]), subject, named[1])
    assert period is not None
    condition = _in_period(w, *period)
    if condition is not None:
        windows.remove(period)
    return condition


def _in_period(w: Walker, interval: Interval, ref: Ref | None, position: int) -> Condition | None:
    """The period as a condition on the time that was named, or the subject's own; None where nothing says when."""
    ref = ref or time_ref(w.model, w.graph, w.subject)
    found = interval_filter(ref, interval) if ref is not None else None
    return Condition(found, ref.entity, position, ref.column) if ref is not None and found is not None else None


def refuse_unjoined(w: Walker) -> None:
    """Own up to an "or" with something that restricts on both of its sides, but nothing that it could join."""
    at, w.either = w.either, None
    if at is None:
        return
    sketch = w.sketch
    places = [c.position for c in sketch.conditions] + [position for _, position in sketch.existence]
    periods = [position for _, _, position in sketch.windows]
    before = [p for p in places if p < at]
    after = [p for p in places if p > at]
    mixed = any(p > at for p in periods) and not any(p < at for p in periods)
    if (before and after) or (before and mixed) or (after and not before and any(p < at for p in periods)):
        sketch.missing.append("what “or” joins")
