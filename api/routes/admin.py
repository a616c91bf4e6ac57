"""What an administrator sees of the tenant's sessions."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from api.operation import Call, Operation
from api.reply import reply
from api.shapes import NoQuery, ResidentList
from api.wire import stamp
from deployments.contracts.errors import Forbidden, JournalUnavailable


async def list_residents(call: Call[None, NoQuery]) -> Response:
    """The tenant's sessions, resident and passive."""
    if not call.principal.is_admin:
        raise Forbidden("This needs the role 'admin'.")
    residents = await call.sessions.residents(call.principal)
    return reply(
        {
            "sessions": [
                {**resident.model_dump(), "last_activity": stamp(resident.last_activity)} for resident in residents
            ]
        }
    )


OPERATIONS: tuple[Operation[Any, Any], ...] = (
    Operation(
        "GET",
        "/api/v1/bi/admin/sessions",
        list_residents,
        "The tenant's sessions, resident and passive (admins)",
        "admin",
        response=ResidentList,
        errors=(Forbidden, JournalUnavailable),
    ),
)
