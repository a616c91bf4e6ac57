"""JSON that gives back exactly what was put in.

Plain JSON turns a decimal into text and a date into a string, and a typed question read back that way would be
another question. Here such values are tagged: `{"$decimal": "1.50"}`. Tuples come back as lists; a model that is
validated from the value makes them tuples again.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable
from decimal import Decimal
from enum import Enum
from typing import Any

_READERS: dict[str, Callable[[Any], Any]] = {
    "$decimal": Decimal,
    "$datetime": dt.datetime.fromisoformat,
    "$date": dt.date.fromisoformat,
    "$time": dt.time.fromisoformat,
    "$bytes": bytes.fromhex,
    "$dict": dict,
}
_TAG = re.compile(r'\{"\$(?:' + "|".join(name[1:] for name in _READERS) + '":)')


def dumps(value: Any) -> str:
    """JSON text of a value made of dicts, lists, tuples, sets and scalars.

    Raises TypeError for anything else.

    >>> dumps({"price": Decimal("1.50"), "on": dt.date(2025, 3, 1)})
    '{"price":{"$decimal":"1.50"},"on":{"$date":"2025-03-01"}}'
    """
    tags = 0

    def tag(found: Any) -> Any:
        nonlocal tags
        tagged = _tagged(found)
        tags += isinstance(tagged, dict)
        return tagged

    text = _write(value, tag)
    # The encoder asks only about what JSON does not know, and so passes over a dict that looks like a tag. Such a dict
    # is rare; that there is one shows in the text, where quotes within strings stand behind a backslash.
    return text if len(_TAG.findall(text)) == tags else _write(_tagged(value))


def loads(text: str) -> Any:
    """The value that `dumps` was given.

    >>> loads('{"$date":"2025-03-01"}')
    datetime.date(2025, 3, 1)
    """
    return json.loads(text, object_hook=_untagged)


def revive(found: Any) -> Any:
    """A scalar that plain JSON gave, as `loads` would give it.

    >>> revive({"$date": "2025-03-01"})
    datetime.date(2025, 3, 1)
    """
    return _untagged(found) if isinstance(found, dict) else found


def _write(value: Any, default: Callable[[Any], Any] | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=default)


def _tagged(value: Any) -> Any:
    # A datetime is a date and a bool is an int, so the order of these tests matters.
    if isinstance(value, Enum):
        return _tagged(value.value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Decimal):
        return {"$decimal": str(value)}
    if isinstance(value, dt.datetime):
        return {"$datetime": value.isoformat()}
    if isinstance(value, dt.date):
        return {"$date": value.isoformat()}
    if isinstance(value, dt.time):
        return {"$time": value.isoformat()}
    if isinstance(value, bytes):
        return {"$bytes": value.hex()}
    if isinstance(value, dict):
        if len(value) == 1 and next(iter(value)) in _READERS:
            return {"$dict": [[key, _tagged(item)] for key, item in value.items()]}
        return {str(key): _tagged(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_tagged(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted((_tagged(item) for item in value), key=str)
    raise TypeError(f"expected plain data, got {type(value).__name__}")


def _untagged(found: dict[str, Any]) -> Any:
    if len(found) == 1:
        ((key, value),) = found.items()
        if reader := _READERS.get(key):
            return reader(value)
    return found
