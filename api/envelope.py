"""What every response has around it: a request id, safe headers, a problem document instead of a traceback, and an end
to waiting for a client that does not take it."""

from __future__ import annotations

import asyncio
import logging
import re
import time
import uuid
from typing import Any

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import errors
from deployments.contracts.errors import Internal, InvalidRequest, MethodNotAllowed, NotFound, WorkbenchError

log = logging.getLogger("bi_workbench.api")
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,128}")
PIECE = 64 * 1024
SLOWEST = 32 * 1024
"""Bytes a second that a client takes, all in all, or is cut."""
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)


class Stalled(Exception):
    """The client takes nothing, or too little."""


class Sending:
    """The way out of one response: in pieces, each of which the client takes in `seconds`, all of them at `SLOWEST`."""

    def __init__(self, send: Send, seconds: float) -> None:
        self._send = send
        self._seconds = seconds
        self._waited = 0.0
        self._sent = 0

    async def __call__(self, message: Message) -> None:
        """Send a message of the response. Raises Stalled."""
        body = message.get("body", b"")
        for start in range(0, len(body) - PIECE, PIECE):
            await self._put({**message, "body": body[start : start + PIECE], "more_body": True}, PIECE)
            message = {**message, "body": body[start + PIECE :]}
        await self._put(message, len(message.get("body", b"")))

    async def _put(self, message: Message, size: int) -> None:
        began = time.monotonic()
        try:
            async with asyncio.timeout(self._seconds):
                await self._send(message)
        except TimeoutError:
            raise Stalled from None
        self._waited += time.monotonic() - began
        self._sent += size
        if self._waited > self._seconds + self._sent / SLOWEST:
            raise Stalled


class Envelope:
    """ASGI middleware around the whole application. A request id sent as X-Request-ID is kept where it is harmless.
    Where the server around it sends back the id of its own accord (`echoed`), it is not sent twice. A client that takes
    nothing of the response for `seconds` is cut."""

    def __init__(self, app: ASGIApp, echoed: bool = False, seconds: float = 30.0) -> None:
        self._app = app
        self._echoed = echoed
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = scope.setdefault("state", {})["request_id"] = request_id_of(scope)
        started = False
        sending = Sending(send, self._seconds)

        async def enveloped(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = list(message.get("headers", []))
                present = {name for name, _ in headers}
                headers += [pair for pair in _HEADERS if pair[0] not in present]
                if b"cache-control" not in present:
                    headers.append((b"cache-control", b"no-store"))
                own = (b"x-request-id", request_id.encode())
                if not (self._echoed and own in scope["headers"]):
                    headers.append(own)
                message = {**message, "headers": headers}
            await sending(message)

        try:
            await self._app(scope, receive, enveloped)
        except Stalled:
            # The server closes the connection of a response that has no end.
            log.info("%s %r was not taken by its client (%s)", scope["method"], scope["path"][:200], request_id)
        except Exception as error:
            known = known_error(error, scope, request_id)
            if started:
                # The response is cut: its reader must not take it for complete.
                raise
            await errors.response(known, request_id)(scope, receive, enveloped)


def request_id_of(scope: Scope) -> str:
    """The caller's X-Request-ID, or a new one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _REQUEST_ID.fullmatch(value):
            return str(value, "ascii")
    return uuid.uuid4().hex


def known_error(error: Exception, scope: dict[str, Any] | Any, request_id: str) -> WorkbenchError:
    """The error in terms of the error tree. A defect is logged under the request's id and told as Internal."""
    if isinstance(error, HTTPException):
        if error.status_code == 404:
            return NotFound("There is nothing at this path; GET /openapi.json lists what there is.")
        if error.status_code == 405:
            return MethodNotAllowed()
        return InvalidRequest(str(error.detail))
    if isinstance(error, WorkbenchError):
        if error.status >= 500:
            log.warning("%s %r: %s (%s)", error.status, scope["path"][:200], error.code, request_id)
        return error
    # The query string may hold a token and is not logged.
    log.error("%s %r failed (%s)", scope.get("method"), scope["path"][:200], request_id, exc_info=error)
    return Internal(f"Something went wrong here; the log has it under {request_id}.")
