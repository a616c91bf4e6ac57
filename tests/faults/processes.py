"""The processes of one cluster, and of no other: what was started by a few known ones."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

SESSION = "SessionActor"  # beside it stands the session's id while it is called
CONTROLLER = "ray::ServeController"
PROXY = "ray::ProxyActor"
KEEPER = "ray::HAProxyManager"
BALANCER = "bin/haproxy"


def replica(deployment: str) -> str:
    """How a process of a deployment calls itself."""
    application = "chat" if deployment == "ingress" else "agents"
    return f"ray::ServeReplica:{application}:{deployment}"


class Family:
    """The descendants of `roots`. One that outlives its parent is still known once it has been seen."""

    def __init__(self, roots: Iterable[psutil.Process] = ()) -> None:
        self.roots = list(roots)
        self._seen: set[psutil.Process] = set()

    def all(self) -> list[psutil.Process]:
        """Those that live."""
        for root in self.roots:
            with contextlib.suppress(psutil.Error):
                self._seen |= {root, *root.children(recursive=True)}
        self._seen = {process for process in self._seen if lives(process)}
        return sorted(self._seen, key=lambda process: process.pid)

    def named(self, mark: str) -> list[psutil.Process]:
        """Those whose command line has `mark` in it."""
        return [process for process in self.all() if mark in _command(process)]

    def working_in(self, folder: Path) -> list[psutil.Process]:
        """Those that were told of this folder, also such whose parents died before they were seen."""
        self._seen |= {process for process in psutil.process_iter() if f"{folder}/" in _command(process)}
        return self.all()

    def kill(self, mark: str) -> int:
        """kill -9 of those whose command line has `mark` in it; how many there were. Raises LookupError for none."""
        found = self.named(mark)
        if not found:
            raise LookupError(f"no process of this cluster is called {mark}")
        end(found)
        return len(found)


def end(processes: Iterable[psutil.Process]) -> None:
    """kill -9; returns when they are gone."""
    dying = list(processes)
    for process in dying:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(dying, 10)


@contextmanager
def stopped(processes: Iterable[psutil.Process]) -> Iterator[None]:
    """They stand still meanwhile."""
    still = list(processes)
    for process in still:
        process.suspend()
    try:
        yield
    finally:
        for process in still:
            with contextlib.suppress(psutil.Error):
                process.resume()


def lives(process: psutil.Process) -> bool:
    """Whether it is there and no zombie."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""
