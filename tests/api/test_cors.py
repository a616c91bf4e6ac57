"""Pages of other origins: none may call, but those that the settings name, who can read what went wrong too."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from actors.local import LocalSessions
from api.app import create_app
from api.settings import Settings
from tests.api.conftest import SESSIONS, bearer, problem

OURS, THEIRS = "https://bi.example", "https://evil.example"
ASKS = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}


@pytest.fixture
async def open_to_one(sessions: LocalSessions, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(sessions, settings.model_copy(update={"cors_origins": (OURS,)}))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://testserver") as client:
        yield client


@pytest.mark.parametrize("origin", [OURS, THEIRS, "null"])
async def test_unless_configured_no_page_of_another_origin_reads_anything(
    client: httpx.AsyncClient, origin: str
) -> None:
    for response in (
        await client.get(SESSIONS, headers={"Origin": origin}),
        await client.options(SESSIONS, headers={"Origin": origin} | ASKS),
    ):
        assert not [name for name in response.headers if name.startswith("access-control")]


async def test_a_page_of_an_allowed_origin_reads_answers_and_errors(open_to_one: httpx.AsyncClient) -> None:
    asked = await open_to_one.options(SESSIONS, headers={"Origin": OURS} | ASKS)
    assert (asked.status_code, asked.headers["access-control-allow-origin"]) == (200, OURS)
    for headers, status in ((bearer(), 200), ({}, 401)):
        response = await open_to_one.get(SESSIONS, headers={"Origin": OURS} | headers)
        assert response.status_code == status
        assert response.headers["access-control-allow-origin"] == OURS
        assert "access-control-allow-credentials" not in response.headers
    problem(response, 401, "unauthenticated")


@pytest.mark.parametrize("origin", [THEIRS, "null", f"{OURS}.evil.example", "http://bi.example"])
async def test_every_other_page_is_kept_out(open_to_one: httpx.AsyncClient, origin: str) -> None:
    assert (await open_to_one.options(SESSIONS, headers={"Origin": origin} | ASKS)).status_code == 400
    response = await open_to_one.get(SESSIONS, headers={"Origin": origin} | bearer())
    assert "access-control-allow-origin" not in response.headers
