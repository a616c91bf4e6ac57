from __future__ import annotations

import datetime as dt

from actors.orphans import IN_HAND, Orphans
from deployments.contracts.errors import JournalUnavailable
from deployments.journal.service import JournalService
from tests.deployments.journal.turns import AT, answered, append, received


async def begun(journal: JournalService, session_id: str, *, ended: bool = False) -> None:
    await journal.create(session_id, "acme", "ann", None, None, AT)
    epoch = (await journal.activate(session_id)).epoch
    turn = (received("1"), answered("1")) if ended else (received("1"),)
    await journal.append(append(epoch, 1, *turn, session_id=session_id))


class Seen:
    """What was dismissed and woken; `broken` cannot be woken."""

    def __init__(self) -> None:
        self.dismissed: list[str] = []
        self.woken: list[str] = []

    async def dismiss(self, session_id: str) -> None:
        self.dismissed.append(session_id)

    async def wake(self, session_id: str) -> None:
        self.woken.append(session_id)
        if session_id == "broken":
            raise JournalUnavailable("The record of this session cannot be read")


async def test_who_lives_without_a_session_goes_and_a_turn_in_nobody_s_hands_is_taken_up(
    journal: JournalService,
) -> None:
    for session_id in ("broken", "held", "open"):
        await begun(journal, session_id)
    await begun(journal, "ended", ended=True)
    seen = Seen()
    orphans = Orphans(journal, lambda: AT + IN_HAND + dt.timedelta(seconds=1))
    await orphans.clear(["held", "ended", "unknown"], seen.dismiss, seen.wake)
    assert (seen.dismissed, seen.woken) == (["unknown"], ["broken", "open"])
    await orphans.clear([], seen.dismiss, seen.wake)
    assert seen.woken[2:] == ["broken", "held", "open"]  # for as long as they are open


async def test_a_turn_that_began_just_now_is_left_to_who_asked(journal: JournalService) -> None:
    await begun(journal, "open")
    seen = Seen()
    await Orphans(journal, lambda: AT + IN_HAND).clear([], seen.dismiss, seen.wake)
    assert seen.woken == []
