from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from actors.local import LocalSessions
from api import websocket as served
from api.admission import Admission
from api.app import create_app
from api.settings import Settings
from deployments.contracts.errors import WarehouseUnavailable
from deployments.contracts.identity import Principal
from deployments.contracts.sessions import SendMessage
from tests.actors.agents import HeldAgents
from tests.api.conftest import SECRET, SESSIONS, bearer, serving, token
from tests.api.tokens import expired

ASK = {"type": "message", "content": "revenue by country"}


class Peer:
    """A client of one socket."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def say(self, **frame: Any) -> None:
        await self.connection.send(json.dumps(frame))

    async def hear(self) -> dict[str, Any]:
        async with asyncio.timeout(10):
            found: dict[str, Any] = json.loads(await self.connection.recv())
        return found

    async def until(self, kind: str) -> list[dict[str, Any]]:
        """The frames up to the first of this type."""
        frames = [await self.hear()]
        while frames[-1]["type"] != kind:
            frames.append(await self.hear())
        return frames

    async def _drain(self) -> None:
        while True:
            await self.connection.recv()

    async def closed(self) -> int:
        """The code with which the server closes the socket."""
        async with asyncio.timeout(10):
            with pytest.raises(ConnectionClosed) as end:
                await self._drain()
        assert end.value.rcvd is not None
        return int(end.value.rcvd.code)


@asynccontextmanager
async def joined(address: str, session_id: str, using: str | None = None) -> AsyncIterator[Peer]:
    url = f"ws://{address}/ws/chat/{session_id}?token={using if using is not None else token()}"
    async with connect(url) as connection:
        yield Peer(connection)


@pytest.fixture
async def session_id(sessions: LocalSessions, client: httpx.AsyncClient) -> str:
    return str((await client.post(SESSIONS, json={})).json()["session_id"])


async def test_a_question_is_answered_in_frames(address: str, session_id: str) -> None:
    async with joined(address, session_id) as peer:
        await peer.say(**ASK)
        frames = await peer.until("stream_end")
    assert [frame["seq"] for frame in frames] == list(range(1, len(frames) + 1))
    assert len({frame["turn_id"] for frame in frames}) == 1
    assert [frame["agent"] for frame in frames if frame["type"] == "stream_start"] == [
        "router",
        "sql_agent",
        "viz_agent",
    ]
    result = frames[-2]
    assert result["type"] == "result"
    assert result["data"].keys() >= {"sql", "visualization", "insights"}
    assert result["data"]["data"]["rows"][0] == ["US", 150.5]


async def test_the_token_may_stand_in_the_header_or_the_subprotocols(address: str, session_id: str) -> None:
    url = f"ws://{address}/ws/chat/{session_id}"
    async with connect(url, additional_headers=bearer()) as connection:
        await Peer(connection).say(type="ping")
        assert (await Peer(connection).hear())["type"] == "pong"
    async with connect(url, subprotocols=[Subprotocol("bearer"), Subprotocol(token())]) as connection:
        assert connection.subprotocol == "bearer"
        await Peer(connection).say(type="ping")
        assert (await Peer(connection).hear())["type"] == "pong"


@pytest.mark.parametrize("bad", ["", "nonsense", "a.b.c", expired()])
async def test_a_token_that_cannot_be_trusted_closes_with_4401(address: str, session_id: str, bad: str) -> None:
    async with joined(address, session_id, bad) as peer:
        assert await peer.closed() == 4401


@pytest.mark.parametrize("using", [("bob", "acme"), ("ann", "other"), ("root", "acme", "admin")])
async def test_the_session_of_another_closes_with_4404(address: str, session_id: str, using: tuple[str, ...]) -> None:
    async with joined(address, session_id, token(*using)) as peer:
        assert await peer.closed() == 4404


@pytest.mark.parametrize("unknown", ["sess-none", "%00", "a%20b", "x" * 500])
async def test_an_unknown_session_closes_with_4404(address: str, unknown: str) -> None:
    async with joined(address, unknown) as peer:
        assert await peer.closed() == 4404


async def test_a_token_that_expires_ends_the_socket_with_4401(
    address: str, session_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with joined(address, session_id, token(seconds=-29.5)) as peer:
        assert await peer.closed() == 4401


async def test_a_frame_that_is_too_large_closes_with_1009(address: str, session_id: str) -> None:
    async with joined(address, session_id) as peer:
        await peer.connection.send("x" * 65_537)
        assert await peer.closed() == 1009
    async with joined(address, session_id) as peer:
        await peer.connection.send(b"x" * 65_537)
        assert await peer.closed() == 1009


async def test_a_frame_that_is_none_is_told_and_the_socket_goes_on(address: str, session_id: str) -> None:
    async with joined(address, session_id) as peer:
        for bad in ("{", "[]", '{"type": "shout"}', '{"type": "message", "content": " "}', b"bytes"):
            await peer.connection.send(bad)
            error = await peer.hear()
            assert error["type"] == "error"
            assert error["code"] == "invalid_request"
            assert error["turn_id"] is None
            assert error["seq"] == 0
        await peer.say(**ASK)
        assert (await peer.until("stream_end"))[-2]["type"] == "result"


async def test_too_many_outstanding_messages_close_with_4409(address: str, session_id: str, agents: HeldAgents) -> None:
    agents.hold("read")
    async with joined(address, session_id) as peer:
        for number in range(9):
            await peer.say(**ASK, message_id=f"m-{number}")
        assert await peer.closed() == 4409
    agents.release("read")


async def test_messages_are_answered_in_the_order_they_came(address: str, session_id: str) -> None:
    async with joined(address, session_id) as peer:
        for text in ("hello", "revenue by country", "only us", "what tables are there"):
            await peer.say(type="message", content=text)
        ends = [(await peer.until("stream_end"))[-2]["data"]["intent"] for _ in range(4)]
    assert ends == ["conversation", "sql_query", "refinement", "metadata"]


async def test_refine_visualize_undo_and_redo_are_turns(address: str, session_id: str) -> None:
    async with joined(address, session_id) as peer:
        await peer.say(**ASK)
        await peer.say(type="refine", content="only US")
        await peer.say(type="visualize", chart_type="pie")
        await peer.say(type="undo")
        await peer.say(type="redo")
        rows = [len((await peer.until("stream_end"))[-2]["data"]["data"]["rows"]) for _ in range(5)]
    assert rows == [3, 1, 1, 3, 1]


async def test_an_error_of_a_turn_is_told_once_to_everyone(address: str, session_id: str, agents: HeldAgents) -> None:
    agents.errors["run"] = WarehouseUnavailable("The data is being replaced.")
    async with joined(address, session_id) as asker, joined(address, session_id) as other:
        await asker.say(**ASK)
        told = await asker.until("stream_end")
        assert [frame["type"] for frame in told].count("error") == 1
        assert told[-2]["code"] == "warehouse_unavailable"
        assert await other.until("stream_end") == told
        await asker.say(type="ping")
        assert (await asker.hear())["type"] == "pong"


async def test_a_refinement_without_a_query_is_an_error_frame(address: str, session_id: str) -> None:
    async with joined(address, session_id) as peer:
        await peer.say(type="refine", content="only US")
        frames = await peer.until("stream_end")
        assert (frames[-2]["type"], frames[-2]["code"]) == ("error", "no_previous_query")


async def test_cancel_stops_the_running_turn(address: str, session_id: str, agents: HeldAgents) -> None:
    reached = agents.hold("run")
    async with joined(address, session_id) as peer:
        await peer.say(type="cancel")
        assert {"type": "status", "state": "idle", "turn_id": None}.items() <= (await peer.hear()).items()
        await peer.say(**ASK)
        await reached.wait()
        await peer.say(type="cancel")
        assert (await peer.until("stream_end"))[-2]["type"] == "cancelled"
    assert agents.interrupted == 1


async def test_everyone_who_follows_sees_the_same_frames_whoever_asked(
    address: str, session_id: str, client: httpx.AsyncClient
) -> None:
    async with joined(address, session_id) as one, joined(address, session_id) as two:
        await one.say(**ASK)
        first = await one.until("stream_end")
        assert await two.until("stream_end") == first
        await client.post(f"{SESSIONS}/{session_id}/messages", json={"message": "only us"})
        assert await one.until("stream_end") == await two.until("stream_end")


async def test_a_repeated_message_is_told_its_first_end_again(
    address: str, session_id: str, agents: HeldAgents
) -> None:
    async with joined(address, session_id) as peer:
        await peer.say(**ASK, message_id="m-1")
        first = await peer.until("stream_end")
        calls = list(agents.calls)
        await peer.say(**ASK, message_id="m-1")
        assert await peer.until("stream_end") == first[-2:]
    async with joined(address, session_id) as peer:
        await peer.say(**ASK, message_id="m-1")
        assert await peer.until("stream_end") == first[-2:]
    assert agents.calls == calls


async def test_resume_gives_what_came_after_and_then_goes_on(address: str, session_id: str) -> None:
    async with joined(address, session_id) as peer:
        await peer.say(**ASK)
        first = await peer.until("stream_end")
    async with joined(address, session_id) as peer:
        await peer.say(type="resume", after_seq=3)
        resumed = await peer.hear()
        assert resumed == {"type": "resumed", "after_seq": 3, "turn_id": None, "seq": 3}
        assert await peer.until("stream_end") == first[3:]
        await peer.say(type="message", content="hello")
        numbers = [frame["seq"] for frame in await peer.until("stream_end")]
        assert numbers == list(range(len(first) + 1, len(first) + 1 + len(numbers)))


async def test_resume_in_the_middle_of_a_turn_misses_nothing_and_repeats_nothing(
    address: str, session_id: str, agents: HeldAgents, sessions: LocalSessions
) -> None:
    reached = agents.hold("run")
    async with joined(address, session_id) as asker:
        await asker.say(**ASK)
        await reached.wait()
        async with joined(address, session_id) as peer:
            await peer.say(type="resume", after_seq=0)
            assert (await peer.hear())["type"] == "resumed"
            agents.release("run")
            assert await peer.until("stream_end") == await asker.until("stream_end")


async def test_a_late_resume_repeats_nothing(address: str, session_id: str, client: httpx.AsyncClient) -> None:
    async def ask() -> None:
        await client.post(f"{SESSIONS}/{session_id}/messages", json={"message": "hello"})

    await ask()
    async with joined(address, session_id) as peer:
        await peer.say(type="ping")
        baseline = (await peer.hear())["seq"]
        await ask()
        live = await peer.until("stream_end")
        await peer.say(type="resume", after_seq=0)
        assert (await peer.hear())["type"] == "resumed"
        earlier = await peer.until("stream_end")
        assert [frame["seq"] for frame in earlier + live] == list(range(1, live[-1]["seq"] + 1))
        assert earlier[-1]["seq"] == baseline
        await peer.say(type="resume", after_seq=baseline)
        await peer.say(type="ping")
        assert [(await peer.hear())["type"] for _ in range(2)] == ["resumed", "pong"]


async def test_resume_from_a_number_that_never_was_is_refused(address: str, session_id: str) -> None:
    async with joined(address, session_id) as peer:
        await peer.say(type="resume", after_seq=999)
        error = await peer.hear()
        assert (error["type"], error["code"], error["field"]) == ("error", "invalid_request", "after_seq")


async def test_pong_has_the_newest_number_also_on_a_new_socket(address: str, session_id: str) -> None:
    async with joined(address, session_id) as peer:
        await peer.say(**ASK)
        newest = (await peer.until("stream_end"))[-1]["seq"]
    async with joined(address, session_id) as peer:
        await peer.say(type="ping")
        assert await peer.hear() == {"type": "pong", "turn_id": None, "seq": newest}


async def test_a_deleted_session_closes_its_sockets_with_4404(
    address: str, session_id: str, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with joined(address, session_id) as peer:
        await peer.say(type="ping")
        await peer.hear()
        await client.delete(f"{SESSIONS}/{session_id}")
        await peer.say(**ASK)
        assert await peer.closed() == 4404


async def test_a_client_that_goes_does_not_stop_its_turn(
    address: str, session_id: str, agents: HeldAgents, client: httpx.AsyncClient
) -> None:
    reached = agents.hold("run")
    async with joined(address, session_id) as peer:
        await peer.say(**ASK, message_id="m-1")
        await reached.wait()
    agents.release("run")
    path = f"{SESSIONS}/{session_id}/messages"
    answer = (await client.post(path, json={"message": "revenue by country", "message_id": "m-1"})).json()
    assert answer["success"] is True
    assert agents.calls.count("run") == 1


async def test_a_client_that_takes_nothing_is_cut(sessions: LocalSessions, session_id: str) -> None:
    class Stuck:
        """A connection whose peer has stopped reading."""

        async def send_text(self, text: str) -> None:
            await asyncio.Event().wait()

        async def receive(self) -> dict[str, Any]:
            await asyncio.Event().wait()
            raise AssertionError

    ann = Principal(tenant_id="acme", user_id="ann")
    settings = Settings(socket_send_seconds=0.05, secret=SecretStr(SECRET))
    stuck = served.Socket(Stuck(), sessions, settings, Admission(settings), ann, session_id, 0)  # type: ignore[arg-type]
    running = asyncio.create_task(stuck.run())
    await sessions.perform(ann, session_id, SendMessage(content="hello", message_id="m-1"))
    with pytest.raises(served.Ended) as end:
        await running
    assert end.value.code == 1013


async def test_a_token_in_the_url_reaches_no_log(
    address: str, session_id: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, logger="uvicorn.error"), caplog.at_level(logging.DEBUG, logger="bi_workbench"):
        async with joined(address, session_id) as peer:
            await peer.say(type="ping")
            await peer.hear()
    assert f"/ws/chat/{session_id}?token=***" in caplog.text
    assert token().split(".", maxsplit=1)[0] not in caplog.text.replace("?token=***", "")


@pytest.mark.parametrize(
    ("origins", "host", "own"),
    [
        ([], "bi.example", True),
        (["https://bi.example"], "bi.example", True),
        (["http://127.0.0.1:8000"], "127.0.0.1:8000", True),
        (["https://BI.example"], "bi.example", True),
        (["https://app.example"], "bi.example", True),
        (["https://evil.example"], "bi.example", False),
        (["https://bi.example.evil.example"], "bi.example", False),
        (["https://bi.example:444"], "bi.example", False),
        (["http://app.example"], "bi.example", False),
        (["null"], "bi.example", False),
        ([""], "", False),
        (["https://bi.example", "https://evil.example"], "bi.example", False),
        (["https://user@bi.example"], "bi.example", False),
    ],
)
def test_a_page_of_another_origin_is_told_from_our_own(origins: list[str], host: str, own: bool) -> None:
    assert served.is_own_origin(origins, host, ("https://app.example",)) is own


async def test_the_page_of_another_origin_gets_no_socket(address: str, session_id: str) -> None:
    url = f"ws://{address}/ws/chat/{session_id}?token={token()}"
    with pytest.raises(InvalidStatus) as refused:
        await connect(url, additional_headers={"Origin": "https://evil.example"})
    assert refused.value.response.status_code == 403
    async with connect(url, additional_headers={"Origin": f"http://{address}"}) as connection:
        peer = Peer(connection)
        await peer.say(type="ping")
        assert (await peer.hear())["type"] == "pong"


async def test_a_user_opens_so_many_sockets_and_no_more(
    sessions: LocalSessions, session_id: str, settings: Settings
) -> None:
    few = settings.model_copy(update={"user_sockets": 2})
    async with serving(create_app(sessions, few)) as address, joined(address, session_id):
        async with joined(address, session_id), joined(address, session_id) as third:
            assert await third.closed() == 4409
        for _ in range(100):  # the server hears in its own time that one has gone
            async with joined(address, session_id) as again:
                with contextlib.suppress(ConnectionClosed):
                    await again.say(type="ping")
                    assert (await again.hear())["type"] == "pong"
                    return
    raise AssertionError("the place of a closed socket was not given back")


async def test_a_client_that_sends_and_takes_nothing_is_cut_while_little_of_it_is_kept(
    sessions: LocalSessions, session_id: str, settings: Settings
) -> None:
    taken = 0

    async def receive() -> dict[str, Any]:
        nonlocal taken
        taken += 1
        await asyncio.sleep(0)
        return (
            {"type": "websocket.connect"} if taken == 1 else {"type": "websocket.receive", "text": '{"type": "ping"}'}
        )

    ended: list[int] = []

    async def send(message: Any) -> None:
        if message["type"] == "websocket.send":
            await asyncio.Event().wait()
        if message["type"] == "websocket.close":
            ended.append(message["code"])

    await _served(sessions, settings, session_id, receive, send)
    assert ended == [4409]
    assert taken < 2 * served.MOST_ASIDE


@pytest.mark.parametrize("flood", ['{"type": "ping"}', '{"type": "resume", "after_seq": 0}', '{"type": "x"}', "{"])
async def test_a_flood_of_frames_counts_as_requests_do_and_ends(
    sessions: LocalSessions, session_id: str, settings: Settings, flood: str
) -> None:
    few = settings.model_copy(update={"user_requests_per_minute": 60})
    async with serving(create_app(sessions, few)) as address, joined(address, session_id) as peer:

        async def go_on() -> None:
            with contextlib.suppress(ConnectionClosed):
                while True:
                    await peer.connection.send(flood)
                    await asyncio.sleep(0)  # what is sent into a buffer lets no one else run

        sending = asyncio.create_task(go_on())
        assert await peer.closed() == 4409
        await sending


async def _served(sessions: LocalSessions, settings: Settings, session_id: str, receive: Any, send: Any) -> None:
    scope = {
        "type": "websocket",
        "path": f"/ws/chat/{session_id}",
        "raw_path": b"",
        "root_path": "",
        "query_string": f"token={token()}".encode(),
        "headers": [(b"host", b"testserver")],
        "subprotocols": [],
        "scheme": "ws",
        "server": ("testserver", 80),
        "client": ("127.0.0.1", 1),
    }
    async with asyncio.timeout(20):
        await create_app(sessions, settings)(scope, receive, send)
