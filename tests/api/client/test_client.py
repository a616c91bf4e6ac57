from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal

import httpx
import pytest

from actors.local import LocalSessions
from api.app import create_app
from api.client import AsyncSession, AsyncWorkbench, ServerProblem, Workbench
from api.client.exchange import EventReader
from api.settings import Settings
from tests.api.conftest import token


@pytest.fixture
async def workbench(sessions: LocalSessions, settings: Settings) -> AsyncIterator[AsyncWorkbench]:
    transport = httpx.ASGITransport(create_app(sessions, settings))
    async with AsyncWorkbench("http://testserver", token(), transport=transport) as opened:
        yield opened


@pytest.fixture
async def session(workbench: AsyncWorkbench) -> AsyncSession:
    return await workbench.create("Sales")


async def test_an_answer_has_its_rows_exactly_in_every_form(session: AsyncSession) -> None:
    answer = await session.ask("revenue by country")
    assert answer.success
    assert answer.rows == [["US", Decimal("150.50")], ["DE", Decimal("20.00")], [None, None]]
    assert answer.to_arrow().column("revenue").to_pylist() == [Decimal("150.50"), Decimal("20.00"), None]
    assert (await session.arrow(answer)).column("revenue").to_pylist() == [Decimal("150.50"), Decimal("20.00"), None]
    assert "<td>US</td>" in answer._repr_html_()


async def test_a_conversation_goes_forth_and_back_and_branches(session: AsyncSession) -> None:
    first = await session.ask("revenue by country")
    assert (await session.refine("only US")).row_count == 1
    assert (await session.undo()).row_count == 3
    assert (await session.redo()).row_count == 1
    assert (await session.visualize("pie")).document["visualization"]["type"] == "pie"
    branch = await session.branch(first.message_id)
    assert len(await branch.history()) == 2
    assert await session.cancel() is False


async def test_a_stream_ends_with_the_answer(session: AsyncSession) -> None:
    events = [event async for event in session.stream("revenue by country")]
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert [event.answer.row_count for event in events if event.answer] == [3]
    assert events[-1].type == "stream_end"


async def test_sessions_are_listed_and_deleted(workbench: AsyncWorkbench, session: AsyncSession) -> None:
    assert [found["title"] for found in await workbench.sessions("sales")] == ["Sales"]
    await session.delete()
    assert await workbench.sessions() == []
    with pytest.raises(ServerProblem) as caught:
        await session.ask("revenue by country")
    assert (caught.value.status, caught.value.code) == (404, "session_not_found")


async def test_what_failed_on_the_way_is_sent_again_and_nothing_runs_twice() -> None:
    sent: list[bytes] = []

    def handle(request: httpx.Request) -> httpx.Response:
        sent.append(request.content)
        if len(sent) == 1:
            raise httpx.ConnectError("gone")
        return httpx.Response(200, json={"success": True, "response": "Hello."})

    async with AsyncWorkbench("http://server", "t", transport=httpx.MockTransport(handle)) as workbench:
        assert (await workbench.session("sess-1").ask("hello")).text == "Hello."
    assert len(sent) == 2
    assert sent[0] == sent[1]
    assert b"message_id" in sent[0]


async def test_the_waiting_client_says_the_same(address: str) -> None:
    def work() -> list[object]:
        with Workbench(f"http://{address}", token()) as workbench:
            session = workbench.create()
            events = list(session.stream("revenue by country"))
            answer = session.refine("only US")
            return [events[-1].type, answer.rows, session.arrow(answer).num_rows, workbench.suggestions()]

    found = await asyncio.to_thread(work)
    assert found == ["stream_end", [["US", Decimal("150.50")]], 1, ["revenue by country"]]


def test_an_event_stream_may_come_in_any_pieces_and_an_error_in_it_is_raised() -> None:
    reader = EventReader()
    lines = ["id: 1", "event: text", 'data: {"type":"text",', 'data: "seq":1,"turn_id":"t"}']
    assert [event for line in lines for event in reader.take(line)] == []
    assert [event.type for event in reader.take("")] == ["text"]
    assert list(reader.take(": waiting")) == []
    list(reader.take('data: {"type":"error","seq":2,"code":"overloaded","detail":"Busy."}'))
    with pytest.raises(ServerProblem, match="Busy"):
        list(reader.take(""))
