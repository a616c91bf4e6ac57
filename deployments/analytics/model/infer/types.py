"""Third pass: data types, and numbers, dates and instants that are stored as something else."""

from __future__ import annotations

import re

from deployments.analytics.model.infer.draft import Column, Schema, TableDraft, quoted
from deployments.analytics.model.infer.profile import MISSING
from deployments.analytics.model.schema import DataType
from deployments.analytics.warehouse.connect import Warehouse
from deployments.contracts.query import Grain

_INTEGERS = frozenset("TINYINT SMALLINT INTEGER BIGINT HUGEINT UTINYINT USMALLINT UINTEGER UBIGINT UHUGEINT".split())
_FORMATS = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%m/%d/%Y %H:%M", "%m/%d/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M", "%B %d, %Y", "%b %d, %Y", "%B%d,%Y", "%d %B %Y", "%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%m/%d/%y", "%Y%m%d", "%Y-%m", "%Y/%m", "%m/%Y", "%B %Y", "%b %Y", "%b-%Y", "%b-%y",
)  # fmt: skip
_HAS_CLOCK = re.compile(r"%H")
_HAS_DAY = re.compile(r"%d")
_LOOKS_DATED = re.compile(
    r"^\s*(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}|\d{1,2}[- ][A-Za-z]{3,9}\.?[- ]\d{2,4}|[A-Za-z]{3,9}\.? ?\d{1,2}, ?\d{4}|\d{8}$|\d{4}[-/]\d{1,2}$|\d{1,2}/\d{4}$|[A-Za-z]{3,9}\.?[- ]\d{4}$|[A-Za-z]{3}-\d{2}$)"
)
_WRITTEN_NUMBER = re.compile(r"^-?[$€£]? ?-?(\d+|\d{1,3}(,\d{3})+)(\.\d+)? ?%?$")
_WRITTEN = "$€£, %"
"""What stands in written numbers beside digits: "$1,250.00", "12.5 %"."""
_TIME_WORDS = frozenset("date time timestamp at on day datetime when created updated modified".split())
_MONTH_WORDS = frozenset("month period yearmonth yyyymm ym".split())


def type_all(warehouse: Warehouse, schema: Schema) -> None:
    """Fill data_type, expression and stored_as_text of every column."""
    for table in schema.tables:
        for column in table.columns:
            column.data_type = engine_type(column.source.engine_type)
            if column.data_type is DataType.TEXT:
                _text(warehouse, schema, table, column)
            elif column.data_type is DataType.INTEGER:
                _integer(warehouse, table, column)


def engine_type(name: str) -> DataType:
    """The data type of an engine's type name.

    >>> engine_type("BIGINT"), engine_type("DECIMAL(10,2)"), engine_type("TIMESTAMP WITH TIME ZONE")
    (<DataType.INTEGER: 'integer'>, <DataType.DECIMAL: 'decimal'>, <DataType.TIMESTAMP: 'timestamp'>)
    """
    kind = name.upper()
    if kind in _INTEGERS:
        return DataType.INTEGER
    if kind.startswith("DECIMAL"):
        return DataType.OTHER if kind.endswith("]") else DataType.DECIMAL
    if kind in ("FLOAT", "DOUBLE", "REAL"):
        return DataType.FLOAT
    if kind in ("VARCHAR", "TEXT", "UUID") or kind.startswith("ENUM("):
        return DataType.TEXT
    if kind == "BOOLEAN":
        return DataType.BOOLEAN
    if kind == "DATE":
        return DataType.DATE
    if kind.startswith("TIMESTAMP") and not kind.endswith("]"):
        return DataType.TIMESTAMP
    return DataType.TIME if kind.startswith("TIME") and not kind.endswith("]") else DataType.OTHER


def _text(warehouse: Warehouse, schema: Schema, table: TableDraft, column: Column) -> None:
    """Numbers kept as text are cast later, when it is known that they are no codes; dates are cast here."""
    texts = [value for value in column.samples if isinstance(value, str)]
    if not column.text_numbers and _written_numbers(warehouse, table, column, [text.strip() for text in texts]):
        return
    if not texts or sum(1 for text in texts if _LOOKS_DATED.match(text)) < 0.9 * len(texts):
        return
    if column.text_numbers and not _TIME_WORDS & set(column.words):
        return
    name = quoted(column.name)
    counts = ", ".join(f"count(try_strptime(trim({name}), '{form}'))" for form in _FORMATS)
    row = warehouse.query(
        f"SELECT {counts} FROM (SELECT DISTINCT {name} FROM {table.sql_name} WHERE trim({name}) <> '' LIMIT 5000)"
    )
    best = max(row[0])
    filled = min(len(texts) if column.complete_samples else column.distinct, 5000)
    if best < 0.98 * filled:
        return
    fitting = [form for form, count in zip(_FORMATS, row[0], strict=True) if count == best]
    form = fitting[0]
    if not _HAS_DAY.search(form) and not (_TIME_WORDS | _MONTH_WORDS) & set(column.words):
        return  # "2009-10" may be a season
    if {"%m/%d/%Y", "%d/%m/%Y"} <= set(fitting) or {"%d-%m-%Y", "%m-%d-%Y"} <= set(fitting):
        schema.notes.append(
            f"{table.name}.{column.name} is text like {texts[0]!r}; whether the day or the month comes first is not clear, so it is read as {form}."
        )
    column.data_type = DataType.TIMESTAMP if _HAS_CLOCK.search(form) else DataType.DATE
    cast = f"try_strptime(trim({name}), '{form}')"
    column.expression = cast if column.data_type is DataType.TIMESTAMP else f"CAST({cast} AS DATE)"
    column.stored_as_text = True
    column.precision = None if _HAS_DAY.search(form) else Grain.MONTH
    _bounds(warehouse, table, column)


def _written_numbers(warehouse: Warehouse, table: TableDraft, column: Column, texts: list[str]) -> bool:
    """Numbers with a currency sign, commas between thousands, or a percent sign (kept as fractions)."""
    marks = [mark for mark in _WRITTEN if any(mark in text for text in texts)]
    given = [text for text in texts if text.lower() not in MISSING]
    if not set(marks) - {" "} or not all(_WRITTEN_NUMBER.match(text) for text in given):
        return False
    percent = [text.endswith("%") for text in given]
    if any(percent) and not all(percent):
        return False
    name = quoted(column.name)
    digits = f"trim({name})"
    for mark in marks:
        digits = f"replace({digits}, '{mark}', '')"
    expression = f"TRY_CAST({digits} AS DOUBLE)" + (" / 100" if any(percent) else "")
    absent = ", ".join(f"'{word}'" for word in MISSING)
    ((unread,),) = warehouse.query(
        f"SELECT count(*) FROM {table.sql_name} WHERE lower(trim({name})) NOT IN ({absent}) AND {expression} IS NULL"
    )
    if unread:
        return False
    column.data_type, column.expression, column.stored_as_text = DataType.FLOAT, expression, True
    column.unit = "%" if any(percent) else None
    _bounds(warehouse, table, column)
    return True


def _integer(warehouse: Warehouse, table: TableDraft, column: Column) -> None:
    """Days written as 20240131, months as 202401, and seconds or milliseconds since 1970, where the name speaks of time."""
    spoken = _TIME_WORDS | _MONTH_WORDS if 190001 <= (column.minimum or 0) <= 210012 else _TIME_WORDS
    if not column.filled or not spoken & set(column.words):
        return
    name, low, high = quoted(column.name), column.minimum, column.maximum
    if low >= 19000101 and high <= 21001231:
        bad = f"SELECT count(*) FROM {table.sql_name} WHERE {name} IS NOT NULL AND try_strptime(CAST({name} AS VARCHAR), '%Y%m%d') IS NULL"
        if warehouse.query(bad)[0][0] == 0:
            column.data_type = DataType.DATE
            column.expression = f"CAST(try_strptime(CAST({name} AS VARCHAR), '%Y%m%d') AS DATE)"
    elif low >= 190001 and high <= 210012:
        bad = f"SELECT count(*) FROM {table.sql_name} WHERE {name} % 100 NOT BETWEEN 1 AND 12"
        if warehouse.query(bad)[0][0] == 0:
            column.data_type, column.precision = DataType.DATE, Grain.MONTH
            column.expression = f"CAST(try_strptime(CAST({name} AS VARCHAR), '%Y%m') AS DATE)"
    elif low >= 631_152_000 and high < 4_102_444_800 and high > 800_000_000:
        column.data_type = DataType.TIMESTAMP
        column.expression = f"epoch_ms(CAST({name} AS BIGINT) * 1000)"
    elif low >= 631_152_000_000 and high < 4_102_444_800_000:
        column.data_type = DataType.TIMESTAMP
        column.expression = f"epoch_ms(CAST({name} AS BIGINT))"
    if column.expression:
        _bounds(warehouse, table, column)


def _bounds(warehouse: Warehouse, table: TableDraft, column: Column) -> None:
    ((column.minimum, column.maximum),) = warehouse.query(
        f"SELECT min({column.expression}), max({column.expression}) FROM {table.sql_name}"
    )
    column.samples, column.complete_samples = (), False
