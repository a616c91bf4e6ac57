"""What is killed while people ask; afterwards the history has to be whole. What of it is checked: `tests/faults/history.py`."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable

import httpx
import psutil
import pytest

from actors.directory import RaySessions
from actors.directory import connect as connect_sessions
from api.turns import following
from deployments.contracts.identity import Principal
from deployments.contracts.sessions import Frame
from deployments.gateway import RayAgents, RayJournal
from deployments.journal.store import Journal
from tests.cluster.conftest import FOLLOW_UP, QUESTION, Cluster, kill_actor, until
from tests.faults.history import Acknowledged, History, Transcript, check, read_journal

ANN = Principal(tenant_id="acme", user_id="ann")
MESSAGES = (QUESTION, FOLLOW_UP, QUESTION)
Fault = Callable[[httpx.AsyncClient, str], Awaitable[object]]


def replica(name: str) -> Fault:
    """Kill the processes of a deployment."""

    async def kill(_admin: httpx.AsyncClient, _session_id: str) -> None:
        found = [one for one in psutil.process_iter() if f":{name}" in " ".join(_command(one))]
        assert found, f"no replica of {name}"
        for process in found:
            process.kill()

    return kill


SHARED = pytest.mark.skipif(
    not os.environ.get("BI_WORKBENCH_FAULTS"),
    reason="kills what the other tests stand on; BI_WORKBENCH_FAULTS=1 runs it",
)


@pytest.mark.parametrize(
    ("agent", "fault"),
    [
        ("router", kill_actor),
        ("sql_agent", kill_actor),
        ("viz_agent", kill_actor),
        pytest.param("sql_agent", replica("sql_agent"), marks=SHARED),
        pytest.param("viz_agent", replica("journal"), marks=SHARED),
        pytest.param("router", replica("ingress"), marks=SHARED),
    ],
    ids=["session at router", "session at sql", "session at viz", "sql agent", "journal", "ingress"],
)
async def test_a_fault_in_mid_turn_loses_and_doubles_nothing(
    cluster: Cluster, ann: httpx.AsyncClient, admin: httpx.AsyncClient, agent: str, fault: Fault
) -> None:
    session_id = await _new_session(ann)
    sessions = connect_sessions()
    seen: list[Frame] = []
    struck = asyncio.Event()

    async def follow() -> None:
        async with following(sessions, ANN, session_id, 0) as batches:
            async for batch in batches:
                for frame in batch:
                    seen.append(frame)
                    if frame.type == "stream_start" and frame.body["agent"] == agent and not struck.is_set():
                        struck.set()
                        await fault(admin, session_id)
                if sum(frame.type == "stream_end" for frame in seen) == len(MESSAGES):
                    return

    follower = asyncio.ensure_future(follow())
    told = [await _say(ann, session_id, f"m{number}", text) for number, text in enumerate(MESSAGES)]
    async with asyncio.timeout(60):
        await follower
    assert struck.is_set()
    assert _breaches(cluster, session_id, told, [Transcript(session_id, 0, tuple(seen))]) == []


async def test_many_callers_wake_one_passive_session_as_one(cluster: Cluster, ann: httpx.AsyncClient) -> None:
    session_id = await _new_session(ann)
    asked = [_say(ann, session_id, f"m{number % 5}", QUESTION) for number in range(50)]
    told = await asyncio.gather(*asked)
    assert len({one.turn_id for one in told}) == 5
    assert _breaches(cluster, session_id, told, []) == []


async def test_messages_race_passivation_and_win(cluster: Cluster, ann: httpx.AsyncClient) -> None:
    session_id = await _new_session(ann)
    keeper = RaySessions(RayJournal(), RayAgents())
    told = []
    for number in range(4):
        asking = asyncio.ensure_future(_say(ann, session_id, f"m{number}", QUESTION))
        await keeper._trim(0)
        told.append(await asking)
    assert _breaches(cluster, session_id, told, []) == []


async def _new_session(client: httpx.AsyncClient) -> str:
    """A session; an ingress that was killed just before may still be on its way back."""
    made: list[str] = []

    async def there() -> bool:
        try:
            response = await client.post("/chat/sessions", json={})
        except httpx.TransportError:
            return False
        if response.status_code == 201:
            made.append(response.json()["session_id"])
        return bool(made)

    await until(there, seconds=60)
    return made[0]


async def _say(client: httpx.AsyncClient, session_id: str, message_id: str, text: str) -> Acknowledged:
    """Send until it is answered, always with the same message id."""
    found: list[Acknowledged] = []

    async def answered() -> bool:
        try:
            body = {"message": text, "message_id": message_id}
            response = await client.post(f"/chat/sessions/{session_id}/messages", json=body)
        except httpx.TransportError:
            return False
        if response.status_code != 200:
            assert response.status_code in {409, 429, 500, 502, 503, 504}, response.text
            return False
        answer = response.json()
        found.append(Acknowledged(session_id, message_id, answer["turn_id"], answer["response"]))
        return True

    await until(answered, seconds=90)
    return found[0]


def _breaches(cluster: Cluster, session_id: str, told: list[Acknowledged], seen: list[Transcript]) -> list[object]:
    journal = Journal.open(str(cluster.parts[0].arguments["journal"]))
    try:
        recorded = read_journal(journal)[session_id]
    finally:
        journal.close()
    return list(check(History({session_id: recorded}, told, seen)))


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []
