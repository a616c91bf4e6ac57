"""A question that takes several queries, whose number only shows on the way: why, what will be, what is unusual."""

from __future__ import annotations

from actors.effects import Analyze, Answered, Emit, Present, RunQuery
from actors.turns.answers import answer, cannot_compute, produced, rows, unique
from actors.turns.stored import Before
from actors.turns.turn import Script, Steps, Turn, TurnState
from deployments.contracts.agents import Inquiry, Presentation, QueryRun, Reading
from deployments.contracts.answers import AnswerStep, Guarded, Intent
from deployments.contracts.errors import InvalidQuery, QueryTimeout
from deployments.contracts.query import AnalyticQuery


def analyse(turn: Turn, query: AnalyticQuery, reading: Reading, text: str, before: Before | None) -> Script:
    """Run what the analysis asks for, until it asks for no more and tells what it found."""
    yield from turn.visit(TurnState.ANALYSING, "analysis_agent", "Looking for what lies behind it...")
    inquiries: list[Inquiry] = []
    runs: list[QueryRun | None] = []
    try:
        while (found := (yield Analyze(query, tuple(inquiries), tuple(runs)))).inquiries:
            if "sql_agent" not in turn.visited:
                turn.visited.append("sql_agent")
            yield Emit("text", {"content": f"Asking for {', '.join(one.purpose for one in found.inquiries)}..."})
            for inquiry in found.inquiries:
                run = yield from _inquire(inquiry)
                runs.append(run)
                inquiries.append(inquiry)
    except InvalidQuery as error:
        return cannot_compute(turn, error, reading, text)
    assert found.query is not None
    assert found.result is not None
    yield from turn.visit(TurnState.PRESENTING, "viz_agent", "Choosing how to show the result...")
    shown: Presentation = yield Present(found.query, found.result, None)
    answered = [run for run in runs if run is not None]
    findings = found.insights or shown.insights
    event = produced(turn, found.query, found.sql, found.result, shown)
    changed = (yield from before.compare(found.result)) if before else None
    edits = f"{'. '.join(reading.changes)}." if reading.intent is Intent.REFINEMENT and reading.changes else ""
    leading = (changed.text if changed else "", f"{edits[:1].upper()}{edits[1:]}", found.response)
    told = answer(
        turn,
        reading,
        success=True,
        response=" ".join(part for part in leading if part),
        sql=found.sql,
        sql_executed=True,
        query=found.query,
        result_id=event.result_id,
        visualization=shown.visualization,
        insights=unique(finding.text for finding in findings),
        findings=findings,
        chart_types=shown.chart_types,
        suggestions=shown.suggestions,
        assumptions=unique(
            (*reading.assumptions, *found.assumptions, *(a for run in answered for a in run.assumptions))
        ),
        warnings=unique((*reading.warnings, *found.warnings, *(w for run in answered for w in run.warnings))),
        guard=_together([run.guard for run in answered]),
        parts=shown.parts,
        differences=changed,
        steps=tuple(
            AnswerStep(purpose=inquiry.purpose, sql=run.sql)
            for inquiry, run in zip(inquiries, runs, strict=True)
            if run is not None
        ),
        **rows(found.result),
    )
    return Answered(told, (event,), found.result)


def _inquire(inquiry: Inquiry) -> Steps[QueryRun | None]:
    """What an inquiry gives. One that cannot be computed, or not in time, is left out of the analysis."""
    try:
        run: QueryRun = yield RunQuery(inquiry.query)
    except (InvalidQuery, QueryTimeout):
        return None
    return run


def _together(reports: list[Guarded]) -> Guarded:
    """What the guard saw in several statements."""
    first = reports[0]
    many = {
        name: tuple(dict.fromkeys(value for report in reports for value in getattr(report, name)))
        for name in ("tables", "columns", "functions", "row_policies")
    }
    return first.model_copy(update=many)
