"""The end of lines that calls."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import pickle
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from deployments.lines.frames import Frames, Kind, frame

_LOOK_AGAIN_SECONDS = 1.0


class LineLost(ConnectionError):
    """The process at the other end has gone. Whether it did what was asked is unknown."""


class Line(asyncio.Protocol):
    """A connection to one process."""

    def __init__(self) -> None:
        self.lost = False
        self._frames = Frames()
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._transport: asyncio.Transport | None = None

    @property
    def calls(self) -> int:
        """How many calls wait for their answer."""
        return len(self._waiting)

    async def call(self, method: str, *arguments: Any, **named: Any) -> Any:
        """Call a method there and wait for what it gives; cancelled, it is given up there. Raises what that raises:
        a WorkbenchError; and LineLost."""
        if self._transport is None or self.lost:
            raise LineLost(method)
        number = next(self._numbers)
        given = self._waiting[number] = asyncio.get_running_loop().create_future()
        asked = pickle.dumps((method, arguments, named), pickle.HIGHEST_PROTOCOL)
        self._transport.write(frame(Kind.CALL, number, asked))
        try:
            return await given
        finally:
            if self._waiting.pop(number, None) is not None and not self.lost:
                self._transport.write(frame(Kind.CANCEL, number))

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The line stands."""
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, _error: Exception | None) -> None:
        """Whoever waits need not wait any longer."""
        self.lost = True
        waiting, self._waiting = self._waiting, {}
        for given in waiting.values():
            if not given.done():
                given.set_exception(LineLost())

    def data_received(self, data: bytes) -> None:
        """Answers come in."""
        for kind, number, body in self._frames.feed(data):
            given = self._waiting.pop(number, None)
            if given is None or given.done():
                continue
            match kind:
                case Kind.VALUE:
                    given.set_result(pickle.loads(body))
                case Kind.ERROR:
                    given.set_exception(pickle.loads(body))
                case _:
                    self.lost = True  # it answers what it has, and takes no more
                    given.set_exception(LineLost())


class Lines:
    """The lines of this process, by the name of whom they lead to. `folder` gives where the node's sockets are."""

    def __init__(self, folder: Callable[[], Path | None]) -> None:
        self._folder = folder
        self._standing: dict[str, dict[str, Line]] = {}
        self._looked: dict[str, float] = {}
        self._looking: dict[str, asyncio.Lock] = {}

    async def to(self, name: str) -> Line | None:
        """A line to a process of that name on this node, the one that is asked least; None where there is none."""
        if time.monotonic() - self._looked.get(name, -_LOOK_AGAIN_SECONDS) >= _LOOK_AGAIN_SECONDS:
            await self._look(name)
        standing = [line for line in self._standing.get(name, {}).values() if not line.lost]
        if not standing:
            # Who has gone may be back at once, so there is no waiting before one looks again.
            self._standing.pop(name, None)
            self._looked.pop(name, None)
            return None
        return min(standing, key=lambda line: line.calls)

    def close(self) -> None:
        """Hang up everywhere."""
        for lines in self._standing.values():
            for line in lines.values():
                line.close()
        self._standing.clear()
        self._looked.clear()

    async def _look(self, name: str) -> None:
        folder = self._folder()
        if folder is None:
            return
        lock = self._looking.setdefault(name, asyncio.Lock())
        try:
            async with lock:
                known = self._standing.get(name, {})
                known = {pid: line for pid, line in known.items() if not line.lost}
                for path in _sockets(folder / name):
                    if path.name not in known and (line := await _connected(path)) is not None:
                        known[path.name] = line
                if known:
                    self._standing[name] = known
                    self._looked[name] = time.monotonic()
        finally:
            if not lock.locked():
                self._looking.pop(name, None)


def _sockets(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


async def _connected(path: Path) -> Line | None:
    try:
        _, line = await asyncio.get_running_loop().create_unix_connection(Line, str(path))
    except OSError:
        _remove_if_dead(path)
        return None
    return line


def _remove_if_dead(path: Path) -> None:
    # A process that was killed leaves its socket behind.
    try:
        os.kill(int(path.name), 0)
    except ProcessLookupError:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
            path.parent.rmdir()
    except (OSError, ValueError):
        return
