"""What the HTTP interface can do, as data: the routes, the validation and the OpenAPI document all read this."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from api.settings import Settings
from api.shapes import NoQuery
from deployments.contracts.errors import WorkbenchError
from deployments.contracts.identity import Principal
from deployments.contracts.sessions import Sessions

B = TypeVar("B")
Q = TypeVar("Q", bound=BaseModel)


@dataclass(frozen=True)
class Call(Generic[B, Q]):
    """A request that was authenticated and validated. `path` holds the path's parameters."""

    request: Request
    sessions: Sessions
    settings: Settings
    principal: Principal
    path: dict[str, str]
    body: B
    query: Q

    @property
    def session_id(self) -> str:
        """The session of the path."""
        return self.path["session_id"]


@dataclass(frozen=True)
class Operation(Generic[B, Q]):
    """One method on one path.

    `body` is the model of the JSON body, None where none is read; with `body_optional` an empty one counts as {}.
    `response` is the model of the success body; `media` the other media types that may come back, with what they
    are. `errors` are those beside the ones that every operation of its kind can raise. `public` needs no token; the responses of a `bulky` one may be large files."""

    method: str
    path: str
    handler: Callable[[Call[B, Q]], Awaitable[Response]]
    summary: str
    tag: str
    body: type[BaseModel] | None = None
    body_optional: bool = False
    query: type[BaseModel] = NoQuery
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 200
    response: type[BaseModel] | None = None
    media: dict[str, str] = field(default_factory=dict)
    errors: tuple[type[WorkbenchError], ...] = ()
    public: bool = False
    bulky: bool = False
    example: Any = None

    @property
    def name(self) -> str:
        """The operation's id: the handler's name."""
        return self.handler.__name__
