"""What an actor says to an agent and what the agent answers."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal, Protocol

from pydantic import Field

from deployments.contracts.answers import (
    AnswerStep,
    Cell,
    Clarification,
    Differences,
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


class EarlierResult(Value):
    """A message speaks of an earlier result of the conversation.

    `position` counts results from the first (1, 2, ...) or from the current one (0; -1 is the one before it). `words`
    are those that name it. `use` says for what: to compare it with the current one, to show it again, or to read
    `text`, a message of `kind`, as if it were the result that the message follows; `things` are what the message takes
    that result's rows to be ("customers")."""

    position: int
    use: Literal["compare", "show", "read"]
    words: str
    text: str = ""
    kind: Literal["message", "refine"] = "message"
    things: str = ""


class Context(Value):
    """What the conversation so far offers to the reading of the next message.

    `query` is the current typed query; `columns` and `rows` are the head of its result (so that "the second one" and
    "their ages" mean something); `pending` is the clarification that was asked last, with the text it was about;
    `results` counts the results that there are to speak of; `sql`, `assumptions` and `steps` are how the current one came
    about."""

    query: AnalyticQuery | None = None
    columns: tuple[ResultColumn, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    chart_type: str | None = None
    pending: Clarification | None = None
    pending_text: str = ""
    results: int = 0
    sql: str = ""
    assumptions: tuple[str, ...] = ()
    steps: tuple[AnswerStep, ...] = ()


class ReadRequest(Value):
    """A message to be understood. `as_of` is the day to take as today. A `refine` is always an edit of the query; with
    `remove` it takes away that part of it (`QueryPart.part`), and `text` only says so; with `replace` it puts what
    the text says in the place of that part. With `things`, the rows of the
    current result must be such ("customers"), or the reading asks back."""

    text: str
    kind: Literal["message", "refine"] = "message"
    context: Context = Context()
    as_of: dt.date
    remove: str | None = None
    replace: str | None = None
    things: str = ""


class Reading(Value):
    """What a message was understood to be.

    Exactly one of these is set, by intent: `query` (sql_query, refinement, analysis), `chart_type` (visualization),
    `topic` (metadata), `clarification` (clarification, unsupported), `reply` (conversation). `move` is "undo" or
    "redo" where the message asks to go back or forward, "rerun" where it asks for the current query to be run again,
    and `earlier` is set where it speaks of an earlier result; then the intent is refinement and nothing else is set.
    `interpretation` says in one sentence what was understood, with dates; `changes` what an edit changed;
    `explanation` holds the stages of the reading where it was asked for."""

    intent: Intent
    query: AnalyticQuery | None = None
    chart_type: str | None = None
    topic: MetadataTopic | None = None
    clarification: Clarification | None = None
    reply: str | None = None
    move: Literal["undo", "redo", "rerun"] | None = None
    earlier: EarlierResult | None = None
    interpretation: str = ""
    changes: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    confidence: float = Field(default=0.0, ge=0, le=1)
    explanation: dict[str, Any] = Field(default_factory=dict)


class Derivation(Value):
    """How an answer came about: its query, the statement that gave its rows, what was assumed, and what else was run."""

    query: AnalyticQuery
    sql: str = ""
    assumptions: tuple[str, ...] = ()
    steps: tuple[AnswerStep, ...] = ()


class MetadataTopic(Value):
    """A question about the data itself. `names` are entities, attributes or metrics of the model ("orders",
    "orders.amount", "revenue") that it asks about; for `derivation` it is about how the last answer came about."""

    kind: Literal["overview", "tables", "describe", "examples", "freshness", "derivation"]
    names: tuple[str, ...] = ()
    derivation: Derivation | None = None


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


class Inquiry(Value):
    """A query that an analysis wants to be run, and what for ("by region")."""

    query: AnalyticQuery
    purpose: str


class Analysis(Value):
    """How far an analysis has come: `inquiries` to be run next, or, without any, its result.

    The answer shows `result`, which is what `query` gives, or is computed from it; `sql` is that query's."""

    model_config = Value.model_config | {"arbitrary_types_allowed": True}

    inquiries: tuple[Inquiry, ...] = ()
    query: AnalyticQuery | None = None
    result: ResultTable | None = None
    sql: str = ""
    response: str = ""
    insights: tuple[Insight, ...] = ()
    assumptions: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class MetadataAnswer(Value):
    """An answer about the data itself, as text and where it helps as a table."""

    model_config = Value.model_config | {"arbitrary_types_allowed": True}

    response: str
    result: ResultTable | None = None
    suggestions: tuple[str, ...] = ()


class Fingerprint(Value):
    """What a model and its data are: `database` is what the data are called, the digests are equal where they are."""

    database: str
    model_sha256: str
    data_sha256: str


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

    async def compare(
        self,
        principal: Principal,
        before: ResultTable,
        now: ResultTable,
        since: dt.datetime | None = None,
        called: tuple[str, str] = ("before", "now"),
    ) -> Differences:
        """viz_agent: what differs between two results; runs no SQL. With `since`, both are of the same query and only
        rows that differ are told; else every row, under the names that the two are `called`. Raises InvalidQuery
        where the two have nothing in common."""
        ...

    async def analyze(
        self,
        principal: Principal,
        query: AnalyticQuery,
        inquiries: tuple[Inquiry, ...],
        runs: tuple[QueryRun | None, ...],
        as_of: dt.date,
    ) -> Analysis:
        """analysis_agent: the next step of the analysis that `query` asks for, given what each of its inquiries so far
        gave (None: it could not be computed, or not in time). Raises InvalidQuery where nothing can be found out."""
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

    async def fingerprint(self, principal: Principal) -> Fingerprint:
        """metadata_agent: digests of the model and the data as the caller may see them."""
        ...

    async def reachable(self) -> dict[str, bool]:
        """Whether "agents" and "warehouse" answer; never raises."""
        ...


Reading.model_rebuild()
