"""What a turn answers with: its answer put together, asked back, or shown again; and how much of it is sent at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from actors.conversation import Result
from actors.effects import Answered
from actors.turns.turn import Turn
from deployments.contracts.agents import Presentation, Reading
from deployments.contracts.answers import INLINE_ROWS, Answer, AnswerData, Choice, Clarification, Intent, ResultTable
from deployments.contracts.errors import InvalidQuery
from deployments.contracts.events import ClarificationAsked, ResultProduced
from deployments.contracts.query import AnalyticQuery

_FIRST_SAID = (
    "interpretation", "assumptions", "warnings", "insights", "findings", "suggestions", "chart_types", "guard",
    "parts", "steps",
)  # fmt: skip


def answer(turn: Turn, reading: Reading, **fields: Any) -> Answer:
    """The turn's answer to what was understood."""
    given = {
        "intent": reading.intent,
        "interpretation": reading.interpretation,
        "assumptions": reading.assumptions,
        "warnings": reading.warnings,
        "confidence": reading.confidence,
    }
    return Answer(**(given | fields | _marks(turn)))


def answer_again(turn: Turn, result: Result, table: ResultTable, reading: Reading | None, **fields: Any) -> Answer:
    """An answer that shows an earlier result: what its first answer said, without running anything."""
    first = result.answer
    given: dict[str, Any] = {
        "success": True,
        "sql": result.sql,
        "sql_executed": False,
        "query": result.query,
        "result_id": result.result_id,
        "confidence": reading.confidence if reading else 1.0,
    }
    if first is not None:
        given |= {name: getattr(first, name) for name in _FIRST_SAID}
    return Answer(**(given | rows(table) | fields | _marks(turn)))


def ask_back(turn: Turn, clarification: Clarification, reading: Reading, text: str) -> Answered:
    """A question in place of an answer. The conversation remembers it, unless it says that `text` is not to be had."""
    intent = Intent.UNSUPPORTED if reading.intent is Intent.UNSUPPORTED else Intent.CLARIFICATION
    asked = answer(
        turn,
        reading,
        success=False,
        intent=intent,
        response=clarification.question,
        clarification=clarification,
        suggestions=tuple(choice.message for choice in clarification.choices),
    )
    if intent is Intent.UNSUPPORTED:
        return Answered(asked)
    event = ClarificationAsked(turn_id=turn.received.turn_id, about=text, clarification=clarification)
    return Answered(asked, (event,))


def cannot_compute(turn: Turn, error: InvalidQuery, reading: Reading, text: str) -> Answered:
    """The question was understood and cannot be computed: that is an answer, not a failure."""
    choices = tuple(Choice(label=suggestion, message=suggestion) for suggestion in error.suggestions)
    refusal = Clarification(question=error.detail, code="no_data_for", choices=choices)
    return ask_back(turn, refusal, reading.model_copy(update={"intent": Intent.UNSUPPORTED}), text)


def no_previous(question: str) -> Clarification:
    """That what was said needs an earlier result."""
    return Clarification(question=question, code="no_previous")


def produced(turn: Turn, query: AnalyticQuery, sql: str, result: ResultTable, shown: Presentation) -> ResultProduced:
    """The event of a new result; a turn makes one at most."""
    return ResultProduced(
        turn_id=turn.received.turn_id,
        result_id=f"res-{turn.received.turn_id.removeprefix('turn-')}",
        query=query,
        sql=sql,
        columns=result.columns,
        row_count=result.row_count,
        visualization=shown.visualization,
    )


def rows(table: ResultTable) -> dict[str, Any]:
    """The fields of an answer that tell of its rows."""
    return {
        "data": inline(table),
        "columns": table.columns,
        "row_count": table.row_count,
        "truncated": table.truncated,
    }


def inline(table: ResultTable) -> AnswerData:
    """The rows that an answer carries itself."""
    return AnswerData(columns=tuple(column.name for column in table.columns), rows=tuple(table.rows[:INLINE_ROWS]))


def final_type(answer: Answer) -> str:
    """The type of the frame that carries an answer."""
    return "clarification" if answer.intent is Intent.CLARIFICATION and answer.clarification is not None else "result"


def final_body(answer: Answer) -> dict[str, Any]:
    """The body of that frame: the whole answer, under `data` as plain Python values."""
    body: dict[str, Any] = {"data": answer.model_dump(mode="python")}
    if final_type(answer) == "clarification" and answer.clarification is not None:
        return answer.clarification.model_dump(mode="python") | body
    return body


def unique(texts: Iterable[str]) -> tuple[str, ...]:
    """Each text once, in order, without empty ones."""
    return tuple(dict.fromkeys(text for text in texts if text))


def _marks(turn: Turn) -> dict[str, Any]:
    return {
        "message_id": turn.received.message_id,
        "turn_id": turn.received.turn_id,
        "agents_visited": tuple(turn.visited),
    }
