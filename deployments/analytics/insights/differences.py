"""Two results set side by side: what is new, what is gone, which numbers moved. Works on rows that were kept."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from deployments.analytics.insights.wording import (
    capitalized,
    counted,
    is_currency,
    is_number,
    listing,
    moment,
    quantity,
    text,
)
from deployments.contracts.answers import (
    INLINE_ROWS,
    AnswerData,
    Cell,
    Differences,
    ResultColumn,
    ResultTable,
)
from deployments.contracts.errors import InvalidQuery

NAMED = 3
"""How many rows a sentence names."""

_SAME = 1e-9
"""Floating sums of the same rows may differ by this part of themselves, since they are added in another order."""

Key = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class _Pair:
    """A number that both results have: its column, and where it stands in each."""

    column: ResultColumn
    before: int
    now: int


def differences(
    before: ResultTable, now: ResultTable, since: dt.datetime | None = None, called: tuple[str, str] = ("before", "now")
) -> Differences:
    """What differs. With `since`, both are the same query at two moments, and only rows that differ are told; without
    it every row is set beside its like, under the names that the two are `called`.

    Raises InvalidQuery where the rows of the two cannot be told to be the same ones."""
    keys = _keys(before, now, called)
    pairs = _pairs(before, now, {name for name, _, _ in keys})
    old, new = _by_key(before, [place for _, place, _ in keys]), _by_key(now, [place for _, _, place in keys])
    if old is None or new is None:
        return _counted(before, now, since)
    if since is None and not pairs:
        raise InvalidQuery(f"{capitalized(called[0])} and {called[1]} have no number in common to compare.")
    if since is None and keys and not old.keys() & new.keys():
        raise InvalidQuery(f"{capitalized(called[0])} and {called[1]} have no row in common to compare.")
    side = _Side(pairs, old, new, since, called, [now.columns[place] for _, _, place in keys])
    return side.told()


class _Side:
    """The two, aligned by key."""

    def __init__(
        self,
        pairs: list[_Pair],
        old: dict[Key, tuple[Cell, ...]],
        new: dict[Key, tuple[Cell, ...]],
        since: dt.datetime | None,
        called: tuple[str, str],
        keys: list[ResultColumn],
    ) -> None:
        self.pairs, self.old, self.new, self.since, self.called, self.keys = pairs, old, new, since, called, keys
        self.both = [key for key in new if key in old]
        self.added = [key for key in new if key not in old]
        self.removed = [key for key in old if key not in new]
        self.changed = [key for key in self.both if any(self._moved(key, pair) for pair in pairs)]
        self.changed.sort(key=self._size, reverse=True)

    def told(self) -> Differences:
        """In words and as a table."""
        shown = [*self.changed, *self.added, *self.removed] if self.since is not None else [*self.new, *self.removed]
        return Differences(
            text=self._words(),
            since=self.since,
            added=len(self.added),
            removed=len(self.removed),
            changed=len(self.changed),
            unchanged=len(self.both) - len(self.changed),
            columns=tuple(self._columns()),
            data=AnswerData(
                columns=tuple(column.name for column in self._columns()),
                rows=tuple(tuple(self._row(key)) for key in shown[:INLINE_ROWS]),
            ),
        )

    def _columns(self) -> Iterator[ResultColumn]:
        yield from self.keys
        if self.since is not None and self.keys:
            yield ResultColumn(name="row", label="row", type="text")
        for pair in self.pairs:
            of = pair.column
            for called in self.called:
                yield of.model_copy(update={"name": f"{of.name} ({called})", "label": f"{of.label} ({called})"})
            yield of.model_copy(update={"name": f"{of.name} (change)", "label": "change"})
            if len(self.pairs) == 1 and of.unit != "%":
                yield ResultColumn(
                    name=f"{of.name} (change in %)", label="change in %", type="number", unit="%", role="calculation"
                )  # fmt: skip

    def _row(self, key: Key) -> Iterator[Any]:
        yield from key
        if self.since is not None and self.keys:
            yield "new" if key not in self.old else "gone" if key not in self.new else "changed"
        for pair in self.pairs:
            a, b = self._values(key, pair)
            change = _minus(b, a)
            yield from (a, b, change)
            if len(self.pairs) == 1 and pair.column.unit != "%":
                yield _part(change, a)

    def _values(self, key: Key, pair: _Pair) -> tuple[Cell, Cell]:
        a, b = self.old.get(key), self.new.get(key)
        return (a[pair.before] if a else None), (b[pair.now] if b else None)

    def _moved(self, key: Key, pair: _Pair) -> bool:
        a, b = self._values(key, pair)
        if isinstance(a, float) and is_number(a) and is_number(b):
            return abs(float(b) - a) > _SAME * max(1.0, abs(a))  # type: ignore[arg-type] # is_number has looked
        return a != b

    def _size(self, key: Key) -> float:
        change = _minus(*reversed(self._values(key, self.pairs[0])))
        return abs(float(change)) if change is not None else 0.0

    # --- words

    def _words(self) -> str:
        return self._at_two_moments() if self.since is not None else self._of_two_results()

    def _at_two_moments(self) -> str:
        assert self.since is not None
        when = moment(self.since.replace(second=0, microsecond=0)) + (" UTC" if self.since.tzinfo else "")
        if not (self.added or self.removed or self.changed):
            what = f"the same {counted(len(self.both), 'row')}" if self.keys else "the same number"
            return f"Nothing has changed since {when}: {what}."
        if not self.keys:
            return f"Since {when}, {listing(self._move((), pair) for pair in self.pairs if self._moved((), pair))}."
        parts = [
            f"{counted(len(keys), 'row')} {'is' if len(keys) == 1 else 'are'} {what} ({self._named(keys)})"
            for what, keys in (("new", self.added), ("gone", self.removed))
            if keys
        ]
        if self.changed:
            parts.append(f"{counted(len(self.changed), 'row')} changed")
        same = len(self.both) - len(self.changed)
        said = f"Since {when}: {listing(parts)}; {counted(same, 'row')} stayed the same."
        return f"{said} {self._most()}".rstrip()

    def _of_two_results(self) -> str:
        this, other = self.called[1], self.called[0]
        if not self.keys:
            return capitalized(f"{listing(self._against((), pair) for pair in self.pairs)}.")
        parts = [f"{counted(len(self.both), 'row')} {'is' if len(self.both) == 1 else 'are'} in both"]
        for name, keys in ((this, self.added), (other, self.removed)):
            if keys:
                parts.append(f"{len(keys):,} only in {name} ({self._named(keys)})")
        said = capitalized(f"{this} beside {other}: {listing(parts)}.")
        if not self.changed:
            return f"{said} Their numbers are the same."
        key, pair = self.changed[0], self.pairs[0]
        of = f" of {self._name(key)}"
        return f"{said} {capitalized(pair.column.label)}{of} differs most: {self._amounts(key, pair)}."

    def _most(self) -> str:
        if not self.changed:
            return ""
        key = self.changed[0]
        pair = next(pair for pair in self.pairs if self._moved(key, pair))
        most = " changed most:" if len(self.changed) > 1 else ":"
        return f"{capitalized(pair.column.label)} of {self._name(key)}{most} {self._from_to(key, pair)}."

    def _move(self, key: Key, pair: _Pair) -> str:
        return f"{pair.column.label} went {self._from_to(key, pair)}"

    def _from_to(self, key: Key, pair: _Pair) -> str:
        a, b = self._values(key, pair)
        return f"from {_amount(a, pair.column)} to {_amount(b, pair.column)}{_percent(a, b, pair.column)}"

    def _against(self, key: Key, pair: _Pair) -> str:
        return f"{pair.column.label} is {self._amounts(key, pair)}"

    def _amounts(self, key: Key, pair: _Pair) -> str:
        a, b = self._values(key, pair)
        other, this = self.called
        against = f"{_amount(b, pair.column)} in {this} against {_amount(a, pair.column)} in {other}"
        return against + _percent(a, b, pair.column)

    def _named(self, keys: list[Key]) -> str:
        names = [self._name(key) for key in keys[:NAMED]]
        if len(keys) > NAMED:
            names.append(f"{len(keys) - NAMED:,} more")
        return listing(names)

    def _name(self, key: Key) -> str:
        return ", ".join(text(value, column.unit, column.grain) for value, column in zip(key, self.keys, strict=True))


def _keys(before: ResultTable, now: ResultTable, called: tuple[str, str]) -> list[tuple[str, int, int]]:
    """The columns that say which row is which: (name, place before, place now)."""
    a, b = _naming(before), _naming(now)
    if set(a) != set(b):
        ways = [f"by {listing(column.label for column in side.values())}" if side else "one number" for side in
                ({n: before.columns[i] for n, i in a.items()}, {n: now.columns[i] for n, i in b.items()})]  # fmt: skip
        raise InvalidQuery(
            f"{capitalized(called[0])} is {ways[0]} and {called[1]} {ways[1]}: their rows cannot be set side by side."
        )
    return [(name, a[name], b[name]) for name in b]


def _naming(table: ResultTable) -> dict[str, int]:
    dimensions = {column.name: place for place, column in enumerate(table.columns) if column.role == "dimension"}
    if dimensions or any(column.role in ("measure", "calculation") for column in table.columns):
        return dimensions
    identifiers = {column.name: place for place, column in enumerate(table.columns) if column.identifier}
    every = {column.name: place for place, column in enumerate(table.columns)}
    return identifiers if identifiers and _by_key(table, list(identifiers.values())) is not None else every


def _pairs(before: ResultTable, now: ResultTable, keys: set[str]) -> list[_Pair]:
    places = {column.name: (place, column) for place, column in enumerate(before.columns)}
    return [
        _Pair(column, places[column.name][0], place)
        for place, column in enumerate(now.columns)
        if column.name in places
        and column.name not in keys
        and column.unit == places[column.name][1].unit
        and (column.type == "number" or column.role == "attribute")
    ]


def _by_key(table: ResultTable, places: list[int]) -> dict[Key, tuple[Cell, ...]] | None:
    found = {tuple(row[place] for place in places): row for row in table.rows}
    return found if len(found) == len(table.rows) else None


def _counted(before: ResultTable, now: ResultTable, since: dt.datetime | None) -> Differences:
    """Where rows repeat, only how many came and went can be told."""
    if since is None:
        raise InvalidQuery("Their rows repeat, so they cannot be set side by side.")
    a, b = Counter(before.rows), Counter(now.rows)
    added, removed = list((b - a).elements()), list((a - b).elements())
    when = moment(since.replace(second=0, microsecond=0)) + (" UTC" if since.tzinfo else "")
    if added or removed:
        said = f"Since {when}: {counted(len(added), 'row')} came and {counted(len(removed), 'row')} went."
    else:
        said = f"Nothing has changed since {when}: the same {counted(len(now.rows), 'row')}."
    rows = [("new", *row) for row in added] + [("gone", *row) for row in removed]
    columns = (ResultColumn(name="row", label="row", type="text"), *now.columns)
    return Differences(
        text=said, since=since, added=len(added), removed=len(removed), unchanged=len(now.rows) - len(added),
        columns=columns,
        data=AnswerData(columns=tuple(c.name for c in columns), rows=tuple(rows[:INLINE_ROWS])),
    )  # fmt: skip


def _minus(b: Cell, a: Cell) -> Any:
    if not (is_number(a) and is_number(b)):
        return None
    if isinstance(a, float) or isinstance(b, float):
        return float(b) - float(a)  # type: ignore[arg-type]
    return b - a  # type: ignore[operator]


def _part(change: Any, of: Cell) -> float | None:
    if change is None or not is_number(of) or not of or float(of) < 0:  # type: ignore[arg-type]
        return None
    return float(change) / float(of)  # type: ignore[arg-type]


def _amount(value: Cell, column: ResultColumn) -> str:
    if isinstance(value, int | float | Decimal) and is_number(value):
        return quantity(value, column.unit, exact=is_currency(column.unit))
    return "nothing" if value is None else text(value, column.unit, column.grain)


def _percent(a: Cell, b: Cell, column: ResultColumn) -> str:
    change = _minus(b, a)
    if column.unit == "%" and change is not None:
        points = float(change) * 100
        return f" ({points:+.1f} percentage points)" if abs(points) >= 0.05 else ""
    part = _part(change, a)
    if part is None or abs(part) < 0.0005:
        return ""
    return f" ({'+' if part > 0 else ''}{quantity(part, '%')})"
