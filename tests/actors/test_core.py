from __future__ import annotations

import asyncio
import datetime as dt
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

import pytest

from actors.conversation import fold
from actors.core import SessionCore
from actors.live.queue import MOST_WAITING
from actors.turns.turn import MOST_FRAMES
from deployments import logs
from deployments.contracts.answers import Answer
from deployments.contracts.errors import (
    AgentUnavailable,
    ChartNotApplicable,
    Internal,
    JournalUnavailable,
    NoPreviousQuery,
    ResultNotFound,
    SessionNotFound,
    TurnCancelled,
    TurnInProgress,
)
from deployments.contracts.events import encode_event
from deployments.contracts.journal import Append, Fenced
from deployments.contracts.sessions import ChangeVisualization, Frame, Move, SendMessage
from deployments.journal.service import JournalService
from tests.actors.agents import ROWS, HeldAgents
from tests.actors.conftest import ANN
from tests.deployments.journal.turns import AT
from tests.faults.history import PROVISIONAL

Activate = Callable[[], Awaitable[SessionCore]]


@pytest.fixture
async def activate(journal: JournalService, agents: HeldAgents) -> Activate:
    await journal.create("sess-1", "acme", "ann", None, None, AT)

    async def again() -> SessionCore:
        return await SessionCore.activate("sess-1", journal, agents, today=lambda: dt.date(2025, 3, 15))

    return again


async def say(core: SessionCore, text: str, message_id: str = "m1") -> Answer:
    return await core.perform(ANN, SendMessage(content=text, message_id=message_id))


async def all_frames(core: SessionCore, after: int = 0) -> list[Frame]:
    return list(await core.frames(after, 0))


async def test_an_answer_is_in_the_record_before_it_is_given(activate: Activate) -> None:
    answer = await say(await activate(), "revenue by country")
    other = await activate()
    assert other.history(10, 0).messages[1].content == answer.response
    assert await say(other, "revenue by country") == answer


async def test_a_session_goes_on_where_another_process_left_it(activate: Activate) -> None:
    await say(await activate(), "revenue by country")
    core = await activate()
    assert (await say(core, "only us", "m2")).row_count == 1
    core = await activate()
    chart = await core.perform(ANN, ChangeVisualization(chart_type="pie", message_id="m3"))
    assert (chart.row_count, chart.sql_executed) == (1, False)
    core = await activate()
    back = await core.perform(ANN, Move(kind="undo", message_id="m4"))
    assert list(back.data.rows if back.data else ()) == ROWS


async def test_the_same_message_runs_once(activate: Activate, agents: HeldAgents) -> None:
    core = await activate()
    reached = agents.hold("run")
    both = [asyncio.ensure_future(say(core, "revenue by country")) for _ in range(2)]
    await reached.wait()
    agents.release("run")
    first, second = await asyncio.gather(*both)
    assert first == second == await say(core, "something else entirely")
    assert agents.calls.count("run") == 1


async def test_a_recorded_error_is_given_again(activate: Activate, agents: HeldAgents) -> None:
    core = await activate()
    for _ in range(2):
        with pytest.raises(NoPreviousQuery) as raised:
            await core.perform(ANN, Move(kind="undo", message_id="m1"))
        assert raised.value.extra["turn_id"].startswith("turn-")
    await say(core, "revenue by country", "m2")
    with pytest.raises(ChartNotApplicable) as refused:
        await (await activate()).perform(ANN, ChangeVisualization(chart_type="box", message_id="m3"))
    assert refused.value.suggestions == ("bar", "pie")
    assert core.history(10, 0).total_count == 4


async def test_what_failed_for_want_of_an_agent_may_be_tried_again(activate: Activate, agents: HeldAgents) -> None:
    core = await activate()
    agents.errors["run"] = AgentUnavailable("gone", retry_after=5)
    with pytest.raises(AgentUnavailable) as raised:
        await say(core, "revenue by country")
    assert raised.value.retry_after == 5
    agents.errors.clear()
    assert (await say(core, "revenue by country")).success
    assert (await say(await activate(), "revenue by country")).success


async def test_a_defect_in_an_agent_is_told_without_its_text(activate: Activate, agents: HeldAgents) -> None:
    agents.errors["run"] = RuntimeError("secret")  # type: ignore[assignment]
    with pytest.raises(Internal) as raised:
        await say(await activate(), "revenue by country")
    assert "secret" not in str(raised.value)


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


async def test_reads_do_not_wait_for_a_running_turn(activate: Activate, agents: HeldAgents) -> None:
    core = await activate()
    first = await say(core, "revenue by country")
    reached = agents.hold("run")
    turn = asyncio.ensure_future(say(core, "only us", "m2"))
    await reached.wait()
    assert core.history(10, 0).total_count == 3
    assert list((await core.result(first.result_id or "")).result.rows) == ROWS
    assert core.busy
    agents.release("run")
    await turn
    assert not core.busy


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


async def test_frames_number_through_the_whole_life_and_end_each_turn(activate: Activate) -> None:
    core = await activate()
    await say(core, "revenue by country")
    core = await activate()
    await say(core, "what is foo", "m2")
    with pytest.raises(ChartNotApplicable):
        await core.perform(ANN, ChangeVisualization(chart_type="box", message_id="m3"))
    frames = await all_frames(core)
    assert [frame.seq for frame in frames] == list(range(1, len(frames) + 1))
    assert [frame.type for frame in frames if frame.type not in ("status", "stream_start", "text")] == [
        "result", "stream_end", "clarification", "stream_end", "error", "stream_end",
    ]  # fmt: skip
    error = frames[-2]
    assert error.body == {
        "code": "chart_not_applicable",
        "detail": "A box chart does not fit",
        "suggestions": ["bar", "pie"],
    }


async def test_the_result_frame_holds_the_whole_answer_also_after_a_restart(activate: Activate) -> None:
    core = await activate()
    answer = await say(core, "revenue by country")
    for held in (core, await activate()):
        frame = next(frame for frame in await all_frames(held) if frame.type == "result")
        assert Answer.model_validate(frame.body["data"]) == answer


async def test_followers_see_a_turn_while_it_runs_and_all_see_the_same(activate: Activate, agents: HeldAgents) -> None:
    core = await activate()
    reached = agents.hold("run")
    turn = asyncio.ensure_future(say(core, "revenue by country"))

    async def follow() -> list[Frame]:
        seen: list[Frame] = []
        while not seen or seen[-1].type != "stream_end":
            seen += await core.frames(seen[-1].seq if seen else 0, 5)
        return seen

    followers = [asyncio.ensure_future(follow()) for _ in range(2)]
    await reached.wait()
    assert [frame.type for frame in await all_frames(core)][-1] == "text"
    agents.release("run")
    await turn
    one, other = await asyncio.gather(*followers)
    assert one == other == await all_frames(core)


async def test_waiting_for_frames_ends_in_time(activate: Activate) -> None:
    assert await (await activate()).frames(0, 0.01) == ()


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


async def test_an_old_holder_is_fenced_and_learns_that_it_lost(activate: Activate) -> None:
    old = await activate()
    new = await activate()
    with pytest.raises(Fenced):
        await say(old, "hello")
    assert old.lost.is_set()
    with pytest.raises(Fenced):
        await old.frames(0, 5)
    assert await all_frames(new) == []
    assert (await say(new, "hello")).success


class Breaking:
    """A journal whose next appends fail, before they are written or after."""

    def __init__(self, journal: JournalService) -> None:
        self._journal = journal
        self.script: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._journal, name)

    async def append(self, request: Append) -> int:
        now = self.script.pop(0) if self.script else "works"
        if now == "before":
            raise JournalUnavailable("full")
        sequence = await self._journal.append(request)
        if now == "after":
            raise JournalUnavailable("the reply was lost")
        return sequence


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


async def test_a_result_that_is_not_of_this_session_is_not_found(activate: Activate) -> None:
    with pytest.raises(ResultNotFound):
        await (await activate()).result("res-other")


async def test_a_session_that_was_deleted_is_not_found(activate: Activate, journal: JournalService) -> None:
    core = await activate()
    await journal.delete("sess-1")
    with pytest.raises(SessionNotFound):
        await say(core, "hello")
    assert core.lost.is_set()
    with pytest.raises(SessionNotFound):
        await activate()


@pytest.fixture
async def broken(journal: JournalService, agents: HeldAgents) -> tuple[SessionCore, Breaking]:
    """A session, and its journal to be broken."""
    await journal.create("sess-1", "acme", "ann", None, None, AT)
    breaking = Breaking(journal)
    return await SessionCore.activate("sess-1", breaking, agents), breaking


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


async def test_no_turn_shows_more_before_its_end_than_is_allowed_for(activate: Activate) -> None:
    core = await activate()
    for number, text in enumerate(["revenue by country", "why did it fall", "as a pie", "what is foo", "go back"]):
        before = core.last_seq
        await say(core, text, f"m{number}")
        shown = [frame for frame in await all_frames(core, before) if frame.type in PROVISIONAL]
        assert len(shown) <= MOST_FRAMES


async def test_a_holder_that_only_reads_learns_that_it_lost(
    activate: Activate, journal: JournalService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actors.live.record._CONFIRM_SECONDS", 0.01)
    old = await activate()
    following = asyncio.ensure_future(old.frames(0, 30))
    new = await activate()
    with pytest.raises(Fenced):
        await following
    assert not new.lost.is_set()
    await journal.delete("sess-1")
    await asyncio.wait_for(new.lost.wait(), 10)


async def test_a_late_turn_takes_no_more_of_the_journal_than_an_early_one(
    activate: Activate, journal: JournalService
) -> None:
    core = await activate()
    for number in range(100, 200):
        await say(core, "revenue by country", f"m{number}")
    taken = await journal.activate("sess-1")
    turns: dict[str, int] = {}
    for event in taken.events[1:]:
        turn_id = getattr(event, "turn_id", "")
        turns[turn_id] = turns.get(turn_id, 0) + len(encode_event(event))
    sizes = list(turns.values())
    assert max(sizes[-5:]) <= 1.02 * min(sizes[5:10])


async def test_the_record_as_text_gives_the_state_that_its_events_give(
    activate: Activate, journal: JournalService
) -> None:
    core = await activate()
    texts = ("revenue by country", "only us", "what is foo", "as a pie", "undo", "hello")
    for number, text in enumerate(texts):
        await say(core, text, f"m{number}")
    taken = await journal.activate("sess-1")
    as_text, decoded = fold(taken.record), fold(taken.events)
    assert as_text.results.keys() == decoded.results.keys()
    assert asdict(as_text) == asdict(decoded)


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
