"""Rules for periods told by another one: "the month before", "the same period last year", "a year earlier"; and "vs"."""

from __future__ import annotations

from deployments.analytics.language.walker import Walker
from deployments.contracts.query import Grain

_SAME_UNITS = ("period", "time", "timeframe", "time frame", "dates", "days", "range", "interval")
_EARLIER = ("before", "earlier", "prior", "previously")
_PREVIOUS = ("previous", "prior", "preceding")


def shifted(w: Walker, i: int) -> int | None:
    """A period relative to the one that the question, or the previous one, is about."""
    found = _same_of_another_year(w, i) or _unit_before(w, i) or _previous_unit(w, i)
    if found is None:
        return None
    (unit, count), after = found
    w.sketch.shift = (unit, count)
    return after


def versus(w: Walker, i: int) -> int | None:
    """ "vs", "compared to", "against" before a period: two periods are set side by side."""
    text = w.items[i].text.lower()
    if text not in (
        "vs",
        "versus",
        "v",
        "against",
        "compared",
        "compare",
        "compared to",
        "compared with",
        "relative to",
    ):
        return None
    if text == "compare" and len({item.interval for item in w.items if item.interval is not None}) == 2:
        # "compare revenue in 2024 and 2025"
        w.sketch.versus = True
        return i + 1
    k = i + 1
    while k < len(w.items) and w.items[k].text.lower() in ("to", "with", ".", "the", "that", "of", "a"):
        k += 1
    follow = w.at(k)
    told = follow is not None and (follow.interval is not None or follow.text.lower().split()[-1] in ("same", *_PREVIOUS)
                                   or (follow.grain is not None and _unit_before(w, k) is not None)
                                   or (follow.number is not None and _unit_before(w, k) is not None))  # fmt: skip
    if not told:
        return None
    w.sketch.versus = True
    return k


def _same_of_another_year(w: Walker, i: int) -> tuple[tuple[Grain | None, int], int] | None:
    """ "the same month last year", "same time a year ago"."""
    if w.items[i].text.lower().split()[-1] != "same":
        return None
    k = i + 1
    unit = w.at(k)
    if unit is None or not (unit.grain is not None or unit.lemma in _SAME_UNITS or unit.text.lower() in _SAME_UNITS):
        return None
    k += 1
    while k < len(w.items) and w.items[k].text.lower() in ("of", "in", "the", "from", "a", "one", ",", "as"):
        k += 1
    words = " ".join(item.text.lower() for item in w.items[k : k + 3])
    for said in (
        "last year",
        "previous year",
        "prior year",
        "year before",
        "year earlier",
        "year ago",
        "year prior",
        "preceding year",
    ):
        if words.startswith(said):
            size = len(said.split())
            after = k
            while size > 0 and after < len(w.items):
                size -= len(w.items[after].text.split())
                after += 1
            return (Grain.YEAR, -1), after
    return None


def _unit_before(w: Walker, i: int) -> tuple[tuple[Grain | None, int], int] | None:
    """ "the month before", "a year earlier", "two weeks before": units before the period that is spoken of."""
    k = i
    count = 1
    if w.items[k].text.lower() in ("a", "one", "the"):
        k += 1
    elif (
        (n := w.items[k].number) is not None
        and float(n).is_integer()
        and not w.items[k].ordinal
        and w.items[k].interval is None
    ):
        count, k = int(n), k + 1
    unit, word = w.at(k), w.at(k + 1)
    if unit is None or word is None or word.text.lower() not in _EARLIER:
        return None
    if unit.grain is None and unit.lemma != "period":
        return None
    after = w.at(k + 2)
    if after is not None and not (after.text in ".?!," or after.has("group") or after.has("conj")):
        # "two days before Saturday" counts from something else.
        return None
    return (unit.grain, -count), k + 2


def _previous_unit(w: Walker, i: int) -> tuple[tuple[Grain | None, int], int] | None:
    """ "the previous period", "the prior quarter", where an earlier question says of which."""
    text = w.items[i].text.lower().removeprefix("the ")
    if text.split()[0] not in _PREVIOUS or w.context_subject is None:
        return None
    words = text.split()
    unit = w.at(i + 1) if len(words) == 1 else w.items[i]
    if unit is None or not (unit.grain is not None or unit.lemma.split()[-1] == "period" or unit.interval is not None):
        return None
    grain = unit.grain or (unit.interval.unit if unit.interval is not None else None)
    return (grain, -1), (i + 2 if len(words) == 1 else i + 1)
