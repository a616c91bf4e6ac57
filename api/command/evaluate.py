"""`bi-workbench evaluate`: ask conversations with known answers and say how many come out right."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from api.wire import dumps
from deployments.contracts.errors import SettingError

Summary = Annotated[Path | None, typer.Option(help="Where to keep the summary.")]


def evaluate(
    cases: Annotated[Path, typer.Argument(help="Conversations, one a line of JSON.")],
    answers: Annotated[
        Path | None, typer.Option(help="File to write every answer to, one conversation a line.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="Semantic model file for all databases.")] = None,
    data: Annotated[str | None, typer.Option(help="Data to ask, in place of the cases' own.")] = None,
    save: Summary = None,
    against: Annotated[Path | None, typer.Option(help="A summary kept before, to compare with.")] = None,
) -> None:
    """Ask whole conversations and score the answers where gold SQL is given."""
    from deployments.analytics.evaluation import changes
    from deployments.analytics.evaluation import evaluate as asked

    earlier = _read(against) if against else None
    report = asked(cases, model_file=model, data=data, on_case=_progress if sys.stderr.isatty() else None)
    if answers:
        answers.write_bytes(b"".join(dumps(case) + b"\n" for case in report.answers))
    if save:
        save.write_bytes(dumps(report.summary) + b"\n")
    for line in report.lines():
        print(line)
    if earlier is not None:
        differences, held = changes(earlier, report.summary)
        for line in differences:
            print(line)
        if not held:
            raise typer.Exit(1)


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (ValueError, UnicodeDecodeError):
        found = None
    if not isinstance(found, dict) or not isinstance(found.get("right"), int | float):
        raise SettingError(f"{path} is not a summary that --save wrote.")
    return found


def _progress(done: int, total: int) -> None:
    print(f"\r{done}/{total}", end="" if done < total else "\n", file=sys.stderr, flush=True)
