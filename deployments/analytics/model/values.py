"""The values of the data, looked up the way people spell them.

All text-like values of the model stand folded and sorted in one block of bytes, beside arrays of numbers: a million
distinct values take some tens of megabytes and a look-up costs microseconds. Words and trigrams point into that order.
"""

from __future__ import annotations

import bisect
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from rapidfuzz import fuzz, process

from deployments.analytics.model.folding import fold
from deployments.analytics.model.infer.words import plural, singular
from deployments.analytics.model.postings import Postings, trigram_postings, trigrams, word_postings
from deployments.analytics.model.schema import Attribute, DataType, Entity, Role, SemanticModel
from deployments.analytics.warehouse.connect import Warehouse

__all__ = ["ValueIndex", "ValueMatch", "fold"]

_INDEXED = (Role.LABEL, Role.CATEGORY, Role.CODE, Role.TEXT, Role.KEY, Role.REFERENCE)
_LONG = 80
"""Attributes whose values are longer than this on average are prose, not values that people name."""
_MOST = 1_000_000
"""Most values kept of one attribute; the most frequent ones."""
_CUTOFF = 84.0
_SHORTLIST = 400
_CONTAINING = 100
_READ = 5_000
"""Most values whose length is looked at for those that contain a phrase."""


@dataclass(frozen=True, slots=True)
class ValueMatch:
    """A value of the data that a phrase may mean.

    `value` is as stored; `score` is 1 for the very text, lower the looser the match; `frequency` is the number of rows
    that hold it. "coded": it says the same in other letters (CA for California)."""

    entity: str
    attribute: str
    value: str
    score: float
    how: Literal["exact", "folded", "containing", "fuzzy", "coded"]
    frequency: int


class ValueIndex:
    """Build it once; look-ups do not touch the warehouse and may run in several threads."""

    def __init__(self, entries: Iterable[tuple[str, str, str, int]]) -> None:
        """Entries are (entity, attribute, value, frequency)."""
        owners: dict[tuple[str, str], int] = {}
        folded: list[str] = []
        owner, frequencies = array("I"), array("Q")

        def kept() -> Iterator[str]:
            for entity, attribute, value, frequency in entries:
                if text := fold(value):
                    folded.append(text)
                    owner.append(owners.setdefault((entity, attribute), len(owners)))
                    frequencies.append(frequency)
                    yield value

        values = Strings(kept())
        self.max_tokens = max((text.count(" ") + 1 for text in folded), default=0)
        order = array("I", sorted(range(len(folded)), key=folded.__getitem__))
        self._folded = Strings(folded[i] for i in order)
        folded.clear()
        self._owners = list(owners)
        self._owner = array("I", (owner[i] for i in order))
        self._frequency = array("Q", (frequencies[i] for i in order))
        self._values = values.reordered(order)
        del values, order
        self._words: Postings = word_postings(self._folded)
        self._trigrams: Postings = trigram_postings(self._folded)

    @classmethod
    def build(cls, warehouse: Warehouse, model: SemanticModel) -> ValueIndex:
        """Read the distinct values of the model's text-like attributes. Raises WarehouseUnavailable."""
        return cls(_read(warehouse, model))

    def __len__(self) -> int:
        return len(self._folded)

    def exact(self, phrase: str) -> tuple[ValueMatch, ...]:
        """The values that are this phrase but for case, accents, punctuation and blanks; best first."""
        folded = fold(phrase)
        if not folded:
            return ()
        start = bisect.bisect_left(self._folded, folded)
        found = []
        for index in range(start, len(self._folded)):
            if self._folded[index] != folded:
                break
            same = self._values[index] == phrase
            found.append(self._match(index, 1.0 if same else 0.98, "exact" if same else "folded"))
        return _best(found)

    def has_prefix(self, tokens: tuple[str, ...]) -> bool:
        """Whether any value is or begins with these words."""
        prefix = fold(" ".join(tokens))
        start = bisect.bisect_left(self._folded, prefix)
        if not prefix or start >= len(self._folded):
            return False
        first = self._folded[start]
        return first == prefix or first.startswith(prefix + " ")

    def containing(self, phrase: str) -> tuple[ValueMatch, ...]:
        """The values that hold every word of the phrase and more; the shortest first, at most a hundred."""
        words = fold(phrase).split()
        if not words:
            return ()
        indexes = self._words.all_of(words)
        folded = " ".join(words)
        found = []
        if len(indexes) > 2 * _CONTAINING:
            lengths = np.array(
                [self._folded.offsets[i + 1] - self._folded.offsets[i] for i in indexes[:_READ].tolist()]
            )
            indexes = indexes[np.argpartition(lengths, 2 * _CONTAINING - 1)[: 2 * _CONTAINING]]
        for index in indexes.tolist():
            text = self._folded[index]
            if text == folded or not set(words) <= set(text.split()):
                continue  # the whole value, or a word of the same code
            whole = f" {folded} " in f" {text} "
            share = len(words) / (text.count(" ") + 1)
            found.append(self._match(index, round((0.6 if whole else 0.5) + 0.3 * share, 4), "containing"))
        return _best(found)[:_CONTAINING]

    def fuzzy(self, phrase: str, limit: int = 5) -> tuple[ValueMatch, ...]:
        """The values that are spelled nearly like the phrase, or are its singular or plural; best first."""
        folded = fold(phrase)
        if len(folded) < 3:
            return ()
        near: dict[int, float] = {}
        for other in _numbers(folded):
            start = bisect.bisect_left(self._folded, other)
            while start < len(self._folded) and self._folded[start] == other:
                near[start] = 97.0
                start += 1
        texts = {index: self._folded[index] for index in self._alike(folded)}
        for _, score, index in process.extract(folded, texts, scorer=fuzz.ratio, score_cutoff=_CUTOFF, limit=limit * 8):
            if texts[index] != folded:
                near[index] = max(near.get(index, 0.0), score)
        found = [self._match(index, round(score / 100 * 0.97, 4), "fuzzy") for index, score in near.items()]
        return _best(found)[:limit]

    def _alike(self, folded: str) -> list[int]:
        """The values that share most trigrams with the text."""
        edits = max(1, int(len(folded) * 2 * (1 - _CUTOFF / 100)))
        return self._trigrams.most_shared(trigrams(folded), needed=3 * edits + 1, limit=_SHORTLIST)

    def _match(self, index: int, score: float, how: Literal["exact", "folded", "containing", "fuzzy"]) -> ValueMatch:
        entity, attribute = self._owners[self._owner[index]]
        return ValueMatch(entity, attribute, self._values[index], score, how, self._frequency[index])


class Strings(Sequence[str]):
    """Many strings as one block of bytes."""

    def __init__(self, texts: Iterable[str]) -> None:
        block = bytearray()
        self.offsets = array("Q", (0,))
        for text in texts:
            block += text.encode("utf-8", "replace")
            self.offsets.append(len(block))
        self.block = bytes(block)

    def reordered(self, order: Iterable[int]) -> Strings:
        """The same strings in another order."""
        made = Strings(())
        block = bytearray()
        for index in order:
            block += self.block[self.offsets[index] : self.offsets[index + 1]]
            made.offsets.append(len(block))
        made.block = bytes(block)
        return made

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, index: int) -> str:  # type: ignore[override]
        return self.block[self.offsets[index] : self.offsets[index + 1]].decode("utf-8")


def _best(found: list[ValueMatch]) -> tuple[ValueMatch, ...]:
    return tuple(sorted(found, key=lambda m: (-m.score, -m.frequency, m.entity, m.attribute, m.value)))


def _numbers(folded: str) -> list[str]:
    """The phrase with its last word in the other number."""
    *before, last = folded.split()
    others = {singular(last), plural(singular(last))} - {last}
    return [" ".join((*before, other)) for other in sorted(others)]


def _read(warehouse: Warehouse, model: SemanticModel) -> Iterator[tuple[str, str, str, int]]:
    for entity in model.entities:
        if entity.hidden:
            continue
        for attribute in entity.attributes:
            if _is_indexed(attribute):
                for value, frequency in warehouse.query(_distinct_values(entity, attribute)):
                    yield entity.name, attribute.name, str(value), int(frequency)


def _is_indexed(attribute: Attribute) -> bool:
    if attribute.hidden or attribute.data_type is not DataType.TEXT or attribute.role not in _INDEXED:
        return False
    texts = [value for value in attribute.samples if isinstance(value, str)]
    if texts and sum(map(len, texts)) > _LONG * len(texts):
        return False
    return bool(texts) or attribute.expression is not None or not attribute.distinct_count


def _distinct_values(entity: Entity, attribute: Attribute) -> str:
    value = attribute.expression or _quoted(attribute.name)
    return (
        f"SELECT CAST({value} AS VARCHAR) AS v, count(*) AS n FROM {table_sql(entity)} "
        f"WHERE {value} IS NOT NULL AND length(CAST({value} AS VARCHAR)) <= 300 GROUP BY 1 ORDER BY n DESC, v LIMIT {_MOST}"
    )


def table_sql(entity: Entity, *, whole: bool = False) -> str:
    """The entity's table, quoted, or its query in parentheses. Of a table with a row policy the rows that it lets
    through, unless the `whole` is asked for while the model is built."""
    if entity.sql:
        return f"({entity.seen or entity.sql}) AS t"
    table = ".".join(_quoted(part) for part in (entity.catalog, entity.schema_name, entity.table) if part)
    return f"(SELECT * FROM {table} WHERE {entity.row_policy}) AS t" if entity.row_policy and not whole else table


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
