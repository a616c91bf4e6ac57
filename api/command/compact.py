"""`bi-workbench compact`: the journal of a server that is not running, rewritten without the space of what is gone."""

from __future__ import annotations

from typing import Annotated

import typer

from api.command.serve import alone
from api.command.token import StateDir
from api.settings import load
from deployments.contracts.errors import SettingError
from deployments.contracts.journal import Retention


def compact(
    keep_results: Annotated[
        int | None, typer.Option(min=1, help="Keep the rows of so many results of each session, the newest.")
    ] = None,
    state_dir: StateDir = None,
) -> None:
    """Give the space of what was deleted back. The server must not be running."""
    from deployments.journal.compaction import compact as compacted
    from deployments.journal.store import Journal

    state = load(state=state_dir).state
    path = state / "journal.sqlite"
    if not path.is_file():
        raise SettingError(f"There is no journal in {state}.")
    with alone(state):
        journal = Journal.open(str(path))
        try:
            before, after = compacted(journal, Retention(results=keep_results) if keep_results else None)
        finally:
            journal.close()
    print(f"{path}: {before:,} bytes before, {after:,} now")
