from __future__ import annotations

import math

import pytest

from api.bench.load import Timing, median, medians, percentile, repeat


async def test_each_caller_waits_for_its_answer_before_it_asks_again() -> None:
    running = most = asked = 0

    async def call() -> None:
        nonlocal running, most, asked
        running, asked = running + 1, asked + 1
        most = max(most, running)
        running -= 1

    timing = await repeat([call, call, call], 4)
    assert (timing.calls, asked) == (12, 12)
    assert most <= 3
    assert timing.p50 <= timing.p99


@pytest.mark.parametrize(("rank", "expected"), [(1, 1), (50, 5), (90, 9), (99, 10), (100, 10)])
def test_a_percentile_is_a_value_that_was_measured(rank: float, expected: float) -> None:
    assert percentile([10, 3, 5, 1, 2, 4, 9, 7, 8, 6], rank) == expected


def test_nothing_measured_is_not_a_number() -> None:
    assert math.isnan(median([]))
    assert math.isnan(percentile([], 99))


def test_rounds_are_told_by_their_medians() -> None:
    rounds = [Timing(2, 1.0, 9.0, 50.0), Timing(2, 3.0, 7.0, 10.0), Timing(2, 2.0, 8.0, 20.0)]
    assert medians(rounds) == Timing(6, 2.0, 8.0, 20.0)
