"""From a request to its operation and back: authenticate, validate, call, and let every error out as a problem."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import ExitStack
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from api.admission import Admission
from api.auth import bearer
from api.intake import parse_body, parse_query, read_body
from api.operation import Call, Operation
from api.settings import Settings
from api.shapes import EmptyBody
from deployments.contracts.errors import MessageNotFound, MethodNotAllowed, NotFound, ResultNotFound, SessionNotFound
from deployments.contracts.identity import Principal
from deployments.contracts.sessions import Sessions

_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
NOBODY = Principal(tenant_id="", user_id="")


def routes(
    operations: Iterable[Operation[Any, Any]], sessions: Sessions, settings: Settings, admission: Admission
) -> list[Route]:
    """One route for each path, which answers every method: an operation's, HEAD where there is GET, OPTIONS, and 405
    with what is allowed for the others."""
    by_path: dict[str, dict[str, Operation[Any, Any]]] = {}
    for operation in operations:
        by_path.setdefault(operation.path, {})[operation.method] = operation
    return [_route(path, methods, sessions, settings, admission) for path, methods in by_path.items()]


def _route(
    path: str,
    methods: dict[str, Operation[Any, Any]],
    sessions: Sessions,
    settings: Settings,
    admission: Admission,
) -> Route:
    allowed = sorted({*methods, "OPTIONS", *(("HEAD",) if "GET" in methods else ())})

    async def endpoint(request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers={"Allow": ", ".join(allowed)})
        operation = methods.get("GET" if request.method == "HEAD" else request.method)
        if operation is None:
            raise MethodNotAllowed(
                f"{request.method[:16]} is not possible here; possible: {', '.join(allowed)}.", allow=allowed
            )
        response = await perform(operation, request, sessions, settings, admission)
        return without_body(response) if request.method == "HEAD" else response

    # All methods come here, so that what is not possible is answered by us and not by the framework.
    return Route(path, _AllMethods(endpoint), name=path)


class _AllMethods:
    """An ASGI endpoint, which Starlette lets answer every method."""

    def __init__(self, endpoint: Any) -> None:
        self._endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive, send)
        # What is held for the request is held until its response was taken.
        with ExitStack() as request.state.held:
            response = await self._endpoint(request)
            await response(scope, receive, send)


async def perform(
    operation: Operation[Any, Any],
    request: Request,
    sessions: Sessions,
    settings: Settings,
    admission: Admission,
) -> Response:
    """Run an operation. Whether the caller may is settled before anything that it sent is looked at."""
    principal = NOBODY
    if not operation.public:
        principal = await admission.identify(bearer_of(request))
        request.state.held.enter_context(admission.under_way(principal, bulky=operation.bulky))
    path = {name: str(value) for name, value in request.path_params.items()}
    check_ids(path)
    query = parse_query(request.scope["query_string"], operation.query)
    body: Any = None
    if operation.body is not None:
        body = parse_body(
            await read_body(request, settings.body_bytes, settings.body_seconds),
            operation.body,
            optional=operation.body_optional,
        )
    elif operation.method in {"POST", "DELETE"}:
        body = parse_body(
            await read_body(request, settings.body_bytes, settings.body_seconds), EmptyBody, optional=True
        )
    return await operation.handler(Call(request, sessions, settings, principal, path, body, query))


def check_ids(path: dict[str, str]) -> None:
    """An id that no session can have is answered as one that does not exist."""
    for name, value in path.items():
        if not _ID.fullmatch(value):
            raise {"session_id": SessionNotFound, "result_id": ResultNotFound, "message_id": MessageNotFound}.get(
                name, NotFound
            )()


def bearer_of(request: Request) -> str:
    """The token of a request. Raises Unauthenticated."""
    return bearer(request.headers.getlist("authorization"))


def without_body(response: Response) -> Response:
    """The response to HEAD: the headers of GET and nothing else."""
    return Response(status_code=response.status_code, headers=dict(response.headers))
