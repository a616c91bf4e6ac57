"""Messages about results of the conversation itself: run it again; the first answer, the one two answers ago."""

from __future__ import annotations

import re
from collections.abc import Callable

from deployments.contracts.agents import EarlierResult
from deployments.contracts.query import Aggregate, AnalyticQuery, Attribute

_POLITE = r"(?:(?:and|now|then|ok(?:ay)?|please|can you|could you|let's|lets) )*"
_AGAIN = re.compile(
    rf"^{_POLITE}(?:"
    r"(?:run|execute|ask|do|try|calculate|compute) (?:it|that|this|the (?:same |last )?(?:query|question|one|analysis)) again"
    r"|(?:re-?run|refresh|recompute|recalculate|repeat)"
    r"(?: (?:it|that|this|the (?:same |last )?(?:query|question|one|result|answer|numbers|analysis)))?"
    r"|(?:what(?: has|'s)?|has anything|did anything|anything) changed? since (?:then|last time|that|before|i asked|we asked)"
    r")(?: (?:on|with|for|against|using) (?:today's|the (?:latest|newest|current|new|fresh)|current|fresh|new) (?:data|numbers))?"
    r"(?: (?:please|now|today))*[.!? ]*$",
    re.IGNORECASE,
)

_ORDINALS = {
    word: place
    for place, words in enumerate(
        (
            "first original initial",
            "second",
            "third",
            "fourth",
            "fifth",
            "sixth",
            "seventh",
            "eighth",
            "ninth",
            "tenth",
        ),
        start=1,
    )
    for word in words.split()
}
_NUMBERS = dict(zip("a one two three four five six seven eight nine ten".split(), (1, *range(1, 11)), strict=True))
_NOUN = r"(?P<noun>answer|result|question|query|reply)"
_COUNTED = (
    rf"(?:the|my|our) (?:very )?(?P<ordinal>{'|'.join(_ORDINALS)}|\d{{1,3}}(?:st|nd|rd|th)) {_NOUN}"
    rf"|(?P<noun2>answer|result|question|query|reply) (?:number |no\.? ?|# ?)?(?P<number>\d{{1,3}})"
    rf"|(?P<ago>\d{{1,3}}|{'|'.join(_NUMBERS)}) (?P<noun3>answer|result|question|query|querie|reply|replie)s? ago"
    rf"|(?:the|my|our) (?P<last>last|latest|previous|preceding|prior|earlier) (?P<noun4>answer|result|question|query|reply)"
    rf"|the (?P<noun5>answer|result|question|query|reply) (?P<before>before(?: (?:that|this|it|the last one))?)"
)
_ONE = (
    rf"|the (?:very )?(?P<ordinal_one>{'|'.join(_ORDINALS)}|\d{{1,3}}(?:st|nd|rd|th)) one"
    r"|the (?P<last_one>last|previous|preceding|prior|earlier) one|the one (?P<before_one>before(?: (?:that|this|it))?)"
)
_THIS = r"(?:it|this|that|these|those|them|this one|the (?:current|last|latest) (?:one|answer|result))"
_COMPARE = re.compile(
    rf"^{_POLITE}(?:"
    rf"(?:compare|contrast)(?: {_THIS})? (?:with|to|against|and) (?P<ref>{_COUNTED}{_ONE})"
    rf"|how (?:does|do) {_THIS} compare (?:with|to|against) (?P<ref2>{_COUNTED.replace('?P<', '?P<b_')}{_ONE.replace('?P<', '?P<b_')})"
    rf"|(?:what is |what's |show (?:me )?)?the difference (?:between {_THIS} and|to|from) (?P<ref3>{_COUNTED.replace('?P<', '?P<c_')}{_ONE.replace('?P<', '?P<c_')})"
    r")[.!? ]*$",
    re.IGNORECASE,
)
_SHOW = re.compile(
    rf"^{_POLITE}(?:(?:go back|back|return|jump back|jump|switch back) to (?P<ref>{_COUNTED}{_ONE})"
    rf"|(?:show|display|see|open|give)(?: me)?(?: again)? (?P<ref2>{_COUNTED.replace('?P<', '?P<b_')}))(?: again)?[.!? ]*$",
    re.IGNORECASE,
)
_REFERENCE = re.compile(rf"\b(?:{_COUNTED})\b", re.IGNORECASE)
_LINK = r"(?:in|of|from|by|for|on)"
_THINGS = re.compile(
    rf"\b(?:the|those|these) (?P<things>(?:(?!{_LINK}\b)[a-z]+ )?(?!(?:{_LINK}|ones?)\b)[a-z]+),? "
    rf"(?:(?:shown |listed |found )?{_LINK} )?$",
    re.IGNORECASE,
)
_LEADING = re.compile(
    r"(?:\b(?:the )?same (?:as|like)|\b(?:take|use)|\blike|\bas|\bto|\b(?:in|of|from|for|on|with)(?: the)?)? *$",
    re.IGNORECASE,
)
_GLUE = re.compile(r"^(?:,|:|;)? *(?:but |and |then )?", re.IGNORECASE)


def shown_entities(query: AnalyticQuery) -> set[str]:
    """What the rows of a query's answer are, or what its one number is about."""
    if query.dimensions:
        return {part.entity for dimension in query.dimensions for part in (dimension.of, *dimension.key)
                if isinstance(part, Attribute)}  # fmt: skip
    return {query.subject} | {measure.entity for measure in query.measures if isinstance(measure, Aggregate)}


def asks_to_run_again(text: str) -> bool:
    """Whether the message asks for the current query to be run again.

    >>> [asks_to_run_again(said) for said in ("run it again", "Refresh that on today's data", "run by month")]
    [True, True, False]
    """
    return bool(_AGAIN.match(_plain(text)))


def earlier_result(text: str, of_the_data: Callable[[str], bool]) -> EarlierResult | None:
    """The earlier result that a message speaks of; None where it speaks of none.

    `of_the_data` tells whether a word names something of the data: where there is a table of answers, "the first
    answer" is one of its rows.

    >>> earlier_result("compare with the first one", lambda word: False).position
    1
    >>> earlier_result("of the customers two answers ago, how many are in the US?", lambda word: False).text
    'of those customers, how many are in the US?'
    """
    said = _plain(text)
    for pattern, use in ((_COMPARE, "compare"), (_SHOW, "show")):
        match = pattern.match(said)
        if match is not None:
            return _named(match, use, of_the_data)
    match = _REFERENCE.search(said)
    found = _named(match, "read", of_the_data) if match is not None else None
    if match is None or found is None:
        return None
    before, after = said[: match.start()], said[match.end() :]
    things = _THINGS.search(before)
    if things is not None:
        rest = f"{before[: things.start()]}those {things['things']}{after}"
        return found.model_copy(update={"text": rest.strip(), "things": things["things"]})
    before = _LEADING.sub("", before)
    rest = f"{before.strip()} {after.strip() if before.strip() else _GLUE.sub('', after)}".strip(" ,")
    if not re.search(r"\w", rest):
        return found.model_copy(update={"use": "show"})
    return found.model_copy(update={"text": rest, "kind": "refine"})


def _named(match: re.Match[str], use: str, of_the_data: Callable[[str], bool]) -> EarlierResult | None:
    given = {name.split("_", 1)[1] if name[:2] in ("b_", "c_") else name: value
             for name, value in match.groupdict().items() if value is not None}  # fmt: skip
    noun = next((value for name, value in given.items() if name.startswith("noun")), None)
    if noun is not None and of_the_data(noun):
        return None
    words = next((value for name, value in given.items() if name.startswith("ref")), match[0])
    position = _position(given, use)
    return EarlierResult.model_validate({"position": position, "use": use, "words": words})


def _position(given: dict[str, str], use: str) -> int:
    if ordinal := given.get("ordinal") or given.get("ordinal_one"):
        return _ORDINALS.get(ordinal.lower()) or max(int(re.sub(r"\D", "", ordinal)), 1)
    if number := given.get("number"):
        return max(int(number), 1)
    if ago := given.get("ago"):
        back = _NUMBERS.get(ago.lower()) or int(ago)
        # What was said last is one answer ago.
        return min(1 - back, -1 if use == "compare" else 0)
    if given.get("before") or given.get("before_one") or use != "read":
        return -1
    return 0


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace("’", "'")).strip()
