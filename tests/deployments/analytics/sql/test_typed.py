"""SQL typed where a question is expected: run within what the caller may see, or explained."""

from __future__ import annotations

import datetime as dt

import duckdb
import pytest

from deployments.analytics.model.schema import Entity, SemanticModel
from deployments.analytics.warehouse.connect import Warehouse, open_warehouse
from deployments.analytics.workspace import Workspace
from deployments.contracts.agents import Context, Reading, ReadRequest
from deployments.contracts.answers import Intent
from deployments.contracts.identity import Principal
from tests.fixtures.retail import MODEL, ROWS, SCHEMA

AS_OF = dt.date(2026, 3, 10)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    path = tmp_path_factory.mktemp("typed") / "shop.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(SCHEMA + ROWS)
    return open_warehouse(str(path))


def changed(entity: str, **slots: object) -> SemanticModel:
    def put(each: Entity) -> Entity:
        return each.model_copy(update=slots) if each.name == entity else each

    return MODEL.model_copy(update={"entities": tuple(put(each) for each in MODEL.entities)})


def read(workspace: Workspace, text: str, context: Context | None = None) -> Reading:
    return workspace.read(ReadRequest(text=text, as_of=AS_OF, context=context or Context()))


@pytest.mark.parametrize(
    "text",
    [
        "SELECT status, count(*) AS n FROM orders GROUP BY status",
        "select status, count(*) as n from orders group by status;",
        "```sql\nselect status, count(*) as n from orders group by status\n```",
    ],
)
def test_a_safe_select_runs_as_typed_and_the_answer_says_so(shop: Warehouse, text: str) -> None:
    workspace = Workspace(shop, MODEL)
    reading = read(workspace, text)
    assert reading.query is not None
    assert "your SQL as you typed it" in reading.assumptions[0]
    run = workspace.run(reading.query, AS_OF)
    assert [column.name for column in run.result.columns] == ["status", "n"]
    assert set(run.result.rows) == set(shop.query("SELECT status, count(*) FROM orders GROUP BY 1"))
    assert run.guard.tables == ("orders",)
    shown = workspace.present(reading.query, run.result, reading)
    assert shown.response == f"Here are {run.result.row_count} rows from your SQL."


def test_a_star_becomes_the_columns_of_the_model(shop: Warehouse) -> None:
    workspace = Workspace(shop, MODEL)
    reading = read(workspace, "select * from stores")
    assert reading.query is not None
    names = [column.name for column in workspace.run(reading.query, AS_OF).result.columns]
    assert names == [attribute.name for attribute in MODEL.by_name["stores"].attributes if attribute.expression is None]


def test_row_policies_hold_below_what_was_typed(shop: Warehouse) -> None:
    workspace = Workspace(shop, changed("orders", row_policy="status = {attributes.status}"))
    seen = workspace.seen_by(Principal(tenant_id="acme", user_id="ann", attributes={"status": "open"}))
    reading = read(seen, "SELECT count(*) AS n FROM orders")
    assert reading.query is not None
    run = seen.run(reading.query, AS_OF)
    assert list(run.result.rows) == shop.query("SELECT count(*) FROM orders WHERE status = 'open'")
    assert run.guard.row_policies


def test_what_the_caller_may_not_see_is_no_column_of_theirs(shop: Warehouse) -> None:
    closed = tuple(
        a.model_copy(update={"visible_to": ("finance",)}) if a.name == "amount" else a
        for a in MODEL.by_name["orders"].attributes
    )
    seen = Workspace(shop, changed("orders", attributes=closed)).seen_by(Principal(tenant_id="acme", user_id="ann"))
    assert read(seen, "SELECT sum(amount) FROM orders").query is None
    reading = read(seen, "SELECT * FROM orders")
    assert reading.query is not None
    assert "amount" not in str(reading.query.statement)


def test_what_the_model_hides_stays_hidden(shop: Warehouse) -> None:
    hidden = tuple(
        a.model_copy(update={"hidden": True}) if a.name == "amount" else a for a in MODEL.by_name["orders"].attributes
    )
    workspace = Workspace(shop, changed("orders", attributes=hidden))
    reading = read(workspace, "SELECT sum(amount) FROM orders")
    assert reading.query is None
    assert reading.clarification is not None
    assert "orders.amount" in reading.clarification.question


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("DROP TABLE orders", "not DROP"),
        ("SELECT count(*) FROM orders; DELETE FROM orders", "exactly one statement"),
        ("update orders set amount = 0", "not UPDATE"),
        ("SELECT name FROM customers -- all of them", "Comments"),
        ("SELECT * FROM read_csv('/etc/passwd')", "not"),
        ("SELECT secret, 1 FROM vault", "vault"),
        ("WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t) SELECT n FROM t", "Recursive"),
    ],
)
def test_what_is_not_safe_is_explained_and_not_run(shop: Warehouse, text: str, why: str) -> None:
    reading = read(Workspace(shop, MODEL), text)
    assert reading.intent is Intent.UNSUPPORTED
    assert reading.clarification is not None
    assert reading.clarification.question.startswith("This SQL is not run: ")
    assert why in reading.clarification.question


def test_english_that_begins_like_sql_is_english(shop: Warehouse) -> None:
    reading = read(Workspace(shop, MODEL), "select customers from DE")
    assert reading.query is not None
    assert reading.query.statement is None


def test_sql_of_one_s_own_is_not_edited_by_a_follow_up(shop: Warehouse) -> None:
    workspace = Workspace(shop, MODEL)
    first = read(workspace, "SELECT count(*) AS n FROM orders")
    reading = read(workspace, "only open ones", Context(query=first.query))
    assert reading.query is None
    assert reading.clarification is not None
    assert "your own SQL" in reading.clarification.question
    assert read(workspace, "how many customers are there", Context(query=first.query)).query is not None
