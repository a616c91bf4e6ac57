"""What must hold of a history of sessions, whatever failed in between.

A history is what was seen from outside (answers that callers got, frames that followers got), what is in the journal at
the end, and, where it can be watched, the order in which the journal took writers and their events. `check` names each
breach by one of these codes:

    gap          sequence numbers of a session's events or frames are not 1, 2, 3, ...
    order        events that cannot follow each other: two turns at once, an end without a beginning, no creation
    epoch        an event of an older epoch after a newer one had taken over
    lost         a message was answered and the record does not hold that answer
    twice        a message ended more than once, or was answered with more than one turn
    answer       a caller got another answer than the record holds
    transcript   a follower missed a frame, got one twice, or saw an end that is not the record's
    unfinished   a turn began and never ended
    orphan       a live actor whose session is not in the journal, or a second actor of one session
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

import sqlalchemy as sa

from actors.conversation import fold
from deployments.contracts.events import (
    Event,
    MessageReceived,
    TurnAnswered,
    TurnCancelled,
    TurnFailed,
    decode_event,
)
from deployments.contracts.sessions import Frame
from deployments.journal.store import Journal
from deployments.journal.tables import events as event_rows

PROVISIONAL = {"status", "stream_start", "text"}
"""Frames that a turn which is run again may show otherwise; all others are final."""

Ended = TurnAnswered | TurnFailed | TurnCancelled


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event as it stands in the journal."""

    sequence: int
    epoch: int
    event: Event


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """What a caller was told about its message. `said` is the answer's text, or the error's code where it failed."""

    session_id: str
    message_id: str
    turn_id: str | None
    said: str


@dataclass(frozen=True, slots=True)
class Transcript:
    """The frames that one follower got after `after_seq`, in the order it got them. One that followed until all was
    quiet is `complete`."""

    session_id: str
    after_seq: int
    frames: tuple[Frame, ...]
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Commit:
    """The journal took a writer (its epoch is new) or events of the writer with that epoch."""

    session_id: str
    epoch: int
    kind: Literal["activated", "appended"]


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that must not be."""

    code: str
    session_id: str
    text: str


@dataclass(slots=True)
class History:
    """Everything that is known of some sessions once all is quiet. `live` names the session of each live actor."""

    journal: dict[str, tuple[Recorded, ...]]
    acknowledged: list[Acknowledged] = field(default_factory=list)
    transcripts: list[Transcript] = field(default_factory=list)
    commits: list[Commit] = field(default_factory=list)
    live: list[str] = field(default_factory=list)


def read_journal(journal: Journal) -> dict[str, tuple[Recorded, ...]]:
    """Every session's events as they stand in the database."""
    found: dict[str, list[Recorded]] = {}

    def rows(connection: sa.Connection) -> None:
        query = sa.select(event_rows).order_by(event_rows.c.session_id, event_rows.c.sequence)
        for row in connection.execute(query):
            recorded = Recorded(row.sequence, row.epoch, decode_event(row.body))
            found.setdefault(row.session_id, []).append(recorded)

    journal.read(rows)
    return {session_id: tuple(those) for session_id, those in found.items()}


def check(history: History) -> list[Violation]:
    """Every breach, those of the journal first."""
    found: list[Violation] = []
    for session_id, recorded in history.journal.items():
        found += _record(session_id, recorded)
    found += _commits(history.commits)
    found += _answers(history)
    for transcript in history.transcripts:
        found += _transcript(transcript, history.journal.get(transcript.session_id, ()))
    found += _orphans(history)
    return found


def _record(session_id: str, recorded: Sequence[Recorded]) -> Iterator[Violation]:
    numbers = [one.sequence for one in recorded]
    if numbers != list(range(1, len(numbers) + 1)):
        yield Violation("gap", session_id, f"events are numbered {numbers}")
    for before, after in pairwise(recorded):
        if after.epoch < before.epoch:
            yield Violation(
                "epoch", session_id, f"event {after.sequence} of epoch {after.epoch} follows one of {before.epoch}"
            )
    try:
        state = fold(one.event for one in recorded)
    except (ValueError, KeyError) as error:
        yield Violation("order", session_id, str(error))
    else:
        if state.info is None or state.info.session_id != session_id:
            yield Violation("order", session_id, "the record does not begin with the session's creation")
        if state.running is not None:
            yield Violation("unfinished", session_id, f"{state.running.turn_id} has no end")
    seqs = [frame.seq for frame in _frames(recorded)]
    if seqs != list(range(1, len(seqs) + 1)):
        yield Violation("gap", session_id, f"frames are numbered {seqs}")
    messages = Counter(message_id for message_id, end in _ends(recorded) if not _may_be_retried(end))
    for message_id, times in messages.items():
        if times > 1:
            yield Violation("twice", session_id, f"{message_id} ended {times} times")


def _commits(commits: Sequence[Commit]) -> Iterator[Violation]:
    newest: dict[str, int] = {}
    for commit in commits:
        if commit.epoch < newest.get(commit.session_id, 0):
            text = f"epoch {commit.epoch} {commit.kind} after {newest[commit.session_id]} had taken over"
            yield Violation("epoch", commit.session_id, text)
        newest[commit.session_id] = max(commit.epoch, newest.get(commit.session_id, 0))


def _answers(history: History) -> Iterator[Violation]:
    told: dict[tuple[str, str], set[str]] = {}
    for answer in history.acknowledged:
        ends = [
            end
            for message_id, end in _ends(history.journal.get(answer.session_id, ()))
            if message_id == answer.message_id
        ]
        mine = [end for end in ends if end.turn_id == answer.turn_id]
        if not mine:
            yield Violation("lost", answer.session_id, f"{answer.message_id} was answered by {answer.turn_id}")
            continue
        if (recorded := _said(mine[0])) != answer.said:
            text = f"{answer.message_id} was told {answer.said!r}, and the record holds {recorded!r}"
            yield Violation("answer", answer.session_id, text)
        if not _may_be_retried(mine[0]):
            told.setdefault((answer.session_id, answer.message_id), set()).add(mine[0].turn_id)
    for (session_id, message_id), turns in told.items():
        if len(turns) > 1:
            yield Violation("twice", session_id, f"{message_id} was answered by {sorted(turns)}")


def _transcript(seen: Transcript, recorded: Sequence[Recorded]) -> Iterator[Violation]:
    frames = {frame.seq: frame for frame in _frames(recorded)}
    ends = {end.turn_id: end for _, end in _ends(recorded)}
    expected = seen.after_seq + 1
    for frame in seen.frames:
        if frame.seq != expected:
            yield Violation("transcript", seen.session_id, f"expected frame {expected}, got {frame.seq}")
        expected = frame.seq + 1
        kept = frames.get(frame.seq)
        if kept is None or not _same(frame, kept, ends.get(frame.turn_id)):
            text = f"frame {frame.seq} was {frame.type} of {frame.turn_id}, and the record holds {_named(kept)}"
            yield Violation("transcript", seen.session_id, text)
    if seen.complete and expected <= len(frames):
        yield Violation("transcript", seen.session_id, f"frames from {expected} of {len(frames)} were never seen")


def _orphans(history: History) -> Iterator[Violation]:
    for session_id, actors in Counter(history.live).items():
        if session_id not in history.journal:
            yield Violation("orphan", session_id, "an actor lives whose session is not in the journal")
        if actors > 1:
            yield Violation("orphan", session_id, f"{actors} actors live for one session")


def _same(seen: Frame, kept: Frame, end: Ended | None) -> bool:
    if seen.turn_id != kept.turn_id:
        return False
    if kept.type in PROVISIONAL:
        return seen.type in PROVISIONAL
    if seen.type != kept.type:
        return False
    if isinstance(end, TurnAnswered) and kept.type in ("result", "clarification"):
        shown = seen.body.get("data")
        return isinstance(shown, dict) and shown.get("response") == end.answer.response
    return seen.body == kept.body


def _named(frame: Frame | None) -> str:
    return "none" if frame is None else f"{frame.type} of {frame.turn_id}"


def _frames(recorded: Sequence[Recorded]) -> list[Frame]:
    return [frame for one in recorded if isinstance(one.event, Ended) for frame in one.event.frames]


def _ends(recorded: Sequence[Recorded]) -> list[tuple[str, Ended]]:
    messages = {one.event.turn_id: one.event.message_id for one in recorded if isinstance(one.event, MessageReceived)}
    return [(messages.get(one.event.turn_id, ""), one.event) for one in recorded if isinstance(one.event, Ended)]


def _may_be_retried(end: Ended) -> bool:
    return isinstance(end, TurnFailed) and end.retryable


def _said(end: Ended) -> str:
    match end:
        case TurnAnswered(answer=answer):
            return answer.response
        case TurnFailed(code=code):
            return code
        case TurnCancelled():
            return "turn_cancelled"
