from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from actors.local import LocalSessions
from deployments.contracts.errors import Forbidden, Overloaded, SessionNotFound
from deployments.contracts.identity import Principal
from deployments.contracts.sessions import Frame, Move, SendMessage
from deployments.journal.service import JournalService
from tests.actors.agents import ANN, HeldAgents

BOB = Principal(tenant_id="acme", user_id="bob")
ELSEWHERE = Principal(tenant_id="other", user_id="ann")
ADMIN = Principal(tenant_id="acme", user_id="root", roles=frozenset({"admin"}))
HELLO = SendMessage(content="hello", message_id="m1")


@pytest.mark.parametrize("stranger", [BOB, ELSEWHERE, ADMIN], ids=["user", "tenant", "admin"])
async def test_another_s_session_does_not_exist(sessions: LocalSessions, stranger: Principal) -> None:
    session_id = (await sessions.create(ANN)).session_id
    calls: list[Callable[[], Awaitable[Any]]] = [
        lambda: sessions.get(stranger, session_id),
        lambda: sessions.rename(stranger, session_id, "mine"),
        lambda: sessions.delete(stranger, session_id),
        lambda: sessions.perform(stranger, session_id, HELLO),
        lambda: sessions.history(stranger, session_id, limit=1, offset=0),
        lambda: sessions.result(stranger, session_id, "res-1"),
        lambda: sessions.cancel(stranger, session_id),
        lambda: sessions.last_seq(stranger, session_id),
        lambda: _until_the_end(sessions, session_id, stranger=stranger),
    ]
    for call in calls:
        with pytest.raises(SessionNotFound) as raised:
            await call()
        with pytest.raises(SessionNotFound) as missing:
            await sessions.get(stranger, "sess-none")
        assert (str(raised.value), raised.value.extra) == (str(missing.value), missing.value.extra)
    assert (await sessions.list(stranger)).sessions == ()


async def test_a_session_counts_its_messages_and_keeps_its_title(sessions: LocalSessions) -> None:
    made = await sessions.create(ANN, title="Sales")
    await sessions.perform(ANN, made.session_id, HELLO)
    renamed = await sessions.rename(ANN, made.session_id, "Revenue")
    assert (renamed.title, renamed.message_count) == ("Revenue", 2)
    assert await sessions.get(ANN, made.session_id) == renamed
    assert (await sessions.list(ANN, search="rev")).sessions == (renamed,)


async def test_a_deleted_session_is_gone_for_those_who_follow_it_too(
    sessions: LocalSessions, agents: HeldAgents
) -> None:
    session_id = (await sessions.create(ANN)).session_id
    reached = agents.hold("read")
    turn = asyncio.ensure_future(sessions.perform(ANN, session_id, HELLO))
    follower = asyncio.ensure_future(_until_the_end(sessions, session_id))
    await reached.wait()
    await sessions.delete(ANN, session_id)
    for gone in (turn, follower):
        with pytest.raises(SessionNotFound):
            await gone
    with pytest.raises(SessionNotFound):
        await sessions.perform(ANN, session_id, HELLO)


async def test_a_follower_resumes_without_gap_across_a_restart(
    sessions: LocalSessions, journal: JournalService, agents: HeldAgents
) -> None:
    session_id = (await sessions.create(ANN)).session_id
    await sessions.perform(ANN, session_id, SendMessage(content="revenue by country", message_id="m1"))
    first = await anext(sessions.follow(ANN, session_id, after_seq=4))
    assert first[0].seq == 5
    await sessions.close()
    restarted = LocalSessions(agents, journal)
    assert await anext(restarted.follow(ANN, session_id, after_seq=4)) == first
    await restarted.close()


async def test_following_from_now_on_shows_only_what_comes(sessions: LocalSessions) -> None:
    session_id = (await sessions.create(ANN)).session_id
    await sessions.perform(ANN, session_id, HELLO)
    newest = await sessions.last_seq(ANN, session_id)
    follower = asyncio.ensure_future(_until_the_end(sessions, session_id, after=None))
    await asyncio.sleep(0.05)
    await sessions.perform(ANN, session_id, SendMessage(content="hello", message_id="m2"))
    assert (await follower)[0].seq == newest + 1


async def test_a_follower_outlasts_the_session_moving_elsewhere(
    sessions: LocalSessions, journal: JournalService, agents: HeldAgents
) -> None:
    session_id = (await sessions.create(ANN)).session_id
    follower = asyncio.ensure_future(_until_the_end(sessions, session_id))
    await asyncio.sleep(0.05)
    other = LocalSessions(agents, journal)
    await other.perform(ANN, session_id, HELLO)
    await sessions.perform(ANN, session_id, SendMessage(content="hello", message_id="m2"))
    frames = await follower
    assert [frame.seq for frame in frames] == list(range(1, len(frames) + 1))
    await other.close()


async def test_the_least_recently_used_session_that_is_idle_gives_way(
    journal: JournalService, agents: HeldAgents
) -> None:
    small = LocalSessions(agents, journal, most_resident=2)
    ids = [(await small.create(ANN)).session_id for _ in range(3)]
    for session_id in ids:
        await small.history(ANN, session_id, limit=1, offset=0)
    states = {resident.session_id: resident.state for resident in await small.residents(ADMIN)}
    assert states == {ids[0]: "passive", ids[1]: "resident", ids[2]: "resident"}
    reached = agents.hold("read", arrivals=2)
    busy = [asyncio.ensure_future(small.perform(ANN, session_id, HELLO)) for session_id in ids[1:]]
    await reached.wait()
    with pytest.raises(Overloaded):
        await small.history(ANN, ids[0], limit=1, offset=0)
    agents.release("read")
    await asyncio.gather(*busy)
    await small.history(ANN, ids[0], limit=1, offset=0)
    await small.close()


async def test_only_an_admin_sees_residents_and_only_of_the_tenant(sessions: LocalSessions) -> None:
    session_id = (await sessions.create(ANN)).session_id
    await sessions.create(ELSEWHERE)
    with pytest.raises(Forbidden):
        await sessions.residents(ANN)
    (resident,) = await sessions.residents(ADMIN)
    assert (resident.session_id, resident.state, resident.user_id) == (session_id, "passive", "ann")


async def test_readiness_names_what_answers(sessions: LocalSessions, journal: JournalService) -> None:
    assert await sessions.ready() == {"agents": True, "warehouse": True, "journal": True}
    journal.close()
    assert await sessions.ready() == {"agents": True, "warehouse": True, "journal": False}


async def test_undo_is_a_command_like_any_other(sessions: LocalSessions) -> None:
    session_id = (await sessions.create(ANN)).session_id
    for number, text in enumerate(["revenue by country", "only us"]):
        await sessions.perform(ANN, session_id, SendMessage(content=text, message_id=f"m{number}"))
    back = await sessions.perform(ANN, session_id, Move(kind="undo", message_id="u"))
    assert (back.row_count, back.agents_visited, back.sql_executed) == (3, (), False)


async def _until_the_end(
    sessions: LocalSessions, session_id: str, after: int | None = 0, stranger: Principal = ANN
) -> list[Frame]:
    seen: list[Frame] = []
    async for frames in sessions.follow(stranger, session_id, after_seq=after):
        seen += frames
        if seen[-1].type == "stream_end":
            break
    return seen
