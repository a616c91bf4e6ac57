"""How long things last: a computed attribute where a table says when its rows begin and end."""

from __future__ import annotations

from deployments.analytics.model.infer.draft import Column, Schema, TableDraft, Words, quoted
from deployments.analytics.model.schema import DataType, Role
from deployments.analytics.warehouse.connect import TableColumn

_PAIRS: tuple[tuple[frozenset[str], frozenset[str]], ...] = (
    (frozenset({"check in", "checkin", "check_in"}), frozenset({"check out", "checkout", "check_out"})),
    (frozenset({"start", "started", "starts", "begin", "began", "begins", "from", "opened", "open", "commenced"}),
     frozenset({"end", "ended", "ends", "finish", "finished", "to", "until", "closed", "close", "completed", "complete", "resolved"})),
    (frozenset({"admission", "admitted", "admit"}), frozenset({"discharge", "discharged"})),
    (frozenset({"loaned", "lent", "borrowed", "rented", "rental", "checked out", "issued"}), frozenset({"returned", "return"})),
    (frozenset({"pickup", "pick up", "picked up", "collected"}), frozenset({"dropoff", "drop off", "dropped off", "return", "returned"})),
    (frozenset({"departure", "departed", "depart"}), frozenset({"arrival", "arrived", "arrive"})),
    (frozenset({"shipped", "ship", "dispatched", "sent"}), frozenset({"delivered", "delivery", "received"})),
)  # fmt: skip
"""What beginnings and ends are called. Any other two dates are just two dates."""

_KNOWN = frozenset(("duration", "length", "elapsed"))


def add_durations(schema: Schema) -> None:
    """Give each table with exactly one beginning and its end a `duration`: whole days, or hours where both are moments."""
    for table in schema.tables:
        if any(_KNOWN & set(column.words) for column in table.columns):
            continue
        found = [(first, last) for begins, ends in _PAIRS for first, last in _matches(table, begins, ends)]
        if len(found) == 1:
            table.computed.append(_duration(table, *found[0]))


def _matches(table: TableDraft, begins: frozenset[str], ends: frozenset[str]) -> list[tuple[Column, Column]]:
    times = [
        c
        for c in table.columns
        if c.data_type in (DataType.DATE, DataType.TIMESTAMP) and c.filled and c.role is Role.TIME
    ]
    first = [c for c in times if _called(c.words, begins)]
    last = [c for c in times if _called(c.words, ends)]
    return [(a, b) for a in first for b in last if a is not b and a.data_type is b.data_type]


def _called(words: Words, names: frozenset[str]) -> bool:
    text = " ".join(word for word in words if word not in ("date", "time", "at", "on", "timestamp", "day"))
    return text in names or any(text.endswith(f" {name}") or text.startswith(f"{name} ") for name in names)


def _duration(table: TableDraft, first: Column, last: Column) -> Column:
    start, end = (column.expression or quoted(column.name) for column in (first, last))
    days = first.data_type is DataType.DATE
    expression = f"DATE_DIFF('day', {start}, {end})" if days else f"DATE_DIFF('minute', {start}, {end}) / 60.0"
    own = " ".join(table.words)
    synonyms = ("length", f"length of {own}", f"{own} length", "length of stay", "length of time", "time taken")
    unit = "days" if days else "hours"
    return Column(
        source=TableColumn("duration", "BIGINT" if days else "DOUBLE", comment=f"{unit} from {first.label} to {last.label}"),
        position=len(table.columns) + len(table.computed), data_type=DataType.INTEGER if days else DataType.FLOAT,
        expression=expression, words=("duration",), synonyms=synonyms, role=Role.RATE, unit=unit,
        filled=min(first.filled, last.filled), distinct=first.distinct, exact=False,
    )  # fmt: skip
