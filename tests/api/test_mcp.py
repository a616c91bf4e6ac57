"""The tools as another program's agent sees them: the official client over a real server."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from actors.local import LocalSessions
from tests.api.conftest import bearer, problem


@asynccontextmanager
async def tools(address: str, *who: str) -> AsyncIterator[Client]:
    async with (
        httpx2.AsyncClient(headers=bearer(*who), timeout=20) as http,
        Client(streamable_http_client(f"http://{address}/mcp", http_client=http)) as client,
    ):
        yield client


async def call(client: Client, name: str, **arguments: Any) -> dict[str, Any]:
    result = await client.call_tool(name, arguments)
    assert not result.is_error, result
    found: dict[str, Any] = json.loads(result.content[0].text)  # type: ignore[union-attr]
    return found


async def test_an_agent_asks_refines_and_reads_rows(address: str) -> None:
    async with tools(address) as client:
        names = {tool.name for tool in (await client.list_tools()).tools}
        assert names == {"list_data", "ask", "refine", "visualize", "fetch_result"}
        assert (await call(client, "list_data"))["questions"] == ["revenue by country"]
        first = await call(client, "ask", question="revenue by country")
        assert first["rows"] == [["US", 150.5], ["DE", 20.0], [None, None]]
        session = first["session_id"]
        assert (await call(client, "refine", session_id=session, refinement="only US"))["rows"] == [["US", 150.5]]
        page = await call(client, "fetch_result", session_id=session, result_id=first["result_id"], offset=1, limit=1)
        assert (page["rows"], page["row_count"]) == ([["DE", 20.0]], 3)


async def test_what_goes_wrong_is_told_by_its_code(address: str) -> None:
    async with tools(address) as client:
        result = await client.call_tool("refine", {"session_id": "sess-0000", "refinement": "only US"})
        assert result.is_error
        assert "session_not_found" in result.content[0].text  # type: ignore[union-attr]
        assert (await client.call_tool("ask", {"question": " "})).is_error


async def test_another_user_does_not_reach_the_session(address: str) -> None:
    async with tools(address) as client:
        session = (await call(client, "ask", question="revenue by country"))["session_id"]
    async with tools(address, "bob") as client:
        result = await client.call_tool("ask", {"question": "revenue by country", "session_id": session})
        assert "session_not_found" in result.content[0].text  # type: ignore[union-attr]


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer nonsense"}])
async def test_without_a_token_there_are_no_tools(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    del client.headers["Authorization"]
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    problem(await client.post("/mcp", json=body, headers=headers), 401, "unauthenticated")


@pytest.mark.parametrize(
    ("name", "arguments", "code"),
    [
        ("ask", {"question": "a\x00b"}, "invalid_request"),
        ("ask", {"question": "x" * 5_000}, "invalid_request"),
        ("ask", {"question": "\u200b"}, "invalid_request"),
        ("ask", {"question": "revenue by country", "session_id": "../sess-1"}, "session_not_found"),
        ("refine", {"session_id": "a\x00b", "refinement": "only US"}, "session_not_found"),
        ("visualize", {"session_id": "sess-1", "chart_type": "x" * 500}, "invalid_request"),
        ("visualize", {"session_id": "sess-1", "chart_type": "pie\nbar"}, "invalid_request"),
        ("fetch_result", {"session_id": "sess-1", "result_id": "../../etc/passwd"}, "result_not_found"),
    ],
)
async def test_what_the_interface_refuses_the_tools_refuse(
    address: str, name: str, arguments: dict[str, Any], code: str
) -> None:
    async with tools(address) as client:
        result = await client.call_tool(name, arguments)
        assert result.is_error
        assert code in result.content[0].text  # type: ignore[union-attr]


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT"])
async def test_no_stream_is_held_open(client: httpx.AsyncClient, method: str) -> None:
    response = await client.request(method, "/mcp", headers={"Accept": "text/event-stream"})
    problem(response, 405, "method_not_allowed")
    assert response.headers["allow"] == "POST"


async def test_a_call_that_is_too_large_is_one_problem_like_any_other(client: httpx.AsyncClient) -> None:
    problem(await client.post("/mcp", content=b"x" * 70_000), 413, "payload_too_large")


async def test_a_defect_is_not_described_to_the_caller(
    address: str, sessions: LocalSessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("secret inside")

    monkeypatch.setattr(sessions, "create", broken)
    async with tools(address) as client:
        result = await client.call_tool("ask", {"question": "revenue by country"})
        assert result.is_error
        assert "secret" not in repr(result)
