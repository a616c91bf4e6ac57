"""A few schedules, quickly; many are a command (`python -m tests.faults.simulation`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.faults.simulation import Report, Simulation


@pytest.fixture
def simulation(request: pytest.FixtureRequest) -> Iterator[Simulation]:
    made = Simulation(fence=getattr(request, "param", True))
    yield made
    made.close()


without_fence = pytest.mark.parametrize("simulation", [False], indirect=True)


def test_schedules_with_faults_of_every_kind_break_nothing(simulation: Simulation) -> None:
    reports = [simulation.play(seed) for seed in range(40)]
    assert [(report.seed, report.violations) for report in reports if report.violations] == []
    happened = sum((report.counts for report in reports), Counter[str]())
    for what in ("killed", "frozen", "fenced", "passivated", "cancelled", "interrupted", "journal away",
                 "reply of the journal lost", "call or reply lost", "sent twice", "agent away",
                 "ingress killed", "everything killed", "call delivered twice", "journal slow"):  # fmt: skip
        assert happened[what] > 0, what
    assert happened["acknowledged"] > 200


def test_a_schedule_can_be_played_again(simulation: Simulation) -> None:
    first, again = simulation.play(7), simulation.play(7)
    assert first.counts == again.counts
    assert [said(report) for report in (first, again)] == [said(first)] * 2


def said(report: Report) -> list[tuple[str, str]]:
    return [(answer.message_id, answer.said) for answer in report.history.acknowledged]


@without_fence
def test_without_the_fence_the_checker_finds_an_old_writer(simulation: Simulation) -> None:
    played = (simulation.play(seed) for seed in range(8, 20))
    assert any(violation.code == "epoch" for report in played for violation in report.violations)
