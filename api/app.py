"""The HTTP and WebSocket interface, assembled over any sessions; and the Serve application `chat` around it."""

# Serve reads the builder's annotation to validate the arguments, so it has to be a class here and not a string.
import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, cast

import uvicorn
from pydantic import Field
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from api import dispatch, mcp, websocket
from api.admission import Admission
from api.audit import AuditedSessions, AuditLog
from api.auth import Authenticator
from api.envelope import Envelope
from api.expiry import expiring
from api.redact import keep_tokens_out_of_logs
from api.routes import OPERATIONS
from api.settings import Settings, load
from api.shares import SharedSessions, Shares
from deployments import logs
from deployments.contracts.base import Value
from deployments.contracts.errors import SettingError
from deployments.contracts.sessions import Sessions

INGRESS = "ingress"
MOST_ONGOING = 10_000
"""Requests and open sockets of one replica; each socket holds a place as long as it is open."""


def create_app(
    sessions: Sessions,
    settings: Settings,
    *,
    echoed: bool = False,
    on_line: Callable[[int], None] = lambda _waiting: None,
) -> Starlette:
    """The application over any sessions. Raises SettingError where tokens could not be checked or nothing recorded.
    `echoed`: the server around it sends request ids back by itself. `on_line` is told how many turns wait for a place."""
    keep_tokens_out_of_logs()
    admission = Admission(settings)
    places = settings.turns or max(2, os.cpu_count() or 1)
    shares = Shares(places, settings.turns_waiting, settings.turns_waiting_seconds, on_change=on_line)
    shared = cast("Sessions", SharedSessions(sessions, shares))
    recorded = AuditedSessions(shared, _audit_log(settings))
    audited = cast("Sessions", recorded)

    async def socket(connection: WebSocket) -> None:
        await websocket.serve_socket(connection, audited, settings, admission)

    middleware = [Middleware(Envelope, echoed=echoed, seconds=settings.send_seconds)]
    if settings.cors_origins:
        # Around the envelope, so that the page of an allowed origin can read what went wrong.
        middleware.insert(
            0,
            Middleware(
                CORSMiddleware,
                allow_origins=list(settings.cors_origins),
                allow_methods=["GET", "POST", "PATCH", "DELETE"],
                allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "X-Request-ID"],
                expose_headers=["Location", "Retry-After", "X-Request-ID"],
            ),
        )
    app = Starlette(
        routes=[
            *dispatch.routes(OPERATIONS, audited, settings, admission),
            WebSocketRoute(websocket.PATH, socket),
            Route(mcp.PATH, mcp.mcp_endpoint(audited, settings, admission)),
        ],
        middleware=middleware,
        # Every error is left to the envelope, so that there is one shape for all of them.
        exception_handlers={HTTPException: _leave},
        lifespan=lambda _app: _living(sessions, recorded, settings.session_days),
    )
    app.router.redirect_slashes = False
    return app


@asynccontextmanager
async def _living(sessions: Sessions, recorded: AuditedSessions, days: float) -> AsyncIterator[None]:
    # Sessions are looked after from the start: what was left in mid-turn may have nobody who asks again.
    waking = asyncio.create_task(sessions.ready())
    async with expiring(recorded, days):
        yield
    waking.cancel()
    await asyncio.gather(waking, return_exceptions=True)


def _audit_log(settings: Settings) -> AuditLog:
    folder = settings.audit or settings.state / "audit"
    try:
        return AuditLog(folder, settings.audit_questions)
    except OSError as error:
        raise SettingError(f"BI_WORKBENCH_AUDIT: {folder} cannot be used ({error.strerror}).") from None


async def _leave(_request: Request, error: Exception) -> Response:
    raise error


class ChatArgs(Value):
    """`settings` are those that differ from the environment of the replica (see `api.settings`). A session that was
    idle for `idle_seconds` is passivated; a replica keeps at most `most_resident` sessions live, and `pool` processes
    of its node ready for more."""

    settings: dict[str, Any] = Field(default_factory=dict)
    replicas: int = Field(default=1, ge=1)
    idle_seconds: float = Field(default=600.0, gt=0)
    most_resident: int | None = Field(default=None, ge=1)
    pool: int = Field(default=8, ge=0)


class ChatIngress:
    """One replica of the ingress. The secret is read where the replica runs; it does not travel with the arguments."""

    def __init__(self, args: ChatArgs) -> None:
        self._args = args

    def __serve_build_asgi_app__(self) -> Starlette:
        """The application over the sessions of this cluster."""
        from actors.directory import connect
        from deployments import metrics

        logs.configure()
        args = self._args
        settings = load(**args.settings)
        _bound_frames(settings.body_bytes)
        sessions = connect(idle_seconds=args.idle_seconds, most_resident=args.most_resident, pool=args.pool)
        return create_app(sessions, settings, echoed=True, on_line=metrics.TURNS_WAITING.set)


def _bound_frames(most: int) -> None:
    """Frames of WebSocket clients that are larger end the socket before they are kept. Serve starts its server in this
    process after us, with uvicorn's defaults, by which 16 MiB are kept before anyone sees how large a frame is."""
    uvicorn.Config = partial(uvicorn.Config, ws_max_size=most)  # type: ignore[assignment,misc]


def build(args: ChatArgs) -> Any:
    """The Serve application. Raises SettingError."""
    from ray import serve

    # Refused here, where whoever deploys sees it, rather than in a replica that does not come up.
    Authenticator(load(**args.settings))
    deployment = serve.deployment(
        name=INGRESS,
        num_replicas=args.replicas,
        max_ongoing_requests=MOST_ONGOING,
        ray_actor_options={"num_cpus": 0},
    )
    return deployment(serve.ingress()(ChatIngress)).bind(args)
