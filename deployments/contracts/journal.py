"""The durable record of sessions, as its callers see it."""

from __future__ import annotations

import datetime as dt
from typing import Protocol

from pydantic import Field

from deployments.contracts.base import Value
from deployments.contracts.errors import WorkbenchError
from deployments.contracts.events import Event, decode_event
from deployments.contracts.sessions import SessionInfo, SessionPage


class Fenced(WorkbenchError):
    """The writer's epoch or sequence number is no longer the session's: another one has taken over. What was to be
    appended is not in the record, and whoever tried must stop. It never reaches a user."""

    code, status, title = "fenced", 503, "The session has moved"


class Retention(Value):
    """How many `sessions` a user may have, who may make no more while the rows kept in theirs have `user_bytes`; and how much of its results a session keeps the rows of: the newest `results`,
    none larger than `snapshot_bytes` as Arrow, no more than `session_bytes` together; where that is exceeded, the oldest
    tenth goes at once. The others are answered with ResultExpired."""

    sessions: int = Field(default=10_000, ge=1)
    user_bytes: int = Field(default=4 * 2**30, ge=0)

    results: int = Field(default=500, ge=1)
    snapshot_bytes: int = Field(default=16 * 2**20, ge=0)
    session_bytes: int = Field(default=64 * 2**20, ge=0)


STATE_VERSION = 1
"""Grows when what a `StateSnapshot` holds changes; one of another version is not used, and the record read instead."""


class StateSnapshot(Value):
    """What all events of a session up to `sequence` give, as its writer wrote it to read it again. It saves reading the
    record and holds nothing that does not follow from it."""

    sequence: int
    body: str


class Activation(Value):
    """A session taken over by a new writer: its epoch, and the record up to `sequence`, each event as `encode_event` wrote
    it; of a session with a `state`, only what comes after that."""

    epoch: int
    sequence: int
    record: tuple[str, ...]
    state: StateSnapshot | None = None

    @property
    def events(self) -> tuple[Event, ...]:
        """What is here of the record, decoded. Raises ValueError."""
        return tuple(decode_event(text) for text in self.record)


class Append(Value):
    """Events to add to a session's record, all or none, with the result snapshots they speak of.

    `sequence` is the number of the last event the writer knows of; `snapshots` maps result ids to Arrow IPC bytes;
    `state` takes the place of the session's last state snapshot."""

    session_id: str
    epoch: int
    sequence: int
    events: tuple[Event, ...]
    snapshots: dict[str, bytes] = Field(default_factory=dict)
    state: StateSnapshot | None = None


class Standing(Value):
    """What the journal knows of a session beside its content."""

    info: SessionInfo
    epoch: int
    sequence: int


class Journal(Protocol):
    """The record of all sessions. Every method may raise JournalUnavailable; what raised it has not happened, or its
    outcome is unknown and the fence settles it."""

    async def create(
        self, session_id: str, tenant_id: str, user_id: str, title: str | None, key: str | None, at: dt.datetime
    ) -> SessionInfo:
        """Record a new session. With an idempotency `key` that (tenant, user) used before, gives back that session;
        raises InvalidRequest where the key made a session with another title, TooManySessions."""
        ...

    async def branch(
        self, session_id: str, message_id: str, branch_id: str, title: str | None, at: dt.datetime
    ) -> SessionInfo:
        """Record a new session that has the other's record up to the end of the turn of `message_id`, with its
        results. Raises SessionNotFound, MessageNotFound, TooManySessions."""
        ...

    async def session(self, session_id: str) -> SessionInfo:
        """One session. Raises SessionNotFound."""
        ...

    async def sessions(
        self, tenant_id: str, user_id: str, limit: int, cursor: str | None, search: str | None
    ) -> SessionPage:
        """The sessions of one owner, newest first. Raises InvalidRequest for a cursor that is none."""
        ...

    async def standings(self, tenant_id: str, limit: int) -> tuple[Standing, ...]:
        """The tenant's most recently used sessions."""
        ...

    async def unused(self, since: dt.datetime, limit: int) -> tuple[SessionInfo, ...]:
        """Sessions of anyone that nothing was added to since then, the longest unused first."""
        ...

    async def unfinished(self, since: dt.datetime, before: dt.datetime, limit: int) -> tuple[str, ...]:
        """The sessions of anyone whose newest turn began and has not ended, and that nothing was added to before
        `since` or from `before` on; the oldest first."""
        ...

    async def count(self) -> int:
        """How many sessions there are, of anyone."""
        ...

    async def activate(self, session_id: str) -> Activation:
        """Take the session over: its epoch grows by one and fences off whoever wrote before. Raises SessionNotFound."""
        ...

    async def record(self, session_id: str, last: int) -> tuple[str, ...]:
        """The record of a session up to event number `last`, as in `Activation`. Raises SessionNotFound."""
        ...

    async def standing(self, session_id: str) -> Standing:
        """The session with the epoch of whoever took it over last and how far its record goes. Raises SessionNotFound."""
        ...

    async def append(self, request: Append) -> int:
        """Append durably; the new sequence number. Raises Fenced, SessionNotFound."""
        ...

    async def result(self, session_id: str, result_id: str) -> bytes:
        """A stored snapshot. Raises ResultNotFound; ResultExpired for one whose rows are no longer kept."""
        ...

    async def delete(self, session_id: str) -> None:
        """Remove the session and everything recorded of it. Raises SessionNotFound."""
        ...

    async def ping(self) -> None:
        """Returns when the journal can be written."""
        ...
