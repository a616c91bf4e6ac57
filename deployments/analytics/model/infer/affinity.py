"""How well a column's name speaks of a table: the evidence that keys and links share."""

from __future__ import annotations

from deployments.analytics.model.infer.draft import Column, TableDraft, Words
from deployments.analytics.model.infer.words import abbreviates, common_words, singular

ID_WORDS = frozenset("id key code number sk pk uid uuid guid identifier nk ids".split())
"""Words that say that what stands before them is identified, not described."""
_PLAIN_IDS = frozenset("id key sk pk uid uuid guid identifier code".split())


def stem(words: Words) -> Words:
    """The words before the words of identification, each in the singular.

    >>> stem(("customers", "id")), stem(("id",)), stem(("source", "airport"))
    (('customer',), (), ('source', 'airport'))
    """
    while words and words[-1] in ID_WORDS:
        words = words[:-1]
    return tuple(singular(word) for word in words)


def subject(words: Words) -> Words:
    """The stem of a name that identifies by name: what a natural key is about.

    >>> subject(("state", "name")), subject(("airport", "code")), subject(("name",))
    (('state',), ('airport',), ())
    """
    return stem(words[:-1] if words[-1:] == ("name",) else words)


def identifies(column: Column) -> bool:
    """Whether the name ends in a word of identification."""
    return bool(column.words) and column.words[-1] in ID_WORDS


def is_plain_id(column: Column) -> bool:
    """Whether the name is a word of identification and nothing else ("id")."""
    return len(column.words) == 1 and column.words[0] in _PLAIN_IDS


def affinity(words: Words, table: TableDraft) -> float:
    """From 0 to 1: how well a stem names the table.

    1 the table's name; 0.9 the name after other words, which are then a role ("source airport"); 0.85 the end of the
    name ("channel" of "tv channel"); 0.75 its beginning, its words with some left out, or a shortening of it."""
    own = tuple(singular(word) for word in table.words)
    if not words:
        return 0.0
    if words == own:
        return 1.0
    if len(words) > len(own) and words[-len(own) :] == own:
        return 0.9
    if len(words) < len(own) and own[-len(words) :] == words:
        return 0.85
    if len(words) < len(own) and own[: len(words)] == words:
        return 0.75
    if 1 < len(words) < len(own) and _in_order(words, own):
        return 0.75
    if "".join(words) == "".join(own):
        return 1.0
    return 0.75 if _shortens(words, own) else 0.0


def role_words(words: Words, table: TableDraft) -> Words:
    """What the stem says beside the table's own name: ("source",) for "source airport"."""
    own = tuple(singular(word) for word in table.words)
    for size in range(len(own), 0, -1):
        if words[-size:] in (own, own[-size:]):
            return words[:-size]
    if affinity(words, table):
        return ()
    return words


def _in_order(words: Words, own: Words) -> bool:
    rest = iter(own)
    return all(word in rest for word in words)


def _shortens(words: Words, own: Words) -> bool:
    if len(words) == 1 and len(own) > 1 and words[0] == "".join(word[0] for word in own):
        return True
    if len(words) > len(own):
        words = words[-len(own) :]
    return len(words) == len(own) and all(
        short == long or (short not in common_words() and abbreviates(short, long))
        for short, long in zip(words, own, strict=True)
    )
