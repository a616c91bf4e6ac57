import math
import random
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from deployments.analytics.insights.outlook import back_test, fewest_points, outlook, seasonal_naive, theta


def seasonal(count: int, seed: int = 1) -> list[float]:
    noise = random.Random(seed)
    return [1000 + 20 * i + 200 * math.sin(i * math.pi / 6) + noise.uniform(-15, 15) for i in range(count)]


def test_a_steady_season_is_foreseen_within_its_interval_and_better_than_by_repetition() -> None:
    values = seasonal(39)
    made = outlook(values[:36], 12, 3)
    assert made is not None
    assert made.beats
    assert made.error < made.naive_error
    for low, true, high in zip(made.low, values[36:], made.high, strict=True):
        assert low <= true <= high


def test_a_walk_without_a_pattern_is_repeated_and_not_foreseen() -> None:
    noise = random.Random(5)
    values = [100.0]
    while len(values) < 40:
        # Each value leaves the last one and comes back: nothing before it tells which way.
        values.append(100.0 + (values[-1] - 100.0) * 0.97 + noise.gauss(0, 10) + (50 if len(values) % 13 == 0 else 0))
    made = outlook(values, 1, 2)
    assert made is not None
    errors = [abs(e) for step in back_test(theta, values, 1, 2) for e in step]
    plain = [abs(e) for step in back_test(seasonal_naive, values, 1, 2) for e in step]
    assert made.beats is (sum(errors) < sum(plain))
    if not made.beats:
        assert list(made.values) == seasonal_naive(values, 1, 2)


def test_a_season_that_repeats_to_the_digit_cannot_be_beaten() -> None:
    made = outlook([float(10 + i % 4) for i in range(24)], 4, 3)
    assert made is not None
    assert not made.beats
    assert made.values == (10.0, 11.0, 12.0)
    assert made.naive_error == 0


def test_too_few_values_have_no_forecast() -> None:
    assert outlook(seasonal(6), 1, 1) is None
    assert outlook(seasonal(25), 12, 1) is None
    assert fewest_points(12) == 28


@given(st.lists(st.floats(0, 1e6), min_size=8, max_size=20), st.integers(1, 4))
def test_the_interval_holds_the_forecast_widens_and_stays_above_zero(values: list[float], ahead: int) -> None:
    made = outlook(values, 1, ahead)
    assert made is not None
    widths = [high - value for value, high in zip(made.values, made.high, strict=True)]
    assert all(b >= a - 1e-6 * max([*values, 1.0]) for a, b in pairwise(widths))
    for low, value, high in zip(made.low, made.values, made.high, strict=True):
        assert 0 <= low <= value <= high


def test_the_same_values_give_the_same_forecast() -> None:
    assert outlook(seasonal(36), 12, 3) == outlook(seasonal(36), 12, 3)
