"""Logs as JSON lines: every line of a turn names its session and turn, and none repeats what was asked.

The text of an error may hold a question or a value, so a line says what kind of error it was and where, and what it
said only where `texts` is set."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import inspect
import json
import logging
import os
import time
import traceback
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any, TypeVar

OURS = ("actors", "api", "bi_workbench", "deployments")
TEXTS = "BI_WORKBENCH_LOG_TEXTS"
"""The environment variable that lets questions and the texts of errors into the log."""

Where = tuple[str, str]

T = TypeVar("T", bound=type)

_where: ContextVar[Where | None] = ContextVar("where", default=None)
_log = logging.getLogger(__name__)


def where() -> Where | None:
    """The session and turn that is worked for here; None where it is for none."""
    return _where.get()


@contextlib.contextmanager
def within(place: Where | None) -> Iterator[None]:
    """What is logged within is of this session and turn."""
    token = _where.set(place)
    try:
        yield
    finally:
        _where.reset(token)


def in_turns(kind: T) -> T:
    """Class decorator for what other processes call: the public coroutine methods take, as `where`, for which session
    and turn they are called."""
    for name, method in list(vars(kind).items()):
        if inspect.iscoroutinefunction(method) and not name.startswith("_"):
            setattr(kind, name, _placed(method))
    return kind


def _placed(method: Any) -> Any:
    @functools.wraps(method)
    async def placed(*arguments: Any, where: Where | None = None, **named: Any) -> Any:
        with within(where):
            began = time.perf_counter()
            given = await method(*arguments, **named)
            if where is not None:
                taken = round((time.perf_counter() - began) * 1000, 1)
                _log.info("call answered", extra={"fields": {"call": method.__qualname__, "ms": taken}})
            return given

    return placed


def texts_allowed() -> bool:
    """Whether questions and the texts of errors may stand in the log."""
    return os.environ.get(TEXTS, "") in ("1", "true", "yes")


class JsonLines(logging.Formatter):
    """One JSON object for each record, with whatever `extra={"fields": {...}}` adds to it."""

    def __init__(self, texts: bool = False) -> None:
        super().__init__()
        self._texts = texts

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        place = where()
        line: dict[str, Any] = {
            "at": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "process": record.process,
        }
        if place is not None:
            line |= {"session_id": place[0], "turn_id": place[1]}
        line |= getattr(record, "fields", {})
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = self._error(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False, default=str)

    def _error(self, error: BaseException) -> dict[str, Any]:
        steps = [f"{step.filename}:{step.lineno} {step.name}" for step in traceback.extract_tb(error.__traceback__)]
        told = {"kind": type(error).__name__, "at": steps}
        return told | {"text": str(error)} if self._texts else told


def configure() -> None:
    """Write what our own loggers say in this process as JSON lines to standard error. Doing so again changes nothing."""
    for name in OURS:
        logger = logging.getLogger(name)
        if any(isinstance(known.formatter, JsonLines) for known in logger.handlers):
            continue
        handler = logging.StreamHandler()
        handler.setFormatter(JsonLines(texts_allowed()))
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        logger.propagate = False
