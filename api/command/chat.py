"""`bi-workbench chat`: a conversation at the terminal, with a running server or in this process."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Annotated

import httpx
import typer
from rich.console import Console
from rich.text import Text

from api.auth import sign
from api.client import Answer as Told
from api.client import AsyncSession, AsyncWorkbench, ServerProblem
from api.command.show import answer_of, show, sparkline
from api.command.token import TENANT, USER, StateDir, lifetime, signed
from api.settings import Settings, load

HELP = """Ask a question, or go on from the last answer: "only the US ones", "by month instead", "as a pie".
/undo  /redo  /rerun  /chart TYPE  /sql  /cases FILE  /new  /help  /quit"""
AGENTS = {
    "router": "reading the question",
    "sql_agent": "running the SQL",
    "viz_agent": "drawing the result",
    "analysis_agent": "looking behind it",
    "metadata_agent": "looking at the model",
}


def chat(
    server: Annotated[str | None, typer.Option(help="Address of a running server; in this process if absent.")] = None,
    token: Annotated[
        str | None, typer.Option(help="Token for it; signed with this machine's secret if absent.")
    ] = None,
    session: Annotated[str | None, typer.Option(help="A session of the server to go on with.")] = None,
    data: Annotated[str | None, typer.Option(help="DuckDB, CSV or Parquet file, a folder of them, or `demo`.")] = None,
    model: Annotated[str | None, typer.Option(help="Semantic model file.")] = None,
    state_dir: StateDir = None,
) -> None:
    """Talk to the data at the terminal."""
    settings = load(data=data, model=model, state=state_dir)
    with _kept_lines(settings.state / "chat_history"):
        asyncio.run(_converse(settings, server, token, session))


async def _converse(settings: Settings, server: str | None, token: str | None, session_id: str | None) -> None:
    console = Console(highlight=False, soft_wrap=True)
    if server is None:
        opened = _here(settings)
    else:
        opened = _there(server, token or signed(settings, TENANT, USER, [], lifetime("1d")))
    async with opened as workbench:
        session = workbench.session(session_id) if session_id else await workbench.create()
        console.print(Text(HELP, style="dim"))
        await Chat(workbench, session, console, lambda: asyncio.to_thread(console.input, "[bold cyan]> [/]")).run()


@contextlib.asynccontextmanager
async def _there(server: str, token: str) -> AsyncIterator[AsyncWorkbench]:
    async with AsyncWorkbench(server, token) as workbench:
        yield workbench


@contextlib.asynccontextmanager
async def _here(settings: Settings) -> AsyncIterator[AsyncWorkbench]:
    """The whole interface in this process, with nothing listening."""
    from actors.local import LocalSessions
    from api.app import create_app
    from deployments.analytics.workspace import Workspace
    from deployments.journal.service import JournalService
    from deployments.journal.store import Journal
    from deployments.local import LocalAgents

    agents = LocalAgents(Workspace.open(settings.data, settings.model))
    secret = secrets.token_urlsafe(48)
    with tempfile.TemporaryDirectory(prefix="bi-chat-") as folder:
        journal = JournalService(Journal.open(str(Path(folder) / "journal.sqlite")))
        sessions = LocalSessions(agents, journal)
        own = settings.model_copy(update={"secret": type(settings)(secret=secret).secret, "algorithms": ("HS256",)})
        asker = sign(secret, tenant_id=TENANT, user_id=USER, roles=(), lifetime=lifetime("1d"))
        transport = httpx.ASGITransport(create_app(sessions, own))
        try:
            async with AsyncWorkbench("http://here", asker, transport=transport) as workbench:
                yield workbench
        finally:
            await sessions.close()
            journal.close()
            agents.close()


@contextlib.contextmanager
def _kept_lines(path: Path) -> Iterator[None]:
    """Lines typed before can be reached with the arrow keys, where the terminal's library is there."""
    try:
        import readline
    except ImportError:
        yield
        return
    with contextlib.suppress(OSError):
        readline.read_history_file(path)
    try:
        yield
    finally:
        readline.set_history_length(500)
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            readline.write_history_file(path)
            path.chmod(0o600)


class Chat:
    """The loop: a line in, an answer out. `read` gives the next line and raises EOFError at the end."""

    def __init__(
        self, workbench: AsyncWorkbench, session: AsyncSession, console: Console, read: Callable[[], Awaitable[str]]
    ) -> None:
        self._workbench = workbench
        self._session = session
        self._console = console
        self._read = read
        self._last: Told | None = None

    async def run(self) -> None:
        """Until the end of the input or /quit. What goes wrong is told, and the conversation goes on."""
        while True:
            try:
                line = (await self._read()).strip()
            except (EOFError, KeyboardInterrupt):
                return
            if line in ("/quit", "/exit"):
                return
            if not line:
                continue
            try:
                await self._take(line)
            except ServerProblem as problem:
                self._console.print(Text(str(problem), style="red"))

    async def _take(self, line: str) -> None:
        command, _, rest = line.partition(" ")
        match command:
            case "/help":
                self._console.print(Text(HELP, style="dim"))
            case "/undo":
                self._show(await self._session.undo())
            case "/redo":
                self._show(await self._session.redo())
            case "/rerun":
                self._show(await self._session.run_again())
            case "/chart":
                self._show(await self._session.visualize(rest.strip() or "table"))
            case "/sql":
                self._console.print(
                    Text((self._last.sql if self._last else None) or "No SQL was run yet.", style="dim")
                )
            case "/cases":
                path = Path(rest.strip() or f"{self._session.session_id}.jsonl")
                await asyncio.to_thread(path.write_text, await self._session.cases(), "utf-8")
                self._console.print(
                    Text(f"Written to {path}; bi-workbench evaluate {path} asks it again.", style="dim")
                )
            case "/new":
                self._session = await self._workbench.create()
                self._last = None
                self._console.print(Text("A new conversation.", style="dim"))
            case _ if command.startswith("/"):
                self._console.print(Text(f"There is no {command}. {HELP.splitlines()[1]}", style="red"))
            case _:
                await self._ask(line)

    async def _ask(self, question: str) -> None:
        with self._console.status("…") as status:
            async for event in self._session.stream(question):
                if event.type == "stream_start":
                    status.update(AGENTS.get(event.body["agent"], event.body["agent"]))
                if event.answer is not None:
                    self._last = event.answer
        if self._last is not None:
            self._show(self._last)

    def _show(self, told: Told) -> None:
        self._last = told
        answer = answer_of(told.document).model_copy(update={"sql": None})
        show(answer, self._console)
        if line := sparkline(answer):
            self._console.print(Text(line, style="cyan"))
        if answer.success and answer.suggestions:
            self._console.print(Text(f"Ask next: {' · '.join(answer.suggestions)}", style="dim"))
