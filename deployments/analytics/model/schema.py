"""The semantic model: what the data means, whoever says so (inference, an Ossie file, a Snowflake file).

Names are unique: an entity's in the model, an attribute's in its entity, a metric's in the model. Lookups are case
sensitive on these names; `label` and `synonyms` are what people say.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property
from typing import Literal

from pydantic import Field

from deployments.contracts import query as query_types
from deployments.contracts.answers import Cell
from deployments.contracts.base import Value
from deployments.contracts.query import Filter, Function, Grain, Measure, TimePart


class DataType(StrEnum):
    """What a column holds, whatever the warehouse calls it."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    FLOAT = "float"
    BOOLEAN = "boolean"
    DATE = "date"
    TIMESTAMP = "timestamp"
    TIME = "time"
    OTHER = "other"

    @property
    def is_number(self) -> bool:
        """Whether arithmetic makes sense."""
        return self in (DataType.INTEGER, DataType.DECIMAL, DataType.FLOAT)

    @property
    def is_time(self) -> bool:
        """Whether it can be truncated to a day or more."""
        return self in (DataType.DATE, DataType.TIMESTAMP)


class Role(StrEnum):
    """What an attribute is for.

    KEY identifies the row; REFERENCE points at another entity's row; LABEL is what people call the row; CATEGORY
    groups; TEXT describes (free text, not for grouping); ADDITIVE is a number whose sum means something (amount,
    quantity); RATE is a number whose sum does not (price, age, score, percentage); TIME is when; FLAG is yes or no;
    CODE is a number or text that identifies something outside (phone, zip, order number); YEAR is a year as number."""

    KEY = "key"
    REFERENCE = "reference"
    LABEL = "label"
    CATEGORY = "category"
    TEXT = "text"
    ADDITIVE = "additive"
    RATE = "rate"
    TIME = "time"
    FLAG = "flag"
    CODE = "code"
    YEAR = "year"


class Attribute(Value):
    """A column, or an expression over the columns of one table.

    `expression` is SQL in the model's dialect over the table's own bare columns; None means the column called `name`.
    `data_type` is the type of that expression. `stored_as_text` marks numbers or dates kept as text, where
    `expression` already casts. `true_values`/`false_values` are how a FLAG is stored ("Y"/"N", 1/0, true/false).
    `time_part` says that it holds a cyclic part of a time, kept on its own: a weekday or month by name, a month or hour as a
    number. `precision` is the finest period that a TIME tells where it is coarser than the day (the month, where it was put
    together from a year and a month).
    `hidden` is not offered and not named, and may serve joins and metrics; `visible_to` names the roles for which it is
    there at all (None: everyone, empty: no one).
    Statistics come from the data: `distinct_count` (None: unknown), `null_fraction`, `minimum`, `maximum`, and
    `samples`, the most frequent values first (all of them where there are at most 100)."""

    name: str
    label: str
    data_type: DataType
    role: Role
    expression: str | None = None
    synonyms: tuple[str, ...] = ()
    description: str = ""
    unit: str | None = None
    default_function: Function | None = None
    distinct_count: int | None = None
    unique: bool = False
    null_fraction: float = 0.0
    minimum: Cell = None
    maximum: Cell = None
    samples: tuple[Cell, ...] = ()
    true_values: tuple[Cell, ...] = ()
    false_values: tuple[Cell, ...] = ()
    stored_as_text: bool = False
    time_part: TimePart | None = None
    precision: Grain | None = None
    hidden: bool = False
    visible_to: tuple[str, ...] | None = None


class Entity(Value):
    """A table as a kind of thing. `label` is its singular in words ("order line"), `plural` its plural.

    `kind`: a FACT records events or amounts; a DIMENSION describes things; a BRIDGE only links two others.
    `primary_key` names attributes; empty where none was found. `label_attribute` is what people call a row;
    `display` the attributes shown with it when rows are listed. `default_time` is when a row happened.

    `row_policy` is a condition in SQL over the entity's own attributes that holds for the rows a caller may see, with
    claims of the caller's token in braces: `region = {attributes.region}`, `{user_id}`, `{tenant_id}`. A claim that is a
    list makes of `=` a test of membership; for a caller without the claim the entity is not there. `visible_to`
    names the roles for which it is there (None: everyone, empty: no one)."""

    name: str
    label: str
    plural: str
    table: str
    schema_name: str | None = None
    catalog: str | None = None
    synonyms: tuple[str, ...] = ()
    description: str = ""
    kind: Literal["fact", "dimension", "bridge"] = "dimension"
    attributes: tuple[Attribute, ...] = ()
    primary_key: tuple[str, ...] = ()
    label_attribute: str | None = None
    display: tuple[str, ...] = ()
    default_time: str | None = None
    row_count: int | None = None
    counted_by: str | None = Field(
        default=None, description="the attribute that says for how many of its kind a row stands; None: for one"
    )
    sql: str | None = Field(default=None, description="a SELECT that stands for the table, from a model file")
    seen: str | None = Field(
        default=None, exclude=True, description="that SELECT with the row policies of one caller below it"
    )
    hidden: bool = False
    row_policy: str | None = None
    visible_to: tuple[str, ...] | None = None

    @cached_property
    def by_name(self) -> dict[str, Attribute]:
        """The attributes by name."""
        return {attribute.name: attribute for attribute in self.attributes}


class Relationship(Value):
    """Rows of `from_entity` point at one row of `to_entity` (many to one; one to one where `one_to_one`).

    `from_attributes` and `to_attributes` are aligned attribute names. `role` is what the target is called from this
    side when there are several ("origin", "manager"), "" otherwise. `confidence` is 1.0 where declared, else the
    score of the guess. `complete`: every row of the many side has a match. `inferred`: rests on a guess."""

    name: str
    from_entity: str
    to_entity: str
    from_attributes: tuple[str, ...]
    to_attributes: tuple[str, ...]
    role: str = ""
    one_to_one: bool = False
    confidence: float = 1.0
    inferred: bool = False
    complete: bool = True


class Metric(Value):
    """A named measure. `derived` says that inference made it up ("revenue" from an amount), to be said as an
    assumption; `definition` is that in words."""

    name: str
    label: str
    measure: Measure
    synonyms: tuple[str, ...] = ()
    description: str = ""
    unit: str | None = None
    derived: bool = False
    definition: str = ""


class NamedFilter(Value):
    """A condition with a name ("active customers"), on an entity. A `default` one holds unless a question says
    something of its attributes ("without test accounts")."""

    name: str
    label: str
    entity: str
    where: Filter
    synonyms: tuple[str, ...] = ()
    description: str = ""
    default: bool = False


class VerifiedQuery(Value):
    """A question whose SQL a person vouches for."""

    name: str
    question: str
    sql: str
    verified_at: str = ""
    verified_by: str = ""


class Calendar(Value):
    """How the business counts time. `week_start`: 0 Monday .. 6 Sunday. `fiscal_year_start`: month 1-12; a fiscal
    year is named by the calendar year in which it ends, unless `fiscal_named_by_start`."""

    week_start: int = 0
    fiscal_year_start: int = 1
    fiscal_named_by_start: bool = False


class SemanticModel(Value):
    """Everything the language core and the compiler know of the data. `unfollowed` are the sentences of `instructions`
    that could not be followed to the letter."""

    name: str
    description: str = ""
    dialect: str = "duckdb"
    entities: tuple[Entity, ...] = ()
    relationships: tuple[Relationship, ...] = ()
    metrics: tuple[Metric, ...] = ()
    filters: tuple[NamedFilter, ...] = ()
    verified_queries: tuple[VerifiedQuery, ...] = ()
    calendar: Calendar = Calendar()
    currency: str | None = None
    instructions: str = ""
    unfollowed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @cached_property
    def by_name(self) -> dict[str, Entity]:
        """The entities by name."""
        return {entity.name: entity for entity in self.entities}

    @cached_property
    def metrics_by_name(self) -> dict[str, Metric]:
        """The metrics by name."""
        return {metric.name: metric for metric in self.metrics}

    @cached_property
    def relationships_by_name(self) -> dict[str, Relationship]:
        """The relationships by name."""
        return {relationship.name: relationship for relationship in self.relationships}

    def attribute(self, entity: str, name: str) -> Attribute:
        """The attribute, or KeyError."""
        return self.by_name[entity].by_name[name]


# Measures and filters refer to one another by name, and the names live in the query module.
for _type in (Metric, NamedFilter, SemanticModel):
    _type.model_rebuild(_types_namespace=vars(query_types))
