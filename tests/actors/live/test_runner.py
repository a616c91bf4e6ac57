from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

import pytest

from actors.core import SessionCore
from deployments import logs
from deployments.contracts.errors import (
    AgentUnavailable,
    Internal,
    JournalUnavailable,
    TurnCancelled,
)
from deployments.contracts.journal import Fenced
from deployments.contracts.sessions import Frame
from deployments.journal.service import JournalService
from tests.actors.agents import HeldAgents
from tests.actors.cores import Activate, Breaking, all_frames, say
from tests.deployments.journal.turns import AT
from tests.faults.history import PROVISIONAL


async def test_an_interrupted_turn_is_run_again_and_its_frames_go_on(activate: Activate, agents: HeldAgents) -> None:
    dying = await activate()
    reached = agents.hold("run")
    caller = asyncio.ensure_future(say(dying, "revenue by country"))
    await reached.wait()
    seen = await all_frames(dying)
    assert seen
    await dying.close()
    with pytest.raises(Fenced):
        await caller
    agents.release("run")
    core = await activate()
    answer = await say(core, "revenue by country")
    assert answer.success
    assert core.history(10, 0).total_count == 2
    frames = await all_frames(core)
    assert frames[: len(seen)] == seen
    assert [frame.type for frame in frames].count("result") == 1


async def test_an_interrupted_turn_comes_before_the_next_message(activate: Activate, agents: HeldAgents) -> None:
    dying = await activate()
    reached = agents.hold("run")
    caller = asyncio.ensure_future(say(dying, "revenue by country"))
    await reached.wait()
    await dying.close()
    await asyncio.gather(caller, return_exceptions=True)
    agents.release("run")
    assert (await say(await activate(), "only us", "m2")).row_count == 1


async def test_a_turn_run_again_that_ends_sooner_leaves_no_gap(activate: Activate, agents: HeldAgents) -> None:
    dying = await activate()
    reached = agents.hold("present")
    caller = asyncio.ensure_future(say(dying, "revenue by country"))
    await reached.wait()
    seen = await all_frames(dying)
    await dying.close()
    await asyncio.gather(caller, return_exceptions=True)
    agents.release("present")
    agents.errors["read"] = AgentUnavailable("gone")
    core = await activate()
    rest: list[Frame] = []
    while not rest or rest[-1].type != "stream_end":
        rest += await core.frames(rest[-1].seq if rest else seen[-1].seq, 5)
    assert [frame.type for frame in rest if frame.type not in PROVISIONAL] == ["error", "stream_end"]
    frames = await all_frames(core)
    assert [frame.seq for frame in frames] == list(range(1, len(frames) + 1))


@pytest.mark.parametrize("script", [["before"], ["after"], ["works", "before"], ["works", "after"]], ids="-".join)
async def test_a_failing_journal_acknowledges_nothing_and_a_retry_gives_the_one_answer(
    journal: JournalService, agents: HeldAgents, script: list[str]
) -> None:
    await journal.create("sess-1", "acme", "ann", None, None, AT)
    breaking = Breaking(journal)
    core = await SessionCore.activate("sess-1", breaking, agents)
    breaking.script = list(script)
    with pytest.raises(JournalUnavailable) as raised:
        await say(core, "revenue by country")
    assert "turn_id" not in raised.value.extra
    assert "result" not in [frame.type for frame in await all_frames(core)]
    try:
        answer = await say(core, "revenue by country")
    except Fenced:
        core = await SessionCore.activate("sess-1", breaking, agents)
        answer = await say(core, "revenue by country")
    assert answer.success
    again = await SessionCore.activate("sess-1", breaking, agents)
    assert again.history(10, 0).total_count == 2
    assert [frame.type for frame in await all_frames(again)].count("result") == 1


async def test_an_end_that_could_not_be_written_is_written_by_itself_and_not_made_again(
    broken: tuple[SessionCore, Breaking], agents: HeldAgents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actors.live.runner._AGAIN_SECONDS", 0.01)
    core, breaking = broken
    breaking.script = ["works", "before", "before", "before"]
    with pytest.raises(JournalUnavailable):
        await say(core, "revenue by country")
    assert core.busy
    seen: list[Frame] = []
    while not seen or seen[-1].type != "stream_end":
        seen += await core.frames(seen[-1].seq if seen else 0, 5)
    assert [frame.seq for frame in seen] == list(range(1, len(seen) + 1))
    assert (await say(core, "revenue by country")).success
    assert agents.calls.count("run") == 1
    assert not core.busy


async def test_a_cancel_that_cannot_be_recorded_says_so_and_is_recorded_as_soon_as_it_can(
    broken: tuple[SessionCore, Breaking], agents: HeldAgents, activate: Activate
) -> None:
    core, breaking = broken
    breaking.script = ["works", "before"]
    reached = agents.hold("run")
    turn = asyncio.ensure_future(say(core, "revenue by country"))
    await reached.wait()
    with pytest.raises(JournalUnavailable):
        await core.cancel()
    with pytest.raises(JournalUnavailable):
        await turn
    agents.release("run")
    with pytest.raises(TurnCancelled):
        await say(core, "revenue by country")
    assert agents.calls.count("run") == 1
    with pytest.raises(TurnCancelled):
        await say(await activate(), "revenue by country")


async def test_every_line_of_a_turn_names_it_and_none_repeats_the_question(
    activate: Activate, agents: HeldAgents, caplog: pytest.LogCaptureFixture
) -> None:
    question = "revenue by country"
    lines: list[dict[str, Any]] = []
    handler = logging.Handler()
    handler.setFormatter(logs.JsonLines())
    handler.emit = lambda record: lines.append(json.loads(handler.format(record)))  # type: ignore[method-assign]
    logging.getLogger("actors").addHandler(handler)
    caplog.set_level(logging.INFO, logger="actors")
    try:
        core = await activate()
        answer = await say(core, question)
        agents.errors["read"] = ValueError(question)  # type: ignore[assignment]
        with pytest.raises(Internal) as raised:
            await say(core, question, "m2")
    finally:
        logging.getLogger("actors").removeHandler(handler)
    assert {line["session_id"] for line in lines} == {"sess-1"}
    assert {line["turn_id"] for line in lines} == {answer.turn_id, raised.value.extra["turn_id"]}
    assert [line["message"] for line in lines if line["turn_id"] == answer.turn_id] == ["turn began", "turn ended"]
    assert "ValueError" in [line["error"]["kind"] for line in lines if "error" in line]
    assert question not in json.dumps(lines)
