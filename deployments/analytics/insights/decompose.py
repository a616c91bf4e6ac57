"""A change between two periods, taken apart by groups: exact contributions, and which groups moved by themselves.

For a measure that adds up, a group contributes its own change. For a ratio of two such measures the change is split, group by
group, into a rate effect (its ratio changed) and a mix effect (its weight changed), each at the mean of the other over both
periods (Marshall and Edgeworth's weights), so that all effects together are the change with nothing left over. Everything is
computed in fractions, so "together" is meant to the last digit.

What moves by itself is told from what moves with the rest by a test for each group. Adtributor (Bhagwan et al., NSDI 2014)
ranks dimensions by explanatory power, surprise and succinctness; its surprise grows with the number of values. Here a group
must leave the pace of the others by more than chance gives, with Bonferroni's correction for all groups and dimensions
looked at, and a dimension is the better the more of the change its drivers explain, the smaller a part of the whole they are,
and the fewer they are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import NormalDist, median

from deployments.contracts.answers import Cell

SIGNIFICANCE = 0.01
MOST_DRIVERS = 5
FEWEST_FOR_DISPERSION = 6
MATERIAL = 0.05
"""A driver makes up at least this much of the change."""

PRIOR_ROWS = 30
"""For how many rows the usual spread of all groups counts beside a group's own."""

FARTHEST = 1_000.0
"""So many standard deviations are as good as any more."""

PRIOR_GROUPS = 10
"""For how many groups without dispersion one counts."""

_CHI2_MEDIAN = 0.4549


@dataclass(frozen=True, slots=True)
class Part:
    """A group's part in a change.

    `before` and `now` are its own values (None: it was not there), `contribution` what it adds to the change of the
    whole, for a ratio `rate` + `mix`. `base` is what it would contribute if everything grew by 1 (for a ratio: if every
    ratio rose by 1), `variance` that of its contribution by chance."""

    key: tuple[Cell, ...]
    before: Fraction | None
    now: Fraction | None
    contribution: Fraction
    base: Fraction
    variance: float
    rate: Fraction | None = None
    mix: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """A group's sums in one period: `value` and `squares`, the sum over its rows of the squared amounts, which is the
    variance of a total that came together by chance."""

    value: Fraction
    squares: float


def additive_parts(groups: Sequence[tuple[tuple[Cell, ...], Counted, Counted]]) -> list[Part]:
    """The parts of a measure that adds up, from each group's sums before and now."""
    return [
        Part(key, before.value, now.value, now.value - before.value, before.value, before.squares + now.squares)
        for key, before, now in groups
    ]


def ratio_parts(groups: Sequence[tuple[tuple[Cell, ...], Counted, Counted, Counted, Counted]]) -> list[Part]:
    """The parts of a ratio, from each group's numerator and denominator before, then now. The denominators of both
    periods must not add up to nothing."""
    top0 = sum((g[1].value for g in groups), Fraction())
    low0 = sum((g[2].value for g in groups), Fraction())
    top1 = sum((g[3].value for g in groups), Fraction())
    low1 = sum((g[4].value for g in groups), Fraction())
    middle = (top0 / low0 + top1 / low1) / 2
    usual0 = _usual_noise([(g[1], g[2]) for g in groups])
    usual1 = _usual_noise([(g[3], g[4]) for g in groups])
    parts = []
    for key, n0, d0, n1, d1 in groups:
        before = n0.value / d0.value if d0.value else None
        now = n1.value / d1.value if d1.value else None
        weight0, weight1 = d0.value / low0, d1.value / low1
        # A group that was not there in one period had no ratio to change: it is all mix.
        first = before if before is not None else now if now is not None else middle
        last = now if now is not None else first
        weight = (weight0 + weight1) / 2
        rate = weight * (last - first)
        mix = (weight1 - weight0) * ((first + last) / 2 - middle)
        noise = float(weight) ** 2 * (_rate_noise(n0, d0, usual0) + _rate_noise(n1, d1, usual1)) + float(
            (first + last) / 2 - middle
        ) ** 2 * (d0.squares / float(low0) ** 2 + d1.squares / float(low1) ** 2)
        parts.append(Part(key, before, now, rate + mix, weight, noise, rate, mix))
    return parts


def _inner(top: Counted, low: Counted) -> float:
    """The sum of squares about a group's own ratio."""
    inner = top.squares - float(top.value) ** 2 / float(low.value)
    return inner if inner > 0 else top.squares


def _usual_noise(groups: Sequence[tuple[Counted, Counted]]) -> float:
    """The variance of one row's amount about its group's ratio, over all groups."""
    there = [(top, low) for top, low in groups if low.value]
    return sum(_inner(top, low) for top, low in there) / float(sum((low.value for _, low in there), Fraction()))


def _rate_noise(top: Counted, low: Counted, usual: float) -> float:
    """The variance of a group's ratio by chance: of a mean where each row of the denominator has one amount. A small group
    cannot tell its own spread, so the usual one counts with it."""
    if not low.value:
        return 0.0
    count = float(low.value)
    return (_inner(top, low) + PRIOR_ROWS * usual) / (count + PRIOR_ROWS) / count


@dataclass(frozen=True, slots=True)
class Driver:
    """A group that left the pace of the others, by `excess`; `z` is by how many standard deviations."""

    part: Part
    excess: float
    z: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a dimension explains of a change.

    `pace` is by how much of its base every other group moved, `share` the drivers' part of the whole, `depth` how much of
    the drivers themselves moved (1: they came from or went to nothing), `unrest` by how many standard deviations the group
    furthest from the common pace left it, beyond what is usual for so many groups."""

    drivers: tuple[Driver, ...]
    pace: float
    share: float
    depth: float
    unrest: float

    @property
    def moved(self) -> float:
        """How much the drivers moved by themselves."""
        return sum(abs(driver.excess) for driver in self.drivers)

    def score(self, gross: float) -> float:
        """How well it explains a change of which `gross` is to be explained: 0 not at all, 1 one small group does."""
        if not self.drivers or not gross:
            return 0.0
        return min(1.0, self.moved / gross) * (1 - self.share) / (1 + 0.15 * (len(self.drivers) - 1))

    def sharpness(self, gross: float) -> float:
        """The score, less where only a little of the drivers moved: a part of them may be meant."""
        return self.score(gross) * math.sqrt(self.depth)


def explain(parts: Sequence[Part], tests: int = 1) -> Explanation:
    """The groups that moved by themselves, the strongest first. `tests` is how many dimensions are looked at.

    Groups are taken one at a time, the one furthest from the pace of those left, until none is further than chance
    gives; those left always hold most of the whole."""
    left = list(parts)
    total_base = float(sum((p.base for p in left), Fraction()))
    change = float(sum((p.contribution for p in left), Fraction()))
    critical = NormalDist().inv_cdf(1 - SIGNIFICANCE / (2 * max(len(left), 1) * max(tests, 1)))
    dispersion = _dispersion(left)
    common = _middle_pace(left)
    unrest = max((min(abs(_z(p, common, dispersion)), FARTHEST) for p in left), default=0.0)
    # The furthest of many is further than that of few by chance alone.
    unrest -= NormalDist().inv_cdf(1 - 0.25 / max(len(left), 1))
    taken: list[Part] = []
    while len(left) > 1 and len(taken) < MOST_DRIVERS:
        pace = _pace(left)
        scored = [(abs(_z(p, pace, dispersion)), p) for p in left]
        if len(left) == 2 and not taken:
            # Of two, each is as far from the other: it is the one that moved.
            scored = [(z, p) for z, p in scored if p is max(left, key=lambda p: abs(p.contribution))]
        far = [(z, p) for z, p in scored if z > critical and _may_go(p, left, total_base)]
        if not far:
            break
        _, chosen = max(far, key=lambda pair: pair[0])
        taken.append(chosen)
        left = [p for p in left if p is not chosen]
    pace = _pace(left)
    found = [
        Driver(p, float(p.contribution) - float(p.base) * pace, _z(p, pace, dispersion)) for p in taken
    ]  # fmt: skip
    gross = max(abs(change), sum(abs(d.excess) for d in found))
    found = sorted((d for d in found if gross and abs(d.excess) >= MATERIAL * gross), key=lambda d: -abs(d.excess))
    share = sum(float(d.part.base) for d in found) / total_base if total_base > 0 else 1.0
    size = sum(_size(d.part) for d in found)
    depth = min(1.0, sum(abs(d.excess) for d in found) / size) if size else 0.0
    return Explanation(tuple(found), pace, min(max(share, 0.0), 1.0), depth, unrest)


def to_explain(change: float, explanations: Sequence[Explanation]) -> float:
    """How much there is to explain: the change, or what moved against itself in it, by whichever dimension shows most."""
    return max(abs(change), *(explanation.moved for explanation in explanations), 0.0)


def _size(part: Part) -> float:
    value = max(abs(float(part.before or 0)), abs(float(part.now or 0)))
    return value * float(part.base) if part.rate is not None else value


def _may_go(part: Part, left: list[Part], total_base: float) -> bool:
    """Whether the rest still holds enough of the whole to set a pace."""
    if len(left) == 2:
        return True
    rest = sum(float(p.base) for p in left if p is not part)
    return rest >= 0.4 * total_base


def _pace(parts: Sequence[Part]) -> float:
    base = float(sum((p.base for p in parts), Fraction()))
    return float(sum((p.contribution for p in parts), Fraction())) / base if base > 0 else 0.0


def _z(part: Part, pace: float, dispersion: float) -> float:
    spread = math.sqrt(part.variance * dispersion)
    excess = float(part.contribution) - float(part.base) * pace
    if spread == 0:
        return math.inf if excess else 0.0
    return excess / spread


def _dispersion(parts: Sequence[Part]) -> float:
    """By how much groups usually leave the common pace further than their rows' chance alone gives (an order's lines
    come together), read off the middle of them, which a few drivers do not move; at least 1. Of few groups the middle
    says little, and counts for little."""
    if len(parts) < FEWEST_FOR_DISPERSION:
        return 1.0
    pace = _middle_pace(parts)
    squares = [z * z for p in parts if math.isfinite(z := _z(p, pace, 1.0))]
    if not squares:
        return 1.0
    measured = median(squares) / _CHI2_MEDIAN
    return max(1.0, (len(squares) * measured + PRIOR_GROUPS) / (len(squares) + PRIOR_GROUPS))


def _middle_pace(parts: Sequence[Part]) -> float:
    """The pace that half of the whole, by base, does not exceed."""
    paced = sorted((float(p.contribution) / float(p.base), float(p.base)) for p in parts if p.base > 0)
    half, reached = sum(base for _, base in paced) / 2, 0.0
    for pace, base in paced:
        reached += base
        if reached >= half:
            return pace
    return 0.0
