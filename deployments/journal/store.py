"""The journal over a database: SQLite by default, PostgreSQL by URL, with the same statements.

Each operation is a plain function of a connection; `Journal.write` runs many of them in one transaction, each within
its own savepoint, so that one commit (one sync to disk) serves all who wait.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from deployments.contracts.errors import (
    Internal,
    InvalidRequest,
    JournalUnavailable,
    ResultExpired,
    ResultNotFound,
    SessionNotFound,
    WorkbenchError,
)
from deployments.contracts.events import (
    Event,
    MessageReceived,
    SessionCreated,
    SessionRenamed,
    TurnAnswered,
    TurnCancelled,
    TurnFailed,
    decode_event,
    encode_event,
)
from deployments.contracts.journal import Activation, Append, Fenced, Standing
from deployments.contracts.sessions import SessionInfo, SessionPage
from deployments.journal.tables import SCHEMA_VERSION, events, idempotency, messages, metadata, results, sessions
from deployments.journal.tables import schema_version as versions

_log = logging.getLogger(__name__)

T = TypeVar("T")
Operation = Callable[[sa.Connection], T]

_HISTORY = (MessageReceived, TurnAnswered, TurnFailed, TurnCancelled)
"""Events that each add one message to the history."""


class Journal:
    """The record of sessions in one database. Thread-safe; blocks. Raises JournalUnavailable for whatever the
    database cannot do (full, locked, corrupt, gone); then nothing of the transaction is in the record."""

    def __init__(self, engine: sa.Engine, keep_results: int = 500) -> None:
        self.engine = engine
        self._reading = engine.execution_options(reads=True)
        self.keep_results = keep_results

    @classmethod
    def open(cls, url: str, keep_results: int = 500) -> Journal:
        """Open by SQLAlchemy URL or by the path of an SQLite file, and make the tables where they are missing.
        Raises JournalUnavailable."""
        journal = cls(engine_for(url), keep_results)
        journal.write([_prepare])[0].value()
        return journal

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    def read(self, operation: Operation[T]) -> T:
        """Run one reading operation."""
        try:
            with self._reading.connect() as connection:
                return operation(connection)
        except SQLAlchemyError as error:
            raise _unavailable(error) from error

    def write(self, operations: Sequence[Operation[Any]]) -> list[Outcome]:
        """Run the operations in order in one transaction and commit once.

        One that raises a WorkbenchError is undone alone, and its outcome is that error. When the database fails,
        every outcome is JournalUnavailable and nothing was written."""
        try:
            with self.engine.begin() as connection:
                return [_attempt(connection, operation) for operation in operations]
        except (SQLAlchemyError, OSError) as error:
            return [Outcome(error=_unavailable(error)) for _ in operations]

    # --- writing operations

    def create(
        self, session_id: str, tenant_id: str, user_id: str, title: str | None, key: str | None, at: dt.datetime
    ) -> Operation[SessionInfo]:
        """Record a new session, or find the one that the key made."""

        def run(connection: sa.Connection) -> SessionInfo:
            if key is not None and (made := _made_by(connection, tenant_id, user_id, key)):
                return self.session(made)(connection)
            if _owner(connection, session_id) == (tenant_id, user_id):
                return self.session(session_id)(connection)  # asked again because the reply was lost
            created = SessionCreated(session_id=session_id, tenant_id=tenant_id, user_id=user_id, title=title, at=at)
            moment = _micros(at)
            connection.execute(
                sessions.insert().values(
                    session_id=session_id,
                    tenant_id=tenant_id,
                    user_id=user_id,
                    title=title,
                    title_folded=(title or "").casefold(),
                    created_at=moment,
                    updated_at=moment,
                    sequence=1,
                )
            )
            _insert_events(connection, session_id, 1, (created,))
            if key is not None:
                connection.execute(
                    idempotency.insert().values(tenant_id=tenant_id, user_id=user_id, key=key, session_id=session_id)
                )
            return self.session(session_id)(connection)

        return run

    def activate(self, session_id: str) -> Operation[Activation]:
        """Raise the epoch by one and read the record."""

        def run(connection: sa.Connection) -> Activation:
            taken = connection.execute(
                sessions.update().where(sessions.c.session_id == session_id).values(epoch=sessions.c.epoch + 1)
            )
            if taken.rowcount == 0:
                raise SessionNotFound()
            epoch, sequence = connection.execute(
                sa.select(sessions.c.epoch, sessions.c.sequence).where(sessions.c.session_id == session_id)
            ).one()
            bodies = connection.execute(
                sa.select(events.c.body).where(events.c.session_id == session_id).order_by(events.c.sequence)
            ).scalars()
            return Activation(epoch=epoch, sequence=sequence, events=tuple(decode_event(body) for body in bodies))

        return run

    def append(self, request: Append) -> Operation[int]:
        """Check the fence and add the events with their snapshots."""

        def run(connection: sa.Connection) -> int:
            sequence = request.sequence + len(request.events)
            # The condition and the change are one statement, so that no other writer can come between them.
            moved = connection.execute(
                sessions.update()
                .where(
                    sessions.c.session_id == request.session_id,
                    sessions.c.epoch == request.epoch,
                    sessions.c.sequence == request.sequence,
                )
                .values(sequence=sequence, **_summary(request.events))
            )
            if moved.rowcount == 0:
                raise _why_refused(connection, request)
            _insert_events(connection, request.session_id, request.sequence + 1, request.events)
            _record_messages(connection, request)
            for result_id, data in request.snapshots.items():
                connection.execute(
                    results.insert().values(
                        session_id=request.session_id, result_id=result_id, sequence=sequence, data=data
                    )
                )
            if request.snapshots:
                self._expire(connection, request.session_id)
            return sequence

        return run

    def delete(self, session_id: str) -> Operation[None]:
        """Remove everything of a session."""

        def run(connection: sa.Connection) -> None:
            for table in (events, messages, results, idempotency):
                connection.execute(table.delete().where(table.c.session_id == session_id))
            if connection.execute(sessions.delete().where(sessions.c.session_id == session_id)).rowcount == 0:
                raise SessionNotFound()

        return run

    def ping(self) -> Operation[None]:
        """Take and give back the write lock."""

        def run(connection: sa.Connection) -> None:
            connection.execute(sessions.update().where(sa.false()).values(epoch=0))

        return run

    # --- reading operations

    def session(self, session_id: str) -> Operation[SessionInfo]:
        """One session."""

        def run(connection: sa.Connection) -> SessionInfo:
            row = connection.execute(sa.select(sessions).where(sessions.c.session_id == session_id)).first()
            if row is None:
                raise SessionNotFound()
            return _info(row)

        return run

    def sessions(
        self, tenant_id: str, user_id: str, limit: int, cursor: str | None, search: str | None
    ) -> Operation[SessionPage]:
        """One owner's sessions, newest first."""
        query = sa.select(sessions).where(sessions.c.tenant_id == tenant_id, sessions.c.user_id == user_id)
        if search:
            query = query.where(sessions.c.title_folded.contains(search.casefold(), autoescape=True))
        if cursor is not None:
            created_at, session_id = _open_cursor(cursor)
            query = query.where(
                sa.tuple_(sessions.c.created_at, sessions.c.session_id) < sa.tuple_(created_at, session_id)
            )
        query = query.order_by(sessions.c.created_at.desc(), sessions.c.session_id.desc()).limit(limit + 1)

        def run(connection: sa.Connection) -> SessionPage:
            rows = connection.execute(query).all()
            page = rows[:limit]
            more = _close_cursor(page[-1].created_at, page[-1].session_id) if len(rows) > limit and page else None
            return SessionPage(sessions=tuple(_info(row) for row in page), next_cursor=more)

        return run

    def standings(self, tenant_id: str, limit: int) -> Operation[tuple[Standing, ...]]:
        """The tenant's most recently used sessions."""
        query = (
            sa.select(sessions)
            .where(sessions.c.tenant_id == tenant_id)
            .order_by(sessions.c.updated_at.desc(), sessions.c.session_id)
            .limit(limit)
        )
        return lambda connection: tuple(
            Standing(info=_info(row), epoch=row.epoch, sequence=row.sequence) for row in connection.execute(query)
        )

    def result(self, session_id: str, result_id: str) -> Operation[bytes]:
        """A stored snapshot."""
        query = sa.select(results.c.data).where(results.c.session_id == session_id, results.c.result_id == result_id)

        def run(connection: sa.Connection) -> bytes:
            row = connection.execute(query).first()
            if row is None:
                raise ResultNotFound()
            if row.data is None:
                raise ResultExpired()
            return bytes(row.data)

        return run

    def _expire(self, connection: sa.Connection, session_id: str) -> None:
        kept = (
            sa.select(results.c.sequence)
            .where(results.c.session_id == session_id)
            .order_by(results.c.sequence.desc())
            .limit(1)
            .offset(self.keep_results)
        )
        if (oldest := connection.execute(kept).scalar()) is not None:
            connection.execute(
                results.update()
                .where(results.c.session_id == session_id, results.c.sequence <= oldest)
                .values(data=None)
            )


class Outcome:
    """What became of one operation: a value or an error."""

    __slots__ = ("_value", "error")

    def __init__(self, value: Any = None, error: WorkbenchError | None = None) -> None:
        self._value = value
        self.error = error

    def value(self) -> Any:
        """The value; raises the error."""
        if self.error is not None:
            raise self.error
        return self._value


def engine_for(url: str) -> sa.Engine:
    """An engine for an SQLAlchemy URL, or for the path of an SQLite file."""
    if "://" not in url:
        path = Path(url).expanduser().absolute()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise JournalUnavailable(f"The journal's folder cannot be made: {path.parent.name}") from error
        url = f"sqlite:///{path}"
    if not url.startswith("sqlite"):
        return sa.create_engine(url, pool_size=4, max_overflow=0, pool_pre_ping=True)
    import pysqlite3  # a newer SQLite than the interpreter's own

    engine = sa.create_engine(url, module=pysqlite3, pool_size=6, max_overflow=0)
    sa.event.listen(engine, "connect", _set_up_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    # The driver must not begin transactions by itself: savepoints need BEGIN to come from us.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN" if connection.get_execution_options().get("reads") else "BEGIN IMMEDIATE")


def _prepare(connection: sa.Connection) -> None:
    metadata.create_all(connection)
    found = connection.execute(sa.select(versions.c.version)).scalar()
    if found is None:
        connection.execute(versions.insert().values(version=SCHEMA_VERSION))
    elif found != SCHEMA_VERSION:
        raise JournalUnavailable(f"The journal has version {found}; this server writes version {SCHEMA_VERSION}")


def _attempt(connection: sa.Connection, operation: Operation[Any]) -> Outcome:
    savepoint = connection.begin_nested()
    try:
        value = operation(connection)
    except IntegrityError as error:
        # The fence held and yet a key was taken: the writer's memory of the record is wrong, so it must read it anew.
        savepoint.rollback()
        return Outcome(error=Fenced(f"The record already holds this: {type(error.orig).__name__}"))
    except WorkbenchError as error:
        savepoint.rollback()
        return Outcome(error=error)
    except SQLAlchemyError:
        raise
    except Exception:
        # A defect in one caller's operation must not take the others' with it.
        _log.exception("an operation on the journal failed")
        savepoint.rollback()
        return Outcome(error=Internal())
    savepoint.commit()
    return Outcome(value)


def _unavailable(error: Exception) -> JournalUnavailable:
    cause = error.orig if isinstance(error, DBAPIError) else error
    return JournalUnavailable(f"The journal cannot be used ({type(cause).__name__})", retry_after=5)


def _why_refused(connection: sa.Connection, request: Append) -> WorkbenchError:
    row = connection.execute(
        sa.select(sessions.c.epoch, sessions.c.sequence).where(sessions.c.session_id == request.session_id)
    ).first()
    if row is None:
        return SessionNotFound()
    return Fenced(f"expected epoch {row.epoch} and sequence {row.sequence}, got {request.epoch} and {request.sequence}")


def _made_by(connection: sa.Connection, tenant_id: str, user_id: str, key: str) -> str | None:
    found: str | None = connection.execute(
        sa.select(idempotency.c.session_id).where(
            idempotency.c.tenant_id == tenant_id, idempotency.c.user_id == user_id, idempotency.c.key == key
        )
    ).scalar()
    return found


def _owner(connection: sa.Connection, session_id: str) -> tuple[str, str] | None:
    row = connection.execute(
        sa.select(sessions.c.tenant_id, sessions.c.user_id).where(sessions.c.session_id == session_id)
    ).first()
    return None if row is None else (row.tenant_id, row.user_id)


def _insert_events(connection: sa.Connection, session_id: str, first: int, new: Sequence[Event]) -> None:
    connection.execute(
        events.insert(),
        [
            {"session_id": session_id, "sequence": number, "kind": event.kind, "body": encode_event(event)}
            for number, event in enumerate(new, first)
        ],
    )


def _record_messages(connection: sa.Connection, request: Append) -> None:
    for event in request.events:
        if isinstance(event, MessageReceived):
            connection.execute(
                messages.insert().values(
                    session_id=request.session_id, message_id=event.message_id, turn_id=event.turn_id
                )
            )
        elif isinstance(event, TurnFailed) and event.retryable:
            connection.execute(
                messages.delete().where(
                    messages.c.session_id == request.session_id, messages.c.turn_id == event.turn_id
                )
            )


def _summary(new: Sequence[Event]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    added = sum(isinstance(event, _HISTORY) for event in new)
    if added:
        values["message_count"] = sessions.c.message_count + added
    for event in new:
        if isinstance(event, SessionRenamed):
            values |= {"title": event.title, "title_folded": (event.title or "").casefold()}
        if isinstance(event, (*_HISTORY, SessionRenamed)):
            values["updated_at"] = _micros(event.at)
    return values


def _info(row: Any) -> SessionInfo:
    return SessionInfo(
        session_id=row.session_id,
        tenant_id=row.tenant_id,
        user_id=row.user_id,
        created_at=_moment(row.created_at),
        message_count=row.message_count,
        title=row.title,
        updated_at=_moment(row.updated_at),
    )


_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def _micros(at: dt.datetime) -> int:
    return (at - _EPOCH) // dt.timedelta(microseconds=1)


def _moment(micros: int) -> dt.datetime:
    return _EPOCH + dt.timedelta(microseconds=micros)


def _close_cursor(created_at: int, session_id: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([created_at, session_id]).encode()).decode().rstrip("=")


def _open_cursor(cursor: str) -> tuple[int, str]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        created_at, session_id = json.loads(base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True))
    except (ValueError, TypeError, binascii.Error, UnicodeError) as error:
        raise InvalidRequest("The cursor is not one that this list gave out", field="cursor") from error
    if not isinstance(created_at, int) or isinstance(created_at, bool) or not isinstance(session_id, str):
        raise InvalidRequest("The cursor is not one that this list gave out", field="cursor")
    return created_at, session_id
