"""Pass after the roles: weekdays and months kept on their own, and dates that several columns make together."""

from __future__ import annotations

from collections.abc import Sequence

from deployments.analytics.model.infer.draft import Column, Schema, TableDraft, Words, quoted
from deployments.analytics.model.schema import DataType, Role
from deployments.analytics.model.time_parts import MONTHS, number_of
from deployments.analytics.warehouse.connect import TableColumn, Warehouse
from deployments.contracts.query import Grain, TimePart

_NAMED = {
    "weekday": TimePart.WEEKDAY, "day": TimePart.WEEKDAY, "dow": TimePart.WEEKDAY, "month": TimePart.MONTH, "mon": TimePart.MONTH,
}  # fmt: skip
_NUMBERED = {
    "quarter": (TimePart.QUARTER, 1, 4), "month": (TimePart.MONTH, 1, 12), "week": (TimePart.WEEK, 1, 53),
    "day": (TimePart.DAY, 1, 31), "hour": (TimePart.HOUR, 0, 23),
}  # fmt: skip
_NO_ROLES = (Role.KEY, Role.REFERENCE, Role.TIME, Role.FLAG)
_FEW = 8
"""One value in so many of a column that is called a month may be something else: a header that was loaded as a row."""
_KNOWN = 0.98
"""Least share of the rows with a year that must make a date."""


def find_time_parts(warehouse: Warehouse, schema: Schema) -> None:
    """Fill time_part of columns, and add the dates that a year and a month (and a day) make where a table has no other."""
    for table in schema.tables:
        for column in table.columns:
            if column.role not in _NO_ROLES and column.filled:
                column.time_part = _time_part(column)
                if column.time_part is not None and column.role is not Role.YEAR:
                    column.role = Role.CATEGORY
        if not any(column.data_type.is_time and column.filled for column in table.columns):
            for year in [column for column in table.columns if column.role is Role.YEAR]:
                _compose(warehouse, table, year)


def _time_part(column: Column) -> TimePart | None:
    """The part that all of a column's values are, where its name says so too, or the values are many enough to say it alone."""
    last = column.words[-1] if column.words else ""
    if column.data_type is DataType.TEXT and column.complete_samples and not column.expression:
        values = [value for value in column.samples if str(value).strip()]
        for part, enough in ((TimePart.WEEKDAY, 4), (TimePart.MONTH, 5)):
            named = _NAMED.get(last) is part or any(_NAMED.get(word) is part for word in column.words)
            numbers = [number_of(value, part) for value in values]
            worded = not any(str(value).strip().isdigit() for value in values)
            strangers = numbers.count(None)
            if named and numbers and strangers * _FEW <= len(numbers) and len(numbers) > strangers:
                return part
            if worded and not strangers and len(set(numbers)) >= enough:
                return part
    if column.data_type is DataType.INTEGER and last in _NUMBERED and column.samples:
        part, low, high = _NUMBERED[last]
        if column.complete_samples and all(isinstance(v, int) and low <= v <= high for v in column.samples):
            return part
    return None


def _compose(warehouse: Warehouse, table: TableDraft, year: Column) -> None:
    """The date of which `year` is a part, as a column of its own."""
    prefix = tuple(word for word in year.words if word != "year")
    parts = {part: column for column in table.columns if (part := column.time_part) and _prefix(column, part) == prefix}
    month, quarter, day = (parts.get(part) for part in (TimePart.MONTH, TimePart.QUARTER, TimePart.DAY))
    if month is None and quarter is None:
        return
    precision: Grain | None = Grain.MONTH if month else Grain.QUARTER
    if month is not None and day is not None:
        expression, precision = _day_sql(year, month, day), None
    elif month is not None and month.data_type is DataType.TEXT:
        expression = _named_month_sql(year, month)
    elif month is not None:
        number = _sql(month)
        expression = f"CASE WHEN {number} BETWEEN 1 AND 12 THEN make_date({_sql(year)}, {number}, 1) END"
    else:
        assert quarter is not None
        number = _sql(quarter)
        expression = f"CASE WHEN {number} BETWEEN 1 AND 4 THEN make_date({_sql(year)}, {number} * 3 - 2, 1) END"
    made, first, last = warehouse.query(
        f"SELECT count({expression}), min({expression}), max({expression}) FROM {table.sql_name}"
    )[0]
    if made < _KNOWN * year.filled:
        return
    name = "_".join((*prefix, "date"))
    if name in {column.name.lower() for column in table.columns}:
        return
    table.computed.append(
        Column(
            source=TableColumn(name, "DATE"), position=len(table.columns), data_type=DataType.DATE, expression=expression,
            words=(*prefix, "date"), role=Role.TIME, filled=int(made), distinct=int(made), exact=False, minimum=first, maximum=last,
            precision=precision,
        )
    )  # fmt: skip


def _prefix(column: Column, part: TimePart) -> Words:
    return tuple(word for word in column.words if word not in (part.value, "name", "number", "of", "the"))


def _day_sql(year: Column, month: Column, day: Column) -> str:
    form = f"%Y {_month_form(month.samples)} %d" if month.data_type is DataType.TEXT else "%Y %m %d"
    return f"CAST(try_strptime(concat_ws(' ', {_sql(year)}, trim(CAST({_sql(month)} AS VARCHAR)), {_sql(day)}), '{form}') AS DATE)"


def _named_month_sql(year: Column, month: Column) -> str:
    form = f"%Y {_month_form(month.samples)}"
    return f"CAST(try_strptime(concat_ws(' ', {_sql(year)}, trim({_sql(month)})), '{form}') AS DATE)"


def _month_form(samples: Sequence[object]) -> str:
    """How months are written: in full, by three letters, or by number."""
    texts = {str(value).strip().lower() for value in samples}
    if all(text.isdigit() for text in texts):
        return "%m"
    return "%b" if all(len(text) == 3 for text in texts if text in MONTHS) and len(texts) > 1 else "%B"


def _sql(column: Column) -> str:
    """The column as a whole number, or as the text it is."""
    value = column.expression or quoted(column.name)
    return f"CAST({value} AS BIGINT)" if column.data_type in (DataType.FLOAT, DataType.DECIMAL) else value
