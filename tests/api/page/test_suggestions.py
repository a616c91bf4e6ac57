"""Whatever is offered to click works: the questions to begin with, and what each of their answers offers next."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from actors.local import LocalSessions
from deployments.analytics.workspace import Workspace
from deployments.contracts.identity import Principal
from deployments.contracts.sessions import SendMessage
from deployments.journal.service import JournalService
from deployments.journal.store import Journal
from deployments.local import LocalAgents
from tests.api import odd_data
from tests.fixtures import bikes

ANN = Principal(tenant_id="acme", user_id="ann")


@pytest.fixture(scope="module")
def workspaces(workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Workspace]:
    """Three schemas: the demo with its model, a bike rental and awkward tables whose models are inferred."""
    folder = tmp_path_factory.mktemp("suggestions")
    with duckdb.connect(str(folder / "bikes.duckdb")) as connection:
        connection.execute(bikes.TABLES)
    return {
        "demo": workspace,
        "bikes": Workspace.open(str(folder / "bikes.duckdb")),
        "odd": Workspace.open(odd_data.make(folder / "odd.duckdb")),
    }


@pytest.mark.parametrize(("schema", "fewest"), [("demo", 30), ("bikes", 12), ("odd", 3)])
async def test_every_suggestion_is_answered(
    workspaces: dict[str, Workspace], schema: str, fewest: int, tmp_path: Path
) -> None:
    agents = LocalAgents(workspaces[schema])
    journal = JournalService(Journal.open(str(tmp_path / "journal.sqlite")))
    sessions = LocalSessions(agents, journal)
    failed: list[str] = []
    offered = 0
    for number, starter in enumerate(await sessions.suggestions(ANN)):
        trunk = (await sessions.create(ANN)).session_id
        first = await sessions.perform(ANN, trunk, SendMessage(content=starter, message_id=f"{number}"))
        if not first.success:
            failed.append(starter)
        for follow_up in first.suggestions:
            offered += 1
            # Each on a branch of its own, as it is meant: right after the answer that offered it.
            branch = (await sessions.branch(ANN, trunk, f"{number}", title=None)).session_id
            answer = await sessions.perform(ANN, branch, SendMessage(content=follow_up, message_id="next"))
            if not answer.success:
                failed.append(f"{starter} | {follow_up}: {answer.response}")
    await sessions.close()
    journal.close()
    agents.close()
    assert failed == []
    assert offered >= fewest
