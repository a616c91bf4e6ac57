"""Ask whole conversations and score the answers by execution.

A case is one line of JSON: {"id", "database", "turns": [{"question", "gold_sql": [sql, ...] or null, "as_of"?,
"kind"?: "refine", "remove"?: part, "replace"?: part}], "as_of"?, "category"?, "class"?, "model_sha256"?, "data_sha256"?}; `database` is
relative to the file, or "demo". Digests that are no longer those of model and data are told. A turn without gold SQL may say
what it is instead: its `intent`, and of a question about the data its `topic` ({"kind", "names"}). A turn is right when, for one gold query, the answer has as many
rows as the gold result and each gold column matches an answer column of its own: as a multiset of rows, or as a list
where the gold query has a top-level ORDER BY. Extra answer columns are allowed; `strict` counts those without.
"""

from __future__ import annotations

import collections
import datetime as dt
import itertools
import json
import math
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import sqlglot

from deployments.analytics.dialogue import Dialogue
from deployments.analytics.fingerprint import fingerprint
from deployments.analytics.workspace import Workspace
from deployments.contracts.errors import DataError, InvalidQuery, WorkbenchError
from deployments.contracts.limits import Limits

Verdict = Literal["right", "wrong", "unanswered"]

_ALL_ROWS = Limits(rows=1_000_000)


@dataclass(slots=True)
class Report:
    """What was answered (`answers`, one dict a case, for saving) and how well."""

    answers: list[dict[str, Any]]
    summary: dict[str, Any]
    misses: list[dict[str, Any]]
    notes: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """The summary in words."""
        s = self.summary
        out = [
            (
                f"turns {s['turns']}  right {s['right']:.1%}  strict {s['strict']:.1%}  unanswered {s['unanswered']:.1%}  "
                f"right of those answered {s['precision']:.1%}  whole conversations {s['whole']:.1%}"
            ),
            f"latency ms: p50 {s['p50_ms']:.1f}  p99 {s['p99_ms']:.1f}",
        ]
        for kind in ("category", "class"):
            for name, (right, total, answered) in sorted(s.get(kind, {}).items()):
                of_those = "" if answered == total else f", {right}/{answered} of those answered"
                out.append(f"  {kind} {name}: {right}/{total}{of_those}")
        return out + self.notes


def evaluate(
    cases: Path,
    *,
    model_file: str | None = None,
    data: str | None = None,
    on_case: Callable[[int, int], None] | None = None,
) -> Report:
    """Ask every conversation of the file in order, of `data` where it is given and else of each one's own database.
    Raises DataError where the file or a database cannot be read."""
    conversations = _read(cases)
    workspaces: dict[str, Workspace] = {}
    answers, misses = [], []
    count: collections.Counter[str] = collections.Counter()
    groups: dict[str, dict[str, list[int]]] = {"category": {}, "class": {}}
    times: list[float] = []
    verdicts: dict[str, Verdict] = {}
    notes: list[str] = []
    gold = GoldRunner(workspaces)
    for number, case in enumerate(conversations):
        database = case["database"]
        if database not in workspaces:
            workspaces[database] = Workspace.open(data or _found(cases.parent, database), model_file, _ALL_ROWS)
            workspaces[database].reader  # noqa: B018 - the index is built before the clock starts
        notes += _moved_on(case, workspaces[database])
        as_of = dt.date.fromisoformat(case["as_of"]) if case.get("as_of") else dt.date.today()
        dialogue = Dialogue(workspaces[database], as_of)
        turns, whole = [], True
        for position, turn in enumerate(case["turns"], start=1):
            if turn.get("as_of"):
                dialogue.as_of = dt.date.fromisoformat(turn["as_of"])
            answer = _ask(dialogue, turn)
            times.append(answer["elapsed_ms"])
            turns.append(answer)
            answered = answer["rows"] is not None
            if turn.get("gold_sql"):
                try:
                    right, strict = gold.score(database, turn["gold_sql"], answer["rows"])
                except InvalidQuery as error:
                    raise DataError(
                        f"{cases}: the gold SQL of case {case['id']}, turn {position}: {error.detail}"
                    ) from error
            elif turn.get("intent") or turn.get("topic"):
                right = strict = all(answer[kind] == turn[kind] for kind in ("intent", "topic") if turn.get(kind))
                answered = answered or right
            else:
                continue
            verdicts[f"{case['id']}, turn {position}: {turn['question']}"] = (
                "right" if right else "wrong" if answered else "unanswered"
            )
            count.update(turns=1, right=right, strict=strict, unanswered=not answered)
            for kind, table in groups.items():
                if case.get(kind):
                    entry = table.setdefault(case[kind], [0, 0, 0])
                    for place, more in enumerate((right, True, answered)):
                        entry[place] += more
            whole = whole and right
            if not right:
                misses.append(
                    {"id": case["id"], "question": turn["question"], "answer": answer, "gold": turn.get("gold_sql")}
                )
        count.update(conversations=1, whole=whole)
        answers.append({"id": case["id"], "turns": turns})
        if on_case is not None:
            on_case(number + 1, len(conversations))
    return Report(answers, _summary(count, groups, times) | {"verdicts": verdicts}, misses, notes)


def _found(folder: Path, database: str) -> str:
    path = folder / database
    return "demo" if database == "demo" and not path.exists() else str(path)


def _moved_on(case: dict[str, Any], workspace: Workspace) -> list[str]:
    """What is no longer as it was when the case was made, in words."""
    if not (case.get("model_sha256") or case.get("data_sha256")):
        return []
    now = fingerprint(workspace)
    changed = [
        what
        for what, before, after in (
            ("model", case.get("model_sha256"), now.model_sha256),
            ("data", case.get("data_sha256"), now.data_sha256),
        )
        if before and before != after
    ]
    return [f"case {case['id']}: the {' and the '.join(changed)} changed since it was made"] if changed else []


def _summary(
    count: collections.Counter[str], groups: dict[str, dict[str, list[int]]], times: list[float]
) -> dict[str, Any]:
    turns, answered = count["turns"] or 1, (count["turns"] - count["unanswered"]) or 1
    ordered = sorted(times) or [0.0]
    return {
        "turns": count["turns"], "right": count["right"] / turns, "strict": count["strict"] / turns,
        "unanswered": count["unanswered"] / turns, "precision": count["right"] / answered,
        "conversations": count["conversations"], "whole": count["whole"] / (count["conversations"] or 1),
        "p50_ms": statistics.median(ordered), "p99_ms": ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))],
        **{kind: {name: tuple(pair) for name, pair in table.items()} for kind, table in groups.items()},
    }  # fmt: skip


def changes(earlier: dict[str, Any], now: dict[str, Any]) -> tuple[list[str], bool]:
    """What differs between two summaries, in words, and whether nothing got worse: no figure of rightness, and no turn
    that was right before. Summaries of other cases are compared where they share turns."""
    lines = [
        f"{name}: {earlier[name]:.4g} -> {after:.4g}"
        for name, after in now.items()
        if isinstance(after, int | float) and isinstance(earlier.get(name), int | float) and earlier[name] != after
    ]
    for kind in ("category", "class"):
        before = earlier.get(kind, {})
        for name, (right, total, *_) in sorted(now.get(kind, {}).items()):
            if name in before and tuple(before[name][:2]) != (right, total):
                lines.append(f"{kind} {name}: {before[name][0]}/{before[name][1]} -> {right}/{total}")
    known = earlier.get("verdicts", {})
    moved = [
        (turn, known[turn], verdict) for turn, verdict in now["verdicts"].items() if known.get(turn, verdict) != verdict
    ]
    lines += [
        f"{old} -> {new}: {turn}" for turn, old, new in sorted(moved, key=lambda move: (move[1] != "right", move[0]))
    ]
    return lines, now["right"] >= earlier["right"] and all(old != "right" for _, old, _ in moved)


def _read(cases: Path) -> list[dict[str, Any]]:
    try:
        lines = [line for line in cases.read_text(encoding="utf-8").splitlines() if line.strip()]
        found = [json.loads(line) for line in lines]
    except OSError as error:
        raise DataError(f"cannot read {cases}: {error.strerror}") from error
    except ValueError as error:
        raise DataError(f"{cases} is not JSON lines: {error}") from error
    for number, case in enumerate(found, start=1):
        for name in ("id", "database", "turns"):
            if not isinstance(case, dict) or name not in case:
                raise DataError(f"{cases}, line {number}: a case needs “{name}”")
        if not isinstance(case["turns"], list) or not all(
            isinstance(t, dict) and t.get("question") for t in case["turns"]
        ):
            raise DataError(f"{cases}, line {number}: each of “turns” needs a “question”")
    return found


def _ask(dialogue: Dialogue, turn: dict[str, Any]) -> dict[str, Any]:
    started = time.perf_counter()
    question = turn["question"]
    answer: dict[str, Any] = {"question": question, "intent": None, "sql": None, "columns": None, "rows": None,
                              "query": None, "topic": None, "confidence": 0.0, "error": None}  # fmt: skip
    try:
        reading, result, sql = dialogue.ask(
            question, refine=turn.get("kind") == "refine", remove=turn.get("remove"), replace=turn.get("replace")
        )
    except WorkbenchError as error:
        answer["error"] = f"{error.code}: {error.detail}"
    else:
        answer["intent"], answer["confidence"], answer["sql"] = reading.intent.value, reading.confidence, sql
        if reading.query is not None:
            answer["query"] = reading.query.model_dump(mode="json", exclude_defaults=True)
        if reading.topic is not None:
            answer["topic"] = reading.topic.model_dump(mode="json", include={"kind", "names"})
        if reading.clarification is not None:
            answer["error"] = reading.clarification.question
        if result is not None:
            answer["columns"] = [column.name for column in result.columns]
            answer["rows"] = [[_plain(cell) for cell in row] for row in result.rows]
    answer["elapsed_ms"] = (time.perf_counter() - started) * 1000
    return answer


def _plain(cell: Any) -> Any:
    if isinstance(cell, dt.datetime | dt.date | dt.time):
        return cell.isoformat()
    if cell is None or isinstance(cell, bool | int | float | str):
        return cell
    return float(cell)


# --- scoring ---------------------------------------------------------------------------------------------------------


class GoldRunner:
    """Runs gold queries on the cases' databases and compares rows."""

    def __init__(self, workspaces: dict[str, Workspace]) -> None:
        self.workspaces = workspaces
        self._results: dict[tuple[str, str], list[tuple[Any, ...]]] = {}

    def rows(self, database: str, sql: str) -> list[tuple[Any, ...]]:
        """The gold rows. Gold queries are the file owner's own: they run as they are, on the read-only warehouse."""
        if (database, sql) not in self._results:
            self._results[database, sql] = self.workspaces[database].warehouse.query(sql)
        return self._results[database, sql]

    def score(self, database: str, golds: list[str], rows: list[Any] | None) -> tuple[bool, bool]:
        """(right, right without extra columns)."""
        if rows is None:
            return False, False
        right = strict = False
        for sql in golds:
            gold = self.rows(database, sql)
            ordered = sqlglot.parse_one(sql, read="duckdb").args.get("order") is not None
            if matches(gold, rows, ordered):
                right = True
                strict = strict or not gold or len(gold[0]) == len(rows[0])
        return right, strict


def matches(gold: list[tuple[Any, ...]], answer: list[Any], ordered: bool) -> bool:
    """Whether each gold column maps to its own answer column with the same rows."""
    if len(gold) != len(answer):
        return False
    if not gold:
        return True
    width, wide = len(gold[0]), len(answer[0])
    if wide < width:
        return False
    mine = [sorted(_key(row[j]) for row in answer) for j in range(wide)]
    options = []
    for i in range(width):
        theirs = sorted(_key(row[i]) for row in gold)
        options.append([j for j in range(wide) if all(map(_same_key, theirs, mine[j]))])
    picks: Iterable[tuple[int, ...]] = itertools.chain(
        [tuple(range(width))], itertools.islice(itertools.product(*options), 5000)
    )
    return any(
        len(set(pick)) == width and _same_rows(gold, [[row[j] for j in pick] for row in answer], ordered)
        for pick in picks
    )


def _same_rows(gold: list[Any], answer: list[Any], ordered: bool) -> bool:
    if not ordered:
        gold, answer = (sorted(rows, key=lambda row: [_key(v) for v in row]) for rows in (gold, answer))
    return all(_close(a, b) for left, right in zip(gold, answer, strict=True) for a, b in zip(left, right, strict=True))


def _norm(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat().removesuffix("T00:00:00")
    if isinstance(value, str):
        text = value.strip()
        try:
            return float(text)
        except ValueError:
            text = text.replace(" ", "T", 1) if text[:4].isdigit() and text[4:5] == "-" else text
            return text.lower() if text.lower() in ("true", "false") else text.removesuffix("T00:00:00")
    if value is None:
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        return str(value)
    return None if math.isnan(number) else number


def _key(value: Any) -> tuple[str, Any]:
    value = _norm(value)
    if isinstance(value, float):
        return "n", float(f"{value:.4g}")
    return ("z", "") if value is None else ("s", value)


def _same_key(a: tuple[str, Any], b: tuple[str, Any]) -> bool:
    return a == b or (a[0] == b[0] == "n" and _close(a[1], b[1]))


def _close(a: Any, b: Any) -> bool:
    a, b = _norm(a), _norm(b)
    if isinstance(a, float) and isinstance(b, float):
        return abs(a - b) <= 1e-4 * max(1.0, abs(a), abs(b))
    return bool(a == b)
