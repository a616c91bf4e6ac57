from __future__ import annotations

import asyncio

import pytest

from actors.turns.turn import MOST_FRAMES
from deployments.contracts.answers import Answer
from deployments.contracts.errors import (
    ChartNotApplicable,
)
from deployments.contracts.sessions import ChangeVisualization, Frame
from tests.actors.agents import ANN, HeldAgents
from tests.actors.cores import Activate, all_frames, say
from tests.faults.history import PROVISIONAL


async def test_frames_number_through_the_whole_life_and_end_each_turn(activate: Activate) -> None:
    core = await activate()
    await say(core, "revenue by country")
    core = await activate()
    await say(core, "what is foo", "m2")
    with pytest.raises(ChartNotApplicable):
        await core.perform(ANN, ChangeVisualization(chart_type="box", message_id="m3"))
    frames = await all_frames(core)
    assert [frame.seq for frame in frames] == list(range(1, len(frames) + 1))
    assert [frame.type for frame in frames if frame.type not in ("status", "stream_start", "text")] == [
        "result", "stream_end", "clarification", "stream_end", "error", "stream_end",
    ]  # fmt: skip
    error = frames[-2]
    assert error.body == {
        "code": "chart_not_applicable",
        "detail": "A box chart does not fit",
        "suggestions": ["bar", "pie"],
    }


async def test_the_result_frame_holds_the_whole_answer_also_after_a_restart(activate: Activate) -> None:
    core = await activate()
    answer = await say(core, "revenue by country")
    for held in (core, await activate()):
        frame = next(frame for frame in await all_frames(held) if frame.type == "result")
        assert Answer.model_validate(frame.body["data"]) == answer


async def test_followers_see_a_turn_while_it_runs_and_all_see_the_same(activate: Activate, agents: HeldAgents) -> None:
    core = await activate()
    reached = agents.hold("run")
    turn = asyncio.ensure_future(say(core, "revenue by country"))

    async def follow() -> list[Frame]:
        seen: list[Frame] = []
        while not seen or seen[-1].type != "stream_end":
            seen += await core.frames(seen[-1].seq if seen else 0, 5)
        return seen

    followers = [asyncio.ensure_future(follow()) for _ in range(2)]
    await reached.wait()
    assert [frame.type for frame in await all_frames(core)][-1] == "text"
    agents.release("run")
    await turn
    one, other = await asyncio.gather(*followers)
    assert one == other == await all_frames(core)


async def test_waiting_for_frames_ends_in_time(activate: Activate) -> None:
    assert await (await activate()).frames(0, 0.01) == ()


async def test_no_turn_shows_more_before_its_end_than_is_allowed_for(activate: Activate) -> None:
    core = await activate()
    for number, text in enumerate(["revenue by country", "why did it fall", "as a pie", "what is foo", "go back"]):
        before = core.last_seq
        await say(core, text, f"m{number}")
        shown = [frame for frame in await all_frames(core, before) if frame.type in PROVISIONAL]
        assert len(shown) <= MOST_FRAMES
