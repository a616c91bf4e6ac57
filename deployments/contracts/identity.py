"""Who is asking."""

from __future__ import annotations

import datetime as dt
from typing import Any

from pydantic import Field

from deployments.contracts.base import Value


class Principal(Value):
    """An authenticated caller. A session belongs to (tenant_id, user_id)."""

    tenant_id: str
    user_id: str
    roles: frozenset[str] = frozenset()
    attributes: dict[str, Any] = Field(default_factory=dict)
    expires_at: dt.datetime | None = None

    @property
    def is_admin(self) -> bool:
        """Whether the caller may act for others of the same tenant."""
        return "admin" in self.roles
