from __future__ import annotations

import pytest

from deployments.contracts.errors import (
    AgentUnavailable,
    ChartNotApplicable,
    NoPreviousQuery,
)
from deployments.contracts.events import encode_event
from deployments.contracts.sessions import ChangeVisualization, Move
from deployments.journal.service import JournalService
from tests.actors.agents import ANN, HeldAgents
from tests.actors.cores import Activate, say


async def test_a_recorded_error_is_given_again(activate: Activate, agents: HeldAgents) -> None:
    core = await activate()
    for _ in range(2):
        with pytest.raises(NoPreviousQuery) as raised:
            await core.perform(ANN, Move(kind="undo", message_id="m1"))
        assert raised.value.extra["turn_id"].startswith("turn-")
    await say(core, "revenue by country", "m2")
    with pytest.raises(ChartNotApplicable) as refused:
        await (await activate()).perform(ANN, ChangeVisualization(chart_type="box", message_id="m3"))
    assert refused.value.suggestions == ("bar", "pie")
    assert core.history(10, 0).total_count == 4


async def test_what_failed_for_want_of_an_agent_may_be_tried_again(activate: Activate, agents: HeldAgents) -> None:
    core = await activate()
    agents.errors["run"] = AgentUnavailable("gone", retry_after=5)
    with pytest.raises(AgentUnavailable) as raised:
        await say(core, "revenue by country")
    assert raised.value.retry_after == 5
    agents.errors.clear()
    assert (await say(core, "revenue by country")).success
    assert (await say(await activate(), "revenue by country")).success


async def test_a_late_turn_takes_no_more_of_the_journal_than_an_early_one(
    activate: Activate, journal: JournalService
) -> None:
    core = await activate()
    for number in range(100, 200):
        await say(core, "revenue by country", f"m{number}")
    taken = await journal.activate("sess-1")
    turns: dict[str, int] = {}
    for event in taken.events[1:]:
        turn_id = getattr(event, "turn_id", "")
        turns[turn_id] = turns.get(turn_id, 0) + len(encode_event(event))
    sizes = list(turns.values())
    assert max(sizes[-5:]) <= 1.02 * min(sizes[5:10])
