"""The draft of a query: what the steps of assembly read and what they have put together so far."""

from __future__ import annotations

from dataclasses import dataclass, field

from deployments.analytics.language.graph import Graph
from deployments.analytics.language.links import Linker
from deployments.analytics.language.sketch import Ref, Sketch, Superlative
from deployments.analytics.model.schema import SemanticModel
from deployments.contracts.query import (
    AnalyticQuery,
    Assumption,
    Dimension,
    Filter,
    Limit,
    Measure,
    OrderBy,
    PeriodComparison,
    TimeWindow,
)


@dataclass(slots=True)
class Assembled:
    """The query, or why there is none: `missing` names what the data lacks, `open` what the question left open.

    `penalty` lowers the confidence for what could only be expressed in part."""

    query: AnalyticQuery | None
    missing: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    assumptions: list[Assumption] = field(default_factory=list)
    penalty: float = 0.0


class Draft:
    """The slots of one query while they are filled from one sketch.

    Every step takes the draft, reads its sketch and the slots that earlier steps filled, and fills its own. `subject`
    is None until it is found; `group_count` is how many of the first dimensions are groups that were asked for."""

    def __init__(self, model: SemanticModel, graph: Graph, link: Linker, sketch: Sketch) -> None:
        self.model = model
        self.graph = graph
        self.link = link
        self.sketch = sketch
        self.out = Assembled(None, list(sketch.missing))
        self.subject: str | None = None
        self.dimensions: list[Dimension] = []
        self.measures: list[Measure] = []
        self.orders: list[OrderBy] = []
        self.conditions: list[Filter] = []
        self.having: list[Filter] = []
        self.window: TimeWindow | None = None
        self.comparison: PeriodComparison | None = None
        self.group_count = 0
        self.limit: Limit | None = None
        self.growing: Superlative | None = None
        self.keeps_movers = False
        self.parted: Superlative | None = None
        self.binned: tuple[Ref, float] | None = None
        for code, text in sketch.assumptions:
            self.assume(code, text)

    def assume(self, code: str, text: str) -> None:
        """State how something open was settled."""
        found = Assumption(code=code, text=text)
        if found not in self.out.assumptions:
            self.out.assumptions.append(found)

    def add_dimension(self, dimension: Dimension | None) -> None:
        """One more dimension, unless the query has it already."""
        if dimension is not None and all(known.of != dimension.of for known in self.dimensions):
            self.dimensions.append(dimension)
