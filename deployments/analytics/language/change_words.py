"""Words that ask why something changed: the frame is taken off, and what is left is an ordinary question.

"Why did revenue drop in June?" leaves "revenue in June" and the claim that it fell."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

Claim = Literal["rose", "fell"]


@dataclass(frozen=True, slots=True)
class ChangeFrame:
    """What is left of a question about a change: `rest` names what changed and when, "" where that was said before; `tail`
    is the part of it after the word for the change."""

    rest: str
    tail: str = ""
    claim: Claim | None = None
    named: bool = True
    """Whether a change was spoken of ("why?" alone does not)."""
    word: str = ""
    """The word on which the frame hangs, where the data may call something so: drivers, reasons."""
    sure: bool = True
    """Whether it is a question about a change whatever is left of it."""


_FELL = (
    r"drop(?:ped|ping)?|fall(?:en|ing)?|fell|declin(?:e|ed|ing)|decreas(?:e|ed|ing)|(?:go|went|gone|going|come|came|coming) down|"
    r"shr[aiu]nk(?:en)?|dip(?:ped)?|plunged?|plummet(?:ed)?|slump(?:ed)?|crash(?:ed)?|s[aiu]nk|lower|down|(?:so |this |that )?low|"
    r"collapsed?|weak(?:er)?"
)
_ROSE = (
    r"ris(?:e|en|ing)|rose|increas(?:e|ed|ing)|gr[eo]w(?:n|ing)?|(?:go|went|gone|going|come|came|coming) up|jump(?:ed)?|spiked?|"
    r"surg(?:e|ed|ing)|climb(?:ed|ing)?|soar(?:ed|ing)?|higher|up|(?:so |this |that )?high|strong(?:er)?"
)
_MOVED = r"chang(?:e|ed|ing)|mov(?:e|ed|ing)|different|differ(?:ed)?|shift(?:ed)?"
_FALL = r"drop|fall|decline|decrease|dip|slump|plunge|downturn|reduction|loss|collapse"
_RISE = r"rise|increase|growth|jump|gain|surge|spike|climb|uptick|upturn"
_CHANGE = r"changes?|difference|shift|movement|swing"

_LEAD = r"^(?:(?:and|but|so|ok|okay|then|now|please)[, ]+)?"
_WHY = re.compile(
    _LEAD
    + r"(?:(?:can you |could you )?(?:explain|tell me|show me) )?(?:why|how come|(?:what is|what's|whats) the reason(?: why| that)?)"
    r"(?: (?:did|does|do|has|have|had|is|are|was|were)|'s)? (?P<all>.+)$",
    re.IGNORECASE,
)
_WHAT = re.compile(
    _LEAD + r"(?:what|which (?:factors?|things?)|who)(?:'s| is| was| has| have| are| were)?(?: been)? "
    r"(?:drove|drives|driving|behind|caus(?:ed|ing)|explains?|explained|led to|leading to|contribut(?:ed|ing)(?: most| the most)? to|"
    r"account(?:s|ed|ing)? for|responsible for|made|pushed|pulled) (?P<all>.+)$",
    re.IGNORECASE,
)
_DRIVERS = re.compile(
    _LEAD + r"(?:(?:what (?:are|is|were|was)|show|list|give|find|explain|analy[sz]e)(?: me| us)? )?(?:the |our )?"
    r"(?:(?:main|key|top|biggest|major|root) )?(?P<word>drivers?|reasons?|causes?) (?:of|for|behind) (?P<all>.+)$",
    re.IGNORECASE,
)
_EXPLAIN = re.compile(
    _LEAD
    + rf"(?:explain|analy[sz]e|decompose|investigate|break down) (?P<all>(?:the |this |that |our )?(?:.+ )?(?:{_FALL}|{_RISE}|{_CHANGE})\b.*)$",
    re.IGNORECASE,
)
_OF_MEASURE = re.compile(
    _LEAD
    + r"(?:(?:show|list|give|find)(?: me| us)? )?(?:the )?(?P<all>.+) (?P<word>drivers?)(?P<tail> (?:in|for|of|last|this|from|between)\b.*)?$",
    re.IGNORECASE,
)
_HAPPENED = re.compile(_LEAD + r"what happened (?:to|with) (?P<rest>.+)$", re.IGNORECASE)
_BARE = re.compile(
    _LEAD
    + r"(?:why|how come|why so|why(?: is|'s| was) (?:that|this|it)(?: so)?|what(?: is|'s) the reason(?: for (?:that|this|it))?|"
    r"what (?:drove|caused|explains|is behind) (?:that|this|it))$",
    re.IGNORECASE,
)
_NOUN_FIRST = re.compile(
    rf"^(?P<noun>(?P<fell>{_FALL})|(?P<rose>{_RISE})|{_CHANGE}) (?:in|of|for) (?P<rest>.+)$", re.IGNORECASE
)
_NOUN_ALONE = re.compile(
    rf"^(?P<noun>(?P<fell>{_FALL})|(?P<rose>{_RISE})|{_CHANGE})(?P<tail> (?:in|on|from|between|during|last|this|since)\b.*)?$",
    re.IGNORECASE,
)
_WORDS = re.compile(
    rf" (?:to )?(?:(?P<fell>{_FELL}|{_FALL})|(?P<rose>{_ROSE}|{_RISE})|(?P<moved>{_MOVED}|{_CHANGE}))\b", re.IGNORECASE
)
_DETERMINER = re.compile(r"^(?:the|this|that|our|my|a|such a) ", re.IGNORECASE)
_PRONOUN = re.compile(
    r"^(?:it|that|this|they|those|these|things|the numbers?|the figures?|the values?)$", re.IGNORECASE
)
_MODIFIERS = re.compile(
    r" (?:so (?:much|sharply|fast|quickly|dramatically|badly|strongly)|sharply|significantly|dramatically|steeply|suddenly|again|"
    r"a lot|so|by (?:about |around |over |almost |nearly )?[$€£]?[\d.,]+ ?(?:%|percent|k|m|million|points)?)(?= |$)",
    re.IGNORECASE,
)
_AGAINST = re.compile(
    r" (?:than|compared (?:to|with)|in comparison (?:to|with)|relative to|versus|vs\.?|against|over)(?: in)? ",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r" (?:from|between) (?P<before>.+?) (?:to|and) (?P<now>.+)$", re.IGNORECASE)


def change_frames(text: str) -> tuple[ChangeFrame, ...]:
    """The ways to read a message as a question why something changed, the likeliest first; () where it is none."""
    said = re.sub(r"\s+", " ", text).strip(" ?.!")
    if _BARE.match(said):
        return (ChangeFrame("", named=False),)
    happened = _HAPPENED.match(said)
    if happened:
        return (ChangeFrame(happened["rest"], sure=False),)
    for pattern, bare in ((_WHY, False), (_WHAT, False), (_DRIVERS, True), (_EXPLAIN, False)):
        match = pattern.match(said)
        if match:
            frames = _inside(match["all"], nouns=pattern is not _WHY, bare=bare)
            word = match.groupdict().get("word") or ""
            return tuple(replace(frame, word=word, sure=not bare) for frame in frames)
    of = _OF_MEASURE.match(said)
    return (replace(_framed(of["all"], of["tail"] or "", None), word=of["word"], sure=False),) if of else ()


def _inside(words: str, *, nouns: bool, bare: bool) -> tuple[ChangeFrame, ...]:
    found: list[ChangeFrame] = []
    inner = _DETERMINER.sub("", words)
    if nouns:
        first, alone = _NOUN_FIRST.match(inner), _NOUN_ALONE.match(inner)
        if first:
            found.append(_framed(first["rest"], "", _claim(first)))
        if alone:
            # "The drop in March" is of what was shown before, and "the drop in orders" is not.
            return (*found, ChangeFrame("", _tail(alone["tail"] or ""), _claim(alone)))
    # The last word for a change is the likeliest to be the one: "why did sales of low price products drop".
    for match in reversed(list(_WORDS.finditer(words))):
        subject, tail = words[: match.start()], words[match.end() :]
        if _PRONOUN.match(subject):
            return (ChangeFrame("", _tail(tail), _claim(match)),)
        found.append(_framed(_DETERMINER.sub("", subject), tail, _claim(match)))
    if bare and not found:
        found.append(_framed(inner, "", None))
    return tuple(found)


def _framed(subject: str, tail: str, claim: Claim | None) -> ChangeFrame:
    after = _tail(tail)
    rest = subject if tail else _tail(f" {subject}").strip()
    return ChangeFrame(f"{rest}{after}", after, claim)


def _tail(words: str) -> str:
    """What follows the change, in words that an ordinary question has: "than in May" is "compared with May"."""
    words = _MODIFIERS.sub("", words)
    between = _BETWEEN.search(words)
    if between:
        return f"{words[: between.start()]} in {between['now']} compared with {between['before']}"
    return _AGAINST.sub(" compared with ", words, count=1)


def _claim(match: re.Match[str]) -> Claim | None:
    return "fell" if match["fell"] else "rose" if match["rose"] else None
