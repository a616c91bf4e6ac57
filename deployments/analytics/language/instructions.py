"""Sentences that say how to write the answer rather than what to ask: "Match strings exactly", "as an integer"."""

from __future__ import annotations

import re

_COMPARING = re.compile(
    r"(?:(?<=[.?!;])|(?<=^))\s*(?:please\s+)?(?:match|compare|treat|use)\b[^.?!]*\b(?:case|exact|exactly|exact match|insensitive\w*|sensitive\w*)\b[^.?!]*[.?!]?",
    re.IGNORECASE,
)
_WRITING = re.compile(
    r"(?:(?<=[.?!;])|(?<=^))\s*(?:please\s+)?(?:give|return|show|express|present|format|write|state)\s+(?:me\s+)?(?:the|your)?\s*"
    r"(?:answer|result|output|number|value)s?\s+(?:as|in)\s+(?:an?\s+)?(?:integers?|whole numbers?|numbers?|decimals?|floats?|fractions?)\s*[.?!]?",
    re.IGNORECASE,
)


def without_instructions(text: str) -> tuple[str, tuple[str, ...]]:
    """The text without such sentences, and what to say of them."""
    said: list[str] = []
    if _COMPARING.search(text):
        text = _COMPARING.sub(" ", text)
        said.append("names are matched to the values that the data holds, whatever their case")
    if _WRITING.search(text):
        text = _WRITING.sub(" ", text)
        said.append("numbers are exact: nothing is rounded")
    return text.strip(), tuple(said)
