"""Whatever a client sends over a socket, it is told so or cut with a documented code, and the session goes on."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

import httpx
import psutil
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from api.errors import Close
from api.protocol import CLIENT_FRAMES, SERVER_FRAMES
from tests.api.conftest import SESSIONS, token

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
NAMES = st.sampled_from(["type", "content", "message_id", "chart_type", "after_seq", "seq", "turn_id", "x"])
KINDS = st.sampled_from(sorted(CLIENT_FRAMES))
ALMOST = st.builds(
    lambda kind, body: json.dumps({**body, "type": kind}), KINDS, st.dictionaries(NAMES, JSON, max_size=4)
)
FRAMES = st.one_of(
    ALMOST,
    ALMOST.map(lambda text: text[: len(text) // 2]),
    JSON.map(json.dumps),
    st.text(max_size=50),
    st.binary(max_size=50),
    st.just("[" * 5_000),
    st.just('{"type": "message", "content": "' + "x" * 70_000 + '"}'),
    st.just('{"type": "ping", "type": "message"}'),
)


def sent(address: str, session_id: str, frames: list[str | bytes]) -> int | None:
    """Send the frames, then a ping, and read until it is answered; the code where the server ended the socket."""
    with connect(f"ws://{address}/ws/chat/{session_id}?token={token()}") as connection:
        try:
            for frame in [*frames, '{"type": "ping"}']:
                connection.send(frame)
            while True:
                told: dict[str, Any] = json.loads(connection.recv(timeout=20))
                assert told["type"] in SERVER_FRAMES
                assert "Traceback" not in json.dumps(told)
                if told["type"] == "pong":
                    return None
        except ConnectionClosed as end:
            return end.rcvd.code if end.rcvd else -1


async def test_no_frame_breaks_the_server(
    address: str, client: httpx.AsyncClient, session_id: str, caplog: pytest.LogCaptureFixture
) -> None:
    @settings(
        max_examples=60,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(FRAMES, min_size=1, max_size=5))
    def each(frames: list[str | bytes]) -> None:
        assert sent(address, session_id, frames) in {None, *Close} - {Close.FAILED}

    await asyncio.to_thread(sent, address, session_id, [])
    tasks, files = len(asyncio.all_tasks()), psutil.Process().num_fds()
    with caplog.at_level(logging.WARNING):
        await asyncio.to_thread(each)
    async with asyncio.timeout(10):
        # What a socket held is given back when it is gone: its tasks, its connection.
        while len(asyncio.all_tasks()) > tasks + 1 or psutil.Process().num_fds() > files + 2:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    assert "Traceback" not in caplog.text
    assert token() not in caplog.text
    assert (await client.get(f"{SESSIONS}/{session_id}/history")).status_code == 200
