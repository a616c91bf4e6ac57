"""The journal over a database: SQLite by default, PostgreSQL by URL, with the same statements.

Each operation is a plain function of a connection; `Journal.write` runs many of them in one transaction, each within
its own savepoint, so that one commit (one sync to disk) serves all who wait.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import threading
from collections.abc import Sequence
from contextlib import closing
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from deployments.contracts.errors import (
    InvalidRequest,
    JournalUnavailable,
    ResultExpired,
    ResultNotFound,
    SessionNotFound,
    TooManySessions,
    WorkbenchError,
)
from deployments.contracts.events import (
    Event,
    MessageReceived,
    SessionCreated,
    TurnFailed,
    encode_event,
)
from deployments.contracts.journal import Activation, Append, Fenced, Retention, Standing
from deployments.contracts.sessions import SessionInfo, SessionPage
from deployments.journal import state_snapshots, statements
from deployments.journal.attempt import Operation, Outcome, attempt, attempt_alone
from deployments.journal.branching import copy_up_to
from deployments.journal.connections import engine_for, in_each_others_way, unavailable
from deployments.journal.migrations import prepare
from deployments.journal.retention import added, expire, store
from deployments.journal.rows import close_cursor, info_of, micros, open_cursor, summary
from deployments.journal.tables import events, idempotency, messages, results, sessions, states

_log = logging.getLogger(__name__)

T = TypeVar("T")


class Journal:
    """The record of sessions in one database. Thread-safe; blocks. Raises JournalUnavailable for whatever the
    database cannot do (full, locked, corrupt, gone); then nothing of the transaction is in the record."""

    def __init__(self, engine: sa.Engine, retention: Retention | None = None) -> None:
        self.engine = engine
        self.retention = retention or Retention()
        self._reading = engine.execution_options(reads=True)
        self._prepared = False
        self._preparing = threading.Lock()
        self._to_erase = False

    @classmethod
    def open(cls, url: str, retention: Retention | None = None) -> Journal:
        """Open by SQLAlchemy URL or by the path of an SQLite file, and make its tables or bring them up to date.
        Raises JournalUnavailable, SettingError."""
        journal = cls(engine_for(url), retention)
        journal.prepare()
        return journal

    def prepare(self) -> None:
        """Make the tables or bring them up to date, where that has not been done; every use does it first, so that a
        database that was away is served when it comes. Raises JournalUnavailable, SettingError."""
        if self._prepared:
            return
        with self._preparing:
            if self._prepared:
                return
            try:
                with self.engine.begin() as connection:
                    prepare(connection)
                self._make_shrinkable()
            except (SQLAlchemyError, OSError) as error:
                raise unavailable(error) from error
            self._prepared = True

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    def read(self, operation: Operation[T]) -> T:
        """Run one reading operation."""
        self.prepare()
        try:
            with self._reading.connect() as connection:
                return operation(connection)
        except SQLAlchemyError as error:
            raise unavailable(error) from error

    def write(self, operations: Sequence[Operation[Any]]) -> list[Outcome]:
        """Run the operations in order in one transaction and commit once.

        One that raises a WorkbenchError is undone alone, and its outcome is that error. When the database fails,
        every outcome is JournalUnavailable and nothing was written."""
        try:
            self.prepare()
            if len(operations) == 1:
                with self.engine.connect() as connection:
                    outcomes = [attempt_alone(connection, operations[0])]
            else:
                with self.engine.begin() as connection:
                    outcomes = [attempt(connection, operation) for operation in operations]
        except WorkbenchError as error:
            return [Outcome(error=error) for _ in operations]
        except (SQLAlchemyError, OSError) as error:
            if len(operations) > 1 and in_each_others_way(error):
                return [outcome for operation in operations for outcome in self.write([operation])]
            return [Outcome(error=unavailable(error)) for _ in operations]
        if self._to_erase:
            self._erase()
        return outcomes

    def _erase(self) -> None:
        # What was deleted is overwritten in the file, but its pages as they were still stand in the write-ahead log.
        if self.engine.dialect.name != "sqlite":
            self._to_erase = False
            return
        try:
            with closing(self.engine.raw_connection()) as raw:
                raw.cursor().execute("PRAGMA incremental_vacuum").fetchall()
                (still_read, *_) = raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except Exception as error:  # the deletion itself is committed; the next write tries again
            _log.warning("the write-ahead log cannot be emptied now: %s", type(error).__name__)
            return
        self._to_erase = bool(still_read)

    def _make_shrinkable(self) -> None:
        # A file of the first version was made without the page map that lets it shrink; rewriting it once adds one.
        if self.engine.dialect.name != "sqlite":
            return
        with closing(self.engine.raw_connection()) as raw:
            cursor = raw.cursor()
            if cursor.execute("PRAGMA auto_vacuum").fetchone()[0] == 0:
                cursor.execute("VACUUM")

    # --- writing operations

    def create(
        self, session_id: str, tenant_id: str, user_id: str, title: str | None, key: str | None, at: dt.datetime
    ) -> Operation[SessionInfo]:
        """Record a new session, or find the one that the key made."""

        def run(connection: sa.Connection) -> SessionInfo:
            fingerprint = hashlib.sha256(repr(title).encode()).hexdigest()
            if key is not None and (made := _made_by(connection, tenant_id, user_id, key)):
                if made.fingerprint not in (None, fingerprint):
                    raise InvalidRequest(
                        "This Idempotency-Key was used before for a session with another title",
                        field="Idempotency-Key",
                    )
                return self.session(made.session_id)(connection)
            if _owner(connection, session_id) == (tenant_id, user_id):
                return self.session(session_id)(connection)  # asked again because the reply was lost
            self._leave_room(connection, tenant_id, user_id)
            created = SessionCreated(session_id=session_id, tenant_id=tenant_id, user_id=user_id, title=title, at=at)
            moment = micros(at)
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
            _insert_events(connection, session_id, 0, 1, (created,))
            if key is not None:
                connection.execute(
                    idempotency.insert().values(
                        tenant_id=tenant_id, user_id=user_id, key=key, session_id=session_id, fingerprint=fingerprint
                    )
                )
            return self.session(session_id)(connection)

        return run

    def branch(
        self, session_id: str, message_id: str, branch_id: str, title: str | None, at: dt.datetime
    ) -> Operation[SessionInfo]:
        """Copy the record up to the end of a message's turn, under another id. The turns keep theirs."""

        def run(connection: sa.Connection) -> SessionInfo:
            # Where it is there already, it was asked for again because the reply was lost.
            if _owner(connection, branch_id) is None:
                if owner := _owner(connection, session_id):
                    self._leave_room(connection, *owner)
                copy_up_to(connection, session_id, message_id, branch_id, title, at)
            return self.session(branch_id)(connection)

        return run

    def _leave_room(self, connection: sa.Connection, tenant_id: str, user_id: str) -> None:
        theirs = (sessions.c.tenant_id == tenant_id, sessions.c.user_id == user_id)
        kept = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(sessions.c.kept_bytes), 0)).where(*theirs)
        count, size = connection.execute(kept).one()
        if count >= self.retention.sessions:
            raise TooManySessions(
                f"A user may have {self.retention.sessions:,} sessions; delete some that are no longer needed."
            )
        if size >= self.retention.user_bytes:
            raise TooManySessions(
                f"The rows kept in your sessions have {int(size) >> 20:,} MiB together; delete some that are no longer needed."
            )

    def activate(self, session_id: str) -> Operation[Activation]:
        """Raise the epoch by one and read the record."""

        def run(connection: sa.Connection) -> Activation:
            taken = connection.execute(statements.take_over, {"of_session": session_id}).first()
            if taken is None:
                raise SessionNotFound()
            state = state_snapshots.find(connection, session_id, taken.sequence)
            record = _bodies(connection, session_id, state.sequence if state else 0, taken.sequence)
            return Activation(epoch=taken.epoch, sequence=taken.sequence, record=record, state=state)

        return run

    def append(self, request: Append) -> Operation[int]:
        """Check the fence and add the events with their snapshots."""

        def run(connection: sa.Connection) -> int:
            sequence = request.sequence + len(request.events)
            change = summary(request.events)
            moved = connection.execute(
                statements.advance("new_title" in change),
                {
                    "of_session": request.session_id,
                    "at_epoch": request.epoch,
                    "at_sequence": request.sequence,
                    "new_sequence": sequence,
                    **change,
                    **added(request, self.retention),
                },
            ).first()
            if moved is None:
                raise _why_refused(connection, request)
            _insert_events(connection, request.session_id, request.epoch, request.sequence + 1, request.events)
            _record_messages(connection, request)
            if request.state is not None:
                state_snapshots.keep(connection, request.session_id, request.state)
            if request.snapshots:
                store(connection, request, sequence, self.retention)
                expire(connection, request.session_id, (moved.kept_results, moved.kept_bytes), self.retention)
            return sequence

        return run

    def delete(self, session_id: str) -> Operation[None]:
        """Remove everything of a session. In SQLite's file no trace of its text is left; PostgreSQL's own VACUUM
        reclaims what its rows took."""

        def run(connection: sa.Connection) -> None:
            for table in (events, messages, results, states, idempotency):
                connection.execute(table.delete().where(table.c.session_id == session_id))
            if connection.execute(sessions.delete().where(sessions.c.session_id == session_id)).rowcount == 0:
                raise SessionNotFound()
            self._to_erase = True

        return run

    def ping(self) -> Operation[None]:
        """Take and give back the write lock."""

        def run(connection: sa.Connection) -> None:
            connection.execute(statements.take_and_give_back)

        return run

    # --- reading operations

    def session(self, session_id: str) -> Operation[SessionInfo]:
        """One session."""

        def run(connection: sa.Connection) -> SessionInfo:
            row = connection.execute(statements.one_session, {"of_session": session_id}).first()
            if row is None:
                raise SessionNotFound()
            return info_of(row)

        return run

    def record(self, session_id: str, last: int) -> Operation[tuple[str, ...]]:
        """The record up to an event."""

        def run(connection: sa.Connection) -> tuple[str, ...]:
            if _owner(connection, session_id) is None:
                raise SessionNotFound()
            return _bodies(connection, session_id, 0, last)

        return run

    def standing(self, session_id: str) -> Operation[Standing]:
        """The session with its epoch and how far its record goes."""

        def run(connection: sa.Connection) -> Standing:
            row = connection.execute(statements.one_session, {"of_session": session_id}).first()
            if row is None:
                raise SessionNotFound()
            return _standing_of(row)

        return run

    def sessions(
        self, tenant_id: str, user_id: str, limit: int, cursor: str | None, search: str | None
    ) -> Operation[SessionPage]:
        """One owner's sessions, newest first."""
        query = sa.select(sessions).where(sessions.c.tenant_id == tenant_id, sessions.c.user_id == user_id)
        if search:
            query = query.where(sessions.c.title_folded.contains(search.casefold(), autoescape=True))
        if cursor is not None:
            created_at, session_id = open_cursor(cursor)
            query = query.where(
                sa.tuple_(sessions.c.created_at, sessions.c.session_id) < sa.tuple_(created_at, session_id)
            )
        query = query.order_by(sessions.c.created_at.desc(), sessions.c.session_id.desc()).limit(limit + 1)

        def run(connection: sa.Connection) -> SessionPage:
            rows = connection.execute(query).all()
            page = rows[:limit]
            more = close_cursor(page[-1].created_at, page[-1].session_id) if len(rows) > limit and page else None
            return SessionPage(sessions=tuple(info_of(row) for row in page), next_cursor=more)

        return run

    def standings(self, tenant_id: str, limit: int) -> Operation[tuple[Standing, ...]]:
        """The tenant's most recently used sessions."""
        query = (
            sa.select(sessions)
            .where(sessions.c.tenant_id == tenant_id)
            .order_by(sessions.c.updated_at.desc(), sessions.c.session_id)
            .limit(limit)
        )
        return lambda connection: tuple(_standing_of(row) for row in connection.execute(query))

    def unused(self, since: dt.datetime, limit: int) -> Operation[tuple[SessionInfo, ...]]:
        """The sessions that were used last before then, the longest unused first."""
        query = (
            sa.select(sessions)
            .where(sessions.c.updated_at < micros(since))
            .order_by(sessions.c.updated_at)
            .limit(limit)
        )
        return lambda connection: tuple(info_of(row) for row in connection.execute(query))

    def count(self) -> Operation[int]:
        """How many sessions there are."""
        query = sa.select(sa.func.count()).select_from(sessions)
        return lambda connection: int(connection.execute(query).scalar_one())

    def unfinished(self, since: dt.datetime, before: dt.datetime, limit: int) -> Operation[tuple[str, ...]]:
        """Sessions whose newest turn began and has not ended."""
        between = {"since": micros(since), "before": micros(before), "most": limit}
        return lambda connection: tuple(connection.execute(statements.unfinished, between).scalars())

    def result(self, session_id: str, result_id: str) -> Operation[bytes]:
        """A stored snapshot."""

        def run(connection: sa.Connection) -> bytes:
            named = {"of_session": session_id, "of_result": result_id}
            row = connection.execute(statements.rows_of, named).first()
            if row is None:
                raise ResultNotFound()
            if row.data is None:
                raise ResultExpired()
            return bytes(row.data)

        return run


def _standing_of(row: Any) -> Standing:
    return Standing(info=info_of(row), epoch=row.epoch, sequence=row.sequence)


def _bodies(connection: sa.Connection, session_id: str, after: int, last: int) -> tuple[str, ...]:
    found = connection.execute(
        statements.record_of, {"of_session": session_id, "after": after, "up_to": last}
    ).scalars()
    return tuple(_whole(body) for body in found)


def _whole(body: str) -> str:
    # What is torn is noticed before the session is taken over; its holder reads the rest when it needs it.
    if not body.startswith("{") or not body.endswith("}"):
        _log.error("an event of the journal cannot be read")
        raise JournalUnavailable("The record of this session cannot be read", retry_after=5)
    return body


def _why_refused(connection: sa.Connection, request: Append) -> WorkbenchError:
    row = connection.execute(statements.one_session, {"of_session": request.session_id}).first()
    if row is None:
        return SessionNotFound()
    return Fenced(f"expected epoch {row.epoch} and sequence {row.sequence}, got {request.epoch} and {request.sequence}")


def _made_by(connection: sa.Connection, tenant_id: str, user_id: str, key: str) -> Any:
    return connection.execute(
        sa.select(idempotency.c.session_id, idempotency.c.fingerprint).where(
            idempotency.c.tenant_id == tenant_id, idempotency.c.user_id == user_id, idempotency.c.key == key
        )
    ).first()


def _owner(connection: sa.Connection, session_id: str) -> tuple[str, str] | None:
    row = connection.execute(statements.one_session, {"of_session": session_id}).first()
    return None if row is None else (row.tenant_id, row.user_id)


def _insert_events(connection: sa.Connection, session_id: str, epoch: int, first: int, new: Sequence[Event]) -> None:
    connection.execute(
        statements.add_events,
        [
            {
                "session_id": session_id,
                "sequence": number,
                "epoch": epoch,
                "kind": event.kind,
                "body": encode_event(event),
            }
            for number, event in enumerate(new, first)
        ],
    )


def _record_messages(connection: sa.Connection, request: Append) -> None:
    for event in request.events:
        if isinstance(event, MessageReceived):
            row = {"session_id": request.session_id, "message_id": event.message_id, "turn_id": event.turn_id}
            connection.execute(statements.add_messages, row)
        elif isinstance(event, TurnFailed) and event.retryable:
            connection.execute(
                messages.delete().where(
                    messages.c.session_id == request.session_id, messages.c.turn_id == event.turn_id
                )
            )
