"""Processes of this node that are started and have imported what a session needs, so that sessions begin in
milliseconds instead of a second."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
import os
import time
from typing import Any

import psutil
import ray

_LOOK_SECONDS = 0.5
_LOADING_SECONDS = 2.0
"""How long a worker that shows as idle may still be importing."""

_KEEP_SECONDS = 3600
_PYTHON = 0
_IDLE = ("ray::IDLE", "default_worker.py")
"""How Ray's processes call themselves that wait for work, and that are about to."""

_log = logging.getLogger(__name__)


class WorkerPool:
    """Keeps `size` idle workers on this node. Sessions, and whatever else starts on the node, take them; the pool sees
    what is missing by looking, so it needs no one to tell it."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to fill the pool, in this event loop. Does nothing when it has begun, or for a size of none."""
        if self._task is None and self._size > 0:
            self._task = asyncio.create_task(self._fill())

    def close(self) -> None:
        """Fill it no longer."""
        if self._task is not None:
            self._task.cancel()

    async def _fill(self) -> None:
        while True:
            idle, young = await asyncio.to_thread(idle_workers)
            # One after the other: starting one takes seconds of processor time that requests could use.
            if idle < self._size and not young and not await asyncio.to_thread(prestart_workers, 1):
                return
            await asyncio.sleep(_LOOK_SECONDS)


def idle_workers() -> tuple[int, int]:
    """How many workers of this node wait for work or are about to, and how many of these have only just begun."""
    found = young = 0
    # Every worker of a node is a child of its raylet, this process too.
    for process in psutil.Process(os.getppid()).children():
        with contextlib.suppress(psutil.Error):
            # Ray writes the title over the arguments, as one word or as the first of them.
            line = " ".join(process.cmdline())
            if any(mark in line for mark in _IDLE):
                found += 1
                young += time.time() - process.create_time() < _LOADING_SECONDS
    return found, young


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
