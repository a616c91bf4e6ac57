"""A conversation in this process: what a session does with the agents' core, without events, charts or a record."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from deployments.analytics.workspace import Workspace
from deployments.contracts.agents import Context, EarlierResult, Reading, ReadRequest
from deployments.contracts.answers import ResultTable
from deployments.contracts.query import AnalyticQuery

HEAD_ROWS = 20
"""How many rows of a result the next turn may refer to."""

Told = tuple[Reading, ResultTable | None, str | None]


@dataclass(slots=True)
class Dialogue:
    """Turns in order. `as_of` is the day to take as today; `shown` are the results so far, in order, and `line` the
    places in it that undo and redo walk along."""

    workspace: Workspace
    as_of: dt.date
    context: Context = field(default_factory=Context)
    shown: list[Context] = field(default_factory=list)
    line: list[int] = field(default_factory=list)
    position: int = -1

    def ask(
        self, question: str, *, refine: bool = False, remove: str | None = None, replace: str | None = None
    ) -> Told:
        """The reading of a question, its rows and its SQL where it has them. May raise a WorkbenchError."""
        request = ReadRequest(
            text=question,
            kind="refine" if refine else "message",
            context=self.context,
            as_of=self.as_of,
            remove=remove,
            replace=replace,
        )
        reading = self.workspace.read(request)
        if reading.clarification is not None:
            self.context = self.context.model_copy(
                update={"pending": reading.clarification, "pending_text": question}
            )  # fmt: skip
        if reading.earlier is not None:
            return self._earlier(reading, reading.earlier)
        if reading.move == "rerun" and self.context.query is not None:
            return self._run(reading, self.context.query)
        if reading.move in ("undo", "redo"):
            self._walk(-1 if reading.move == "undo" else 1)
        return (reading, None, None) if reading.query is None else self._run(reading, reading.query)

    def _run(self, reading: Reading, query: AnalyticQuery) -> Told:
        if query.analysis is None:
            run = self.workspace.run(query, self.as_of)
            result, sql = run.result, run.sql
        else:
            found = self.workspace.examine(query, self.as_of)
            assert found.query is not None
            assert found.result is not None
            query, result, sql = found.query, found.result, found.sql
        head = tuple(result.rows[:HEAD_ROWS])
        self.shown.append(
            Context(query=query, columns=result.columns, rows=head, sql=sql or "", assumptions=reading.assumptions)
        )
        self._stand_on(len(self.shown) - 1)
        return reading, result, sql

    def _stand_on(self, place: int) -> None:
        self.line[self.position + 1 :] = [place]
        self.position = len(self.line) - 1
        self.context = self.shown[place].model_copy(update={"results": len(self.shown)})

    def _walk(self, step: int) -> None:
        if 0 <= self.position + step < len(self.line):
            self.position += step
            self.context = self.shown[self.line[self.position]].model_copy(update={"results": len(self.shown)})

    def _earlier(self, reading: Reading, named: EarlierResult) -> Told:
        here = self.line[self.position] if self.position >= 0 else 0
        place = named.position - 1 if named.position > 0 else here + named.position
        if named.use == "compare" or not 0 <= place < len(self.shown):
            return reading, None, None
        if named.use == "show":
            if place in self.line:
                self._walk(self.line.index(place) - self.position)
            else:
                self._stand_on(place)
            return reading, None, None
        request = ReadRequest(
            text=named.text, kind=named.kind, context=self.shown[place], as_of=self.as_of, things=named.things
        )
        again = self.workspace.read(request)
        return (again, None, None) if again.query is None else self._run(again, again.query)
