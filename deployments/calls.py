"""Calls to the deployments of the agents application: every call has a timeout, and every failure is a typed error.

A replica on the same node is called over a line. Serve's way to any other (`handles`) takes a new process half a second
to find; until it has, another process that has found it calls in its stead (`Relay`)."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
from typing import Any

import ray
from ray.exceptions import RayActorError, RayTaskError

from deployments import logs
from deployments.contracts.errors import AgentUnavailable, Internal, JournalUnavailable, WorkbenchError
from deployments.lines.line import Line, LineLost, Lines
from deployments.lines.place import node_folder
from deployments.names import AGENTS, JOURNAL

RETRY_AFTER = 5
"""Seconds after which what did not answer may be asked again."""

_OPENING_SECONDS = 30.0


class Relay:
    """An actor that calls deployments for others."""

    def __init__(self) -> None:
        logs.configure()
        self._agents = Caller(AgentUnavailable, tells=True)
        self._journal = Caller(JournalUnavailable)

    async def open(self) -> None:
        """Find the way to every deployment that questions visit."""
        for caller, names, method in ((self._journal, (JOURNAL,), "ping"), (self._agents, AGENTS, "reachable")):
            for name in names:
                with contextlib.suppress(WorkbenchError):
                    await caller.open(name, method, _OPENING_SECONDS)

    async def call(
        self, deployment: str, method: str, seconds: float, where: logs.Where | None, arguments: tuple[Any, ...]
    ) -> Any:
        """Call as `Caller.call` does. Raises what that raises; cancelled, it cancels the call."""
        with logs.within(where):
            caller = self._journal if deployment == JOURNAL else self._agents
            return await caller.call(deployment, method, seconds, *arguments)


class Caller:
    """Calls deployments of the agents application. `unavailable` is what their silence is reported as; one that `tells`
    says for which turn it calls. With a `relay`, what goes to a deployment that no line leads to goes through that until
    `open` has found Serve's way there."""

    def __init__(self, unavailable: type[WorkbenchError], tells: bool = False, relay: Any = None) -> None:
        self._relay = relay
        self._open: set[str] = set()
        self._tells = tells
        self._unavailable = unavailable
        self._handles: Any = None
        self._lines = Lines(node_folder)

    async def open(self, deployment: str, method: str, seconds: float, *arguments: Any) -> None:
        """Find the own way to a deployment, with this call of it where that takes one."""
        if await self._lines.to(deployment) is None:
            await self._by_handle(deployment, method, seconds, arguments)
            self._open.add(deployment)

    async def call(self, deployment: str, method: str, seconds: float, *arguments: Any) -> Any:
        """Call and wait. Tried again when the replica died: what is called is either pure or fenced."""
        if (line := await self._lines.to(deployment)) is not None:
            try:
                return await self._over(line, deployment, method, seconds, arguments)
            except LineLost:
                pass  # Serve knows who else there is, or will be
        if self._relay is not None and deployment not in self._open:
            try:
                return await self._relayed(deployment, method, seconds, arguments)
            except RayActorError:
                self._relay = None  # it has gone, so one's own way it is
        return await self._by_handle(deployment, method, seconds, arguments)

    async def _over(self, line: Line, deployment: str, method: str, seconds: float, arguments: tuple[Any, ...]) -> Any:
        try:
            async with asyncio.timeout(seconds):
                return await line.call(method, *arguments, **self._told())
        except TimeoutError as error:
            raise silent(deployment, self._unavailable) from error

    def _told(self) -> dict[str, Any]:
        return {"where": place} if self._tells and (place := logs.where()) else {}

    async def _relayed(self, deployment: str, method: str, seconds: float, arguments: tuple[Any, ...]) -> Any:
        asked = self._relay.call.remote(deployment, method, seconds, logs.where(), arguments)
        try:
            async with asyncio.timeout(seconds):
                return await asked
        except RayTaskError as error:
            raise original(error) from None
        except asyncio.CancelledError:
            ray.cancel(asked)
            raise
        except TimeoutError as error:
            ray.cancel(asked)
            raise silent(deployment, self._unavailable) from error

    async def _by_handle(self, deployment: str, method: str, seconds: float, arguments: tuple[Any, ...]) -> Any:
        if self._handles is None:
            # In a thread, because others are answered meanwhile.
            found: Any = await asyncio.to_thread(importlib.import_module, "deployments.handles")
            self._handles = found.Handles(self._unavailable)
        return await self._handles.call(deployment, method, seconds, arguments, self._told())


def silent(deployment: str, unavailable: type[WorkbenchError]) -> WorkbenchError:
    """The error for a deployment that does not answer."""
    return unavailable(f"The {deployment.replace('_', ' ')} does not answer", retry_after=RETRY_AFTER)


def original(error: RayTaskError) -> WorkbenchError:
    """The error that was raised in the other process; Internal for one that was not meant to be told."""
    cause = error.cause
    while isinstance(cause, RayTaskError):
        cause = cause.cause
    return cause if isinstance(cause, WorkbenchError) else Internal()
