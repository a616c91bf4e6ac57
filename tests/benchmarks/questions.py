"""From question to SQL and from typed query to SQL, over every answered question of the case files."""

from __future__ import annotations

import datetime as dt
import json
import statistics
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

from deployments.analytics.sql.compiler import compile_query
from deployments.analytics.sql.guard import guard
from deployments.analytics.warehouse.demo import make_demo
from deployments.analytics.workspace import Workspace
from deployments.contracts.agents import Context, ReadRequest
from deployments.contracts.answers import ResultTable
from deployments.contracts.errors import WorkbenchError
from deployments.contracts.query import AnalyticQuery
from tests.benchmarks.floor import timed

BESIDE = Path(__file__).parents[3] / "shared" / "eval"
GOLDEN = Path(__file__).parents[1] / "evaluation"


@dataclass(slots=True)
class Asked:
    """A message with the context it was asked in, as the first round found it."""

    workspace: Workspace
    request: ReadRequest
    query: AnalyticQuery | None = None


@dataclass(slots=True)
class Times:
    """Medians over the rounds, in milliseconds, one for each message."""

    questions: list[float] = field(default_factory=list)
    follow_ups: list[float] = field(default_factory=list)
    typed: list[float] = field(default_factory=list)


def measure(rounds: int, folder: Path | None = None) -> Times:
    """Ask all conversations once to know their contexts, then time each message alone `rounds` times."""
    with tempfile.TemporaryDirectory() as made:
        asked = list(_ask_all(folder or _cases(Path(made))))
        times = Times()
        for message in asked:
            read = [timed(partial(_to_sql, message)) for _ in range(rounds)]
            (times.follow_ups if message.request.context.query else times.questions).append(statistics.median(read))
            if message.query is not None:
                typed = [
                    timed(partial(_compiled, message.workspace, message.query, message.request.as_of))
                    for _ in range(rounds)
                ]
                times.typed.append(statistics.median(typed))
        for workspace in {id(message.workspace): message.workspace for message in asked}.values():
            workspace.warehouse.close()
        return times


def _to_sql(message: Asked) -> None:
    query = message.workspace.read(message.request).query
    if query is not None:
        _compiled(message.workspace, query, message.request.as_of)


def _compiled(workspace: Workspace, query: AnalyticQuery | None, as_of: dt.date) -> str | None:
    if query is None:
        return None
    try:
        return guard(compile_query(query, workspace.model, as_of).sql, workspace.model, workspace.limits).sql
    except WorkbenchError:
        return None


def _cases(folder: Path) -> Path:
    """The development files where they are beside the checkout, else the product's own golden set with its databases."""
    if BESIDE.is_dir():
        return BESIDE
    make_demo(folder / "retail.duckdb", dt.date(2026, 6, 15), scale=0.05)
    for script in GOLDEN.glob("*.sql"):
        with duckdb.connect(str(folder / f"{script.stem}.duckdb")) as connection:
            connection.execute(script.read_text())
    for cases in GOLDEN.glob("*.jsonl"):
        (folder / cases.name).write_text(cases.read_text())
    return folder


def _ask_all(folder: Path) -> Iterator[Asked]:
    workspaces: dict[str, Workspace] = {}
    for cases in sorted(folder.glob("*.jsonl")):
        for line in cases.read_text().splitlines():
            case: dict[str, Any] = json.loads(line)
            database = case["database"]
            if database not in workspaces:
                workspaces[database] = Workspace.open(str(folder / database))
            as_of = dt.date.fromisoformat(case["as_of"]) if case.get("as_of") else dt.date.today()
            context = Context()
            for turn in case["turns"]:
                asked = Asked(workspaces[database], ReadRequest(text=turn["question"], context=context, as_of=as_of))
                asked.query = workspaces[database].read(asked.request).query
                yield asked
                context = _next(asked, context)


def _next(asked: Asked, context: Context) -> Context:
    sql = _compiled(asked.workspace, asked.query, asked.request.as_of)
    if sql is None or asked.query is None:
        return context
    try:
        result: ResultTable = asked.workspace.run(asked.query, asked.request.as_of).result
    except WorkbenchError:
        return context
    return Context(query=asked.query, columns=result.columns, rows=tuple(result.rows[:20]))
