"""What a turn asks of the world, and what comes of it: plain values, performed by whoever drives the turn."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Literal

from deployments.contracts.agents import Inquiry, MetadataTopic, QueryRun, Reading, ReadRequest
from deployments.contracts.answers import Answer, ResultTable
from deployments.contracts.errors import WorkbenchError
from deployments.contracts.events import ChartChanged, ClarificationAsked, Moved, ResultProduced
from deployments.contracts.query import AnalyticQuery


@dataclass(frozen=True, slots=True)
class Emit:
    """Show those who follow that something happens. Replied to with None."""

    type: Literal["status", "stream_start", "text"]
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Understand:
    """Ask the router. Replied to with a Reading."""

    request: ReadRequest


@dataclass(frozen=True, slots=True)
class RunQuery:
    """Ask the sql_agent. Replied to with a QueryRun."""

    query: AnalyticQuery


@dataclass(frozen=True, slots=True)
class Present:
    """Ask the viz_agent. Replied to with a Presentation."""

    query: AnalyticQuery
    result: ResultTable
    reading: Reading | None = None
    chart_type: str | None = None


@dataclass(frozen=True, slots=True)
class Analyze:
    """Ask the analysis_agent, with what its inquiries so far gave. Replied to with an Analysis."""

    query: AnalyticQuery
    inquiries: tuple[Inquiry, ...] = ()
    runs: tuple[QueryRun | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Describe:
    """Ask the metadata_agent. Replied to with a MetadataAnswer."""

    topic: MetadataTopic


@dataclass(frozen=True, slots=True)
class Compare:
    """Ask the viz_agent what differs. Replied to with Differences."""

    before: ResultTable
    now: ResultTable
    since: dt.datetime | None = None
    called: tuple[str, str] = ("before", "now")


@dataclass(frozen=True, slots=True)
class LoadResult:
    """Fetch the rows of an earlier result. Replied to with a ResultTable."""

    result_id: str


Effect = Emit | Understand | RunQuery | Present | Compare | Analyze | Describe | LoadResult


@dataclass(frozen=True, slots=True)
class Answered:
    """The turn has its answer. `events` are what it changed; `result` the rows behind the answer, which are new (to be
    stored) where `events` holds a ResultProduced."""

    answer: Answer
    events: tuple[ResultProduced | ChartChanged | Moved | ClarificationAsked, ...] = ()
    result: ResultTable | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """The turn ended in an error."""

    error: WorkbenchError


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The turn was stopped."""


Outcome = Answered | Failed | Cancelled
