from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from actors.local import LocalSessions
from deployments.contracts.identity import Principal
from deployments.journal.service import JournalService
from deployments.journal.store import Journal
from tests.actors.agents import HeldAgents

ANN = Principal(tenant_id="acme", user_id="ann")


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
