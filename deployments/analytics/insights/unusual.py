"""Periods that stand out: values far from what trend and season let expect, and lasting shifts of the level.

Season and trend are those of a robust STL decomposition (Cleveland and others, 1990), which odd values hardly bend; the trend is then
taken as a wide running median, so that not even an odd week bends it. What comes back every year at the same time is a
season of its own and not odd. Shifts are found by a kernel change-point search (Arlot, Celisse and Harchaoui, 2019)."""

from __future__ import annotations

import datetime as dt
import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from deployments.analytics.insights.over_time import Point
from deployments.analytics.insights.phrases import Phrases
from deployments.analytics.insights.series import SEASON, Course, course, is_whole
from deployments.analytics.insights.windows import day_of
from deployments.analytics.insights.wording import capitalized, counted, during, quantity
from deployments.analytics.model.schema import SemanticModel
from deployments.contracts.agents import Analysis, Inquiry, QueryRun
from deployments.contracts.answers import Cell, Insight, ResultColumn, ResultTable
from deployments.contracts.errors import InvalidQuery
from deployments.contracts.query import AnalyticQuery, Grain, Truncated

FEWEST = 12
MOST_POINTS = 1_500
MOST_TOLD = 5
ODD_SCORE = 5.0
"""By how many robust standard deviations an odd value is off: of a thousand ordinary days none is."""

LEAST_SHARE = 0.1
"""What is off by less than a tenth of what was expected is not worth telling."""

TREND = {Grain.DAY: 61, Grain.WEEK: 13, Grain.MONTH: 9, Grain.QUARTER: 7, Grain.YEAR: 5}
DAYS_ALIKE = 7
MOST_SHOWN = 900
"""The table and the chart show the newest so many periods."""

YEAR = {Grain.DAY: 365, Grain.WEEK: 52}
MANY_SEASONS = 26
"""Of so many seasons a robust mean is hardly bent by one."""

_NEAR = {Grain.DAY: 4, Grain.WEEK: 1}


@dataclass(frozen=True, slots=True)
class Odd:
    """A run of periods next to one another that stand out the same way: the indexes of its first and last."""

    first: int
    last: int
    score: float


@dataclass(frozen=True, slots=True)
class Found:
    """The series and what stands out of it; `asked` says of each point whether the question was about it."""

    known: Course
    points: tuple[Point, ...]
    values: list[float]
    expected: list[float]
    odd: list[Odd]
    asked: list[bool]


def step(
    model: SemanticModel,
    query: AnalyticQuery,
    inquiries: Sequence[Inquiry],
    runs: Sequence[QueryRun | None],
    as_of: dt.date,
) -> Analysis:
    """The next step. Raises InvalidQuery where there is too little to tell what is usual."""
    if not runs:
        of = query.dimensions[0].of
        assert isinstance(of, Truncated)
        words = f"{Phrases(model).measure(query.measures[0])} by {of.grain.value}"
        # What is usual is told by all there is, also where only some months are asked about.
        whole = query.model_copy(update={"analysis": None, "time": None})
        return Analysis(inquiries=(Inquiry(query=whole, purpose=words),))
    run = runs[0]
    if run is None:
        raise InvalidQuery("The series could not be computed.")
    known = course(model, inquiries[0].query, run.result, as_of)
    needed = max(FEWEST, 3 * SEASON[known.grain] if known.grain is Grain.DAY else FEWEST)
    if len(known.points) < needed:
        raise InvalidQuery(
            f"There are only {counted(len(known.points), f'whole {known.grain.value}')} of data; "
            f"it takes at least {needed} to tell what is usual."
        )
    points = known.points[-MOST_POINTS:]
    values = [point.value for point in points]
    expected = usual(values, known.season, TREND[known.grain], 365 if known.grain is Grain.DAY else 0)
    stretch = known.season if known.grain is Grain.DAY else 0
    odd = stand_out(values, expected, YEAR.get(known.grain, 0), _NEAR.get(known.grain, 0), stretch)
    asked = [_is_asked(query, point) for point in points]
    odd = [one for one in odd if any(asked[one.first : one.last + 1])]
    return _told(model, query, Found(known, points, values, expected, odd, asked), run)


def _is_asked(query: AnalyticQuery, point: Point) -> bool:
    if query.time is None:
        return True
    start, end = day_of(query.time.start), day_of(query.time.end)
    return (end is None or point.at < end) and (start is None or point.end is None or point.end > start)


def usual(values: list[float], season: int, width: int, year: int = 0) -> list[float]:
    """What trend and season let expect of each value. `year` is the length of a longer season, where there is one."""
    if season > 1 and len(values) < MANY_SEASONS * season:
        return _as_other_seasons(values, season, width, around=1 if season > 12 else 0)
    seasonal = _season(values, season) if season > 1 else [0.0] * len(values)
    level = [value - s for value, s in zip(values, seasonal, strict=True)]
    if year and len(values) >= 2 * year:
        # Days have a season of the year, too, in which single days are no more alike than those beside them.
        trend = _as_other_seasons(level, year, width, around=DAYS_ALIKE)
    else:
        trend = _running_median(level, width)
    return [t + s for t, s in zip(trend, seasonal, strict=True)]


def _as_other_seasons(values: list[float], season: int, width: int, around: int) -> list[float]:
    """What trend and the other seasons let expect. Of few seasons each value would have a say in what is expected of it, so
    it is compared with the others alone, at the same place give or take `around`."""
    level = _running_median(values, season)
    positive = min(level) > 0
    off = [value / at if positive else value - at for value, at in zip(values, level, strict=True)]
    expected = []
    for i, here in enumerate(level):
        others = [
            off[k]
            for at in range(i % season, len(values) + 1, season)
            if at != i
            for k in range(at - around, at + around + 1)
            if 0 <= k < len(values)
        ]
        others_median = median(others)
        expected.append(here * others_median if positive else here + others_median)
    # What the season leaves moves slowly, too.
    left = [value / e if positive and e else value - e for value, e in zip(values, expected, strict=True)]
    slow = _running_median(left, width)
    return [e * s if positive else e + s for e, s in zip(expected, slow, strict=True)]


def _season(values: list[float], season: int) -> list[float]:
    import numpy as np
    from statsmodels.tsa.seasonal import STL

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # The widest window: a season that is the same each time.
        fitted = STL(
            np.asarray(values), period=season, seasonal=10 * len(values) + 1, seasonal_deg=0, robust=True
        ).fit()
    return [float(value) for value in fitted.seasonal]


def _running_median(values: list[float], width: int) -> list[float]:
    """The window stays whole at the ends."""
    width = min(width, len(values))
    starts = [min(max(0, i - width // 2), len(values) - width) for i in range(len(values))]
    return [median(values[start : start + width]) for start in starts]


def stand_out(values: list[float], expected: list[float], year: int = 0, near: int = 0, stretch: int = 0) -> list[Odd]:
    """The runs of odd values, the oddest first; with `stretch` also so many periods together. What was as odd `year` periods before or after, give or take `near`, comes
    back every year and is left out."""
    apart = [v - e for v, e in zip(values, expected, strict=True)]
    # Where values are larger they vary more, as counts do.
    scale = [math.sqrt(max(abs(e), 1e-12)) for e in expected]
    scaled = [a / s for a, s in zip(apart, scale, strict=True)]
    middle = median(scaled)
    spread = median(abs(s - middle) for s in scaled) / 0.6745
    if spread == 0:
        return []
    scores = [(s - middle) / spread for s in scaled]
    odd = [
        abs(score) > ODD_SCORE and abs(a) >= LEAST_SHARE * abs(e) and not _comes_back(scores, i, year, near)
        for i, (score, a, e) in enumerate(zip(scores, apart, expected, strict=True))
    ]
    runs: list[Odd] = []
    for i, is_odd in enumerate(odd):
        if not is_odd:
            continue
        before = runs[-1] if runs else None
        if before and before.last == i - 1 and scores[i] * scores[before.last] > 0:
            runs[-1] = Odd(before.first, i, max(before.score, abs(scores[i])))
        else:
            runs.append(Odd(i, i, abs(scores[i])))
    runs += [run for run in _long_runs(scaled, stretch) if not any(run.first <= i <= run.last for i in _held(runs))]
    runs = [
        run
        for run in runs
        if run.last == run.first
        or abs(sum(apart[run.first : run.last + 1])) >= LEAST_SHARE * abs(sum(expected[run.first : run.last + 1]))
    ]
    return sorted(runs, key=lambda run: -run.score * math.sqrt(run.last - run.first + 1))


def _held(runs: list[Odd]) -> list[int]:
    return [i for run in runs for i in range(run.first, run.last + 1)]


def _long_runs(scaled: list[float], stretch: int) -> list[Odd]:
    """Stretches of so many periods whose mean is odd, where no single one is: a week without trade in noisy days."""
    if stretch < 2 or len(scaled) < 10 * stretch:
        return []
    means = [sum(scaled[i : i + stretch]) / stretch for i in range(len(scaled) - stretch + 1)]
    middle = median(means)
    spread = median(abs(m - middle) for m in means) / 0.6745
    if spread == 0:
        return []
    scores = [(m - middle) / spread for m in means]
    found: list[Odd] = []
    for i in sorted(range(len(scores)), key=lambda i: -abs(scores[i])):
        if abs(scores[i]) <= ODD_SCORE:
            break
        if all(i + stretch <= run.first or run.last < i for run in found) and not _comes_back(scores, i, 365, stretch):
            found.append(Odd(i, i + stretch - 1, abs(scores[i])))
    return found


def _comes_back(scores: list[float], index: int, year: int, near: int) -> bool:
    if not year:
        return False
    others = [index + year * k for k in range(-5, 6) if k]
    seen = []
    for other in others:
        around = scores[max(0, other - near) : other + near + 1] if 0 <= other < len(scores) else []
        if around:
            side = [s for s in around if s * scores[index] > 0]
            seen.append(max((abs(s) for s in side), default=0.0) > ODD_SCORE / 2)
    return bool(seen) and all(seen)


def shift(values: list[float], expected_season: list[float], fewest: int) -> int | None:
    """The index at which the level shifted for good; None where it did not."""
    import numpy as np
    import ruptures

    level = np.asarray([v - s for v, s in zip(values, expected_season, strict=True)])
    spread = float(np.median(np.abs(np.diff(level)))) / 0.6745 / math.sqrt(2)
    if spread == 0 or len(level) < 2 * fewest:
        return None
    scaled = (level / spread)[:, None]
    # A penalty of that order keeps noise without a break (Yao, 1988).
    breaks = (
        ruptures.KernelCPD(kernel="linear", min_size=fewest).fit(scaled).predict(pen=6 * math.log(len(values)))[:-1]
    )
    if len(breaks) != 1:
        return None
    at = int(breaks[0])
    before, after = float(np.median(level[:at])), float(np.median(level[at:]))
    return at if abs(after - before) > 3 * spread and abs(after - before) > LEAST_SHARE * abs(before) else None


def _told(model: SemanticModel, query: AnalyticQuery, found: Found, run: QueryRun) -> Analysis:
    known, odd = found.known, found.odd
    label = Phrases(model).measure(query.measures[0])
    scope = f" {Phrases(model).restriction(query.where)}" if query.where is not None else ""
    insights = [_insight(found, one) for one in odd[:MOST_TOLD]]
    unit = known.grain.value
    days = sum(one.last - one.first + 1 for one in odd)
    if odd:
        more = f", in {counted(len(odd), 'stretch', 'stretches')}" if 1 < len(odd) < days else ""
        words = (
            f"{capitalized(counted(days, unit))} of {label}{scope} {'stands' if days == 1 else 'stand'} out from trend and season{more}. "
            f"{insights[0].text}"
        )
    else:
        among = counted(sum(found.asked), unit)
        words = f"No {unit} of {label}{scope} stands out from trend and season, among {among}."
    moved = _shifted(found, label)
    if moved is not None:
        insights.append(moved)
        words += f" {moved.text}"
    return Analysis(
        query=query,
        result=_table(found, run.result),
        sql=run.sql,
        response=words,
        assumptions=(f"the newest {MOST_SHOWN} {unit}s are shown",) if sum(found.asked) > MOST_SHOWN else (),
        insights=tuple(insights) or (Insight(kind="no_anomaly", text=words, numbers={"periods": sum(found.asked)}),),
        warnings=("That a period stands out does not say why.",) if insights else (),
    )


def _shifted(found: Found, label: str) -> Insight | None:
    """A lasting shift, looked for where the season of the year is known."""
    known, values = found.known, found.values
    if known.grain in (Grain.DAY, Grain.YEAR) or known.season == 1 or len(values) < 3 * known.season:
        return None
    seasonal = _season(values, known.season)
    at = shift(values, seasonal, max(4, known.season // 4))
    if at is None or not found.asked[at]:
        return None
    level = [v - s for v, s in zip(values, seasonal, strict=True)]
    before, after = median(level[:at]), median(level[at:])
    words = (
        f"The level of {label} shifted {during(found.points[at].at, known.grain)}: from about {known.series.told(_short(before))} "
        f"to about {known.series.told(_short(after))} a {known.grain.value}."
    )
    return Insight(kind="shift", text=words, numbers={"before": before, "after": after})


def _insight(found: Found, one: Odd) -> Insight:
    known = found.known
    span = slice(one.first, one.last + 1)
    got, usually, count = sum(found.values[span]), sum(found.expected[span]), one.last - one.first + 1
    if not known.series.field.column.additive:
        got, usually = got / count, usually / count
    names = [known.series.name(point) for point in found.points[span]]
    when = names[0] if count == 1 else f"{names[0]} to {names[-1]}"
    side = "above" if got > usually else "below"
    rate = quantity(abs(got / usually - 1), "%") if usually > 0 else "far"
    usual_words = known.series.told(_near(usually, whole=is_whole(found.values)))
    words = (
        f"{capitalized(when)} {'is' if count == 1 else 'are'} {rate} {side} the usual: {known.series.told(got)}, "
        f"where about {usual_words} was to be expected."
    )
    numbers: dict[str, float | int | str] = {"value": got, "expected": usually, "score": one.score, "periods": count}
    return Insight(kind="anomaly", text=words, numbers=numbers)


def _near(value: float, *, whole: bool) -> float:
    return float(round(value)) if whole else _short(value)


def _short(value: float) -> float:
    """To three significant digits: an estimate has no more."""
    return float(f"{value:.3g}")


def _table(found: Found, result: ResultTable) -> ResultTable:
    axis = next(c for c in result.columns if c.role == "dimension")
    field = found.known.series.field
    expected = ResultColumn(
        name=f"{field.name}_expected", label=f"expected {field.label}", type="number", role="calculation",
        unit=field.column.unit, additive=False,
    )  # fmt: skip
    odd = ResultColumn(name="stands_out", label="stands out", type="boolean", role="calculation")
    marked = {i for one in found.odd for i in range(one.first, one.last + 1)}
    whole = is_whole(found.values)
    rows: list[tuple[Cell, ...]] = [
        (
            point.at,
            int(point.value) if whole else point.value,
            round(found.expected[i]) if whole else round(found.expected[i], 2),
            i in marked,
        )
        for i, point in enumerate(found.points)
        if found.asked[i]
    ]
    return ResultTable((axis, field.column, expected, odd), rows[-MOST_SHOWN:])
