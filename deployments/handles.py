"""Serve's way to deployments, on whatever node their replicas are.

Importing Serve and finding a replica take half a second and tens of MiB; a process that needs neither imports nothing of
this."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

from ray.exceptions import RayActorError, RayError, RayTaskError

from deployments.calls import RETRY_AFTER, original, silent
from deployments.contracts.errors import Internal, Overloaded, WorkbenchError
from deployments.names import AGENTS_APPLICATION
from deployments.without_pandas import import_arrow, without_pandas

import_arrow()
with without_pandas():
    from ray import serve
    from ray.serve.exceptions import BackPressureError, RayServeException

_TRIES = 3

_log = logging.getLogger(__name__)


class Handles:
    """Serve's handles of the agents application. `unavailable` is what a deployment's silence is reported as."""

    def __init__(self, unavailable: type[WorkbenchError]) -> None:
        self._unavailable = unavailable
        self._methods: dict[tuple[str, str], Any] = {}

    async def call(
        self, deployment: str, method: str, seconds: float, arguments: tuple[Any, ...], named: dict[str, Any]
    ) -> Any:
        """Call and wait. Tried again when the replica died."""
        deadline = time.monotonic() + seconds
        for tries_left in reversed(range(_TRIES)):
            try:
                return await self._once(deployment, method, deadline, arguments, named)
            except RayActorError as error:
                if not tries_left:
                    raise silent(deployment, self._unavailable) from error
            except TimeoutError as error:
                raise silent(deployment, self._unavailable) from error
            except WorkbenchError:
                raise
            except RayTaskError as error:
                raise original(error) from None
            except BackPressureError as error:
                raise Overloaded(f"The {deployment} has too much to do", retry_after=RETRY_AFTER) from error
            except (RayError, RayServeException) as error:
                raise silent(deployment, self._unavailable) from error
            except Exception as error:
                # Serve hands an error of the other process on as it was raised there.
                _log.exception("%s of the %s failed", method, deployment)
                raise Internal() from error
        raise AssertionError("unreachable")

    async def _once(
        self, deployment: str, method: str, deadline: float, arguments: tuple[Any, ...], named: dict[str, Any]
    ) -> Any:
        response = self._method(deployment, method).remote(*arguments, **named)
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
