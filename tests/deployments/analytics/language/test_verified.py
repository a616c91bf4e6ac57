from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from deployments.analytics.dialogue import Dialogue
from deployments.analytics.workspace import Workspace

DATA = """
CREATE TABLE shipment(shipment_id INTEGER, carrier VARCHAR, port VARCHAR, sent DATE, weight INTEGER, late BOOLEAN);
INSERT INTO shipment SELECT i, ['Nordline', 'Blue Star', 'Pacifica'][i % 3 + 1], ['Oslo', 'Lagos'][i % 2 + 1],
  DATE '2024-01-01' + i * 3, i % 17, i % 5 = 0 FROM (SELECT CAST(i AS INTEGER) AS i FROM range(1, 400) t(i));
"""
MODEL = """
name: freight
tables:
- name: consignments
  base_table: {table: shipment}
  primary_key: {columns: [shipment_id]}
  dimensions:
  - {name: line, expr: carrier, data_type: VARCHAR}
  - {name: port, expr: port, data_type: VARCHAR}
  time_dimensions:
  - {name: sent, expr: sent, data_type: DATE}
  facts:
  - {name: weight, expr: weight, data_type: NUMBER}
verified_queries:
- name: punctual
  question: Punctuality index of Nordline in 2024
  sql: SELECT 1 - AVG(IFF(late, 1, 0)) AS punctuality FROM shipment WHERE carrier = 'Nordline' AND sent >= '2024-01-01' AND sent < '2025-01-01'
  verified_at: 1714521600
  verified_by: Ada
- name: heavy
  question: Top 5 ports by heavy load above 10 tons
  sql: SELECT port, COUNT(*) AS loads FROM __consignments WHERE weight > 10 AND line <> 'x' GROUP BY port ORDER BY loads DESC, port LIMIT 5
- name: stale
  question: Punctuality of last month
  sql: SELECT AVG(weight) FROM shipment WHERE sent >= '2020-01-01'
"""
TODAY = dt.date(2025, 6, 1)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    folder: Path = tmp_path_factory.mktemp("freight")
    with duckdb.connect(str(folder / "freight.duckdb")) as connection:
        connection.execute(DATA)
    (folder / "model.yaml").write_text(MODEL)
    workspace = Workspace.open(str(folder / "freight.duckdb"), str(folder / "model.yaml"))
    yield workspace
    workspace.warehouse.close()


@pytest.fixture
def dialogue(workspace: Workspace) -> Dialogue:
    return Dialogue(workspace, TODAY)


def gold(workspace: Workspace, carrier: str, start: str, end: str) -> list[tuple[object, ...]]:
    return workspace.warehouse.query(
        f"SELECT 1 - avg(late::INT) FROM shipment WHERE carrier = '{carrier}' AND sent >= '{start}' AND sent < '{end}'"
    )


def test_a_verified_question_is_answered_by_its_query_and_says_who_vouches(dialogue: Dialogue) -> None:
    reading, result, sql = dialogue.ask("punctuality index of Nordline in 2024?")
    assert result is not None
    assert list(result.rows) == gold(dialogue.workspace, "Nordline", "2024-01-01", "2025-01-01")
    assert [column.name for column in result.columns] == ["punctuality"]
    assert reading.assumptions == ("answered by the verified query punctual, verified by Ada on 2024-05-01",)
    assert "AVG" in str(sql)


def test_other_values_of_the_same_kind_take_the_places_of_its_own(dialogue: Dialogue) -> None:
    reading, result, _ = dialogue.ask("What is the punctuality index of Blue Star in Q1 2025")
    assert result is not None
    assert list(result.rows) == gold(dialogue.workspace, "Blue Star", "2025-01-01", "2025-04-01")
    assert "with Blue Star in place of Nordline" in reading.assumptions[0]


@pytest.mark.parametrize(
    "question",
    [
        "punctuality index of Oslo in 2024",
        "punctuality index of Nordline since 2024",
        "punctuality index of Nordline and Pacifica in 2024",
        "maximum punctuality index of Nordline in 2024",
        "punctuality index of Nordline in 2024 in Oslo",
    ],
)
def test_a_question_that_says_more_or_other_than_values_is_not_answered_by_it(
    dialogue: Dialogue, question: str
) -> None:
    reading, _, _ = dialogue.ask(question)
    assert reading.query is None or reading.query.verified is None


def test_numbers_are_told_apart_by_what_they_count_and_datasets_stand_for_tables(dialogue: Dialogue) -> None:
    _, result, sql = dialogue.ask("top 1 ports by heavy load above 12 tons")
    assert result is not None
    assert list(result.rows) == dialogue.workspace.warehouse.query(
        "SELECT port, count(*) AS n FROM shipment WHERE weight > 12 GROUP BY port ORDER BY n DESC, port LIMIT 1"
    )
    assert "LIMIT 1" in str(sql)


def test_a_follow_up_may_change_a_value_and_nothing_else(dialogue: Dialogue) -> None:
    dialogue.ask("punctuality index of Nordline in 2024")
    _, result, _ = dialogue.ask("what about Pacifica?")
    assert result is not None
    assert list(result.rows) == gold(dialogue.workspace, "Pacifica", "2024-01-01", "2025-01-01")
    _, result, _ = dialogue.ask("and in 2025")
    assert result is not None
    assert list(result.rows) == gold(dialogue.workspace, "Pacifica", "2025-01-01", "2026-01-01")
    reading, _, _ = dialogue.ask("split that by port")
    assert reading.clarification is not None
    assert "cannot be changed otherwise" in reading.clarification.question


def test_a_chart_of_it_can_be_asked_for(dialogue: Dialogue) -> None:
    reading, result, _ = dialogue.ask("top 5 ports by heavy load above 10 tons")
    assert reading.query is not None
    assert result is not None
    shown = dialogue.workspace.present(reading.query, result, reading)
    assert shown.response == "Here are 2 rows from the verified query “heavy”."
    assert "bar" in shown.chart_types


def test_a_query_whose_dates_stand_still_is_not_used_for_a_question_that_moves(dialogue: Dialogue) -> None:
    reading, _, _ = dialogue.ask("Punctuality of last month")
    assert reading.query is None or reading.query.verified is None
    assert "stale" in dialogue.workspace.reader.verified.notes[0]
