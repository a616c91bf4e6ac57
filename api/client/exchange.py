"""Requests and what comes back, without I/O: both clients send these and read with these."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import httpx

from api.client.answer import Answer, Event, ServerProblem

BASE = "/api/v1/bi"
SESSIONS = f"{BASE}/chat/sessions"
STREAM = {"Accept": "text/event-stream"}
SECONDS = 120.0
TRIES = 3
PAUSE_SECONDS = 0.5


@dataclass(frozen=True)
class Request:
    """One request; `repeatable`: sent again, it does nothing twice."""

    method: str
    path: str
    body: dict[str, Any] | None = None
    query: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    repeatable: bool = True


def create(title: str | None) -> Request:
    """A new session."""
    return Request("POST", SESSIONS, {"title": title}, headers={"Idempotency-Key": uuid.uuid4().hex})


def turn(session_id: str, kind: str, body: dict[str, Any], message_id: str | None) -> Request:
    """A turn. With its id it may be sent again, and gets its first answer."""
    given = body | {"message_id": message_id or f"client-{uuid.uuid4().hex}"}
    return Request("POST", f"{SESSIONS}/{session_id}/{kind}", given)


def result(session_id: str, result_id: str, form: str) -> Request:
    """All rows of a result as a file."""
    return Request("GET", f"{SESSIONS}/{session_id}/results/{result_id}", query={"format": form})


def chart(session_id: str, result_id: str, form: str) -> Request:
    """A result's chart."""
    return Request("GET", f"{SESSIONS}/{session_id}/results/{result_id}/chart", query={"format": form})


def loads(text: str | bytes) -> Any:
    """JSON whose decimals keep their digits."""
    return json.loads(text, parse_float=Decimal)


def checked(response: httpx.Response) -> httpx.Response:
    """The response of a request that worked. Raises ServerProblem."""
    if response.is_success:
        return response
    try:
        document = loads(response.content)
    except ValueError:
        document = {}
    raise ServerProblem(response.status_code, document if isinstance(document, dict) else {})


def unreachable(error: httpx.HTTPError) -> ServerProblem:
    """What is raised where there was no answer."""
    detail = f"The server cannot be reached ({type(error).__name__})."
    return ServerProblem(0, {"code": "unreachable", "detail": detail})


class EventReader:
    """Lines of an event stream in, events out."""

    def __init__(self) -> None:
        self._data: list[str] = []

    def take(self, line: str) -> Iterator[Event]:
        """The event that this line completes, if it does. Raises ServerProblem for an error event."""
        if line.startswith("data:"):
            self._data.append(line[5:].removeprefix(" "))
        elif not line and self._data:
            body = loads("\n".join(self._data))
            self._data.clear()
            if body["type"] == "error":
                raise ServerProblem(0, body)
            answer = Answer(body["data"]) if "data" in body else None
            yield Event(body["type"], body["seq"], body, answer)
