from __future__ import annotations

from pathlib import Path

import duckdb
from starlette.testclient import TestClient

from api.bench import journal
from api.bench.floor import create_app
from deployments.analytics.workspace import Workspace
from deployments.contracts.identity import Principal
from deployments.local import LocalAgents


def shop(folder: Path) -> str:
    path = folder / "shop.duckdb"
    with duckdb.connect(str(path)) as made:
        made.execute("CREATE TABLE orders (order_id INTEGER PRIMARY KEY, country VARCHAR, amount DECIMAL(10,2))")
        made.execute("INSERT INTO orders SELECT i, ['US', 'DE'][i % 2 + 1], i FROM range(1, 301) t(i)")
    return str(path)


def test_the_floor_answers_with_rows_and_a_chart(tmp_path: Path) -> None:
    agents = LocalAgents(Workspace.open(shop(tmp_path)))
    answer = TestClient(create_app(agents)).post("/messages", json={"message": "amount by country"}).json()
    assert answer["success"]
    assert {row[0] for row in answer["data"]["rows"]} == {"US", "DE"}
    assert answer["agents_visited"] == ["router", "sql_agent", "viz_agent"]
    agents.close()


async def test_passive_sessions_are_whole_conversations(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    made = await journal.seed(
        path, Principal(tenant_id="t", user_id="u"), shop(tmp_path), None, "amount by country", 2, 3
    )
    assert len(set(made)) == 2
    sizes = journal.bytes_of(path, made[0])
    assert len(sizes) == 2 + 3 * 3  # created, named; for each question: received, result, answered
    assert min(sizes) > 0
    assert journal.snapshot_bytes(path, made[0]) > 0
