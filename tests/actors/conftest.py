from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from actors.core import SessionCore
from actors.local import LocalSessions
from deployments.journal.service import JournalService
from deployments.journal.store import Journal
from tests.actors.agents import HeldAgents
from tests.actors.cores import Activate, Breaking
from tests.deployments.journal.turns import AT


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[JournalService]:
    service = JournalService(Journal.open(str(tmp_path / "journal.sqlite")))
    yield service
    service.close()


@pytest.fixture
def agents() -> HeldAgents:
    return HeldAgents()


@pytest.fixture
async def sessions(agents: HeldAgents, journal: JournalService) -> AsyncIterator[LocalSessions]:
    local = LocalSessions(agents, journal, today=lambda: dt.date(2025, 3, 15))
    yield local
    await local.close()


@pytest.fixture
async def activate(journal: JournalService, agents: HeldAgents) -> Activate:
    await journal.create("sess-1", "acme", "ann", None, None, AT)

    async def again() -> SessionCore:
        return await SessionCore.activate("sess-1", journal, agents, today=lambda: dt.date(2025, 3, 15))

    return again


@pytest.fixture
async def broken(journal: JournalService, agents: HeldAgents) -> tuple[SessionCore, Breaking]:
    """A session, and its journal to be broken."""
    await journal.create("sess-1", "acme", "ann", None, None, AT)
    breaking = Breaking(journal)
    return await SessionCore.activate("sess-1", breaking, agents), breaking
