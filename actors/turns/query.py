"""A question that one query answers, and one that is run again on the data as it is now."""

from __future__ import annotations

from actors.conversation import Result
from actors.effects import Answered, Present, RunQuery
from actors.turns.analysis import analyse
from actors.turns.answers import answer, cannot_compute, produced, rows, unique
from actors.turns.stored import Before, kept
from actors.turns.turn import Script, Turn, TurnState
from deployments.contracts.agents import Presentation, QueryRun, Reading
from deployments.contracts.answers import Intent
from deployments.contracts.errors import ChartNotApplicable, InvalidQuery
from deployments.contracts.query import AnalyticQuery


def compute(turn: Turn, query: AnalyticQuery, reading: Reading, text: str, before: Before | None = None) -> Script:
    """The answer to a typed question, one way or the other; with what has changed since `before`."""
    answering = run_query if query.analysis is None else analyse
    return answering(turn, query, reading, text, before)


def run_query(turn: Turn, query: AnalyticQuery, reading: Reading, text: str, before: Before | None) -> Script:
    """One query, its result as a chart and in words."""
    working = "Running the query again..." if before else "Generating SQL query..."
    yield from turn.visit(TurnState.QUERYING, "sql_agent", working)
    try:
        run: QueryRun = yield RunQuery(query)
    except InvalidQuery as error:
        return cannot_compute(turn, error, reading, text)
    yield from turn.visit(TurnState.PRESENTING, "viz_agent", "Choosing how to show the result...")
    warnings = (*reading.warnings, *run.warnings)
    try:
        shown: Presentation = yield Present(query, run.result, reading)
    except ChartNotApplicable as error:
        warnings = (*warnings, error.detail)
        query = query.model_copy(update={"chart": None})
        shown = yield Present(query, run.result, reading.model_copy(update={"query": query}))
    changed = (yield from before.compare(run.result)) if before else None
    leading = (changed.text if changed else "", shown.response)
    event = produced(turn, query, run.sql, run.result, shown)
    found = answer(
        turn,
        reading,
        success=True,
        response=" ".join(part for part in leading if part),
        sql=run.sql,
        sql_executed=True,
        query=query,
        result_id=event.result_id,
        visualization=shown.visualization,
        insights=unique(finding.text for finding in shown.insights),
        findings=shown.insights,
        chart_types=shown.chart_types,
        suggestions=shown.suggestions,
        assumptions=unique((*reading.assumptions, *run.assumptions)),
        warnings=unique(warnings),
        guard=run.guard,
        parts=shown.parts,
        differences=changed,
        **rows(run.result),
    )
    return Answered(found, (event,), run.result)


def run_again(turn: Turn, result: Result, reading: Reading | None, text: str) -> Script:
    """The stored query of a result on the data as it is now, and what has changed since."""
    table, warnings = yield from kept(result)
    first = result.answer
    query = result.query
    if result.visualization is not None and first is not None and first.visualization != result.visualization:
        query = query.model_copy(update={"chart": result.visualization.type})
    told = Reading(
        intent=Intent.SQL_QUERY,
        query=query,
        interpretation=first.interpretation if first else "",
        assumptions=first.assumptions if first else (),
        warnings=warnings,
        confidence=reading.confidence if reading else 1.0,
    )
    return (yield from compute(turn, query, told, text, Before(result, table) if table is not None else None))
