"""What came of each fault: as a table, and as files that several runs fill together."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.history import Violation

_COLUMNS = ("times", "acknowledged", "frames", "sent again", "refused writes", "seconds", "violations")


@dataclass
class Result:
    """What came of one fault: how often it happened, what was counted meanwhile, and every breach."""

    name: str
    group: str
    times: int = 0
    seconds: float = 0.0
    counts: Counter[str] = field(default_factory=Counter)
    violations: list[Violation] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.name}: {self.times} times, {self.counts['acknowledged']} acknowledged, "
            f"{len(self.violations)} violations ({self.seconds:.0f} s)"
        )

    def row(self) -> dict[str, Any]:
        """Its line of the table."""
        counted = {name: self.counts[name] for name in ("acknowledged", "frames", "sent again", "refused writes")}
        return {
            "fault": self.name,
            "group": self.group,
            "times": self.times,
            **counted,
            "seconds": round(self.seconds),
            "violations": len(self.violations),
        }


def table(results: Sequence[Result]) -> str:
    """The results as a table, with sums."""
    return _table([result.row() for result in results])


def write_report(folder: Path, results: Sequence[Result], *, fence: bool, order: Sequence[str] = ()) -> None:
    """Put the results into the folder's report.json and report.md, in place of older ones of the same faults and in the
    `order` of these names."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "report.json"
    kept: dict[str, dict[str, Any]] = {}
    if path.exists():
        kept = {row["fault"]: row for row in json.loads(path.read_text())}
    at = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    for result in results:
        breaches = [f"{one.code} {one.session_id}: {one.text}" for one in result.violations]
        kept[result.name] = result.row() | {"fence": fence, "ended": at, "breaches": breaches}
    place = {name: number for number, name in enumerate(order)}
    kept = dict(sorted(kept.items(), key=lambda item: place.get(item[0], len(place))))
    path.write_text(json.dumps(list(kept.values()), indent=1) + "\n")
    said = [f"- {row['fault']}: {breach}" for row in kept.values() for breach in row["breaches"]]
    text = "\n".join(["# Faults", "", _table(list(kept.values())), "", *said]).rstrip()
    (folder / "report.md").write_text(text + "\n")


def _table(rows: Sequence[dict[str, Any]]) -> str:
    total = {"fault": "all"} | {name: sum(row[name] for row in rows) for name in _COLUMNS}
    wide = max(len(row["fault"]) for row in [*rows, total])
    lines = [
        f"| {'fault':{wide}} | " + " | ".join(_COLUMNS) + " |",
        f"| {'-' * wide} | " + " | ".join("-" * (len(name) - 1) + ":" for name in _COLUMNS) + " |",
    ]
    lines += [
        f"| {row['fault']:{wide}} | " + " | ".join(f"{row[name]:{len(name)}}" for name in _COLUMNS) + " |"
        for row in [*rows, total]
    ]
    return "\n".join(lines)
