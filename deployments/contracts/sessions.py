"""A session as its callers see it: commands in, answers and frames out."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal, Protocol

from pydantic import Field

from deployments.contracts.agents import Fingerprint
from deployments.contracts.answers import Answer, ResultTable, Visualization
from deployments.contracts.base import Value
from deployments.contracts.identity import Principal

# --- commands: imperative, one turn each ------------------------------------------------------------------------------


class SendMessage(Value):
    """Ask a question or say something. The same `message_id` again returns the first answer and runs nothing."""

    kind: Literal["message"] = "message"
    content: str
    message_id: str


class RefineQuery(Value):
    """Edit the current query, or take away its part `remove`, or put `content` in the place of its part `replace`.
    Raises NoPreviousQuery where there is none."""

    kind: Literal["refine"] = "refine"
    content: str
    message_id: str
    remove: str | None = None
    replace: str | None = None


class ChangeVisualization(Value):
    """Show the current result as another chart; runs no SQL."""

    kind: Literal["visualize"] = "visualize"
    chart_type: str
    message_id: str


class Move(Value):
    """Make the previous (undo) or next (redo) result the current one; runs no SQL."""

    kind: Literal["undo", "redo"]
    message_id: str


class RunAgain(Value):
    """Run the stored query of a result (None: the current one) on the data as it is now, and say what has changed
    since. Raises NoPreviousQuery, ResultNotFound."""

    kind: Literal["rerun"] = "rerun"
    message_id: str
    result_id: str | None = None


Command = Annotated[SendMessage | RefineQuery | ChangeVisualization | Move | RunAgain, Field(discriminator="kind")]


# --- what a session shows ----------------------------------------------------------------------------------------------


class SessionInfo(Value):
    """A session without its content."""

    session_id: str
    tenant_id: str
    user_id: str
    created_at: dt.datetime
    message_count: int = 0
    title: str | None = None
    updated_at: dt.datetime | None = None


class HistoryMessage(Value):
    """One message of a conversation, as given by the wire contract."""

    role: Literal["user", "assistant"]
    content: str
    timestamp: dt.datetime
    metadata: dict[str, Any] = Field(default_factory=dict)


class History(Value):
    """A page of a conversation, oldest first; `total_count` counts all its messages."""

    session_id: str
    messages: tuple[HistoryMessage, ...]
    total_count: int


class SessionPage(Value):
    """Sessions, newest first; `next_cursor` is None on the last page."""

    sessions: tuple[SessionInfo, ...]
    next_cursor: str | None = None


class Exchange(Value):
    """One turn that ended, as far as it can be asked again: what was asked on which day, and what was answered.
    `sql` is None where no rows were; `rating` is what was thought of it."""

    command: Command
    as_of: dt.date
    success: bool
    intent: str
    sql: str | None = None
    rating: Literal["up", "down"] | None = None


class StoredResult(Value):
    """A result as it was when it was answered."""

    model_config = Value.model_config | {"arbitrary_types_allowed": True}

    result_id: str
    turn_id: str
    created_at: dt.datetime
    result: ResultTable
    visualization: Visualization | None = None


class Frame(Value):
    """One event that everyone who follows a session sees, in the order of `seq`, which grows by one through the
    session's whole life. `type` and `body` are the wire's: {"type": type, **body, "turn_id", "seq"}.

    Types: status, stream_start, text, result, clarification, cancelled, error, stream_end."""

    seq: int
    turn_id: str
    type: str
    body: dict[str, Any] = Field(default_factory=dict)


class Resident(Value):
    """What an administrator sees of a session."""

    session_id: str
    tenant_id: str
    user_id: str
    state: Literal["resident", "passive"]
    actor_id: str | None = None
    node: str | None = None
    pid: int | None = None
    epoch: int = 0
    last_activity: dt.datetime | None = None
    messages: int = 0
    memory_bytes: int | None = None


class Sessions(Protocol):
    """All sessions, as the ingress sees them: over Ray (`actors.directory.RaySessions`) or in this process
    (`actors.local.LocalSessions`). Everything that takes a session id checks that it belongs to the principal and
    raises SessionNotFound otherwise. Every method may raise a WorkbenchError."""

    async def create(
        self, owner: Principal, *, title: str | None = None, idempotency_key: str | None = None
    ) -> SessionInfo:
        """A new session of `owner`; the same key again returns the session it made."""
        ...

    async def list(
        self, principal: Principal, *, limit: int = 50, cursor: str | None = None, search: str | None = None
    ) -> SessionPage:
        """The principal's own sessions."""
        ...

    async def get(self, principal: Principal, session_id: str) -> SessionInfo:
        """One session."""
        ...

    async def rename(self, principal: Principal, session_id: str, title: str | None) -> SessionInfo:
        """Change the title."""
        ...

    async def delete(self, principal: Principal, session_id: str) -> None:
        """Delete the session and everything recorded of it."""
        ...

    async def delete_all(self, principal: Principal, user_id: str) -> int:
        """Delete all sessions of a user of the principal's tenant; how many there were. Raises Forbidden where that is
        neither the principal nor asked for by an admin."""
        ...

    async def unused(self, since: dt.datetime, limit: int) -> tuple[SessionInfo, ...]:
        """Sessions of anyone that nothing was added to since then. For keeping house; no caller sees them."""
        ...

    async def perform(self, principal: Principal, session_id: str, command: Command) -> Answer:
        """Run one turn and return its answer once it is committed.

        An error that ended a recorded turn has its `turn_id` in `extra`, and followers saw it as an error frame; any
        other error left no trace."""
        ...

    async def branch(self, principal: Principal, session_id: str, message_id: str, *, title: str | None) -> SessionInfo:
        """A new session that continues from the answer to a message. Raises MessageNotFound, TooManySessions."""
        ...

    async def judge(
        self, principal: Principal, session_id: str, message_id: str, rating: Literal["up", "down"], comment: str | None
    ) -> None:
        """Record what the principal thinks of the answer to a message. Raises MessageNotFound."""
        ...

    async def history(self, principal: Principal, session_id: str, *, limit: int, offset: int) -> History:
        """A page of the conversation; does not wait for a running turn."""
        ...

    async def exchanges(self, principal: Principal, session_id: str) -> tuple[Exchange, ...]:
        """The conversation as it can be asked again; without turns that failed or were cancelled."""
        ...

    async def fingerprint(self, principal: Principal) -> Fingerprint:
        """Digests of the model and the data as the principal may see them."""
        ...

    async def result(self, principal: Principal, session_id: str, result_id: str) -> StoredResult:
        """A stored result. Raises ResultNotFound or ResultExpired."""
        ...

    async def cancel(self, principal: Principal, session_id: str) -> bool:
        """Stop the running turn; False where none runs."""
        ...

    async def last_seq(self, principal: Principal, session_id: str) -> int:
        """The sequence number of the session's newest frame; 0 before the first."""
        ...

    def follow(
        self, principal: Principal, session_id: str, *, after_seq: int | None
    ) -> AsyncIterator[tuple[Frame, ...]]:
        """Frames after `after_seq` (None: from now on), in batches, for ever; ends only by being closed or by an
        error (SessionNotFound when the session is deleted)."""
        ...

    async def model(self, principal: Principal) -> dict[str, Any]:
        """The semantic model as the principal may see it."""
        ...

    async def suggestions(self, principal: Principal) -> tuple[str, ...]:
        """Questions to begin with."""
        ...

    async def residents(self, principal: Principal) -> tuple[Resident, ...]:
        """For admins: the tenant's sessions, resident and passive."""
        ...

    async def ready(self) -> dict[str, bool]:
        """Whether each of agents, journal and warehouse can be reached."""
        ...
