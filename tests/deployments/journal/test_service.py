from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from deployments.contracts.errors import JournalUnavailable, SessionNotFound
from deployments.contracts.journal import Fenced
from deployments.journal.service import JournalService
from deployments.journal.store import Journal
from tests.deployments.journal.turns import AT, answered, append, received


class Counted(Journal):
    """Counts commits, and holds the first until it is told to go on."""

    commits = 0
    go_on: threading.Event | None = None

    def write(self, operations: Any) -> Any:
        if self.go_on is not None:
            self.go_on.wait(10)
        self.commits += 1
        return super().write(operations)


async def test_those_who_wait_are_served_by_one_commit(journal: Journal) -> None:
    counted = Counted(journal.engine)
    service = JournalService(counted)
    for number in range(20):
        await service.create(f"sess-{number}", "acme", "ann", None, None, AT)
        await service.activate(f"sess-{number}")
    counted.commits, counted.go_on = 0, threading.Event()
    waiting = [
        asyncio.ensure_future(service.append(append(1, 1, received("a"), answered("a"), session_id=f"sess-{number}")))
        for number in range(20)
    ]
    await asyncio.sleep(0)
    counted.go_on.set()
    assert await asyncio.gather(*waiting) == [3] * 20
    assert counted.commits <= 2
    service.close()


async def test_each_caller_hears_of_its_own_failure(journal: Journal) -> None:
    service = JournalService(journal)
    await service.create("sess-1", "acme", "ann", None, None, AT)
    await service.activate("sess-1")
    outcomes = await asyncio.gather(
        service.append(append(1, 1, received("a"))),
        service.append(append(7, 1, received("b"))),
        service.activate("sess-none"),
        return_exceptions=True,
    )
    assert outcomes[0] == 2
    assert isinstance(outcomes[1], Fenced)
    assert isinstance(outcomes[2], SessionNotFound)
    service.close()


async def test_a_caller_that_goes_away_takes_no_other_with_it(journal: Journal) -> None:
    counted = Counted(journal.engine)
    service = JournalService(counted)
    counted.go_on = threading.Event()
    first = asyncio.ensure_future(service.create("sess-1", "acme", "ann", None, None, AT))
    gone = asyncio.ensure_future(service.create("sess-2", "acme", "ann", None, None, AT))
    last = asyncio.ensure_future(service.create("sess-3", "acme", "ann", None, None, AT))
    await asyncio.sleep(0)
    gone.cancel()
    counted.go_on.set()
    assert [(await first).session_id, (await last).session_id] == ["sess-1", "sess-3"]
    service.close()


async def test_a_closed_journal_refuses(journal: Journal) -> None:
    service = JournalService(journal)
    service.close()
    with pytest.raises(JournalUnavailable):
        await service.create("sess-1", "acme", "ann", None, None, AT)
