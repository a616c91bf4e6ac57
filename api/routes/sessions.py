"""Sessions: make, list, look at, rename, delete."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from api.intake import idempotency_key
from api.operation import Call, Operation
from api.reply import reply
from api.shapes import ChangeSession, CreateSession, Deleted, NoQuery, Session, SessionList, SessionsQuery, UserQuery
from api.wire import stamp
from deployments.contracts.errors import (
    Forbidden,
    InvalidRequest,
    JournalUnavailable,
    Overloaded,
    SessionFull,
    SessionNotFound,
    TooManySessions,
)
from deployments.contracts.identity import Principal
from deployments.contracts.sessions import SessionInfo

SESSIONS = "/api/v1/bi/chat/sessions"
SESSION = SESSIONS + "/{session_id}"
KEY_HEADER = {"Idempotency-Key": "Sent again with the same key, the request gives back the session that it made."}


def shown(info: SessionInfo) -> dict[str, Any]:
    """A session as the contract gives it."""
    return {
        "session_id": info.session_id,
        "tenant_id": info.tenant_id,
        "user_id": info.user_id,
        "created_at": stamp(info.created_at),
        "message_count": info.message_count,
        "title": info.title,
        "updated_at": stamp(info.updated_at),
    }


def owner_of(principal: Principal, body: CreateSession) -> Principal:
    """Whose session it becomes. Raises Forbidden where the body names another than the token, unless an admin makes
    it for another user of the tenant."""
    tenant_id = body.tenant_id if body.tenant_id is not None else principal.tenant_id
    user_id = body.user_id if body.user_id is not None else principal.user_id
    if tenant_id != principal.tenant_id:
        raise Forbidden("The token is for another tenant than 'tenant_id'.", field="tenant_id")
    if user_id == principal.user_id:
        return principal
    if not principal.is_admin:
        raise Forbidden("The token is for another user than 'user_id'.", field="user_id")
    # What the admin may see says nothing about what the other user may.
    return Principal(tenant_id=tenant_id, user_id=user_id)


async def create_session(call: Call[CreateSession, NoQuery]) -> Response:
    """Create a session."""
    owner = owner_of(call.principal, call.body)
    key = idempotency_key(call.request)
    info = await call.sessions.create(owner, title=call.body.title, idempotency_key=key)
    return reply(shown(info), 201, Location=f"{SESSIONS}/{info.session_id}")


async def list_sessions(call: Call[None, SessionsQuery]) -> Response:
    """The caller's own sessions."""
    asked = call.query
    page = await call.sessions.list(call.principal, limit=asked.limit, cursor=asked.cursor, search=asked.q)
    return reply({"sessions": [shown(info) for info in page.sessions], "next_cursor": page.next_cursor})


async def get_session(call: Call[None, NoQuery]) -> Response:
    """One session."""
    return reply(shown(await call.sessions.get(call.principal, call.session_id)))


async def change_session(call: Call[ChangeSession, NoQuery]) -> Response:
    """Rename a session."""
    return reply(shown(await call.sessions.rename(call.principal, call.session_id, call.body.title)))


async def delete_session(call: Call[None, NoQuery]) -> Response:
    """Delete a session and everything recorded of it."""
    await call.sessions.delete(call.principal, call.session_id)
    return Response(status_code=204)


async def delete_sessions(call: Call[None, UserQuery]) -> Response:
    """Delete all sessions of a user and everything recorded of them."""
    return reply({"deleted": await call.sessions.delete_all(call.principal, call.query.user_id)})


OPERATIONS: tuple[Operation[Any, Any], ...] = (
    Operation(
        "POST",
        SESSIONS,
        create_session,
        "Create a session",
        "sessions",
        body=CreateSession,
        body_optional=True,
        headers=KEY_HEADER,
        status=201,
        response=Session,
        errors=(Forbidden, InvalidRequest, TooManySessions, Overloaded, JournalUnavailable),
        example={"tenant_id": "acme-corp", "user_id": "user-456"},
    ),
    Operation(
        "GET",
        SESSIONS,
        list_sessions,
        "List your sessions, newest first",
        "sessions",
        query=SessionsQuery,
        response=SessionList,
        errors=(JournalUnavailable,),
    ),
    Operation(
        "DELETE",
        SESSIONS,
        delete_sessions,
        "Delete all sessions of a user, `?user_id=`",
        "sessions",
        query=UserQuery,
        response=Deleted,
        errors=(Forbidden, JournalUnavailable),
    ),
    Operation("GET", SESSION, get_session, "A session", "sessions", response=Session, errors=(SessionNotFound,)),
    Operation(
        "PATCH",
        SESSION,
        change_session,
        "Rename a session",
        "sessions",
        body=ChangeSession,
        response=Session,
        errors=(SessionNotFound, InvalidRequest, SessionFull),
        example={"title": "Customers by revenue"},
    ),
    Operation(
        "DELETE",
        SESSION,
        delete_session,
        "Delete a session with everything recorded of it",
        "sessions",
        status=204,
        errors=(SessionNotFound,),
    ),
)
