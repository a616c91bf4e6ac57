from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

import pytest

from actors.conversation import ConversationState, fold
from actors.effects import (
    Analyze,
    Answered,
    Cancelled,
    Describe,
    Emit,
    Failed,
    LoadResult,
    Outcome,
    Present,
    RunQuery,
    Understand,
)
from actors.orchestrator import AnalyticsOrchestrator
from actors.turns.answers import final_frame
from actors.turns.turn import IllegalMove, TurnState
from deployments.contracts.answers import Intent, ResultTable
from deployments.contracts.errors import (
    AgentUnavailable,
    InvalidQuery,
    NoPreviousQuery,
    QueryTimeout,
    ResultExpired,
    TurnCancelled,
)
from deployments.contracts.events import Event, MessageReceived, SessionCreated, TurnAnswered
from deployments.contracts.identity import Principal
from deployments.contracts.sessions import ChangeVisualization, Command, Move, RefineQuery, SendMessage
from tests.actors.agents import COLUMNS, ROWS, HeldAgents, understood

AT = dt.datetime(2025, 3, 15, 10, 0, tzinfo=dt.UTC)
ANN = Principal(tenant_id="acme", user_id="ann")
AGENTS = HeldAgents()


class Talk:
    """A conversation whose turns are driven by hand, without any loop but for the agents' own answers."""

    def __init__(self) -> None:
        created = SessionCreated(session_id="sess-1", tenant_id="acme", user_id="ann", at=AT)
        self.record: list[Event] = [created]
        self.tables: dict[str, ResultTable] = {}
        self.effects: list[Any] = []
        self.turns = 0

    @property
    def state(self) -> ConversationState:
        return fold(self.record)

    def turn(self, command: Command) -> AnalyticsOrchestrator:
        self.turns += 1
        received = MessageReceived(
            turn_id=f"turn-{self.turns}",
            message_id=command.message_id,
            principal=ANN,
            command=command,
            as_of=AT.date(),
            at=AT,
        )
        self.record.append(received)
        return AnalyticsOrchestrator(received, self.state)

    def run(self, command: Command, errors: dict[type, Exception] | None = None) -> Outcome:
        orchestrator = self.turn(command)
        todo = orchestrator.step()
        self.effects = []
        while not isinstance(todo, Answered | Failed | Cancelled):
            self.effects.append(todo)
            if error := (errors or {}).pop(type(todo), None):
                todo = orchestrator.fail(error)  # type: ignore[arg-type]
                continue
            try:
                todo = orchestrator.step(self.reply(todo))
            except IllegalMove:
                raise
            except Exception as error:  # an agent's own error
                todo = orchestrator.fail(error)  # type: ignore[arg-type]
        if isinstance(todo, Answered):
            if todo.result is not None and todo.answer.result_id is not None:
                self.tables[todo.answer.result_id] = todo.result
            end = TurnAnswered(turn_id=f"turn-{self.turns}", answer=todo.answer, frames=(), at=AT)
            self.record += [*todo.events, end]
        return todo

    def reply(self, effect: Any) -> Any:
        match effect:
            case Emit():
                return None
            case Understand(request=request):
                return understood(request)
            case RunQuery(query=query):
                return asyncio.run(AGENTS.run(ANN, query, AT.date()))
            case Present(query=query, result=result, reading=reading, chart_type=chart_type):
                return asyncio.run(AGENTS.present(ANN, query, result, reading, chart_type))
            case Analyze(query=query, inquiries=inquiries, runs=runs):
                return asyncio.run(AGENTS.analyze(ANN, query, inquiries, runs, AT.date()))
            case Describe(topic=topic):
                return asyncio.run(AGENTS.describe(ANN, topic))
            case LoadResult(result_id=result_id):
                return self.tables[result_id]

    def say(self, text: str) -> Answered:
        outcome = self.run(SendMessage(content=text, message_id=f"m{self.turns + 1}"))
        assert isinstance(outcome, Answered)
        return outcome

    def frames(self) -> list[tuple[str, Any]]:
        return [(effect.type, *effect.body.values()) for effect in self.effects if isinstance(effect, Emit)]


def test_a_plain_question_visits_router_sql_agent_and_viz_agent() -> None:
    talk = Talk()
    answer = talk.say("revenue by country").answer
    assert answer.agents_visited == ("router", "sql_agent", "viz_agent")
    assert (answer.success, answer.intent, answer.sql_executed) == (True, Intent.SQL_QUERY, True)
    assert (answer.turn_id, answer.message_id, answer.result_id) == ("turn-1", "m1", "res-1")
    assert answer.data is not None
    assert (answer.data.columns, list(answer.data.rows)) == (("country", "revenue"), ROWS)
    assert (answer.row_count, answer.insights, answer.assumptions) == (
        3, ("US leads.",), ("Revenue is the sum of amount.",)
    )  # fmt: skip


def test_what_happens_is_shown_agent_by_agent() -> None:
    talk = Talk()
    talk.say("revenue by country")
    assert talk.frames() == [
        ("status", "routing"),
        ("stream_start", "router"),
        ("text", "Reading the question..."),
        ("text", "Revenue by country."),
        ("status", "querying"),
        ("stream_start", "sql_agent"),
        ("text", "Generating SQL query..."),
        ("status", "presenting"),
        ("stream_start", "viz_agent"),
        ("text", "Choosing how to show the result..."),
    ]


def test_the_same_turn_shows_the_same_again() -> None:
    first, second = Talk(), Talk()
    assert first.say("revenue by country") == second.say("revenue by country")
    assert first.effects == second.effects


def test_a_why_question_asks_what_the_analysis_wants_to_know_and_tells_what_it_found() -> None:
    talk = Talk()
    answer = talk.say("why did it fall").answer
    assert answer.agents_visited == ("router", "analysis_agent", "sql_agent", "viz_agent")
    assert answer.response == "DE fell."
    assert answer.insights == ("DE fell.",)
    assert answer.warnings == ("Contributions are not causes.",)
    assert [(step.purpose, step.sql) for step in answer.steps] == [("all of it", "SELECT country, SUM(amount)")]
    assert ("text", "Asking for all of it...") in talk.frames()


def test_a_why_question_whose_queries_cannot_be_computed_is_answered_so() -> None:
    talk = Talk()
    outcome = talk.run(SendMessage(content="why did it fall", message_id="m1"), {RunQuery: InvalidQuery("No.")})
    assert isinstance(outcome, Answered)
    assert outcome.answer.intent is Intent.UNSUPPORTED
    assert outcome.answer.response == "There is nothing to look behind"


def test_an_analysis_shown_as_another_chart_keeps_what_was_found() -> None:
    talk = Talk()
    talk.say("why did it fall")
    answer = talk.say("as a pie").answer
    assert answer.response == "3 countries. DE fell."
    assert (answer.insights, answer.visualization and answer.visualization.type) == (("DE fell.",), "pie")


def test_a_question_about_the_data_visits_router_and_metadata_agent() -> None:
    talk = Talk()
    answer = talk.say("what tables are there").answer
    assert answer.agents_visited == ("router", "metadata_agent")
    assert (answer.success, answer.intent, answer.sql_executed) == (True, Intent.METADATA, False)
    assert talk.state.current is None


@pytest.mark.parametrize(
    ("text", "intent", "success"),
    [
        ("hello", Intent.CONVERSATION, True),
        ("what is foo", Intent.CLARIFICATION, False),
        ("will it rain", Intent.UNSUPPORTED, False),
    ],
)
def test_what_needs_no_data_visits_only_the_router(text: str, intent: Intent, success: bool) -> None:
    answer = Talk().say(text).answer
    assert (answer.agents_visited, answer.intent, answer.success) == (("router",), intent, success)
    assert answer.response


def test_a_clarification_is_remembered_until_a_question_is_answered() -> None:
    talk = Talk()
    answer = talk.say("what is foo").answer
    assert answer.suggestions == ("revenue by country",)
    assert final_frame(answer)[0] == "clarification"
    assert final_frame(answer)[1]["question"] == answer.response
    assert talk.state.pending_text == "what is foo"
    talk.say("revenue by country")
    request = next(effect.request for effect in talk.effects if isinstance(effect, Understand))
    assert request.context.pending_text == "what is foo"
    assert talk.state.pending is None


def test_the_router_sees_the_current_query_and_the_head_of_its_result() -> None:
    talk = Talk()
    talk.say("revenue by country")
    answer = talk.say("only us").answer
    context = next(effect.request.context for effect in talk.effects if isinstance(effect, Understand))
    assert context.query is not None
    assert (context.columns, list(context.rows), context.chart_type) == (COLUMNS, ROWS, "bar")
    assert answer.intent is Intent.REFINEMENT
    assert answer.row_count == 1


def test_a_question_is_read_without_rows_when_those_have_expired() -> None:
    talk = Talk()
    talk.say("revenue by country")
    outcome = talk.run(SendMessage(content="only us", message_id="m9"), {LoadResult: ResultExpired()})
    assert isinstance(outcome, Answered)
    context = next(effect.request.context for effect in talk.effects if isinstance(effect, Understand))
    assert context.query is not None
    assert context.rows == ()


def test_a_chart_is_changed_without_sql_and_without_the_router() -> None:
    talk = Talk()
    first = talk.say("revenue by country").answer
    outcome = talk.run(ChangeVisualization(chart_type="pie", message_id="m2"))
    assert isinstance(outcome, Answered)
    answer = outcome.answer
    assert (answer.agents_visited, answer.sql_executed, answer.sql) == (("viz_agent",), False, first.sql)
    assert (answer.result_id, answer.data) == (first.result_id, first.data)
    assert answer.visualization is not None
    assert answer.visualization.type == "pie"
    current = talk.state.current
    assert current is not None
    assert current.visualization == answer.visualization
    assert not any(isinstance(effect, RunQuery) for effect in talk.effects)


def test_a_chart_asked_for_in_words_visits_router_and_viz_agent() -> None:
    talk = Talk()
    talk.say("revenue by country")
    answer = talk.say("as a pie").answer
    assert (answer.agents_visited, answer.sql_executed) == (("router", "viz_agent"), False)
    assert answer.intent is Intent.VISUALIZATION


def test_a_chart_that_does_not_fit_is_an_error_for_a_program_and_a_question_for_a_person() -> None:
    talk = Talk()
    first = talk.say("revenue by country").answer
    outcome = talk.run(ChangeVisualization(chart_type="scatter", message_id="m2"))
    assert isinstance(outcome, Failed)
    assert (outcome.error.code, outcome.error.suggestions) == ("chart_not_applicable", ("bar", "pie"))
    talk.record.append(TurnAnswered(turn_id="turn-2", answer=first, frames=(), at=AT))
    answer = talk.say("as a scatter").answer
    assert (answer.success, answer.intent) == (False, Intent.CLARIFICATION)
    assert answer.suggestions == ("Show it as a bar chart", "Show it as a pie chart")


def test_a_chart_wish_within_a_question_that_does_not_fit_becomes_a_warning() -> None:
    talk = Talk()
    refusal: dict[type, Exception] = {Present: _not_applicable()}
    outcome = talk.run(SendMessage(content="revenue by country", message_id="m1"), refusal)
    assert isinstance(outcome, Answered)
    assert outcome.answer.warnings == ("A radar chart does not fit",)
    assert outcome.answer.visualization is not None


def _not_applicable() -> Exception:
    from deployments.contracts.errors import ChartNotApplicable

    return ChartNotApplicable("A radar chart does not fit")


@pytest.mark.parametrize(
    "command",
    [
        RefineQuery(content="only us", message_id="m1"),
        ChangeVisualization(chart_type="pie", message_id="m1"),
        Move(kind="undo", message_id="m1"),
        Move(kind="redo", message_id="m1"),
    ],
    ids=lambda command: command.kind,
)
def test_what_needs_a_previous_query_says_so(command: Command) -> None:
    outcome = Talk().run(command)
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, NoPreviousQuery)


@pytest.mark.parametrize("text", ["as a pie", "go back", "go forward"])
def test_words_that_need_a_previous_result_are_asked_back(text: str) -> None:
    answer = Talk().say(text).answer
    assert (answer.success, answer.intent, answer.agents_visited) == (False, Intent.CLARIFICATION, ("router",))
    assert answer.clarification is not None
    assert answer.clarification.code == "no_previous"


def test_undo_and_redo_walk_the_results_and_run_nothing() -> None:
    talk = Talk()
    first = talk.say("revenue by country").answer
    second = talk.say("only us").answer
    back = talk.run(Move(kind="undo", message_id="m3"))
    assert isinstance(back, Answered)
    assert (back.answer.result_id, back.answer.data, back.answer.sql_executed) == (first.result_id, first.data, False)
    assert talk.effects == [LoadResult("res-1")]
    forward = talk.say("go forward").answer
    assert (forward.result_id, forward.agents_visited) == (second.result_id, ("router",))
    assert isinstance(talk.run(Move(kind="redo", message_id="m5")), Failed)


def test_a_question_that_cannot_be_computed_is_an_answer_and_not_a_failure() -> None:
    refusal: dict[type, Exception] = {RunQuery: InvalidQuery("There is no price of a country")}
    outcome = Talk().run(SendMessage(content="revenue by country", message_id="m1"), refusal)
    assert isinstance(outcome, Answered)
    assert (outcome.answer.success, outcome.answer.intent) == (False, Intent.UNSUPPORTED)
    assert outcome.answer.response == "There is no price of a country"
    assert outcome.answer.agents_visited == ("router", "sql_agent")


@pytest.mark.parametrize("error", [QueryTimeout("slow"), AgentUnavailable("gone")], ids=lambda error: error.code)
def test_a_failing_agent_fails_the_turn_with_its_error(error: Exception) -> None:
    talk = Talk()
    orchestrator = talk.turn(SendMessage(content="revenue by country", message_id="m1"))
    while not isinstance(orchestrator.step(), Understand):
        pass
    assert orchestrator.fail(error) == Failed(error)  # type: ignore[arg-type]
    assert orchestrator.state is TurnState.FAILED


def test_an_interrupted_query_ends_the_turn_as_cancelled() -> None:
    outcome = Talk().run(SendMessage(content="revenue by country", message_id="m1"), {RunQuery: TurnCancelled()})
    assert outcome == Cancelled()


def test_a_cancelled_turn_can_go_no_further() -> None:
    orchestrator = Talk().turn(SendMessage(content="hello", message_id="m1"))
    orchestrator.step()
    assert orchestrator.cancel() == Cancelled()
    with pytest.raises(IllegalMove, match="expected a running turn, got one that is cancelled"):
        orchestrator.step()
    with pytest.raises(IllegalMove, match="expected nothing more after cancelled, got cancelled"):
        orchestrator.cancel()


def test_a_reply_of_the_wrong_kind_is_refused() -> None:
    orchestrator = Talk().turn(SendMessage(content="hello", message_id="m1"))
    while not isinstance(orchestrator.step(), Understand):
        pass
    with pytest.raises(IllegalMove, match="expected Reading in state routing, got int"):
        orchestrator.step(7)
