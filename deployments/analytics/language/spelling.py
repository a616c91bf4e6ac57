"""Misspelt words of the closed classes put right: "avergae", "desending", "Janurary".

Names of the model's things and values have their own tolerance where they are looked up; here stand the words that a
question is built with, which no model knows. A word is put right when it is no English word, names nothing in the data,
and one word alone is so near.
"""

from __future__ import annotations

import re

import simplemma
from rapidfuzz import process
from rapidfuzz.distance import OSA

from deployments.analytics.language.dates import MONTHS, WEEKDAYS
from deployments.analytics.language.lexicon import CHART_WORDS, GRADABLE, GRAINS, PHRASES
from deployments.analytics.language.mentions import IRREGULAR
from deployments.analytics.language.text import Token, tokenize
from deployments.analytics.language.vocabulary import Vocabulary
from deployments.analytics.model.values import ValueIndex

_SHORTEST = 5
"""Shorter words have too many neighbours."""
_LONG = 8
"""From this length on, two letters may be wrong."""

_WORD = re.compile(r"[^\W\d_]+")


def _graded(adjective: str) -> tuple[str, str]:
    root = adjective.removesuffix("e")
    root = f"{root[:-1]}i" if root.endswith("y") else root
    return f"{root}er", f"{root}est"


_KNOWN = sorted(
    word
    for word in {
        *(word for phrase in PHRASES for word in phrase),
        *(form for adjective in GRADABLE for form in (adjective, *_graded(adjective))),
        *IRREGULAR, *GRAINS, *CHART_WORDS, *MONTHS, *WEEKDAYS, "yesterday", "today", "tomorrow", "months", "quarters",
        "weeks", "years", "compare", "compared", "previous", "percentage", "change", "growth", "trend", "ordered",
    }
    if len(word) >= _SHORTEST and _WORD.fullmatch(word) and word != "depending"  # which "desending" is as near to
)  # fmt: skip
_KNOWN_SET = frozenset(_KNOWN)
_CAPITALISED = frozenset(word[:3] for word in (*MONTHS, *WEEKDAYS))
"""How the words begin that are written with a capital letter."""

_SHORT_LENGTHS = (3, 4)
_SHORT = frozenset(
    word
    for word in {*(word for phrase in PHRASES for word in phrase), "the", "with", "from"}
    if len(word) in _SHORT_LENGTHS and word.isalpha()
)


class Spelling:
    """Puts questions over one model right."""

    def __init__(self, vocabulary: Vocabulary, values: ValueIndex) -> None:
        self._vocabulary = vocabulary
        self._values = values

    def put_right(self, text: str) -> tuple[str, list[tuple[str, str]]]:
        """The text with misspelt words replaced, and each of them with what it is read as."""
        found = [(token, meant) for token in tokenize(text) if (meant := self._meant(token)) is not None]
        for token, meant in reversed(found):
            text = f"{text[: token.start]}{meant}{text[token.end :]}"
        return text, [(token.text, meant) for token, meant in found]

    def _meant(self, token: Token) -> str | None:
        word = token.lower
        if len(word) in _SHORT_LENGTHS:
            return self._transposed(token)
        if token.quoted or len(word) < _SHORTEST or not _WORD.fullmatch(word) or word in _KNOWN_SET:
            return None
        if token.text[:1].isupper() and token.start > 0 and word[:3] not in _CAPITALISED:
            # A name, of something that the data does not hold.
            return None
        if self._is_a_word(token):
            return None
        most = 1 if len(word) < _LONG else 2
        near = process.extract(word, _KNOWN, scorer=OSA.distance, score_cutoff=most, limit=5)
        alike = [known for known, distance, _ in near if known[0] == word[0] and distance == near[0][1]]
        if len(alike) > 1:
            # Of two that are as near, the one that ends like the word: "orderd" is ordered.
            alike = [known for known in alike if known[-1] == word[-1]]
        own = process.extractOne(
            word, self._vocabulary.words, scorer=OSA.distance, score_cutoff=near[0][1] if near else 0
        )
        return alike[0] if len(alike) == 1 and (own is None or own[0] == alike[0]) else None

    def _is_a_word(self, token: Token) -> bool:
        english = simplemma.is_known(token.lower, lang="en")
        return bool(english or self._vocabulary.find([token]) or self._values.exact(token.text))

    def _transposed(self, token: Token) -> str | None:
        """ "mnay", "waht": two letters of a short word that changed places."""
        if token.quoted or not _WORD.fullmatch(token.lower) or token.lower in _SHORT or self._is_a_word(token):
            return None
        alike = [
            word for word in _SHORT if OSA.distance(word, token.lower) == 1 and sorted(word) == sorted(token.lower)
        ]
        return alike[0] if len(alike) == 1 else None
