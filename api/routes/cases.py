"""A conversation as golden cases."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from api.cases import golden_case
from api.operation import Call, Operation
from api.routes.sessions import SESSION
from api.shapes import NoQuery
from api.wire import dumps
from deployments.contracts.errors import (
    AgentUnavailable,
    JournalUnavailable,
    QueryTimeout,
    SessionNotFound,
    WarehouseUnavailable,
)

JSON_LINES = "application/x-ndjson"


async def get_cases(call: Call[None, NoQuery]) -> Response:
    """The conversation as one line that `bi-workbench evaluate` reads."""
    info = await call.sessions.get(call.principal, call.session_id)
    exchanges = await call.sessions.exchanges(call.principal, call.session_id)
    case = golden_case(info.session_id, info.title, exchanges, await call.sessions.fingerprint(call.principal))
    named = {"Content-Disposition": f'attachment; filename="{info.session_id}.jsonl"'}
    return Response(dumps(case) + b"\n", media_type=JSON_LINES, headers=named)


OPERATIONS: tuple[Operation[Any, Any], ...] = (
    Operation(
        "GET",
        SESSION + "/cases",
        get_cases,
        "The conversation as golden cases: questions, SQL, digests of model and data",
        "history",
        media={JSON_LINES: "One line of JSON, which `bi-workbench evaluate` asks again and scores."},
        errors=(SessionNotFound, AgentUnavailable, JournalUnavailable, WarehouseUnavailable, QueryTimeout),
        bulky=True,
    ),
)
