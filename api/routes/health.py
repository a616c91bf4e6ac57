"""Whether the server lives, and whether it can answer."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from api.operation import Call, Operation
from api.reply import reply
from api.shapes import Alive, NoQuery, Readiness
from deployments.contracts.errors import AgentUnavailable, JournalUnavailable, WarehouseUnavailable, WorkbenchError

_UNREACHABLE: dict[str, type[WorkbenchError]] = {
    "journal": JournalUnavailable,
    "warehouse": WarehouseUnavailable,
    "agents": AgentUnavailable,
}


async def healthz(_call: Call[None, NoQuery]) -> Response:
    """The process answers."""
    return reply({"status": "ok"})


async def readyz(call: Call[None, NoQuery]) -> Response:
    """Agents, journal and warehouse can be reached."""
    checks = await call.sessions.ready()
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
