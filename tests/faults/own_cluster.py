"""A small cluster that may be broken: several nodes on this machine, all of them processes of its own."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psutil

from deployments.local_cluster import Part, keep_proxy_files, prepare_environment
from tests.cluster.conftest import SECRET, Cluster, make_database
from tests.faults.processes import Family, end
from tests.faults.stage import FOLDER, WITHOUT_FENCE, Stage

_CPUS = 2
_TRIES = 3
_START_SECONDS = 400.0
_STORE_BYTES = 100_000_000


class OwnCluster:
    """One Ray cluster with both applications over a small database. `nodes` are its machines, the head first."""

    def __init__(
        self,
        *,
        journal: str | None = None,
        fence: bool = True,
        idle_seconds: float = 600.0,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        # Ray puts sockets there, and a socket's path may have 107 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix="bf-"))
        make_database(self.folder / "shop.duckdb")
        self.stage = Stage(self.folder)
        self.port, self._ray_port = free_ports(2)
        self.journal = journal or str(self.folder / "journal.sqlite")
        agents = {"data": str(self.folder / "shop.duckdb"), "journal": self.journal}
        settings = {"state": str(self.folder), "secret": SECRET}
        chat = {"settings": settings, "idle_seconds": idle_seconds, "pool": 2}
        parts = (Part("agents", "deployments.app:build", agents), Part("chat", "api.app:build", chat, "/"))
        self.seen = Cluster(f"http://127.0.0.1:{self.port}", parts)
        self.family = Family()
        self.nodes: list[psutil.Process] = []
        prepare_environment()
        keep_proxy_files(self.folder)
        self._environment = {
            **os.environ,
            # Several machines, as far as Ray knows: what keeps one machine on loopback is not for them.
            "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "1",
            "RAY_preload_python_modules": "deployments.first_call,actors.session,ray.serve._private.controller",
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN": secrets.token_hex(32),
            FOLDER: str(self.folder),
            **({} if fence else {WITHOUT_FENCE: "1"}),
            **(environment or {}),
        }

    def start(self) -> None:
        """Start the head and run the applications; returns when they serve."""
        self.add_node()
        said = json.dumps([asdict(part) for part in self.seen.parts])
        program = "import sys; from tests.faults.stage import deploy; deploy(*sys.argv[1:4], int(sys.argv[4]))"
        self._run(program, f"127.0.0.1:{self._ray_port}", said, "127.0.0.1", str(self.port))

    def add_node(self) -> psutil.Process:
        """One more machine; its raylet."""
        there = set(self.family.all())
        for _ in range(_TRIES - 1):
            try:
                return self._add_node()
            except RuntimeError:  # Ray gives its own parts half a minute, which is short on a busy machine
                end({*self.family.all(), *self.family.working_in(self.folder)} - there)
        return self._add_node()

    def _add_node(self) -> psutil.Process:
        listen, metrics, runtime, agent = free_ports(4)
        where = (
            ["--head", f"--port={self._ray_port}", "--include-dashboard=false", f"--temp-dir={self.folder}/ray"]
            if not self.nodes
            else [f"--address=127.0.0.1:{self._ray_port}"]
        )
        command = [
            str(Path(sys.executable).with_name("ray")), "start", *where, "--block", "--disable-usage-stats",
            "--node-ip-address=127.0.0.1", f"--num-cpus={_CPUS}", f"--object-store-memory={_STORE_BYTES}",
            "--min-worker-port=0", "--max-worker-port=0", f"--dashboard-agent-listen-port={listen}",
            f"--dashboard-agent-grpc-port={agent}", f"--metrics-export-port={metrics}",
            f"--runtime-env-agent-port={runtime}",
        ]  # fmt: skip
        before = set(self.family.named("raylet/raylet"))
        with (self.folder / "start.log").open("a") as log:
            started = subprocess.Popen(
                command, env=self._environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
            )
        self.family.roots.append(psutil.Process(started.pid))
        count = len(self.nodes) + 1
        program = "import sys; from tests.faults.own_cluster import wait_for_nodes; wait_for_nodes(sys.argv[1], int(sys.argv[2]))"
        self._run(program, f"127.0.0.1:{self._ray_port}", str(count), beside=started)
        (raylet,) = set(self.family.named("raylet/raylet")) - before
        self.nodes.append(raylet)
        return raylet

    def kill_all(self) -> int:
        """kill -9 of everything; how many processes that was."""
        found = self.family.all()
        end(found)
        self.nodes.clear()
        self.family.roots.clear()
        return len(found)

    def close(self, *, keep: Path | None = None) -> None:
        """Leave nothing; Ray's logs go to `keep` where one is named."""
        self.kill_all()
        if keep is not None:
            shutil.copytree(self.folder / "ray", keep, dirs_exist_ok=True, ignore=shutil.ignore_patterns("sockets"))
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *arguments: str, beside: subprocess.Popen[bytes] | None = None) -> None:
        """Run a program to its end, and not on when the process `beside` it has ended. Raises RuntimeError."""
        with (self.folder / "start.log").open("a") as log:
            running = subprocess.Popen(
                [sys.executable, "-c", program, *arguments],
                env=self._environment,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )
        deadline = time.monotonic() + _START_SECONDS
        while running.poll() is None:
            if time.monotonic() > deadline or (beside is not None and beside.poll() is not None):
                running.kill()
                running.wait()
            time.sleep(0.1)
        if running.returncode:
            raise RuntimeError(f"the cluster did not come up:\n{(self.folder / 'start.log').read_text()[-3000:]}")


def wait_for_nodes(address: str, count: int, seconds: float = 90.0) -> None:
    """Returns when so many nodes of the cluster are there. Called in a process of its own."""
    import ray

    nodes: Any = ray.nodes
    deadline = time.monotonic() + seconds
    while True:
        try:
            ray.init(address=address, log_to_driver=False, configure_logging=False)
            break
        except Exception:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)
    while sum(bool(node["Alive"]) for node in nodes()) < count:
        if time.monotonic() > deadline:
            raise TimeoutError(f"expected {count} nodes, got {nodes()}")
        time.sleep(0.2)


def free_ports(count: int) -> list[int]:
    """So many ports that nobody listens at."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()
