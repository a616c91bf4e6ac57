from __future__ import annotations

import asyncio

import httpx

from tests.actors.agents import HeldAgents
from tests.api.conftest import SESSIONS


async def test_history_has_the_given_fields(client: httpx.AsyncClient, session_id: str) -> None:
    path = f"{SESSIONS}/{session_id}"
    await client.post(f"{path}/messages", json={"message": "revenue by country"})
    page = (await client.get(f"{path}/history")).json()
    assert page.keys() == {"session_id", "messages", "total_count"}
    assert page["total_count"] == 2
    asked, answered = page["messages"]
    assert asked.keys() == answered.keys() == {"role", "content", "timestamp", "metadata"}
    assert (asked["role"], asked["content"]) == ("user", "revenue by country")
    assert (answered["role"], answered["content"]) == ("assistant", "3 countries.")
    assert {"intent": "sql_query", "agents_visited": ["router", "sql_agent", "viz_agent"]}.items() <= answered[
        "metadata"
    ].items()
    assert asked["timestamp"].endswith("Z")
    assert len(asked["timestamp"]) == len("2025-03-15T10:00:05Z")


async def test_history_comes_in_pages_oldest_first(client: httpx.AsyncClient, session_id: str) -> None:
    path = f"{SESSIONS}/{session_id}"
    for _ in range(3):
        await client.post(f"{path}/messages", json={"message": "hello"})
    found = []
    for offset in range(0, 6, 2):
        page = (await client.get(f"{path}/history", params={"limit": 2, "offset": offset})).json()
        assert page["total_count"] == 6
        found += [message["role"] for message in page["messages"]]
    assert found == ["user", "assistant"] * 3
    beyond = (await client.get(f"{path}/history", params={"offset": 6})).json()
    assert (beyond["messages"], beyond["total_count"]) == ([], 6)
    count = (await client.get(path)).json()["message_count"]
    assert count == 6


async def test_history_does_not_wait_for_a_running_turn(
    client: httpx.AsyncClient, session_id: str, agents: HeldAgents
) -> None:
    path = f"{SESSIONS}/{session_id}"
    reached = agents.hold("run")
    asking = asyncio.create_task(client.post(f"{path}/messages", json={"message": "revenue by country"}))
    await reached.wait()
    async with asyncio.timeout(5):
        assert (await client.get(f"{path}/history")).status_code == 200
    agents.release("run")
    assert (await asking).status_code == 200
