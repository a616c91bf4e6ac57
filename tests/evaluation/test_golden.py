"""The product's own golden conversations: every turn must be right. A regression fails here."""

from __future__ import annotations

from pathlib import Path

import pytest

from deployments.analytics.evaluation import evaluate, matches


@pytest.mark.parametrize("name", ["retail", "library", "projects"])
def test_every_golden_turn_is_answered_right(golden: Path, name: str) -> None:
    report = evaluate(golden / f"{name}.jsonl")
    assert [
        (miss["id"], miss["question"], miss["answer"]["sql"] or miss["answer"]["error"]) for miss in report.misses
    ] == []


def test_questions_that_the_data_cannot_answer_are_asked_back(golden: Path) -> None:
    report = evaluate(golden / "ask_back.jsonl")
    answered = [turn["question"] for case in report.answers for turn in case["turns"] if turn["rows"] is not None]
    assert answered == []
    assert all(turn["error"] for case in report.answers for turn in case["turns"])


THIRD_PARTY = Path(__file__).parents[3] / "shared" / "eval"


@pytest.mark.skipif(not THIRD_PARTY.is_dir(), reason="the third-party questions are not beside this checkout")
@pytest.mark.parametrize(("name", "floor"), [("spider", 0.7), ("sparc", 0.58), ("bi", 0.96), ("defog", 0.44)])
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
