"""Clients that are slow, stall or vanish, over real connections: what they hold is given back in time."""

from __future__ import annotations

import asyncio
import base64
import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import psutil
import pytest

from actors.local import LocalSessions
from api.admission import MOST_BULKY, Admission
from api.app import create_app
from api.envelope import PIECE, SLOWEST, Sending, Stalled
from api.settings import Settings
from deployments.contracts.answers import ResultColumn, ResultTable
from deployments.contracts.sessions import StoredResult
from tests.actors.agents import HeldAgents
from tests.api.conftest import SESSIONS, bearer, problem, serving, token

SECONDS = 0.4


@pytest.fixture
def impatient(settings: Settings) -> Settings:
    return settings.model_copy(update={"send_seconds": SECONDS, "body_seconds": SECONDS})


@pytest.fixture
async def admissions(monkeypatch: pytest.MonkeyPatch) -> list[Admission]:
    """The doors of the applications that are made from here on."""
    made: list[Admission] = []
    begin = Admission.__init__

    def kept(self: Admission, *arguments: Any) -> None:
        begin(self, *arguments)
        made.append(self)

    monkeypatch.setattr(Admission, "__init__", kept)
    return made


@asynccontextmanager
async def raw(address: str, sent: bytes) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection over which this has been sent, with little room for what comes back."""
    host, port = address.split(":")
    plain = socket.socket()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    plain.setblocking(False)
    await asyncio.get_running_loop().sock_connect(plain, (host, int(port)))
    reader, writer = await asyncio.open_connection(sock=plain, limit=1024)
    writer.write(sent)
    await writer.drain()
    try:
        yield reader, writer
    finally:
        writer.close()


def request(path: str, method: str = "GET", *headers: str) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: testserver", f"Authorization: {bearer()['Authorization']}", *headers]
    return "\r\n".join([*lines, "", ""]).encode()


async def until(so: Callable[[], bool], seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not so():  # noqa: ASYNC110 what is asked about gives no sign
            await asyncio.sleep(0.02)


async def test_a_download_that_nobody_takes_is_cut_and_its_place_given_back(
    sessions: LocalSessions,
    impatient: Settings,
    session_id: str,
    admissions: list[Admission],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    column = ResultColumn(name="a", label="A", type="text")
    large = ResultTable(columns=(column,), rows=[("x" * 10_000,)] * 800)

    async def stored(*_: Any) -> StoredResult:
        return StoredResult(result_id="res-1", turn_id="t", created_at=sessions._now(), result=large)

    monkeypatch.setattr(sessions, "result", stored)
    path = f"{SESSIONS}/{session_id}/results/res-1?format=csv"
    async with serving(create_app(sessions, impatient)) as address:
        (door,) = admissions
        owner = ("acme", "ann")
        async with raw(address, request(path)) as first, raw(address, request(path)) as second:
            await until(lambda: door._bulky._held[owner] == 2)
            await until(lambda: door._bulky._held[owner] == 0)
            for reader, _ in (first, second):
                taken = 0
                while piece := await reader.read(65_536):
                    taken += len(piece)
                assert taken < 8_000_000
        async with httpx.AsyncClient(base_url=f"http://{address}", headers=bearer()) as client:
            whole = await client.get(path)
            assert len(whole.content) > 8_000_000


async def test_of_one_user_so_many_downloads_are_under_way_and_no_more(
    client: httpx.AsyncClient, sessions: LocalSessions, session_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = asyncio.Event()

    async def stored(*_: Any) -> StoredResult:
        await held.wait()
        column = ResultColumn(name="a", label="A", type="number")
        table = ResultTable(columns=(column,), rows=[(1,)])
        return StoredResult(result_id="res-1", turn_id="t", created_at=sessions._now(), result=table)

    monkeypatch.setattr(sessions, "result", stored)
    path = f"{SESSIONS}/{session_id}/results/res-1"
    asked = [asyncio.create_task(client.get(path)) for _ in range(MOST_BULKY)]
    await asyncio.sleep(0.05)
    refused = await client.get(path)
    problem(refused, 429, "rate_limited")
    assert refused.headers["retry-after"] == "1"
    assert (await client.get(f"{SESSIONS}/{session_id}")).status_code == 200
    held.set()
    assert {response.status_code for response in await asyncio.gather(*asked)} == {200}
    assert (await client.get(path)).status_code == 200


async def test_of_one_user_so_many_requests_are_under_way_and_no_more(
    sessions: LocalSessions, settings: Settings, session_id: str, agents: HeldAgents
) -> None:
    app = create_app(sessions, settings.model_copy(update={"user_requests_open": 3}))
    agents.hold("run")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://testserver") as client:

        def ask(user: str) -> Any:
            body = {"message": "revenue by country"}
            return client.post(f"{SESSIONS}/{session_id}/messages", json=body, headers=bearer(user))

        asked = [asyncio.create_task(ask("ann")) for _ in range(3)]
        await asyncio.sleep(0.05)
        problem(await client.get(SESSIONS, headers=bearer()), 429, "rate_limited")
        assert (await client.get(SESSIONS, headers=bearer("bob"))).status_code == 200
        agents.release("run")
        assert {response.status_code for response in await asyncio.gather(*asked)} == {200}
        assert (await client.get(SESSIONS, headers=bearer())).status_code == 200


async def test_a_body_that_trickles_in_to_the_tools_holds_a_place_too(
    sessions: LocalSessions, settings: Settings
) -> None:
    app = create_app(sessions, settings.model_copy(update={"user_requests_open": 2, "body_seconds": 1.0}))
    begun, end = asyncio.Event(), asyncio.Event()

    async def trickle() -> AsyncIterator[bytes]:
        yield b"{"
        begun.set()
        await end.wait()

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://testserver") as client:

        def call() -> Any:
            return client.post("/mcp", content=trickle(), headers=bearer() | {"Content-Type": "application/json"})

        slow = [asyncio.create_task(call()) for _ in range(2)]
        await begun.wait()
        await asyncio.sleep(0)
        problem(await client.get(SESSIONS, headers=bearer()), 429, "rate_limited")
        end.set()
        assert {(await each).status_code for each in slow} == {400}
        assert (await client.get(SESSIONS, headers=bearer())).status_code == 200


async def test_a_reader_that_takes_drops_is_cut() -> None:
    taken = 0

    async def send(message: Any) -> None:
        nonlocal taken
        taken += len(message["body"])
        await asyncio.sleep(0.02)

    sending = Sending(send, 0.1)
    sending._waited = 16_000_000 / SLOWEST
    with pytest.raises(Stalled):
        await sending({"type": "http.response.body", "body": b"x" * 16_000_000})
    assert taken < 16 * PIECE


async def test_a_body_that_trickles_in_is_given_up(
    sessions: LocalSessions, impatient: Settings, session_id: str
) -> None:
    async with serving(create_app(sessions, impatient)) as address:
        asked = request(f"{SESSIONS}/{session_id}/messages", "POST", "Content-Length: 5000")
        async with raw(address, asked + b'{"message": "') as (reader, writer):
            answered = asyncio.create_task(reader.readline())
            while not answered.done():
                writer.write(b"x")
                await asyncio.sleep(0.05)
            assert b" 400 " in answered.result()


async def test_headers_that_never_end_keep_no_one_from_being_served(
    sessions: LocalSessions, settings: Settings, session_id: str
) -> None:
    process = psutil.Process(os.getpid())
    async with serving(create_app(sessions, settings)) as address:
        before = process.memory_full_info().uss
        open_ones = [raw(address, request(SESSIONS)[:-2] + b"X-More: ") for _ in range(150)]
        held = [await one.__aenter__() for one in open_ones]
        try:
            for _, writer in held:
                writer.write(b"x" * 10_000)
            async with httpx.AsyncClient(base_url=f"http://{address}", headers=bearer()) as client:
                assert (await client.get(f"{SESSIONS}/{session_id}")).status_code == 200
            assert process.memory_full_info().uss - before < 64 * 2**20
        finally:
            for one in open_ones:
                await one.__aexit__(None, None, None)


async def test_a_socket_whose_client_vanished_is_noticed_and_its_place_given_back(
    sessions: LocalSessions, settings: Settings, session_id: str, admissions: list[Admission]
) -> None:
    key = base64.b64encode(os.urandom(16)).decode()
    handshake = request(
        f"/ws/chat/{session_id}?token={token()}",
        "GET",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {key}",
    )
    app = create_app(sessions, settings)
    async with serving(app, ws_ping_interval=0.2, ws_ping_timeout=0.2) as address:
        (door,) = admissions
        async with raw(address, handshake) as (reader, _):
            assert b" 101 " in await reader.readline()
            await until(lambda: door._sockets._held[("acme", "ann")] == 1)
            # It answers no ping, as one whose network is gone.
            await until(lambda: door._sockets._held[("acme", "ann")] == 0)
