"""Fifth pass: which columns point at which tables.

A link needs support from names; that the values of one column are found in another is needed too, but never enough
for numbers, since small whole numbers are found in every table.
"""

from __future__ import annotations

from dataclasses import dataclass

from deployments.analytics.model.infer.affinity import affinity, identifies, is_plain_id, role_words, stem, subject
from deployments.analytics.model.infer.draft import Column, Link, Schema, TableDraft, Words, quoted
from deployments.analytics.model.infer.words import singular
from deployments.analytics.model.schema import DataType
from deployments.analytics.warehouse.connect import Warehouse

_SELF_ROLES = frozenset(
    "manager supervisor parent boss superior lead leader chief head mentor coach trainer teacher tutor captain guardian mother father predecessor successor previous original root "
    "referrer sponsor advisor reports spouse partner replacement replaced superseded".split()
)
_PERSON_ROLES = frozenset(
    "buyer seller owner creator author assignee reporter sender recipient follower followee approver reviewer requester "
    "requestor agent salesperson contact organizer host guest driver uploader commenter friend voter created updated modified approved assigned".split()
)
_PERSONS = frozenset("user customer person employee member account client staff people contact".split())
_SAMPLE = 20_000
_LEAST_NAMED = 0.68
"""Names below this support no link."""


@dataclass(slots=True)
class _Candidate:
    to_table: TableDraft
    to_column: Column
    named: float


def find_links(warehouse: Warehouse, schema: Schema) -> None:
    """Fill the links: those declared, then for each other column the best supported one."""
    for table in schema.tables:
        _declared(schema, table)
    for table in schema.tables:
        taken = {link.columns[0] for link in schema.links_of(table) if len(link.columns) == 1}
        for column in table.columns:
            if column.name not in taken and column.filled and _may_point(column):
                link = _best(warehouse, schema, table, column)
                if link:
                    schema.links.append(link)
    for table in schema.tables:
        _self_links(warehouse, schema, table)
        _by_text(warehouse, schema, table)
    _namesakes(warehouse, schema)


def _namesakes(warehouse: Warehouse, schema: Schema) -> None:
    """Tables of one name in two schemas whose keys hold the same values tell of the same things: one to one."""
    for table in schema.tables:
        for other in schema.tables:
            if table.name >= other.name or table.words != other.words or table.source.schema == other.source.schema:
                continue
            if len(table.key) != 1 or len(other.key) != 1 or any(o.to_table is other for o in schema.links_of(table)):
                continue
            own, far = table.by_name[table.key[0]], other.by_name[other.key[0]]
            if own.words != far.words or own.data_type is not far.data_type:
                continue
            contained = _contained(warehouse, table, own, other, far)
            if contained >= 0.5:
                link = Link(table, table.key, other, other.key, round(0.9 * contained, 2), contained=contained)
                _complete(warehouse, link)
                schema.links.append(link)


def finish_links(schema: Schema) -> None:
    """Roles and one-to-one, which need all links and keys."""
    for table in schema.tables:
        links = schema.links_of(table)
        for link in links:
            if table.key == link.columns:
                link.one_to_one = True
            several = sum(1 for other in links if other.to_table is link.to_table) > 1
            named = subject(table.by_name[link.columns[0]].words)
            words = role_words(named, link.to_table)
            spoken = affinity(named, link.to_table) > 0 or _same_words(link)
            if several or link.to_table is table or not spoken:
                link.role = words or link.role


def _same_words(link: Link) -> bool:
    return link.table.by_name[link.columns[0]].words == link.to_table.by_name[link.to_columns[0]].words


def _declared(schema: Schema, table: TableDraft) -> None:
    for foreign in table.source.foreign_keys:
        target = next(
            (t for t in schema.tables if (t.source.schema, t.source.name) == (foreign.to_schema, foreign.to_table)),
            None,
        )
        if target is None:
            continue
        complete = all(table.by_name[name].filled == table.rows for name in foreign.columns)
        schema.links.append(
            Link(table, foreign.columns, target, foreign.to_columns, 1.0, inferred=False, complete=complete)
        )


def _may_point(column: Column) -> bool:
    if column.data_type not in (DataType.INTEGER, DataType.TEXT, DataType.DECIMAL, DataType.FLOAT) or column.expression:
        return False
    if is_plain_id(column) or _counts(column):
        return False
    return column.average_length < 64


def _counts(column: Column) -> bool:
    """ "number of students", "students": how many, not which."""
    if identifies(column) or not (column.data_type.is_number or column.text_numbers):
        return False
    return column.words[:1] in (("number",), ("count",), ("total",)) or column.words[-1] != singular(column.words[-1])


def _best(warehouse: Warehouse, schema: Schema, table: TableDraft, column: Column) -> Link | None:
    found: list[tuple[float, float, Link]] = []
    for candidate in sorted(_candidates(schema, table, column), key=lambda c: -c.named):
        if found and max(confidence for confidence, *_ in found) > candidate.named:
            break  # values only ever take from what the names promise
        contained = _contained(warehouse, table, column, candidate.to_table, candidate.to_column)
        confidence = 0.0
        if contained < 0.25 and (column.padded or candidate.to_column.padded):
            confidence = _padded(warehouse, schema, table, column, candidate)
        confidence = confidence or _confidence(candidate.named, contained)
        if confidence:
            link = Link(
                table, (column.name,), candidate.to_table, (candidate.to_column.name,), round(confidence, 2),
                contained=contained,
            )  # fmt: skip
            found.append((confidence, candidate.to_table.rows, link))
    if not found:
        return None
    named = subject(stem(column.words))
    # Of two tables with that key, the one called so, rather than one that only says more of the same things.
    link = max(found, key=lambda entry: (entry[0], affinity(named, entry[2].to_table), entry[1]))[2]
    _complete(warehouse, link)
    return link


def _padded(warehouse: Warehouse, schema: Schema, table: TableDraft, column: Column, candidate: _Candidate) -> float:
    """Half the confidence of names whose values agree but for blanks around them; rows are joined as stored, so the
    difference is noted."""
    key = candidate.to_column
    sql = f"""
    SELECT count(*) = count(k.v) FROM (SELECT DISTINCT trim({quoted(column.name)}) AS v FROM {table.sql_name} LIMIT {_SAMPLE}) AS d
    LEFT JOIN (SELECT DISTINCT trim({quoted(key.name)}) AS v FROM {candidate.to_table.sql_name}) AS k ON k.v = d.v
    """
    if not warehouse.query(sql)[0][0]:
        return 0.0
    schema.notes.append(
        f"{table.name}.{column.name} and {candidate.to_table.name}.{key.name} hold the same values only when the blanks "
        "around them are left off; as stored, their rows do not match."
    )
    return round(candidate.named / 2, 2)


def _confidence(named: float, contained: float) -> float:
    if contained >= 0.98:
        return named
    if contained >= 0.5 and named >= 0.75:
        return named * (0.55 + 0.45 * contained)
    return 0.5 if named >= 0.94 or (named >= 0.75 and contained >= 0.25) else 0.0


def _candidates(schema: Schema, table: TableDraft, column: Column) -> list[_Candidate]:
    out = []
    own_key = table.key == (column.name,)
    for target in schema.tables:
        for key in _targets(target):
            if target is table and (key is column or own_key):
                continue
            named = _named(schema, table, column, target, key)
            # A table's own key points elsewhere only where its name is wholly another table's (a subtype's key).
            mine, theirs = affinity(subject(column.words), table), affinity(subject(column.words), target)
            if own_key and (mine == 1 or theirs < 0.9 or (mine >= 0.75 and theirs < 1)):
                continue
            if named >= _LEAST_NAMED and _comparable(column, key):
                out.append(_Candidate(target, key, named))
    persons = [c for c in out if affinity(stem(column.words), c.to_table) == 0 and c.named < 0.75]
    return [c for c in out if c not in persons] or (persons if len(persons) == 1 else [])


def _targets(table: TableDraft) -> list[Column]:
    """The columns of a table that others may point at."""
    return [
        column
        for column in table.columns
        if table.key == (column.name,)
        or (column.unique and identifies(column) and affinity(stem(column.words), table) >= 0.75)
    ]


def _named(schema: Schema, table: TableDraft, column: Column, target: TableDraft, key: Column) -> float:
    """How strongly the names say that `column` points at `target`."""
    words, key_words = stem(column.words), stem(key.words)
    owned = is_plain_id(key) or affinity(key_words, target) >= 0.75 or affinity(subject(key.words), target) >= 0.75
    scores = [0.0]
    same = tuple(map(singular, column.words)) == tuple(map(singular, key.words))
    if same and words and target is not table:
        if owned:
            scores.append(0.95 if affinity(subject(key.words), target) != 0.9 else 0.9)
        elif not _owner(schema, words, except_for=target):
            scores.append(0.8)
    elif len(column.words) > len(key.words) > 1 and column.words[-len(key.words) :] == key.words and owned:
        scores.append(0.9)
    close = affinity(words, target)
    if target is table and close != 0.9:
        close = 0.0
    if close and owned:
        scores.append(close * (0.95 if identifies(column) else 0.85 if close >= 0.85 else 0.0))
    if (
        words
        and target is table
        and words[0] in _SELF_ROLES
        and (identifies(column) or column.data_type is key.data_type)
    ):
        scores.append(0.85 if identifies(column) else 0.75)
    if (
        words
        and words[0] in _PERSON_ROLES
        and _PERSONS & set(target.words)
        and (identifies(column) or words[-1:] == ("by",))
    ):
        scores.append(0.7)
    best = max(scores)
    alike = 0.02 * (column.name.lower() == key.name.lower()) + 0.01 * (column.data_type is key.data_type)
    return min(best + alike, 0.98) if best else 0.0


def _owner(schema: Schema, words: Words, except_for: TableDraft) -> bool:
    return any(table is not except_for and affinity(words, table) == 1.0 and table.key for table in schema.tables)


def _comparable(column: Column, key: Column) -> bool:
    return _is_numeric(column) == _is_numeric(key) or (
        bool(column.text_numbers) and _is_numeric(key)
    ) or (bool(key.text_numbers) and _is_numeric(column))  # fmt: skip


def _is_numeric(column: Column) -> bool:
    return column.data_type.is_number


def _compared(column: Column, other: Column) -> str:
    """The column as SQL that can be compared with the other."""
    name = quoted(column.name)
    if not _is_numeric(column) and _is_numeric(other):
        return f"TRY_CAST({name} AS DOUBLE)"
    return f"CAST({name} AS DOUBLE)" if _is_numeric(column) and column.data_type is not other.data_type else name


def _contained(warehouse: Warehouse, table: TableDraft, column: Column, target: TableDraft, key: Column) -> float:
    """The fraction of the column's distinct values that are in the key."""
    if column.complete_samples and key.complete_samples:
        values, known = _comparables(column, key), set(_comparables(key, column))
        return sum(value in known for value in values) / len(values) if values else 0.0
    sql = f"""
    SELECT count(*), count(*) FILTER (EXISTS (SELECT 1 FROM {target.sql_name} AS t WHERE {_of("t", _compared(key, column), key)} = d.v))
    FROM (SELECT DISTINCT {_compared(column, key)} AS v FROM {table.sql_name} WHERE {quoted(column.name)} IS NOT NULL LIMIT {_SAMPLE}) AS d
    """
    ((all_values, found),) = warehouse.query(sql)
    return found / all_values if all_values else 0.0


def _comparables(column: Column, other: Column) -> list[object]:
    """The column's values, all of which are samples, in the form in which they compare with the other's."""
    if _is_numeric(column) == _is_numeric(other):
        return list(column.samples)
    out: list[object] = []
    for value in column.samples:
        try:
            out.append(float(str(value)))
        except ValueError:
            out.append(value)
    return out


def _of(alias: str, expression: str, column: Column) -> str:
    return expression.replace(quoted(column.name), f"{alias}.{quoted(column.name)}")


def _complete(warehouse: Warehouse, link: Link) -> None:
    column, key = link.table.by_name[link.columns[0]], link.to_table.by_name[link.to_columns[0]]
    if column.filled < link.table.rows or link.contained < 1:
        link.complete = False
        return
    if column.distinct > _SAMPLE:
        missing = f"SELECT 1 FROM {link.table.sql_name} AS f WHERE NOT EXISTS (SELECT 1 FROM {link.to_table.sql_name} AS t WHERE {_of('t', _compared(key, column), key)} = {_of('f', _compared(column, key), column)}) LIMIT 1"
        link.complete = not warehouse.query(missing)


def _self_links(warehouse: Warehouse, schema: Schema, table: TableDraft) -> None:
    """A table of two alike columns that links the rows of one other table: who cites whom, who follows whom.

    Both names must begin alike, and exactly one table may have a column whose name begins so too."""
    if len(table.columns) != 2 or table.key or schema.links_of(table):
        return
    first, second = table.columns
    if first.data_type is not second.data_type or not (first.filled and second.filled):
        return
    shared = _shared_beginning(first.name.lower(), second.name.lower())
    if len(shared) < 3:
        return
    targets = [
        (target, key)
        for target in schema.tables
        if target is not table and len(target.key) == 1
        for key in (target.by_name[target.key[0]],)
        if key.data_type is first.data_type
        and any(word.startswith(shared) for column in target.columns for word in (*column.words, *target.words))
    ]
    if len(targets) == 1:
        target, key = targets[0]
        for column in (first, second):
            contained = _contained(warehouse, table, column, target, key)
            if contained < 1:
                return
        for column in (first, second):
            link = Link(table, (column.name,), target, (key.name,), 0.6, role=column.words)
            _complete(warehouse, link)
            schema.links.append(link)


def _shared_beginning(one: str, other: str) -> str:
    size = 0
    while size < min(len(one), len(other)) and one[size] == other[size]:
        size += 1
    return one[:size]


def _by_text(warehouse: Warehouse, schema: Schema, table: TableDraft) -> None:
    """Text found without exception among what identifies the rows of one table is meant as those rows: names of another
    table, or codes, which may be of the same table (a player's coach is a player)."""
    linked = {name for link in schema.links_of(table) for name in link.columns}
    for column in table.columns:
        if column.data_type is not DataType.TEXT or column.name in linked or column.expression or column.text_numbers:
            continue
        coded = identifies(column) and not is_plain_id(column) and not column.unique
        if column.words[-1:] == ("name",) or (identifies(column) and not coded):
            continue  # it says whose name or code it is, and no table of that name was found
        short = column.distinct < (2 if coded else 4) or column.average_length < (2 if coded else 4)
        if short or column.average_length > 64 or table.key == (column.name,):
            continue
        targets = [
            (target, key)
            for target in schema.tables
            if (target is not table or coded) and len(target.key) == 1
            for key in (target.by_name[target.key[0]],)
            if key.data_type is DataType.TEXT and identifies(key) >= coded and not key.text_numbers and key.distinct >= column.distinct
            and not any(link.columns == (key.name,) for link in schema.links_of(target))
            and _contained(warehouse, table, column, target, key) == 1
        ]  # fmt: skip
        if len(targets) == 1:
            target, key = targets[0]
            link = Link(table, (column.name,), target, (key.name,), 0.6, role=stem(column.words))
            _complete(warehouse, link)
            schema.links.append(link)
