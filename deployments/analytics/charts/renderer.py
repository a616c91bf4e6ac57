"""Pictures drawn in a process of their own.

The engine that draws runs JavaScript, whose heap grows with use and which a specification could keep busy or bring down.
In a process beside, that costs nobody else anything: it is begun with the first picture, kept, and replaced by a fresh one
after so many pictures or when it has grown."""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from deployments.analytics.charts.draw import REPLY, REQUEST, Form
from deployments.contracts.errors import AgentUnavailable, Internal, NotAcceptable

MOST_PICTURES = 250
MOST_KIB = 256 << 10
"""How much one process draws, and may hold, before a fresh one takes its place."""
SECONDS = 20.0
"""How long a picture may take; the process that draws longer is ended."""
_WARM_UP_SECONDS = 60.0
_RETRY_AFTER = 2
_PASSED_ON = ("PATH", "PYTHONPATH", "PYTHONHOME", "HOME", "LANG", "LC_ALL", "TZ", "FONTCONFIG_FILE", "FONTCONFIG_PATH")
"""What the process is told of the environment; secrets are none of it."""


class Renderer:
    """Draws one picture at a time, for any thread. Nothing runs before the first picture."""

    def __init__(self, seconds: float = SECONDS, most_pictures: int = MOST_PICTURES, most_kib: int = MOST_KIB) -> None:
        self._seconds = seconds
        self._most_pictures = most_pictures
        self._most_kib = most_kib
        self._process: _Process | None = None
        self._fresh: _Process | None = None
        self._door = threading.Lock()

    @property
    def pid(self) -> int | None:
        """The process that draws; None before the first picture."""
        return self._process.pid if self._process else None

    def draw(self, form: Form, spec: dict[str, Any], scale: float = 1.0) -> bytes:
        """The specification as a picture. A process that dies meanwhile is replaced, once.
        Raises NotAcceptable where that takes too long, AgentUnavailable, Internal for what is no specification."""
        with self._door:
            for _ in range(2):
                process = self._chosen()
                with contextlib.suppress(OSError, EOFError):
                    with process.ending_after(_WARM_UP_SECONDS):
                        process.warm_up()
                    with process.ending_after(self._seconds):
                        return process.draw(form, spec, scale)
                process.end()
                self._process = None
                if process.warm and process.timed_out:
                    raise NotAcceptable(
                        f"This chart takes longer than {self._seconds:g} seconds to draw; its specification is under format=json."
                    )
        raise AgentUnavailable("The process that draws charts broke off.", retry_after=_RETRY_AFTER)

    def close(self) -> None:
        """End the process; the next picture begins another."""
        with self._door:
            for process in (self._process, self._fresh):
                if process is not None:
                    process.end()
            self._process = self._fresh = None

    def _chosen(self) -> _Process:
        """The process to draw in. A worn one draws on until its successor has warmed up, so that nobody waits for that."""
        if self._process is None:
            self._process, self._fresh = self._fresh or _Process(), None
        elif self._process.pictures >= self._most_pictures or self._process.kib > self._most_kib:
            if self._fresh is None:
                self._fresh = _Process()
            elif self._fresh.is_ready():
                self._process.end()
                self._process, self._fresh = self._fresh, None
        return self._process


class _Process:
    """One process that draws, and how much it has drawn."""

    def __init__(self) -> None:
        program = Path(__file__).with_name("draw.py")
        self._child = subprocess.Popen(
            [sys.executable, "-P", str(program)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={name: os.environ[name] for name in _PASSED_ON if name in os.environ},
        )
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._requests, self._replies = self._child.stdin, self._child.stdout
        self.warm = False
        self.pid = self._child.pid
        self.pictures = 0
        self.kib = 0
        self.timed_out = False

    def is_ready(self) -> bool:
        """Whether `warm_up` would return at once."""
        return self.warm or bool(select.select([self._replies], [], [], 0)[0])

    def warm_up(self) -> None:
        """Wait until it can draw. Raises EOFError where it is gone."""
        if not self.warm:
            self._reply()
            self.warm = True

    def draw(self, form: Form, spec: dict[str, Any], scale: float) -> bytes:
        """One picture. Raises EOFError or OSError where the process is gone, Internal for what is no specification."""
        asked = json.dumps(spec).encode()
        self._requests.write(REQUEST.pack(form.encode(), scale, len(asked)))
        self._requests.write(asked)
        self._requests.flush()
        drawn, picture = self._reply()
        self.pictures += 1
        if not drawn:
            raise Internal()
        return picture

    def end(self) -> None:
        """End it now."""
        self._child.kill()
        self._child.wait()
        for pipe in (self._requests, self._replies):
            with contextlib.suppress(OSError):
                pipe.close()

    @contextlib.contextmanager
    def ending_after(self, seconds: float) -> Iterator[None]:
        """What is done within takes no longer: the process is ended then."""
        self.timed_out = False
        timer = threading.Timer(seconds, self._overdue)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _overdue(self) -> None:
        self.timed_out = True
        self._child.kill()

    def _reply(self) -> tuple[bool, bytes]:
        drawn, self.kib, length = REPLY.unpack(self._read(REPLY.size))
        return drawn, self._read(length)

    def _read(self, size: int) -> bytes:
        data = self._replies.read(size)
        if len(data) < size:
            raise EOFError
        return data
