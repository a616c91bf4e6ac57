"""Words left out of a list because they are said once: "first, middle and last names"."""

from __future__ import annotations

from deployments.analytics.language.text import Token
from deployments.analytics.language.vocabulary import Vocabulary

_LONGEST = 12
"""Words of a list that share a head; a longer list is none, and is not looked through again from each of its words."""
_ONE_OF = frozenset("any each every no some a an another".split())
"""After these stands a thing: "who has any pet and student id" lists no pet ids."""
_JOINS = frozenset((",", "and", "or", "&"))


def with_shared_heads(tokens: list[Token], vocabulary: Vocabulary) -> list[Token]:
    """The tokens, with the head noun of a list put after each of its modifiers where the model names them so."""
    out: list[Token] = []
    i = 0
    while i < len(tokens):
        modifiers, after = _modifiers(tokens, i)
        head = tokens[after] if len(modifiers) > 1 and after < len(tokens) else None
        said_of_one = i > 0 and tokens[i - 1].lower in _ONE_OF
        if (
            head is None
            or head.mark
            or said_of_one
            or not vocabulary.shares_head([tokens[at] for at in modifiers], head)
        ):
            out.append(tokens[i])
            i += 1
            continue
        for at in range(i, after):
            out.append(tokens[at])
            if at in modifiers[:-1]:
                out.append(head)
        i = after
    return out


def _modifiers(tokens: list[Token], i: int) -> tuple[list[int], int]:
    """The positions of words joined into a list from `i` on, and the position after the last of them."""
    found = [i]
    j = i + 1
    while j < len(tokens) and tokens[j].lower in _JOINS and len(found) <= _LONGEST:
        while j < len(tokens) and tokens[j].lower in _JOINS:
            j += 1
        if j >= len(tokens) or tokens[j].mark or tokens[j].quoted:
            return [], j
        found.append(j)
        j += 1
    return found, j
