from __future__ import annotations

import asyncio

import pytest

from actors.core import SessionCore
from deployments.contracts.errors import JournalUnavailable, SessionNotFound
from deployments.contracts.journal import Fenced
from deployments.contracts.sessions import Frame
from deployments.journal.service import JournalService
from tests.actors.agents import HeldAgents
from tests.actors.cores import Activate, Breaking, all_frames, say


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


async def test_a_session_that_was_deleted_is_not_found(activate: Activate, journal: JournalService) -> None:
    core = await activate()
    await journal.delete("sess-1")
    with pytest.raises(SessionNotFound):
        await say(core, "hello")
    assert core.lost.is_set()
    with pytest.raises(SessionNotFound):
        await activate()


async def test_a_turn_that_began_unknown_to_its_holder_is_ended_by_the_next(
    activate: Activate, journal: JournalService, agents: HeldAgents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actors.live.record._CONFIRM_SECONDS", 0.01)
    breaking = Breaking(journal)
    await activate()
    core = await SessionCore.activate("sess-1", breaking, agents)
    breaking.script = ["after"]  # the beginning is in the record, and the holder hears that it is not
    with pytest.raises(JournalUnavailable):
        await say(core, "revenue by country")
    assert not core.working
    await asyncio.wait_for(core.lost.wait(), 10)
    answered = await activate()  # nobody asks again
    seen: list[Frame] = []
    while not seen or seen[-1].type != "stream_end":
        seen += await answered.frames(seen[-1].seq if seen else 0, 5)
    assert [message.role for message in answered.history(10, 0).messages] == ["user", "assistant"]


async def test_a_long_session_wakes_from_its_newest_state_and_goes_on_as_if_it_had_not_slept(
    activate: Activate, journal: JournalService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actors.live.record._LEAST_EVENTS", 6)
    core = await activate()
    answers = [await say(core, "revenue by country", f"m{number}") for number in range(8)]
    taken = await journal.activate("sess-1")
    assert taken.state is not None
    assert len(taken.record) < taken.sequence // 2

    def refuse(*_: object) -> None:
        raise AssertionError("the record was read")

    with monkeypatch.context() as reading:
        reading.setattr(JournalService, "record", refuse)
        woken = await activate()
        assert woken.history(100, 0) == core.history(100, 0)
        assert (woken.info, woken.last_seq) == (core.info, core.last_seq)
    assert await say(woken, "revenue by country", "m0") == answers[0]
    assert await woken.exchanges() == await core.exchanges()
    assert answers[0].result_id is not None
    assert await woken.result(answers[0].result_id) == await core.result(answers[0].result_id)
    assert await all_frames(await activate()) == await all_frames(await activate())
    again = await activate()
    assert (await say(again, "only us", "m9")).success
    assert again.info.message_count == 18


async def test_what_a_state_leaves_in_the_record_is_asked_for_again_when_the_journal_is_back(
    activate: Activate, journal: JournalService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actors.live.record._LEAST_EVENTS", 6)
    core = await activate()
    for number in range(4):
        await say(core, "revenue by country", f"m{number}")
    woken = await activate()

    async def away(*_: object) -> None:
        raise JournalUnavailable("away")

    with monkeypatch.context() as gone:
        gone.setattr(JournalService, "record", away)
        with pytest.raises(JournalUnavailable):
            await say(woken, "revenue by country", "m0")
    assert (await say(woken, "revenue by country", "m0")).success
    assert woken.info.message_count == 8
