"""An hour of steady load on a server of its own, in one command.

    python -m tests.soak [--minutes 60] [--rate 4] [--kill-every 120] [--output soak.json]

Eight users of two tenants open conversations, ask over REST, server-sent events, WebSocket and MCP, draw, download and
delete; every so often a session's process is killed. Exit status 1 where the memory or the file descriptors of a process
grew, an answer was another than before, or an error was not injected."""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import json
import os
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

from deployments.local_cluster import prepare_environment

prepare_environment()

from tests.cluster.conftest import Cluster, started  # noqa: E402 Ray's switches come first
from tests.soak.load import Tally, load  # noqa: E402
from tests.soak.watch import Levels, Watch  # noqa: E402

USERS = [(tenant, user) for tenant in ("acme", "brine") for user in ("ann", "bob", "cid", "dot")]
LOOKS = 120


async def soak(cluster: Cluster, seconds: float, rate: float, kill_every: float = 0) -> tuple[Tally, Watch]:
    """Load the cluster and watch the processes below this one."""
    tally = Tally()
    watch = Watch(os.getpid(), max(1.0, seconds / LOOKS))
    tokens = {(tenant, user): cluster.token(user, tenant_id=tenant) for tenant, user in USERS}
    beside = [asyncio.create_task(watch.keep())]
    if kill_every:
        beside.append(asyncio.create_task(_kill(tally, kill_every)))
    await load(cluster.base, tokens, seconds, rate, tally)
    for task in beside:
        task.cancel()
    await asyncio.gather(*beside, return_exceptions=True)
    return tally, watch


async def _kill(tally: Tally, every: float) -> None:
    chance = random.Random(2)
    while True:
        await asyncio.sleep(every)
        found = [one for one in psutil.Process().children(recursive=True) if "ray::SessionActor" in _command(one)]
        if found:
            tally.faults += 1
            tally.last_fault = time.monotonic()
            chance.choice(found).kill()


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def report(tally: Tally, watch: Watch, seconds: float, rate: float) -> dict[str, Any]:
    """The figures."""
    shown = [*watch.processes(), *watch.passing()]
    return {
        "minutes": round(seconds / 60, 1),
        "rate": rate,
        "steps": sum(map(len, tally.took.values())),
        "faults": tally.faults,
        "errors": dict(tally.errors),
        "injected": dict(tally.injected),
        "refused": dict(tally.refused),
        "took_ms": {kind: _spread(took) for kind, took in tally.took.items()},
        "processes": [dataclasses.asdict(one) | {"level": one.level} for one in shown],
        "level": all(one.level for one in shown),
    }


def _spread(took: list[float]) -> dict[str, float]:
    if len(took) < 2:
        return {"count": len(took)}
    cuts = statistics.quantiles(took, n=100, method="inclusive")
    return {"count": len(took), "p50": round(cuts[49], 1), "p95": round(cuts[94], 1), "max": round(max(took), 1)}


def tell(figures: dict[str, Any]) -> None:
    """The figures for people."""
    print(f"{figures['steps']:,} steps in {figures['minutes']} minutes, {figures['faults']} sessions killed")
    for kind, one in figures["took_ms"].items():
        print(f"  {kind:<10} {one['count']:>6}  p50 {one.get('p50', 0):>7} ms  p95 {one.get('p95', 0):>7} ms")
    print("process                      minutes   memory MiB      files")
    for one in figures["processes"]:
        (first, last), (files, files_last) = one["memory"], one["files"]
        grew = "" if one["level"] else "   GREW"
        print(
            f"  {one['role'][:26]:<26} {one['minutes']:>7} {first / 2**20:>7.1f} {last / 2**20:>6.1f} {files:>6.0f} {files_last:>4.0f}{grew}"
        )
    for name in ("errors", "injected", "refused"):
        print(f"{name}: {sum(figures[name].values())}")
        for text, count in figures[name].items():
            print(f"  {count} x {text}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--rate", type=float, default=4, help="steps a second")
    parser.add_argument("--kill-every", type=float, default=120, help="seconds between faults; 0: none")
    parser.add_argument("--output", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="soak-") as folder, started(Path(folder)) as cluster:
        seconds = asked.minutes * 60
        tally, watch = asyncio.run(soak(cluster, seconds, asked.rate, asked.kill_every))
        figures = report(tally, watch, seconds, asked.rate)
    if asked.output:
        asked.output.write_text(json.dumps(figures, indent=1))
    tell(figures)
    return 0 if figures["level"] and not figures["errors"] else 1


__all__ = ["Levels", "main", "report", "soak"]

if __name__ == "__main__":
    sys.exit(main())
