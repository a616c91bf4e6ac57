"""Agents whose every step a test can hold, fail and count. They know a handful of sentences and one table."""

from __future__ import annotations

import asyncio
import datetime as dt
from decimal import Decimal
from typing import Any

from deployments.contracts import query as query_types
from deployments.contracts.agents import (
    Analysis,
    EarlierResult,
    Fingerprint,
    Inquiry,
    MetadataAnswer,
    MetadataTopic,
    Presentation,
    QueryRun,
    Reading,
    ReadRequest,
)
from deployments.contracts.answers import (
    Choice,
    Clarification,
    Differences,
    Guarded,
    Insight,
    Intent,
    ResultColumn,
    ResultTable,
    Visualization,
)
from deployments.contracts.errors import ChartNotApplicable, InvalidQuery, WorkbenchError
from deployments.contracts.identity import Principal
from deployments.contracts.query import (
    Aggregate,
    AnalyticQuery,
    Attribute,
    Comparison,
    Constant,
    Dimension,
    Function,
    Operator,
)

ANN = Principal(tenant_id="acme", user_id="ann")
COLUMNS = (
    ResultColumn(name="country", label="Country", type="text", role="dimension"),
    ResultColumn(name="revenue", label="Revenue", type="number", role="measure", unit="USD"),
)
ROWS: list[tuple[Any, ...]] = [("US", Decimal("150.50")), ("DE", Decimal("20.00")), (None, None)]


def revenue_by_country(only: str | None = None) -> AnalyticQuery:
    country = Attribute(entity="orders", name="country")
    where = Comparison(left=country, operator=Operator.EQ, right=Constant(value=only)) if only else None
    revenue = Aggregate(function=Function.SUM, entity="orders", of=Attribute(entity="orders", name="amount"))
    return AnalyticQuery(
        subject="orders", dimensions=(Dimension(of=country, name="country"),), measures=(revenue,), where=where
    )


class HeldAgents:
    """Answers at once, unless `hold(method)` was called: then that method waits until it is released or cancelled."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.reached: dict[str, asyncio.Event] = {}
        self.errors: dict[str, WorkbenchError] = {}
        self.interrupted = 0
        self._gates: dict[str, asyncio.Event] = {}
        self._missing: dict[str, int] = {}

    def hold(self, method: str, arrivals: int = 1) -> asyncio.Event:
        """Hold the method from now on; the event is set when so many calls have come to wait there."""
        self._missing[method] = arrivals
        self._gates[method] = asyncio.Event()
        self.reached[method] = asyncio.Event()
        return self.reached[method]

    def release(self, method: str) -> None:
        self._gates.pop(method).set()

    async def _pass(self, method: str) -> None:
        self.calls.append(method)
        if gate := self._gates.get(method):
            self._missing[method] -= 1
            if self._missing[method] == 0:
                self.reached[method].set()
            try:
                await gate.wait()
            except asyncio.CancelledError:
                self.interrupted += 1
                raise
        if error := self.errors.get(method):
            raise error

    async def read(self, principal: Principal, request: ReadRequest) -> Reading:
        await self._pass("read")
        return understood(request)

    async def run(self, principal: Principal, query: AnalyticQuery, as_of: dt.date) -> QueryRun:
        await self._pass("run")
        where = query.where
        only = where.right.value if isinstance(where, Comparison) and isinstance(where.right, Constant) else None
        rows = [row for row in ROWS if only is None or row[0] == only]
        return QueryRun(sql="SELECT country, SUM(amount)", result=ResultTable(COLUMNS, rows), guard=Guarded())

    async def present(
        self,
        principal: Principal,
        query: AnalyticQuery,
        result: ResultTable,
        reading: Reading | None = None,
        chart_type: str | None = None,
    ) -> Presentation:
        await self._pass("present")
        wanted = chart_type or query.chart or "bar"
        if wanted not in ("bar", "pie"):
            raise ChartNotApplicable(f"A {wanted} chart does not fit", suggestions=("bar", "pie"))
        return Presentation(
            response=f"{result.row_count} countries.",
            visualization=Visualization(type=wanted, x_axis="country", y_axis="revenue"),
            chart_types=("bar", "pie"),
            insights=(Insight(kind="extreme", text="US leads."),),
        )

    async def compare(
        self,
        principal: Principal,
        before: ResultTable,
        now: ResultTable,
        since: dt.datetime | None = None,
        called: tuple[str, str] = ("before", "now"),
    ) -> Differences:
        await self._pass("compare")
        return Differences(text=f"{before.row_count} before, {now.row_count} now.", since=since)

    async def analyze(
        self,
        principal: Principal,
        query: AnalyticQuery,
        inquiries: tuple[Inquiry, ...],
        runs: tuple[QueryRun | None, ...],
        as_of: dt.date,
    ) -> Analysis:
        await self._pass("analyze")
        if not runs:
            return Analysis(inquiries=(Inquiry(query=query, purpose="all of it"),))
        run = runs[0]
        if run is None:
            raise InvalidQuery("There is nothing to look behind")
        return Analysis(
            query=query,
            result=run.result,
            sql=run.sql,
            response="DE fell.",
            insights=(Insight(kind="driver", text="DE fell."),),
            warnings=("Contributions are not causes.",),
        )

    async def describe(self, principal: Principal, topic: MetadataTopic) -> MetadataAnswer:
        await self._pass("describe")
        return MetadataAnswer(response="There are orders.", suggestions=("revenue by country",))

    async def model(self, principal: Principal) -> dict[str, Any]:
        return {"entities": ["orders"]}

    async def suggestions(self, principal: Principal) -> tuple[str, ...]:
        return ("revenue by country",)

    async def fingerprint(self, principal: Principal) -> Fingerprint:
        return Fingerprint(database="shop.duckdb", model_sha256="0" * 64, data_sha256="1" * 64)

    async def reachable(self) -> dict[str, bool]:
        return {"agents": True, "warehouse": True}


def understood(request: ReadRequest) -> Reading:
    """The reading of one of the sentences these agents know; anything else is asked back."""
    text, known = request.text.lower(), request.context
    if text == "revenue by country":
        return Reading(
            intent=Intent.SQL_QUERY,
            query=revenue_by_country(),
            interpretation="Revenue by country.",
            assumptions=("Revenue is the sum of amount.",),
            confidence=0.9,
        )
    if text.startswith("only ") and known.query is not None:
        return Reading(intent=Intent.REFINEMENT, query=revenue_by_country(text.removeprefix("only ").upper()))
    if text == "why did it fall":
        why = revenue_by_country().model_copy(update={"analysis": query_types.Analysis(kind="drivers")})
        return Reading(intent=Intent.ANALYSIS, query=why)
    if text.startswith("as a "):
        return Reading(intent=Intent.VISUALIZATION, chart_type=text.removeprefix("as a "))
    if text in ("go back", "go forward"):
        return Reading(intent=Intent.REFINEMENT, move="undo" if text == "go back" else "redo")
    if text == "run it again":
        return Reading(intent=Intent.REFINEMENT, move="rerun")
    if text.startswith("compare with answer "):
        named = EarlierResult(position=int(text.split()[-1]), use="compare", words=text.removeprefix("compare with "))
        return Reading(intent=Intent.REFINEMENT, earlier=named)
    if text == "the first answer, only de":
        named = EarlierResult(position=1, use="read", words="the first answer", text="only de")
        return Reading(intent=Intent.REFINEMENT, earlier=named)
    if text == "what tables are there":
        return Reading(intent=Intent.METADATA, topic=MetadataTopic(kind="tables"))
    if text == "hello":
        return Reading(intent=Intent.CONVERSATION, reply="Hello.")
    if text == "will it rain":
        off_topic = Clarification(question="That is not about this data.", code="off_topic")
        return Reading(intent=Intent.UNSUPPORTED, clarification=off_topic)
    asked = Clarification(
        question=f"What does {text!r} mean?",
        code="unknown_words",
        words=(text,),
        choices=(Choice(label="revenue", message="revenue by country"),),
    )
    return Reading(intent=Intent.CLARIFICATION, clarification=asked)
