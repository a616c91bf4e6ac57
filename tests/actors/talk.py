"""A conversation whose turns are driven by hand."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

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
from actors.turns.turn import IllegalMove
from deployments.contracts.answers import ResultTable
from deployments.contracts.events import Event, MessageReceived, SessionCreated, TurnAnswered
from deployments.contracts.sessions import Command, SendMessage
from tests.actors.agents import ANN, HeldAgents, understood

AT = dt.datetime(2025, 3, 15, 10, 0, tzinfo=dt.UTC)


AGENTS = HeldAgents()


class Talk:
    """The turns are folded into a record as they end; there is no loop but for the agents' own answers."""

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
