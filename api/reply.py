"""Responses of the application."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from api.wire import dumps

JSON = "application/json"


def reply(content: Any, status: int = 200, **headers: str) -> Response:
    """A JSON response."""
    return Response(dumps(content), status, headers, JSON)
