"""The typed question: what is asked of the data, in the terms of the semantic model.

`AnalyticQuery` names entities, attributes and metrics of the model and never tables, joins or GROUP BY: the
compiler derives those. Every way of asking (words, a follow-up, a chip removed on the page) produces this one
type, and the compiler alone turns it into SQL. A follow-up is an edit of the previous value.

Semantics that the compiler guarantees:

* A measure is computed over the rows of its own entity, each row counted once in each group, whatever is joined.
* A condition on an entity reached "to one" is a join; on one reached "to many" it is a semi-join (EXISTS), and the
  conjoined conditions that travel through the same to-many step hold for the same related row.
* Measures of different entities are aggregated first and joined on the dimensions afterwards.
* Time ranges are half-open: start <= t < end.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from deployments.contracts.base import Value

Scalar = Annotated[
    "Attribute | Constant | Arithmetic | Elapsed | Length | Truncated | Part | Binned | Rollup | GroupValue | Nested | Condition",
    Field(discriminator="kind"),
]
"""A value computed for each row of an entity."""

Measure = Annotated["Aggregate | MetricValue | MeasureArithmetic", Field(discriminator="kind")]
"""A value computed over many rows of an entity."""

Filter = Annotated[
    "Comparison | TimeRange | Related | Membership | AllOf | AnyOf | Not | MeasureComparison",
    Field(discriminator="kind"),
]
"""A condition that keeps or drops a row (or, in `having`, a group)."""

Calculation = Annotated["Share | Running | Moving | Rank | Growth", Field(discriminator="kind")]
"""A column computed over the grouped result."""

Plain = bool | int | Decimal | float | dt.datetime | dt.date | dt.time | str
"""A constant. Pydantic keeps the Python type given (smart union)."""


class Grain(StrEnum):
    """To what a time is truncated."""

    YEAR = "year"
    QUARTER = "quarter"
    MONTH = "month"
    WEEK = "week"
    DAY = "day"
    HOUR = "hour"


class TimePart(StrEnum):
    """A cyclic part of a time: it repeats, so it is a category and not a period."""

    YEAR = "year"
    QUARTER = "quarter"
    MONTH = "month"
    WEEK = "week"
    DAY = "day"
    WEEKDAY = "weekday"
    HOUR = "hour"


class Operator(StrEnum):
    """How a scalar is compared. `in`, `not_in` use `values`; the null tests use neither side."""

    EQ = "eq"
    NE = "ne"
    LT = "lt"
    LE = "le"
    GT = "gt"
    GE = "ge"
    CONTAINS = "contains"
    NOT_CONTAINS = "not_contains"
    STARTS_WITH = "starts_with"
    ENDS_WITH = "ends_with"
    IN = "in"
    NOT_IN = "not_in"
    IS_NULL = "is_null"
    IS_NOT_NULL = "is_not_null"


class Function(StrEnum):
    """Aggregate functions. `percentile` and `histogram`-like ones take `Aggregate.parameter`."""

    COUNT = "count"
    COUNT_DISTINCT = "count_distinct"
    SUM = "sum"
    AVG = "avg"
    MIN = "min"
    MAX = "max"
    MEDIAN = "median"
    PERCENTILE = "percentile"
    STDDEV = "stddev"
    VARIANCE = "variance"
    MODE = "mode"


class Direction(StrEnum):
    """Sort direction. NULLs sort last either way."""

    ASC = "asc"
    DESC = "desc"


# --- scalars ---------------------------------------------------------------------------------------------------------


class Attribute(Value):
    """An attribute of an entity. `path` names the relationships to walk when the default join path is not meant
    (origin and destination airport): relationship names in walking order, starting at the entity that owns the row."""

    kind: Literal["attribute"] = "attribute"
    entity: str
    name: str
    path: tuple[str, ...] = ()


class Constant(Value):
    """A literal value."""

    kind: Literal["constant"] = "constant"
    value: Plain | None


class Arithmetic(Value):
    """Row-wise arithmetic; division by zero is NULL."""

    kind: Literal["arithmetic"] = "arithmetic"
    operator: Literal["+", "-", "*", "/"]
    left: Scalar
    right: Scalar


class Elapsed(Value):
    """Whole units elapsed from `start` to `end` (an age: from a birth date to today)."""

    kind: Literal["elapsed"] = "elapsed"
    unit: Literal["year", "month", "week", "day", "hour", "minute"]
    start: Scalar
    end: Scalar


class Length(Value):
    """The number of characters of a text."""

    kind: Literal["length"] = "length"
    of: Scalar


class Truncated(Value):
    """A time truncated to the start of its period; years and quarters may be those of the model's fiscal calendar."""

    kind: Literal["truncated"] = "truncated"
    of: Scalar
    grain: Grain
    fiscal: bool = False


class Part(Value):
    """A cyclic part of a time. Weekday and month give English names; the others numbers."""

    kind: Literal["part"] = "part"
    of: Scalar
    part: TimePart


class Binned(Value):
    """A number put into bins [n*width, (n+1)*width), shown by its lower bound."""

    kind: Literal["binned"] = "binned"
    of: Scalar
    width: float


class Rollup(Value):
    """For each row of `entity`, the measure over the rows related to it (the number of orders of a customer).
    A row with no related rows has 0 for counts and NULL for other functions."""

    kind: Literal["rollup"] = "rollup"
    entity: str
    measure: Measure


class GroupValue(Value):
    """For each row, the measure over all rows of the measure's entity that share the row's `partition`
    (the average price of the product's own category)."""

    kind: Literal["group_value"] = "group_value"
    measure: Measure
    partition: tuple[Scalar, ...]


class Nested(Value):
    """The single value of a query with one measure and no dimension; or, with `choose`, any/all of a column:
    `> any` compares with the least value, `> all` with the greatest."""

    kind: Literal["nested"] = "nested"
    query: AnalyticQuery
    choose: Literal["value", "any", "all"] = "value"


class Condition(Value):
    """A condition as a boolean value, so that it can be a dimension."""

    kind: Literal["condition"] = "condition"
    of: Filter


# --- measures --------------------------------------------------------------------------------------------------------


class Aggregate(Value):
    """`function` over the rows of `entity`; `of` is None only for COUNT (counts rows).

    `where` restricts this measure alone (no-shows among all appointments). `parameter` is the fraction of
    PERCENTILE (0.9)."""

    kind: Literal["aggregate"] = "aggregate"
    function: Function
    entity: str
    of: Scalar | None = None
    where: Filter | None = None
    parameter: float | None = None
    name: str = ""


class MetricValue(Value):
    """A metric defined in the semantic model, by its name."""

    kind: Literal["metric"] = "metric"
    metric: str
    where: Filter | None = None
    name: str = ""


class MeasureArithmetic(Value):
    """A ratio, difference, sum or product of two measures, each aggregated first. Division by zero is NULL."""

    kind: Literal["measure_arithmetic"] = "measure_arithmetic"
    operator: Literal["+", "-", "*", "/"]
    left: Measure
    right: Measure
    name: str = ""


# --- filters ---------------------------------------------------------------------------------------------------------


class Comparison(Value):
    """`left operator right`, or with IN and NOT_IN `left operator values`. Text compares as stored, but CONTAINS, STARTS_WITH and
    ENDS_WITH ignore case; NE and NOT_IN also keep rows where the left side is NULL ("not shipped" includes what has no status)."""

    kind: Literal["comparison"] = "comparison"
    left: Scalar
    operator: Operator
    right: Scalar | None = None
    values: tuple[Plain, ...] = ()


class TimeRange(Value):
    """start <= of < end; either bound may be open."""

    kind: Literal["time_range"] = "time_range"
    of: Scalar
    start: dt.datetime | dt.date | None = None
    end: dt.datetime | dt.date | None = None


class Related(Value):
    """The row of `entity` has (or, negated, has not) a related row of `to` that meets `where`.
    Each Related stands for its own related row: two of them are "bought A and bought B"."""

    kind: Literal["related"] = "related"
    entity: str
    to: str
    path: tuple[str, ...] = ()
    where: Filter | None = None
    negated: bool = False


class Membership(Value):
    """`of` is (or is not) among the first column of a query's rows."""

    kind: Literal["membership"] = "membership"
    of: Scalar
    query: AnalyticQuery
    negated: bool = False


class AllOf(Value):
    """Every condition holds."""

    kind: Literal["all_of"] = "all_of"
    of: tuple[Filter, ...]


class AnyOf(Value):
    """At least one condition holds."""

    kind: Literal["any_of"] = "any_of"
    of: tuple[Filter, ...]


class Not(Value):
    """The condition does not hold; a condition that is NULL counts as not holding, so the row is kept."""

    kind: Literal["not"] = "not"
    of: Filter


class MeasureComparison(Value):
    """A condition on a group (`having`): measure operator right; right is a constant, a nested query or a measure."""

    kind: Literal["measure_comparison"] = "measure_comparison"
    measure: Measure
    operator: Operator
    right: Scalar | None = None
    right_measure: Measure | None = None


# --- the slots of a query --------------------------------------------------------------------------------------------


class Dimension(Value):
    """What the result is grouped by, or, without measures, a projected column.

    `key` holds attributes that are grouped by too but not shown, so that two customers of one name stay two.
    `fill` asks for missing periods to be shown (counts and sums as 0); it needs a Truncated `of`."""

    of: Scalar
    name: str
    key: tuple[Attribute, ...] = ()
    fill: bool = False


class TimeWindow(Value):
    """The period the question is about: start <= of < end. `label` says it in words ("last month")."""

    of: Attribute
    start: dt.datetime | dt.date | None = None
    end: dt.datetime | dt.date | None = None
    label: str = ""


class PeriodComparison(Value):
    """Every measure also over `window`, beside the main one.
    `show`: both values; or also their difference; or also the change as a fraction of the earlier value."""

    window: TimeWindow
    show: Literal["values", "difference", "growth"] = "values"


class Share(Value):
    """Measure number `measure` as a fraction of its total over all rows that share the dimensions `within`."""

    kind: Literal["share"] = "share"
    measure: int
    within: tuple[int, ...] = ()
    name: str = ""


class Running(Value):
    """Running total of the measure along dimension `along`, separately for each combination of `within`."""

    kind: Literal["running"] = "running"
    measure: int
    along: int
    within: tuple[int, ...] = ()
    name: str = ""


class Moving(Value):
    """Average of the measure over the current and `periods - 1` preceding rows along dimension `along`."""

    kind: Literal["moving"] = "moving"
    measure: int
    along: int
    periods: int
    within: tuple[int, ...] = ()
    name: str = ""


class Rank(Value):
    """Rank of the row by the measure (1 is first, ties share), within the dimensions given."""

    kind: Literal["rank"] = "rank"
    measure: int
    within: tuple[int, ...] = ()
    direction: Direction = Direction.DESC
    name: str = ""


class Growth(Value):
    """Change against the row `periods` before along dimension `along`: a fraction, or with `absolute` a difference."""

    kind: Literal["growth"] = "growth"
    measure: int
    along: int
    periods: int = 1
    within: tuple[int, ...] = ()
    absolute: bool = False
    name: str = ""


class OrderBy(Value):
    """Sort by an output column (`index` into dimensions, measures or calculations) or by a scalar not shown."""

    target: Literal["dimension", "measure", "calculation", "scalar"]
    index: int = 0
    of: Scalar | None = None
    direction: Direction = Direction.DESC


class Limit(Value):
    """The first `count` rows in the order given; `per` dimension indexes, so many for each of their values.
    `ties` keeps rows equal to the last one."""

    count: int
    per: tuple[int, ...] = ()
    ties: bool = False
    offset: int = 0


class Assumption(Value):
    """Something the question left open and how it was settled."""

    code: str
    text: str


class Placed(Value):
    """Another constant in a verified query: `index` counts the literals of its SQL as parsed, `value` is the text of the
    new one (a date in ISO form). The kind of literal, text or number, stays."""

    index: int
    value: str


class Analysis(Value):
    """What is to be found out beyond the rows of the query.

    `drivers`: which groups moved a measure from the period of `comparison` to that of `time`; `claim` is what the question
    says happened. `forecast`: the periods of the time dimension that follow the data, `periods` of them or as many as
    it takes to `until` (exclusive), of which those from `since` on were asked about. `unusual`: the periods of the time dimension that stand out. `correlation`: how the
    first two measures' attributes go together, row by row; the dimension holds the first one, in bins."""

    kind: Literal["drivers", "forecast", "unusual", "correlation"]
    claim: Literal["rose", "fell"] | None = None
    periods: int | None = None
    since: dt.date | None = None
    until: dt.date | None = None


class VerifiedCall(Value):
    """A verified query of the model by its name, with other constants in the places of its own."""

    name: str
    placed: tuple[Placed, ...] = ()


class AnalyticQuery(Value):
    """A question to the data.

    Without measures it lists: one row for each row of `subject` (distinct rows of the dimensions with `distinct`).
    With measures it aggregates, grouped by `dimensions`. `yes_no` turns either into one boolean: is there any row
    (or, with one count measure and no dimension, is it above zero). With `verified`, a verified query of the model
    answers, with `statement` a SELECT that the caller typed, and of the other slots only `chart` and `assumptions` are used.
    `analysis` asks what lies behind the rows;
    the SQL does not depend on it."""

    subject: str
    dimensions: tuple[Dimension, ...] = ()
    measures: tuple[Measure, ...] = ()
    where: Filter | None = None
    time: TimeWindow | None = None
    comparison: PeriodComparison | None = None
    calculations: tuple[Calculation, ...] = ()
    having: Filter | None = None
    order: tuple[OrderBy, ...] = ()
    limit: Limit | None = None
    distinct: bool = False
    yes_no: bool = False
    chart: str | None = None
    hidden: tuple[Annotated[str, Field(description="output names computed but not shown")], ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    verified: VerifiedCall | None = None
    statement: str | None = Field(default=None, max_length=20_000)
    analysis: Analysis | None = None

    @property
    def is_by_hand(self) -> bool:
        """Whether a person wrote the SQL that answers it, so that its slots say nothing of it."""
        return self.verified is not None or self.statement is not None


for _type in list(globals().values()):
    if isinstance(_type, type) and issubclass(_type, Value) and _type is not Value:
        _type.model_rebuild()
