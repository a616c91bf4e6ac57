from __future__ import annotations

import json
import shutil
from pathlib import Path

from tests.benchmarks import questions


def test_each_message_is_timed_once_in_its_context(golden: Path, tmp_path: Path) -> None:
    cases = (golden / "library.jsonl").read_text().splitlines()[:6]
    (tmp_path / "library.jsonl").write_text("\n".join(cases))
    shutil.copy(golden / "library.duckdb", tmp_path)
    times = questions.measure(1, tmp_path)
    turns = [turn for case in cases for turn in json.loads(case)["turns"]]
    assert len(times.questions) + len(times.follow_ups) == len(turns)
    assert times.follow_ups
    assert 0 < len(times.typed) <= len(turns)
