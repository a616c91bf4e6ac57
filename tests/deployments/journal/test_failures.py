"""What happens to the database, made to happen: each request then fails with `journal_unavailable`, what was
acknowledged is there, and the next request is served as soon as the database is."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pytest
import sqlalchemy as sa

from actors.core import SessionCore
from deployments.contracts.errors import JournalUnavailable
from deployments.contracts.journal import Append
from deployments.contracts.sessions import SendMessage
from deployments.journal import connections
from deployments.journal.connections import engine_for
from deployments.journal.service import JournalService
from deployments.journal.store import Journal
from tests.actors.agents import ANN, HeldAgents
from tests.deployments.journal.postgres import PostgresServer
from tests.deployments.journal.turns import AT, answered, append, received


@pytest.fixture
async def service(url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[JournalService]:
    monkeypatch.setattr(connections, "_WAIT_SECONDS", 1)
    opened = JournalService(Journal.open(url))
    await opened.create("sess-1", "acme", "ann", None, None, AT)
    await opened.activate("sess-1")
    assert await opened.append(first()) == 3
    yield opened
    opened.close()


only_sqlite = pytest.mark.parametrize("url", ["sqlite"], indirect=True)
only_postgres = pytest.mark.parametrize("url", ["postgresql"], indirect=True)


def first() -> Append:
    return append(1, 1, received("a"), answered("a"), snapshots={"res-a": b"rows"})


def second(size: int = 10) -> Append:
    return append(1, 3, received("b"), answered("b"), snapshots={"res-b": b"x" * size})


async def refused(service: JournalService, request: Append | None = None, why: str | None = None) -> None:
    with pytest.raises(JournalUnavailable, match=why) as raised:
        await service.append(request or second())
    assert raised.value.code == "journal_unavailable"
    assert raised.value.retry_after


async def served(service: JournalService) -> None:
    """Nothing was lost, and it goes on where it was."""
    await service.ping()
    assert await service.result("sess-1", "res-a") == b"rows"
    assert await service.append(second()) == 5
    taken = await service.activate("sess-1")
    assert taken.events[1:] == (received("a"), answered("a"), received("b"), answered("b"))


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """The operating system refuses to let a file of this process grow beyond this."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


@only_sqlite
async def test_a_full_disk(service: JournalService, path: Path) -> None:
    size = path.with_name(f"{path.name}-wal").stat().st_size
    with largest_file(size + 20_000):
        await refused(service, second(size=1_000_000))
        assert await service.result("sess-1", "res-a") == b"rows"
    await served(service)


@only_sqlite
async def test_a_file_that_may_have_no_more_pages(service: JournalService) -> None:
    engine = service._journal.engine
    with engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()

    def bound(raw: Any, _record: Any) -> None:
        raw.execute(f"PRAGMA max_page_count = {pages + 2}")

    sa.event.listen(engine, "connect", bound)
    engine.dispose()
    await refused(service, second(size=1_000_000), why="SQLITE_FULL")
    assert await service.result("sess-1", "res-a") == b"rows"
    sa.event.remove(engine, "connect", bound)
    engine.dispose()
    await served(service)


@only_sqlite
async def test_a_file_that_was_moved_away_and_comes_back(service: JournalService, path: Path) -> None:
    away = path.with_name("away")
    away.mkdir()
    files = list(path.parent.glob(f"{path.name}*"))
    for file in files:
        file.rename(away / file.name)
    await refused(service)
    with pytest.raises(JournalUnavailable):
        await service.session("sess-1")
    assert not path.exists()
    for file in files:
        (away / file.name).rename(file)
    await served(service)


@only_sqlite
async def test_a_file_that_was_replaced_by_a_copy(service: JournalService, path: Path) -> None:
    service._journal.close()  # its log is written into it
    copy = path.with_name("copy")
    copy.write_bytes(path.read_bytes())
    await service.ping()
    path.unlink()
    await refused(service)
    for rest in path.parent.glob(f"{path.name}-*"):
        rest.unlink()
    copy.rename(path)
    await served(service)


_LOCK_SQLITE = """
    import sys, pysqlite3
    connection = pysqlite3.connect(sys.argv[1], isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
"""
_LOCK_POSTGRES = """
    import sys, sqlalchemy
    connection = sqlalchemy.create_engine(sys.argv[1]).connect()
    connection.execute(sqlalchemy.text("LOCK TABLE sessions IN ACCESS EXCLUSIVE MODE"))
"""


@contextmanager
def locked(url: str) -> Iterator[None]:
    """Another process holds the lock."""
    program = _LOCK_POSTGRES if "://" in url else _LOCK_SQLITE
    text = textwrap.dedent(program) + "print('locked', flush=True)\nsys.stdin.read()\n"
    with subprocess.Popen(
        [sys.executable, "-c", text, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert _line(other.stdout) == "locked\n"
        yield
        other.communicate("")


def _line(stream: IO[str]) -> str:
    return stream.readline()


async def test_a_database_that_another_process_has_locked(service: JournalService, url: str) -> None:
    with locked(url):
        await refused(service)
    await served(service)


@only_sqlite
async def test_a_corrupt_file_is_told_and_served_again_once_restored(service: JournalService, path: Path) -> None:
    service._journal.close()
    good = path.read_bytes()
    # Every page but the first, which alone would be enough to tell that this is no journal.
    path.write_bytes(good[:4096] + b"\xff" * (len(good) - 4096))
    await refused(service)
    with pytest.raises(JournalUnavailable):
        await service.result("sess-1", "res-a")
    service._journal.close()
    for rest in path.parent.glob(f"{path.name}-*"):
        rest.unlink()
    path.write_bytes(good)
    await served(service)


def test_a_file_that_is_no_database_is_told_and_left_alone(path: Path) -> None:
    path.write_bytes(b"not a database at all, though long enough to be looked at" * 20)
    before = path.read_bytes()
    with pytest.raises(JournalUnavailable, match="cannot be used"):
        Journal.open(str(path))
    assert path.read_bytes() == before


async def test_a_record_that_cannot_be_read_is_told_and_left_alone(service: JournalService) -> None:
    with service._journal.engine.begin() as connection:
        connection.execute(sa.text("UPDATE events SET body = 'torn' WHERE sequence = 2"))
    with pytest.raises(JournalUnavailable):
        await service.activate("sess-1")
    assert await service.append(second()) == 5  # the epoch was not taken


@only_postgres
async def test_a_server_that_was_stopped_and_started(service: JournalService, postgres: PostgresServer) -> None:
    postgres.stop()
    try:
        await refused(service)
        with pytest.raises(JournalUnavailable):
            await service.session("sess-1")
    finally:
        postgres.start()
    await served(service)


@only_postgres
async def test_a_journal_that_was_away_at_the_start_is_served_when_it_comes(url: str, postgres: PostgresServer) -> None:
    postgres.stop()
    service = JournalService(Journal(engine_for(url)))
    try:
        with pytest.raises(JournalUnavailable):
            await service.ping()
    finally:
        postgres.start()
    assert (await service.create("sess-1", "acme", "ann", None, None, AT)).session_id == "sess-1"
    service.close()


@only_sqlite
async def test_nothing_of_a_deleted_session_is_left_in_the_file(service: JournalService, path: Path) -> None:
    core = await SessionCore.activate("sess-1", service, HeldAgents())
    for number in range(30):
        await core.perform(ANN, SendMessage(content=f"my secret {number} is platypus", message_id=f"s{number}"))
    files = [path, path.with_name(f"{path.name}-wal")]
    assert any(b"platypus" in file.read_bytes() for file in files)
    full = path.stat().st_size
    await service.delete("sess-1")
    assert not any(b"platypus" in file.read_bytes() for file in files)
    assert path.stat().st_size < max(full, 100_000)


@only_sqlite
async def test_a_deletion_under_a_reader_is_finished_by_the_next_write(service: JournalService, path: Path) -> None:
    wal = path.with_name(f"{path.name}-wal")
    other = engine_for(str(path))
    with other.execution_options(reads=True).connect() as reader:
        reader.execute(sa.text("SELECT count(*) FROM events"))
        await service.delete("sess-1")
        assert b"rows" in wal.read_bytes()
    await service.ping()
    assert wal.read_bytes() == b""
    other.dispose()
