"""The checker is told good histories, in which it finds nothing, and the same ones broken, each in one way."""

from __future__ import annotations

import asyncio
import datetime as dt
import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.core import SessionCore
from deployments.contracts.events import MessageReceived, TurnAnswered
from deployments.contracts.sessions import Frame, SendMessage
from deployments.journal.service import JournalService
from deployments.journal.store import Journal
from tests.actors.agents import ANN, HeldAgents
from tests.deployments.journal.turns import AT
from tests.faults.history import PROVISIONAL, Acknowledged, Commit, History, Recorded, Transcript, check, read_journal

SID = "sess-1"
TEXTS = ["revenue by country", "only us", "what is foo", "hello"]


async def _good(folder: str) -> History:
    service = JournalService(Journal.open(f"sqlite:///{folder}/journal.db"))
    await service.create(SID, "acme", "ann", None, None, AT)
    told, frames, commits = [], [], []
    for number, text in enumerate(TEXTS):
        core = await SessionCore.activate(SID, service, HeldAgents(), today=lambda: dt.date(2025, 3, 15))
        answer = await core.perform(ANN, SendMessage(content=text, message_id=f"m{number}"))
        told.append(Acknowledged(SID, f"m{number}", answer.turn_id, answer.response))
        frames = list(await core.frames(0, 0))
        commits += [Commit(SID, core.epoch, "activated"), *[Commit(SID, core.epoch, "appended")] * 2]
    journal = read_journal(service._journal)
    service.close()
    return History(
        journal, told, [Transcript(SID, 0, tuple(frames)), Transcript(SID, 5, tuple(frames[5:]))], commits, [SID]
    )


@cache
def good() -> History:
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_good(folder))


def copy() -> History:
    made = good()
    return History(
        dict(made.journal), list(made.acknowledged), list(made.transcripts), list(made.commits), list(made.live)
    )


def codes(history: History) -> set[str]:
    return {violation.code for violation in check(history)}


def test_a_good_history_has_no_violation() -> None:
    assert check(good()) == []
    assert len(good().journal[SID]) > 2 * len(TEXTS)


def _without_event(history: History, kind: type) -> None:
    events = list(history.journal[SID])
    del events[next(place for place, one in enumerate(events) if isinstance(one.event, kind))]
    history.journal[SID] = tuple(replace(one, sequence=number) for number, one in enumerate(events, 1))


def _repeat_a_turn(history: History) -> None:
    events = list(history.journal[SID])
    begin = max(place for place, one in enumerate(events) if isinstance(one.event, MessageReceived))
    turn = events[begin:]
    shift = len([frame for one in turn if isinstance(one.event, TurnAnswered) for frame in one.event.frames])
    again = []
    for number, one in enumerate(turn, len(events) + 1):
        event = one.event
        changes: dict[str, object] = {"turn_id": "turn-again"}
        if isinstance(event, TurnAnswered):
            changes["frames"] = tuple(
                frame.model_copy(update={"turn_id": "turn-again", "seq": frame.seq + shift}) for frame in event.frames
            )
        again.append(Recorded(number, one.epoch, event.model_copy(update=changes)))
    history.journal[SID] = (*events, *again)
    history.transcripts.clear()


def _swap_epochs(history: History) -> None:
    events = list(history.journal[SID])
    events[-1] = replace(events[-1], epoch=1)
    history.journal[SID] = tuple(events)


def _old_writer(history: History) -> None:
    history.commits.append(Commit(SID, 1, "appended"))


def _skip_a_number(history: History) -> None:
    *most, last = history.journal[SID]
    history.journal[SID] = (*most, replace(last, sequence=last.sequence + 1))


def _other_answer(history: History) -> None:
    history.acknowledged[0] = replace(history.acknowledged[0], said="Something else.")


def _other_turn(history: History) -> None:
    history.acknowledged[0] = replace(history.acknowledged[0], turn_id="turn-unknown")


def _edit_frames(history: History, edit: Callable[[list[Frame]], object]) -> None:
    seen = history.transcripts[0]
    frames = list(seen.frames)
    edit(frames)
    history.transcripts[0] = replace(seen, frames=tuple(frames))


def _final(frames: list[Frame]) -> int:
    return next(place for place, frame in enumerate(frames) if frame.type not in PROVISIONAL)


def _other_result(frames: list[Frame]) -> None:
    frame = frames[_final(frames)]
    frames[_final(frames)] = frame.model_copy(update={"body": {"data": {"response": "Something else."}}})


def _early_end(frames: list[Frame]) -> None:
    frames[1] = frames[1].model_copy(update={"type": "stream_end", "body": {}})


def _frame_gap_in_the_record(history: History) -> None:
    *most, last = history.journal[SID]
    assert isinstance(last.event, TurnAnswered)
    event = last.event.model_copy(update={"frames": last.event.frames[1:]})
    history.journal[SID] = (*most, replace(last, event=event))
    history.transcripts.clear()


BROKEN: dict[str, tuple[str, Callable[[History], object]]] = {
    "an event is missing and the others close up": ("order", lambda h: _without_event(h, TurnAnswered)),
    "a turn ends that never began": ("order", lambda h: _without_event(h, MessageReceived)),
    "the session was never created": ("order", lambda h: h.journal.update({SID: h.journal[SID][1:]})),
    "a sequence number is left out": ("gap", _skip_a_number),
    "a frame's number is left out": ("gap", _frame_gap_in_the_record),
    "an older epoch wrote after a newer one": ("epoch", _swap_epochs),
    "an older writer was let in": ("epoch", _old_writer),
    "an acknowledged turn is not in the record": ("lost", _other_turn),
    "the whole record is gone": ("lost", lambda h: h.journal.clear()),
    "a message was recorded twice": ("twice", _repeat_a_turn),
    "the caller was told something else": ("answer", _other_answer),
    "the last turn never ended": ("unfinished", lambda h: h.journal.update({SID: h.journal[SID][:-1]})),
    "a follower missed a frame": ("transcript", lambda h: _edit_frames(h, lambda f: f.pop(3))),
    "a follower got a frame twice": ("transcript", lambda h: _edit_frames(h, lambda f: f.insert(3, f[3]))),
    "a follower got frames out of order": ("transcript", lambda h: _edit_frames(h, lambda f: f.insert(2, f.pop(4)))),
    "a follower never saw the end": ("transcript", lambda h: _edit_frames(h, lambda f: f.pop())),
    "a follower saw another result": ("transcript", lambda h: _edit_frames(h, _other_result)),
    "a follower saw an end where there was none": ("transcript", lambda h: _edit_frames(h, _early_end)),
    "an actor lives without a session": ("orphan", lambda h: h.live.append("sess-gone")),
    "two actors live for one session": ("orphan", lambda h: h.live.append(SID)),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_each_breach_is_found(broken: str) -> None:
    code, apply = BROKEN[broken]
    history = copy()
    apply(history)
    assert code in codes(history)


@given(st.data())
@settings(deadline=None, max_examples=60)
def test_no_single_change_to_what_was_seen_or_recorded_goes_unnoticed(data: st.DataObject) -> None:
    history = copy()
    which = data.draw(st.sampled_from(["event", "frame", "answer"]))
    if which == "event":
        events = list(history.journal[SID])
        place = data.draw(st.integers(0, len(events) - 1))
        change = data.draw(st.sampled_from(["drop", "repeat", "swap"]))
        if change == "drop":
            del events[place]
        elif change == "repeat":
            events.insert(place, events[place])
        else:
            other = (place + 1) % len(events)
            events[place], events[other] = events[other], events[place]
        history.journal[SID] = tuple(events)
    elif which == "frame":
        frames = list(history.transcripts[0].frames)
        place = data.draw(st.integers(0, len(frames) - 1))
        if data.draw(st.booleans()):
            del frames[place]
        else:
            frames.insert(place, frames[place])
        history.transcripts[0] = replace(history.transcripts[0], frames=tuple(frames))
    else:
        place = data.draw(st.integers(0, len(history.acknowledged) - 1))
        said = data.draw(st.text().filter(lambda text: text != history.acknowledged[place].said))
        history.acknowledged[place] = replace(history.acknowledged[place], said=said)
    assert check(history)
