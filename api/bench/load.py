"""Callers that wait for each answer before they ask again, and what they waited."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

Call = Callable[[], Awaitable[object]]


@dataclass(frozen=True)
class Timing:
    """What some calls took, in milliseconds, and how many of them were answered each second."""

    calls: int
    p50: float
    p99: float
    per_second: float


async def timed(call: Call) -> float:
    """Milliseconds until the call returned."""
    began = time.perf_counter()
    await call()
    return (time.perf_counter() - began) * 1000


async def repeat(callers: Sequence[Call], calls: int) -> Timing:
    """All callers at once, each `calls` times one after the other."""

    async def one(call: Call) -> list[float]:
        return [await timed(call) for _ in range(calls)]

    began = time.perf_counter()
    taken = [took for each in await asyncio.gather(*map(one, callers)) for took in each]
    seconds = time.perf_counter() - began
    return Timing(len(taken), median(taken), percentile(taken, 99), len(taken) / seconds)


def median(values: Sequence[float]) -> float:
    """The middle value; NaN of none."""
    return statistics.median(values) if values else float("nan")


def percentile(values: Sequence[float], rank: float) -> float:
    """The smallest value that `rank` percent of the values do not exceed; NaN of none.

    >>> percentile([4, 1, 3, 2], 99), percentile([4, 1, 3, 2], 50)
    (4, 2)
    """
    if not values:
        return float("nan")
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * rank // 100).__int__() - 1)]


def medians(rounds: Sequence[Timing]) -> Timing:
    """The medians over several rounds."""
    return Timing(
        sum(one.calls for one in rounds),
        median([one.p50 for one in rounds]),
        median([one.p99 for one in rounds]),
        median([one.per_second for one in rounds]),
    )
