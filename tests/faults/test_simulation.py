"""A few schedules, quickly; many are a command (`python -m tests.faults.simulation`)."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator

import pytest

from deployments.contracts.sessions import SendMessage
from tests.actors.agents import ANN
from tests.faults import virtual_time
from tests.faults.history import History, check, read_journal
from tests.faults.simulation import Report, Simulation
from tests.faults.world import Process, World, WorldSessions


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
                 "caller never came back", "ingress killed", "everything killed", "call delivered twice", "journal slow"):  # fmt: skip
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


@pytest.mark.parametrize(("looked_for", "left"), [(True, []), (False, ["unfinished"])])
def test_a_turn_that_nobody_holds_ends_where_orphans_are_looked_for(
    simulation: Simulation, looked_for: bool, left: list[str]
) -> None:
    simulation.journal.prepare()

    async def play() -> list[str]:
        world = World(0, simulation.journal)
        ingress = WorldSessions(world)
        session_id = (await ingress.create(ANN)).session_id
        world.traps["append done", 1] = Process.kill  # the message is in the record, and nothing more
        asking = asyncio.ensure_future(
            ingress.perform(ANN, session_id, SendMessage(content="revenue by country", message_id="m1"))
        )
        following = asyncio.ensure_future(anext(aiter(ingress.follow(ANN, session_id, after_seq=0))))
        while not world.counts["killed"]:  # noqa: ASYNC110 - virtual time
            await asyncio.sleep(0.001)
        for gone in (asking, following):
            gone.cancel()
        await asyncio.gather(asking, following, return_exceptions=True)
        if looked_for:
            await ingress.keep_house()
        await asyncio.sleep(60)
        found = [violation.code for violation in check(History(read_journal(simulation.journal)))]
        for process in world.live():
            process.kill()
        await asyncio.sleep(1)
        return found

    assert virtual_time.run(play()) == left
