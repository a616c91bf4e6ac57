"""Messages that are not questions to the data: about the data itself, going back, greetings."""

from __future__ import annotations

import re
from typing import Literal

from deployments.analytics.language.text import Token, tokenize
from deployments.analytics.language.vocabulary import Vocabulary
from deployments.contracts.agents import MetadataTopic

_HELP = re.compile(
    r"^(help|what can (i|you|we) (ask|do|answer|query)|what (kind|kinds|sort|sorts|type|types) of questions|what questions|"
    r"give me (some )?(example|sample) questions|example questions|how do i (use|start)|what should i ask|"
    r"(show|suggest)( me)? (some )?(example|sample)? ?questions)\b"
)
_TABLES = re.compile(
    r"\b(what|which|list|show|describe|name)\b.*\b(tables|datasets|data sets|entities|data sources)\b"
    r"|^(what|which) data (do|does|is|are|can)\b|\bwhat('s| is) in (the|this|your|my) (data|database|warehouse)\b"
    r"|^(show|describe|explain) (me )?(the |your )?(schema|database|data model|data)\??$|^what data\b"
    r"|^what (do|can) you know\b|^tell me about (the|this|your) (data|database)\b"
)
_MEANING = re.compile(
    r"^(?:what (?:does|do|is meant by|is the meaning of|is the definition of|is the difference)|define|definition of|"
    r"(?:what's|whats) the (?:meaning|definition) of|how (?:is|are|do you|do we)(?: define| compute| calculate| measure)?|"
    r"explain|meaning of)\s+(?P<thing>.+?)(?:\s+(?:mean|means|stand for|defined|calculated|computed|measured))?\??$"
)
_FIELDS = re.compile(
    r"^(?:what|which|list|show)(?: me)?(?: are| all)?(?: the)? (?:columns|fields|attributes|dimensions|measures|metrics)"
    r"(?:\s+(?:are|of|in|does|do|for|has|have|exist|available|there)\b(?P<thing>.*))?\??$"
    r"|^describe (?:the )?(?P<other>.+?)(?: table)?\??$"
)
_FRESH = re.compile(
    r"\bhow (fresh|recent|current|old|up to date|up-to-date) (is|are) (the|this|our|your) data\b|\bdata (last )?updated\b"
    r"|\b(when|what time) (was|were) (the|this) data\b.*\b(updated|loaded|refreshed)\b|\blatest data\b|\bdata freshness\b"
    r"|\bhow far back does the data\b|\bwhat period does the data cover\b|\bdate range of the data\b"
)
_VALUES = re.compile(
    r"^(?:what|which)(?: are)?(?: the)?(?: possible| different| distinct)? values (?:does|do|can|are there (?:for|of|in)|are in|of|for|in)"
    r"(?: the)? (?P<thing>.+?)(?: have| has| take| contain)?$"
)
_KIND = re.compile(r"^what(?: is|'s) an? (?P<thing>.+)$")
_HOW_FRESH = re.compile(
    r"^how (?:fresh|current|up to date|up-to-date) (?:is|are) (?:the |our |your )?(?P<thing>.+)$"
    r"|^how far back (?:does|do) (?:the |our |your )?(?P<back>.+?)(?: data)? (?:go|reach|date)$"
)
_DERIVATION = re.compile(
    r"^(?:so |and |but |ok |okay )?(?:how (?:did|do) you (?:get|arrive at|come up with|compute|calculate|work out|find|know)(?: to)?"
    r"(?: (?:(?:that|this|these|those|the|your)(?: last)? (?:answer|result|number|figure)s?|that|this|it|these|those))?"
    r"|how (?:was|is|were|are) (?:that|this|it|these|those|the (?:last )?(?:answer|result|number|figure)s?) (?:calculated|computed|derived|made|worked out)"
    r"|explain(?: (?:that|this|it|yourself|(?:the|your) (?:last |previous )?(?:answer|result|query|sql|number|figure|calculation)|how you (?:got|did) (?:that|this|it)))?"
    r"|show(?: me)? (?:the|your) (?:working|workings|work|steps|calculation|reasoning|derivation)"
    r"|where (?:does|did|do) (?:that|this|these|those|it|they|the)(?: (?:number|figure|result|answer|value)s?)? come from"
    r"|walk me through (?:that|this|it)|what did you do|(?:what|which) (?:tables?|joins?|sql|query) did you use)$"
)
_UNDO = re.compile(
    r"^(undo( that| it)?|go back|back|revert( that)?|previous( result| query| answer)?|step back|undo the last.*|take that back)[.!]?$"
)
_REDO = re.compile(r"^(redo( that| it)?|go forward|forward|next( result| query)?|redo the last.*)[.!]?$")
_GREETING = re.compile(
    r"^(hi|hello|hey|good (morning|afternoon|evening)|howdy|greetings)( there| all| everyone)?[.!]*$"
)
_THANKS = re.compile(
    r"^(thanks|thank you|thx|cheers|great|perfect|awesome|nice|cool|ok|okay|good|got it|bye|goodbye)( so much| very much| a lot| thanks| then)?[.!]*$"
)


_SQL = re.compile(
    r"^(select\b.+\bfrom\b|with\s+(recursive\s+)?\w+\s+as\s*\(|insert\s+into\b|update\s+\w+\s+set\b|delete\s+from\b|"
    r"(drop|create|alter|truncate)\s+(or\s+replace\s+)?(table|view|schema|database|index|macro|function)\b|truncate\s+\w+;?$|"
    r"copy\s+.+\b(to|from)\b|attach\s|detach\s|pragma\s|install\s|load\s+'|grant\s|revoke\s|vacuum\b)",
    re.DOTALL,
)


def is_sql(text: str) -> bool:
    """Whether a statement was typed where a question is expected."""
    return any(_SQL.match(part.strip(" '\"()-`").removeprefix("sql ")) for part in plain(text).split(";"))


def plain(text: str) -> str:
    """Lower case, single spaces, no trailing mark."""
    return re.sub(r"\s+", " ", text.strip().lower().replace("’", "'")).strip()


_REFERS = re.compile(r"\b(they|them|their|it|its|those|these|that|this|ones?|each|he|she|his|her|which of|of which)\b")


def separate_questions(text: str) -> tuple[str, ...]:
    """The questions of a message that holds several, each a whole one by itself; () where there is only one."""
    parts = tuple(part.strip() for part in text.split("?") if re.search(r"\w", part))
    if text.count("?") < 2 or len(parts) < 2:
        return ()
    whole = all(len(part.split()) >= 2 and not _REFERS.search(part.lower()) for part in parts)
    return tuple(f"{part}?" for part in parts) if whole and len(parts[1].split()) > 2 else ()


def move_of(text: str) -> Literal["undo", "redo"] | None:
    """Whether the message asks to go back or forward."""
    said = plain(text)
    if _UNDO.match(said):
        return "undo"
    return "redo" if _REDO.match(said) else None


def reply_to(text: str) -> str | None:
    """An answer to a greeting or thanks."""
    said = plain(text)
    if _GREETING.match(said):
        return "Hello. Ask a question about the data, for example one of the suggestions, or say “what can I ask”."
    if _THANKS.match(said):
        return "You are welcome."
    return None


def asks_how(text: str) -> bool:
    """Whether the message asks how the last answer came about."""
    return bool(_DERIVATION.match(plain(text).rstrip("?.! ")))


def topic_of(text: str, tokens: list[Token], vocabulary: Vocabulary) -> MetadataTopic | None:
    """The topic, where the message is about the data itself and not a question to it."""
    said = plain(text).rstrip("?.! ")
    if _HELP.match(said):
        return MetadataTopic(kind="examples")
    if _FRESH.search(said):
        return MetadataTopic(kind="freshness")
    if _TABLES.search(said) and not _names(said, tokens, vocabulary, exact="table"):
        return MetadataTopic(kind="tables")
    match = _HOW_FRESH.match(said)
    if match:
        names = _names(match["thing"] or match["back"], tokens, vocabulary)
        if names:
            return MetadataTopic(kind="freshness", names=names)
    match = _VALUES.match(said)
    if match:
        names = tuple(name for name in _names(match["thing"], tokens, vocabulary, whole=True) if "." in name)
        if names:
            return MetadataTopic(kind="describe", names=names)
    match = _KIND.match(said)
    if match:
        names = tuple(name for name in _names(match["thing"], tokens, vocabulary, whole=True) if "." not in name)
        if names:
            return MetadataTopic(kind="describe", names=names)
    match = _FIELDS.match(said)
    if match:
        names = _names(match["thing"] or match["other"] or "", tokens, vocabulary, whole=match["other"] is not None)
        if names or match["other"] is None:
            return MetadataTopic(kind="describe" if names else "overview", names=names)
    match = _MEANING.match(said)
    if match and re.search(
        r"\b(mean|means|meaning|define|defined|definition|explain|calculated|computed|stand for|measured)\b", said
    ):
        names = _names(match["thing"], tokens, vocabulary)
        if names:
            return MetadataTopic(kind="describe", names=names)
    return None


def _names(text: str, tokens: list[Token], vocabulary: Vocabulary, exact: str = "",
           whole: bool = False) -> tuple[str, ...]:  # fmt: skip
    """The things of the model that the words name best."""
    span = [
        token
        for token in tokenize(text)
        if not token.mark and token.lower not in ("the", "a", "table", "does", "in", "of", "do")
    ]
    if exact:
        span = [token for token in tokens if token.lemma == exact]
        return tuple(c.entity for c in vocabulary.find(span) if c.score > 0.95) if span else ()
    for size in range(len(span), len(span) - 1 if whole else 0, -1):
        for start in range(len(span) - size + 1):
            found = sorted(vocabulary.find(span[start : start + size]), key=lambda c: (-c.score, c.kind != "metric"))
            if found and found[0].score >= 0.7:
                top = found[0]
                names = [
                    top.name
                    if top.kind == "metric"
                    else top.entity
                    if top.kind == "entity"
                    else f"{top.entity}.{top.name}"
                ]
                names += [
                    f"{c.entity}.{c.name}"
                    for c in found[1:4]
                    if c.kind == top.kind == "attribute" and c.score >= top.score - 0.01
                ]
                return tuple(names)
    return ()
