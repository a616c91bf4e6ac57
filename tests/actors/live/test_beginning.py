from __future__ import annotations

import asyncio

import pytest

from actors.core import SessionCore
from deployments.contracts.errors import (
    JournalUnavailable,
    TurnCancelled,
)
from deployments.journal.service import JournalService
from tests.actors.agents import HeldAgents
from tests.actors.cores import Breaking, all_frames, say
from tests.deployments.journal.turns import AT


async def test_a_short_turn_that_no_one_follows_is_written_at_once(journal: JournalService, agents: HeldAgents) -> None:
    await journal.create("sess-1", "acme", "ann", None, None, AT)
    breaking = Breaking(journal)
    core = await SessionCore.activate("sess-1", breaking, agents, patience=60)
    breaking.script = ["before"]
    with pytest.raises(JournalUnavailable):
        await say(core, "revenue by country")
    assert await all_frames(core) == []
    assert core.history(10, 0).total_count == 0
    breaking.script = ["works"]
    assert (await say(core, "revenue by country")).success
    assert breaking.script == []
    assert [frame.seq for frame in await all_frames(core)] == list(range(1, core.last_seq + 1))
    assert (await journal.activate("sess-1")).sequence == 5


async def test_a_turn_that_someone_follows_is_in_the_record_before_they_see_it(
    journal: JournalService, agents: HeldAgents
) -> None:
    await journal.create("sess-1", "acme", "ann", None, None, AT)
    core = await SessionCore.activate("sess-1", journal, agents, patience=60)
    reached = agents.hold("run")
    turn = asyncio.ensure_future(say(core, "revenue by country"))
    await reached.wait()
    assert core.last_seq == 0
    seen = await core.frames(0, 30)
    assert [frame.type for frame in seen][:1] == ["status"]
    assert core.history(10, 0).total_count == 1
    agents.release("run")
    assert (await turn).success


async def test_a_stopped_turn_that_no_one_followed_is_recorded_as_such(
    journal: JournalService, agents: HeldAgents
) -> None:
    await journal.create("sess-1", "acme", "ann", None, None, AT)
    breaking = Breaking(journal)
    core = await SessionCore.activate("sess-1", breaking, agents, patience=60)
    for script, told in ((["before"], JournalUnavailable), ([], TurnCancelled)):
        breaking.script = list(script)
        reached = agents.hold("run")
        turn = asyncio.ensure_future(say(core, "revenue by country"))
        await reached.wait()
        if script:
            with pytest.raises(JournalUnavailable):
                await core.cancel()
        else:
            assert await core.cancel()
        with pytest.raises(told):
            await turn
    assert core.history(10, 0).total_count == 2
