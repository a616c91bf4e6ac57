"""What an actor says to an agent and what the agent answers."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal, Protocol

from pydantic import Field

from deployments.contracts.answers import (
    Cell,
    Clarification,
    Guarded,
    Insight,
    Intent,
    QueryPart,
    ResultColumn,
    ResultTable,
    Visualization,
)
from deployments.contracts.base import Value
from deployments.contracts.identity import Principal
from deployments.contracts.query import AnalyticQuery


class Context(Value):
    """What the conversation so far offers to the reading of the next message.

    `query` is the current typed query; `columns` and `rows` are the head of its result (so that "the second one" and
    "their ages" mean something); `pending` is the clarification that was asked last, with the text it was about."""

    query: AnalyticQuery | None = None
    columns: tuple[ResultColumn, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    chart_type: str | None = None
    pending: Clarification | None = None
    pending_text: str = ""


class ReadRequest(Value):
    """A message to be understood. `as_of` is the day to take as today. A `refine` is always an edit of the query; with
    `remove` it takes away that part of it (`QueryPart.part`), and `text` only says so."""

    text: str
    kind: Literal["message", "refine"] = "message"
    context: Context = Context()
    as_of: dt.date
    remove: str | None = None


class Reading(Value):
    """What a message was understood to be.

    Exactly one of these is set, by intent: `query` (sql_query, refinement, analysis), `chart_type` (visualization),
    `topic` (metadata), `clarification` (clarification, unsupported), `reply` (conversation). `move` is "undo" or
    "redo" where the message asks to go back or forward, with intent refinement and nothing else set.
    `interpretation` says in one sentence what was understood, with dates; `changes` what an edit changed;
    `explanation` holds the stages of the reading where it was asked for."""

    intent: Intent
    query: AnalyticQuery | None = None
    chart_type: str | None = None
    topic: MetadataTopic | None = None
    clarification: Clarification | None = None
    reply: str | None = None
    move: Literal["undo", "redo"] | None = None
    interpretation: str = ""
    changes: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    confidence: float = Field(default=0.0, ge=0, le=1)
    explanation: dict[str, Any] = Field(default_factory=dict)


class MetadataTopic(Value):
    """A question about the data itself. `names` are entities, attributes or metrics of the model ("orders",
    "orders.amount", "revenue") that it asks about."""

    kind: Literal["overview", "tables", "describe", "examples", "freshness"]
    names: tuple[str, ...] = ()


class QueryRun(Value):
    """A query that was compiled, guarded and run. `result` is a plain dataclass and crosses walls by pickle."""

    model_config = Value.model_config | {"arbitrary_types_allowed": True}

    sql: str
    result: ResultTable
    guard: Guarded
    assumptions: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    elapsed_ms: float = 0.0


class Presentation(Value):
    """How a result is shown: the chart, the findings, the sentences, and what may be asked next."""

    response: str
    visualization: Visualization | None
    chart_types: tuple[str, ...] = ()
    insights: tuple[Insight, ...] = ()
    suggestions: tuple[str, ...] = ()
    parts: tuple[QueryPart, ...] = ()


class MetadataAnswer(Value):
    """An answer about the data itself, as text and where it helps as a table."""

    model_config = Value.model_config | {"arbitrary_types_allowed": True}

    response: str
    result: ResultTable | None = None
    suggestions: tuple[str, ...] = ()


class Agents(Protocol):
    """The agents as a session sees them: over Ray handles (`gateway.RayAgents`) or in this process
    (`local.LocalAgents`). Every method may raise a WorkbenchError; `run` is interrupted when its task is cancelled."""

    async def read(self, principal: Principal, request: ReadRequest) -> Reading:
        """router: understand a message."""
        ...

    async def run(self, principal: Principal, query: AnalyticQuery, as_of: dt.date) -> QueryRun:
        """sql_agent: compile, guard and run a typed query."""
        ...

    async def present(
        self,
        principal: Principal,
        query: AnalyticQuery,
        result: ResultTable,
        reading: Reading | None = None,
        chart_type: str | None = None,
    ) -> Presentation:
        """viz_agent: chart, findings and sentences; runs no SQL. Raises ChartNotApplicable."""
        ...

    async def analyze(
        self, principal: Principal, query: AnalyticQuery, result: ResultTable, as_of: dt.date
    ) -> tuple[Insight, ...]:
        """analysis_agent: deeper findings about a result (why, forecast, anomaly)."""
        ...

    async def describe(self, principal: Principal, topic: MetadataTopic) -> MetadataAnswer:
        """metadata_agent: answer about the data itself."""
        ...

    async def model(self, principal: Principal) -> dict[str, Any]:
        """metadata_agent: the semantic model as the caller may see it."""
        ...

    async def suggestions(self, principal: Principal) -> tuple[str, ...]:
        """metadata_agent: questions to begin with, each of which works."""
        ...

    async def reachable(self) -> dict[str, bool]:
        """Whether "agents" and "warehouse" answer; never raises."""
        ...


Reading.model_rebuild()
