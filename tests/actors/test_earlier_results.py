"""Running a question again on data that has moved on, and speaking of earlier answers: with the real agents."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from actors.local import LocalSessions
from deployments.analytics.workspace import Workspace
from deployments.contracts.answers import Answer, Intent
from deployments.contracts.errors import NoPreviousQuery, ResultNotFound, WorkbenchError
from deployments.contracts.identity import Principal
from deployments.contracts.sessions import ChangeVisualization, Command, RunAgain, SendMessage
from deployments.journal.service import JournalService
from deployments.journal.store import Journal
from deployments.local import LocalAgents

ANN = Principal(tenant_id="acme", user_id="ann")
SALES = "city,product,amount\nRome,Tea,10\nRome,Cake,20\nOslo,Tea,5\nBonn,Cake,7\n"
Open = Callable[[], AbstractAsyncContextManager[LocalSessions]]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "sales.csv").write_text(SALES)
    return tmp_path


@pytest.fixture
def opened(shop: Path) -> Open:
    """Opens the sessions of the shop, over its data as they are at that moment."""

    @asynccontextmanager
    async def open_sessions() -> AsyncIterator[LocalSessions]:
        agents = LocalAgents(Workspace.open(str(shop / "data")))
        journal = JournalService(Journal.open(str(shop / "journal.sqlite")))
        sessions = LocalSessions(agents, journal)
        try:
            yield sessions
        finally:
            await sessions.close()
            journal.close()
            agents.close()

    return open_sessions


_number = iter(range(10_000))


async def say(sessions: LocalSessions, session_id: str, *said: str) -> Answer:
    for text in said:
        answer = await perform(sessions, session_id, SendMessage(content=text, message_id=f"m{next(_number)}"))
    return answer


async def perform(sessions: LocalSessions, session_id: str, command: Command) -> Answer:
    return await sessions.perform(ANN, session_id, command)


async def test_a_question_run_again_tells_what_has_changed_since(opened: Open, shop: Path) -> None:
    async with opened() as sessions:
        session_id = (await sessions.create(ANN)).session_id
        first = await say(sessions, session_id, "total amount by city")
        assert first.success
        same = await say(sessions, session_id, "run it again")
        assert same.response.startswith("Nothing has changed since")
    (shop / "data" / "sales.csv").write_text(SALES.replace("Bonn,Cake,7", "Lyon,Cake,9") + "Oslo,Cake,15\n")
    async with opened() as sessions:
        again = await say(sessions, session_id, "run it again")
        told = again.differences
        assert told is not None
        assert (told.added, told.removed, told.changed, told.unchanged) == (1, 1, 1, 1)
        assert again.sql_executed
        assert again.sql == first.sql
        assert again.data is not None
        assert {tuple(row) for row in again.data.rows} >= {("Oslo", 20), ("Lyon", 9)}
        # The first answer is as it was; run again by its id, it is compared with its own rows.
        history = await sessions.result(ANN, session_id, first.result_id or "")
        assert ("Bonn", 7) in history.result.rows
        of_first = await perform(sessions, session_id, RunAgain(message_id="by id", result_id=first.result_id))
        assert of_first.differences is not None
        assert of_first.differences.earlier_result_id == first.result_id
        assert of_first.agents_visited == ("sql_agent", "viz_agent")


async def test_what_is_run_again_keeps_the_chart_it_was_given(opened: Open) -> None:
    async with opened() as sessions:
        session_id = (await sessions.create(ANN)).session_id
        await say(sessions, session_id, "total amount by city")
        await perform(sessions, session_id, ChangeVisualization(chart_type="pie", message_id="pie"))
        again = await perform(sessions, session_id, RunAgain(message_id="again"))
        assert again.visualization is not None
        assert again.visualization.type == "pie"


async def test_there_must_be_something_to_run_again(opened: Open) -> None:
    async with opened() as sessions:
        session_id = (await sessions.create(ANN)).session_id
        with pytest.raises(NoPreviousQuery):
            await perform(sessions, session_id, RunAgain(message_id="a"))
        with pytest.raises(ResultNotFound):
            await perform(sessions, session_id, RunAgain(message_id="b", result_id="res-0"))


async def test_earlier_answers_are_compared_shown_and_gone_on_from(opened: Open) -> None:
    async with opened() as sessions:
        session_id = (await sessions.create(ANN)).session_id
        await say(
            sessions, session_id, "total amount by city", "total amount by product", "total amount by city for Tea"
        )
        beside = await say(sessions, session_id, "compare with the first one")
        assert beside.success
        assert not beside.sql_executed
        assert beside.data is not None
        assert {(row[0], row[1], row[2]) for row in beside.data.rows} == {
            ("Rome", 30, 10),
            ("Oslo", 5, 5),
            ("Bonn", 7, None),
        }
        refused = await say(sessions, session_id, "compare with answer 2")
        assert refused.intent is Intent.UNSUPPORTED
        assert "side by side" in refused.response
        nowhere = await say(sessions, session_id, "compare with answer 9")
        assert not nowhere.success
        assert "there are 3 answers" in nowhere.response
        gone_on = await say(sessions, session_id, "the second answer, only Cake")
        assert gone_on.data is not None
        assert gone_on.data.rows == (("Cake", 27),)
        assert "“the second answer” is the answer to “total amount by product”." in gone_on.assumptions
        shown = await say(sessions, session_id, "go back to the first answer")
        assert not shown.sql_executed
        assert shown.data is not None
        assert len(shown.data.rows) == 3
        after = await say(sessions, session_id, "only Rome")
        assert after.data is not None
        assert after.data.rows == (("Rome", 30),)


async def test_those_of_an_earlier_answer_are_the_ones_it_showed(opened: Open) -> None:
    async with opened() as sessions:
        session_id = (await sessions.create(ANN)).session_id
        await say(sessions, session_id, "top 2 cities by total amount", "total amount by product")
        which = await say(sessions, session_id, "of the cities in the first answer, which have amount under 20")
        assert which.data is not None
        # Oslo has such an amount too, and was not among the two.
        assert {row[0] for row in which.data.rows} == {"Rome", "Bonn"}


async def test_an_answer_that_does_not_show_the_things_asks_back(opened: Open) -> None:
    async with opened() as sessions:
        session_id = (await sessions.create(ANN)).session_id
        answer = await say(
            sessions, session_id, "total amount by city", "of the products in the first answer, which are Tea"
        )
        assert not answer.success or "by product" not in answer.interpretation


async def test_going_back_forth_branching_redrawing_and_comparing_run_no_sql(shop: Path) -> None:
    workspace = Workspace.open(str(shop / "data"))
    agents = LocalAgents(workspace)
    journal = JournalService(Journal.open(str(shop / "journal.sqlite")))
    sessions = LocalSessions(agents, journal)
    session_id = (await sessions.create(ANN)).session_id
    await perform(sessions, session_id, SendMessage(content="total amount by city", message_id="first"))
    second = await say(sessions, session_id, "only Tea")
    # From here on there is no data: what is shown was stored.
    workspace.warehouse.close()
    assert (await say(sessions, session_id, "undo")).row_count == 3
    assert (await say(sessions, session_id, "redo")).data == second.data
    assert (await perform(sessions, session_id, ChangeVisualization(chart_type="pie", message_id="pie"))).success
    assert (await say(sessions, session_id, "compare with the first one")).success
    branch = (await sessions.branch(ANN, session_id, "first", title=None)).session_id
    assert (await perform(sessions, branch, ChangeVisualization(chart_type="bar", message_id="bar"))).row_count == 3
    with pytest.raises(WorkbenchError):
        await perform(sessions, branch, RunAgain(message_id="again"))
    await sessions.close()
    journal.close()
    agents.close()
