"""What is done with results that are there already: drawn anew, gone back to, set side by side. None runs SQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from actors.conversation import Result
from actors.effects import Answered, Compare, LoadResult, Present
from actors.turns.answers import answer, answer_again, ask_back, unique
from actors.turns.turn import Script, Steps, Turn, TurnState
from deployments.contracts.agents import Context, EarlierResult, Presentation, Reading
from deployments.contracts.answers import AnswerData, Choice, Clarification, Differences, Intent, ResultTable
from deployments.contracts.errors import ChartNotApplicable, InvalidQuery, ResultExpired, ResultNotFound
from deployments.contracts.events import ChartChanged, Moved

CONTEXT_ROWS = 50
"""How many rows of the current result the router sees, for "the second one" and "their ages"."""


@dataclass(frozen=True, slots=True)
class Before:
    """An earlier result whose query is run again, with the rows it had."""

    result: Result
    rows: ResultTable

    def compare(self, now: ResultTable) -> Steps[Differences]:
        """What has changed since."""
        changed: Differences = yield Compare(self.rows, now, self.result.created_at)
        return changed.model_copy(update={"earlier_result_id": self.result.result_id})


def kept(result: Result) -> Steps[tuple[ResultTable | None, tuple[str, ...]]]:
    """The rows of a result; where they are no longer kept, none and a warning that says so."""
    try:
        table: ResultTable = yield LoadResult(result.result_id)
    except (ResultExpired, ResultNotFound):
        return None, ("The rows of the earlier answer are no longer kept, so what has changed cannot be said.",)
    return table, ()


def context_of(result: Result) -> Steps[Context]:
    """The context in which a message follows this result."""
    table, _ = yield from kept(result)
    return Context(
        query=result.query,
        columns=result.columns,
        rows=tuple(table.rows[:CONTEXT_ROWS]) if table is not None else (),
        chart_type=result.visualization.type if result.visualization else None,
        sql=result.sql,
        assumptions=result.answer.assumptions if result.answer else (),
        steps=result.answer.steps if result.answer else (),
    )


def redraw(turn: Turn, result: Result, chart_type: str, reading: Reading | None) -> Script:
    """The result as another chart. Raises ChartNotApplicable."""
    yield from turn.visit(TurnState.PRESENTING, "viz_agent", "Redrawing the result...")
    table: ResultTable = yield LoadResult(result.result_id)
    shown: Presentation = yield Present(result.query, table, None, chart_type)
    events: tuple[ChartChanged, ...] = ()
    if shown.visualization is not None:
        events = (
            ChartChanged(turn_id=turn.received.turn_id, result_id=result.result_id, visualization=shown.visualization),
        )
    told: dict[str, Any] = {"response": shown.response, "findings": shown.insights}
    if result.query.analysis is not None and result.answer is not None:
        # What an analysis found does not follow from the rows alone.
        told = {"response": f"{shown.response} {result.answer.response}", "findings": result.answer.findings}
    redrawn = answer_again(
        turn,
        result,
        table,
        reading,
        intent=Intent.VISUALIZATION,
        visualization=shown.visualization,
        chart_types=shown.chart_types,
        suggestions=shown.suggestions,
        insights=unique(finding.text for finding in told["findings"]),
        **told,
    )
    return Answered(redrawn, events, table)


def redraw_if_it_fits(turn: Turn, result: Result, chart_type: str, reading: Reading, text: str) -> Script:
    """The result as another chart; where that does not fit it, which ones do."""
    try:
        return (yield from redraw(turn, result, chart_type, reading))
    except ChartNotApplicable as error:
        choices = tuple(
            Choice(label=kind.replace("_", " "), message=f"Show it as a {kind.replace('_', ' ')} chart")
            for kind in error.suggestions
        )
        refusal = Clarification(question=error.detail, code="ambiguous", words=(chart_type,), choices=choices)
        return ask_back(turn, refusal, reading, text)


def move(turn: Turn, result: Result, direction: str, reading: Reading | None) -> Script:
    """Make an earlier or later result the current one."""
    table: ResultTable = yield LoadResult(result.result_id)
    moved = Moved.model_validate(
        {"turn_id": turn.received.turn_id, "direction": direction, "result_id": result.result_id}
    )
    first = result.answer.response if result.answer else ""
    where = "Back to the earlier result." if direction == "undo" else "Forward to the later result."
    there = answer_again(
        turn,
        result,
        table,
        reading,
        intent=Intent.REFINEMENT,
        response=f"{where} {first}".strip(),
        visualization=result.visualization,
        assumptions=(
            *(result.answer.assumptions if result.answer else ()),
            *(reading.assumptions if reading else ()),
        ),
    )
    return Answered(there, (moved,), table)


def set_beside(
    turn: Turn, target: Result, current: Result, named: EarlierResult, asked: str, reading: Reading, text: str
) -> Script:
    """Two results side by side, as they were stored. `asked` says what the earlier one answered."""
    yield from turn.visit(TurnState.PRESENTING, "viz_agent", "Setting the two side by side...")
    before: ResultTable = yield LoadResult(target.result_id)
    now: ResultTable = yield LoadResult(current.result_id)
    try:
        told: Differences = yield Compare(before, now, None, (named.words, "this answer"))
    except InvalidQuery as error:
        refusal = Clarification(question=error.detail, code="no_data_for")
        return ask_back(turn, refusal, reading.model_copy(update={"intent": Intent.UNSUPPORTED}), text)
    table = told.data or AnswerData(columns=())
    beside = answer(
        turn,
        reading,
        success=True,
        intent=Intent.ANALYSIS,
        response=told.text,
        data=table,
        columns=told.columns,
        row_count=len(table.rows),
        assumptions=(asked, f"“this answer” is the answer to “{turn.conversation.asked(current)}”."),
        differences=told.model_copy(update={"earlier_result_id": target.result_id, "data": None, "columns": ()}),
        suggestions=current.answer.suggestions if current.answer else (),
    )
    return Answered(beside)
