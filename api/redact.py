"""Keeps tokens that stand in a WebSocket's URL out of the server's own log."""

from __future__ import annotations

import logging
import re

_TOKEN = re.compile(r"([?&]token=)[^&\s\"']*")
_LOGGERS = ("uvicorn.error", "uvicorn.access")


class Redact(logging.Filter):
    """Rewrites `token=...` in a record before any handler sees it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always lets the record through, without the token."""
        if isinstance(record.msg, str):
            record.msg = hidden(record.msg)
        if isinstance(record.args, tuple):
            record.args = tuple(hidden(part) if isinstance(part, str) else part for part in record.args)
        return True


def hidden(text: str) -> str:
    """The text without the value of a `token` parameter.

    >>> hidden("/ws/chat/sess-1?token=abc.def.ghi&x=1")
    '/ws/chat/sess-1?token=***&x=1'
    """
    return _TOKEN.sub(r"\1***", text)


def keep_tokens_out_of_logs() -> None:
    """Install the filter where the server logs requests. Doing so again changes nothing."""
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        if not any(isinstance(present, Redact) for present in logger.filters):
            logger.addFilter(Redact())
