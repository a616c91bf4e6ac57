"""Processes of this node that are started and have imported what a session needs, so that sessions begin in
milliseconds instead of a second."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
import os
from pathlib import Path
from typing import Any

import ray

from deployments.worker_template import TITLE

_LOOK_SECONDS = 0.5
_LOADING_SECONDS = 2.0
"""How long a worker that shows as idle may still be importing."""

_FORKING_SECONDS = 0.4
_FORKED_AT_ONCE = 2
"""Those that a template forks have imported it all, and take a tenth of a second of a processor to begin."""

_KEEP_SECONDS = 3600
_PYTHON = 0
_TEMPLATE = TITLE.encode()
_IDLE = (b"ray::IDLE", b"default_worker.py", _TEMPLATE)
"""How Ray's processes call themselves that wait for work, and that are about to."""

_log = logging.getLogger(__name__)


class WorkerPool:
    """Keeps `size` idle workers on this node. Sessions, and whatever else starts on the node, take them; the pool sees
    what is missing by looking, so it needs no one to tell it."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to fill the pool, in this event loop. Does nothing when it has begun, for a size of none, and on a system
        that does not show its processes as files."""
        if self._task is None and self._size > 0 and _children(_raylet()):
            self._task = asyncio.create_task(self._fill())

    def close(self) -> None:
        """Fill it no longer."""
        if self._task is not None:
            self._task.cancel()

    async def _fill(self) -> None:
        raylet = _raylet()
        while True:
            idle, young, forked = await asyncio.to_thread(idle_workers, raylet)
            # One after the other where each takes seconds of processor time that requests could use.
            missing = min(self._size - idle, (_FORKED_AT_ONCE if forked else 1) - young)
            if missing > 0 and not await asyncio.to_thread(prestart_workers, missing):
                return
            await asyncio.sleep(_LOOK_SECONDS)


def idle_workers(raylet: int) -> tuple[int, int, bool]:
    """How many workers of a node wait for work or are about to, how many of these have only just begun, and whether a
    template forks them."""
    started = {process: _line(process) for process in _children(raylet)}
    templates = [process for process, line in started.items() if _TEMPLATE in line]
    for template in templates:
        # One that was forked just now still has the name of its template.
        started |= {process: _line(process) for process in _children(int(template))}
        del started[template]
    idle = [process for process, line in started.items() if any(mark in line for mark in _IDLE)]
    young = _FORKING_SECONDS if templates else _LOADING_SECONDS
    return len(idle), sum(_age(process) < young for process in idle), bool(templates)


def _raylet() -> int:
    """The process that has this node's workers started; this one is among them."""
    return int(os.environ.get("RAY_RAYLET_PID") or os.getppid())


def _children(process: int) -> list[str]:
    # Asked of the system directly: to look through all processes takes long, and this is done again and again.
    by_thread = Path(f"/proc/{process}/task").glob("*/children")
    return [child for path in by_thread for child in path.read_text().split()]


def _line(process: str) -> bytes:
    """What a process calls itself, which Ray writes over its arguments, as one word or as the first of them."""
    with contextlib.suppress(OSError):  # it may have ended
        return Path(f"/proc/{process}/cmdline").read_bytes()
    return b""


def _age(process: str) -> float:
    """Seconds since a process began."""
    with contextlib.suppress(OSError):
        after_name = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        up = float(Path("/proc/uptime").read_text().split()[0])
        return up - int(after_name[19]) / os.sysconf("SC_CLK_TCK")
    return float("inf")


def prestart_workers(count: int) -> bool:
    """Ask this node to start and preload `count` more workers; whether it took the request. The call is internal to
    Ray; where it fails, sessions begin cold."""
    try:
        from ray._private.grpc_utils import init_grpc_channel

        messages: Any = importlib.import_module("ray.core.generated.node_manager_pb2")
        services: Any = importlib.import_module("ray.core.generated.node_manager_pb2_grpc")
        channel = init_grpc_channel(_this_raylet())
        try:
            services.NodeManagerServiceStub(channel).PrestartWorkers(
                messages.PrestartWorkersRequest(
                    language=_PYTHON, num_workers=count, keep_alive_duration_secs=_KEEP_SECONDS
                ),
                timeout=5,
            )
        finally:
            channel.close()
    except Exception as error:  # whatever an internal call may raise: only warmth is lost
        _log.info("workers cannot be started ahead: %s", type(error).__name__)
        return False
    return True


def _this_raylet() -> str:
    nodes: Any = ray.nodes
    here = ray.get_runtime_context().get_node_id()
    node = next(node for node in nodes() if node["NodeID"] == here)
    return f"{node['NodeManagerAddress']}:{node['NodeManagerPort']}"
