"""The end of lines that is called."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import pickle
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, cast

from deployments.contracts.errors import Internal, WorkbenchError
from deployments.lines.frames import Frames, Kind, frame

_LET_IN_SECONDS = 0.01

_log = logging.getLogger(__name__)


class Listener:
    """Lets other processes of this node call the coroutine methods of `target` by `name`, `most` calls at once; others
    wait in order. A call whose caller gave up is cancelled, unless its method is among those that are `lasting`.

    `folder` gives where the node's sockets are, or None where there are none."""

    def __init__(
        self,
        target: object,
        name: str,
        folder: Callable[[], Path | None],
        *,
        most: int = 1000,
        lasting: Collection[str] = (),
    ) -> None:
        self.target = target
        self.lasting = frozenset(lasting)
        self.closing = False
        self.places = asyncio.Semaphore(most)
        self.connections: set[Connection] = set()
        self._name = name
        self._folder = folder
        self._path: Path | None = None
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Listen, where that is not so yet. Where it cannot be, the process is called in other ways."""
        if self.closing or (self._path is not None and self._path.exists()):
            return
        folder = self._folder()
        if folder is None:
            return
        try:
            own = folder / self._name
            own.mkdir(mode=0o700, exist_ok=True)
            path = own / str(os.getpid())
            path.unlink(missing_ok=True)
            self._server = await asyncio.get_running_loop().create_unix_server(lambda: Connection(self), str(path))
        except OSError as error:
            _log.warning("no lines to %s: %s", self._name, type(error).__name__)
            return
        self._path = path

    async def close(self, seconds: float = 30.0) -> None:
        """Take no more calls. Returns when those that run are answered, or after so many seconds."""
        self.closing = True
        if self._path is not None:
            self._path.unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                self._path.parent.rmdir()
        if self._server is not None:
            # A server that is closed forgets whom it is just letting in, and they would wait for ever.
            await asyncio.sleep(_LET_IN_SECONDS)
            self._server.close()
        running = [task for connection in self.connections for task in connection.calls.values()]
        if running:
            await asyncio.wait(running, timeout=seconds)
        for connection in list(self.connections):
            connection.close()


class Connection(asyncio.Protocol):
    """One caller of a listener."""

    def __init__(self, listener: Listener) -> None:
        self.calls: dict[int, asyncio.Task[None]] = {}
        self._listener = listener
        self._frames = Frames()
        self._lasting: set[int] = set()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Someone calls."""
        self._transport = cast("asyncio.Transport", transport)
        if self._listener.closing:
            self._transport.close()
        self._listener.connections.add(self)

    def connection_lost(self, _error: Exception | None) -> None:
        """The caller has gone; what was asked for it is stopped as if it had said so."""
        self._transport = None
        self._listener.connections.discard(self)
        for number in list(self.calls):
            self._cancel(number)

    def data_received(self, data: bytes) -> None:
        """Calls come in, or are given up."""
        for kind, number, body in self._frames.feed(data):
            if kind is Kind.CANCEL:
                self._cancel(number)
            elif self._listener.closing:
                self._send(Kind.GONE, number)
            else:
                task = self.calls[number] = asyncio.create_task(self._answer(number, body))
                task.add_done_callback(lambda _, number=number: self._forget(number))  # type: ignore[misc]

    def close(self) -> None:
        """Hang up, once what was said has been sent."""
        if self._transport is not None:
            self._transport.close()

    def _cancel(self, number: int) -> None:
        if number in self.calls and number not in self._lasting:
            self.calls[number].cancel()

    def _forget(self, number: int) -> None:
        self.calls.pop(number, None)
        self._lasting.discard(number)

    async def _answer(self, number: int, body: bytes) -> None:
        method, arguments, named = pickle.loads(body)
        if method in self._listener.lasting:
            self._lasting.add(number)
        try:
            async with self._listener.places:
                value: Any = await getattr(self._listener.target, method)(*arguments, **named)
            kind, told = Kind.VALUE, pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
        except WorkbenchError as error:
            kind, told = Kind.ERROR, pickle.dumps(error, pickle.HIGHEST_PROTOCOL)
        except Exception:
            _log.exception("%s failed", method)
            kind, told = Kind.ERROR, pickle.dumps(Internal(), pickle.HIGHEST_PROTOCOL)
        self._send(kind, number, told)

    def _send(self, kind: Kind, number: int, body: bytes = b"") -> None:
        if self._transport is not None:
            self._transport.write(frame(kind, number, body))
