"""The product's own golden conversations: every turn must be right. A regression fails here."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from deployments.analytics import warehouse
from deployments.analytics.dialogue import Dialogue
from deployments.analytics.evaluation import evaluate, matches
from deployments.analytics.workspace import Workspace
from tests.evaluation.conftest import AS_OF

DEMO_MODEL = Path(warehouse.__file__).parent / "demo_model.yaml"


HERE = Path(__file__).parent
TO_ANSWER = sorted(cases.stem for cases in HERE.glob("*.jsonl") if cases.stem != "ask_back")


@pytest.mark.parametrize("name", TO_ANSWER)
def test_every_golden_turn_is_answered_right(golden: Path, name: str) -> None:
    report = evaluate(golden / f"{name}.jsonl")
    assert [
        (miss["id"], miss["question"], miss["answer"]["sql"] or miss["answer"]["error"] or miss["answer"]["topic"])
        for miss in report.misses
    ] == []


@pytest.mark.parametrize("name", TO_ANSWER)
def test_every_gold_query_finds_something_to_be_right_about(golden: Path, name: str) -> None:
    cases = [json.loads(line) for line in (golden / f"{name}.jsonl").read_text().splitlines()]
    for database in {case["database"] for case in cases}:
        queries = [
            sql
            for case in cases
            for turn in case["turns"]
            for sql in turn["gold_sql"] or ()
            if case["database"] == database
        ]
        with duckdb.connect(str(golden / database), read_only=True) as connection:
            assert [sql for sql in queries if not connection.execute(sql).fetchall()] == []


def test_the_first_question_is_right_with_the_metrics_of_the_demo_too(golden: Path) -> None:
    workspace = Workspace.open(str(golden / "retail.duckdb"), str(DEMO_MODEL))
    dialogue = Dialogue(workspace, AS_OF)
    _, result, _ = dialogue.ask("What were our top 10 customers by revenue last month?")
    gold = workspace.warehouse.query(
        "SELECT customer_name, sum(amount) AS revenue FROM orders WHERE order_date >= '2026-05-01' AND order_date < '2026-06-01' "
        "GROUP BY customer_name ORDER BY revenue DESC LIMIT 10"
    )
    assert result is not None
    assert [column.name for column in result.columns] == ["customer_name", "revenue"]
    assert list(result.rows) == gold
    _, refined, sql = dialogue.ask("Filter to only US customers")
    assert refined is not None
    assert [column.name for column in refined.columns] == ["customer_name", "revenue"]
    assert "United States" in str(sql)


@pytest.mark.parametrize("name", ["retail", "classes"])
def test_the_golden_turns_are_right_with_the_metrics_of_the_demo_too(golden: Path, tmp_path: Path, name: str) -> None:
    lines = (golden / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    cases = [json.loads(line) for line in lines if json.loads(line)["database"] == "retail.duckdb"]
    for case in cases:
        case["database"] = str(golden / "retail.duckdb")
    (tmp_path / "cases.jsonl").write_text("\n".join(map(json.dumps, cases)), encoding="utf-8")
    report = evaluate(tmp_path / "cases.jsonl", model_file=str(DEMO_MODEL))
    assert report.summary["turns"] > 40
    assert [(miss["id"], miss["question"]) for miss in report.misses] == []


def test_questions_that_the_data_cannot_answer_are_asked_back(golden: Path) -> None:
    report = evaluate(golden / "ask_back.jsonl")
    answered = [turn["question"] for case in report.answers for turn in case["turns"] if turn["rows"] is not None]
    assert answered == []
    assert all(turn["error"] for case in report.answers for turn in case["turns"])


THIRD_PARTY = Path(__file__).parents[3] / "shared" / "eval"


@pytest.mark.skipif(not THIRD_PARTY.is_dir(), reason="the third-party questions are not beside this checkout")
@pytest.mark.parametrize(("name", "floor"), [("spider", 0.79), ("sparc", 0.745), ("bi", 0.98), ("defog", 0.78)])
def test_third_party_questions_do_not_get_worse(name: str, floor: float) -> None:
    assert evaluate(THIRD_PARTY / f"{name}.jsonl").summary["right"] >= floor


@pytest.mark.skipif(not THIRD_PARTY.is_dir(), reason="the third-party questions are not beside this checkout")
def test_third_party_questions_to_refuse_are_refused() -> None:
    report = evaluate(THIRD_PARTY / "ask_back.jsonl")
    assert [turn["question"] for case in report.answers for turn in case["turns"] if turn["rows"] is not None] == []


def test_a_match_needs_every_gold_column_and_no_other_row() -> None:
    gold: list[tuple[object, ...]] = [(1, "a"), (2, "b")]
    assert matches(gold, [["b", 2], ["a", 1]], ordered=False)
    assert matches(gold, [["x", "a", 1], ["x", "b", 2]], ordered=False)
    assert not matches(gold, [["b", 2], ["a", 1]], ordered=True)
    assert not matches(gold, [["a", 1]], ordered=False)
    assert not matches(gold, [["a", 1], ["b", 3]], ordered=False)


CLASSES = frozenset(
    "aggregate grouped top_n extremum values range negation dates relative grain comparison growth share ratio having nested sets "
    "distinct window rank_within distribution cohort lists lookup existence about".split()
)
"""The kinds of questions that people ask of data."""

FOLLOW_UPS = frozenset(
    "anaphora filter replacement grain dimension measure limit_order comparison calculation drill chart undo new_question".split()
)
"""What they then say of the answer."""


def test_every_class_of_question_and_of_follow_up_is_asked_of_two_schemas_at_least() -> None:
    asked: dict[str, set[str]] = {}
    for file in TO_ANSWER:
        for line in (HERE / f"{file}.jsonl").read_text(encoding="utf-8").splitlines():
            case = json.loads(line)
            for kind in (case["class"], *(turn.get("follow_up") for turn in case["turns"])):
                asked.setdefault(str(kind), set()).add(case["database"])
    assert {kind: asked.get(kind) for kind in CLASSES | FOLLOW_UPS if len(asked.get(kind, ())) < 2} == {}
