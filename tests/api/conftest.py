"""The whole interface over real sessions, a real journal and a real server; the agents are those of the session tests,
whose every step a test can hold."""

from __future__ import annotations

import asyncio
import datetime as dt
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from pydantic import SecretStr
from starlette.applications import Starlette

from actors.local import LocalSessions
from api.app import create_app
from api.auth import sign
from api.settings import Settings
from deployments.analytics.model.schema import SemanticModel
from deployments.contracts.identity import Principal
from deployments.journal.service import JournalService
from deployments.journal.store import Journal
from tests.actors.agents import HeldAgents

SECRET = "a-secret-for-tests-of-more-than-32-bytes"
API = "/api/v1/bi"
SESSIONS = f"{API}/chat/sessions"


def token(user: str = "ann", tenant: str = "acme", *roles: str, seconds: float = 3600) -> str:
    return sign(SECRET, tenant_id=tenant, user_id=user, roles=roles, lifetime=dt.timedelta(seconds=seconds))


def bearer(user: str = "ann", tenant: str = "acme", *roles: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token(user, tenant, *roles)}"}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(secret=SecretStr(SECRET), state=tmp_path, socket_outstanding=8, body_bytes=65_536)


class Agents(HeldAgents):
    """Those of the session tests, with a semantic model of the real shape."""

    async def model(self, principal: Principal) -> dict[str, Any]:
        return SemanticModel(name="shop").model_dump(mode="json")


@pytest.fixture
def agents() -> HeldAgents:
    return Agents()


@pytest.fixture
async def sessions(agents: HeldAgents, tmp_path: Path) -> AsyncIterator[LocalSessions]:
    journal = JournalService(Journal.open(str(tmp_path / "journal.sqlite")))
    local = LocalSessions(agents, journal, today=lambda: dt.date(2025, 3, 15))
    yield local
    await local.close()
    journal.close()


@pytest.fixture
async def client(sessions: LocalSessions, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_app(sessions, settings))
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver", headers=bearer()) as opened:
        yield opened


@pytest.fixture
async def session_id(client: httpx.AsyncClient) -> str:
    return str((await client.post(SESSIONS, json={})).json()["session_id"])


@asynccontextmanager
async def serving(app: Starlette, **server_settings: Any) -> AsyncIterator[str]:
    """host:port of the application on a real server."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_config=None, lifespan="off", **({"ws_ping_interval": None} | server_settings))
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started:  # noqa: ASYNC110 the server has no event to wait for
        await asyncio.sleep(0.01)
    host, port = listening.getsockname()
    yield f"{host}:{port}"
    server.should_exit = True
    await task


@pytest.fixture
async def address(sessions: LocalSessions, settings: Settings) -> AsyncIterator[str]:
    async with serving(create_app(sessions, settings)) as found:
        yield found


def problem(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """Checks that the response is the one error shape and gives its document."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    found: dict[str, Any] = response.json()
    assert found["code"] == code
    assert found["status"] == status
    assert found["success"] is False
    assert found["request_id"] == response.headers["x-request-id"]
    assert {"type", "title", "detail"} <= found.keys()
    assert "Traceback" not in response.text
    return found
