"""Sessions that nobody used for as many days as the settings say are deleted, with everything that is kept of them."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import logging
from collections.abc import AsyncIterator

from api.audit import AuditedSessions
from deployments.contracts.errors import WorkbenchError

EVERY_SECONDS = 3600.0

log = logging.getLogger("bi_workbench.api")


@contextlib.asynccontextmanager
async def expiring(sessions: AuditedSessions, days: float) -> AsyncIterator[None]:
    """Look for such sessions now and every hour; 0 days is never."""
    looking = asyncio.create_task(_look(sessions, dt.timedelta(days=days))) if days else None
    try:
        yield
    finally:
        if looking is not None:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)


async def _look(sessions: AuditedSessions, age: dt.timedelta) -> None:
    while True:
        try:
            deleted = await sessions.expire(dt.datetime.now(dt.UTC) - age)
            log.info("%d sessions that were unused for %s were deleted", deleted, age)
        except WorkbenchError as error:
            log.warning("unused sessions could not be deleted: %s", error.code)
        await asyncio.sleep(EVERY_SECONDS)
