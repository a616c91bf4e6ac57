from __future__ import annotations

import asyncio

import pytest

from deployments.contracts.errors import (
    SessionNotFound,
)
from deployments.contracts.journal import Fenced
from deployments.journal.service import JournalService
from tests.actors.cores import Activate, all_frames, say


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
