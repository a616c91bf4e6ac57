from __future__ import annotations

import json
import re
from pathlib import Path

import httpx
import pytest
from starlette.routing import Route, WebSocketRoute

from actors.local import LocalSessions
from api import mcp
from api.app import create_app
from api.errors import codes
from api.openapi import document
from api.routes import OPERATIONS
from api.settings import Settings

SPEC = document(OPERATIONS)


def test_every_route_of_the_application_is_in_the_document(sessions: LocalSessions, settings: Settings) -> None:
    app = create_app(sessions, settings)
    # What speaks MCP is described by MCP itself.
    served = {route.path for route in app.routes if isinstance(route, Route)} - {mcp.PATH}
    assert served == SPEC["paths"].keys()
    assert [route.path for route in app.routes if isinstance(route, WebSocketRoute)] == ["/ws/chat/{session_id}"]


def test_every_operation_is_in_the_document_under_its_own_name() -> None:
    names = [operation["operationId"] for methods in SPEC["paths"].values() for operation in methods.values()]
    assert sorted(names) == sorted(operation.name for operation in OPERATIONS)
    assert len(set(names)) == len(names)


def test_every_reference_leads_somewhere() -> None:
    for name in re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(SPEC)):
        assert name in SPEC["components"]["schemas"]


def test_every_operation_tells_what_comes_back_and_what_can_go_wrong() -> None:
    for path, methods in SPEC["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"], (method, path)
            assert set(re.findall(r"\{(\w+)\}", path)) == {
                parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "path"
            }
            statuses = set(operation["responses"])
            assert any(status.startswith(("2", "3")) for status in statuses)
            if operation.get("security") != []:
                assert "401" in statuses
            for status, response in operation["responses"].items():
                if status[0] in "45":
                    assert list(response["content"]) == ["application/problem+json"]


def test_the_given_bodies_are_described_with_their_given_examples() -> None:
    messages = SPEC["paths"]["/api/v1/bi/chat/sessions/{session_id}/messages"]["post"]
    assert messages["requestBody"]["content"]["application/json"]["example"] == {
        "message": "What were our top 10 customers by revenue last month?"
    }
    answer = SPEC["components"]["schemas"]["Answer"]["properties"]
    assert answer.keys() >= {"success", "response", "intent", "sql", "visualization", "data", "insights"}


def test_every_code_that_an_operation_can_answer_is_of_the_error_tree() -> None:
    problems = [
        response["description"]
        for methods in SPEC["paths"].values()
        for operation in methods.values()
        for status, response in operation["responses"].items()
        if status[0] in "45"
    ]
    named = set(re.findall(r"`(\w+)`: ", "; ".join(problems)))
    assert named
    assert named <= set(codes())


async def test_the_document_is_served_without_a_token(client: httpx.AsyncClient) -> None:
    response = await client.get("/openapi.json", headers={"Authorization": ""})
    assert response.headers["content-type"] == "application/json"
    assert response.json() == json.loads(json.dumps(SPEC))


async def test_the_page_loads_nothing_from_elsewhere(client: httpx.AsyncClient) -> None:
    response = await client.get("/docs", headers={"Authorization": ""})
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert not re.search(r"(src|href)\s*=|https?://|@import|url\(", response.text)
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert policy.count("'sha256-") == 2
    assert "unsafe" not in policy


def test_the_page_is_packaged() -> None:
    assert (Path(__file__).parents[2] / "api" / "page" / "docs.html").is_file()


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_health_needs_no_token(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path, headers={"Authorization": ""})).status_code == 200
