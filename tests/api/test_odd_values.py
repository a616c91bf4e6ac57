"""Awkward values at the terminal and in the Python client. The page has its own tests."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from rich.console import Console

from actors.local import LocalSessions
from api.app import create_app
from api.client import AsyncSession, AsyncWorkbench
from api.command.show import answer_of, show
from api.settings import Settings
from deployments.analytics.workspace import Workspace
from deployments.journal.service import JournalService
from deployments.journal.store import Journal
from deployments.local import LocalAgents
from tests.api.conftest import SECRET, token
from tests.api.odd_data import LONG, MARKUP, RIGHT_TO_LEFT, make


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return Workspace.open(make(tmp_path_factory.mktemp("odd") / "odd.duckdb"))


@pytest.fixture
async def session(odd: Workspace, tmp_path: Path) -> AsyncIterator[AsyncSession]:
    agents = LocalAgents(odd)
    journal = JournalService(Journal.open(str(tmp_path / "journal.sqlite")))
    sessions = LocalSessions(agents, journal)
    transport = httpx.ASGITransport(create_app(sessions, Settings(secret=SecretStr(SECRET), state=tmp_path)))
    async with AsyncWorkbench("http://here", token(), transport=transport) as workbench:
        yield await workbench.create()
    await sessions.close()
    journal.close()
    agents.close()


async def printed(session: AsyncSession, question: str, width: int = 100) -> list[str]:
    console = Console(file=io.StringIO(), width=width, force_terminal=True, color_system=None, soft_wrap=True)
    show(answer_of((await session.ask(question)).document), console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


async def test_a_terminal_shows_one_line_a_row_and_says_which_columns_did_not_fit(session: AsyncSession) -> None:
    lines = await printed(session, "list all odd values")
    rows = lines[3:9]
    assert all(len(line) <= 100 for line in lines[1:9])
    labels = {row.split("│")[0].strip() for row in rows}
    assert {"–", "(blank)"} <= labels
    assert any(label.startswith("<b>bold</b><script>") for label in labels)
    assert any(label.startswith(RIGHT_TO_LEFT) for label in labels)
    (long,) = (row for row in rows if row.startswith("Long very"))
    assert "…" in long
    wide = await printed(session, "list all wide rows")
    assert "… and 50 columns that did not fit; --json has all" in [line.strip() for line in wide]


async def test_a_terminal_says_how_many_rows_it_did_not_show(session: AsyncSession) -> None:
    lines = await printed(session, "list all many events")
    assert "… and 9,975 more rows" in lines
    assert lines[0] == "Here are many events. Only the first 10,000 rows are kept; there are more."
    assert (await printed(session, "list odd values where amount > 999999999999999"))[0].startswith("There are no")
    assert (await printed(session, "list all single things"))[3].split() == ["1", "│", "only", "one", "│", "5"]


async def test_the_client_keeps_every_value_and_escapes_what_a_notebook_shows(session: AsyncSession) -> None:
    answer = await session.ask("list all odd values")
    by_label = {row[0]: row for row in answer.rows}
    assert set(by_label) == {MARKUP, RIGHT_TO_LEFT, None, LONG, "日本語 🙂", ""}
    assert str(by_label[MARKUP][2]) == "-1234567.8910"
    shown = (await session.shown(answer))._repr_html_()
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown
    assert answer.to_arrow().num_rows == len(answer.to_pandas()) == 6
    every = await session.arrow(answer)
    assert 1e-9 in every.column("ratio").to_pylist()
    assert every.column("label").null_count == 1


async def test_a_notebook_shows_the_chart_beside_the_rows(session: AsyncSession) -> None:
    shown = (await session.ask("average ratio by label"))._repr_html_()
    assert shown.count("<svg") == 1
    assert shown.index("<svg") < shown.index("<table")
    assert "<svg" not in (await session.ask("list all single things"))._repr_html_()


async def test_the_client_has_all_rows_that_are_kept_and_none_where_there_are_none(session: AsyncSession) -> None:
    many = await session.ask("list all many events")
    assert (len(many.rows), many.row_count) == (1_000, 10_000)
    assert (await session.arrow(many)).num_rows == 10_000
    none = await session.ask("list odd values where amount > 999999999999999")
    assert none.success
    assert none.to_arrow().num_rows == len(none.to_pandas()) == 0
    assert (await session.arrow(none)).column_names == none.columns
