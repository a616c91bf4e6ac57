"""Rules for the shape of the result: charts, grain, distinctness, calculations, a number of rows."""

from __future__ import annotations

from deployments.analytics.language.lexicon import ADVERB_GRAINS, CHART_WORDS
from deployments.analytics.language.rules.comparisons import against_attribute
from deployments.analytics.language.sketch import Group
from deployments.analytics.language.vocabulary import lemmas
from deployments.analytics.language.walker import Walker
from deployments.contracts.query import Grain, Operator, TimePart

_WHOLE = frozenset("chart graph plot diagram heatmap histogram scatter pie donut doughnut".split())
"""Words that mean a chart by themselves."""

_WHICH = (
    "which",
    "what",
    "each",
    "every",
    "busiest",
    "best",
    "worst",
    "highest",
    "lowest",
    "wh",
    "in which",
    "in what",
)
"""Words before a unit of time that ask for one of its periods."""


def chart(w: Walker, i: int) -> int | None:
    """ "as a pie chart", "bar chart of ..."."""
    item = w.items[i]
    words: list[str] = []
    j = i
    while j < len(w.items) and all(part in CHART_WORDS for part in w.items[j].text.lower().split()):
        words.extend(w.items[j].text.lower().split())
        j += 1
    if not words:
        return None
    as_a = w.word_before(i, "as", "into", "in", "with")
    whole = words[-1] in _WHOLE
    bare = words in (["chart"], ["graph"], ["plot"])
    table = words == ["table"] and w.word_before(i, "as")
    if bare or (item.is_link and not whole):
        return i + 1 if bare and not item.is_link else None
    if (as_a and words != ["table"]) or (whole and (len(words) > 1 or as_a)) or table:
        kinds = [word for word in words if word not in ("chart", "graph", "plot", "diagram")]
        w.sketch.chart = " ".join(kinds)
        return j
    return None


def distinct(w: Walker, i: int) -> int | None:
    """ "different", "unique": of what follows."""
    item = w.items[i]
    if not item.has("distinct") or item.is_link:
        return None
    if (
        item.text.lower() == "different"
        and i + 1 < len(w.items)
        and w.items[i + 1].text.lower() in ("from", "than", "to")
    ):
        k = w.next(i + 2, over=("the", "his", "her", "its", "their", "or", "his or her"))
        while k < len(w.items) and (w.items[k].has("pronoun") or w.items[k].text.lower() == "or"):
            k += 1
        after = against_attribute(w, i, k, Operator.NE)
        if after is None:
            w.sketch.missing.append(f"{item.text} {w.items[i + 1].text} …")
        return after or i + 2
    w.sketch.distinct = True
    return i + 1


_STEPS = {("month over", "month on", "month - over", "mom"): Grain.MONTH, ("year over", "year on", "yoy"): Grain.YEAR,
          ("quarter over", "quarter on", "qoq"): Grain.QUARTER, ("week over", "week on", "wow"): Grain.WEEK}  # fmt: skip
"""Words of growth that say from what to what."""


def over_time(w: Walker, i: int) -> int | None:
    """ "over time", "over the years": a period is what the result runs along."""
    if w.items[i].lemma in ("trend", "development", "evolution") and not w.items[i].is_link:
        if not any(item.grain for item in w.items):
            w.sketch.groups.append(Group(i, grain=Grain.MONTH))
        return i + 1
    if w.items[i].text.lower() not in ("over", "over the", "through", "across"):
        return None
    k = i + 2 if i + 1 < len(w.items) and w.items[i + 1].text.lower() == "the" else i + 1
    if k >= len(w.items) or w.items[k].text.lower() not in ("time", "years", "months", "weeks", "days", "quarters"):
        return None
    if any(w.items[p].number is not None for p in range(i, k)) or (
        k + 1 < len(w.items) and w.items[k + 1].lemma in ("old", "ago")
    ):
        return None
    w.sketch.groups.append(Group(i, grain=w.items[k].grain or Grain.MONTH))
    return k + 1


def grain(w: Walker, i: int) -> int | None:
    """ "monthly revenue", "revenue over time"; "month" alone only after a grouping word or where nothing else fits."""
    item = w.items[i]
    adverb = item.text.lower() in ADVERB_GRAINS and item.grain is not None
    if adverb and not any(
        c.score >= 0.9 and item.text.lower() in lemmas(w.model.attribute(c.entity, c.name).label)
        for c in item.attributes
    ):
        # "monthly revenue": also where a calendar has a column for the month.
        w.sketch.groups.append(Group(i, grain=item.grain))
        return i + 1
    if (
        item.text.lower() in ("weekday", "weekdays", "day of the week")
        and not item.is_link
        and w.word_before(i, *_WHICH)
    ):
        w.sketch.groups.append(Group(i, part=TimePart.WEEKDAY, each=True))
        return i + 1
    if (
        item.grain is not None
        and not item.is_link
        and not item.values
        and item.interval is None
        and w.word_before(i, *_WHICH)
    ):
        w.sketch.groups.append(Group(i, grain=item.grain, each=True))
        return i + 1
    return None


def calculation(w: Walker, i: int) -> int | None:
    """ "share of", "cumulative", "month over month"."""
    item = w.items[i]
    if not item.has("calc") or item.is_link:
        return None
    follow = w.at(i + 1)
    measured = follow is not None and (follow.has("agg") or follow.has("count") or follow.metrics or follow.attributes)
    if item.text.lower() == "running" and i > 0 and w.items[i - 1].is_link and not measured:
        # "campaigns running per channel": what they do, and no running total.
        item.verb = True
        return i + 1
    if item.lemma in ("change", "grow", "rise", "fall") and w.sketch.wh is None and "how" in w.items[0].text.lower() and (
        follow is not None and (follow.has("group") or follow.text.lower() in ("over", "over the", "across", "through", "by"))
    ):  # fmt: skip
        # "how does revenue change over the years": revenue itself, along the years.
        return i + 1
    w.sketch.calculations.append((str(item.tags["calc"]), i, item.text.lower()))
    grain = next((unit for words, unit in _STEPS.items() if item.text.lower().startswith(words)), None)
    if grain is not None and not any(group.grain for group in w.sketch.groups):
        w.sketch.step = grain
    return i + 1


def limit(w: Walker, i: int) -> int | None:
    """ "first 10 rows", "limit 5"."""
    item = w.items[i]
    nxt = w.at(i + 1)
    if item.text.lower() in ("limit", "first") and nxt is not None and nxt.number is not None and not nxt.ordinal:
        w.sketch.limit = int(nxt.number)
        return i + 2
    return None
