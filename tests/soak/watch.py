"""Memory and file descriptors of every process below one, over time, and whether they stayed level."""

from __future__ import annotations

import asyncio
import os
import statistics
import time
from collections import defaultdict
from dataclasses import dataclass, field

import psutil

WARM_UP = 0.3
"""The first part of a run, in which caches fill and libraries are loaded."""
MEMORY_SLACK, MEMORY_SHARE = 6 * 2**20, 0.05
FILES_SLACK = 6
"""How much a process may have grown from the beginning to the end and count as level."""
SESSION = "SessionActor"
DRAWING = "draw.py"
PASSING = (SESSION, DRAWING)
"""Processes that come and go: each role is looked at as a whole."""
LOAD = "(the load itself)"


@dataclass
class Series:
    """What one process held at each look."""

    role: str
    at: list[float] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)
    files: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Levels:
    """What a process, or all of a role together, held after the warm-up and at the end: medians of a third each."""

    role: str
    minutes: float
    memory: tuple[float, float]
    files: tuple[float, float]

    @property
    def level(self) -> bool:
        """Whether it did not grow; what the load keeps to report is its own, and what draws is replaced when it has grown."""
        if self.role in (LOAD, DRAWING):
            return True
        first, last = self.memory
        slack = max(MEMORY_SLACK, first * MEMORY_SHARE)
        return last - first <= slack and self.files[1] - self.files[0] <= FILES_SLACK


class Watch:
    """Looks at a process and all below it every `every` seconds."""

    def __init__(self, root: int, every: float) -> None:
        self._root = psutil.Process(root)
        self._every = every
        self._series: dict[tuple[int, float], Series] = {}
        self._totals: dict[str, Series] = {}
        self._began = time.monotonic()

    async def keep(self) -> None:
        """Until it is cancelled."""
        while True:
            await asyncio.to_thread(self.look)
            await asyncio.sleep(self._every)

    def look(self) -> None:
        """One look at everything."""
        now = time.monotonic() - self._began
        sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        for process in [self._root, *self._root.children(recursive=True)]:
            try:
                with process.oneshot():
                    memory, files = process.memory_full_info().uss, process.num_fds()
                    key, role = (process.pid, process.create_time()), _role(process)
            except psutil.Error:
                continue
            series = self._series.setdefault(key, Series(role))
            series.role = role
            for one, value in ((series.at, now), (series.memory, memory), (series.files, files)):
                one.append(value)  # type: ignore[arg-type]
            sums[role][0] += memory
            sums[role][1] += files
        for role, (memory, files) in sums.items():
            total = self._totals.setdefault(role, Series(role))
            total.at.append(now)
            total.memory.append(memory)
            total.files.append(files)

    def processes(self) -> list[Levels]:
        """Those that were there from the warm-up to the end."""
        end = time.monotonic() - self._began
        lasting = [
            one
            for one in self._series.values()
            if one.role not in PASSING
            and one.at[0] <= end * WARM_UP
            and one.at[-1] >= end - 2 * self._every
            and len(one.at) >= 6
        ]
        return sorted((_levels(one, end) for one in lasting), key=lambda one: one.role)

    def passing(self) -> list[Levels]:
        """Roles whose processes live shorter than the run, each as a whole."""
        end = time.monotonic() - self._began
        found = [self._totals[role] for role in PASSING if role in self._totals]
        return [_levels(one, end) for one in found if len(one.at) >= 6]


def _levels(series: Series, end: float) -> Levels:
    warm = [index for index, at in enumerate(series.at) if at >= end * WARM_UP] or [len(series.at) - 1]
    third = max(1, len(warm) // 3)

    def median(values: list[int], indices: list[int]) -> float:
        return statistics.median(values[index] for index in indices)

    first, last = warm[:third], warm[-third:]
    return Levels(
        series.role,
        round((series.at[-1] - series.at[0]) / 60, 1),
        (median(series.memory, first), median(series.memory, last)),
        (median(series.files, first), median(series.files, last)),
    )


def _role(process: psutil.Process) -> str:
    told = (process.cmdline() or [process.name()])[0]
    if told.startswith("ray::"):
        name = told.split()[0].removeprefix("ray::")
        return SESSION if name.startswith(SESSION) else name.partition(".")[0].removeprefix("ServeReplica:")
    if process.pid == os.getpid():
        return LOAD
    script = next((part for part in process.cmdline()[1:] if part.endswith(".py")), "")
    return script.rpartition("/")[2] or process.name()
