"""One spelling for many: case, accents, punctuation and blanks do not matter when values are looked up."""

from __future__ import annotations

import re
import unicodedata

_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ß": "ss", "ı": "i", "þ": "th", "ð": "d"})
_ACRONYM = re.compile(r"\b(?:[^\W\d_]\.){2,}")
_APOSTROPHES = re.compile("['’‘`´]")
_AND = re.compile(r"\s*&\s*")
# "C++" and "C#" are other words than "C", so these two marks stay.
_REST = re.compile(r"(?:[^\w+#]|_)+")


def fold(text: str) -> str:
    """The text in lower case, without accents, with single blanks for punctuation.

    >>> fold("  Société  Générale "), fold("O'Brien & Sons, Ltd."), fold("U.S."), fold("C++")
    ('societe generale', 'obrien and sons ltd', 'us', 'c++')
    """
    if not text.isascii():
        text = _without_marks(_without_marks(text).casefold().translate(_LETTERS))
    text = text.lower()
    if "." in text:
        text = _ACRONYM.sub(lambda match: match[0].replace(".", ""), text)
    if "&" in text:
        text = _AND.sub(" and ", text)
    return _REST.sub(" ", _APOSTROPHES.sub("", text)).strip()


def _without_marks(text: str) -> str:
    return "".join(mark for mark in unicodedata.normalize("NFKD", text) if not unicodedata.combining(mark))
