from __future__ import annotations

import pytest

from actors.conversation import ConversationState
from actors.turns.answers import ask_back, cannot_compute, inline, no_previous, unique
from actors.turns.turn import Turn
from deployments.contracts.agents import Reading
from deployments.contracts.answers import INLINE_ROWS, Intent, ResultTable
from deployments.contracts.errors import InvalidQuery
from deployments.contracts.events import ClarificationAsked
from tests.actors.agents import COLUMNS
from tests.deployments.journal.turns import received


@pytest.fixture
def turn() -> Turn:
    return Turn(received("a"), ConversationState())


def test_what_is_asked_back_is_remembered(turn: Turn) -> None:
    asked = ask_back(turn, no_previous("Of what?"), Reading(intent=Intent.REFINEMENT), "only us")
    assert (asked.answer.success, asked.answer.intent, asked.answer.response) == (
        False,
        Intent.CLARIFICATION,
        "Of what?",
    )
    (event,) = asked.events
    assert isinstance(event, ClarificationAsked)
    assert event.about == "only us"


def test_what_cannot_be_computed_is_said_with_what_can_and_waits_for_no_reply(turn: Turn) -> None:
    error = InvalidQuery("There is no price", suggestions=("revenue by country",))
    refused = cannot_compute(turn, error, Reading(intent=Intent.SQL_QUERY), "price by country")
    assert (refused.answer.intent, refused.answer.suggestions) == (Intent.UNSUPPORTED, ("revenue by country",))
    assert refused.events == ()


def test_an_answer_carries_only_so_many_rows_itself() -> None:
    table = ResultTable(COLUMNS, [("US", number) for number in range(INLINE_ROWS + 5)])
    carried = inline(table)
    assert carried.columns == ("country", "revenue")
    assert carried.rows == tuple(table.rows[:INLINE_ROWS])


def test_what_is_said_twice_is_said_once() -> None:
    assert unique(["b", "", "a", "b"]) == ("b", "a")
