"""Whether a message leans on the previous query."""

from __future__ import annotations

import re

from deployments.analytics.language.followup.complement import CUE
from deployments.analytics.language.followup.wording import DROPS, EDITS, REPLACES, SHARES
from deployments.analytics.language.sketch import Sketch
from deployments.contracts.agents import Context
from deployments.contracts.query import Attribute

_NEW = re.compile(
    r"^(new question|fresh question|next question|different question|another question|forget)\b", re.IGNORECASE
)


_WEAK = re.compile(r"^(also|then|now|ok(?:ay)?)\b", re.IGNORECASE)


_CLOSES = re.compile(r"\b(?:too|as well|only)[ .?!]*$", re.IGNORECASE)
"""How an edit ends: "the average too", "active ones only"."""

_FRAGMENT = 3
"""So few words with no verb are no question by themselves."""

_SHORT = 8
"""A message this short that opens like an edit is one, even if it would read as a question."""


_ALL = re.compile(r"\b(all|every|each|any)\b", re.IGNORECASE)
"""Words that ask for more than what was shown."""


def opens_anew(text: str) -> bool:
    """Whether the words say that this is another question."""
    return bool(_NEW.match(text.strip()))


def without_opening(text: str) -> str:
    """The question after "new question:"."""
    return _NEW.sub("", text.strip()).lstrip(" :,.-")


def is_followup(text: str, sketch: Sketch, context: Context) -> bool:
    """Whether the message leans on the previous query: by a pronoun, an opener, or by lacking what it is about."""
    if context.query is None or opens_anew(text):
        return False
    if sketch.cues & {"pronoun", "each pronoun", CUE} or sketch.pronoun:
        return True
    bare = any(ask.kind == "measure" and not ask.entity for ask in sketch.asks)
    if bare and not any(ask.kind == "entity" for ask in sketch.asks):
        return True
    if sketch.shift is not None and not sketch.windows and not sketch.asks:
        return True
    full = any(ask.kind in ("measure", "entity") for ask in sketch.asks) or bool(
        sketch.calculations and sketch.entities
    )
    said = text.strip()
    if SHARES.match(said):
        return True
    if _CLOSES.search(said) and len(said.split()) <= _SHORT:
        return True
    if DROPS.search(said) and len(said.split()) <= 5 and not sketch.conditions:
        return True
    if REPLACES.search(said) and len(said.split()) <= _SHORT:
        return True
    if _is_whole(sketch):
        return False
    if EDITS.match(said):
        return not full or (not _WEAK.match(said) and len(said.split()) <= _SHORT)
    if _ranks_what_was_shown(sketch, context):
        return True
    if full and _asks_whose(sketch, context, said):
        sketch.pronoun = True
        return True
    if full and _totals_the_list(sketch, context, said):
        sketch.pronoun = True
        return True
    if full:
        return False
    if any(ask.kind == "attribute" for ask in sketch.asks):
        return _lacks_owner(text, sketch, context)
    return True


def _ranks_what_was_shown(sketch: Sketch, context: Context) -> bool:
    """ "which line has the most", after the number of trains by line: of what it has the most is not said again."""
    before = context.query
    assert before is not None
    if not before.measures or not sketch.superlatives or sketch.conditions or sketch.windows or sketch.groups:
        return False
    bare = all(s.is_open and s.entity is None for s in sketch.superlatives) and "frequency" not in sketch.cues
    shown = {of.entity for d in before.dimensions if isinstance(of := d.of, Attribute)}
    columns = {(of.entity, of.name) for d in before.dimensions if isinstance(of := d.of, Attribute)}
    known = all(
        ask.entity in shown if ask.kind == "entity" else ask.ref is not None and ask.ref.column in columns
        for ask in sketch.asks
    )
    return bare and known and bool(shown)


def _is_whole(sketch: Sketch) -> bool:
    """ "compare orders in 2025 and 2024 by region", "did Bob buy shoes": nothing that such a question needs is left out."""
    measured = any(ask.kind in ("measure", "entity") for ask in sketch.asks)
    if measured and sketch.versus and len(sketch.windows) > 1:
        return True
    return sketch.yes_no and len({condition.entity for condition in sketch.conditions}) > 1


_WHOSE = re.compile(
    r"^(?:and )?(?:who|what|which)(?: is| are|'s|'re| was| were) (?:the|its|their|his|her) [\w ]+?[ ?.!]*$"
    r"|^(?:and )?(?:which|what) [\w ]+? (?:is|are|was|were|did|does|do) (?:it|they|he|she|that|those|these)\b[\w ]*[ ?.!]*$",
    re.IGNORECASE,
)


def _asks_whose(sketch: Sketch, context: Context, said: str) -> bool:
    """ "who is the agent", "who are the customers", after a list of some rows: of those, as nothing else is named."""
    before = context.query
    assert before is not None
    restricted = before.where is not None or before.time is not None or before.limit is not None
    if before.measures or not restricted or not _WHOSE.match(said) or len(sketch.asks) != 1:
        return False
    if (
        sketch.groups
        or sketch.conditions
        or sketch.windows
        or sketch.superlatives
        or sketch.calculations
        or sketch.existence
    ):
        return False
    return sketch.asks[0].kind == "entity" and sketch.asks[0].entity != before.subject


def _totals_the_list(sketch: Sketch, context: Context, said: str) -> bool:
    """ "total amount?" after a list of some rows: of those, as nothing else is named and it is no sentence."""
    before = context.query
    assert before is not None
    restricted = before.where is not None or before.time is not None
    if before.measures or not restricted or len(said.split()) > _FRAGMENT or sketch.wh or sketch.entities:
        return False
    if sketch.groups or sketch.conditions or sketch.windows or sketch.superlatives or sketch.cues:
        return False
    return all(ask.kind == "measure" and ask.entity == before.subject for ask in sketch.asks) and bool(sketch.asks)


def _lacks_owner(text: str, sketch: Sketch, context: Context) -> bool:
    """ "What is the phone number?", "What are the different names?": attributes of what was shown, which is not named again."""
    assert context.query is not None
    if sketch.entities or sketch.groups or sketch.conditions or sketch.superlatives or _ALL.search(text):
        return False
    before = context.query
    restricted = before.where is not None or before.limit is not None or before.time is not None
    return restricted and all(ask.entity == context.query.subject for ask in sketch.asks)
