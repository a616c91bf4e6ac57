"""A forecast of a series: the Theta method, tested on the past against repeating the last season.

Theta (Assimakopoulos and Nikolopoulos, 2000) came first in the M3 competition and is hard to beat on business series; the
seasonal naive forecast is what a forecast has to beat to be worth making. The interval is from the errors the method
made on the past at the same distance, so that it holds what it says as far as the future is like the past."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import fmean

FEWEST = 8
MOST_ORIGINS = 12
MOST_POINTS = 730
FEWEST_ERRORS = 4
# The two-sided 80% point of the normal distribution.
INTERVAL_80 = 1.2816
_RATES = tuple(i / 20 for i in range(1, 20))

Method = Callable[[list[float], int, int], list[float]]
"""Values, the length of a season and how far to look ahead, to what is foreseen."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is foreseen, with the bounds between which four values in five would have lain, for each period ahead.

    `error` and `naive_error` are the mean absolute errors on the past, over `tested` forecasts; `beats` says whether the
    method did better than repeating the last season, which is what is given where it did not."""

    values: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    error: float
    naive_error: float
    tested: int
    beats: bool


def fewest_points(season: int) -> int:
    """How many whole periods a forecast takes, so that it can be tested at all."""
    return 2 * season + FEWEST_ERRORS if season > 1 else FEWEST


def outlook(values: list[float], season: int, ahead: int) -> Outlook | None:
    """The forecast; None where there are too few values to test one."""
    values = values[-MOST_POINTS:]
    errors, plain = back_test(theta, values, season, ahead), back_test(seasonal_naive, values, season, ahead)
    own = [abs(e) for step in errors for e in step]
    simple = [abs(e) for step in plain for e in step]
    if len(errors[0]) < FEWEST_ERRORS:
        return None
    error, naive_error = fmean(own), fmean(simple)
    beats = error < naive_error
    method, past = (theta, errors) if beats else (seasonal_naive, plain)
    made = method(values, season, ahead)
    spread, widths = 0.0, []
    for step in past:
        # What is further away is not surer, whatever a few tests say.
        if step:
            spread = max(spread, INTERVAL_80 * math.sqrt(fmean(e * e for e in step)))
        widths.append(spread)
    floor = 0.0 if min(values) >= 0 else -math.inf
    made = [max(floor, value) for value in made]
    return Outlook(
        tuple(made),
        tuple(max(floor, value - width) for value, width in zip(made, widths, strict=True)),
        tuple(value + width for value, width in zip(made, widths, strict=True)),
        error,
        naive_error,
        len(errors[0]),
        beats,
    )


def seasonal_naive(values: list[float], season: int, ahead: int) -> list[float]:
    """The last season repeated."""
    return [values[len(values) - season + (h % season)] for h in range(ahead)]


def theta(values: list[float], season: int, ahead: int) -> list[float]:
    """The Theta method on seasonally adjusted values, as the simple exponential smoothing with half the slope for drift
    that Hyndman and Billah (2003) showed it to be."""
    factors, multiplied = _seasonal(values, season)
    adjusted = [v / factors[i % season] if multiplied else v - factors[i % season] for i, v in enumerate(values)]
    rate = min(_RATES, key=lambda rate: _smoothed(adjusted, rate)[1])
    level, _ = _smoothed(adjusted, rate)
    drift = _slope(adjusted) / 2
    reach = (1 - (1 - rate) ** len(values)) / rate
    made = []
    for h in range(ahead):
        value, factor = level + drift * (h + reach), factors[(len(values) + h) % season]
        made.append(value * factor if multiplied else value + factor)
    return made


def _seasonal(values: list[float], season: int) -> tuple[list[float], bool]:
    """What each place in the season multiplies the level by, or, where values are not all above zero, adds to it: the
    classical decomposition about a centred moving average."""
    if season == 1 or len(values) < 2 * season:
        return [0.0] * season, False
    multiplied = min(values) > 0
    half = season // 2
    places: list[list[float]] = [[] for _ in range(season)]
    for i in range(half, len(values) - half):
        around = values[i - half : i + half + 1]
        ends = (around[0] + around[-1]) / 2 if season % 2 == 0 else around[0] + around[-1]
        middle = (sum(around[1:-1]) + ends) / season
        places[i % season].append(values[i] / middle if multiplied else values[i] - middle)
    means = [fmean(place) for place in places]
    whole = fmean(means)
    return [mean / whole if multiplied else mean - whole for mean in means], multiplied


def _smoothed(values: list[float], rate: float) -> tuple[float, float]:
    """The last level of simple exponential smoothing, and the squared errors it made on the way."""
    level, wrong = values[0], 0.0
    for value in values[1:]:
        error = value - level
        wrong += error * error
        level += rate * error
    return level, wrong


def _slope(values: list[float]) -> float:
    middle, mean = (len(values) - 1) / 2, fmean(values)
    spread = sum((i - middle) ** 2 for i in range(len(values)))
    return sum((i - middle) * (v - mean) for i, v in enumerate(values)) / spread if spread else 0.0


def back_test(method: Method, values: list[float], season: int, ahead: int) -> list[list[float]]:
    """The errors of a method at each step ahead, had it been used at each of the last dozen periods."""
    first = max(2 * season if season > 1 else FEWEST - FEWEST_ERRORS, len(values) - MOST_ORIGINS)
    errors: list[list[float]] = [[] for _ in range(ahead)]
    for cut in range(first, len(values)):
        for h, (made, true) in enumerate(zip(method(values[:cut], season, ahead), values[cut:], strict=False)):
            errors[h].append(true - made)
    return errors
