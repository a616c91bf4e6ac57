"""Whole words for the clipped ones of a schema: "shipment" for `shp`, "freight charge" for `frt_chrg`, "cost center" for `cc`.

What a fragment of a name stands for cannot be told from the fragment alone (`shp`: shape, shop, shipment), but a question brings the
word along. A word that nothing else in the model is called is tried as the long form of the fragments that no dictionary explains,
and is read so where exactly one fits. The reading is said among the assumptions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import simplemma

from deployments.analytics.language.lexicon import FILLERS, GRADABLE, GRAINS, LIGHT_VERBS, PHRASES
from deployments.analytics.language.text import Token, stem_of
from deployments.analytics.language.vocabulary import Vocabulary
from deployments.analytics.model.infer.words import ABBREVIATIONS, common_words, pieces, plural, singular
from deployments.analytics.model.schema import SemanticModel
from deployments.analytics.model.values import ValueIndex

_VOWELS = re.compile(r"[aeiou]")
_CLOSED = frozenset(word for phrase in PHRASES for word in phrase) | {"percentile", "percent"}
"""Words that a question is built with."""

_INITIALS = 3
"""So many words at most are said by their initials."""


class Shortened:
    """The clipped words of a model's names, and what they are called in its labels."""

    def __init__(self, model: SemanticModel, vocabulary: Vocabulary, values: ValueIndex) -> None:
        self._vocabulary, self._values = vocabulary, values
        self._labels: set[str] = set()
        self._meant: dict[str, str] = {}
        self._beside: set[tuple[str, str]] = set()
        self._tables: set[str] = set()
        names: list[tuple[str, str]] = []
        for entity in model.entities:
            if entity.hidden:
                continue
            names.append((entity.table or entity.name, entity.label))
            self._tables.add(entity.label)
            names += [(each.name, each.label) for each in entity.attributes if not each.hidden]
        for _, label in names:
            words = label.lower().split()
            self._labels |= {singular(word) for word in words}
            self._beside |= set(pairwise(words))
        for name, label in names:
            self._meant |= dict(_clipped(name, label.lower().split()))

    def written_out(self, tokens: list[Token]) -> tuple[list[Token], list[tuple[str, str]]]:
        """The tokens with whole words read as the fragments they are clipped to, and which words were read as what."""
        if not self._meant:
            return tokens, []
        out: list[Token] = []
        said: list[tuple[str, str]] = []
        i = 0
        while i < len(tokens):
            size, meant = self._at(tokens, i)
            if meant:
                words = " ".join(token.text for token in tokens[i : i + size])
                last = tokens[i + size - 1]
                out.append(_as(replace(last, start=tokens[i].start), meant))
                said.append((words, meant))
            else:
                out += tokens[i : i + size]
            i += size
        return self._with_neighbours(out, said), said

    def _with_neighbours(self, tokens: list[Token], said: list[tuple[str, str]]) -> list[Token]:
        """Beside a word that was read so, also one that is otherwise a verb or says little: the charge of "freight charge"."""
        out = list(tokens)
        for i, token in enumerate(tokens):
            if not self._is_word(token) or token.lemma in self._meant.values() or token.lemma in self._labels:
                continue
            meant = self._long_form(token)
            before, after = (tokens[at].lemma if 0 <= at < len(tokens) else "" for at in (i - 1, i + 1))
            changed = {meant for _, meant in said}
            if meant and (
                (before in changed and (before, meant) in self._beside)
                or (after in changed and (meant, after) in self._beside)
            ):
                out[i] = _as(token, meant)
                said.append((token.text, meant))
        return out

    def _at(self, tokens: list[Token], i: int) -> tuple[int, str]:
        for size in range(min(_INITIALS, len(tokens) - i), 1, -1):
            span = tokens[i : i + size]
            if all(self._is_word(token) and token.lower not in FILLERS for token in span) and any(
                map(self._free, span)
            ):
                initials = "".join(token.lower[0] for token in span)
                meant = "" if initials in ABBREVIATIONS else self._meant.get(initials)
                if meant and not self._vocabulary.find(span):
                    return size, meant
        token = tokens[i]
        if self._free(token):
            return 1, self._long_form(token)
        return (1, self._doing(token)) if token.lower.endswith("ed") and self._is_word(token) else (1, "")

    def _doing(self, token: Token) -> str:
        """ "shipped" of a table `shp`: the verb that its rows are named after, with all its consonants."""
        meant = self._long_form(token)
        return meant if meant in self._tables and _fit(meant, token.lemma) == 1.0 else ""

    def _free(self, token: Token) -> bool:
        """Whether the word names nothing else."""
        word = token.lower
        if not self._is_word(token):
            return False
        if word in FILLERS or {word, token.lemma} & (LIGHT_VERBS | GRADABLE.keys() | GRAINS.keys()):
            return False
        if {word, token.lemma} & self._labels or any(c.score > 0.85 for c in self._vocabulary.find([token])):
            return False
        return not self._values.exact(token.text)

    @staticmethod
    def _is_word(token: Token) -> bool:
        word = token.lower
        plain = len(word) > 3 and word.isascii() and word.isalpha() and not token.quoted and token.number is None
        named = token.text[:1].isupper() and token.start > 0
        return plain and not named and not {word, token.lemma} & _CLOSED

    def _long_form(self, token: Token) -> str:
        best: dict[str, float] = {}
        for form in {token.lemma, token.lower}:
            for fragment, meant in self._meant.items():
                if fragment in ABBREVIATIONS and not form.startswith(fragment):
                    # What it usually stands for is known, so another word must begin with it.
                    continue
                fit = _fit(fragment, form)
                if fit:
                    best[meant] = max(best.get(meant, 0.0), fit)
        top = max(best.values(), default=0.0)
        chosen = [meant for meant, fit in best.items() if fit == top]
        return chosen[0] if len(chosen) == 1 else ""


def _as(token: Token, meant: str) -> Token:
    """The token as if the fragment had been written, in the same number."""
    text = meant if token.lower == token.lemma else plural(meant)
    return replace(token, text=text, lower=text, lemma=meant, stem=stem_of(meant))


def _clipped(name: str, label: list[str]) -> Iterator[tuple[str, str]]:
    """The fragments of a name that are no words, each with the word it became in the label."""
    parts = [part for part in pieces(name) if part.isalpha() and len(part) > 1]
    short = [part for part in parts if part not in common_words() or part in ABBREVIATIONS]
    for part in short:
        if part.endswith("id"):
            continue
        if part in ABBREVIATIONS:
            meant = ABBREVIATIONS[part].split("_")[0]
        elif simplemma.is_known(part, lang="en") and not any(_plainly_short(other) for other in short if other != part):
            continue
        else:
            meant = part
        found = next((word for word in label if word in (meant, part, singular(part))), None)
        if found is not None:
            yield part, found


def _plainly_short(part: str) -> bool:
    return part in ABBREVIATIONS or not simplemma.is_known(part, lang="en")


def _fit(fragment: str, word: str) -> float:
    """How well the fragment shortens the word; 0.0 where it does not.

    >>> [round(_fit(*pair), 2) for pair in (("shp", "shipment"), ("carr", "carrier"), ("frt", "freight"), ("shp", "ship"))]
    [0.5, 1.57, 0.6, 1.0]
    >>> [_fit(*pair) for pair in (("stn", "satisfaction"), ("cat", "country"), ("ln", "learn"))]
    [0.0, 0.0, 0.0]
    """
    if len(fragment) >= len(word) or fragment[0] != word[0]:
        return 0.0
    if len(fragment) >= 3 and word.startswith(fragment):
        return 1.0 + len(fragment) / len(word)
    letters = iter(word)
    if not all(letter in letters for letter in fragment):
        return 0.0
    skeleton, own = (text[0] + _VOWELS.sub("", text[1:]) for text in (word, fragment))
    if len(fragment) < 3 and own != skeleton:
        return 0.0
    if not skeleton.startswith(own) and own[-1] != skeleton[-1]:
        return 0.0
    share = len(own) / len(skeleton)
    return share if share >= 0.5 else 0.0
