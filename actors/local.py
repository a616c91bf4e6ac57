"""Sessions in this process: the same orchestrator, conversation and journal, without Ray."""

from __future__ import annotations

import asyncio
import datetime as dt
import inspect
import os
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from actors.access import SessionAccess
from actors.core import SessionCore, utc_now
from deployments.contracts.agents import Agents
from deployments.contracts.errors import Overloaded
from deployments.contracts.journal import Fenced, Journal
from deployments.contracts.sessions import Resident


class LocalSessions(SessionAccess):
    """`contracts.sessions.Sessions` over sessions that live in this process.

    At most `most_resident` are held; the least recently used that is not busy gives way. `today` is the day that
    questions take as today."""

    def __init__(
        self,
        agents: Agents,
        journal: Journal,
        *,
        most_resident: int = 256,
        now: Callable[[], dt.datetime] = utc_now,
        today: Callable[[], dt.date] = dt.date.today,
    ) -> None:
        super().__init__(journal, agents)
        self._most_resident = most_resident
        self._now = now
        self._today = today
        self._cores: OrderedDict[str, SessionCore] = OrderedDict()
        self._activating: dict[str, asyncio.Lock] = {}

    async def close(self) -> None:
        """Let go of every session; what ran is run again when it is next activated."""
        for session_id in list(self._cores):
            await self._dismiss(session_id)

    async def _ask(self, session_id: str, method: str, *arguments: Any) -> Any:
        while True:
            core = await self._core(session_id)
            try:
                given = getattr(core, method)
                if callable(given):
                    given = given(*arguments)
                return await given if inspect.isawaitable(given) else given
            except Fenced:
                await self._drop(session_id, core)

    async def _core(self, session_id: str) -> SessionCore:
        lock = self._activating.setdefault(session_id, asyncio.Lock())
        try:
            async with lock:
                core = self._cores.get(session_id)
                if core is None or core.lost.is_set():
                    await self._make_room()
                    core = await SessionCore.activate(
                        session_id, self.journal, self.agents, now=self._now, today=self._today
                    )
                    self._cores[session_id] = core
        finally:
            if not lock.locked():
                self._activating.pop(session_id, None)
        self._cores.move_to_end(session_id)
        return core

    async def _make_room(self) -> None:
        if len(self._cores) < self._most_resident:
            return
        for session_id, core in self._cores.items():
            if not core.busy:
                await self._drop(session_id, core)
                return
        raise Overloaded("Every session that may be held is in use", retry_after=5)

    async def _dismiss(self, session_id: str) -> None:
        if core := self._cores.get(session_id):
            await self._drop(session_id, core)

    async def _drop(self, session_id: str, core: SessionCore) -> None:
        if self._cores.get(session_id) is core:
            del self._cores[session_id]
        await core.close()

    async def _live(self) -> dict[str, Resident]:
        return {
            session_id: Resident(
                session_id=session_id,
                tenant_id=core.info.tenant_id,
                user_id=core.info.user_id,
                state="resident",
                pid=os.getpid(),
                epoch=core.epoch,
            )
            for session_id, core in self._cores.items()
        }
