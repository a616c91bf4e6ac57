"""Deeper findings about a series: trend, odd periods against the season, and a forecast where one can be trusted."""

from __future__ import annotations

import datetime as dt
import math
from itertools import pairwise
from statistics import fmean, median

from deployments.analytics.charts.shape import Shape
from deployments.analytics.insights.find import find_insights
from deployments.analytics.insights.over_time import TimeSeries, coverage, slope, time_series
from deployments.analytics.insights.wording import capitalized, counted, listing, next_period, period
from deployments.analytics.model.schema import SemanticModel
from deployments.contracts.answers import Insight, ResultTable
from deployments.contracts.query import AnalyticQuery, Grain

SEASON = {Grain.MONTH: 12, Grain.QUARTER: 4, Grain.WEEK: 52, Grain.DAY: 7}
HORIZON = {Grain.YEAR: 1, Grain.QUARTER: 2, Grain.MONTH: 3, Grain.WEEK: 4, Grain.DAY: 7}
FEWEST = 8
ODD_SCORE = 5.0
MOST_ODD = 3
SMOOTHING = 9
MOST_ORIGINS = 30
MOST_POINTS = 400
# The two-sided 80% point of the normal distribution.
INTERVAL_80 = 1.2816


def analyze(model: SemanticModel, query: AnalyticQuery, result: ResultTable, as_of: dt.date) -> tuple[Insight, ...]:
    """Findings about a series over time; for a result without time, those of `find_insights`.

    A forecast is made only where its back-test beats repeating the last season; where it does not, that is said."""
    shape = Shape(query, result)
    covered = coverage(model, query, as_of)
    if shape.measure is None or shape.time is None or len(shape.dimensions) != 1 or shape.listed:
        return find_insights(query, result, covered=covered)
    series = time_series(shape, shape.measure, covered)
    if series is None or series.grain is None:
        return find_insights(query, result, covered=covered)
    if len(series.complete) < FEWEST:
        words = f"There are only {counted(len(series.complete), 'complete period')}; {FEWEST} are needed to tell what is usual or to look ahead."
        return (
            *find_insights(query, result, covered=covered),
            Insight(kind="too_short", text=words, numbers={"periods": len(series.complete)}),
        )
    if not _unbroken(series):
        words = "Periods are missing between the first and the last, so no season or forecast is worked out."
        return (*find_insights(query, result, covered=covered), Insight(kind="gaps", text=words))
    return (*_direction(series), *_anomalies(series), *_forecast(series))


def _unbroken(series: TimeSeries) -> bool:
    points = series.complete
    return all(a.end == b.at for a, b in pairwise(points))


def season_length(series: TimeSeries) -> int:
    """The number of periods in a season where two whole ones are held, else 1."""
    length = SEASON.get(series.grain, 1) if series.grain else 1
    return length if len(series.complete) >= 2 * length else 1


def _direction(series: TimeSeries) -> list[Insight]:
    rate, fit = slope(series.complete)
    unit = series.grain.value if series.grain else "period"
    numbers: dict[str, float | int | str] = {"slope": rate, "r_squared": fit, "periods": len(series.complete)}
    label = capitalized(series.field.label)
    if fit < 0.2:
        words = f"{label} has no clear trend over {counted(len(series.complete), unit)}: a straight line explains {fit:.0%} of its variation."
        return [Insight(kind="no_trend", text=words, numbers=numbers)]
    verb = "grows" if rate > 0 else "falls"
    size = f"{abs(rate) * 100:.2g} points" if series.field.column.unit == "%" else series.told(abs(rate))
    words = f"{label} {verb} by about {size} a {unit} over {counted(len(series.complete), unit)} (straight line, R² {fit:.2f})."
    return [Insight(kind="trend", text=words, numbers=numbers)]


def decompose(values: list[float], season: int) -> tuple[list[float], list[float]]:
    """Season by place in it (a list of `season` medians about zero) and the residual of each value from trend and
    season.

    The trend is a straight line whose slope is the median of slopes between values whole seasons apart (Theil and Sen,
    kept clear of the season), and on it a running median of what the season leaves: single odd values leave both
    alone."""
    count, step = len(values), max(season, 1)
    slopes = [(values[j] - values[i]) / (j - i) for i in range(count) for j in range(i + step, count, step)]
    rate = median(slopes) if slopes else 0.0
    level = [v - rate * i for i, v in enumerate(values)]
    first = _season(level, season)
    smooth = _running_median([v - first[i % season] for i, v in enumerate(level)], SMOOTHING)
    off = [v - s for v, s in zip(level, smooth, strict=True)]
    seasonal = _season(off, season)
    return seasonal, [off[i] - seasonal[i % season] for i in range(count)]


def _season(values: list[float], season: int) -> list[float]:
    if season == 1:
        return [0.0]
    places = [median(values[k::season]) for k in range(season)]
    mean = fmean(places)
    return [place - mean for place in places]


def _running_median(values: list[float], width: int) -> list[float]:
    """The window stays whole at the ends."""
    width = min(width, len(values))
    starts = [min(max(0, i - width // 2), len(values) - width) for i in range(len(values))]
    return [median(values[start : start + width]) for start in starts]


def surprises(values: list[float], season: int) -> list[tuple[int, float, float]]:
    """The odd values, oddest first: index, value to be expected, robust z-score of the difference.

    Each value is compared with the median of the same place in the other seasons, so that it does not vouch for
    itself; the oddest is set to what was expected before the next is sought, so that it does not cast doubt on those."""
    values, found = list(values), []
    for _ in range(MOST_ODD):
        seasonal, residuals = decompose(values, season)
        off = [r + seasonal[i % season] for i, r in enumerate(residuals)]
        if season > 1:
            apart = [
                o - median(off[k] for k in range(i % season, len(off), season) if k != i) for i, o in enumerate(off)
            ]
        else:
            apart = off
        middle = median(apart)
        spread = median(abs(a - middle) for a in apart)
        if spread == 0:
            break
        index = max(range(len(apart)), key=lambda i: abs(apart[i] - middle))
        score = 0.6745 * abs(apart[index] - middle) / spread
        if score <= ODD_SCORE:
            break
        expected = values[index] - apart[index]
        found.append((index, expected, score))
        values[index] = expected
    return found


def _anomalies(series: TimeSeries) -> list[Insight]:
    points = series.complete[-MOST_POINTS:]
    season = season_length(series)
    if season > 1 and len(points) < 3 * season:
        words = "Two seasons are too few to tell an odd period from the season's own ups and downs."
        return [Insight(kind="too_few_seasons", text=words, numbers={"periods": len(points), "season": season})]
    against = "the trend and season" if season > 1 else "the trend"
    odd = surprises([p.value for p in points], season)
    if not odd:
        words = f"No period stands out from {against}."
        return [Insight(kind="no_anomaly", text=words, numbers={"periods": len(points)})]
    found = []
    for index, expected, score in odd:
        point = points[index]
        side = "above" if point.value > expected else "below"
        usual = series.told(_rounded(expected))
        words = f"{capitalized(series.name(point))} is far {side} {against}: {series.told(point.value)}, where about {usual} was to be expected."
        numbers: dict[str, float | int | str] = {"value": point.value, "expected": expected, "score": score}
        found.append(Insight(kind="anomaly", text=words, numbers=numbers))
    return found


def holt(values: list[float], ahead: int, season: int, level_rate: float = 0.4, trend_rate: float = 0.1) -> list[float]:
    """Exponential smoothing with a damped trend on seasonally adjusted values (Gardner and McKenzie, 1985)."""
    damping = 0.9
    seasonal, _ = decompose(values, season)
    adjusted = [v - seasonal[i % season] for i, v in enumerate(values)]
    level = adjusted[0]
    trend = fmean(b - a for a, b in pairwise(adjusted[:5])) if len(adjusted) > 1 else 0.0
    for value in adjusted[1:]:
        before = level
        level = level_rate * value + (1 - level_rate) * (level + damping * trend)
        trend = trend_rate * (level - before) + (1 - trend_rate) * damping * trend
    steps, made = 0.0, []
    for h in range(1, ahead + 1):
        steps += damping**h
        made.append(level + steps * trend + seasonal[(len(values) + h - 1) % season])
    return made


def naive(values: list[float], ahead: int, season: int) -> list[float]:
    """The last season repeated."""
    return [values[len(values) - season + (h % season)] for h in range(ahead)]


def back_test(values: list[float], ahead: int, season: int) -> tuple[float, float, list[list[float]]]:
    """Mean absolute errors of `holt` and of `naive` over rolling origins, and `holt`'s errors at each step ahead."""
    first = max(season * 2, FEWEST - 2, len(values) - MOST_ORIGINS)
    errors: list[list[float]] = [[] for _ in range(ahead)]
    plain: list[float] = []
    for cut in range(first, len(values)):
        known, truth = values[:cut], values[cut : cut + ahead]
        for h, (made, simple, true) in enumerate(
            zip(holt(known, ahead, season), naive(known, ahead, season), truth, strict=False)
        ):
            errors[h].append(true - made)
            plain.append(abs(true - simple))
    own = [abs(e) for step in errors for e in step]
    return (fmean(own), fmean(plain), errors) if own else (math.inf, 0.0, errors)


def _forecast(series: TimeSeries) -> list[Insight]:
    assert series.grain is not None
    season = season_length(series)
    # What happened long ago says little of what comes, and costs time.
    values = [p.value for p in series.complete][-max(6 * season, 60) :]
    ahead = HORIZON.get(series.grain, 1)
    own, simple, errors = back_test(values, ahead, season)
    tested = len(errors[0])
    what = "last season" if season > 1 else "the last value"
    if tested < 4 or own >= simple:
        why = "there are too few periods to test a forecast" if tested < 4 else (
            f"tested on {counted(tested, 'past period')}, it was no better than repeating {what}"
        )  # fmt: skip
        words = f"No forecast is given: {why}."
        return [
            Insight(
                kind="no_forecast",
                text=words,
                numbers={"tested": tested, "error": own if tested else 0.0, "naive_error": simple},
            )
        ]
    made = holt(values, ahead, season)
    told, numbers = [], dict[str, float | int | str](error=own, naive_error=simple, tested=tested)
    at = series.complete[-1].end
    for h, value in enumerate(made):
        assert at is not None
        spread = INTERVAL_80 * math.sqrt(fmean(e * e for e in (errors[h] or errors[0])))
        low = max(0.0, value - spread) if min(values) >= 0 else value - spread
        high = value + spread
        told.append(
            f"{period(at, series.grain)} {series.told(_rounded(value))} ({series.told(_rounded(low))} to {series.told(_rounded(high))})"
        )
        numbers |= {f"forecast_{h + 1}": value, f"low_{h + 1}": low, f"high_{h + 1}": high}
        at = next_period(at, series.grain)
    words = (
        f"Forecast, with the range that would have held 4 times in 5: {listing(told)}. Tested on {counted(tested, 'past period')}, "
        f"it erred by {series.told(_rounded(own))} on average; repeating {what} erred by {series.told(_rounded(simple))}."
    )
    return [Insight(kind="forecast", text=words, numbers=numbers)]


def _rounded(value: float) -> float:
    """To three significant digits: an estimate has no more."""
    if value == 0 or not math.isfinite(value):
        return 0.0
    return round(value, 2 - math.floor(math.log10(abs(value))))
