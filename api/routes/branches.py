"""What is done with an answer that is there: continue from it elsewhere, and judge it."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from api.operation import Call, Operation
from api.reply import reply
from api.routes.sessions import SESSION, SESSIONS, shown
from api.shapes import BranchBody, FeedbackBody, NoQuery, Session
from deployments.contracts.errors import (
    JournalUnavailable,
    MessageNotFound,
    SessionFull,
    SessionNotFound,
    TooManySessions,
)


async def branch_session(call: Call[BranchBody, NoQuery]) -> Response:
    """A new session that continues from an answer."""
    info = await call.sessions.branch(call.principal, call.session_id, call.body.message_id, title=call.body.title)
    return reply(shown(info), 201, Location=f"{SESSIONS}/{info.session_id}")


async def give_feedback(call: Call[FeedbackBody, NoQuery]) -> Response:
    """Judge an answer."""
    await call.sessions.judge(
        call.principal, call.session_id, call.path["message_id"], call.body.rating, call.body.comment
    )
    return Response(status_code=204)


OPERATIONS: tuple[Operation[Any, Any], ...] = (
    Operation(
        "POST",
        SESSION + "/branch",
        branch_session,
        "Continue from an answer in a new session",
        "sessions",
        body=BranchBody,
        status=201,
        response=Session,
        errors=(SessionNotFound, MessageNotFound, TooManySessions, JournalUnavailable),
        example={"message_id": "msg-1"},
    ),
    Operation(
        "POST",
        SESSION + "/messages/{message_id}/feedback",
        give_feedback,
        "Judge an answer",
        "messages",
        body=FeedbackBody,
        status=204,
        errors=(SessionNotFound, MessageNotFound, SessionFull, JournalUnavailable),
        example={"rating": "up"},
    ),
)
