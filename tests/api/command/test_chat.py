from __future__ import annotations

import io

import httpx
from rich.console import Console

from actors.local import LocalSessions
from api.app import create_app
from api.client import AsyncWorkbench
from api.command.chat import Chat
from api.command.show import sparkline
from api.settings import Settings
from deployments.contracts.answers import Answer, AnswerData, Intent, ResultColumn, Visualization
from tests.api.conftest import token


async def said(sessions: LocalSessions, settings: Settings, *lines: str) -> str:
    """What the terminal shows when these lines are typed."""
    waiting = list(lines)

    async def read() -> str:
        if not waiting:
            raise EOFError
        return waiting.pop(0)

    shown = Console(file=io.StringIO(), width=120)
    transport = httpx.ASGITransport(create_app(sessions, settings))
    async with AsyncWorkbench("http://testserver", token(), transport=transport) as workbench:
        await Chat(workbench, await workbench.create(), shown, read).run()
    assert isinstance(shown.file, io.StringIO)
    return shown.file.getvalue()


async def test_a_conversation_shows_rows_and_goes_back(sessions: LocalSessions, settings: Settings) -> None:
    text = await said(sessions, settings, "revenue by country", "only US", "/undo", "/sql")
    assert text.count("150.50") == 3
    assert "Back to the earlier result." in text
    assert "SELECT country" in text


async def test_what_goes_wrong_is_told_and_the_conversation_goes_on(
    sessions: LocalSessions, settings: Settings
) -> None:
    text = await said(
        sessions, settings, "/undo", "/nonsense", "/chart pie", "revenue by country", "/quit", "never read"
    )
    assert "There is no earlier result" in text
    assert "There is no /nonsense" in text
    assert "150.50" in text


async def test_a_number_along_time_is_drawn_as_a_line_of_bars() -> None:
    answer = Answer(
        success=True,
        response="",
        intent=Intent.SQL_QUERY,
        data=AnswerData(columns=("m", "r"), rows=(("2025-03-01", 30), ("2025-01-01", 10), ("2025-02-01", 20))),
        columns=(
            ResultColumn(name="m", label="m", type="date"),
            ResultColumn(name="r", label="r", type="number"),
        ),
        visualization=Visualization(type="line", x_axis="m", y_axis="r"),
    )
    assert sparkline(answer) == "▁▅█  10 to 30"
    assert sparkline(answer.model_copy(update={"visualization": None})) == ""
