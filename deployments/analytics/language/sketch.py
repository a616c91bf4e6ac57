"""What composition builds before it is a query: references resolved, structure still loose."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from deployments.analytics.language.calendar import Interval
from deployments.analytics.model.schema import Attribute as ModelAttribute
from deployments.analytics.model.schema import Role, SemanticModel
from deployments.contracts.query import (
    Aggregate,
    Direction,
    Filter,
    Function,
    Grain,
    Measure,
    MetricValue,
    Operator,
    Scalar,
    TimePart,
)


@dataclass(frozen=True, slots=True)
class Ref:
    """An attribute that was chosen for a mention. `scalar` is how it is computed (an age from a birth date)."""

    entity: str
    attribute: ModelAttribute
    scalar: Scalar
    score: float
    derived: bool = False

    @property
    def is_number(self) -> bool:
        """Whether it may be compared with a number, summed or ordered by size."""
        return self.derived or (
            self.attribute.data_type.is_number and self.attribute.role not in (Role.KEY, Role.REFERENCE, Role.CODE)
        )

    @property
    def is_measurable(self) -> bool:
        """Whether its values may be put together: summed or averaged."""
        return self.is_number and self.attribute.role in (Role.ADDITIVE, Role.RATE)

    @property
    def is_time(self) -> bool:
        """Whether it is a moment."""
        return not self.derived and self.attribute.data_type.is_time

    @property
    def tells_when(self) -> bool:
        """Whether it is a moment, or a year however it is kept."""
        return self.is_time or self.attribute.role is Role.YEAR

    @property
    def column(self) -> tuple[str, str]:
        """(entity, attribute), as values are indexed."""
        return self.entity, self.attribute.name


@dataclass(slots=True)
class Ask:
    """Something asked for: an attribute, an entity's rows, or a measure."""

    kind: Literal["attribute", "entity", "measure"]
    entity: str
    position: int
    ref: Ref | None = None
    measure: Measure | None = None
    singular: bool = False


@dataclass(slots=True)
class Group:
    """What the result is to be grouped by. `time` is the time of a grain, where words beside it name one."""

    position: int
    ref: Ref | None = None
    entity: str | None = None
    grain: Grain | None = None
    part: TimePart | None = None
    each: bool = False
    time: Ref | None = None


@dataclass(slots=True)
class Order:
    """What the result is to be sorted by."""

    direction: Direction
    ref: Ref | None = None
    measure: Measure | None = None


@dataclass(slots=True)
class Superlative:
    """The extreme rows: by an attribute or a measure; `count` None means one."""

    direction: Direction
    ref: Ref | None = None
    measure: Measure | None = None
    count: int | None = None
    entity: str | None = None
    position: int = 0

    @property
    def is_open(self) -> bool:
        """Whether it does not say by what."""
        return self.ref is None and self.measure is None


@dataclass(slots=True)
class Condition:
    """A filter with the entity whose rows it tests and where it stood. `value_of` names the attribute it fixes, so
    that a follow-up can replace it; `having` marks one about groups. `alternatives` are the conditions of which one is
    enough, where there are several; `entity` is then "" unless it is the same for all."""

    filter: Filter
    entity: str
    position: int
    value_of: tuple[str, str] | None = None
    having: bool = False
    alternatives: tuple[Condition, ...] = ()


@dataclass(slots=True)
class Sketch:
    """All that was found in a scope of the question. `event` is when what is counted happened, where the noun says so."""

    asks: list[Ask] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)
    existence: list[tuple[str, int]] = field(default_factory=list)
    entities: list[tuple[str, int]] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    superlatives: list[Superlative] = field(default_factory=list)
    windows: list[tuple[Interval, Ref | None, int]] = field(default_factory=list)
    bounds: list[tuple[Operator, float, str]] = field(default_factory=list)
    against_shown: list[Operator] = field(default_factory=list)
    calculations: list[tuple[str, int, str]] = field(default_factory=list)
    limit: int | None = None
    moving: int | None = None
    place: int | None = None
    part: float | None = None
    step: Grain | None = None
    shift: tuple[Grain | None, int] | None = None
    distinct: bool = False
    direction: Direction | None = None
    yes_no: bool = False
    versus: bool = False
    subject: str | None = None
    event: Ref | None = None
    pronoun: bool = False
    chart: str | None = None
    wh: str | None = None
    unknown: list[str] = field(default_factory=list)
    guesses: list[tuple[str, str]] = field(default_factory=list)
    assumptions: list[tuple[str, str]] = field(default_factory=list)
    aggregate: Function | None = None
    percentile: float | None = None
    missing: list[str] = field(default_factory=list)
    cues: set[str] = field(default_factory=set)
    penalty: float = 0.0
    link: list[float] = field(default_factory=list)
    ambiguous: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    unused: list[tuple[int, Ref]] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all was found."""
        return not (
            self.asks or self.groups or self.conditions or self.existence or self.orders or self.superlatives
            or self.windows or self.calculations or self.limit or self.aggregate or self.percentile or self.chart
            or self.direction or self.shift or self.moving or self.bounds or self.against_shown
        )  # fmt: skip


def count_of(entity: str, where: Filter | None = None) -> Aggregate:
    """COUNT of an entity's rows."""
    return Aggregate(function=Function.COUNT, entity=entity, where=where)


def measure_entity(measure: Measure) -> str:
    """The entity whose rows the measure aggregates ("" for a metric, which knows its own)."""
    if isinstance(measure, Aggregate):
        return measure.entity
    if isinstance(measure, MetricValue):
        return ""
    return measure_entity(measure.left) or measure_entity(measure.right)


def measured_entity(model: SemanticModel, measure: Measure) -> str:
    """The entity whose rows the measure aggregates, also where it is a metric ("" where its parts are metrics)."""
    if isinstance(measure, MetricValue):
        return measured_entity(model, model.metrics_by_name[measure.metric].measure)
    return measure_entity(measure)
