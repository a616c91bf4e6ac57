"""The error tree as `application/problem+json` (RFC 9457) and as WebSocket close codes."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

from starlette.responses import Response

from api.wire import dumps
from deployments.contracts import errors
from deployments.contracts.errors import Forbidden, SessionNotFound, SetupError, Unauthenticated, WorkbenchError

MEDIA_TYPE = "application/problem+json"


class Close(IntEnum):
    """Why the server ended a WebSocket."""

    TOO_LARGE = 1009
    """A frame was larger than allowed."""
    FAILED = 1011
    """A defect of ours."""
    RESTARTING = 1012
    """The server is restarting: connect again and resume."""
    TOO_SLOW = 1013
    """The client took no data for too long: connect again and resume."""
    UNAUTHENTICATED = 4401
    """No token, one that cannot be trusted, or one that has expired."""
    FORBIDDEN = 4403
    """The caller may not do this."""
    NOT_FOUND = 4404
    """No such session, or it was deleted."""
    TOO_MANY = 4409
    """Too many frames wait for an answer or are refused, or the user has too many sockets open."""


def codes() -> dict[str, type[WorkbenchError]]:
    """Every error that can reach a caller of the HTTP interface, by its stable code."""
    kinds = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, WorkbenchError) and not issubclass(kind, SetupError)
    ]
    # A kind that only refines another (400 beside 422) shares its code; the first one defined stands for it.
    return {kind.code: kind for kind in reversed(kinds) if kind is not WorkbenchError}


def detail(error: WorkbenchError) -> str:
    """The sentence for the caller. A foreign session reads exactly as one that does not exist."""
    return "There is no such session." if isinstance(error, SessionNotFound) else error.detail


def document(error: WorkbenchError, request_id: str) -> dict[str, Any]:
    """The problem document."""
    shown: dict[str, Any] = {
        "type": f"urn:bi-workbench:error:{error.code}",
        "title": error.title,
        "status": error.status,
        "detail": detail(error),
        "code": error.code,
        "success": False,
        "request_id": request_id,
    }
    if isinstance(error, SessionNotFound):
        return shown
    if error.suggestions:
        shown["suggestions"] = list(error.suggestions)
    if error.retry_after is not None:
        shown["retry_after"] = error.retry_after
    return {**error.extra, **shown}


def response(error: WorkbenchError, request_id: str) -> Response:
    """The problem as a response, with the headers its status asks for."""
    headers: dict[str, str] = {}
    if error.status in {429, 503}:
        headers["Retry-After"] = str(error.retry_after or 1)
    if error.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="bi-workbench"'
    if allow := error.extra.get("allow"):
        headers["Allow"] = ", ".join(allow)
    return Response(dumps(document(error, request_id)), error.status, headers, MEDIA_TYPE)


def close_code(error: WorkbenchError) -> Close | None:
    """With which code an error ends a socket; None where the socket can go on."""
    if isinstance(error, Unauthenticated):
        return Close.UNAUTHENTICATED
    if isinstance(error, Forbidden):
        return Close.FORBIDDEN
    if isinstance(error, SessionNotFound):
        return Close.NOT_FOUND
    return None
