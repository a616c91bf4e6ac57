"""A hundred sessions in memory and ten thousand that are not, on a server of its own.

    python -m tests.benchmarks.residents [--resident 100] [--passive 10000]

The passive ones are written into the journal before the server starts. Measured are what each takes there, what the
resident ones hold in memory, a message to one of them when they are few and when they are many, passive sessions
woken two in a second, and the list of one user's sessions."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import psutil

from deployments.local_cluster import prepare_environment

prepare_environment()

from actors.core import utc_now  # noqa: E402
from actors.local import LocalSessions  # noqa: E402 Ray's switches come first
from api.bench.load import median, percentile, timed  # noqa: E402
from deployments.analytics.workspace import Workspace  # noqa: E402
from deployments.contracts.identity import Principal  # noqa: E402
from deployments.contracts.sessions import SendMessage  # noqa: E402
from deployments.journal.service import JournalService  # noqa: E402
from deployments.journal.store import Journal  # noqa: E402
from deployments.local import LocalAgents  # noqa: E402
from tests.cluster.conftest import QUESTION, Cluster, ask, started  # noqa: E402

USERS = 12
TURNS = 5
_ASKED = "What were our top 10 customers by revenue last month?"
_IN_ONE_COMMIT = 64
_FEW = 5
_MESSAGES = 60
_WOKEN = 30
_A_SECOND = 2.0

Owned = list[tuple[str, str]]
"""Users and their sessions."""

_began = time.monotonic()


def say(line: str) -> None:
    """Show how far it is."""
    print(f"[{time.monotonic() - _began:6.1f}s] {line}", file=sys.stderr, flush=True)


def write(path: Path, count: int) -> Owned:
    """Passive sessions of several users, all copies of one conversation of each."""
    made: Owned = asyncio.run(converse(path))
    store = Journal.open(str(path))
    for user, first in tuple(made):
        ids = [f"sess-{user}-{number}" for number in range(count // USERS)]
        for start in range(0, len(ids), _IN_ONE_COMMIT):
            copies = ids[start : start + _IN_ONE_COMMIT]
            last = f"m{TURNS - 1}"
            for outcome in store.write([store.branch(first, last, copy, None, utc_now()) for copy in copies]):
                outcome.value()
        made += [(user, copy) for copy in ids]
        say(f"{len(made)} of {count} passive sessions written")
    store.close()
    return made


async def converse(path: Path) -> Owned:
    """One conversation of each user, held in this process."""
    agents = LocalAgents(Workspace.open("demo"))
    journal = JournalService(Journal.open(str(path)))
    holder = LocalSessions(agents, journal)
    made: Owned = []
    for owner in (Principal(tenant_id="acme", user_id=f"user-{number}") for number in range(USERS)):
        session_id = (await holder.create(owner)).session_id
        for number in range(TURNS):
            await holder.perform(owner, session_id, SendMessage(content=_ASKED, message_id=f"m{number}"))
        made.append((owner.user_id, session_id))
    await holder.close()
    journal.close()
    agents.close()
    return made


async def measure(cluster: Cluster, passive: Owned, resident: int) -> dict[str, Any]:
    """The figures of a running server."""
    clients = {user: cluster.client(user=user) for user, _ in passive}
    admin = cluster.client(user="admin", roles=["admin"])
    chosen = random.Random(1).sample(passive, resident + _WOKEN)
    live, asleep = chosen[:resident], chosen[resident:]

    def asking(user: str, session: str) -> Callable[[], Awaitable[object]]:
        return lambda: ask(clients[user], session, QUESTION)

    def looking(user: str, session: str) -> Callable[[], Awaitable[object]]:
        return lambda: _good(clients[user].get(f"/chat/sessions/{session}/history", params={"limit": 1}))

    async def messages(sessions: Owned) -> list[float]:
        picked = random.Random(2).choices(sessions, k=_MESSAGES)
        return [await timed(asking(*one)) for one in picked]

    for one in live[:_FEW]:
        await asking(*one)()
    await asyncio.sleep(10)  # the processes that are kept ready are made
    say("Messages while few are resident")
    few = await messages(live[:_FEW])
    for number, one in enumerate(live[_FEW:], _FEW):
        if number % 20 == 0:
            say(f"{number} of {resident} sessions resident")
        await asking(*one)()
    await asyncio.sleep(10)
    say("Messages while all are resident")
    many = await messages(live)
    actors = [one for one in psutil.Process().children(recursive=True) if _is_session(one)]
    private = [one.memory_full_info().uss / 2**20 for one in actors]
    shares = sum(_share(one) for one in psutil.Process().children(recursive=True)) / 2**20
    say(f"{len(actors)} processes of sessions; now passive ones are woken")
    woken = []
    for one in asleep:
        next_at = time.monotonic() + 1 / _A_SECOND
        woken.append(await timed(looking(*one)))
        await asyncio.sleep(max(0.0, next_at - time.monotonic()))
    user = live[0][0]
    listed = [await timed(lambda: _good(clients[user].get("/chat/sessions", params={"limit": 50}))) for _ in range(20)]
    overview = [await timed(lambda: _good(admin.get("/admin/sessions"))) for _ in range(5)]
    return {
        "resident_sessions": len(actors),
        "resident_private_mib": median(private),
        "everything_mib": shares,
        "machine_memory_percent": psutil.virtual_memory().percent,
        "message_p50_ms_few_resident": median(few),
        "message_p50_ms_all_resident": median(many),
        "message_p99_ms_all_resident": percentile(many, 99),
        "message_p50_ratio": median(many) / median(few),
        "woken_two_a_second_p50_ms": median(woken),
        "woken_two_a_second_max_ms": max(woken),
        "list_of_sessions_p50_ms": median(listed),
        "admin_sessions_p50_ms": median(overview),
    }


async def _good(asked: Awaitable[httpx.Response]) -> None:
    (await asked).raise_for_status()


def _is_session(process: psutil.Process) -> bool:
    try:
        return "ray::SessionActor" in " ".join(process.cmdline())
    except psutil.Error:
        return False


def _share(process: psutil.Process) -> int:
    """Its memory, of what several share the part that falls on it."""
    try:
        return int(process.memory_full_info().pss)
    except psutil.Error:
        return 0


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.residents", description=__doc__)
    parser.add_argument("--resident", type=int, default=100)
    parser.add_argument("--passive", type=int, default=10_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="resi-") as name:
        folder = Path(name)
        passive = write(folder / "journal.sqlite", asked.passive)
        size = sum(one.stat().st_size for one in folder.glob("journal.sqlite*"))
        figures: dict[str, Any] = {
            "passive_sessions": len(passive),
            "passive_session_messages": 2 * TURNS,
            "passive_session_journal_bytes": round(size / len(passive)),
        }
        say("Starting the server")
        with started(folder) as cluster:
            figures |= asyncio.run(measure(cluster, passive, asked.resident))
    figures = {key: round(value, 2) if isinstance(value, float) else value for key, value in figures.items()}
    print(json.dumps({"cpus": os.cpu_count(), **figures}, indent=2))


if __name__ == "__main__":
    main()
