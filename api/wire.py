"""Values as JSON on the wire: decimals keep their digits, dates are ISO 8601, what is not a number is null."""

from __future__ import annotations

import datetime as dt
import json
import math
from decimal import Decimal
from enum import Enum
from typing import Any, NoReturn

import simplejson
from pydantic import BaseModel

from deployments.contracts.errors import InvalidRequest, MalformedRequest


def dumps(value: Any) -> bytes:
    """The value as UTF-8 JSON.

    >>> dumps({"amount": Decimal("150000.00"), "on": dt.date(2025, 3, 15), "rate": float("nan")})
    b'{"amount":150000.00,"on":"2025-03-15","rate":null}'
    """
    text = _write(value, ignore_nan=True, default=_plain_above)
    if "NaN" in text or "Infinity" in text:
        # A decimal that is no number is written as such; or else these are words, and nothing changes.
        text = _write(plain(value), allow_nan=False)
    return text.encode("utf-8", "replace")


def _write(value: Any, **options: Any) -> str:
    written: str = simplejson.dumps(value, use_decimal=True, ensure_ascii=False, separators=(",", ":"), **options)
    return written


def _plain_above(value: Any) -> Any:
    # What is within is asked about in its turn, so that the encoder goes down and not we.
    if isinstance(value, BaseModel):
        return {name: getattr(value, name) for name in type(value).model_fields}
    return plain(value)


def plain(value: Any) -> Any:
    """The value in JSON's own types, with Decimal for exact numbers."""
    # A datetime is a date, and an enum of text is text, so the order of these tests matters.
    if isinstance(value, Enum):
        return plain(value.value)
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Decimal):
        return value if value.is_finite() else None
    if isinstance(value, dt.datetime):
        return value.isoformat().removesuffix("+00:00") + ("Z" if value.utcoffset() == dt.timedelta(0) else "")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, BaseModel):
        return {name: plain(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted(plain(item) for item in value)
    raise TypeError(f"expected plain data, got {type(value).__name__}")


def stamp(moment: dt.datetime | None) -> str | None:
    """A moment as the contract writes it, in UTC to the second.

    >>> stamp(dt.datetime(2025, 3, 15, 10, 0, 0, 250, tzinfo=dt.timezone.utc))
    '2025-03-15T10:00:00Z'
    """
    if moment is None:
        return None
    zoned = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    return zoned.astimezone(dt.UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def loads_object(text: bytes | str, what: str = "body") -> dict[str, Any]:
    """The JSON object that a client sent. Raises MalformedRequest (400) where it is not JSON, InvalidRequest (422)
    where it is JSON of another kind."""
    try:
        decoded = text.decode("utf-8") if isinstance(text, bytes) else text
        found = json.loads(decoded, parse_constant=_no_constant, object_pairs_hook=_unique)
    except UnicodeDecodeError as error:
        raise MalformedRequest(f"The {what} is not UTF-8 (byte {error.start}).") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise MalformedRequest(f"The {what} is not valid JSON: {error.msg} at {where}.") from None
    except RecursionError:
        raise MalformedRequest(f"The {what} is nested too deeply.") from None
    except ValueError as error:
        raise MalformedRequest(f"The {what} is not valid JSON: {error}.") from None
    if not isinstance(found, dict):
        kind = {list: "an array", str: "a string", bool: "a boolean", type(None): "null"}.get(type(found), "a number")
        raise InvalidRequest(f"The {what} must be a JSON object, not {kind}.")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is given twice in one object")
    return found
