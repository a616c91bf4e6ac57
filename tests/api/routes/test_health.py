from __future__ import annotations

import asyncio

import httpx
import pytest

from actors.local import LocalSessions
from api.routes import health
from tests.api.conftest import problem


async def test_alive_is_told(client: httpx.AsyncClient) -> None:
    assert (await client.get("/healthz")).json() == {"status": "ok"}


async def test_ready_is_told_part_by_part(client: httpx.AsyncClient) -> None:
    assert (await client.get("/readyz")).json() == {
        "status": "ready",
        "checks": {"agents": True, "warehouse": True, "journal": True},
    }


@pytest.mark.parametrize(
    ("missing", "code"),
    [("journal", "journal_unavailable"), ("warehouse", "warehouse_unavailable"), ("agents", "agent_unavailable")],
)
async def test_what_cannot_be_reached_is_named(
    client: httpx.AsyncClient, sessions: LocalSessions, monkeypatch: pytest.MonkeyPatch, missing: str, code: str
) -> None:
    async def ready() -> dict[str, bool]:
        return {"agents": True, "warehouse": True, "journal": True} | {missing: False}

    monkeypatch.setattr(sessions, "ready", ready)
    response = await client.get("/readyz")
    assert problem(response, 503, code)["checks"][missing] is False
    assert response.headers["retry-after"]


async def test_however_many_ask_it_is_found_out_once(
    client: httpx.AsyncClient, sessions: LocalSessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = 0

    async def ready() -> dict[str, bool]:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0.01)
        return {"agents": True, "warehouse": True, "journal": True}

    monkeypatch.setattr(sessions, "ready", ready)
    answers = await asyncio.gather(*(client.get("/readyz", headers={"Authorization": ""}) for _ in range(50)))
    assert {answer.status_code for answer in answers} == {200}
    assert asked == 1
    monkeypatch.setattr(health, "KEPT_SECONDS", 0.0)
    await client.get("/readyz")
    assert asked == 2
