"""Finds sessions among Ray actors: activates them, retries what a dying one did not answer, lets idle ones go."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import OrderedDict
from typing import Any

import psutil
import ray
from ray.exceptions import ActorUnavailableError, RayActorError, RayError, RayTaskError

from actors.access import POLL_SECONDS, SessionAccess
from actors.orphans import Orphans
from actors.session import CALLS_AT_ONCE, SessionActor, Standing
from actors.worker_pool import WorkerPool
from deployments import metrics
from deployments.calls import Relay, original
from deployments.contracts.agents import Agents
from deployments.contracts.answers import Answer
from deployments.contracts.errors import AgentUnavailable, Overloaded, WorkbenchError
from deployments.contracts.identity import Principal
from deployments.contracts.journal import Fenced, Journal
from deployments.contracts.sessions import Command, Frame, Resident
from deployments.gateway import RayAgents, RayJournal
from deployments.lines.line import LineLost, Lines
from deployments.lines.place import node_folder
from deployments.names import NAMESPACE, RELAYS, ROUTER

_TRIES = 12
_VITALS_SECONDS = 2.0
_SESSION_BYTES = 110 * 2**20
_MEMORY_PERCENT = 90
_HOUSE_SECONDS = 5.0
_COUNTED_EVERY = 6
_ORPHANS_EVERY = 6
_FULL_SECONDS = 1.0
_ASLEEP_SECONDS = 0.1
_LOOK_WIDE_EVERY = 20


_log = logging.getLogger(__name__)


class RaySessions(SessionAccess):
    """`contracts.sessions.Sessions` over session actors.

    A session without calls for `idle_seconds` passivates. At most `most_resident` are kept in the whole cluster (None:
    as many as fit half of this machine's memory), and fewer while memory is short; the least recently used that is not
    working gives way. `pool` is how many processes are kept ready for more."""

    def __init__(
        self,
        journal: Journal,
        agents: Agents,
        *,
        idle_seconds: float = 600.0,
        most_resident: int | None = None,
        pool: int = 0,
    ) -> None:
        super().__init__(journal, agents)
        self._pool = WorkerPool(pool)
        self._actor: Any = ray.remote(SessionActor)
        self._relay: Any = None
        self._lines = Lines(node_folder)
        self._idle_seconds = idle_seconds
        self._most_resident = most_resident or max(1, psutil.virtual_memory().total // 2 // _SESSION_BYTES)
        self._resident = 0
        self._turns = 0
        self._orphans = Orphans(journal)
        self._house: asyncio.Task[None] | None = None
        self._making_room = asyncio.Lock()
        self._full_until = 0.0
        # Handles are kept for speed only: one that no longer answers is looked up again by the session's id.
        self._handles: OrderedDict[str, Any] = OrderedDict()
        self._finding: dict[str, asyncio.Lock] = {}

    def close(self) -> None:
        """Keep house no longer; sessions stay as they are."""
        self._pool.close()
        if self._house is not None:
            self._house.cancel()

    async def ready(self) -> dict[str, bool]:
        """Whether each of agents, journal and warehouse can be reached. The pool begins to fill with the first call."""
        self._keep_house()
        return await super().ready()

    async def perform(self, principal: Principal, session_id: str, command: Command) -> Answer:
        """Run one turn and return its answer once it is committed."""
        self._turns += 1
        metrics.TURNS_RUNNING.set(self._turns)
        began = time.perf_counter()
        intent, outcome = str(command.kind), "failed"
        try:
            answer = await super().perform(principal, session_id, command)
            intent, outcome = answer.intent.value, "answered" if answer.success else "asked_back"
        except WorkbenchError as error:
            outcome = error.code
            raise
        else:
            return answer
        finally:
            self._turns -= 1
            metrics.TURNS_RUNNING.set(self._turns)
            metrics.TURN_SECONDS.observe(time.perf_counter() - began)
            metrics.TURNS.inc(1, {"intent": intent, "outcome": outcome})

    async def _ask(self, session_id: str, method: str, *arguments: Any) -> Any:
        _, given = await self._reach(session_id, "ask", method, *arguments)
        return given

    async def _reach(self, session_id: str, method: str, *arguments: Any) -> tuple[Any, Any]:
        """Call the live session until it answers; the handle that did, and what it gave. The call may run more than
        once: what is asked of a session may be asked twice, a message by its id."""
        pause = 0.01
        for tried in range(_TRIES):
            handle = await self._handle(session_id)
            try:
                return handle, await self._call(handle, method, arguments)
            except Fenced:
                self._forget(session_id, handle)
            except ActorUnavailableError:
                pass  # it may live
            except RayActorError:
                self._forget(session_id, handle)
                if not tried:
                    continue  # it is known to be dead, so another one need not wait
            await asyncio.sleep(pause)
            pause = min(pause * 2, 1.0)
        raise AgentUnavailable("The session does not answer", retry_after=2)

    async def _call(self, actor: Any, method: str, arguments: tuple[Any, ...]) -> Any:
        if (line := await self._lines.to(actor._actor_id.hex())) is not None:
            try:
                return await line.call(method, *arguments)
            except LineLost:
                pass  # Ray knows what became of it
        try:
            return await getattr(actor, method).remote(*arguments)
        except RayTaskError as error:
            raise original(error) from None

    async def _handle(self, session_id: str) -> Any:
        lock = self._finding.setdefault(session_id, asyncio.Lock())
        try:
            async with lock:
                handle = self._handles.get(session_id)
                if handle is None:
                    handle = self._handles[session_id] = await self._activate(session_id)
        finally:
            if not lock.locked():
                self._finding.pop(session_id, None)
        if session_id in self._handles:
            self._handles.move_to_end(session_id)
        return handle

    async def _activate(self, session_id: str) -> Any:
        self._keep_house()
        with contextlib.suppress(ValueError):
            return await asyncio.to_thread(ray.get_actor, session_id, NAMESPACE)
        await self._make_room()
        # Taken over from here, where the way to the journal is known; a new process would first have to find it.
        # Should another be faster and its actor be the one that is found, the fence makes it open itself anew.
        taken = await self.journal.activate(session_id)
        metrics.ACTIVATIONS.inc(1, {"cause": "first" if taken.epoch == 1 else "return"})
        named = self._actor.options(
            name=session_id,
            namespace=NAMESPACE,
            get_if_exists=True,
            lifetime="detached",
            num_cpus=0,
            max_restarts=0,
            max_concurrency=CALLS_AT_ONCE,
        )
        try:
            handle = await asyncio.to_thread(named.remote, session_id, self._idle_seconds, taken, await self._way())
        except (RayError, ValueError) as error:
            _log.warning("cannot activate %s: %s", session_id, error)
            raise AgentUnavailable("The session cannot be started", retry_after=2) from error
        return handle

    # --- who stays resident

    def _keep_house(self) -> None:
        self._pool.start()
        if self._house is None:
            self._house = asyncio.create_task(self._house_keeping())

    async def _house_keeping(self) -> None:
        round_number = 0
        while True:
            await asyncio.sleep(_HOUSE_SECONDS)
            if self._relay is None and await self._lines.to(ROUTER) is None:
                await self._find_relay()
            round_number += 1
            try:
                left = await self._trim(self._most_resident)
                if round_number % _COUNTED_EVERY == 1:
                    metrics.PASSIVE.set(max(await self.journal.count() - left, 0))
                if round_number % _ORPHANS_EVERY == 0:
                    await self._clear_orphans()
            except (WorkbenchError, RayError) as error:
                _log.warning("resident sessions could not be looked at: %s", type(error).__name__)

    async def _way(self) -> Any:
        """Who calls for a new session; nobody where it has lines to the agents, as there are from here."""
        return None if await self._lines.to(ROUTER) is not None else self._relay

    async def _find_relay(self) -> None:
        # One for each node; it lives as long as the ingress that was the first to want it.
        relay = ray.remote(Relay).options(
            name=f"relay-{ray.get_runtime_context().get_node_id()}",
            namespace=RELAYS,
            get_if_exists=True,
            num_cpus=0,
            max_restarts=-1,
            max_concurrency=CALLS_AT_ONCE,
        )
        try:
            actor: Any = await asyncio.to_thread(relay.remote)
            await actor.open.remote()
        except (RayError, ValueError) as error:
            _log.warning("sessions call for themselves from the first: %s", type(error).__name__)
        else:
            self._relay = actor

    async def _make_room(self) -> None:
        if self._resident >= self._most_resident:
            async with self._making_room:
                # Those who waited while one of them found no room need not look again.
                full = time.monotonic() < self._full_until
                if not full and self._resident >= self._most_resident:
                    full = await self._trim(self._most_resident - 1) >= self._most_resident
                    self._full_until = time.monotonic() + _FULL_SECONDS if full else 0.0
                if full:
                    raise Overloaded("Every session that may be held is in use", retry_after=5)
        self._resident += 1  # until they are counted again

    async def _trim(self, most: int) -> int:
        """Passivate down to `most` sessions, further where memory is short; how many are left."""
        known = [one for one in await asyncio.gather(*map(self._standing, await self._names())) if one is not None]
        surplus, cause = len(known) - most, "cap"
        if psutil.virtual_memory().percent > _MEMORY_PERCENT:
            surplus, cause = max(surplus, len(known) // 4 + 1), "memory"
        left = len(known)
        for handle, standing in sorted(known, key=lambda one: -one[1].idle_seconds):
            if surplus <= 0:
                break
            if not standing.working and await self._passivate(standing.session_id, handle):
                surplus, left = surplus - 1, left - 1
                metrics.PASSIVATIONS.inc(1, {"cause": cause})
        self._resident = left
        metrics.RESIDENT.set(left)
        return left

    async def _clear_orphans(self) -> None:
        await self._orphans.clear(await self._names(), self._dismiss, lambda orphan: self._ask(orphan, "last_seq"))

    async def _passivate(self, session_id: str, handle: Any) -> bool:
        try:
            gone = bool(await handle.passivate.remote())
        except RayError:
            gone = True
        if gone:
            self._handles.pop(session_id, None)
        return gone

    async def _standing(self, session_id: str) -> tuple[Any, Standing] | None:
        try:
            handle = await asyncio.to_thread(ray.get_actor, session_id, NAMESPACE)
            async with asyncio.timeout(_VITALS_SECONDS):
                return handle, await handle.standing.remote()
        except (ValueError, RayError, TimeoutError):
            return None

    # --- those who follow

    async def _frames(self, session_id: str, after_seq: int) -> tuple[Frame, ...]:
        handle, frames = await self._reach(session_id, "follow", after_seq, POLL_SECONDS)
        if frames is None:
            self._forget(session_id, handle)
            await self._until_activated(session_id, handle)
        return frames or ()

    async def _until_activated(self, session_id: str, gone: Any) -> None:
        """Wait, without waking the session, until someone else has. Raises SessionNotFound when it was deleted."""
        looks = 0
        while (there := self._handles.get(session_id)) is None or same_actor(there, gone):
            await asyncio.sleep(_ASLEEP_SECONDS)
            looks += 1
            if looks % _LOOK_WIDE_EVERY == 0:
                # Another ingress may have activated it.
                with contextlib.suppress(ValueError):
                    if not same_actor(await asyncio.to_thread(ray.get_actor, session_id, NAMESPACE), gone):
                        return
                await self.journal.session(session_id)

    async def _dismiss(self, session_id: str) -> None:
        handle = self._handles.pop(session_id, None)
        try:
            if handle is None:
                handle = await asyncio.to_thread(ray.get_actor, session_id, NAMESPACE)
            await handle.dismiss.remote()
        except (ValueError, RayError):
            return

    async def _live(self) -> dict[str, Resident]:
        found = await asyncio.gather(*map(self._vitals, await self._names()))
        return {resident.session_id: resident for resident in found if resident is not None}

    async def _names(self) -> list[str]:
        named = await asyncio.to_thread(ray.util.list_named_actors, True)
        return [entry["name"] for entry in named if entry["namespace"] == NAMESPACE]

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


def same_actor(one: Any, other: Any) -> bool:
    """Whether two handles are of the same process."""
    return bool(one._actor_id == other._actor_id)


def connect(*, idle_seconds: float = 600.0, most_resident: int | None = None, pool: int = 0) -> RaySessions:
    """The sessions of the Ray cluster that this process belongs to."""
    return RaySessions(RayJournal(), RayAgents(), idle_seconds=idle_seconds, most_resident=most_resident, pool=pool)
