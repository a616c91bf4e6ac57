from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from deployments.analytics.dialogue import Dialogue
from deployments.analytics.model.instructions import follow_instructions
from deployments.analytics.model.ossie import dump_ossie, parse_ossie
from deployments.analytics.workspace import Workspace

DATA = """
CREATE TABLE account(account_id INTEGER PRIMARY KEY, account_name VARCHAR, is_test BOOLEAN, tier VARCHAR);
INSERT INTO account SELECT i, 'Account ' || i, i % 4 = 0, ['gold', 'basic'][i % 2 + 1] FROM range(1, 13) t(i);
CREATE TABLE payment(payment_id INTEGER PRIMARY KEY, account_id INTEGER REFERENCES account, paid_on DATE, gross_amount DECIMAL(9,2),
  net_amount DECIMAL(9,2), state VARCHAR);
INSERT INTO payment SELECT i, i % 12 + 1, DATE '2024-01-01' + i * 5, i * 10, i * 8, ['settled', 'failed'][CAST(i % 7 = 0 AS INT) + 1]
  FROM (SELECT CAST(i AS INTEGER) AS i FROM range(1, 200) t(i));
"""
INSTRUCTIONS = """
Revenue means net_amount. Fiscal year starts in April. Weeks start on Sunday.
- A "client" is the same as an account.
- Premium account means tier is gold.
- Failed load means payments whose state is failed.
By default, exclude test accounts.
Prefer short answers and be polite to the board.
"""
MODEL = f"""
semantic_model:
- name: payments
  ai_context:
    instructions: |
{"".join("      " + line + chr(10) for line in INSTRUCTIONS.strip().splitlines())}
  datasets:
  - {{name: account, source: account}}
  - {{name: payment, source: payment}}
"""
TODAY = dt.date(2026, 9, 20)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    folder: Path = tmp_path_factory.mktemp("payments")
    with duckdb.connect(str(folder / "payments.duckdb")) as connection:
        connection.execute(DATA)
    (folder / "model.yaml").write_text(MODEL)
    workspace = Workspace.open(str(folder / "payments.duckdb"), str(folder / "model.yaml"))
    yield workspace
    workspace.warehouse.close()


NO_TEST = "account_id IN (SELECT account_id FROM account WHERE NOT is_test)"


@pytest.mark.parametrize(
    ("question", "gold"),
    [
        ("total revenue", f"SELECT sum(net_amount) FROM payment WHERE {NO_TEST}"),
        ("how many clients are there", "SELECT count(*) FROM account WHERE NOT is_test"),
        ("how many premium accounts", "SELECT count(*) FROM account WHERE tier = 'gold' AND NOT is_test"),
        ("number of failed loads", f"SELECT count(*) FROM payment WHERE state = 'failed' AND {NO_TEST}"),
        (
            "revenue of premium accounts",
            "SELECT sum(net_amount) FROM payment JOIN account USING (account_id) WHERE tier = 'gold' AND NOT is_test",
        ),
        (
            "revenue in fiscal year 2025",
            f"SELECT sum(net_amount) FROM payment WHERE paid_on >= '2024-04-01' AND paid_on < '2025-04-01' AND {NO_TEST}",
        ),
        ("how many test accounts are there", "SELECT count(*) FROM account WHERE is_test"),
    ],
)
def test_definitions_calendar_and_defaults_are_followed(workspace: Workspace, question: str, gold: str) -> None:
    _, result, sql = Dialogue(workspace, TODAY).ask(question)
    assert result is not None
    assert [row[-1] for row in result.rows] == [row[0] for row in workspace.warehouse.query(gold)], sql


def test_what_is_left_out_by_default_is_said(workspace: Workspace) -> None:
    reading, _, _ = Dialogue(workspace, TODAY).ask("how many accounts are there")
    assert "without test accounts, by default" in reading.assumptions


def test_a_default_stays_through_follow_ups_and_yields_to_them(workspace: Workspace) -> None:
    dialogue = Dialogue(workspace, TODAY)
    dialogue.ask("how many accounts by tier")
    _, result, sql = dialogue.ask("only gold")
    assert result is not None
    assert sql is not None
    assert sql.count("is_test") == 1
    assert [row[-1] for row in result.rows] == [
        row[0] for row in workspace.warehouse.query("SELECT count(*) FROM account WHERE tier = 'gold' AND NOT is_test")
    ]


def test_a_sentence_that_cannot_be_followed_to_the_letter_is_reported(workspace: Workspace) -> None:
    assert workspace.model.unfollowed == ("Prefer short answers and be polite to the board.",)


@pytest.mark.parametrize(
    "sentence",
    [
        "Revenue means lucky_amount.",
        "Exclude purple accounts by default.",
        "Premium account means tier is platinum.",
        "Weeks start on Blueday.",
    ],
)
def test_a_name_or_value_that_the_data_lacks_is_no_definition(workspace: Workspace, sentence: str) -> None:
    bare = workspace.model.model_copy(update={"instructions": sentence, "metrics": (), "filters": (), "unfollowed": ()})
    followed = follow_instructions(bare)
    assert followed.unfollowed == (sentence,)
    assert followed.model_copy(update={"unfollowed": ()}) == bare


def test_a_model_with_instructions_written_and_read_is_the_same(workspace: Workspace) -> None:
    assert parse_ossie(dump_ossie(workspace.model), workspace.warehouse) == workspace.model
