"""What the data means, and questions to begin with."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from api.operation import Call, Operation
from api.reply import reply
from api.shapes import NoQuery, SuggestionList
from deployments.contracts.errors import AgentUnavailable, WarehouseUnavailable

MODEL = "/api/v1/bi/model"
SUGGESTIONS = "/api/v1/bi/suggestions"


class ModelView(BaseModel):
    """The semantic model: entities with their attributes, relationships, metrics, named filters."""

    model_config = ConfigDict(extra="allow")

    name: str
    entities: list[dict[str, Any]]
    relationships: list[dict[str, Any]]
    metrics: list[dict[str, Any]]


async def get_model(call: Call[None, NoQuery]) -> Response:
    """The semantic model as the caller may see it."""
    return reply(await call.sessions.model(call.principal))


async def get_suggestions(call: Call[None, NoQuery]) -> Response:
    """Questions to begin with."""
    return reply({"suggestions": list(await call.sessions.suggestions(call.principal))})


OPERATIONS: tuple[Operation[Any, Any], ...] = (
    Operation(
        "GET",
        MODEL,
        get_model,
        "The semantic model",
        "model",
        response=ModelView,
        errors=(AgentUnavailable, WarehouseUnavailable),
    ),
    Operation(
        "GET",
        SUGGESTIONS,
        get_suggestions,
        "Questions to begin with, each of which works",
        "model",
        response=SuggestionList,
        errors=(AgentUnavailable, WarehouseUnavailable),
    ),
)
