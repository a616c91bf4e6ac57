"""Connections to the journal's database, and what its failures mean.

SQLite runs with a write-ahead log and a sync at each commit. A file that was moved away or deleted is noticed before the
next use: a connection would go on writing into what no one can open any more.
"""

from __future__ import annotations

import contextlib
import urllib.parse
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError, OperationalError

from deployments.contracts.errors import JournalUnavailable, SettingError

OLDEST_SQLITE = (3, 51, 3)
"""Older libraries can corrupt a write-ahead log that several connections use."""

_WAIT_SECONDS = 5
_LONGEST_STATEMENT_SECONDS = 60
_IN_EACH_OTHERS_WAY = {"40001", "40P01"}  # serialization failure, deadlock


def engine_for(url: str) -> sa.Engine:
    """An engine for an SQLAlchemy URL, or for the path of an SQLite file, which is made where it is missing. Connects to
    nothing yet. Raises SettingError, JournalUnavailable."""
    if "://" not in url:
        return _sqlite_file(Path(url).expanduser().absolute())
    try:
        parsed = sa.make_url(url)
        if parsed.get_backend_name() == "sqlite":
            if (name := parsed.database) and name != ":memory:" and "uri" not in parsed.query:
                return _sqlite_file(Path(name).absolute())
            return _sqlite(parsed)
        if parsed.drivername in ("postgres", "postgresql"):
            parsed = parsed.set(drivername="postgresql+psycopg")
        limits = f"-c lock_timeout={_WAIT_SECONDS}s -c statement_timeout={_LONGEST_STATEMENT_SECONDS}s"
        return sa.create_engine(
            parsed,
            pool_size=6,
            max_overflow=0,
            pool_timeout=_WAIT_SECONDS,
            pool_pre_ping=True,
            connect_args={"connect_timeout": _WAIT_SECONDS, "options": limits},
        )
    except (ArgumentError, ImportError, ValueError) as error:
        raise SettingError(f"The journal's address is not one that can be used ({type(error).__name__})") from None


def refuse_old_sqlite(found: tuple[int, ...]) -> None:
    """Raises SettingError for a library that may corrupt the journal."""
    if found < OLDEST_SQLITE:
        needed, has = (".".join(map(str, version)) for version in (OLDEST_SQLITE, found))
        raise SettingError(
            f"The journal needs SQLite {needed} or newer, and this library is {has}: "
            "older ones can corrupt a write-ahead log. Reinstall the package pysqlite3."
        )


def unavailable(error: Exception) -> JournalUnavailable:
    """What a failure of the database is to a caller; names its kind and no content."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    name = getattr(cause, "sqlite_errorname", None) or type(cause).__name__
    return JournalUnavailable(f"The journal cannot be used ({name})", retry_after=5)


def in_each_others_way(error: Exception) -> bool:
    """Whether two writers of one database stopped each other, so that each may succeed when tried again."""
    return isinstance(error, OperationalError) and getattr(error.orig, "sqlstate", None) in _IN_EACH_OTHERS_WAY


def _sqlite_file(path: Path) -> sa.Engine:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
    except OSError as error:
        raise JournalUnavailable(f"The journal's file cannot be made: {path.name}") from error
    # From here on the file is only opened, never made: one that has gone is to come back, not to be begun anew.
    name = f"file:{urllib.parse.quote(str(path))}"
    engine = _sqlite(sa.URL.create("sqlite", database=name, query={"mode": "rw", "uri": "true"}))

    def remember(_connection: Any, record: Any) -> None:
        record.info["file"] = _identity(path)

    def check(_connection: Any, record: Any, _proxy: Any) -> None:
        if record.info["file"] != _identity(path):
            raise DisconnectionError("the file is another one now")

    sa.event.listen(engine, "connect", remember)
    sa.event.listen(engine, "checkout", check)
    return engine


def _identity(path: Path) -> tuple[int, int] | None:
    with contextlib.suppress(OSError):
        found = path.stat()
        return found.st_dev, found.st_ino
    return None


def _sqlite(url: sa.URL) -> sa.Engine:
    import pysqlite3  # a newer SQLite than the interpreter's own

    refuse_old_sqlite(pysqlite3.sqlite_version_info)
    engine = sa.create_engine(
        url,
        module=pysqlite3,
        poolclass=sa.QueuePool,
        pool_size=6,
        max_overflow=0,
        pool_timeout=_WAIT_SECONDS,
        connect_args={"check_same_thread": False},  # the pool lends a connection to one thread at a time
    )
    sa.event.listen(engine, "connect", _set_up_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    # The driver must not begin transactions by itself: savepoints need BEGIN to come from us.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={_WAIT_SECONDS * 1000}",
        "auto_vacuum=INCREMENTAL",  # only heard before the first table is made
        "journal_mode=WAL",
        "synchronous=FULL",
        "secure_delete=ON",  # what is deleted is overwritten
        "foreign_keys=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: sa.Connection) -> None:
    # Asked of the driver itself: by way of a statement it would take as long as what follows.
    driver: Any = connection.connection.driver_connection
    begin = "BEGIN" if connection.get_execution_options().get("reads") else "BEGIN IMMEDIATE"
    try:
        driver.execute(begin)
    except driver.Error as error:
        raise OperationalError(begin, None, error) from error
