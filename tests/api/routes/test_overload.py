"""More is asked than can be done."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from actors.local import LocalSessions
from api.app import create_app
from api.settings import Settings
from tests.actors.agents import HeldAgents
from tests.api.conftest import SESSIONS, bearer, problem

QUESTION = {"message": "revenue by country"}
PLACES = 4
"""Of one place, a tenant that is alone has so many."""


@pytest.fixture
async def client(sessions: LocalSessions, settings: Settings) -> httpx.AsyncClient:
    app = create_app(sessions, settings.model_copy(update={"turns": 1, "turns_waiting": 1}))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://testserver", headers=bearer())


async def ask(client: httpx.AsyncClient, count: int) -> list[tuple[str, asyncio.Task[httpx.Response]]]:
    found = []
    for _ in range(count):
        session_id = str((await client.post(SESSIONS, json={})).json()["session_id"])
        sent = asyncio.create_task(client.post(f"{SESSIONS}/{session_id}/messages", json=QUESTION))
        found.append((session_id, sent))
        await asyncio.sleep(0)
    return found


async def test_past_the_cap_the_answer_is_503_at_once_and_those_before_get_theirs(
    client: httpx.AsyncClient, agents: HeldAgents
) -> None:
    reached = agents.hold("run", PLACES)
    asked = await ask(client, PLACES)
    await reached.wait()
    asked += await ask(client, 2)  # one of them waits in line
    refused = await asked[-1][1]
    problem(refused, 503, "overloaded")
    assert int(refused.headers["retry-after"]) >= 1
    assert not any(sent.done() for _, sent in asked[:-1])
    agents.release("run")
    assert [(await sent).status_code for _, sent in asked[:-1]] == [200] * (PLACES + 1)
    again = await client.post(f"{SESSIONS}/{asked[-1][0]}/messages", json=QUESTION)
    assert again.status_code == 200


async def test_a_turn_that_waits_for_its_place_is_cancelled_and_leaves_no_trace(
    client: httpx.AsyncClient, agents: HeldAgents
) -> None:
    reached = agents.hold("run", PLACES)
    asked = await ask(client, PLACES)
    await reached.wait()
    ((waiting, sent),) = await ask(client, 1)
    stopped = await client.post(f"{SESSIONS}/{waiting}/cancel")
    assert stopped.json()["cancelled"] is True
    problem(await sent, 409, "turn_cancelled")
    agents.release("run")
    assert [(await one).status_code for _, one in asked] == [200] * PLACES
    assert (await client.get(f"{SESSIONS}/{waiting}/history")).json()["total_count"] == 0
