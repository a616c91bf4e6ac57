"""Requests made from the OpenAPI document, good and bad: every response is one that the document promises.

`python -m tests.conformance` sends thousands."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from schemathesis.generation import GenerationMode

from actors.local import LocalSessions
from api.routes import OPERATIONS
from tests.api.conftest import SESSIONS, bearer
from tests.conformance.requests import check

EXAMPLES = 12


@pytest.fixture
async def known(sessions: LocalSessions, client: httpx.AsyncClient) -> dict[str, str]:
    session_id = (await client.post(SESSIONS, json={})).json()["session_id"]
    asked = await client.post(f"{SESSIONS}/{session_id}/messages", json={"message": "revenue by country"})
    return {"session_id": session_id, "result_id": asked.json()["result_id"]}


@pytest.mark.parametrize("name", sorted({operation.name for operation in OPERATIONS} - {"get_openapi"}))
async def test_what_comes_back_is_what_the_document_promises(address: str, known: dict[str, str], name: str) -> None:
    if name == "delete_session":
        known = {}
    assert await asyncio.to_thread(check, address, name, GenerationMode.POSITIVE, known, bearer(), EXAMPLES) > 0
    await asyncio.to_thread(check, address, name, GenerationMode.NEGATIVE, known, bearer(), EXAMPLES)
