"""Second pass: what tables and columns are called in words."""

from __future__ import annotations

import calendar
import re
from collections import Counter

from deployments.analytics.model.infer.draft import Column, Schema, TableDraft, Words
from deployments.analytics.model.infer.words import (
    ABBREVIATIONS,
    ALWAYS,
    AMBIGUOUS,
    abbreviates,
    common_words,
    pieces,
    plural,
    singular,
)

_TABLE_PREFIXES = frozenset("tbl tb dim fact fct stg ref lkp lu vw mst trn xref rpt agg".split())
_TABLE_SUFFIXES = frozenset("tbl dim fact fct table tab lkp mst mstr master hdr header".split())
_CALENDAR = frozenset(
    name.lower() for names in (calendar.day_name, calendar.month_name, calendar.day_abbr) for name in names if name
)
"""Names of days and months are words, not "mon" and "day" run together."""

_MOSTLY = frozenset("ord cat trans".split()) & ABBREVIATIONS.keys()
"""Ambiguous abbreviations that stand for one thing wherever their neighbours are abbreviations too."""

_FROM, _TO = frozenset(("orig", "org")), frozenset(("dest", "dst", "destination"))
"""Beside a destination these are an origin."""

_TRAVEL = {"dep": "departure", "dept": "departure", "arr": "arrival"}
_TRAVELLED = frozenset("time tm date delay hour hr station airport port city terminal gate platform stn".split())
"""Before one of these, or where the one stands beside the other, they are no department and no arrangement."""

_SHORT = frozenset("id no by of is has to at on in up".split())
_INITIALS_ID = re.compile(r"^([a-z]{1,3})(id|key|sk|no)$")
_SPECIAL = {("l", "name"): ("last", "name"), ("f", "name"): ("first", "name"), ("m", "name"): ("middle", "name"),
            ("e", "mail"): ("email",)}  # fmt: skip


def name_all(schema: Schema) -> None:
    """Fill the words of every table and column."""
    speller = Speller(schema)
    for table in schema.tables:
        table.words = speller.table_words(table)
    for table in schema.tables:
        for column in table.columns:
            column.raw_words = pieces(column.name)
            column.words = speller.column_words(table, column)
    for table in schema.tables:
        raw = " ".join(pieces(table.source.name))
        label = " ".join(table.words)
        if raw not in (label, " ".join((*table.words[:-1], plural(table.words[-1])))):
            table.synonyms = (raw,)


class Speller:
    """Writes names out, with the words of this very schema as its first dictionary."""

    def __init__(self, schema: Schema) -> None:
        self._common = common_words()
        self._table_prefix = _shared_first([pieces(table.source.name) for table in schema.tables], 0.6, self._common)
        self._column_prefix = {
            id(table): _shared_first([pieces(column.name) for column in table.columns], 0.7, self._common)
            for table in schema.tables
        }
        raw_tables = [self._bare_table(table) for table in schema.tables]
        self._settled: dict[str, str] = {}
        self._table_words = {singular(word) for words in raw_tables for word in words if len(word) > 2}
        # Words that the schema's own names set apart; a name of one piece may itself be several run together.
        self._schema_words = self._table_words | {
            word for table in schema.tables for column in table.columns
            for word in pieces(column.name) if len(word) > 3 and len(pieces(column.name)) > 1
        }  # fmt: skip
        self._initials = self._initial_ids(schema, raw_tables)
        self._settled = self._settle(schema)

    def _settle(self, schema: Schema) -> dict[str, str]:
        """What ambiguous pieces stand for all over the schema, as one of its names shows beyond doubt: the "cat" of
        `cat_nm` is that of `cat_id` and of a table `cat` too."""
        names = [column.name for table in schema.tables for column in table.columns]
        shown: dict[str, set[str]] = {}
        for parts in map(pieces, names):
            for piece in parts:
                plain = piece in AMBIGUOUS or piece in _BESIDE
                words = self._spell_beside(piece, parts) if plain and piece not in ALWAYS else (piece,)
                if len(words) == 1 and words[0] != piece:
                    shown.setdefault(piece, set()).add(words[0])
        return {piece: words.pop() for piece, words in shown.items() if len(words) == 1 and piece != "no"}

    def table_words(self, table: TableDraft) -> Words:
        """The table's name in words, in the singular."""
        parts = self._bare_table(table)
        beside = tuple(piece for piece in pieces(table.source.name) if piece not in parts) + parts
        words = tuple(word for piece in parts for word in self._spell_beside(piece, beside, is_table=True))
        return (*words[:-1], singular(words[-1]))

    def column_words(self, table: TableDraft, column: Column) -> Words:
        """The column's name in words."""
        parts = pieces(column.name)
        prefix = self._column_prefix[id(table)]
        if prefix and parts[0] == prefix and len(parts) > 1:
            parts = parts[1:]
        if len(parts) == 1 and parts[0] in self._initials:
            owners = self._initials[parts[0]]
            return (*(owners.get(table.source.name) or next(iter(owners.values()))), "id")
        if parts in _SPECIAL:
            return _SPECIAL[parts]
        words: list[str] = []
        for position, piece in enumerate(parts):
            if piece in _FROM and any(_TO & set(pieces(other.name)) for other in table.columns):
                words.append("origin")
                continue
            if piece in _TRAVEL and _of_travel(piece, parts[position + 1 :], table):
                words.append(_TRAVEL[piece])
                continue
            words.extend(self._spell_beside(piece, parts, first=position == 0))
        return _minutes(tuple(words), parts, table)

    def _bare_table(self, table: TableDraft) -> Words:
        parts = pieces(table.source.name)
        if self._table_prefix and parts[0] == self._table_prefix and len(parts) > 1:
            parts = parts[1:]
        while len(parts) > 1 and (parts[0] in _TABLE_PREFIXES or len(parts[0]) == 1):
            parts = parts[1:]
        while len(parts) > 1 and parts[-1] in _TABLE_SUFFIXES:
            parts = parts[:-1]
        return parts

    def _initial_ids(self, schema: Schema, raw_tables: list[Words]) -> dict[str, dict[str, Words]]:
        """Names like "aid" that are the unique "author id" of some table."""
        found: dict[str, dict[str, Words]] = {}
        for table, words in zip(schema.tables, raw_tables, strict=True):
            for column in table.columns:
                match = _INITIALS_ID.match(column.name.lower())
                if not match or not (column.unique or column.name in table.source.primary_key):
                    continue
                initials = "".join(word[0] for word in words)
                if match[1] == initials or (len(words) == 1 and words[0].startswith(match[1])):
                    own = tuple(word for piece in words for word in self._spell(piece, is_table=True))
                    found.setdefault(column.name.lower(), {})[table.source.name] = (*own[:-1], singular(own[-1]))
        return found

    def _spell_beside(self, piece: str, parts: Words, *, first: bool = False, is_table: bool = False) -> Words:
        """The piece written out; next to a plain abbreviation one that is mostly short for one thing is short for it."""
        if (beside := _beside(piece, parts)) is not None:
            return (beside,)
        spelled = self._spell(piece, first=first, alone=len(parts) == 1, is_table=is_table)
        shortened = any(part in ABBREVIATIONS and part not in AMBIGUOUS for part in parts)
        if spelled == (piece,) and shortened and piece in _MOSTLY:
            return tuple(ABBREVIATIONS[piece].split("_"))
        return (self._settled[piece],) if spelled == (piece,) and piece in self._settled else spelled

    def _spell(self, piece: str, *, first: bool = False, alone: bool = False, is_table: bool = False) -> Words:
        if piece.isdigit() or len(piece) < 2:
            return (piece,)
        if piece in ABBREVIATIONS and (piece not in AMBIGUOUS or piece in ALWAYS):
            return tuple(self._from_schema(piece) or ABBREVIATIONS[piece].split("_"))
        if piece in AMBIGUOUS:
            if own := self._from_schema(piece):
                return own
            if piece == "no" and not first and not alone:
                return ("number",)
            return (piece,)
        if piece in self._common or singular(piece) in self._common or piece in _CALENDAR or self._is_participle(piece):
            return (piece,)
        if not is_table and (own := self._from_schema(piece)):
            return own
        return self._segment(piece) or (piece,)

    def _is_participle(self, piece: str) -> bool:
        """ "claimed", "insured": a form of a known verb or noun, and not two words run together."""
        for ending in ("ed", "d", "ing"):
            root = piece.removesuffix(ending)
            if root != piece and len(root) > 3 and (root in self._common or root in self._table_words):
                return True
        return False

    def _from_schema(self, piece: str) -> Words:
        """The word of this schema that the piece shortens; none where two compete."""
        longer = [word for word in self._table_words if abbreviates(piece, word)]
        if not longer and piece in AMBIGUOUS:
            longer = [word for word in self._schema_words if ABBREVIATIONS.get(piece) == word]
        return (longer[0],) if len(longer) == 1 else ()

    def _segment(self, text: str) -> Words:
        """The fewest known words, two to four, that make up the text; or nothing."""
        best: list[tuple[float, Words] | None] = [(0.0, ())] + [None] * len(text)
        for end in range(1, len(text) + 1):
            for start in range(max(0, end - 18), end):
                before, part = best[start], text[start:end]
                if before is None or part == text:
                    continue
                cost = self._part_cost(part, at_end=end == len(text))
                if cost is None:
                    continue
                total = before[0] + cost
                current = best[end]
                if current is None or total < current[0]:
                    best[end] = (total, (*before[1], part))
        found = best[-1]
        if found is None or len(found[1]) < 2 or len(found[1]) > 4:
            return ()
        out: list[str] = []
        for part in found[1]:
            if part in ABBREVIATIONS and part not in self._common:
                out.extend(self._from_schema(part) or ABBREVIATIONS[part].split("_"))
            elif part == "no":
                out.append("number")
            elif part in self._common or part in self._table_words or part in _SHORT:
                out.append(part)
            else:
                out.extend(self._from_schema(part) or (part,))
        # A word that is its own table's name is no compound of a piece of itself ("voyage" of "voy" and "age").
        return () if singular(text) in out else tuple(out)

    def _part_cost(self, part: str, *, at_end: bool) -> float | None:
        if part in _SHORT:
            return 1.0 if at_end or part not in ("no", "id") else 2.5
        if len(part) < 3:
            return None
        if part in self._table_words or singular(part) in self._table_words:
            return 0.9
        if part in self._common or part in self._schema_words:
            return 1.0 if len(part) > 3 else 1.2
        if part in ABBREVIATIONS:
            return 1.4
        return 1.6 if len(self._from_schema(part)) == 1 else None


def _of_travel(piece: str, after: Words, table: TableDraft) -> bool:
    """Whether "dep" and "arr" are a departure and an arrival."""
    beside = {part for column in table.columns for part in pieces(column.name)}
    other = {"arr", "arrival"} if _TRAVEL[piece] == "departure" else {"dep", "dept", "departure"}
    return bool(_TRAVELLED & set(after[:1])) or bool(after and other & beside)


_BESIDE = {
    "cls": ("close", "dt date tm time ts".split()),
    "ln": ("line", "ord order inv invoice po no nbr num number item itm".split()),
    "pt": ("point", "reord reorder".split()),
    "curr": ("current", "bal balance amt amount prc price sal salary stat sts status val value qty stk addr".split()),
    "int": ("interest", "rt rate amt amount".split()),
    "stat": ("status", "cd code desc typ type".split()),
    "seg": ("segment", "cd code nm name desc typ type id".split()),
    "crd": ("credit", "scr score lim limit rtg".split()),
}
"""Short forms of several words, and beside which others they are short for one."""


def _beside(piece: str, parts: Words) -> str | None:
    """What the piece stands for, as those around it tell."""
    word, neighbours = _BESIDE.get(piece, ("", ()))
    return word if word and set(neighbours) & set(parts) else None


def _minutes(words: Words, parts: Words, table: TableDraft) -> Words:
    """ "min" after another word is minutes, unless a "max" stands beside it."""
    if len(parts) < 2 or parts[-1] != "min":
        return words
    beside = {pieces(column.name) for column in table.columns}
    return words if (*parts[:-1], "max") in beside else (*words[:-1], "minutes")


def _shared_first(names: list[Words], share: float, common: frozenset[str]) -> str:
    """The first piece that most names share and that means nothing by itself, or ""."""
    if len(names) < 3:
        return ""
    ((word, count),) = Counter(parts[0] for parts in names if len(parts) > 1).most_common(1) or [("", 0)]
    meaningful = word in common or word in ABBREVIATIONS or word in _SHORT or word.isdigit()
    return word if count >= max(3, share * len(names)) and not meaningful else ""
