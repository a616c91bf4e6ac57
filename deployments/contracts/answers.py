"""What a turn gives back: result tables, charts, findings, and the whole answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal

from pydantic import Field

from deployments.contracts.base import Value
from deployments.contracts.query import AnalyticQuery, Grain

Cell = bool | int | float | Decimal | dt.datetime | dt.date | dt.time | str | None
"""One value of a result: plain Python, never a library's scalar."""

ColumnType = Literal["number", "text", "date", "datetime", "time", "boolean"]


class Intent(StrEnum):
    """What a turn turned out to be."""

    SQL_QUERY = "sql_query"
    REFINEMENT = "refinement"
    VISUALIZATION = "visualization"
    ANALYSIS = "analysis"
    METADATA = "metadata"
    CLARIFICATION = "clarification"
    CONVERSATION = "conversation"
    UNSUPPORTED = "unsupported"


class ResultColumn(Value):
    """A column of a result.

    `role` says what it is in the question; `unit` is a currency code, "%" for fractions shown as percent, or a word;
    `grain` is set where the column is a truncated time; `cyclic` where it is a weekday, month of the year, ...;
    `additive` says whether values may be summed over rows (a share or an average may not)."""

    name: str
    label: str
    type: ColumnType
    role: Literal["dimension", "measure", "calculation", "attribute"] = "attribute"
    unit: str | None = None
    grain: Grain | None = None
    cyclic: bool = False
    identifier: bool = False
    additive: bool = True


@dataclass(frozen=True, slots=True)
class ResultTable:
    """Rows in order, as tuples of `Cell`, aligned with `columns`.

    `truncated` says that the query had more rows than the limit; `row_count` is the number of rows held."""

    columns: tuple[ResultColumn, ...]
    rows: Sequence[tuple[Cell, ...]] = field(repr=False)
    truncated: bool = False

    @property
    def row_count(self) -> int:
        """The number of rows held."""
        return len(self.rows)

    def column(self, index: int) -> list[Cell]:
        """The values of one column, in row order."""
        return [row[index] for row in self.rows]


class Visualization(Value):
    """A chart for a result. `spec` is a complete Vega-Lite specification whose data source is named "result" and is
    not inlined: the table's rows, as objects keyed by column name, belong there."""

    type: str
    x_axis: str | None = None
    y_axis: str | None = None
    series: str | None = None
    title: str = ""
    spec: dict[str, Any] = Field(default_factory=dict)


class Insight(Value):
    """A finding computed from the rows. `text` is the sentence shown; `numbers` are the figures it rests on."""

    kind: str
    text: str
    numbers: dict[str, float | int | str] = Field(default_factory=dict)


class Choice(Value):
    """One way to settle a clarification: `label` is shown, `message` is ready to send."""

    label: str
    message: str


class Clarification(Value):
    """What is missing or ambiguous, and how it may be settled."""

    question: str
    code: Literal[
        "unknown_words",
        "ambiguous",
        "no_data_for",
        "impossible_date",
        "off_topic",
        "too_complex",
        "no_previous",
        "unsure",
        "empty",
    ]
    words: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()


class QueryPart(Value):
    """A part of the typed query in words. `part` names it for a refinement that takes it away."""

    kind: Literal["subject", "measure", "dimension", "calculation", "filter", "having", "time", "comparison", "limit"]
    part: str
    label: str
    removable: bool


class Guarded(Value):
    """What the guard saw in the statement and did to it. `row_policies` are the conditions it put below the statement,
    as `table: condition`."""

    tables: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    row_policies: tuple[str, ...] = ()
    row_limit: int | None = None
    time_limit_ms: int | None = None
    memory_limit_mb: int | None = None
    spill_limit_mb: int | None = None


INLINE_ROWS = 1000
"""Most rows that an answer carries itself."""


class AnswerData(Value):
    """The rows inlined in an answer, at most 1,000."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...] = Field(default=())


class Differences(Value):
    """What differs between two results, row by row of the same key.

    `text` says it in words. `earlier_result_id` is the result compared with, made at `since`. `columns` and `data` are
    a table: the key's columns, then of each number its earlier and its present value and what lies between. `added`,
    `removed`, `changed` and `unchanged` count rows."""

    text: str
    earlier_result_id: str = ""
    since: dt.datetime | None = None
    added: int = 0
    removed: int = 0
    changed: int = 0
    unchanged: int = 0
    columns: tuple[ResultColumn, ...] = ()
    data: AnswerData | None = None


class AnswerStep(Value):
    """A query that was run on the way to an answer: what for, and its SQL."""

    purpose: str
    sql: str


class Answer(Value):
    """The whole answer of a turn; the field names are the wire's."""

    success: bool
    response: str
    intent: Intent
    sql: str | None = None
    visualization: Visualization | None = None
    data: AnswerData | None = None
    insights: tuple[str, ...] = ()
    agents_visited: tuple[str, ...] = ()
    execution_time_ms: int = 0
    message_id: str = ""
    turn_id: str = ""
    result_id: str | None = None
    query: AnalyticQuery | None = None
    interpretation: str = ""
    assumptions: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = ()
    clarification: Clarification | None = None
    confidence: float = 0.0
    row_count: int | None = None
    truncated: bool = False
    sql_executed: bool = False
    guard: Guarded | None = None
    columns: tuple[ResultColumn, ...] = ()
    findings: tuple[Insight, ...] = ()
    chart_types: tuple[str, ...] = ()
    parts: tuple[QueryPart, ...] = ()
    differences: Differences | None = None
    steps: tuple[AnswerStep, ...] = ()
