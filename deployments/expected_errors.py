"""Errors that callers are told about are no news in a log: one line with their code, and no traceback."""

from __future__ import annotations

import logging

from deployments.contracts.errors import WorkbenchError


class ExpectedErrors(logging.Filter):
    """Takes the traceback from a record of a WorkbenchError. What it says may repeat the question, so only the code
    stays."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Every record passes."""
        error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
        if isinstance(error, WorkbenchError) and error.status != 500:
            record.exc_info, record.exc_text = None, None
            record.msg, record.args = "refused: %s", (error.code,)
            record.levelno, record.levelname = logging.INFO, "INFO"
        return True


def say_expected_errors_shortly() -> None:
    """For what Serve logs in this process."""
    serve = logging.getLogger("ray.serve")
    if not any(isinstance(known, ExpectedErrors) for known in serve.filters):
        serve.addFilter(ExpectedErrors())
