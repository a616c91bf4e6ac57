from __future__ import annotations

import asyncio

import pytest

from deployments.contracts.errors import (
    Internal,
    TurnCancelled,
)
from tests.actors.agents import HeldAgents
from tests.actors.cores import Activate, all_frames, say


async def test_a_defect_in_an_agent_is_told_without_its_text(activate: Activate, agents: HeldAgents) -> None:
    agents.errors["run"] = RuntimeError("secret")  # type: ignore[assignment]
    with pytest.raises(Internal) as raised:
        await say(await activate(), "revenue by country")
    assert "secret" not in str(raised.value)


async def test_cancelling_interrupts_the_agent_and_is_recorded(activate: Activate, agents: HeldAgents) -> None:
    core = await activate()
    assert await core.cancel() is False
    reached = agents.hold("run")
    turn = asyncio.ensure_future(say(core, "revenue by country"))
    await reached.wait()
    assert await core.cancel() is True
    with pytest.raises(TurnCancelled):
        await turn
    assert agents.interrupted == 1
    assert [frame.type for frame in await all_frames(core)][-2:] == ["cancelled", "stream_end"]
    assert await core.cancel() is False
    with pytest.raises(TurnCancelled):
        await say(await activate(), "revenue by country")


async def test_cancelling_stops_only_the_running_turn(activate: Activate, agents: HeldAgents) -> None:
    core = await activate()
    reached = agents.hold("read")
    first = asyncio.ensure_future(say(core, "hello", "m1"))
    second = asyncio.ensure_future(say(core, "hello", "m2"))
    await reached.wait()
    await core.cancel()
    with pytest.raises(TurnCancelled):
        await first
    agents.release("read")
    assert (await second).success
