"""`bi-workbench audit`: the audit log as JSON lines, checked."""

from __future__ import annotations

import json
import sys
from functools import lru_cache
from typing import Annotated, Any

import typer

from api.audit import read_log
from api.command.token import StateDir
from api.settings import load
from api.texts import Texts


def audit(
    tenant: Annotated[str | None, typer.Option(help="Of this tenant alone.")] = None,
    user: Annotated[str | None, typer.Option(help="Of this user alone.")] = None,
    since: Annotated[str, typer.Option(help="From this time on, 2025-03-15 or 2025-03-15T10:00.")] = "",
    until: Annotated[str, typer.Option(help="Before this time.")] = "",
    state_dir: StateDir = None,
) -> int:
    """Write the audit log as JSON lines, oldest first, with the texts that are still kept. Exit status 1 where a line is not as it was written."""
    settings = load(state=state_dir)
    folder = settings.audit or settings.state / "audit"
    lines: list[dict[str, Any]] = []
    broken = 0
    for path in sorted(folder.glob("*.jsonl")):
        try:
            lines.extend(read_log(path))
        except ValueError as error:
            broken += 1
            print(f"bi-workbench: {error}", file=sys.stderr)
    if lines:
        texts = Texts(folder)
        kept = lru_cache(maxsize=256)(texts.of)
        for line in sorted(lines, key=lambda line: str(line["at"])):
            wanted = (tenant is None or line["tenant_id"] == tenant) and (user is None or line["user_id"] == user)
            if wanted and since <= line["at"] and (not until or line["at"] < until):
                told = texts.told(line, kept(str(line.get("session_id", ""))))
                print(json.dumps(told, ensure_ascii=False))
    return 1 if broken else 0
