"""The interface over the real core: real data, language, SQL, charts; no agent of a test in between."""

from __future__ import annotations

import base64
import datetime as dt
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import duckdb
import httpx
import pytest

from actors.local import LocalSessions
from api.app import create_app
from api.settings import Settings
from deployments.analytics.workspace import Workspace
from deployments.journal.service import JournalService
from deployments.journal.store import Journal
from deployments.local import LocalAgents
from tests.api.conftest import API, SESSIONS, bearer, problem

TODAY = dt.date(2025, 3, 15)


@pytest.fixture
async def real(tmp_path: Path, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    data = tmp_path / "shop.duckdb"
    with duckdb.connect(str(data)) as made:
        made.execute(
            "CREATE TABLE orders (order_id INTEGER PRIMARY KEY, customer_name VARCHAR, country VARCHAR, "
            "amount DECIMAL(12,2), order_date DATE)"
        )
        made.execute(
            "INSERT INTO orders SELECT i, 'Customer ' || chr((65 + i % 15)::INTEGER), ['US', 'DE', 'FR'][i % 3 + 1], "
            "(1000 - i % 15 * 10 + i * 0.25)::DECIMAL(12,2), DATE '2025-01-01' + (i % 74)::INTEGER FROM range(1, 601) t(i)"
        )
    shutil.copy(data, tmp_path / "gold.duckdb")
    agents = LocalAgents(Workspace.open(str(data)))
    journal = JournalService(Journal.open(str(tmp_path / "real.sqlite")))
    sessions = LocalSessions(agents, journal, today=lambda: TODAY)
    transport = httpx.ASGITransport(create_app(sessions, settings))
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver", headers=bearer()) as client:
        yield client
    await sessions.close()
    journal.close()
    agents.close()


async def test_the_given_conversation_works_from_question_to_download(real: httpx.AsyncClient, tmp_path: Path) -> None:
    session = f"{SESSIONS}/{(await real.post(SESSIONS, json={})).json()['session_id']}"
    question = {"message": "What were our top 10 customers by revenue last month?"}
    answer = (await real.post(f"{session}/messages", json=question)).json()
    expected = (
        duckdb.connect(str(tmp_path / "gold.duckdb"))
        .execute(
            "SELECT customer_name, sum(amount) FROM orders WHERE order_date >= '2025-02-01' AND order_date < '2025-03-01' "
            "GROUP BY 1 ORDER BY 2 DESC LIMIT 10"
        )
        .fetchall()
    )
    assert answer["success"] is True
    assert [tuple(row[:2]) for row in answer["data"]["rows"]] == [(name, float(total)) for name, total in expected]
    assert answer["visualization"]["type"] == "bar"
    assert answer["visualization"]["x_axis"] == "customer_name"
    assert answer["agents_visited"] == ["router", "sql_agent", "viz_agent"]

    shown = (await real.post(f"{session}/visualize", json={"chart_type": "pie"})).json()
    assert (shown["visualization"]["type"], shown["sql_executed"]) == ("pie", False)
    line = problem(await real.post(f"{session}/visualize", json={"chart_type": "line"}), 422, "chart_not_applicable")
    assert set(line["suggestions"]) <= set(answer["chart_types"])
    refined = (await real.post(f"{session}/refine", json={"refinement": "Filter to only US customers"})).json()
    assert refined["success"] is True
    assert refined["intent"] == "refinement"

    result = f"{session}/results/{answer['result_id']}"
    assert (await real.get(result, params={"format": "csv"})).text.count("\r\n") == 11
    png = await real.get(f"{result}/chart", params={"format": "png"})
    assert (png.headers["content-type"], png.content[:4]) == ("image/png", b"\x89PNG")
    svg = await real.get(f"{result}/chart", params={"format": "svg"})
    assert svg.headers["content-type"].startswith("image/svg+xml")
    assert "<svg" in svg.text
    spec = (await real.get(f"{result}/chart")).json()
    assert "vega-lite" in spec["$schema"]
    assert (await real.get(f"{session}/history")).json()["total_count"] >= 4


async def test_the_model_and_questions_to_begin_with_are_of_the_data(real: httpx.AsyncClient) -> None:
    model = (await real.get(f"{API}/model")).json()
    assert [entity["name"] for entity in model["entities"]] == ["orders"]
    suggestions = (await real.get(f"{API}/suggestions")).json()["suggestions"]
    assert suggestions
    session = f"{SESSIONS}/{(await real.post(SESSIONS, json={})).json()['session_id']}"
    for question in suggestions[:5]:
        assert (await real.post(f"{session}/messages", json={"message": question})).json()["success"] is True, question


async def test_what_the_data_does_not_have_is_said(real: httpx.AsyncClient) -> None:
    session = f"{SESSIONS}/{(await real.post(SESSIONS, json={})).json()['session_id']}"
    answer = (await real.post(f"{session}/messages", json={"message": "average blood pressure by nurse"})).json()
    assert answer["success"] is False
    assert answer["intent"] in {"clarification", "unsupported"}
    assert answer["sql"] is None


async def test_the_tools_of_other_agents_draw_a_picture(real: httpx.AsyncClient) -> None:
    session_id = (await real.post(SESSIONS, json={})).json()["session_id"]
    await real.post(f"{SESSIONS}/{session_id}/messages", json={"message": "total amount by country"})
    arguments = {"session_id": session_id, "chart_type": "pie"}
    asked = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "visualize", "arguments": arguments}}
    headers = {"Accept": "application/json, text/event-stream"}
    (content,) = (await real.post("/mcp", json=asked, headers=headers)).json()["result"]["content"]
    assert content["mimeType"] == "image/png"
    assert base64.b64decode(content["data"]).startswith(b"\x89PNG")
