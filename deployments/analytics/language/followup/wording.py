"""The wordings that say how an edit is meant: added, put instead, or taken away."""

from __future__ import annotations

import re

EDITS = re.compile(
    r"^(and|what about|how about|only|just|for .* only|for only|same|instead|but|excluding|exclude|without|sort|order|compare|split|break|drill|"
    r"make|filter|limit|restrict|narrow|keep|add|remove|show (?:me )?(?:it|them|only|just|that|the same)|or|vs|versus|ascending|descending|"
    r"also|then|now|ok(?:ay)?)\b",
    re.IGNORECASE,
)
"""How an edit opens."""

ADDS = re.compile(
    r"\b(also|add|as well|too|split|break|additionally|drill|further|in addition|plus)\b|^and\b", re.IGNORECASE
)
"""What is said is added to what was there."""

SHARES = re.compile(
    r"^(?:(?:and|now|but|then) )?(?:as|in) (?:a |an |the )?(?:share|percent|percentage|percentages|proportion|fraction|%)(?:\W|$)",
    re.IGNORECASE,
)
"""What was shown is to be shown as a part of the whole."""

REPLACES = re.compile(r"\b(instead|rather|replace|change|switch|not by|roll up|drill up)\b", re.IGNORECASE)
"""What is said takes the place of what was there."""

ROWS = re.compile(
    r"^(?:(?:and|but|so|ok(?:ay)?|please|can you|could you|now|just|then) )*"
    r"(?:(?:list|show|name|display|give|see)(?: me| us)?(?: all(?: of)?)? (?:them|those|these)(?: all)?"
    r"|(?:which|what) (?:ones?|are (?:they|those|these))(?: are (?:they|those|these))?|which|who"
    r"|who (?:are|were|is) (?:they|those|these|it|that)|(?:and )?who(?: \w+)? there)(?: please)?[?.! ]*$",
    re.IGNORECASE,
)
"""The rows behind a number are asked for."""

CLEARS = re.compile(
    r"^(?:(?:and|now|ok(?:ay)?|please) )*(?:remove|drop|clear|reset|delete|undo|without)(?: all)?(?: of)?(?: the| my| these| those| any)? ?"
    r"(?:filters?|conditions?|restrictions?)(?: again| please)?[.! ]*$",
    re.IGNORECASE,
)
"""Every condition goes."""

DROPS = re.compile(r"\b(all|any|every|remove|drop|regardless|without the filter|clear)\b.*\b(again|filter|now|of)\b|^all\b|\bremove\b|\bregardless\b",
                    re.IGNORECASE)  # fmt: skip
"""Conditions on what is named go."""


DISTINCT = re.compile(
    r"^(?:(?:and|but|now|ok(?:ay)?|please|just|only) )*(?:(?:show|list|give|keep|see)(?: me| us)? )?(?:only |just |all )?(?:the )?"
    r"(?:(?:distinct|unique|different) (?:results?|values?|ones|rows|entries|items)(?: only)?(?: (?:of|among|in) (?:them|these|those|it))?"
    r"|(?:filter out|remove|drop|without|no|skip|eliminate|hide)(?: all)?(?: the| any)? (?:duplicates?|repeats?|repetitions?|duplicate (?:rows|values|entries|ones)))"
    r"(?: please)?[?.! ]*$",
    re.IGNORECASE,
)
"""Each of the values once."""


_FRONTED = re.compile(
    r"^(?:and |but )?(?:out )?of (?P<those>(?:those|these)(?: [a-z]+){0,2}),? how many (?P<rest>.+)$", re.IGNORECASE
)


def with_how_many_first(text: str) -> str:
    """The usual order of "of those customers, how many are in the US".

    >>> with_how_many_first("of those customers, how many are in the US?")
    'how many of those customers are in the US?'
    """
    found = _FRONTED.match(text)
    return f"how many of {found['those']} {found['rest']}" if found else text


def takes_the_rest(text: str) -> bool:
    """Whether the message is wholly one of these wordings, so that no word of it needs to be known by the data."""
    return any(wording.match(text.strip()) for wording in (ROWS, CLEARS, DISTINCT))
