from __future__ import annotations

import asyncio

import pytest

from actors.live.queue import MOST_WAITING
from deployments.contracts.errors import (
    TurnInProgress,
)
from tests.actors.agents import HeldAgents
from tests.actors.cores import Activate, say


async def test_the_same_message_runs_once(activate: Activate, agents: HeldAgents) -> None:
    core = await activate()
    reached = agents.hold("run")
    both = [asyncio.ensure_future(say(core, "revenue by country")) for _ in range(2)]
    await reached.wait()
    agents.release("run")
    first, second = await asyncio.gather(*both)
    assert first == second == await say(core, "something else entirely")
    assert agents.calls.count("run") == 1


async def test_turns_run_one_at_a_time_in_order_of_arrival(activate: Activate, agents: HeldAgents) -> None:
    core = await activate()
    reached = agents.hold("run")
    turns = [
        asyncio.ensure_future(say(core, text, f"m{number}"))
        for number, text in enumerate(["revenue by country", "only us", "hello"])
    ]
    await reached.wait()
    assert agents.calls == ["read", "run"]
    agents.release("run")
    answers = await asyncio.gather(*turns)
    assert [answer.row_count for answer in answers] == [3, 1, None]
    users = [message.content for message in core.history(10, 0).messages if message.role == "user"]
    assert users == ["revenue by country", "only us", "hello"]


async def test_too_many_waiting_turns_are_refused_and_leave_no_trace(activate: Activate, agents: HeldAgents) -> None:
    core = await activate()
    reached = agents.hold("read")
    turns = [asyncio.ensure_future(say(core, "hello", f"m{number}")) for number in range(MOST_WAITING)]
    await reached.wait()
    with pytest.raises(TurnInProgress):
        await say(core, "hello", "one more")
    agents.release("read")
    await asyncio.gather(*turns)
    assert core.history(1, 0).total_count == 2 * MOST_WAITING
    assert (await say(core, "hello", "one more")).success


async def test_a_caller_that_goes_away_does_not_stop_the_turn(activate: Activate, agents: HeldAgents) -> None:
    core = await activate()
    reached = agents.hold("run")
    caller = asyncio.ensure_future(say(core, "revenue by country"))
    await reached.wait()
    caller.cancel()
    await asyncio.gather(caller, return_exceptions=True)
    agents.release("run")
    assert (await say(core, "revenue by country")).success
    assert agents.calls.count("run") == 1
