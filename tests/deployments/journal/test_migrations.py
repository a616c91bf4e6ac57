from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from deployments.contracts.errors import InvalidRequest, SettingError
from deployments.contracts.journal import Retention
from deployments.contracts.sessions import SendMessage
from deployments.journal.connections import engine_for
from deployments.journal.service import JournalService
from deployments.journal.store import Journal
from deployments.journal.tables import SCHEMA_VERSION, metadata
from tests.actors.agents import ANN, ROWS, HeldAgents
from tests.deployments.journal.test_store import new_session

FIRST = Path(__file__).parent / "version_1"
"""A journal as the first version wrote it: a session `sess-old` of ann's with three turns and two results."""


@pytest.fixture
def old(url: str) -> str:
    engine = engine_for(url)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA auto_vacuum = NONE"))
    rows = json.loads((FIRST / "rows.json").read_text())
    blob = "BLOB" if engine.dialect.name == "sqlite" else "BYTEA"
    with engine.begin() as connection:
        for statement in (FIRST / "schema.sql").read_text().format(bytes=blob).split(";\n"):
            if statement.strip():
                connection.execute(sa.text(statement))
        for table, those in rows.items():
            for row in those:
                _insert(connection, table, row)
    engine.dispose()
    return url


def _insert(connection: sa.Connection, table: str, row: dict[str, Any]) -> None:
    values = {name: bytes.fromhex(value["hex"]) if isinstance(value, dict) else value for name, value in row.items()}
    names = ", ".join(values)
    places = ", ".join(f":{name}" for name in values)
    connection.execute(sa.text(f"INSERT INTO {table} ({names}) VALUES ({places})"), values)


async def test_a_journal_of_the_first_version_goes_on_where_it_was(old: str) -> None:
    from actors.core import SessionCore

    service = JournalService(Journal.open(old))
    core = await SessionCore.activate("sess-old", service, HeldAgents())
    assert [message.content for message in core.history(10, 0).messages if message.role == "user"] == [
        "revenue by country", "only us", "what is foo",
    ]  # fmt: skip
    first = await core.perform(ANN, SendMessage(content="revenue by country", message_id="m1"))
    assert first.data is not None
    assert list(first.data.rows) == ROWS
    assert (await core.perform(ANN, SendMessage(content="only de", message_id="m4"))).row_count == 1
    service.close()


def test_what_the_first_version_stored_counts_towards_the_bounds(old: str) -> None:
    journal = Journal.open(old, Retention(results=2))
    with journal.engine.connect() as connection:
        counted = connection.execute(sa.text("SELECT kept_results, kept_bytes FROM sessions")).one()
        stored = connection.execute(sa.text("SELECT count(*), sum(length(data)) FROM results")).one()
    assert tuple(counted) == tuple(stored)
    assert counted.kept_results == 2
    journal.close()


def test_a_key_of_the_first_version_still_gives_its_session(old: str) -> None:
    journal = Journal.open(old)
    assert new_session(journal, "sess-new", key="key-1", title="whatever").session_id == "sess-old"
    new_session(journal, "sess-a", key="key-2", title="a")
    with pytest.raises(InvalidRequest):
        new_session(journal, "sess-b", key="key-2", title="b")
    journal.close()


def test_a_lifted_journal_has_the_tables_of_a_new_one(old: str) -> None:
    journal = Journal.open(old)
    found = sa.inspect(journal.engine)
    for table in metadata.sorted_tables:
        assert {column["name"] for column in found.get_columns(table.name)} == set(table.columns.keys())
        assert {index["name"] for index in found.get_indexes(table.name)} == {index.name for index in table.indexes}
    journal.close()
    again = Journal.open(old)
    with again.engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT version FROM schema_version")) == SCHEMA_VERSION
        if again.engine.dialect.name == "sqlite":
            assert connection.scalar(sa.text("PRAGMA auto_vacuum")) == 2
    again.close()


def test_a_journal_of_a_newer_server_is_refused_and_left_alone(url: str) -> None:
    journal = Journal.open(url)
    with journal.engine.begin() as connection:
        connection.execute(sa.text(f"UPDATE schema_version SET version = {SCHEMA_VERSION + 1}"))
    journal.close()
    with pytest.raises(SettingError, match="newer server"):
        Journal.open(url)
