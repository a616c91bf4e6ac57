"""One Ray cluster for all tests here: both applications, as `serve` starts them, over a small database."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import httpx
import jwt
import psutil
import pytest

from deployments.local_cluster import Part, prepare_environment, start_cluster, stop_cluster

HEADER_SECONDS = 3
os.environ["BI_WORKBENCH_HEADER_SECONDS"] = str(HEADER_SECONDS)
prepare_environment()

SECRET = "a-secret-of-the-cluster-tests-of-more-than-32-bytes"
QUESTION = "revenue by country"
FOLLOW_UP = "only the US"
QUERY_SECONDS = 6.0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.cluster)


@dataclass(frozen=True)
class Cluster:
    """Where the cluster is, and how to speak to it."""

    base: str
    parts: tuple[Part, ...]

    def token(self, user: str = "ann", **claims: Any) -> str:
        expires = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
        return jwt.encode({"sub": user, "tenant_id": "acme", "exp": expires} | claims, SECRET, algorithm="HS256")

    def client(self, **claims: Any) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url=f"{self.base}/api/v1/bi", headers={"Authorization": f"Bearer {self.token(**claims)}"}, timeout=60
        )


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with started(tmp_path_factory.mktemp("cluster")) as running:
        yield running


@contextmanager
def started(folder: Path) -> Iterator[Cluster]:
    """Both applications on a cluster of this process, over a small database; their state is kept in the folder."""
    make_database(folder / "shop.duckdb")
    port = free_port()
    agents = {
        "data": str(folder / "shop.duckdb"),
        "journal": str(folder / "journal.sqlite"),
        "limits": {"seconds": QUERY_SECONDS},
    }
    chat = {"settings": {"state": str(folder), "secret": SECRET}}
    parts = (
        Part("agents", "deployments.app:build", agents),
        Part("chat", "api.app:build", chat, "/"),
    )
    start_cluster(parts, port=port, dashboard=False, on_progress=print)
    try:
        yield Cluster(f"http://127.0.0.1:{port}", parts)
    finally:
        stop_cluster()


@pytest.fixture
async def ann(cluster: Cluster) -> AsyncIterator[httpx.AsyncClient]:
    async with cluster.client() as client:
        yield client


@pytest.fixture
async def admin(cluster: Cluster) -> AsyncIterator[httpx.AsyncClient]:
    async with cluster.client(user="root", roles=["admin"]) as client:
        yield client


async def new_session(client: httpx.AsyncClient) -> str:
    made = await client.post("/chat/sessions", json={})
    assert made.status_code == 201, made.text
    session_id: str = made.json()["session_id"]
    return session_id


async def ask(
    client: httpx.AsyncClient, session_id: str, message: str, message_id: str | None = None
) -> dict[str, Any]:
    body = {"message": message} | ({"message_id": message_id} if message_id else {})
    answered = await client.post(f"/chat/sessions/{session_id}/messages", json=body)
    assert answered.status_code == 200, answered.text
    answer: dict[str, Any] = answered.json()
    return answer


async def resident(admin: httpx.AsyncClient, session_id: str) -> dict[str, Any]:
    """What an administrator sees of a session."""
    listed = (await admin.get("/admin/sessions")).json()["sessions"]
    found: dict[str, Any] = next(one for one in listed if one["session_id"] == session_id)
    return found


async def kill_actor(admin: httpx.AsyncClient, session_id: str) -> int:
    """Kill the session's process as if its machine had failed."""
    pid: int = (await resident(admin, session_id))["pid"]
    process = psutil.Process(pid)
    process.kill()
    await asyncio.to_thread(psutil.wait_procs, [process], 10)
    return pid


@asynccontextmanager
async def frozen(deployment: str) -> AsyncIterator[None]:
    """The processes of a deployment stand still, so that a turn that reaches them waits there."""
    processes = [found for found in psutil.process_iter() if _is_replica(found, deployment)]
    assert processes, f"no replica of {deployment}"
    for process in processes:
        process.suspend()
    try:
        yield
    finally:
        for process in processes:
            process.resume()


async def until(condition: Callable[[], Any], seconds: float = 20.0) -> Any:
    """Ask again and again until it is so. For what gives no sign when it happens."""
    async with asyncio.timeout(seconds):
        while not (found := await condition()):  # noqa: ASYNC110 - what is asked lives in other processes
            await asyncio.sleep(0.05)
    return found


def _is_replica(process: psutil.Process, deployment: str) -> bool:
    try:
        return f"ServeReplica:agents:{deployment}" in " ".join(process.cmdline())
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def make_database(path: Path) -> None:
    with duckdb.connect(str(path)) as database:
        database.execute("""
            CREATE TABLE customers (customer_id INTEGER PRIMARY KEY, customer_name VARCHAR, country VARCHAR);
            INSERT INTO customers SELECT i, 'Customer ' || i, ['US', 'Germany', 'France'][1 + i % 3] FROM range(30) t(i);
            CREATE TABLE orders (order_id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers,
                                 order_date DATE, amount DECIMAL(10, 2));
            INSERT INTO orders SELECT i, i % 30, DATE '2025-01-01' + (i % 300)::INTEGER, 10 + (i * 37 % 900) / 4.0
                FROM range(3000) t(i);
            CREATE TABLE readings (reading_id INTEGER, level INTEGER);
            INSERT INTO readings SELECT i, i % 1000 FROM range(5000000) t(i);
        """)
