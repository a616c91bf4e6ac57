"""The OpenAPI 3.1 document, written from the operations: what is not in it cannot be called."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib.metadata import version
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from api.errors import MEDIA_TYPE
from api.operation import Operation
from api.shapes import NoQuery, Problem
from deployments.contracts.errors import (
    Internal,
    InvalidRequest,
    KeysUnavailable,
    MalformedRequest,
    MessageNotFound,
    MethodNotAllowed,
    PayloadTooLarge,
    RateLimited,
    ResultNotFound,
    SessionNotFound,
    Unauthenticated,
    WorkbenchError,
)

_PARAMETER = re.compile(r"\{(\w+)\}")
_PATH_TEXT = {
    "session_id": "The session's id.",
    "result_id": "The result's id, from an answer.",
    "message_id": "The message's id.",
    "name": "The file's name.",
}
_NOT_FOUND = {"session_id": SessionNotFound, "result_id": ResultNotFound, "message_id": MessageNotFound}


class WireSchema(GenerateJsonSchema):
    """JSON schema of what goes over the wire: a decimal is a number, and a time need not have a zone."""

    def decimal_schema(self, schema: core_schema.DecimalSchema) -> JsonSchemaValue:  # noqa: ARG002 the base calls it so
        """A number."""
        return {"type": "number"}

    def datetime_schema(self, schema: core_schema.DatetimeSchema) -> JsonSchemaValue:  # noqa: ARG002 the base calls it so
        """ISO 8601."""
        return {"type": "string"}

    def time_schema(self, schema: core_schema.TimeSchema) -> JsonSchemaValue:  # noqa: ARG002 the base calls it so
        """ISO 8601."""
        return {"type": "string"}


def document(operations: Iterable[Operation[Any, Any]]) -> dict[str, Any]:
    """The whole document."""
    listed = list(operations)
    schemas, references = _schemas(listed)
    paths: dict[str, dict[str, Any]] = {}
    for operation in listed:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, references)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "bi-workbench",
            "version": version("bi-workbench"),
            "description": "Conversational analytics: ask in English, get SQL, rows, a chart and findings, and go on "
            "from there. The WebSocket is at /ws/chat/{session_id}; its frames are in the README.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


def _schemas(operations: list[Operation[Any, Any]]) -> tuple[dict[str, Any], dict[type[BaseModel], dict[str, Any]]]:
    received = {operation.body for operation in operations if operation.body is not None}
    sent = {operation.response for operation in operations if operation.response is not None} | {Problem}
    wanted: list[tuple[type[BaseModel], JsonSchemaMode]] = [
        *((model, "validation") for model in sorted(received, key=_name)),
        *((model, "serialization") for model in sorted(sent, key=_name)),
    ]
    found, definitions = models_json_schema(
        wanted, ref_template="#/components/schemas/{model}", schema_generator=WireSchema
    )
    return definitions["$defs"], {model: schema for (model, _), schema in found.items() if issubclass(model, BaseModel)}


def _name(model: type[BaseModel]) -> str:
    return model.__name__


def _operation(operation: Operation[Any, Any], references: dict[type[BaseModel], dict[str, Any]]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "tags": [operation.tag],
        "parameters": [*_path_parameters(operation), *_query_parameters(operation.query), *_headers(operation)],
        "responses": {**_success(operation, references), **_problems(operation, references)},
    }
    if operation.public:
        described["security"] = []
    if operation.body is not None:
        media: dict[str, Any] = {"schema": references[operation.body]}
        if operation.example is not None:
            media["example"] = operation.example
        described["requestBody"] = {"required": not operation.body_optional, "content": {"application/json": media}}
    return described


def _path_parameters(operation: Operation[Any, Any]) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": _PATH_TEXT.get(name, ""),
            "schema": {"type": "string"},
        }
        for name in _PARAMETER.findall(operation.path)
    ]


def _query_parameters(model: type[BaseModel]) -> list[dict[str, Any]]:
    if model is NoQuery:
        return []
    described = model.model_json_schema(schema_generator=WireSchema)
    return [
        {
            "name": name,
            "in": "query",
            "required": name in described.get("required", ()),
            "description": schema.get("description", ""),
            "schema": _without_null(schema),
        }
        for name, schema in described["properties"].items()
    ]


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of a parameter that is there: one that is not sent is absent, never null."""
    kept = {key: value for key, value in schema.items() if key not in {"title", "description", "default"}}
    default = {"default": schema["default"]} if schema.get("default") is not None else {}
    if "anyOf" in kept:
        options = [option for option in kept.pop("anyOf") if option != {"type": "null"}]
        kept |= options[0] if len(options) == 1 else {"anyOf": options}
    return kept | default


def _headers(operation: Operation[Any, Any]) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "header",
            "required": False,
            "description": text,
            "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
        }
        for name, text in operation.headers.items()
    ]


def _success(operation: Operation[Any, Any], references: dict[type[BaseModel], dict[str, Any]]) -> dict[str, Any]:
    content: dict[str, Any] = {}
    if operation.response is not None:
        content["application/json"] = {"schema": references[operation.response]}
    for media_type, text in operation.media.items():
        binary = not media_type.startswith(("text/", "application/json", "image/svg"))
        schema: dict[str, Any] = {"description": text}
        if not media_type.startswith("application/json"):
            schema["type"] = "string"
        if binary:
            schema["contentMediaType"] = media_type
        content.setdefault(media_type, {"schema": schema})
    response: dict[str, Any] = {"description": operation.summary}
    if content:
        response["content"] = content
    return {str(operation.status): response}


def _problems(operation: Operation[Any, Any], references: dict[type[BaseModel], dict[str, Any]]) -> dict[str, Any]:
    by_status: dict[int, list[type[WorkbenchError]]] = {}
    for kind in dict.fromkeys((*_common(operation), *operation.errors)):
        by_status.setdefault(kind.status, []).append(kind)
    return {
        str(status): {
            "description": "; ".join(dict.fromkeys(f"`{kind.code}`: {kind.title}" for kind in kinds)),
            "content": {MEDIA_TYPE: {"schema": references[Problem]}},
        }
        for status, kinds in sorted(by_status.items())
    }


def _common(operation: Operation[Any, Any]) -> list[type[WorkbenchError]]:
    """What every operation of its kind can answer."""
    kinds: list[type[WorkbenchError]] = [InvalidRequest, MethodNotAllowed, Internal]
    if not operation.public:
        kinds += [Unauthenticated, RateLimited, KeysUnavailable]
    if operation.method in {"POST", "PATCH", "DELETE"}:
        kinds += [MalformedRequest, PayloadTooLarge]
    kinds += [_NOT_FOUND[name] for name in _PARAMETER.findall(operation.path) if name in _NOT_FOUND]
    return kinds
