import random
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from deployments.analytics.insights.decompose import Counted, Part, additive_parts, explain, ratio_parts

amounts = st.decimals(-10_000, 10_000, places=2)
weights = st.integers(0, 500)


def counted(value: Decimal | float) -> Counted:
    return Counted(Fraction(value), float(value) ** 2)


@given(st.lists(st.tuples(amounts, amounts), min_size=1, max_size=8))
def test_contributions_add_up_to_the_change_to_the_last_digit(groups: list[tuple[Decimal, Decimal]]) -> None:
    parts = additive_parts([((str(i),), counted(a), counted(b)) for i, (a, b) in enumerate(groups)])
    assert sum(p.contribution for p in parts) == Fraction(sum(b for _, b in groups)) - Fraction(
        sum(a for a, _ in groups)
    )


@given(st.lists(st.tuples(amounts, weights, amounts, weights), min_size=1, max_size=8))
def test_rate_and_mix_effects_add_up_to_the_change_of_a_ratio(groups: list[tuple[Decimal, int, Decimal, int]]) -> None:
    # A group that is not there has nothing to count either.
    groups = [(n0 if d0 else Decimal(), d0, n1 if d1 else Decimal(), d1) for n0, d0, n1, d1 in groups]
    low0, low1 = sum(g[1] for g in groups), sum(g[3] for g in groups)
    if not low0 or not low1:
        return
    parts = ratio_parts(
        [((str(i),), counted(n0), counted(d0), counted(n1), counted(d1)) for i, (n0, d0, n1, d1) in enumerate(groups)]
    )
    change = Fraction(sum(g[2] for g in groups)) / low1 - Fraction(sum(g[0] for g in groups)) / low0
    assert sum((p.contribution for p in parts), Fraction()) == change
    for part in parts:
        assert part.rate is not None
        assert part.mix is not None
        assert part.rate + part.mix == part.contribution


def test_a_ratio_that_changes_in_no_group_changes_by_its_mix_alone() -> None:
    groups = [
        (("a",), counted(90), counted(10), counted(270), counted(30)),
        (("b",), counted(40), counted(20), counted(20), counted(10)),
    ]
    parts = ratio_parts(groups)
    assert [p.rate for p in parts] == [0, 0]
    assert sum(p.contribution for p in parts) == Fraction(290, 40) - Fraction(130, 30)


def sales(groups: int, rows: int, seed: int, planted: dict[int, float] | None = None) -> list[Part]:
    """Groups whose rows came by chance, those planted with so much of what they had before."""
    noise = random.Random(seed)

    def total(expected: float) -> Counted:
        count = max(0, round(noise.gauss(expected, expected**0.5)))
        values = [noise.lognormvariate(3, 0.8) for _ in range(count)]
        return Counted(Fraction(sum(values)), sum(v * v for v in values))

    planted = planted or {}
    return additive_parts([((i,), total(rows), total(rows * planted.get(i, 1.0))) for i in range(groups)])


def test_the_group_that_moved_by_itself_is_found() -> None:
    found = explain(sales(8, 400, seed=1, planted={3: 0.4}))
    assert [driver.part.key for driver in found.drivers] == [(3,)]
    assert found.drivers[0].excess < 0
    assert abs(found.pace) < 0.05


def test_of_many_groups_two_are_found_the_larger_first() -> None:
    found = explain(sales(60, 200, seed=2, planted={7: 0.2, 40: 2.0}))
    assert [driver.part.key for driver in found.drivers] == [(40,), (7,)]


def test_nothing_is_found_where_all_moved_together() -> None:
    even = dict.fromkeys(range(12), 0.7)
    assert explain(sales(12, 300, seed=3, planted=even)).drivers == ()


def test_random_data_hardly_ever_has_a_driver() -> None:
    taken = [
        (groups, seed)
        for groups, seeds in ((2, 40), (5, 40), (20, 40), (150, 5))
        for seed in range(seeds)
        if explain(sales(groups, 60, seed), tests=16).drivers
    ]
    assert len(taken) <= 1


def test_a_small_group_explains_better_than_a_large_one_and_one_better_than_many() -> None:
    small, many = explain(sales(10, 400, 4, {2: 0.1})), explain(sales(10, 400, 4, {2: 0.7, 3: 0.7, 4: 0.7}))
    assert small.score(small.moved) > many.score(many.moved)
    large = explain(sales(2, 400, 5, {1: 0.5}))
    assert small.score(small.moved) > large.score(large.moved)
    assert small.score(10 * small.moved) < small.score(small.moved)


def test_of_two_groups_the_one_that_moved_is_the_driver() -> None:
    assert [driver.part.key for driver in explain(sales(2, 900, 6, {0: 0.5})).drivers] == [(0,)]
    assert [driver.part.key for driver in explain(sales(2, 900, 6, {1: 0.5})).drivers] == [(1,)]


def test_a_group_that_is_all_there_is_has_nothing_to_leave() -> None:
    assert explain(sales(1, 100, 7)).drivers == ()
    assert explain([]).drivers == ()
