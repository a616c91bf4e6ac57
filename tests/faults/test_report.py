from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from tests.faults.history import Violation
from tests.faults.report import Result, table, write_report


def result(name: str, acknowledged: int, *violations: Violation) -> Result:
    return Result(name, "one", 2, 3.4, Counter(acknowledged=acknowledged), list(violations))


def test_the_table_has_a_line_for_each_fault_and_one_for_all() -> None:
    lines = table([result("first", 3), result("second", 4, Violation("gap", "s", "text"))]).splitlines()
    assert len(lines) == 5
    assert [cell.strip() for cell in lines[-1].split("|")[1:4]] == ["all", "4", "7"]
    assert lines[-1].split("|")[-2].strip() == "1"


def test_a_report_keeps_what_other_runs_found_of_other_faults(tmp_path: Path) -> None:
    write_report(tmp_path, [result("first", 3), result("second", 4)], fence=True)
    write_report(tmp_path, [result("second", 5, Violation("gap", "s", "text"))], fence=True, order=["second", "first"])
    kept = {row["fault"]: row for row in json.loads((tmp_path / "report.json").read_text())}
    assert [(name, row["acknowledged"]) for name, row in kept.items()] == [("second", 5), ("first", 3)]
    assert kept["second"]["breaches"] == ["gap s: text"]
    assert "second: gap s: text" in (tmp_path / "report.md").read_text()
