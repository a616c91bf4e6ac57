"""What a model file says, whatever its format: the common ground between a format's reader and the builder."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class FieldSpec:
    """A column or an expression over one. `sql` is in `dialect`; `extra` holds attribute fields the format lacks."""

    name: str
    sql: str
    line: int
    dialect: str = "ANSI_SQL"
    label: str = ""
    description: str = ""
    synonyms: tuple[str, ...] = ()
    data_type: str = ""
    is_time: bool | None = None
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class DatasetSpec:
    """A table or a query. `source` is the table's name with what stands before it, outermost first."""

    name: str
    line: int
    source: tuple[str, ...] = ()
    query: str = ""
    primary_key: tuple[str, ...] = ()
    primary_key_line: int = 0
    fields: list[FieldSpec] = field(default_factory=list)
    description: str = ""
    synonyms: tuple[str, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class RelationshipSpec:
    """Many rows of `from_dataset` point at one of `to_dataset`."""

    name: str
    line: int
    from_dataset: str
    to_dataset: str
    from_columns: tuple[str, ...]
    to_columns: tuple[str, ...]
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class MetricSpec:
    """A named aggregate expression; bare columns are those of `dataset` where it is set."""

    name: str
    sql: str
    line: int
    dialect: str = "ANSI_SQL"
    dataset: str = ""
    description: str = ""
    synonyms: tuple[str, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class FilterSpec:
    """A named condition over one dataset's columns."""

    name: str
    sql: str
    line: int
    dataset: str
    dialect: str = "ANSI_SQL"
    description: str = ""
    synonyms: tuple[str, ...] = ()


@dataclass(slots=True)
class VerifiedSpec:
    """A question with the SQL that a person vouches for; the SQL may name datasets or tables."""

    name: str
    question: str
    sql: str
    line: int
    dialect: str = "DUCKDB"
    verified_at: str = ""
    verified_by: str = ""


@dataclass(slots=True)
class ModelSpec:
    """A whole file. With `extends`, what the file does not name stays as it was inferred."""

    name: str
    line: int = 1
    description: str = ""
    instructions: str = ""
    datasets: list[DatasetSpec] = field(default_factory=list)
    relationships: list[RelationshipSpec] = field(default_factory=list)
    metrics: list[MetricSpec] = field(default_factory=list)
    filters: list[FilterSpec] = field(default_factory=list)
    verified: list[VerifiedSpec] = field(default_factory=list)
    extends: bool = False
    extra: dict[str, Any] = field(default_factory=dict)
