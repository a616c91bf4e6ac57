"""Calls to the deployments of the agents application: every call has a timeout, and every failure is a typed error.

The way to a deployment takes a new process half a second to find. Until it has, another process that has found it calls
in its stead (`Relay`)."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from typing import Any

import ray
from ray.exceptions import RayActorError, RayError, RayTaskError

from deployments import logs
from deployments.contracts.errors import AgentUnavailable, Internal, JournalUnavailable, Overloaded, WorkbenchError
from deployments.lean_serve import BackPressureError, RayServeException, serve
from deployments.names import AGENTS, AGENTS_APPLICATION, JOURNAL

_log = logging.getLogger(__name__)

_TRIES = 3
_RETRY_AFTER = 5
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
    says for which turn it calls. With a `relay`, what goes to a deployment goes through that until `open` has found the
    way there."""

    def __init__(self, unavailable: type[WorkbenchError], tells: bool = False, relay: Any = None) -> None:
        self._relay = relay
        self._open: set[str] = set()
        self._tells = tells
        self._unavailable = unavailable
        self._methods: dict[tuple[str, str], Any] = {}

    async def open(self, deployment: str, method: str, seconds: float, *arguments: Any) -> Any:
        """Call by one's own way, and go it from now on."""
        given = await self._directly(deployment, method, seconds, arguments)
        self._open.add(deployment)
        return given

    async def call(self, deployment: str, method: str, seconds: float, *arguments: Any) -> Any:
        """Call and wait. Tried again when the replica died: what is called is either pure or fenced."""
        if self._relay is not None and deployment not in self._open:
            try:
                return await self._relayed(deployment, method, seconds, arguments)
            except RayActorError:
                self._relay = None  # it has gone, so one's own way it is
        return await self._directly(deployment, method, seconds, arguments)

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
            raise self._silent(deployment) from error

    async def _directly(self, deployment: str, method: str, seconds: float, arguments: tuple[Any, ...]) -> Any:
        deadline = time.monotonic() + seconds
        for tries_left in reversed(range(_TRIES)):
            try:
                return await self._once(deployment, method, deadline, arguments)
            except RayActorError as error:
                if not tries_left:
                    raise self._silent(deployment) from error
            except TimeoutError as error:
                raise self._silent(deployment) from error
            except WorkbenchError:
                raise
            except RayTaskError as error:
                raise original(error) from None
            except BackPressureError as error:
                raise Overloaded(f"The {deployment} has too much to do", retry_after=_RETRY_AFTER) from error
            except (RayError, RayServeException) as error:
                raise self._silent(deployment) from error
            except Exception as error:
                # Serve hands an error of the other process on as it was raised there.
                _log.exception("%s of the %s failed", method, deployment)
                raise Internal() from error
        raise AssertionError("unreachable")

    async def _once(self, deployment: str, method: str, deadline: float, arguments: tuple[Any, ...]) -> Any:
        told = {"where": place} if self._tells and (place := logs.where()) else {}
        response = self._method(deployment, method).remote(*arguments, **told)
        try:
            async with asyncio.timeout(deadline - time.monotonic()):
                return await response
        except (asyncio.CancelledError, TimeoutError):
            # Serve cancels a call by itself only where the caller is a Serve request too.
            response.cancel()
            raise

    def _method(self, deployment: str, method: str) -> Any:
        found = self._methods.get((deployment, method))
        if found is None:
            handle = self._methods.get((deployment, ""))
            if handle is None:
                # Both sides import the same classes, so that the plain pickler will do, at a fraction of the time.
                handle = serve.get_deployment_handle(deployment, AGENTS_APPLICATION).options(
                    request_serialization="pickle", response_serialization="pickle"
                )
                self._methods[deployment, ""] = handle
            found = self._methods[deployment, method] = handle.options(method_name=method)
        return found

    def _silent(self, deployment: str) -> WorkbenchError:
        return self._unavailable(f"The {deployment.replace('_', ' ')} does not answer", retry_after=_RETRY_AFTER)


def original(error: RayTaskError) -> WorkbenchError:
    """The error that was raised in the other process; Internal for one that was not meant to be told."""
    cause = error.cause
    while isinstance(cause, RayTaskError):
        cause = cause.cause
    return cause if isinstance(cause, WorkbenchError) else Internal()
