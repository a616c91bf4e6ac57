"""Whether the server lives, and whether it can answer."""

from __future__ import annotations

import asyncio
import time
from typing import Any
from weakref import WeakKeyDictionary

from starlette.responses import Response

from api.operation import Call, Operation
from api.reply import reply
from api.shapes import Alive, NoQuery, Readiness
from deployments.contracts.errors import AgentUnavailable, JournalUnavailable, WarehouseUnavailable, WorkbenchError
from deployments.contracts.sessions import Sessions

_UNREACHABLE: dict[str, type[WorkbenchError]] = {
    "journal": JournalUnavailable,
    "warehouse": WarehouseUnavailable,
    "agents": AgentUnavailable,
}


KEPT_SECONDS = 1.0
"""Anyone may ask, and as often as they like; so often it is found out."""
_checking: WeakKeyDictionary[Sessions, tuple[float, asyncio.Task[dict[str, bool]]]] = WeakKeyDictionary()


async def _checked(sessions: Sessions) -> dict[str, bool]:
    began, checking = _checking.get(sessions, (0.0, None))
    if checking is None or (checking.done() and time.monotonic() - began > KEPT_SECONDS):
        checking = asyncio.create_task(sessions.ready())
        _checking[sessions] = (time.monotonic(), checking)
    return await asyncio.shield(checking)


async def healthz(_call: Call[None, NoQuery]) -> Response:
    """The process answers."""
    return reply({"status": "ok"})


async def readyz(call: Call[None, NoQuery]) -> Response:
    """Agents, journal and warehouse can be reached."""
    checks = await _checked(call.sessions)
    missing = sorted(name for name, reached in checks.items() if not reached)
    if missing:
        kind = _UNREACHABLE.get(missing[0], AgentUnavailable)
        raise kind(f"Not reachable: {', '.join(missing)}.", checks=checks)
    return reply({"status": "ready", "checks": checks})


OPERATIONS: tuple[Operation[Any, Any], ...] = (
    Operation("GET", "/healthz", healthz, "The process answers", "health", response=Alive, public=True),
    Operation(
        "GET",
        "/readyz",
        readyz,
        "Agents, journal and warehouse can be reached",
        "health",
        response=Readiness,
        errors=(AgentUnavailable, JournalUnavailable, WarehouseUnavailable),
        public=True,
    ),
)
