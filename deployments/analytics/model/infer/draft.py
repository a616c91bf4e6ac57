"""What the passes work on: tables and columns while the model is being inferred."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from deployments.analytics.model.schema import DataType, Role
from deployments.analytics.warehouse.connect import Table, TableColumn
from deployments.contracts.answers import Cell
from deployments.contracts.query import Grain, TimePart

Words = tuple[str, ...]


@dataclass(slots=True)
class Column:
    """A column while it is being understood. The passes fill it from top to bottom."""

    source: TableColumn
    position: int

    # profile
    filled: int = 0
    distinct: int = 0
    exact: bool = True
    unique: bool = False
    minimum: Any = None
    maximum: Any = None
    samples: tuple[Cell, ...] = ()
    complete_samples: bool = False
    average_length: float = 0.0
    padded: bool = False

    # types
    data_type: DataType = DataType.OTHER
    expression: str | None = None
    stored_as_text: bool = False
    text_numbers: DataType | None = None

    # names
    words: Words = ()
    raw_words: Words = ()
    synonyms: tuple[str, ...] = ()

    # roles
    role: Role = Role.CATEGORY
    true_values: tuple[Cell, ...] = ()
    false_values: tuple[Cell, ...] = ()
    unit: str | None = None
    time_part: TimePart | None = None
    precision: Grain | None = None

    @property
    def name(self) -> str:
        """The column's name in the database."""
        return self.source.name

    @property
    def label(self) -> str:
        """The column's name in words."""
        return " ".join(self.words) or self.name


@dataclass(slots=True)
class TableDraft:
    """A table while it is being understood."""

    source: Table
    columns: list[Column]
    name: str = ""
    rows: int = 0
    sampled: bool = False
    words: Words = ()
    synonyms: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    label_attribute: str | None = None
    default_time: str | None = None
    kind: str = "dimension"
    computed: list[Column] = field(default_factory=list)

    @property
    def by_name(self) -> dict[str, Column]:
        """The columns by name."""
        return {column.name: column for column in self.columns}

    @property
    def sql_name(self) -> str:
        """The table's quoted name with its schema."""
        return f"{quoted(self.source.schema)}.{quoted(self.source.name)}"


@dataclass(slots=True)
class Link:
    """A reference from columns of one table to the key of another, with the evidence for it."""

    table: TableDraft
    columns: tuple[str, ...]
    to_table: TableDraft
    to_columns: tuple[str, ...]
    confidence: float
    inferred: bool = True
    role: Words = ()
    one_to_one: bool = False
    complete: bool = True
    contained: float = 1.0


@dataclass(slots=True)
class Schema:
    """Everything the passes share."""

    tables: list[TableDraft]
    links: list[Link] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def links_of(self, table: TableDraft) -> list[Link]:
        """The links that leave a table."""
        return [link for link in self.links if link.table is table]

    def links_to(self, table: TableDraft) -> list[Link]:
        """The links that arrive at a table."""
        return [link for link in self.links if link.to_table is table]


def quoted(name: str) -> str:
    """An identifier in double quotes."""
    return '"' + name.replace('"', '""') + '"'
