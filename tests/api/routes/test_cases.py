"""A conversation as golden cases: exported over HTTP and asked again by `evaluate`."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from actors.local import LocalSessions
from api.app import create_app
from api.settings import Settings
from deployments.analytics.evaluation import evaluate
from deployments.analytics.workspace import Workspace
from deployments.journal.service import JournalService
from deployments.journal.store import Journal
from deployments.local import LocalAgents
from tests.api.conftest import SECRET, SESSIONS, bearer

SALES = "city,product,amount\nRome,Tea,10\nRome,Cake,20\nOslo,Tea,5\nBonn,Cake,7\n"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "sales.csv").write_text(SALES)
    return tmp_path / "shop"


@pytest.fixture
async def shop(data: Path, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    agents = LocalAgents(Workspace.open(str(data)))
    journal = JournalService(Journal.open(str(tmp_path / "journal.sqlite")))
    sessions = LocalSessions(agents, journal)
    app = create_app(sessions, Settings(secret=SecretStr(SECRET), state=tmp_path))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://testserver", headers=bearer()
    ) as client:
        yield client
    await sessions.close()
    journal.close()
    agents.close()


async def test_a_conversation_becomes_cases_that_evaluate_finds_right(shop: httpx.AsyncClient, data: Path) -> None:
    session_id = (await shop.post(SESSIONS, json={})).json()["session_id"]
    place = f"{SESSIONS}/{session_id}"

    async def send(kind: str, **body: Any) -> dict[str, Any]:
        answer: dict[str, Any] = (await shop.post(f"{place}/{kind}", json=body)).json()
        return answer

    await send("messages", message="total amount by city", message_id="m-1")
    await send("visualize", chart_type="pie")
    await send("refine", refinement="only Tea")
    removed = await send("refine", refinement="Without Tea", remove="filter/0")
    assert removed["success"]
    await send("undo")
    await send("messages", message="by product instead")
    await send("messages", message="frobnicate the wuzzles")
    await send("messages", message="the first answer, only Rome")
    await send("rerun")
    wrong = await send("messages", message="total amount")
    await shop.post(f"{place}/messages/{wrong['message_id']}/feedback", json={"rating": "down"})

    response = await shop.get(f"{place}/cases")
    assert response.headers["content-type"].startswith("application/x-ndjson")
    case = json.loads(response.text)
    assert [turn["question"] for turn in case["turns"]] == [
        "total amount by city", "only Tea", "Without Tea", "undo", "by product instead", "frobnicate the wuzzles",
        "the first answer, only Rome", "run it again", "total amount",
    ]  # fmt: skip
    assert [bool(turn["gold_sql"]) for turn in case["turns"]] == [
        True,
        True,
        True,
        False,
        True,
        False,
        True,
        True,
        False,
    ]
    assert case["turns"][-1]["rating"] == "down"

    saved = data.parent / "cases.jsonl"
    saved.write_text(response.text)
    report = evaluate(saved)
    assert set(report.summary["verdicts"].values()) == {"right"}
    assert report.summary["turns"] == 6
    assert report.notes == []
    # Other data give other rows, and the right ones still: the SQL is asked of the same data.
    (data / "sales.csv").write_text(SALES + "Lyon,Tea,1\n")
    moved = evaluate(saved)
    assert set(moved.summary["verdicts"].values()) == {"right"}
    assert moved.notes == [f"case {session_id}: the data changed since it was made"]


async def test_the_cases_of_another_are_not_there(shop: httpx.AsyncClient) -> None:
    session_id = (await shop.post(SESSIONS, json={})).json()["session_id"]
    assert (await shop.get(f"{SESSIONS}/{session_id}/cases", headers=bearer("bob"))).status_code == 404
