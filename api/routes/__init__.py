"""Every operation of the HTTP interface."""

from __future__ import annotations

from typing import Any

from api.operation import Operation
from api.routes import admin, branches, cases, docs, health, history, messages, model, page, results, sessions

OPERATIONS: tuple[Operation[Any, Any], ...] = (
    *sessions.OPERATIONS,
    *messages.OPERATIONS,
    *branches.OPERATIONS,
    *history.OPERATIONS,
    *cases.OPERATIONS,
    *results.OPERATIONS,
    *model.OPERATIONS,
    *admin.OPERATIONS,
    *health.OPERATIONS,
    *docs.OPERATIONS,
    *page.OPERATIONS,
)
