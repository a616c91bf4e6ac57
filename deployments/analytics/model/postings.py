"""Which values hold a word or a trigram: sorted codes that point into one array of value numbers."""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Iterable, Iterator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

_MOST_READ = 30_000
"""Most entries read for one look-up; a trigram that a tenth of all values hold tells nothing."""

_CHUNK = 50_000
"""Texts whose pairs are made at once."""


class Block(Protocol):
    """Strings as one block of UTF-8 bytes, text `i` at block[offsets[i]:offsets[i + 1]]; offsets are 64-bit."""

    block: bytes
    offsets: array[int]


class Postings:
    """For each key the ascending numbers of the values that hold it."""

    def __init__(self, chunks: Iterable[NDArray[np.uint64]]) -> None:
        """Each pair is a key in the upper and a value's number in the lower 32 bits, in any order; sorted in place.

        The values of a chunk come after those of the chunks before it, so that no more than one chunk is held as pairs."""
        parts = [_Part(pairs) for pairs in chunks]
        self._keys = np.unique(np.concatenate([part.keys for part in parts])) if parts else np.array([], np.uint32)
        totals = np.zeros(len(self._keys), dtype=np.int64)
        places = [np.searchsorted(self._keys, part.keys) for part in parts]
        for part, place in zip(parts, places, strict=True):
            totals[place] += part.counts
        starts = np.append(0, np.cumsum(totals))
        self._starts = starts.astype(np.uint32)
        self._values = np.empty(int(starts[-1]), dtype=np.uint32)
        free = starts[:-1].copy()
        for part, place in zip(parts, places, strict=True):
            first = np.cumsum(part.counts) - part.counts
            self._values[np.repeat(free[place] - first, part.counts) + np.arange(len(part.values))] = part.values
            free[place] += part.counts
            part.values = part.values[:0]

    def of(self, key: int) -> NDArray[np.uint32]:
        """The values that hold the key."""
        at = int(np.searchsorted(self._keys, np.uint32(key)))
        if at >= len(self._keys) or int(self._keys[at]) != key:
            return self._values[:0]
        return self._values[self._starts[at] : self._starts[at + 1]]

    def all_of(self, words: list[str]) -> NDArray[np.uint32]:
        """The values that hold every word."""
        lists = sorted((self.of(word_code(word)) for word in words), key=len)
        found = lists[0]
        for other in lists[1:]:
            found = found[np.isin(found, other, assume_unique=True)]
        return found

    def most_shared(self, keys: set[int], needed: int, limit: int) -> list[int]:
        """The values that share most keys.

        Whatever lacks all of the `needed` rarest keys differs too much, so only those lists are read, and of the
        others as much as is cheap."""
        lists = sorted((found for key in keys if len(found := self.of(key))), key=len)
        taken: list[NDArray[np.uint32]] = []
        total = 0
        for place, found in enumerate(lists):
            if total + len(found) > _MOST_READ and place > 0:
                break
            if place >= needed and total > limit * 20:
                break
            taken.append(found)
            total += len(found)
        if not taken:
            return []
        candidates, counts = np.unique(np.concatenate(taken), return_counts=True)
        if len(candidates) > limit:
            keep = np.argpartition(counts, len(counts) - limit)[-limit:]
            candidates = candidates[keep]
        return [int(candidate) for candidate in candidates]


class _Part:
    """The postings of one chunk: its distinct keys, how many values each has, and the values in the keys' order."""

    __slots__ = ("counts", "keys", "values")

    def __init__(self, pairs: NDArray[np.uint64]) -> None:
        pairs.sort()
        if len(pairs):
            pairs = pairs[np.append(True, pairs[1:] != pairs[:-1])]
        self.values = (pairs & np.uint64(0xFFFFFFFF)).astype(np.uint32)
        keys = (pairs >> np.uint64(32)).astype(np.uint32)
        starts = np.flatnonzero(np.append(True, keys[1:] != keys[:-1])) if len(keys) else np.array([], dtype=np.int64)
        self.keys = keys[starts]
        self.counts = np.diff(np.append(starts, len(keys)))


def word_code(word: str) -> int:
    """A 32-bit number for a word (CRC-32), so that the arrays hold numbers only; two words may share one."""
    return zlib.crc32(word.encode())


def word_postings(strings: Block) -> Postings:
    """Postings of the words, which single blanks part."""
    return Postings(_word_pairs(strings, start, stop) for start, stop in _chunks(strings))


def _chunks(strings: Block) -> Iterator[tuple[int, int]]:
    size = len(strings.offsets) - 1
    return ((start, min(size, start + _CHUNK)) for start in range(0, size, _CHUNK))


def _word_pairs(strings: Block, start: int, stop: int) -> NDArray[np.uint64]:
    pairs = array("Q")
    block, offsets = strings.block, strings.offsets
    for number in range(start, stop):
        for word in block[offsets[number] : offsets[number + 1]].split(b" "):
            pairs.append(zlib.crc32(word) << 32 | number)
    return np.array(pairs, dtype=np.uint64)


def trigrams(text: str) -> set[int]:
    """The trigrams of a text's bytes, with a blank before and after."""
    data = f" {text} ".encode()
    return {data[i] << 16 | data[i + 1] << 8 | data[i + 2] for i in range(len(data) - 2)}


def trigram_postings(strings: Block) -> Postings:
    """Postings of the trigrams."""
    return Postings(_trigram_pairs(strings, start, stop) for start, stop in _chunks(strings))


def _trigram_pairs(strings: Block, start: int, stop: int) -> NDArray[np.uint64]:
    """The pairs of a run of texts, taken from its part of the block at once."""
    offsets = np.array(strings.offsets[start : stop + 1], dtype=np.int64)
    block = np.frombuffer(strings.block, dtype=np.uint8)[offsets[0] : offsets[-1]]
    # Every text gets a blank before and after itself, so that beginnings and ends count as trigrams too.
    lengths = np.diff(offsets)
    padded = np.full(len(block) + 2 * (stop - start), ord(" "), dtype=np.uint8)
    starts = offsets[:-1] - offsets[0] + 2 * np.arange(stop - start)
    owner = np.repeat(np.arange(start, stop, dtype=np.uint32), lengths + 2)
    inner = np.ones(len(padded), dtype=bool)
    inner[starts] = False
    inner[starts + lengths + 1] = False
    padded[inner] = block
    wide = padded.astype(np.uint64)
    pairs: NDArray[np.uint64] = (
        wide[:-2] << np.uint64(48) | wide[1:-1] << np.uint64(40) | wide[2:] << np.uint64(32) | owner[:-2]
    )
    same: NDArray[np.bool_] = owner[:-2] == owner[2:]
    return pairs[same]
