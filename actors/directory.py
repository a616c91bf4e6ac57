"""Finds sessions among Ray actors: activates them, retries what a dying one did not answer, lets idle ones go."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import OrderedDict
from typing import Any

import ray
from ray.exceptions import ActorUnavailableError, RayActorError, RayError, RayTaskError

from actors.access import SessionAccess
from actors.session import SessionActor
from actors.worker_pool import WorkerPool
from deployments.contracts.agents import Agents
from deployments.contracts.errors import AgentUnavailable, Overloaded, WorkbenchError
from deployments.contracts.journal import Fenced, Journal
from deployments.contracts.sessions import Resident
from deployments.gateway import RayAgents, RayJournal, original
from deployments.names import NAMESPACE

_TRIES = 12
_CALLS_AT_ONCE = 1000
_VITALS_SECONDS = 2.0

_log = logging.getLogger(__name__)


class RaySessions(SessionAccess):
    """`contracts.sessions.Sessions` over session actors.

    A session without calls for `idle_seconds` passivates. At most `most_resident` of those activated from here are
    kept; the least recently used that is not busy gives way. `pool` is how many processes are kept ready for more."""

    def __init__(
        self,
        journal: Journal,
        agents: Agents,
        *,
        idle_seconds: float = 600.0,
        most_resident: int = 64,
        pool: int = 0,
    ) -> None:
        super().__init__(journal, agents)
        self._pool = WorkerPool(pool)
        self._actor: Any = ray.remote(SessionActor)
        self._idle_seconds = idle_seconds
        self._most_resident = most_resident
        # Handles are kept for speed only: one that no longer answers is looked up again by the session's id.
        self._handles: OrderedDict[str, Any] = OrderedDict()
        self._finding: dict[str, asyncio.Lock] = {}

    async def ready(self) -> dict[str, bool]:
        """Whether each of agents, journal and warehouse can be reached. The pool begins to fill with the first call."""
        self._pool.start()
        return await super().ready()

    async def _ask(self, session_id: str, method: str, *arguments: Any) -> Any:
        pause = 0.01
        for _ in range(_TRIES):
            handle = await self._handle(session_id)
            try:
                return await handle.ask.remote(method, *arguments)
            except RayTaskError as error:
                cause = original(error)
                if not isinstance(cause, Fenced):
                    raise cause from None
                self._forget(session_id, handle)
            except ActorUnavailableError:
                # It may have run: what is asked of a session may be asked twice, a message by its id.
                pass
            except RayActorError:
                self._forget(session_id, handle)
            await asyncio.sleep(pause)
            pause = min(pause * 2, 1.0)
        raise AgentUnavailable("The session does not answer", retry_after=2)

    async def _handle(self, session_id: str) -> Any:
        lock = self._finding.setdefault(session_id, asyncio.Lock())
        try:
            async with lock:
                handle = self._handles.get(session_id)
                if handle is None:
                    await self._make_room()
                    handle = self._handles[session_id] = await self._activate(session_id)
        finally:
            if not lock.locked():
                self._finding.pop(session_id, None)
        if session_id in self._handles:
            self._handles.move_to_end(session_id)
        return handle

    async def _activate(self, session_id: str) -> Any:
        self._pool.start()
        with contextlib.suppress(ValueError):
            return await asyncio.to_thread(ray.get_actor, session_id, NAMESPACE)
        # Taken over from here, where the way to the journal is known; a new process would first have to find it.
        # Should another be faster and its actor be the one that is found, the fence makes it open itself anew.
        taken = await self.journal.activate(session_id)
        named = self._actor.options(
            name=session_id,
            namespace=NAMESPACE,
            get_if_exists=True,
            lifetime="detached",
            num_cpus=0,
            max_restarts=0,
            max_concurrency=_CALLS_AT_ONCE,
        )
        try:
            handle = await asyncio.to_thread(named.remote, session_id, self._idle_seconds, taken)
        except (RayError, ValueError) as error:
            _log.warning("cannot activate %s: %s", session_id, error)
            raise AgentUnavailable("The session cannot be started", retry_after=2) from error
        return handle

    async def _make_room(self) -> None:
        if len(self._handles) < self._most_resident:
            return
        for session_id, handle in list(self._handles.items()):
            try:
                gone = await handle.passivate.remote()
            except RayError:
                gone = True
            if gone:
                self._forget(session_id, handle)
                return
        raise Overloaded("Every session that may be held is in use", retry_after=5)

    async def _dismiss(self, session_id: str) -> None:
        handle = self._handles.pop(session_id, None)
        try:
            if handle is None:
                handle = await asyncio.to_thread(ray.get_actor, session_id, NAMESPACE)
            await handle.dismiss.remote()
        except (ValueError, RayError):
            return

    async def _live(self) -> dict[str, Resident]:
        named = await asyncio.to_thread(ray.util.list_named_actors, True)
        ids = [entry["name"] for entry in named if entry["namespace"] == NAMESPACE]
        found = await asyncio.gather(*(self._vitals(session_id) for session_id in ids))
        return {resident.session_id: resident for resident in found if resident is not None}

    async def _vitals(self, session_id: str) -> Resident | None:
        try:
            handle = await asyncio.to_thread(ray.get_actor, session_id, NAMESPACE)
            async with asyncio.timeout(_VITALS_SECONDS):
                resident: Resident = await handle.vitals.remote()
        except (ValueError, RayError, TimeoutError, WorkbenchError):
            return None
        return resident

    def _forget(self, session_id: str, handle: Any) -> None:
        if self._handles.get(session_id) is handle:
            del self._handles[session_id]


def connect(*, idle_seconds: float = 600.0, most_resident: int = 64, pool: int = 0) -> RaySessions:
    """The sessions of the Ray cluster that this process belongs to."""
    return RaySessions(RayJournal(), RayAgents(), idle_seconds=idle_seconds, most_resident=most_resident, pool=pool)
