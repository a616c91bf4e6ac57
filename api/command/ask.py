"""`bi-workbench ask`: a conversation in this process, without a server."""

from __future__ import annotations

import asyncio
import datetime as dt
import sys
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer

from api.client import ServerProblem, Workbench
from api.command.show import answer_of, show
from api.command.token import TENANT, USER, lifetime, signed
from api.protocol import new_message_id
from api.settings import load
from api.wire import dumps
from deployments.contracts.agents import Reading, ReadRequest
from deployments.contracts.answers import Answer
from deployments.contracts.errors import SettingError
from deployments.contracts.identity import Principal
from deployments.contracts.sessions import SendMessage

_ASKER = Principal(tenant_id="local", user_id="local")


def ask(
    questions: Annotated[list[str], typer.Argument(help="A question, and what follows on it.", show_default=False)],
    data: Annotated[str | None, typer.Option(help="DuckDB, CSV or Parquet file, a folder of them, or `demo`.")] = None,
    model: Annotated[str | None, typer.Option(help="Semantic model file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole answer, one line of JSON each.")] = False,
    explain: Annotated[bool, typer.Option(help="Print every stage of the reading.")] = False,
    as_of: Annotated[str | None, typer.Option(help="The day to take as today, 2025-03-15.")] = None,
    server: Annotated[str | None, typer.Option(help="Address of a running server to ask instead.")] = None,
    token: Annotated[
        str | None, typer.Option(help="Token for it; signed with this machine's secret if absent.")
    ] = None,
    session: Annotated[str | None, typer.Option(help="A session of the server to go on with.")] = None,
) -> None:
    """Ask in this process, or a running server. Several questions are one conversation."""
    day = _day(as_of)
    settings = load(data=data, model=model)
    if any(not question.strip() for question in questions):
        raise SettingError("A question must not be empty.")
    if server is not None:
        here = {"--data": data, "--model": model, "--as-of": as_of, "--explain": explain or None}
        if meant := [option for option, given in here.items() if given is not None]:
            raise SettingError(f"{meant[0]} is for asking in this process; a server has its own.")
        _ask_server(server, token or signed(settings, TENANT, USER, [], lifetime("1h")), session, questions, as_json)
        return
    if session is not None:
        raise SettingError("--session belongs to a server; name it with --server.")
    answered = True
    for answer, reading in asyncio.run(_converse(settings.data, settings.model, questions, day)):
        answered = answered and answer.success
        if explain and reading is not None:
            _print(reading.explanation)
        if as_json:
            _print(answer)
        else:
            show(answer)
    if not answered:
        raise typer.Exit(1)


def _ask_server(address: str, token: str, session_id: str | None, questions: list[str], as_json: bool) -> None:
    answered = True
    try:
        with Workbench(address, token) as workbench:
            session = workbench.session(session_id) if session_id else workbench.create()
            for question in questions:
                told = session.ask(question)
                answered = answered and told.success
                if as_json:
                    _print(told.document)
                else:
                    show(answer_of(told.document))
    except ServerProblem as problem:
        raise SettingError(f"{address} says: {problem}") from None
    if not answered:
        raise typer.Exit(1)


async def _converse(
    data: str, model: str | None, questions: list[str], day: dt.date
) -> list[tuple[Answer, Reading | None]]:
    from actors.local import LocalSessions
    from deployments.analytics.workspace import Workspace
    from deployments.journal.service import JournalService
    from deployments.journal.store import Journal
    from deployments.local import LocalAgents

    class Noting(LocalAgents):
        """Agents that keep the last reading, to be explained."""

        last: Reading | None = None

        async def read(self, principal: Principal, request: ReadRequest) -> Reading:
            """Understand a message."""
            self.last = await super().read(principal, request)
            return self.last

    agents = Noting(Workspace.open(data, model))
    with tempfile.TemporaryDirectory(prefix="bi-ask-") as folder:
        journal = JournalService(Journal.open(str(Path(folder) / "journal.sqlite")))
        sessions = LocalSessions(agents, journal, today=lambda: day)
        try:
            session = await sessions.create(_ASKER)
            answers: list[tuple[Answer, Reading | None]] = []
            for question in questions:
                agents.last = None
                command = SendMessage(content=question, message_id=new_message_id())
                answers.append((await sessions.perform(_ASKER, session.session_id, command), agents.last))
        finally:
            await sessions.close()
            journal.close()
            agents.close()
    return answers


def _day(text: str | None) -> dt.date:
    if text is None:
        return dt.date.today()
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise SettingError(f"'{text}' is not a day; expected one like 2025-03-15.") from None


def _print(value: Any) -> None:
    sys.stdout.write(dumps(value).decode() + "\n")
