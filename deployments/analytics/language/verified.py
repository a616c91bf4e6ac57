"""Questions that a person has answered: one that matches a verified query up to its values is answered by it.

A verified question is cut like any other. What of it stands as a constant in its SQL (a value of a column, a number, a
period) is a slot that another value may take; every other word must be said again.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

import sqlglot
from sqlglot import exp

from deployments.analytics.language.calendar import Interval
from deployments.analytics.language.items import Item
from deployments.analytics.language.text import Token, expand_contractions, tokenize
from deployments.analytics.model.folding import fold
from deployments.analytics.model.schema import Attribute, SemanticModel, VerifiedQuery
from deployments.analytics.sql.verified import literals_of
from deployments.contracts.query import AnalyticQuery, Assumption, Placed, VerifiedCall

Tag = Callable[[list[Token], dt.date], list[Item]]

_SILENT = frozenset("the a an our all please".split())
_OPENING = frozenset("show give list tell display find get please can could you i want see me us what be".split())
_EDITING = frozenset(
    "what about how and for in on of only just instead now the a same but with then do it use make ok okay top please".split()
)
_NOW = (exp.CurrentDate, exp.CurrentTimestamp)
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Place:
    """A literal of the SQL and what of the said value stands there; `last` is a period's last day, `year` its year."""

    index: int
    part: Literal["value", "start", "end", "last", "year"] = "value"


@dataclass(frozen=True, slots=True)
class Slot:
    """A part of the question that another value may take. `columns` are the attributes a text value may be of;
    `kind` is also what marks a number: plain, percent, money, ordinal."""

    said: str
    kind: str
    places: tuple[Place, ...]
    columns: frozenset[tuple[str, str]] = frozenset()
    whole: bool = False

    def fill(self, item: Item) -> dict[int, str] | None:
        """The constants that the item puts into the slot's places; None where it does not fit."""
        if self.kind == "value":
            found = {
                hit.value for hit in item.values if (hit.entity, hit.attribute) in self.columns and hit.score >= 0.95
            }
            return {place.index: next(iter(found)) for place in self.places} if len(found) == 1 else None
        if self.kind == "interval":
            return None if item.interval is None else self._period(item.interval)
        if item.number is None or _number_kind(item) != self.kind or item.interval is not None:
            return None
        if self.whole and (item.number != int(item.number) or item.number < 0):
            return None
        text = str(int(item.number)) if item.number == int(item.number) else repr(item.number)
        return {place.index: text for place in self.places}

    def _period(self, interval: Interval) -> dict[int, str] | None:
        out: dict[int, str] = {}
        needed = {place.part for place in self.places}
        if (interval.start is not None) != bool(needed & {"start", "year"}):
            return None
        if (interval.end is not None) != bool(needed & {"end", "last", "year"}):
            return None
        for place in self.places:
            text = _part(interval, place.part)
            if text is None:
                return None
            out[place.index] = text
        return out


def _part(interval: Interval, part: str) -> str | None:
    if part == "start":
        return interval.start.isoformat() if interval.start else None
    if part == "end":
        return interval.end.isoformat() if interval.end else None
    if part == "last":
        return (interval.end - _DAY).isoformat() if interval.end else None
    years = interval.years
    return str(years[0]) if years is not None and years[0] is not None and years[0] == years[1] else None


@dataclass(frozen=True, slots=True)
class Template:
    """A verified question as words and slots in order."""

    query: VerifiedQuery
    subject: str
    parts: tuple[str | Slot, ...]
    words: frozenset[str] = field(default=frozenset())

    @property
    def slots(self) -> tuple[Slot, ...]:
        """Its slots, in order."""
        return tuple(part for part in self.parts if isinstance(part, Slot))


class VerifiedQuestions:
    """The verified questions of one model. `notes` tell which cannot be used, and why."""

    def __init__(self, model: SemanticModel, tag: Tag) -> None:
        self.model = model
        self.tag = tag
        self.notes: list[str] = []
        self.templates = [found for query in model.verified_queries if (found := self._template(query)) is not None]

    def match(self, tokens: list[Token], as_of: dt.date) -> AnalyticQuery | None:
        """The question as a verified query, where it is one up to its values."""
        said = {token.lemma for token in tokens}
        near = [template for template in self.templates if template.words <= said]
        if not near:
            return None
        items = self.tag(tokens, as_of)
        for template in near:
            placed = _aligned(template, tokens, items)
            if placed is not None:
                return _call(template, placed)
        return None

    def edited(self, query: AnalyticQuery, items: list[Item]) -> AnalyticQuery | None:
        """The verified query with another value in one slot, where that is all the message says."""
        assert query.verified is not None
        name = query.verified.name
        template = next((known for known in self.templates if known.query.name == name), None)
        content = [item for item in items if not set(re.findall(r"\w+", item.text.lower())) <= _EDITING]
        if template is None or len(content) != 1:
            return None
        fits = [(slot, filled) for slot in template.slots if (filled := slot.fill(content[0])) is not None]
        if len(fits) != 1:
            return None
        placed = {p.index: p.value for p in query.verified.placed} | fits[0][1]
        return _call(template, placed)

    def _template(self, query: VerifiedQuery) -> Template | None:
        tokens = tokenize(expand_contractions(query.question.strip()))
        tree = sqlglot.parse_one(query.sql, read="duckdb")
        moved = any(tree.find(kind) is not None for kind in _NOW)
        day = _date(query.verified_at) or dt.date(2000, 1, 1)
        try:
            items = self.tag(tokens, day)
            later = {item.start: item.interval for item in self.tag(tokens, day + dt.timedelta(days=397))}
        except ValueError:
            self.notes.append(f"The question of the verified query {query.name} names a day that does not exist")
            return None
        slots: dict[int, tuple[Slot, int]] = {}
        for item in items:
            slot = self._slot(item, items, tree)
            relative = item.interval is not None and later.get(item.start) != item.interval
            if slot is not None:
                slots[item.start] = (slot, item.end)
            elif relative and not moved:
                self.notes.append(
                    f"The verified query {query.name} is not used: “{item.text}” moves with the day, its SQL does not"
                )
                return None
        parts = tuple(_parts(tokens, slots))
        words = frozenset(part for part in parts if isinstance(part, str))
        return Template(query, _subject(tree, self.model), parts, words)

    def _slot(self, item: Item, items: list[Item], tree: exp.Expr) -> Slot | None:
        literals = literals_of(tree)
        if item.interval is not None:
            places = tuple(_periods(item.interval, literals))
            slot = Slot(item.text, "interval", places)
            return slot if places and slot.fill(item) is not None else None
        if item.number is not None:
            same = [
                i for i, literal in enumerate(literals) if not literal.is_string and float(literal.this) == item.number
            ]
            once = sum(other.number == item.number for other in items) == 1
            if len(same) == 1 and once and not isinstance(literals[same[0]].parent, exp.Neg):
                whole = isinstance(literals[same[0]].parent, (exp.Limit, exp.Offset, exp.Fetch))
                return Slot(item.text, _number_kind(item), (Place(same[0]),), whole=whole)
            return None
        texts = {fold(hit.value) for hit in item.values if hit.score >= 0.95}
        indexes = [i for i, literal in enumerate(literals) if literal.is_string and fold(literal.this) in texts]
        columns = {_column_of(literals[i]) for i in indexes}
        if (
            len(columns) != 1
            or None in columns
            or sum(bool(other.values) and other.lemma == item.lemma for other in items) > 1
        ):
            return None
        (column,) = columns
        owned = frozenset(
            (hit.entity, hit.attribute)
            for hit in item.values
            if _stored_as(self.model.attribute(hit.entity, hit.attribute)) == column
        )
        return Slot(item.text, "value", tuple(map(Place, indexes)), owned) if owned else None


def _call(template: Template, placed: dict[int, str]) -> AnalyticQuery:
    query = template.query
    literals = [literal.name for literal in literals_of(sqlglot.parse_one(query.sql, read="duckdb"))]
    changed = {index: value for index, value in sorted(placed.items()) if literals[index] != value}
    by = f", verified by {query.verified_by}" if query.verified_by else ""
    on = (
        f" on {query.verified_at}"
        if query.verified_at and by
        else f", verified on {query.verified_at}"
        if query.verified_at
        else ""
    )
    swapped = {literals[index]: value for index, value in changed.items()}
    others = "".join(f", with {value} in place of {old}" for old, value in swapped.items())
    return AnalyticQuery(
        subject=template.subject,
        verified=VerifiedCall(name=query.name, placed=tuple(Placed(index=i, value=v) for i, v in changed.items())),
        assumptions=(Assumption(code="verified", text=f"answered by the verified query {query.name}{by}{on}{others}"),),
    )


# --- slots -----------------------------------------------------------------------------------------------------------


def _periods(interval: Interval, literals: list[exp.Literal]) -> Iterator[Place]:
    for index, literal in enumerate(literals):
        day = _date(literal.this) if literal.is_string else None
        if day is not None:
            upto = isinstance(_comparison(literal), (exp.LTE, exp.Between))
            if day == interval.start:
                yield Place(index, "start")
            elif day == interval.end:
                yield Place(index, "end")
            elif interval.end is not None and day == interval.end - _DAY and upto:
                yield Place(index, "last")
        elif literal.this == _part(interval, "year"):
            yield Place(index, "year")


def _comparison(literal: exp.Literal) -> exp.Expr | None:
    node = literal.parent
    while isinstance(node, (exp.Cast, exp.Paren, exp.TsOrDsToDate)):
        node = node.parent
    return node


def _column_of(literal: exp.Literal) -> str | None:
    """The column that a text literal is compared with for equality, in lower case."""
    node = _comparison(literal)
    if not isinstance(node, (exp.EQ, exp.NEQ, exp.In)):
        return None
    columns = {column.name.lower() for column in node.find_all(exp.Column)}
    return columns.pop() if len(columns) == 1 else None


def _stored_as(attribute: Attribute) -> str:
    """The column of an attribute, in lower case; of an expression over it, the expression."""
    return (attribute.expression or attribute.name).strip('"').lower()


def _number_kind(item: Item) -> str:
    return "percent" if item.percent else "ordinal" if item.ordinal else "number"


def _date(text: str) -> dt.date | None:
    try:
        moment = dt.datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return moment.date() if moment.time() == dt.time() and len(text.strip()) >= 10 else None


def _subject(tree: exp.Expr, model: SemanticModel) -> str:
    tables = {entity.table.lower(): entity.name for entity in model.entities}
    named = [tables[table.name.lower()] for table in tree.find_all(exp.Table) if table.name.lower() in tables]
    return named[0] if named else model.entities[0].name


# --- aligning --------------------------------------------------------------------------------------------------------


def _parts(tokens: list[Token], slots: dict[int, tuple[Slot, int]]) -> Iterator[str | Slot]:
    at, opening = 0, True
    while at < len(tokens):
        if at in slots:
            slot, at = slots[at]
            opening = False
            yield slot
            continue
        token = tokens[at]
        opening = opening and (token.lemma in _OPENING or _is_silent(token))
        if not opening and not _is_silent(token):
            yield token.lemma
        at += 1


def _is_silent(token: Token) -> bool:
    return token.mark or token.lower in _SILENT


def _aligned(template: Template, tokens: list[Token], items: list[Item]) -> dict[int, str] | None:
    """The constants that the question puts into the template's places; None where it says something else."""
    starting = {item.start: item for item in items}
    placed: dict[int, str] = {}
    at, opening = 0, True
    for part in template.parts:
        while at < len(tokens) and (_is_silent(tokens[at]) or (opening and tokens[at].lemma in _OPENING)):
            if isinstance(part, Slot) and at in starting and part.fill(starting[at]) is not None:
                break
            at += 1
        opening = False
        if at >= len(tokens):
            return None
        if isinstance(part, str):
            if tokens[at].lemma != part:
                return None
            at += 1
            continue
        item = starting.get(at)
        filled = None if item is None else part.fill(item)
        if item is None or filled is None:
            return None
        placed |= filled
        at = item.end
    return placed if all(_is_silent(token) for token in tokens[at:]) else None
