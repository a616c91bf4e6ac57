"""Nobody reaches what is another's, on any route, now or of those to come: the table of operations is walked."""

from __future__ import annotations

from typing import Any, cast

import httpx
import pytest
from websockets.asyncio.client import connect

from actors.local import LocalSessions
from api import mcp, websocket
from api.app import create_app
from api.operation import Operation
from api.routes import OPERATIONS
from api.settings import Settings
from deployments.contracts.sessions import Sessions
from tests.api.conftest import SESSIONS, bearer, problem, serving, token
from tests.api.tokens import expired

IN_A_SESSION = [operation for operation in OPERATIONS if "{session_id}" in operation.path]
GUARDED = [operation for operation in OPERATIONS if not operation.public]
PUBLIC = {"healthz", "readyz", "get_openapi", "get_docs", "get_page", "get_page_file"}
MESSAGE_ID = "msg-1"
STRANGERS = [("bob", "acme"), ("ann", "other"), ("root", "acme", "admin"), ("ANN", "acme"), ("ann ", "acme")]


def named(operation: Operation[Any, Any]) -> str:
    return operation.name


async def call(
    client: httpx.AsyncClient, operation: Operation[Any, Any], session_id: str, result_id: str, headers: dict[str, str]
) -> httpx.Response:
    path = operation.path.format(session_id=session_id, result_id=result_id, message_id=MESSAGE_ID)
    body = operation.example if operation.body is not None and operation.example is not None else None
    return await client.request(operation.method, path, json=body, headers=headers)


@pytest.fixture
async def result_id(client: httpx.AsyncClient, session_id: str) -> str:
    path = f"{SESSIONS}/{session_id}/messages"
    body = {"message": "revenue by country", "message_id": MESSAGE_ID}
    return str((await client.post(path, json=body)).json()["result_id"])


@pytest.mark.parametrize("operation", IN_A_SESSION, ids=named)
@pytest.mark.parametrize("stranger", STRANGERS, ids="/".join)
async def test_a_stranger_gets_what_a_session_that_does_not_exist_gives(
    client: httpx.AsyncClient,
    session_id: str,
    result_id: str,
    operation: Operation[Any, Any],
    stranger: tuple[str, ...],
) -> None:
    before = (await client.get(f"{SESSIONS}/{session_id}")).json()
    headers = bearer(*stranger)
    foreign = problem(await call(client, operation, session_id, result_id, headers), 404, "session_not_found")
    unknown = problem(await call(client, operation, "sess-0000", result_id, headers), 404, "session_not_found")
    assert foreign | {"request_id": ""} == unknown | {"request_id": ""}
    assert (await client.get(f"{SESSIONS}/{session_id}")).json() == before


@pytest.mark.parametrize("operation", IN_A_SESSION, ids=named)
async def test_the_owner_is_let_in(
    client: httpx.AsyncClient, session_id: str, result_id: str, operation: Operation[Any, Any]
) -> None:
    assert (await call(client, operation, session_id, result_id, {})).status_code in {200, 201, 204, 406, 409}


async def test_a_result_of_another_session_of_the_same_user_is_not_found(
    client: httpx.AsyncClient, session_id: str, result_id: str
) -> None:
    other = (await client.post(SESSIONS, json={})).json()["session_id"]
    problem(await client.get(f"{SESSIONS}/{other}/results/{result_id}"), 404, "result_not_found")
    problem(await client.get(f"{SESSIONS}/{session_id}/results/res-none"), 404, "result_not_found")


async def test_nobody_lists_the_sessions_of_another(client: httpx.AsyncClient, session_id: str) -> None:
    for stranger in STRANGERS:
        page = (await client.get(SESSIONS, headers=bearer(*stranger))).json()
        assert page["sessions"] == []


async def test_an_admin_sees_the_sessions_of_the_tenant_alone(client: httpx.AsyncClient, session_id: str) -> None:
    async def seen(*who: str) -> list[str]:
        response = await client.get("/api/v1/bi/admin/sessions", headers=bearer(*who))
        return [session["session_id"] for session in response.json()["sessions"]]

    assert await seen("root", "acme", "admin") == [session_id]
    assert await seen("root", "other", "admin") == []
    for headers in (bearer("ann", "acme"), bearer("ann", "acme", "viewer")):
        problem(await client.get("/api/v1/bi/admin/sessions", headers=headers), 403, "forbidden")


@pytest.mark.parametrize("operation", GUARDED, ids=named)
async def test_without_a_token_nothing_is_looked_at(
    client: httpx.AsyncClient, session_id: str, operation: Operation[Any, Any]
) -> None:
    path = operation.path.format(session_id=session_id, result_id="res-1", message_id=MESSAGE_ID) + "?unknown=1"
    for header in ("", f"Bearer {expired()}"):
        response = await client.request(operation.method, path, content=b"{", headers={"Authorization": header})
        problem(response, 401, "unauthenticated")


def test_only_these_need_no_token() -> None:
    assert {operation.name for operation in OPERATIONS if operation.public} == PUBLIC


def test_whatever_the_application_serves_is_an_operation_the_socket_or_the_tools(
    sessions: LocalSessions, settings: Settings
) -> None:
    served = {getattr(route, "path", repr(route)) for route in create_app(sessions, settings).routes}
    assert served == {operation.path for operation in OPERATIONS} | {websocket.PATH, mcp.PATH}


def tool_calls(session_id: str, result_id: str) -> list[dict[str, Any]]:
    """A call of every tool, with these ids wherever it takes one."""
    server = mcp._tools(cast("Sessions", None), Settings())
    known = {"session_id": session_id, "result_id": result_id}
    calls = []
    for tool in server._tool_manager.list_tools():
        wanted = tool.parameters["properties"]
        arguments = {
            name: known.get(name, "revenue by country") for name, kind in wanted.items() if "default" not in kind
        }
        arguments |= {name: known[name] for name in wanted if name in known}
        if "chart_type" in arguments:
            arguments["chart_type"] = "pie"
        calls.append({"name": tool.name, "arguments": arguments})
    return calls


@pytest.mark.parametrize("stranger", STRANGERS, ids="/".join)
async def test_through_no_tool_a_stranger_reaches_a_session(
    client: httpx.AsyncClient, session_id: str, result_id: str, stranger: tuple[str, ...]
) -> None:
    headers = bearer(*stranger) | {"Accept": "application/json, text/event-stream"}
    before = (await client.get(f"{SESSIONS}/{session_id}")).json()

    async def told(call: dict[str, Any]) -> str:
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
        return (await client.post("/mcp", json=body, headers=headers)).text

    in_a_session = [call for call in tool_calls(session_id, result_id) if "session_id" in call["arguments"]]
    assert len(in_a_session) == 4
    for call, unknown in zip(in_a_session, tool_calls("sess-0000", result_id)[-4:], strict=True):
        assert "session_not_found" in await told(call), call
        assert await told(call) == await told(unknown)
    assert (await client.get(f"{SESSIONS}/{session_id}")).json() == before


@pytest.mark.parametrize("stranger", STRANGERS, ids="/".join)
async def test_over_no_socket_a_stranger_reaches_a_session(
    sessions: LocalSessions, settings: Settings, session_id: str, result_id: str, stranger: tuple[str, ...]
) -> None:
    async with serving(create_app(sessions, settings)) as address:
        for wanted in (session_id, "sess-0000"):
            async with connect(f"ws://{address}/ws/chat/{wanted}?token={token(*stranger)}") as connection:
                await connection.wait_closed()
                assert (connection.close_code, connection.close_reason) == (4404, "session_not_found")
