"""One turn as a state machine, without I/O.

`AnalyticsOrchestrator.step` gives the next effect to perform and takes its reply, until it gives an outcome; the
driver decides how effects are performed and what is committed. So the same turn runs over Ray, in one process, and in
a test that holds neither.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from enum import StrEnum
from typing import Any

from actors.conversation import ConversationState, Result
from actors.effects import (
    Analyze,
    Answered,
    Cancelled,
    Compare,
    Describe,
    Effect,
    Emit,
    Failed,
    LoadResult,
    Outcome,
    Present,
    RunQuery,
    Understand,
)
from deployments.contracts.agents import (
    Analysis,
    Context,
    EarlierResult,
    Inquiry,
    MetadataAnswer,
    Presentation,
    QueryRun,
    Reading,
    ReadRequest,
)
from deployments.contracts.answers import (
    INLINE_ROWS,
    Answer,
    AnswerData,
    AnswerStep,
    Choice,
    Clarification,
    Differences,
    Guarded,
    Intent,
    ResultTable,
)
from deployments.contracts.errors import (
    ChartNotApplicable,
    InvalidQuery,
    NoPreviousQuery,
    QueryTimeout,
    ResultExpired,
    ResultNotFound,
    TurnCancelled,
    WorkbenchError,
)
from deployments.contracts.events import ChartChanged, ClarificationAsked, MessageReceived, Moved, ResultProduced
from deployments.contracts.query import AnalyticQuery
from deployments.contracts.sessions import ChangeVisualization, Move, RefineQuery, RunAgain, SendMessage

CONTEXT_ROWS = 50
"""How many rows of the current result the router sees, for "the second one" and "their ages"."""


class TurnState(StrEnum):
    """Where a turn stands."""

    RECEIVED = "received"
    ROUTING = "routing"
    QUERYING = "querying"
    PRESENTING = "presenting"
    ANALYSING = "analysing"
    DESCRIBING = "describing"
    ANSWERED = "answered"
    FAILED = "failed"
    CANCELLED = "cancelled"


_STOPS = {TurnState.ANSWERED, TurnState.FAILED, TurnState.CANCELLED}
_MOVES: dict[TurnState, set[TurnState]] = {
    TurnState.RECEIVED: {TurnState.ROUTING, TurnState.QUERYING, TurnState.ANALYSING, TurnState.PRESENTING, *_STOPS},
    TurnState.ROUTING: {
        TurnState.QUERYING,
        TurnState.PRESENTING,
        TurnState.ANALYSING,
        TurnState.DESCRIBING,
        *_STOPS,
    },
    TurnState.QUERYING: {TurnState.PRESENTING, *_STOPS},
    TurnState.PRESENTING: _STOPS,
    TurnState.ANALYSING: {TurnState.PRESENTING, *_STOPS},
    TurnState.DESCRIBING: _STOPS,
    TurnState.ANSWERED: set(),
    TurnState.FAILED: set(),
    TurnState.CANCELLED: set(),
}

_REPLIES: dict[type[Effect], type] = {
    Emit: type(None),
    Understand: Reading,
    RunQuery: QueryRun,
    Present: Presentation,
    Compare: Differences,
    Analyze: Analysis,
    Describe: MetadataAnswer,
    LoadResult: ResultTable,
}

_Script = Generator[Effect, Any, Answered]


class IllegalMove(RuntimeError):
    """The driver or the machine did what cannot be done in this state."""


class AnalyticsOrchestrator:
    """The turn that `received` began, in the conversation as it stands in `conversation`."""

    def __init__(self, received: MessageReceived, conversation: ConversationState) -> None:
        self.state = TurnState.RECEIVED
        self.visited: list[str] = []
        self._received = received
        self._conversation = conversation
        self._script = self._turn()
        self._asked: Effect | None = None

    def step(self, reply: Any = None) -> Effect | Outcome:
        """Take the reply to the last effect (None to begin) and give the next effect or the outcome."""
        expected = _REPLIES[type(self._asked)] if self._asked is not None else type(None)
        if not isinstance(reply, expected):
            raise IllegalMove(f"expected {expected.__name__} in state {self.state}, got {type(reply).__name__}")
        return self._advance(lambda: self._script.send(reply))

    def fail(self, error: WorkbenchError) -> Effect | Outcome:
        """Tell that the last effect failed, and give what comes next."""
        return self._advance(lambda: self._script.throw(error))

    def cancel(self) -> Outcome:
        """Stop the turn."""
        self._enter(TurnState.CANCELLED)
        self._script.close()
        return Cancelled()

    def _advance(self, resume: Callable[[], Effect]) -> Effect | Outcome:
        if self.state in _STOPS:
            raise IllegalMove(f"expected a running turn, got one that is {self.state}")
        try:
            self._asked = effect = resume()
        except StopIteration as stop:
            self._enter(TurnState.ANSWERED)
            answered: Answered = stop.value
            return answered
        except TurnCancelled:
            self._enter(TurnState.CANCELLED)
            return Cancelled()
        except WorkbenchError as error:
            self._enter(TurnState.FAILED)
            return Failed(error)
        return effect

    def _enter(self, state: TurnState) -> None:
        if state not in _MOVES[self.state]:
            allowed = ", ".join(sorted(_MOVES[self.state])) or "nothing more"
            raise IllegalMove(f"expected {allowed} after {self.state}, got {state}")
        self.state = state

    # --- the ways a turn can go

    def _turn(self) -> _Script:
        match self._received.command:
            case SendMessage(content=text):
                return (yield from self._message(text, refine=False))
            case RefineQuery(content=text, remove=remove, replace=replace):
                if self._conversation.current is None:
                    raise NoPreviousQuery("There is no query yet to refine; ask a question first")
                return (yield from self._message(text, refine=True, remove=remove, replace=replace))
            case ChangeVisualization(chart_type=chart_type):
                current = self._conversation.current
                if current is None:
                    raise NoPreviousQuery("There is no result yet to show as a chart; ask a question first")
                return (yield from self._redraw(current, chart_type, None))
            case Move(kind=direction):
                target = self._conversation.neighbour(direction)
                if target is None:
                    raise NoPreviousQuery(_NOWHERE[direction])
                return (yield from self._move(target, direction, None))
            case RunAgain(result_id=result_id):
                return (yield from self._run_again(self._conversation.result(result_id), None, ""))

    def _message(self, text: str, *, refine: bool, remove: str | None = None, replace: str | None = None) -> _Script:
        yield from self._visit(TurnState.ROUTING, "router", "Reading the question...")
        context = yield from self._context()
        reading: Reading = yield Understand(
            ReadRequest(
                text=text,
                kind="refine" if refine else "message",
                context=context,
                as_of=self._received.as_of,
                remove=remove,
                replace=replace,
            )
        )
        if reading.interpretation:
            yield Emit("text", {"content": reading.interpretation})
        if reading.earlier is not None:
            return (yield from self._earlier(reading.earlier, reading, text))
        if reading.move == "rerun":
            current = self._conversation.current
            if current is None:
                return self._ask(_no_previous("There is no result yet to run again."), reading, text)
            return (yield from self._run_again(current, reading, text))
        return (yield from self._understood(reading, text))

    def _understood(self, reading: Reading, text: str) -> _Script:
        if reading.move is not None:
            target = self._conversation.neighbour(reading.move)
            if target is None:
                return self._ask(_no_previous(_NOWHERE[reading.move]), reading, text)
            return (yield from self._move(target, reading.move, reading))
        if reading.clarification is not None:
            return self._ask(reading.clarification, reading, text)
        if reading.query is not None:
            answering = self._query if reading.query.analysis is None else self._analysis
            return (yield from answering(reading.query, reading, text))
        if reading.chart_type is not None:
            current = self._conversation.current
            if current is None:
                return self._ask(_no_previous("There is no result yet to show as a chart."), reading, text)
            return (yield from self._redraw_if_it_fits(current, reading.chart_type, reading, text))
        if reading.topic is not None:
            return (yield from self._describe(reading))
        return Answered(self._answer(reading, success=True, response=reading.reply or ""))

    def _query(
        self, query: AnalyticQuery, reading: Reading, text: str, again: tuple[Result, ResultTable] | None = None
    ) -> _Script:
        yield from self._visit(
            TurnState.QUERYING, "sql_agent", "Running the query again..." if again else "Generating SQL query..."
        )
        try:
            run: QueryRun = yield RunQuery(query)
        except InvalidQuery as error:
            return self._cannot(error, reading, text)
        yield from self._visit(TurnState.PRESENTING, "viz_agent", "Choosing how to show the result...")
        warnings = (*reading.warnings, *run.warnings)
        try:
            shown: Presentation = yield Present(query, run.result, reading)
        except ChartNotApplicable as error:
            warnings = (*warnings, error.detail)
            query = query.model_copy(update={"chart": None})
            shown = yield Present(query, run.result, reading.model_copy(update={"query": query}))
        changed = (yield from self._since(again, run.result)) if again else None
        leading = (changed.text if changed else "", shown.response)
        produced = self._produced(query, run.sql, run.result, shown)
        answer = self._answer(
            reading,
            success=True,
            response=" ".join(part for part in leading if part),
            sql=run.sql,
            sql_executed=True,
            query=query,
            result_id=produced.result_id,
            visualization=shown.visualization,
            insights=_unique(finding.text for finding in shown.insights),
            findings=shown.insights,
            chart_types=shown.chart_types,
            suggestions=shown.suggestions,
            assumptions=_unique((*reading.assumptions, *run.assumptions)),
            warnings=_unique(warnings),
            guard=run.guard,
            parts=shown.parts,
            differences=changed,
            **_rows(run.result),
        )
        return Answered(answer, (produced,), run.result)

    def _run_again(self, result: Result, reading: Reading | None, text: str) -> _Script:
        """The stored query of a result on the data as it is now, and what has changed since."""
        rows, warnings = yield from self._kept(result)
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
        answering = self._query if query.analysis is None else self._analysis
        return (yield from answering(query, told, text, (result, rows) if rows is not None else None))

    def _since(self, again: tuple[Result, ResultTable], now: ResultTable) -> Generator[Effect, Any, Differences]:
        """What has changed since the result of which this is the same query."""
        first, rows = again
        changed: Differences = yield Compare(rows, now, first.created_at)
        return changed.model_copy(update={"earlier_result_id": first.result_id})

    def _kept(self, result: Result) -> Generator[Effect, Any, tuple[ResultTable | None, tuple[str, ...]]]:
        try:
            rows: ResultTable = yield LoadResult(result.result_id)
        except (ResultExpired, ResultNotFound):
            return None, ("The rows of the earlier answer are no longer kept, so what has changed cannot be said.",)
        return rows, ()

    def _earlier(self, named: EarlierResult, reading: Reading, text: str) -> _Script:
        """What is asked of an earlier result, found by its place in the conversation."""
        target = self._conversation.at(named.position)
        current = self._conversation.current
        if target is None or current is None:
            there = len(self._conversation.results)
            few = f"there {'is one answer' if there == 1 else f'are {there} answers'} with rows so far" if there else (
                "there is no answer with rows yet"
            )  # fmt: skip
            return self._ask(_no_previous(f"I find no “{named.words}”: {few}."), reading, text)
        asked = f"“{named.words}” is the answer to “{self._conversation.asked(target)}”."
        if named.use == "show":
            told = reading.model_copy(update={"assumptions": (asked,)})
            back = list(self._conversation.results).index(target.result_id) < list(self._conversation.results).index(
                current.result_id
            )
            return (yield from self._move(target, "undo" if back else "redo", told))
        if named.use == "compare" and target is current:
            return self._ask(_no_previous(f"“{named.words}” is this answer itself."), reading, text)
        if named.use == "compare":
            return (yield from self._beside(target, current, named, asked, reading, text))
        context = yield from self._context_of(target)
        again: Reading = yield Understand(
            ReadRequest(
                text=named.text, kind=named.kind, context=context, as_of=self._received.as_of, things=named.things
            )
        )
        if again.interpretation:
            yield Emit("text", {"content": again.interpretation})
        again = again.model_copy(update={"assumptions": (*again.assumptions, asked)})
        return (yield from self._understood(again, named.text))

    def _beside(
        self, target: Result, current: Result, named: EarlierResult, asked: str, reading: Reading, text: str
    ) -> _Script:
        """Two results side by side, as they were stored; runs no SQL."""
        yield from self._visit(TurnState.PRESENTING, "viz_agent", "Setting the two side by side...")
        before: ResultTable = yield LoadResult(target.result_id)
        now: ResultTable = yield LoadResult(current.result_id)
        try:
            told: Differences = yield Compare(before, now, None, (named.words, "this answer"))
        except InvalidQuery as error:
            refusal = Clarification(question=error.detail, code="no_data_for")
            return self._ask(refusal, reading.model_copy(update={"intent": Intent.UNSUPPORTED}), text)
        table = told.data or AnswerData(columns=())
        answer = self._answer(
            reading,
            success=True,
            intent=Intent.ANALYSIS,
            response=told.text,
            data=table,
            columns=told.columns,
            row_count=len(table.rows),
            assumptions=(asked, f"“this answer” is the answer to “{self._conversation.asked(current)}”."),
            differences=told.model_copy(update={"earlier_result_id": target.result_id, "data": None, "columns": ()}),
            suggestions=current.answer.suggestions if current.answer else (),
        )
        return Answered(answer)

    def _analysis(
        self, query: AnalyticQuery, reading: Reading, text: str, again: tuple[Result, ResultTable] | None = None
    ) -> _Script:
        yield from self._visit(TurnState.ANALYSING, "analysis_agent", "Looking for what lies behind it...")
        inquiries: list[Inquiry] = []
        runs: list[QueryRun | None] = []
        try:
            while (found := (yield Analyze(query, tuple(inquiries), tuple(runs)))).inquiries:
                if "sql_agent" not in self.visited:
                    self.visited.append("sql_agent")
                yield Emit("text", {"content": f"Asking for {_listed(found.inquiries)}..."})
                for inquiry in found.inquiries:
                    run = yield from self._inquire(inquiry)
                    runs.append(run)
                    inquiries.append(inquiry)
        except InvalidQuery as error:
            return self._cannot(error, reading, text)
        assert found.query is not None
        assert found.result is not None
        yield from self._visit(TurnState.PRESENTING, "viz_agent", "Choosing how to show the result...")
        shown: Presentation = yield Present(found.query, found.result, None)
        answered = [run for run in runs if run is not None]
        findings = found.insights or shown.insights
        produced = self._produced(found.query, found.sql, found.result, shown)
        since = (yield from self._since(again, found.result)) if again else None
        edits = f"{'. '.join(reading.changes)}." if reading.intent is Intent.REFINEMENT and reading.changes else ""
        leading = (since.text if since else "", f"{edits[:1].upper()}{edits[1:]}", found.response)
        answer = self._answer(
            reading,
            success=True,
            response=" ".join(part for part in leading if part),
            sql=found.sql,
            sql_executed=True,
            query=found.query,
            result_id=produced.result_id,
            visualization=shown.visualization,
            insights=_unique(finding.text for finding in findings),
            findings=findings,
            chart_types=shown.chart_types,
            suggestions=shown.suggestions,
            assumptions=_unique(
                (*reading.assumptions, *found.assumptions, *(a for run in answered for a in run.assumptions))
            ),
            warnings=_unique((*reading.warnings, *found.warnings, *(w for run in answered for w in run.warnings))),
            guard=_together([run.guard for run in answered]),
            parts=shown.parts,
            differences=since,
            steps=tuple(
                AnswerStep(purpose=inquiry.purpose, sql=run.sql)
                for inquiry, run in zip(inquiries, runs, strict=True)
                if run is not None
            ),
            **_rows(found.result),
        )
        return Answered(answer, (produced,), found.result)

    def _inquire(self, inquiry: Inquiry) -> Generator[Effect, Any, QueryRun | None]:
        """What an inquiry gives. One that cannot be computed, or not in time, is left out of the analysis."""
        try:
            run: QueryRun = yield RunQuery(inquiry.query)
        except (InvalidQuery, QueryTimeout):
            return None
        return run

    def _produced(self, query: AnalyticQuery, sql: str, result: ResultTable, shown: Presentation) -> ResultProduced:
        return ResultProduced(
            turn_id=self._received.turn_id,
            result_id=f"res-{self._received.turn_id.removeprefix('turn-')}",
            query=query,
            sql=sql,
            columns=result.columns,
            row_count=result.row_count,
            visualization=shown.visualization,
        )

    def _cannot(self, error: InvalidQuery, reading: Reading, text: str) -> Answered:
        # The question was understood and cannot be computed: that is an answer, not a failure.
        refusal = Clarification(question=error.detail, code="no_data_for", choices=_choices(error.suggestions))
        return self._ask(refusal, reading.model_copy(update={"intent": Intent.UNSUPPORTED}), text)

    def _redraw_if_it_fits(self, result: Result, chart_type: str, reading: Reading, text: str) -> _Script:
        try:
            return (yield from self._redraw(result, chart_type, reading))
        except ChartNotApplicable as error:
            choices = tuple(
                Choice(label=kind.replace("_", " "), message=f"Show it as a {kind.replace('_', ' ')} chart")
                for kind in error.suggestions
            )
            refusal = Clarification(question=error.detail, code="ambiguous", words=(chart_type,), choices=choices)
            return self._ask(refusal, reading, text)

    def _redraw(self, result: Result, chart_type: str, reading: Reading | None) -> _Script:
        yield from self._visit(TurnState.PRESENTING, "viz_agent", "Redrawing the result...")
        table: ResultTable = yield LoadResult(result.result_id)
        shown: Presentation = yield Present(result.query, table, None, chart_type)
        events: tuple[ChartChanged, ...] = ()
        if shown.visualization is not None:
            events = (
                ChartChanged(
                    turn_id=self._received.turn_id, result_id=result.result_id, visualization=shown.visualization
                ),
            )
        told: dict[str, Any] = {"response": shown.response, "findings": shown.insights}
        if result.query.analysis is not None and result.answer is not None:
            # What an analysis found does not follow from the rows alone.
            told = {"response": f"{shown.response} {result.answer.response}", "findings": result.answer.findings}
        answer = self._again(
            result,
            table,
            reading,
            intent=Intent.VISUALIZATION,
            visualization=shown.visualization,
            chart_types=shown.chart_types,
            suggestions=shown.suggestions,
            insights=_unique(finding.text for finding in told["findings"]),
            **told,
        )
        return Answered(answer, events, table)

    def _move(self, result: Result, direction: str, reading: Reading | None) -> _Script:
        table: ResultTable = yield LoadResult(result.result_id)
        moved = Moved.model_validate(
            {"turn_id": self._received.turn_id, "direction": direction, "result_id": result.result_id}
        )
        first = result.answer.response if result.answer else ""
        where = "Back to the earlier result." if direction == "undo" else "Forward to the later result."
        answer = self._again(
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
        return Answered(answer, (moved,), table)

    def _describe(self, reading: Reading) -> _Script:
        yield from self._visit(TurnState.DESCRIBING, "metadata_agent", "Looking at the data model...")
        assert reading.topic is not None
        told: MetadataAnswer = yield Describe(reading.topic)
        rows = _rows(told.result) if told.result is not None else {}
        told_of = reading.topic.derivation
        answer = self._answer(
            reading,
            success=True,
            response=told.response,
            suggestions=told.suggestions,
            sql=told_of.sql if told_of else None,
            steps=told_of.steps if told_of else (),
            **rows,
        )
        return Answered(answer)

    def _ask(self, clarification: Clarification, reading: Reading, text: str) -> Answered:
        intent = Intent.UNSUPPORTED if reading.intent is Intent.UNSUPPORTED else Intent.CLARIFICATION
        answer = self._answer(
            reading,
            success=False,
            intent=intent,
            response=clarification.question,
            clarification=clarification,
            suggestions=tuple(choice.message for choice in clarification.choices),
        )
        if intent is Intent.UNSUPPORTED:
            return Answered(answer)
        asked = ClarificationAsked(turn_id=self._received.turn_id, about=text, clarification=clarification)
        return Answered(answer, (asked,))

    # --- parts of them

    def _visit(self, state: TurnState, agent: str, text: str) -> Generator[Effect, Any, None]:
        self._enter(state)
        self.visited.append(agent)
        yield Emit("status", {"state": state.value})
        yield Emit("stream_start", {"agent": agent})
        yield Emit("text", {"content": text})

    def _context(self) -> Generator[Effect, Any, Context]:
        known = self._conversation
        base = Context(pending=known.pending, pending_text=known.pending_text)
        if known.current is None:
            return base
        shown = yield from self._context_of(known.current)
        return shown.model_copy(
            update={"pending": base.pending, "pending_text": base.pending_text, "results": len(known.results)}
        )

    def _context_of(self, result: Result) -> Generator[Effect, Any, Context]:
        """The context in which a message follows this result."""
        table, _ = yield from self._kept(result)
        return Context(
            query=result.query,
            columns=result.columns,
            rows=tuple(table.rows[:CONTEXT_ROWS]) if table is not None else (),
            chart_type=result.visualization.type if result.visualization else None,
            sql=result.sql,
            assumptions=result.answer.assumptions if result.answer else (),
            steps=result.answer.steps if result.answer else (),
        )

    def _answer(self, reading: Reading, **fields: Any) -> Answer:
        given = {
            "intent": reading.intent,
            "interpretation": reading.interpretation,
            "assumptions": reading.assumptions,
            "warnings": reading.warnings,
            "confidence": reading.confidence,
        }
        return Answer(**(given | fields | self._marks()))

    def _again(self, result: Result, table: ResultTable, reading: Reading | None, **fields: Any) -> Answer:
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
            given |= {
                name: getattr(first, name)
                for name in ("interpretation", "assumptions", "warnings", "insights", "findings", "suggestions",
                             "chart_types", "guard", "parts", "steps")
            }  # fmt: skip
        return Answer(**(given | _rows(table) | fields | self._marks()))

    def _marks(self) -> dict[str, Any]:
        return {
            "message_id": self._received.message_id,
            "turn_id": self._received.turn_id,
            "agents_visited": tuple(self.visited),
        }


_NOWHERE = {"undo": "There is no earlier result to go back to.", "redo": "There is no later result to go forward to."}


MOST_BATCHES = 8
"""An analysis asks for its queries in no more batches than this."""

MOST_FRAMES = 14 + MOST_BATCHES
"""No turn shows more than this before its end: three for each of four agents, twice what was understood, and a line for
each batch of queries."""


def inline(table: ResultTable) -> AnswerData:
    """The rows that an answer carries itself."""
    return AnswerData(columns=tuple(column.name for column in table.columns), rows=tuple(table.rows[:INLINE_ROWS]))


def final_frame(answer: Answer) -> tuple[str, dict[str, Any]]:
    """Type and body of the frame that carries a whole answer, under `data` as plain Python values."""
    body: dict[str, Any] = {"data": answer.model_dump(mode="python")}
    if answer.intent is Intent.CLARIFICATION and answer.clarification is not None:
        return "clarification", answer.clarification.model_dump(mode="python") | body
    return "result", body


def _rows(table: ResultTable) -> dict[str, Any]:
    return {
        "data": inline(table),
        "columns": table.columns,
        "row_count": table.row_count,
        "truncated": table.truncated,
    }


def _listed(inquiries: tuple[Inquiry, ...]) -> str:
    return ", ".join(inquiry.purpose for inquiry in inquiries)


def _together(reports: list[Guarded]) -> Guarded:
    """What the guard saw in several statements."""
    first = reports[0]
    many = {
        name: tuple(dict.fromkeys(value for report in reports for value in getattr(report, name)))
        for name in ("tables", "columns", "functions", "row_policies")
    }
    return first.model_copy(update=many)


def _no_previous(question: str) -> Clarification:
    return Clarification(question=question, code="no_previous")


def _choices(suggestions: Iterable[str]) -> tuple[Choice, ...]:
    return tuple(Choice(label=suggestion, message=suggestion) for suggestion in suggestions)


def _unique(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))
