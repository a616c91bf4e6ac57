"""Reading a request: the body within its limit, the query string, the headers; what is wrong is named."""

from __future__ import annotations

import asyncio
import difflib
import re
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect, Request

from api.wire import loads_object
from deployments.contracts.errors import InvalidRequest, MalformedRequest, PayloadTooLarge

M = TypeVar("M", bound=BaseModel)
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


async def read_body(request: Request, limit: int, seconds: float) -> bytes:
    """The whole body. Raises PayloadTooLarge as soon as it is known to be longer than `limit` bytes, MalformedRequest
    where it has not come in `seconds`."""
    declared = request.headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and int(declared) > limit:
        raise too_large("body", limit)
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
                size += len(chunk)
                if size > limit:
                    raise too_large("body", limit)
                chunks.append(chunk)
    except TimeoutError:
        raise MalformedRequest(f"The body did not arrive within {seconds:g} seconds.") from None
    except ClientDisconnect:
        raise InvalidRequest("The body ended before it was complete.") from None
    return b"".join(chunks)


def too_large(what: str, limit: int) -> PayloadTooLarge:
    """The error for a body or frame of more than `limit` bytes."""
    return PayloadTooLarge(f"The {what} is larger than {limit:,} bytes.", limit_bytes=limit)


def parse_body(raw: bytes, model: type[M], *, optional: bool) -> M:
    """The body as its model. Raises MalformedRequest, InvalidRequest."""
    if not raw.strip():
        if not optional:
            names = ", ".join(repr(name) for name, item in model.model_fields.items() if item.is_required())
            raise InvalidRequest(f"The body is empty; expected a JSON object with {names}.")
        raw = b"{}"
    return validate(loads_object(raw), model)


def parse_query(raw: bytes, model: type[M]) -> M:
    """The query string as its model. Raises InvalidRequest, also for a parameter that is unknown or given twice."""
    try:
        pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict")
    except ValueError:
        raise InvalidRequest("The query string is not valid UTF-8.") from None
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in found:
            raise InvalidRequest(f"The parameter '{name[:64]}' is given twice.", field=name[:64])
        found[name] = value
    return validate(found, model, "parameter")


def validate(found: dict[str, Any], model: type[M], kind: str = "field") -> M:
    """The values as their model. Raises InvalidRequest, with `field` and every fault under `errors`."""
    try:
        return model.model_validate(found)
    except ValidationError as error:
        faults = [fault(item, model, kind) for item in error.errors(include_url=False, include_input=False)[:20]]
        nearest = tuple(faults[0].pop("nearest", ()))
        for other in faults[1:]:
            other.pop("nearest", None)
        first = faults[0]
        raise InvalidRequest(first["detail"], suggestions=nearest, field=first["field"], errors=faults) from None


def fault(item: Any, model: type[BaseModel], kind: str) -> dict[str, Any]:
    """One fault of a validation in words. The value itself is not repeated."""
    name = ".".join(str(part) for part in item["loc"])[:64]
    says = str(item["msg"]).removeprefix("Value error, ")
    match item["type"]:
        case "missing":
            return {"field": name, "detail": f"The {kind} '{name}' is required."}
        case "extra_forbidden":
            known = list(model.model_fields)
            nearest = difflib.get_close_matches(name, known, 1)
            hint = f" Did you mean '{nearest[0]}'?" if nearest else f" Known: {', '.join(known) or 'none'}."
            return {"field": name, "detail": f"Unknown {kind} '{name}'.{hint}", "nearest": nearest}
        case "too_long" | "string_too_long":
            most = item["ctx"]["max_length"]
            return {"field": name, "detail": f"The {kind} '{name}' is longer than {most:,} characters."}
        case "value_error":
            return {"field": name, "detail": f"The {kind} '{name}' {says}."}
        case _:
            return {"field": name, "detail": f"The {kind} '{name}' is not valid: {says[:1].lower()}{says[1:]}."}


def check_length(text: str, limit: int, name: str) -> None:
    """Raises InvalidRequest for a question of more than `limit` characters."""
    if len(text) > limit:
        raise InvalidRequest(
            f"The field '{name}' has {len(text):,} characters; at most {limit:,} are read.", field=name, limit=limit
        )


def idempotency_key(request: Request) -> str | None:
    """The Idempotency-Key header. Raises InvalidRequest where it cannot be one."""
    values = request.headers.getlist("idempotency-key")
    if not values:
        return None
    if len(values) > 1 or not _KEY.fullmatch(values[0]):
        raise InvalidRequest(
            "The header 'Idempotency-Key' must be given once, with 1 to 255 printable characters.",
            field="Idempotency-Key",
        )
    return values[0]
