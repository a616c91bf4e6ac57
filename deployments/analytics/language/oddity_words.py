"""Words that ask for periods that stand out: the frame is taken off, and an ordinary question is left."""

from __future__ import annotations

import re
from dataclasses import dataclass

from deployments.contracts.query import Grain


@dataclass(frozen=True, slots=True)
class OddityFrame:
    """What is left: `rest` names the measure ("" where it was shown before), `grain` is what the periods were called.
    `sure` is False where the words may as well mean rows that stand out."""

    rest: str
    grain: Grain | None = None
    sure: bool = True


_ODD = r"anomal(?:y|ies|ous)|unusual(?:ly (?:high|low))?|odd|strange|abnormal|unexpected|irregular(?:ity|ities)?|suspicious|weird|atypical|exceptional"
_GRAINS = {"day": Grain.DAY, "date": Grain.DAY, "week": Grain.WEEK, "month": Grain.MONTH, "quarter": Grain.QUARTER}
_PERIODS = r"days?|dates?|weeks?|months?|quarters?"
_THINGS = r"periods?|times?|values?|points?|things?|activity|behaviou?r|patterns?|spikes?|dips?|drops?|movements?|changes|ones"
_ASK = (
    r"^(?:(?:and|but|so|ok|okay|now|please)[, ]+)?(?:(?:can|could) you )?(?:(?:are|were|was|is) there|have there been|has there been|"
    r"(?:do|did) (?:you|we) (?:see|have|find)|find|show|show me|detect|list|list me|spot|look for|identify|give me|search for|check for|"
    r"which|what|when were|when was)?(?: )?(?:are |were )?(?:the |any |some |all )*"
)
_FIRST = re.compile(
    _ASK
    + rf"(?P<odd>{_ODD}|outliers?)(?: (?P<grain>{_PERIODS}|{_THINGS}))?(?: (?:in|for|of|with|on|about|by) (?:the |our )?(?P<rest>.+))?$",
    re.IGNORECASE,
)
_LATER = re.compile(
    rf"^(?:which|what) (?P<grain>{_PERIODS}) (?:were|was|are|is|had|have|look|looked|seem|seemed)(?: the)?(?: most)? (?:{_ODD})(?: (?:in|for|of|by) (?:the |our )?)?(?P<rest>.*)$",
    re.IGNORECASE,
)
_STAND = re.compile(
    rf"^(?:which|what|do any|did any) (?P<grain>{_PERIODS}) (?:stand|stands|stood) out(?: (?:in|for|of|by) (?:the |our )?(?P<rest>.+))?$",
    re.IGNORECASE,
)
_HAPPENED = re.compile(
    rf"^(?:did|has|is there|was there) (?:anything|something) (?:{_ODD})(?: happen(?:ed)?)? (?:in|to|with|about) (?:the |our )?(?P<rest>.+)$", re.IGNORECASE
)  # fmt: skip


_NAMES = re.compile(rf"\b(?:{_ODD})(?: \w+){{1,2}}", re.IGNORECASE)


def odd_names(text: str) -> list[str]:
    """The words that would be the name of something odd, the longest first: "odd values of"; "odd values"."""
    found = _NAMES.search(text)
    words = found[0].split() if found else []
    return [" ".join(words[:length]) for length in range(len(words), 1, -1)]


def oddity_frame(text: str) -> OddityFrame | None:
    """The message as a question for odd periods; None where it is none."""
    said = re.sub(r"\s+", " ", text).strip(" ?.!")
    for pattern in (_LATER, _STAND, _HAPPENED, _FIRST):
        match = pattern.match(said)
        if match is None:
            continue
        parts = match.groupdict()
        word = (parts.get("grain") or "").lower().rstrip("s")
        grain = _GRAINS.get(word)
        odd = (parts.get("odd") or "anomaly").lower()
        named = odd.startswith("anomal") or grain is not None or bool(word)
        if pattern is _FIRST and not named and not odd.startswith("outlier"):
            # "unusual orders" may be rows that somebody marked so.
            return None
        return OddityFrame(
            (parts.get("rest") or "").strip(), grain, sure=not odd.startswith("outlier") or grain is not None
        )
    return None
