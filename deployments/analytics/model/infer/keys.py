"""Fourth pass: what identifies a row."""

from __future__ import annotations

import itertools

from deployments.analytics.model.infer.affinity import affinity, identifies, is_plain_id, stem, subject
from deployments.analytics.model.infer.draft import Column, Schema, TableDraft, quoted
from deployments.analytics.model.infer.profile import LARGE
from deployments.analytics.model.schema import DataType
from deployments.analytics.warehouse.connect import Warehouse

_NEVER = frozenset(
    "amount price cost total salary age score rating count quantity latitude longitude percent percentage rate balance year weight height "
    "description comment note text abstract address url homepage phone email".split()
)
_FEW = 20
"""Below this many rows, that a reference is unique proves little."""
_LEAST = 0.4


def find_keys(schema: Schema) -> None:
    """Fill the single-column keys; a declared key is taken as it is."""
    for table in schema.tables:
        if table.source.primary_key:
            table.key = table.source.primary_key
        elif table.rows:
            scored = [(key_score(schema, table, column), -column.position, column.name) for column in table.columns]
            score, _, name = max(scored, default=(0.0, 0, ""))
            table.key = (name,) if score >= _LEAST else ()


def find_composite_keys(warehouse: Warehouse, schema: Schema) -> None:
    """Keys of more columns for the tables that have none, once it is known which columns are references."""
    for table in schema.tables:
        if table.source.primary_key or not table.rows:
            continue
        references = [link.columns[0] for link in schema.links_of(table) if len(link.columns) == 1]
        references = list(dict.fromkeys(references))
        single = table.key[0] if len(table.key) == 1 else None
        if single and not (single in references and len(references) > 1 and table.rows < _FEW):
            continue
        table.key = _composite(warehouse, table, references)


def key_score(schema: Schema, table: TableDraft, column: Column) -> float:
    """How likely a unique column is to be the table's own key, 0 where it cannot be."""
    if not column.unique or column.data_type in (DataType.BOOLEAN, DataType.TIME, DataType.OTHER):
        return 0.0
    if column.data_type.is_time or column.expression or _NEVER & set(column.words[-1:]):
        return 0.0
    if column.data_type in (DataType.FLOAT, DataType.DECIMAL) and not _whole(column):
        return 0.0
    if is_plain_id(column):
        return 1.0
    own = stem(column.words)
    mine = affinity(own, table)
    other = max((affinity(own, t) for t in schema.tables if t is not table), default=0.0)
    first = column.position == 0
    if identifies(column):
        if other == 1.0 and mine < 1.0:
            return 0.45 if first else 0.4
        if mine >= 0.75 and mine != 0.9:
            return 0.95
        return 0.75 if first else 0.55 if column.words[-1] in ("id", "code", "key") else 0.42
    if column.data_type is not DataType.TEXT:
        return 0.45 if first and table.rows >= 3 and mine == 1.0 else 0.0
    if column.average_length > 40:
        return 0.0
    if first and _repeated_elsewhere(schema, table, column):
        return 0.7
    named = column.words[-1:] == ("name",) and affinity(subject(column.words), table) >= 0.75
    if named or (mine and mine != 0.9):
        return 0.6 if first else 0.45
    if other == 1.0 and not first:
        return 0.0
    return 0.42 if first and table.rows >= 3 else 0.0


def _repeated_elsewhere(schema: Schema, table: TableDraft, column: Column) -> bool:
    """Whether a column of the same name holds, in another table, some of these values over and over."""
    if not column.complete_samples:
        return False
    others = (other.by_name.get(column.name) for other in schema.tables if other is not table)
    return any(
        other is not None
        and other.data_type is column.data_type
        and not other.unique
        and other.complete_samples
        and set(other.samples) <= set(column.samples)
        for other in others
    )


def _whole(column: Column) -> bool:
    return all(float(str(value)).is_integer() for value in column.samples)


def _composite(warehouse: Warehouse, table: TableDraft, references: list[str]) -> tuple[str, ...]:
    """The references, or the fewest identifying columns, that are unique together and never empty."""
    full = {column.name: column for column in table.columns if column.filled == table.rows}
    known = [name for name in references if name in full]
    ids = [c.name for c in full.values() if c.name not in known and (identifies(c) or c.data_type.is_time)]
    named = [
        c.name
        for c in full.values()
        if c.name not in known
        and c.name not in ids
        and c.data_type is DataType.TEXT
        and c.average_length < 40
        and c.position < 5
        and not _NEVER & set(c.words[-1:])
    ]
    tries: list[tuple[str, ...]] = []
    if len(known) == 2:
        tries.append((known[0], known[1]))
    tries.extend((a, b) for a in known for b in ids)
    tries.extend(itertools.combinations(known, 2))
    tries.extend(itertools.combinations(ids, 2))
    tries.extend(itertools.combinations(known, 3))
    tries.extend((a, b, c) for a, b in itertools.combinations(known, 2) for c in ids)
    tries.extend((a, b) for a in (*known, *ids) for b in named)
    if len(known) > 3:
        tries.append(tuple(known))
    only_links = len(known) == len(table.columns)
    for names in dict.fromkeys(tries):
        if len(names) < len(table.columns) or only_links or len(names) == len(table.columns) == 2:
            possible = 1
            for name in names:
                possible *= max(1, full[name].distinct)
            if possible >= table.rows and _unique(warehouse, table, names):
                return names
    return ()


def _unique(warehouse: Warehouse, table: TableDraft, names: tuple[str, ...]) -> bool:
    columns = ", ".join(quoted(name) for name in names)
    if table.rows > LARGE:
        # A sample of one stretch finds the repeats of most columns that repeat, at once.
        head = f"(SELECT {columns} FROM {table.sql_name} LIMIT {LARGE // 4})"
        ((rows, distinct),) = warehouse.query(f"SELECT count(*), count(DISTINCT ({columns})) FROM {head}")
        if rows != distinct:
            return False
    ((distinct,),) = warehouse.query(f"SELECT count(*) FROM (SELECT DISTINCT {columns} FROM {table.sql_name})")
    return bool(distinct == table.rows)
