"""One tenant's data, ready to be asked: the pure core behind the agents, in one place.

The agents are thin: each holds a Workspace and calls one of these methods. The command line and the tests use it
without Ray.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from deployments.analytics.catalog.describe import describe, starter_questions
from deployments.analytics.charts.present import present
from deployments.analytics.fingerprint import fingerprint
from deployments.analytics.insights.analysis import next_step
from deployments.analytics.insights.interpret import describe_change, interpret
from deployments.analytics.insights.parts import without
from deployments.analytics.language.changes import kept_analysis
from deployments.analytics.language.reader import Reader
from deployments.analytics.language.repair import with_repairs
from deployments.analytics.model.schema import SemanticModel
from deployments.analytics.model.source import load_model
from deployments.analytics.sql import ties
from deployments.analytics.sql.compiler import Compiled, compile_query
from deployments.analytics.sql.guard import GuardedStatement, guard
from deployments.analytics.visibility import check_policies, is_restricted, model_seen_by, visibility_key
from deployments.analytics.warehouse.connect import Warehouse, open_warehouse
from deployments.contracts.agents import (
    Analysis,
    Fingerprint,
    Inquiry,
    MetadataAnswer,
    MetadataTopic,
    Presentation,
    QueryRun,
    Reading,
    ReadRequest,
)
from deployments.contracts.answers import Clarification, Intent, ResultTable
from deployments.contracts.errors import InvalidQuery, QueryTimeout, WorkbenchError
from deployments.contracts.identity import Principal
from deployments.contracts.limits import Limits
from deployments.contracts.query import AnalyticQuery

logger = logging.getLogger(__name__)

MOST_VIEWS = 32
"""Views of one workspace that are kept, by what callers may see; each may hold an index of values."""


class Workspace:
    """A warehouse with its semantic model. Opening it may take seconds (inference); asking takes milliseconds."""

    def __init__(self, warehouse: Warehouse, model: SemanticModel, limits: Limits | None = None) -> None:
        """Raises ModelError for a row policy that cannot be applied."""
        check_policies(model)
        self.warehouse = warehouse
        self.model = model
        self.limits = limits or Limits()
        self._views: OrderedDict[tuple[Any, ...], Workspace] = OrderedDict()
        self._lock = threading.Lock()

    @classmethod
    def open(cls, data: str, model_file: str | None = None, limits: Limits | None = None) -> Workspace:
        """Open a data path or URL read-only. Raises DataError or ModelError."""
        warehouse = open_warehouse(data)
        return cls(warehouse, load_model(warehouse, model_file), limits)

    def seen_by(self, principal: Principal) -> Workspace:
        """The same data as one caller may see it. Callers who see the same share it, index of values and all."""
        if not self._restricted:
            return self
        key = visibility_key(self.model, principal)
        with self._lock:
            view = self._views.get(key)
            if view is None:
                view = Workspace(self.warehouse, model_seen_by(self.model, principal, self.warehouse), self.limits)
                self._views[key] = view
                if len(self._views) > MOST_VIEWS:
                    self._views.popitem(last=False)
            self._views.move_to_end(key)
        return view

    @cached_property
    def _restricted(self) -> bool:
        return is_restricted(self.model)

    @cached_property
    def reader(self) -> Reader:
        """The language core over this model; builds the value index on first use."""
        return Reader(self.model, self.warehouse)

    def read(self, request: ReadRequest) -> Reading:
        """Understand a message. A defect of ours ends as an honest answer, and in the log without the message."""
        if request.remove is not None:
            return self._read_removal(request, request.remove)
        try:
            if request.replace is not None:
                return self._read_replacement(request, request.replace)
            reader = self.reader
            return with_repairs(request, reader.read(request), reader.read, reader.vocabulary.nearest_names)
        except WorkbenchError:
            raise
        except Exception:
            logger.exception("a message of %s characters could not be read", len(request.text))
            question = "I could not work this question out. Please put it in other words."
            return Reading(
                intent=Intent.UNSUPPORTED, clarification=Clarification(question=question, code="too_complex")
            )

    def _read_removal(self, request: ReadRequest, part: str) -> Reading:
        before = request.context.query
        if before is None:
            return Reading(
                intent=Intent.CLARIFICATION,
                clarification=Clarification(question="There is no earlier question to change.", code="no_previous"),
            )
        query = kept_analysis(before, without(before, part))
        return Reading(
            intent=Intent.REFINEMENT,
            query=query,
            interpretation=interpret(query, self.model),
            changes=describe_change(before, query, self.model),
            confidence=1.0,
        )

    def _read_replacement(self, request: ReadRequest, part: str) -> Reading:
        before = request.context.query
        if before is None:
            return self.reader.read(request)
        query, text = without(before, part), request.text
        if part == "dimension/0" and len(before.dimensions) == 1:
            # Without its only dimension a ranking is none any more; in its place there is another.
            query, text = before, f"{text} instead"
        elif part == "time" and before.time is not None:
            label = self.model.attribute(before.time.of.entity, before.time.of.name).label
            text = text[len(label) :].strip() if text.lower().startswith(f"{label.lower()} ") else text
        context = request.context.model_copy(update={"query": query, "rows": ()})
        reading = self.reader.read(request.model_copy(update={"context": context, "text": text}))
        if reading.query is None:
            return reading
        return reading.model_copy(update={"changes": describe_change(before, reading.query, self.model)})

    def run(self, query: AnalyticQuery, as_of: dt.date, token: str | None = None) -> QueryRun:
        """Compile, guard and run a typed query; `token` names the run for `interrupt`.
        Raises InvalidQuery, QueryRefused, QueryTimeout."""
        started = time.perf_counter()
        compiled = self._compile(query, as_of)
        guarded = guard(compiled.sql, self.model, self.limits)
        result = self._fetch(guarded, compiled, token)
        shared = self._ties(query, result, as_of, token)
        return QueryRun(
            sql=guarded.sql,
            result=result,
            guard=guarded.report,
            assumptions=compiled.assumptions,
            warnings=(*compiled.warnings, *shared),
            elapsed_ms=(time.perf_counter() - started) * 1000,
        )

    def _fetch(self, guarded: GuardedStatement, compiled: Compiled, token: str | None) -> ResultTable:
        try:
            return self.warehouse.fetch(guarded.sql, compiled.columns, self.limits, token)
        except InvalidQuery:
            if not guarded.report.row_policies:
                raise
            # The engine's words may hold a value of a row that is not the caller's to see.
            raise InvalidQuery(f"{self.warehouse.name} cannot compute this.") from None

    def _ties(self, query: AnalyticQuery, result: ResultTable, as_of: dt.date, token: str | None) -> tuple[str, ...]:
        """Whether the last place shown is shared with what was cut off."""
        wider = ties.one_more(query)
        if wider is None or query.limit is None or result.row_count < query.limit.count:
            return ()
        compiled = self._compile(wider, as_of)
        guarded = guard(compiled.sql, self.model, self.limits)
        more = self._fetch(guarded, compiled, token)
        return ties.told(query, more.columns, more.rows)

    def _compile(self, query: AnalyticQuery, as_of: dt.date) -> Compiled:
        try:
            return compile_query(query, self.model, as_of)
        except WorkbenchError:
            raise
        except Exception as error:
            logger.exception("a typed query could not be compiled")
            raise InvalidQuery("This combination cannot be computed.") from error

    def interrupt(self, token: str | None = None) -> None:
        """Stop what `run` is running in another thread under this token; it raises TurnCancelled there."""
        self.warehouse.interrupt(token)

    def ping(self) -> None:
        """Returns when the warehouse answers. Raises WarehouseUnavailable."""
        self.warehouse.query("SELECT 1")

    def present(
        self, query: AnalyticQuery, result: ResultTable, reading: Reading | None = None, chart_type: str | None = None
    ) -> Presentation:
        """Chart, findings and sentences for a result; runs no SQL. Raises ChartNotApplicable."""
        return present(self.model, query, result, reading, chart_type)

    def analyze(
        self, query: AnalyticQuery, inquiries: Sequence[Inquiry], runs: Sequence[QueryRun | None], as_of: dt.date
    ) -> Analysis:
        """The next step of the analysis that the query asks for. Raises InvalidQuery."""
        try:
            return next_step(self.model, query, inquiries, runs, as_of)
        except WorkbenchError:
            raise
        except Exception as error:
            logger.exception("an analysis could not go on")
            raise InvalidQuery("This cannot be analysed.") from error

    def examine(self, query: AnalyticQuery, as_of: dt.date) -> Analysis:
        """The analysis that the query asks for, from its first step to its last. Raises InvalidQuery, QueryRefused."""
        inquiries: list[Inquiry] = []
        runs: list[QueryRun | None] = []
        while (found := self.analyze(query, inquiries, runs, as_of)).inquiries:
            for inquiry in found.inquiries:
                try:
                    runs.append(self.run(inquiry.query, as_of))
                except (InvalidQuery, QueryTimeout):
                    runs.append(None)
            inquiries += found.inquiries
        return found

    def describe(self, topic: MetadataTopic) -> MetadataAnswer:
        """Answer about the data itself."""
        return describe(self.model, topic)

    def describe_model(self) -> dict[str, Any]:
        """The semantic model without what is hidden."""
        whole = self.model.model_dump(mode="json")
        whole["entities"] = [
            {
                **entity,
                "row_policy": None,
                "visible_to": None,
                "attributes": [{**a, "visible_to": None} for a in entity["attributes"] if not a["hidden"]],
            }
            for entity in whole["entities"]
            if not entity["hidden"]
        ]
        return whole

    @cached_property
    def suggestions(self) -> tuple[str, ...]:
        """Questions to begin with; each was read and compiled before it is offered."""
        return tuple(question for question in starter_questions(self.model) if self.answers(question, dt.date.today()))

    @cached_property
    def fingerprint(self) -> Fingerprint:
        """Digests of the model and the data. The data does not change while it is open."""
        return fingerprint(self)

    def answers(self, question: str, as_of: dt.date) -> bool:
        """Whether the question is understood as a query that compiles."""
        reading = self.read(ReadRequest(text=question, as_of=as_of))
        return reading.query is not None and bool(compile_query(reading.query, self.model, as_of).sql)
