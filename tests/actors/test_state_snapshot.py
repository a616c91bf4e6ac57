from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.conversation import ConversationState, fold
from actors.state_snapshot import decode, encode
from deployments.contracts.answers import Clarification, Visualization
from deployments.contracts.events import (
    ChartChanged,
    ClarificationAsked,
    Event,
    FeedbackGiven,
    Moved,
    ResultProduced,
    SessionCreated,
    SessionRenamed,
    TurnCancelled,
    TurnFailed,
    encode_event,
)
from deployments.contracts.query import AnalyticQuery
from deployments.contracts.sessions import Frame
from tests.deployments.journal.turns import AT, answered, failed, received

CREATED = SessionCreated(session_id="sess-1", tenant_id="acme", user_id="ann", title="Sales", at=AT)
KINDS = ("said", "result", "chart", "undo", "asked", "failed", "retry", "cancelled", "renamed", "judged", "begun")


def history(kinds: list[str]) -> list[Event]:
    """Events of a session in which all this happened in turn, as far as it can."""
    events: list[Event] = [CREATED]
    results: list[str] = []
    seq = 0
    for number, kind in enumerate(kinds):
        turn, at = f"turn-{number}", AT + dt.timedelta(minutes=number)
        if kind == "renamed":
            events.append(SessionRenamed(title=f"Title {number}", at=at))
            continue
        if kind == "judged":
            events.append(FeedbackGiven(turn_id=f"turn-{number - 1}", rating="up", at=at))
            continue
        events.append(received(str(number)))
        if kind == "begun" and number == len(kinds) - 1:
            break
        bodies = [{"state": "reading"}, {"amount": Decimal("1.50"), "on": AT.date()}]
        frames = tuple(Frame(seq=seq + n + 1, turn_id=turn, type="status", body=body) for n, body in enumerate(bodies))
        seq += len(frames)
        shown = None
        if kind == "result":
            shown = f"res-{number}"
            results.append(shown)
            made = ResultProduced(
                turn_id=turn,
                result_id=shown,
                query=AnalyticQuery(subject="orders"),
                sql="SELECT 1",
                columns=(),
                row_count=1,
            )
            events.append(made)
        elif kind == "chart" and results:
            shown = results[-1]
            chart = Visualization(type="bar", title="T")
            events.append(ChartChanged(turn_id=turn, result_id=shown, visualization=chart))
        elif kind == "undo" and results:
            shown = results[0]
            events.append(Moved(turn_id=turn, direction="undo", result_id=shown))
        elif kind == "asked":
            about = Clarification(question="Which?", code="ambiguous", words=("that",))
            events.append(ClarificationAsked(turn_id=turn, about="that", clarification=about))
        if kind in ("failed", "retry"):
            end: Event = failed(str(number), retryable=kind == "retry")
            assert isinstance(end, TurnFailed)
            events.append(end.model_copy(update={"frames": frames}))
        elif kind == "cancelled":
            events.append(TurnCancelled(turn_id=turn, frames=frames, at=at))
        else:
            answer = answered("").answer.model_copy(
                update={"success": kind != "asked", "response": kind, "result_id": shown}
            )
            events.append(answered(str(number)).model_copy(update={"answer": answer, "frames": frames}))
    return events


def completed(state: ConversationState, record: list[str]) -> ConversationState:
    for kept in state.unread():
        kept.give(record[kept.sequence - 1])
    return state


@settings(deadline=None)
@given(st.lists(st.sampled_from(KINDS), max_size=10), st.data())
def test_a_snapshot_and_what_comes_after_it_give_what_the_whole_record_gives(
    kinds: list[str], data: st.DataObject
) -> None:
    record = [encode_event(event) for event in history(kinds)]
    whole = fold(record)
    first, second = sorted(data.draw(st.integers(0, len(record))) for _ in range(2))
    snapshot = encode(fold(record[:first]))
    # Taken of a state that was itself restored and not yet read whole.
    again = encode(fold(record[first:second], decode(snapshot)))
    restored = fold(record[second:], decode(again))
    assert restored.sequence == whole.sequence == len(record)
    assert (restored.info, restored.line, restored.position) == (whole.info, whole.line, whole.position)
    assert (restored.history, restored.frames, restored.running) == (whole.history, whole.frames, whole.running)
    assert asdict(completed(restored, record)) == asdict(whole)
    assert not restored.unread()


def test_a_snapshot_leaves_what_is_heavy_in_the_record() -> None:
    events = history(["result"] * 20)
    answer = answered("0").answer.model_copy(update={"sql": "SELECT " + "x" * 1000})
    heavy = [
        event.model_copy(update={"answer": answer}) if event.kind == "turn_answered" else event for event in events
    ]
    snapshot = encode(fold(heavy))
    assert "xxxx" not in snapshot
    state = decode(snapshot)
    assert len({id(kept) for kept in state.unread()}) == 60
    with pytest.raises(RuntimeError, match="event 2 to be read"):
        state.begun[0].event()


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"sequence":1}'])
def test_what_is_no_snapshot_is_refused(text: str) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        decode(text)
