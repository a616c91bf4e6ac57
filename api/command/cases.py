"""`bi-workbench cases`: a conversation of a running server as golden cases for `bi-workbench evaluate`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from api.client import ServerProblem, Workbench
from api.command.token import TENANT, USER, StateDir, lifetime, signed
from api.settings import load
from deployments.contracts.errors import SettingError


def cases(
    session: Annotated[str, typer.Argument(help="The session's id (bi-workbench sessions lists them).")],
    server: Annotated[str | None, typer.Option(help="Address of the running server.")] = None,
    token: Annotated[
        str | None, typer.Option(help="Token for it; signed with this machine's secret if absent.")
    ] = None,
    tenant: Annotated[str, typer.Option(help="Whose tenant.")] = TENANT,
    user: Annotated[str, typer.Option(help="Whose session.")] = USER,
    output: Annotated[Path | None, typer.Option(help="File to add the line to; printed if absent.")] = None,
    state_dir: StateDir = None,
) -> None:
    """Write a conversation as golden cases: its questions, their SQL, digests of model and data."""
    settings = load(state=state_dir)
    address = server or f"http://{settings.host}:{settings.port}"
    try:
        with Workbench(address, token or signed(settings, tenant, user, [], lifetime("5m"))) as workbench:
            line = workbench.session(session).cases()
    except ServerProblem as problem:
        raise SettingError(f"{address} says: {problem}") from None
    if output is None:
        sys.stdout.write(line)
        return
    with output.open("a", encoding="utf-8") as file:
        file.write(line)
