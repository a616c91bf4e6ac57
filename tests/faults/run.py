"""Break clusters made for it in every way there is, and check all that was seen.

    python -m tests.faults.run [--report FOLDER] [--only WORDS ...] [--times N] [--without-fence] [--list]

starts small clusters of its own on this machine, one for each group of faults, shows each fault as it comes, and ends with a
table. `--report` leaves it as report.json and report.md; what the folder holds of faults that are not played this time stays.
`--only` plays the faults whose name or group has one of these words. `--without-fence` takes the journal's fence out, which
the check must find. Exit status 1 where something was violated."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path

from tests.deployments.journal.postgres import PostgresServer, find_binaries
from tests.faults.drill import drill
from tests.faults.faults import FAULTS, IDLE_SECONDS, Fault, Ground
from tests.faults.history import Violation
from tests.faults.own_cluster import OwnCluster
from tests.faults.report import Result, table, write_report

_PLAY_SECONDS = 420.0

_CALLS = ("CoreWorkerService.grpc_client.PushTask", "ray::rpc::ActorInfoGcsService.grpc_client.GetNamedActorInfo")
_FAILING = json.dumps(
    {
        call: {"num_failures": -1, "req_failure_prob": 2, "resp_failure_prob": 2, "in_flight_failure_prob": 1}
        for call in _CALLS
    }
)
_LATE = "CoreWorkerService.grpc_server.PushTask=0:60000,ActorInfoGcsService.grpc_server.GetNamedActorInfo=0:200000"
ENVIRONMENTS: Mapping[str, Mapping[str, str]] = {
    "failing calls": {"RAY_testing_rpc_failure": _FAILING},
    "late calls": {"RAY_testing_asio_delay_us": _LATE},
}
"""Ray's own switches, by group."""


@contextmanager
def _cluster(group: str, *, fence: bool, logs: Path | None) -> Iterator[tuple[OwnCluster, PostgresServer | None]]:
    postgres = None
    if group == "postgres":
        binaries = find_binaries()
        if binaries is None:
            raise LookupError("PostgreSQL's server programs are not installed")
        postgres = PostgresServer(binaries)
    try:
        made = OwnCluster(
            journal=postgres.database("journal") if postgres else None,
            fence=fence,
            idle_seconds=IDLE_SECONDS if group == "idle" else 600.0,
            environment=ENVIRONMENTS.get(group),
        )
        try:
            made.start()
            yield made, postgres
        finally:
            made.close(keep=logs)
    finally:
        if postgres:
            postgres.close()


async def _play(fault: Fault, cluster: OwnCluster, postgres: PostgresServer | None, times: int) -> Result:
    result = Result(fault.name, fault.group)
    started = time.monotonic()
    for _ in range(times):
        async with drill(cluster.seen, cluster.family, cluster.stage) as one:
            try:
                async with asyncio.timeout(_PLAY_SECONDS):
                    result.times += await fault.happen(Ground(one, cluster, postgres))
            except Exception as error:
                result.violations.append(Violation("broken", "", f"{type(error).__name__}: {error}"[:500]))
            try:
                result.violations += await one.violations()
            except Exception as error:
                result.violations.append(Violation("broken", "", f"{type(error).__name__}: {error}"[:500]))
            result.counts += one.counts
    result.seconds = time.monotonic() - started
    return result


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description="Break clusters in every way there is and check what was seen.")
    parser.add_argument("--report", type=Path)
    parser.add_argument("--only", nargs="+", default=[])
    parser.add_argument("--times", type=int)
    parser.add_argument("--without-fence", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--logs", type=Path, help="a folder for Ray's logs")
    asked = parser.parse_args()
    chosen = [
        fault for fault in FAULTS
        if not asked.only or any(word in f"{fault.name} ({fault.group})" for word in asked.only)
    ]  # fmt: skip
    if asked.list:
        for fault in chosen:
            print(f"{fault.name} ({fault.group}), {fault.times} times")
        return 0
    results: list[Result] = []
    started = time.monotonic()
    for group, faults in groupby(chosen, key=lambda fault: fault.group):
        print(f"{_clock(started)} starting a cluster for: {group}", flush=True)
        with _cluster(group, fence=not asked.without_fence, logs=asked.logs) as (cluster, postgres):
            for fault in faults:
                result = asyncio.run(_play(fault, cluster, postgres, asked.times or fault.times))
                results.append(result)
                print(f"{_clock(started)} [{len(results)}/{len(chosen)}] {result}", flush=True)
                for violation in result.violations[:5]:
                    print(f"          {violation.code} {violation.session_id}: {violation.text}", flush=True)
                if asked.report:
                    write_report(
                        asked.report, results, fence=not asked.without_fence, order=[each.name for each in FAULTS]
                    )
    print("\n" + table(results))
    return 1 if any(result.violations for result in results) else 0


def _clock(started: float) -> str:
    minutes, seconds = divmod(int(time.monotonic() - started), 60)
    return f"{minutes:3}:{seconds:02}"


if __name__ == "__main__":
    # However it is ended, its clusters end with it.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(main())
    sys.exit(130)
