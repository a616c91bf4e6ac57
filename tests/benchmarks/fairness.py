"""What one tenant's flood does to another's answers, on a server of its own.

    python -m tests.benchmarks.fairness [--seconds 60] [--askers 16] [--rounds 6]

One user of a quiet tenant asks now and then, alone and while as many askers of another tenant as said ask without a pause, in
sessions of their own that are live already. The two take turns, so that whatever else the machine does falls on both; each
has so many seconds in all. Exit status 1 where the quiet tenant's p95 more than doubles."""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import httpx

from deployments.local_cluster import prepare_environment

prepare_environment()

from tests.cluster.conftest import QUESTION, Cluster, ask, new_session, started  # noqa: E402 Ray's switches come first

PAUSE = 0.5
BEFORE = 15.0
SETTLES = 3.0
MOST = 2.0
"""By how much the p95 of who is quiet may grow."""


async def quiet(client: httpx.AsyncClient, session: str, seconds: float) -> list[float]:
    """Milliseconds of one user's questions, one at a time."""
    took = []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        began = time.monotonic()
        await ask(client, session, QUESTION)
        took.append((time.monotonic() - began) * 1000)
        await asyncio.sleep(PAUSE)
    return took


async def flood(cluster: Cluster, asker: int, answered: Counter[int], flowing: asyncio.Event) -> None:
    """Ask without a pause while it flows; what is refused for being too much is asked again."""
    async with cluster.client(user=f"loud-{asker % 8}", tenant_id="acme") as client:
        session = await new_session(client)
        first = {"message": QUESTION}
        while (await client.post(f"/chat/sessions/{session}/messages", json=first)).status_code != 200:  # noqa: ASYNC110
            await asyncio.sleep(1)
        answered[asker] += 1
        while True:
            await flowing.wait()
            response = await client.post(f"/chat/sessions/{session}/messages", json={"message": QUESTION})
            answered[response.status_code] += 1


def p95(took: list[float]) -> float:
    """The time that 95 of 100 stayed below."""
    return statistics.quantiles(took, n=20, method="inclusive")[-1]


async def measure(
    cluster: Cluster, seconds: float, askers: int, rounds: int
) -> tuple[list[float], list[float], Counter[int]]:
    """The quiet tenant's times alone and beside the flood; how the flood was answered."""
    answered: Counter[int] = Counter()
    flowing = asyncio.Event()
    loud = [asyncio.create_task(flood(cluster, number, answered, flowing)) for number in range(askers)]
    while answered.total() < askers:  # noqa: ASYNC110 their sessions come to life
        await asyncio.sleep(0.5)
    answered.clear()
    alone: list[float] = []
    beside: list[float] = []
    async with cluster.client(user="quiet", tenant_id="brine") as client:
        session = await new_session(client)
        await quiet(client, session, BEFORE)  # and the processes that are kept ready are made anew
        for _ in range(rounds):
            alone += await quiet(client, session, seconds / rounds)
            flowing.set()
            await asyncio.sleep(SETTLES)
            beside += await quiet(client, session, seconds / rounds)
            flowing.clear()
            await asyncio.sleep(SETTLES)
    for task in loud:
        task.cancel()
    for outcome in await asyncio.gather(*loud, return_exceptions=True):
        if isinstance(outcome, Exception) and not isinstance(outcome, httpx.TransportError):
            raise outcome
    return alone, beside, answered


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.fairness", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--askers", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=6)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fair-") as folder, started(Path(folder)) as cluster:
        alone, beside, answered = asyncio.run(measure(cluster, asked.seconds, asked.askers, asked.rounds))
    ratio = p95(beside) / p95(alone)
    print(f"{os.cpu_count()} processors, {asked.askers} askers of the loud tenant, answered {dict(answered)}")
    for name, took in (("alone", alone), ("beside the flood", beside)):
        print(f"{name:<18} {len(took):>4} questions  p50 {statistics.median(took):>7.0f} ms  p95 {p95(took):>7.0f} ms")
    print(f"p95 grew by a factor of {ratio:.2f}; at most {MOST:g} is wanted")
    return 0 if ratio <= MOST else 1


if __name__ == "__main__":
    sys.exit(main())
