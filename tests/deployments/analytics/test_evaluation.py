from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from deployments.analytics.evaluation import changes, evaluate
from deployments.contracts.errors import DataError

RIGHT = {"question": "total amount by country", "gold_sql": ["SELECT country, sum(amount) FROM sale GROUP BY 1"]}
WRONG = {"question": "total amount", "gold_sql": ["SELECT 1"]}
REFUSED = {"question": "frobnicate the wuzzles", "gold_sql": ["SELECT 1"]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with duckdb.connect(str(tmp_path / "sales.duckdb")) as connection:
        connection.execute(
            "CREATE TABLE sale AS SELECT i AS sale_id, ['FR', 'DE'][i % 2 + 1] AS country, i * 3 AS amount FROM range(9) t(i)"
        )
    return tmp_path


def cases(folder: Path, *turns: object, **more: str) -> Path:
    path = folder / "cases.jsonl"
    path.write_text(json.dumps({"id": "c", "database": "sales.duckdb", "turns": turns, **more}) + "\n")
    return path


def test_every_scored_turn_has_a_verdict_and_each_class_its_precision(folder: Path) -> None:
    report = evaluate(cases(folder, RIGHT, WRONG, REFUSED, **{"class": "totals"}))
    assert list(report.summary["verdicts"].values()) == ["right", "wrong", "unanswered"]
    assert "  class totals: 1/3, 1/2 of those answered" in report.lines()


def test_a_turn_that_was_right_is_a_regression_even_where_another_makes_up_for_it(folder: Path) -> None:
    before = evaluate(cases(folder, RIGHT, WRONG)).summary
    moved = {**RIGHT, "gold_sql": ["SELECT 2"]}, {**WRONG, "gold_sql": ["SELECT sum(amount) FROM sale"]}
    now = evaluate(cases(folder, *moved)).summary
    lines, held = changes(json.loads(json.dumps(before)), now)
    assert not held
    told = [line for line in lines if " -> " in line and "turn" in line]
    assert told == ["right -> wrong: c, turn 1: total amount by country", "wrong -> right: c, turn 2: total amount"]


def test_what_is_as_before_changes_nothing(folder: Path) -> None:
    summary = evaluate(cases(folder, RIGHT, WRONG)).summary
    assert changes(summary, summary) == ([], True)


@pytest.mark.parametrize(
    ("turn", "said"),
    [
        ({"question": "total amount", "gold_sql": ["SELECT sum(amont) FROM sale"]}, "gold SQL of case c, turn 1"),
        ({"gold_sql": ["SELECT 1"]}, "needs a “question”"),
    ],
)
def test_a_case_that_cannot_be_scored_is_named(folder: Path, turn: object, said: str) -> None:
    with pytest.raises(DataError, match=said):
        evaluate(cases(folder, turn))
