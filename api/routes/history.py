"""The conversation so far."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from api.operation import Call, Operation
from api.reply import reply
from api.routes.sessions import SESSION
from api.shapes import HistoryPage, HistoryQuery
from api.wire import stamp
from deployments.contracts.errors import JournalUnavailable, SessionNotFound


async def get_history(call: Call[None, HistoryQuery]) -> Response:
    """A page of the conversation, oldest first."""
    asked = call.query
    page = await call.sessions.history(call.principal, call.session_id, limit=asked.limit, offset=asked.offset)
    messages = [
        {
            "role": message.role,
            "content": message.content,
            "timestamp": stamp(message.timestamp),
            "metadata": message.metadata,
        }
        for message in page.messages
    ]
    return reply({"session_id": page.session_id, "messages": messages, "total_count": page.total_count})


OPERATIONS: tuple[Operation[Any, Any], ...] = (
    Operation(
        "GET",
        SESSION + "/history",
        get_history,
        "The conversation so far, oldest first",
        "history",
        query=HistoryQuery,
        response=HistoryPage,
        errors=(SessionNotFound, JournalUnavailable),
    ),
)
