from __future__ import annotations

import asyncio
from dataclasses import asdict

import pytest

from actors.conversation import fold
from deployments.contracts.errors import (
    ResultNotFound,
)
from deployments.contracts.sessions import ChangeVisualization, Move
from deployments.journal.service import JournalService
from tests.actors.agents import ANN, ROWS, HeldAgents
from tests.actors.cores import Activate, say


async def test_an_answer_is_in_the_record_before_it_is_given(activate: Activate) -> None:
    answer = await say(await activate(), "revenue by country")
    other = await activate()
    assert other.history(10, 0).messages[1].content == answer.response
    assert await say(other, "revenue by country") == answer


async def test_a_session_goes_on_where_another_process_left_it(activate: Activate) -> None:
    await say(await activate(), "revenue by country")
    core = await activate()
    assert (await say(core, "only us", "m2")).row_count == 1
    core = await activate()
    chart = await core.perform(ANN, ChangeVisualization(chart_type="pie", message_id="m3"))
    assert (chart.row_count, chart.sql_executed) == (1, False)
    core = await activate()
    back = await core.perform(ANN, Move(kind="undo", message_id="m4"))
    assert list(back.data.rows if back.data else ()) == ROWS


async def test_reads_do_not_wait_for_a_running_turn(activate: Activate, agents: HeldAgents) -> None:
    core = await activate()
    first = await say(core, "revenue by country")
    reached = agents.hold("run")
    turn = asyncio.ensure_future(say(core, "only us", "m2"))
    await reached.wait()
    assert core.history(10, 0).total_count == 3
    assert list((await core.result(first.result_id or "")).result.rows) == ROWS
    assert core.busy
    agents.release("run")
    await turn
    assert not core.busy


async def test_a_result_that_is_not_of_this_session_is_not_found(activate: Activate) -> None:
    with pytest.raises(ResultNotFound):
        await (await activate()).result("res-other")


async def test_the_record_as_text_gives_the_state_that_its_events_give(
    activate: Activate, journal: JournalService
) -> None:
    core = await activate()
    texts = ("revenue by country", "only us", "what is foo", "as a pie", "undo", "hello")
    for number, text in enumerate(texts):
        await say(core, text, f"m{number}")
    taken = await journal.activate("sess-1")
    as_text, decoded = fold(taken.record), fold(taken.events)
    assert as_text.results.keys() == decoded.results.keys()
    assert asdict(as_text) == asdict(decoded)
