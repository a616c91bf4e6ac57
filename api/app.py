"""The HTTP and WebSocket interface, assembled; and the Serve application around it."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from api import dispatch, websocket
from api.auth import Authenticator
from api.envelope import Envelope
from api.redact import keep_tokens_out_of_logs
from api.routes import OPERATIONS
from api.settings import Settings
from deployments.contracts.sessions import Sessions


def create_app(sessions: Sessions, settings: Settings) -> Starlette:
    """The application over any sessions. Raises SettingError where tokens could not be checked."""
    keep_tokens_out_of_logs()
    authenticator = Authenticator(settings)

    async def socket(connection: WebSocket) -> None:
        await websocket.serve_socket(connection, sessions, settings, authenticator)

    middleware = [Middleware(Envelope)]
    if settings.cors_origins:
        middleware.append(
            Middleware(
                CORSMiddleware,
                allow_origins=list(settings.cors_origins),
                allow_methods=["GET", "POST", "PATCH", "DELETE"],
                allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "X-Request-ID"],
                expose_headers=["Location", "Retry-After", "X-Request-ID"],
            )
        )
    app = Starlette(
        routes=[
            *dispatch.routes(OPERATIONS, sessions, settings, authenticator),
            WebSocketRoute(websocket.PATH, socket),
        ],
        middleware=middleware,
        # Every error is left to the envelope, so that there is one shape for all of them.
        exception_handlers={HTTPException: _leave},
    )
    app.router.redirect_slashes = False
    return app


async def _leave(_request: Request, error: Exception) -> Response:
    raise error
