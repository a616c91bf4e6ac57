"""A statement in the making: what the passes hand to one another."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from sqlglot import exp

from deployments.analytics.model.schema import Entity
from deployments.analytics.sql import nodes
from deployments.analytics.sql.context import Context, Scope
from deployments.analytics.sql.frame import Frame
from deployments.contracts.answers import ResultColumn
from deployments.contracts.query import Aggregate, AnalyticQuery, Attribute

Window = Literal["current", "previous"]


@dataclass(slots=True)
class Grouping:
    """A dimension: its scalar, its output name, attributes grouped by but not shown, and whether the calendar order
    of a weekday or month is needed beside its name."""

    of: Any
    name: str
    key: tuple[Attribute, ...] = ()
    fill: bool = False
    sorted_by_calendar: bool = False


@dataclass(slots=True)
class Term:
    """A measure: in terms of aggregates (`tree`), its output name, and as it was asked for."""

    tree: Any
    name: str
    asked: Any


@dataclass(slots=True)
class Part:
    """Aggregates over the rows of one entity, in one period or (merged) in both."""

    entity: str
    windows: tuple[Window, ...]
    aggregates: list[Aggregate]
    groupings: list[Grouping]
    where: list[Any]
    periods: dict[Window, Any] = field(default_factory=dict)
    shift: Any = None


@dataclass(slots=True)
class Stage:
    """Rows to select from, and the SQL of each dimension and aggregate over them.

    They come from `frame` where `held` holds (joined late, since a sort key may still ask for a join), or else from
    the `source`. `keys` are the hidden parts of each dimension; `sorts` what sorts it, where that is not itself.
    `grouped`: the aggregates are calls and the rows are still to be grouped; otherwise they are columns."""

    dimensions: list[exp.Expr]
    keys: list[list[exp.Expr]]
    sorts: list[exp.Expr | None]
    aggregates: dict[tuple[Aggregate, Window], exp.Expr]
    grouped: bool
    frame: Frame | None = None
    held: list[exp.Expr] = field(default_factory=list)
    source: exp.Select | None = None

    def body(self) -> exp.Select:
        """SELECT ... FROM ... WHERE with nothing selected yet."""
        if self.source is not None:
            return self.source
        if self.frame is None:
            raise AssertionError("a stage stands on a frame or on a source")
        select = self.frame.select()
        set_where(select, self.held)
        return select

    def group_by(self) -> list[exp.Expr]:
        """What the rows are grouped by."""
        listed: list[exp.Expr] = []
        for dimension, keys, sort in zip(self.dimensions, self.keys, self.sorts, strict=True):
            for node in (dimension, *keys, *([sort] if sort is not None else [])):
                if not isinstance(node, exp.Literal | exp.Null) and node not in listed:
                    listed.append(node)
        return listed


def set_where(select: exp.Select, held: list[exp.Expr]) -> None:
    """WHERE all of the conditions hold, where there are any."""
    where = nodes.all_of(held)
    if where is not None:
        select.set("where", exp.Where(this=where))


@dataclass(slots=True)
class Output:
    """A column of the result. `node` is its SQL over the rows of the stage; `kind` is which slot asked for it."""

    kind: str
    name: str
    node: exp.Expr
    column: ResultColumn
    shown: bool = True


@dataclass(slots=True)
class Draft:
    """One question on its way to SQL. Each pass fills what the next one reads."""

    context: Context
    query: AnalyticQuery
    subject: Entity
    scope: Scope
    groupings: list[Grouping] = field(default_factory=list)
    terms: list[Term] = field(default_factory=list)
    conditions: list[Any] = field(default_factory=list)
    aggregated: bool = False
    parts: list[Part] = field(default_factory=list)
    stages: list[tuple[str, Stage]] = field(default_factory=list)
    stage: Stage | None = None
    with_: list[tuple[str, exp.Select]] = field(default_factory=list)
    outputs: list[Output] = field(default_factory=list)
    frame: Frame | None = None
    select: exp.Select | None = None

    @property
    def standing(self) -> Stage:
        """The stage, which the passes after `combine` build on."""
        if self.stage is None:
            raise AssertionError("the stage is read before it is built")
        return self.stage

    def cte(self, wanted: str, select: exp.Select) -> str:
        """Name a SELECT in the WITH clause; gives the name it got."""
        name = self.scope.take(wanted)
        self.with_.append((name, select))
        return name
