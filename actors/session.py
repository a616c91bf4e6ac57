"""The session as a Ray actor: a thin shell around `core.SessionCore`."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import os
import time
from dataclasses import dataclass
from typing import Any

import psutil
import ray

from actors.core import SessionCore
from deployments import logs
from deployments.contracts.errors import SessionNotFound
from deployments.contracts.journal import Activation, Fenced
from deployments.contracts.sessions import Frame, Resident
from deployments.gateway import RayAgents, RayJournal
from deployments.lines.listener import Listener
from deployments.lines.place import node_folder
from deployments.without_pandas import import_arrow

import_arrow()

CALLS_AT_ONCE = 1000
"""Calls that one session takes at once; they are turns, reads and followers."""

_FLUSH_SECONDS = 0.05
_LAST_CALLS_SECONDS = 5.0
_PATIENCE_SECONDS = 0.25
_QUIET_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class Standing:
    """Who may give way: seconds without a call, and whether a call or a turn is under way."""

    session_id: str
    idle_seconds: float
    working: bool


class SessionActor:
    """One session, named by its id. It opens itself at its first call, from the record that it was `taken` over with,
    and exits when it has been idle for `idle_seconds`, when it has lost the session to another, or when it is told
    to. Those who follow it do not keep it: they are told that it went, and wait for the next one."""

    def __init__(self, session_id: str, idle_seconds: float, taken: Activation, relay: Any = None) -> None:
        logs.configure()
        from deployments import metrics  # made in each process for itself: see `worker_template`

        metrics.report_passivations_alone()
        self._passivations = metrics.PASSIVATIONS
        self._session_id = session_id
        self._idle_seconds = idle_seconds
        self._taken = taken
        self._agents = RayAgents(relay=relay)
        self._journal = RayJournal(relay=relay)
        # What was asked of a session is done, whoever goes away meanwhile.
        own_name = str(ray.get_runtime_context().get_actor_id())
        self._listener = Listener(self, own_name, node_folder, most=CALLS_AT_ONCE, lasting=("ask",))
        self._core: SessionCore | None = None
        self._calls = 0
        self._last_used = time.monotonic()
        self._passive = False
        self._quiet = asyncio.Event()
        self._watch: asyncio.Task[None] | None = None
        self._listening: asyncio.Task[None] | None = None
        self._opening: asyncio.Task[None] | None = None
        self._leaving: asyncio.Task[None] | None = None

    async def ask(self, method: str, *arguments: Any) -> Any:
        """Call a method of the session. Raises what it raises; Fenced where the session has moved elsewhere."""
        if self._leaving is not None:
            raise Fenced()
        self._calls += 1
        self._quiet.clear()
        try:
            core = self._core or self._open()
            given = getattr(core, method)
            if callable(given):
                given = given(*arguments)
            return await given if inspect.isawaitable(given) else given
        except (Fenced, SessionNotFound):
            self._leave()
            raise
        finally:
            self._last_used = time.monotonic()
            self._calls -= 1
            if not self._calls:
                self._quiet.set()

    async def follow(self, after_seq: int, wait: float) -> tuple[Frame, ...] | None:
        """The frames after `after_seq` (see `SessionCore.frames`); None when the session went passive."""
        if self._leaving is None:
            try:
                return await (self._core or self._open()).frames(after_seq, wait)
            except Fenced:
                self._leave()
        if self._passive:
            return None
        raise Fenced()

    async def standing(self) -> Standing:
        """Whether and since when nobody asked anything of it."""
        working = bool(self._calls) or (self._core is not None and self._core.working)
        idle = time.monotonic() - self._last_used
        if self._core is None and idle >= self._idle_seconds:
            await self.passivate()  # whoever made it died before it could ask; it has no watch of its own yet
        return Standing(self._session_id, idle, working)

    async def vitals(self) -> Resident:
        """What an administrator sees of this process."""
        context = ray.get_runtime_context()
        info = self._core.info if self._core else None
        return Resident(
            session_id=self._session_id,
            tenant_id=info.tenant_id if info else "",
            user_id=info.user_id if info else "",
            state="resident",
            actor_id=context.get_actor_id(),
            node=context.get_node_id(),
            pid=os.getpid(),
            epoch=self._core.epoch if self._core else 0,
            memory_bytes=psutil.Process().memory_full_info().uss,
        )

    async def passivate(self) -> bool:
        """Exit, unless a call is being served; the next request activates the session anew."""
        if self._calls or (self._core is not None and self._core.working):
            return False
        self._passive = True
        self._leave()
        return True

    async def dismiss(self) -> None:
        """Exit, whatever runs: the session was deleted."""
        self._leave()

    def _open(self) -> SessionCore:
        try:
            self._core = SessionCore(
                self._session_id, self._taken, self._journal, self._agents, patience=_PATIENCE_SECONDS
            )
        except (ValueError, KeyError):
            self._leave()  # an actor that holds no session is of no use
            raise
        del self._taken
        self._watch = asyncio.create_task(self._exit_when_idle())
        self._listening = asyncio.create_task(self._listener.open())
        self._opening = asyncio.create_task(self._open_own_ways())
        return self._core

    async def _open_own_ways(self) -> None:
        # It takes half a second of this process, which whoever waits for an answer should not wait for.
        await asyncio.sleep(_QUIET_SECONDS)
        await self._quiet.wait()
        await self._journal.open(self._session_id)
        await self._quiet.wait()
        await self._agents.open()

    async def _exit_when_idle(self) -> None:
        assert self._core is not None
        lost = asyncio.create_task(self._core.lost.wait())
        while not lost.done():
            idle = time.monotonic() - self._last_used
            if idle >= self._idle_seconds and await self.passivate():
                self._passivations.inc(1, {"cause": "idle"})
                return
            await asyncio.wait({lost}, timeout=max(self._idle_seconds - idle, 1.0))
        self._leave()

    def _leave(self) -> None:
        if self._leaving is None:
            self._leaving = asyncio.create_task(self._end())

    async def _end(self) -> None:
        if self._core is not None:
            await self._core.close()  # wakes those who follow
        if self._calls:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._quiet.wait(), _LAST_CALLS_SECONDS)
        await self._listener.close(_FLUSH_SECONDS)
        await asyncio.sleep(_FLUSH_SECONDS)  # replies are on their way
        # Ray's own gentle exit first drains for many seconds, in which the session's name is taken.
        ray.kill(ray.get_runtime_context().current_actor)
