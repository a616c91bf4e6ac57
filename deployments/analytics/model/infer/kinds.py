"""Seventh pass: facts, dimensions and bridges; what people call a row; when a row happened."""

from __future__ import annotations

from deployments.analytics.model.infer.affinity import affinity
from deployments.analytics.model.infer.draft import Column, Schema, TableDraft, quoted
from deployments.analytics.model.infer.words import singular
from deployments.analytics.model.schema import DataType, Role
from deployments.analytics.warehouse.connect import TableColumn

_NAMES = ("name", "title", "label", "description")
_EVENT_TIMES = (
    "date",
    "ordered",
    "created",
    "issued",
    "invoiced",
    "submitted",
    "placed",
    "occurred",
    "scheduled",
    "booked",
    "start",
    "started",
    "begin",
    "paid",
    "sold",
    "time",
    "timestamp",
    "registered",
    "opened",
    "hired",
    "signed",
    "posted",
    "joined",
)
_NOT_EVENT = frozenset(
    "birth updated modified changed deleted end ended expiry expires expiration due closed death left last until to".split()
)


def settle_kinds(schema: Schema) -> None:
    """Fill label_attribute, default_time, kind, and the computed full names."""
    for table in schema.tables:
        table.label_attribute = _label(schema, table)
        if (
            table.label_attribute
            and (column := table.by_name.get(table.label_attribute))
            and column.role in (Role.CATEGORY, Role.TEXT, Role.CODE)
        ):
            column.role = Role.LABEL
    for table in schema.tables:
        table.kind = _kind(schema, table)
        table.default_time = _time(table)
        if table.kind == "dimension":
            for column in table.columns:
                if column.role is Role.ADDITIVE and column.words[-1:] in (("cost",), ("fee",), ("charge",)):
                    column.role = Role.RATE  # what one of them costs, which does not add up over kinds of things


def _label(schema: Schema, table: TableDraft) -> str | None:
    texts = [
        c
        for c in table.columns
        if c.data_type is DataType.TEXT
        and c.role in (Role.CATEGORY, Role.TEXT, Role.CODE, Role.KEY)
        and not c.expression
    ]
    full = _full_name(table, texts)
    scored = [(_name_score(schema, table, column), -column.position, column.name) for column in texts]
    score, _, name = max(scored, default=(0.0, 0, ""))
    if full and score < 0.9:
        return full
    return name if score > 0 else None


def _name_score(schema: Schema, table: TableDraft, column: Column) -> float:
    words = tuple(singular(word) for word in column.words)
    distinct = column.distinct / max(1, column.filled)
    if not column.filled or column.average_length > 120:
        return 0.0
    last = words[-1] if words else ""
    for rank, name in enumerate(_NAMES):
        if last != name:
            continue
        before = words[:-1]
        if before in ((), ("full",), ("display",)):
            return 1.0 - 0.1 * rank
        if affinity(before, table) in (1.0, 0.85, 0.75):
            return 0.97 - 0.1 * rank
        other = any(affinity(before, t) == 1.0 for t in schema.tables if t is not table)
        person = before[0] in ("first", "last", "middle", "user", "nick", "given", "family")
        if not other and not person and distinct > 0.3:
            return 0.6 - 0.1 * rank
        return 0.0
    if words and affinity(words, table) in (1.0, 0.85) and column.role is not Role.CODE:
        return 0.65
    own_number = last in ("number", "code", "reference") and affinity(words[:-1], table) == 1.0 and bool(words[:-1])
    if own_number and column.role is Role.CODE and table.rows and column.distinct == column.filled == table.rows:
        # What people call a claim is its claim number, and not the key of its row.
        return 0.4
    if _explains(schema, table, column):
        return 0.35
    if column.role is Role.KEY and column.average_length > 2 and not column.text_numbers:
        return 0.3
    if (
        column.role is Role.CATEGORY
        and distinct > 0.9
        and column.position < 3
        and column.average_length > 3
        and table.rows >= 3
        and not schema.links_of(table)
    ):
        return 0.25
    return 0.0


def _explains(schema: Schema, table: TableDraft, column: Column) -> bool:
    """Whether the table is a list of codes and the column the one that says what each of them means."""
    others = [c for c in table.columns if c.role not in (Role.KEY, Role.REFERENCE, Role.CODE)]
    return others == [column] and bool(schema.links_to(table)) and column.distinct == column.filled == table.rows


def _full_name(table: TableDraft, texts: list[Column]) -> str | None:
    """A computed full name where the table has first and last names but no whole ones."""
    first = next(
        (
            c
            for c in texts
            if c.words[-2:] in (("first", "name"), ("given", "name")) or c.words in (("firstname",), ("forename",))
        ),
        None,
    )
    last = next(
        (
            c
            for c in texts
            if c.words[-2:] in (("last", "name"), ("family", "name")) or c.words in (("lastname",), ("surname",))
        ),
        None,
    )
    if not first or not last or "full_name" in {c.name.lower() for c in table.columns}:
        return None
    joined = f"{quoted(first.name)} || ' ' || {quoted(last.name)}"
    if min(first.filled, last.filled) < table.rows:
        parts = (f"COALESCE({quoted(column.name)}, '')" for column in (first, last))
        both = " || ' ' || ".join(parts)
        joined = f"NULLIF(TRIM({both}), '')"
    table.computed.append(
        Column(
            source=TableColumn("full_name", "VARCHAR"), position=len(table.columns), data_type=DataType.TEXT, expression=joined,
            words=("full", "name"), synonyms=("name",), role=Role.LABEL, average_length=first.average_length + last.average_length + 1,
            filled=max(first.filled, last.filled), distinct=max(first.distinct, last.distinct), exact=False,
        )
    )  # fmt: skip
    return "full_name"


def _kind(schema: Schema, table: TableDraft) -> str:
    outgoing, incoming = schema.links_of(table), schema.links_to(table)
    others = [c for c in table.columns if c.role not in (Role.KEY, Role.REFERENCE)]
    if len(outgoing) >= 2 and not others and not incoming:
        return "bridge"
    named = table.label_attribute is not None and (
        table.label_attribute == "full_name" or _name_score(schema, table, table.by_name[table.label_attribute]) >= 0.8
    )
    events = any(c.role is Role.TIME and not _NOT_EVENT & set(c.words) for c in (*table.columns, *table.computed))
    amounts = any(c.role is Role.ADDITIVE for c in table.columns)
    score = len(outgoing) - 0.75 * len(incoming) + 1.5 * events + 1.5 * amounts - 2.5 * named
    if not outgoing and not incoming and len(schema.tables) > 1:
        score -= 0.5
    return "fact" if score >= 1.5 or (len(schema.tables) == 1 and (events or amounts)) else "dimension"


def _time(table: TableDraft) -> str | None:
    columns = (*table.columns, *table.computed)
    times = [c for c in columns if c.role is Role.TIME and c.data_type.is_time and c.filled]
    # The rows of a star say when by the keys of its calendar, which are days written as numbers.
    times = times or [c for c in columns if c.role is Role.REFERENCE and c.data_type.is_time and c.filled]
    best = max(times, key=lambda c: (_time_score(table, c), -c.position), default=None)
    return best.name if best is not None and _time_score(table, best) > 0 else None


def _time_score(table: TableDraft, column: Column) -> float:
    words = set(column.words)
    if "birth" in words or "death" in words:
        return 0.0
    score = 1.0 + column.filled / max(1, table.rows)
    if column.filled < table.rows:
        score -= 0.5  # a step that some rows have not come to is not when they happened
    if words & _NOT_EVENT:
        score -= 0.9
    if affinity(tuple(singular(w) for w in column.words[:-1]), table) in (1.0, 0.85):
        score += 1.0
    for rank, word in enumerate(_EVENT_TIMES):
        if word in words:
            score += 0.6 - 0.02 * rank
            break
    return score
