"""Finds sessions among Ray actors: activates them, retries what a dying one did not answer, lets idle ones go."""

from __future__ import annotations

import asyncio
import importlib
import logging
from collections import OrderedDict
from functools import cache
from typing import Any

import ray
from ray.exceptions import ActorUnavailableError, RayActorError, RayError, RayTaskError

from actors.access import SessionAccess
from actors.session import SessionActor
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
    kept; the least recently used that is not busy gives way."""

    def __init__(
        self, journal: Journal, agents: Agents, *, idle_seconds: float = 600.0, most_resident: int = 64
    ) -> None:
        super().__init__(journal, agents)
        self._actor: Any = ray.remote(SessionActor)
        self._idle_seconds = idle_seconds
        self._most_resident = most_resident
        # Handles are kept for speed only: one that no longer answers is looked up again by the session's id.
        self._handles: OrderedDict[str, Any] = OrderedDict()
        self._finding: dict[str, asyncio.Lock] = {}
        self._warming: set[asyncio.Future[None]] = set()

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
            handle = await asyncio.to_thread(named.remote, session_id, self._idle_seconds)
        except (RayError, ValueError) as error:
            _log.warning("cannot activate %s: %s", session_id, error)
            raise AgentUnavailable("The session cannot be started", retry_after=2) from error
        warm = asyncio.ensure_future(asyncio.to_thread(prestart_workers, 1))
        self._warming.add(warm)
        warm.add_done_callback(self._warming.discard)
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


def connect(*, idle_seconds: float = 600.0, most_resident: int = 64) -> RaySessions:
    """The sessions of the Ray cluster that this process belongs to."""
    return RaySessions(RayJournal(), RayAgents(), idle_seconds=idle_seconds, most_resident=most_resident)


def prestart_workers(count: int) -> None:
    """Ask this node to have `count` more worker processes started and preloaded, so that the next sessions begin in
    milliseconds instead of a second. The call is internal to Ray; where it fails, sessions begin cold."""
    try:
        from ray._private.grpc_utils import init_grpc_channel

        messages: Any = importlib.import_module("ray.core.generated.node_manager_pb2")
        services: Any = importlib.import_module("ray.core.generated.node_manager_pb2_grpc")
        node = _this_node()
        channel = init_grpc_channel(f"{node['NodeManagerAddress']}:{node['NodeManagerPort']}")
        try:
            services.NodeManagerServiceStub(channel).PrestartWorkers(
                messages.PrestartWorkersRequest(
                    language=_PYTHON,
                    num_workers=count,
                    keep_alive_duration_secs=_KEEP_WARM_SECONDS,
                ),
                timeout=5,
            )
        finally:
            channel.close()
    except Exception as error:  # whatever an internal call may raise: only warmth is lost
        _log.info("workers cannot be started ahead: %s", type(error).__name__)


_KEEP_WARM_SECONDS = 3600
_PYTHON = 0


@cache
def _this_node() -> dict[str, Any]:
    nodes: Any = ray.nodes
    here = ray.get_runtime_context().get_node_id()
    found: dict[str, Any] = next(node for node in nodes() if node["NodeID"] == here)
    return found
