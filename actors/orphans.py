"""What is left over when a process dies at the wrong moment: processes whose session is no more, and turns that began and
are in nobody's hands, because whoever held the session died and whoever asked has gone."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
from collections.abc import Awaitable, Callable, Collection

from actors.core import utc_now
from deployments.contracts.errors import SessionNotFound, WorkbenchError
from deployments.contracts.journal import Journal

IN_HAND = dt.timedelta(seconds=15)
"""A turn that began so lately is on its way, or whoever asked for it asks again."""

LOOK_BACK = dt.timedelta(hours=1)
"""How far back turns without an end are looked for, once all have been."""

_AT_ONCE = 32

_log = logging.getLogger(__name__)


class Orphans:
    """Finds them by comparing the journal with the sessions that live."""

    def __init__(self, journal: Journal, now: Callable[[], dt.datetime] = utc_now) -> None:
        self._journal = journal
        self._now = now
        self._since = dt.datetime.fromtimestamp(0, dt.UTC)

    async def clear(
        self,
        live: Collection[str],
        dismiss: Callable[[str], Awaitable[object]],
        wake: Callable[[str], Awaitable[object]],
    ) -> None:
        """Dismiss those of the `live` sessions that the journal does not know, and wake those with an open turn that do
        not live: they run it to its end. Raises JournalUnavailable; what one session raises concerns no other."""
        for session_id in live:
            try:
                await self._journal.session(session_id)
            except SessionNotFound:
                await dismiss(session_id)
        now = self._now()
        found = await self._journal.unfinished(self._since, now - IN_HAND, _AT_ONCE)
        for session_id in found:
            if session_id not in live:
                _log.info("a turn of %s is in nobody's hands", session_id)
                with contextlib.suppress(WorkbenchError):
                    await wake(session_id)
        if len(found) < _AT_ONCE:
            self._since = now - LOOK_BACK
