import math
import random

from deployments.analytics.insights.unusual import shift, stand_out, usual


def daily(count: int, seed: int = 1, noise: float = 3.0) -> list[float]:
    chance = random.Random(seed)
    week = (0, 2, 4, 6, 10, 25, -15)
    return [100 + i * 0.02 + week[i % 7] + chance.gauss(0, noise) for i in range(count)]


def found(values: list[float], season: int, width: int, **more: int) -> list[tuple[int, int]]:
    return [(one.first, one.last) for one in stand_out(values, usual(values, season, width), **more)]


def test_an_odd_day_is_found_and_the_days_of_the_week_are_not() -> None:
    values = daily(400)
    values[200] = 20
    assert found(values, 7, 61) == [(200, 200)]


def test_odd_days_next_to_one_another_are_one_stretch() -> None:
    values = daily(400)
    for i in range(150, 157):
        values[i] *= 0.3
    assert found(values, 7, 61) == [(150, 156)]


def test_a_week_is_found_that_no_single_noisy_day_gives_away() -> None:
    values = daily(700, noise=22)
    for i in range(350, 357):
        values[i] *= 0.45
    assert found(values, 7, 61, stretch=7) == [(350, 356)]


def test_what_comes_back_every_year_is_not_odd() -> None:
    values = daily(1095)
    for start in (180, 545, 910):
        values[start] = 250
    assert found(values, 7, 61) != []
    assert found(values, 7, 61, year=365, near=4) == []


def test_of_few_seasons_a_value_has_no_say_in_what_is_expected_of_it() -> None:
    chance = random.Random(2)
    values = [(1000 + 5 * i) * (1 + 0.3 * math.sin(i * math.pi / 26)) * (1 + chance.gauss(0, 0.05)) for i in range(156)]
    assert found(values, 52, 13) == []
    values[140] *= 0.3
    assert found(values, 52, 13) == [(140, 140)]


def test_ordinary_noise_hardly_ever_has_something_odd() -> None:
    taken = [seed for seed in range(60) if found(daily(200, seed), 7, 61)]
    assert len(taken) <= 2


def test_a_lasting_shift_is_found_where_it_began_and_noise_has_none() -> None:
    chance = random.Random(3)
    values = [(100 if i < 50 else 160) + chance.gauss(0, 6) for i in range(90)]
    assert shift(values, [0.0] * 90, 6) == 50
    assert shift([100 + chance.gauss(0, 6) for _ in range(90)], [0.0] * 90, 6) is None
    assert shift([5.0] * 40, [0.0] * 40, 6) is None
