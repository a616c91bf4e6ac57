"""Words that ask what is to come, and how far: the frame and the horizon are taken off, and an ordinary question is left."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from deployments.analytics.language.calendar import UNITS, floor, step
from deployments.analytics.model.schema import Calendar
from deployments.contracts.query import Grain


@dataclass(frozen=True, slots=True)
class OutlookFrame:
    """What is left of a question about what is to come: `rest` names the measure ("" where it was shown before). `word` is the
    one that made it a forecast, where the data may call something so too."""

    rest: str
    word: str = ""


@dataclass(frozen=True, slots=True)
class Horizon:
    """From and up to which day (exclusive) to look ahead, and in what periods it was said."""

    since: dt.date
    until: dt.date
    unit: Grain


_LEAD = r"^(?:(?:and|but|so|ok|okay|now|please)[, ]+)?(?:(?:can|could|would) you )?(?:please )?"
_FORECAST = r"forecast|predict|project|extrapolate|estimate"
_NOUN = r"forecasts?|predictions?|projections?|outlook"
_FRAMES = (
    re.compile(_LEAD + rf"(?P<word>{_FORECAST}) (?:the |our )?(?P<rest>.+)$", re.IGNORECASE),
    re.compile(
        _LEAD + rf"(?:(?:give|show|make)(?: me| us)? |what(?: is|'s) )?(?:a |an |the |our )?(?P<word>{_NOUN}) (?:of|for) (?:the |our )?(?P<rest>.+)$",
        re.IGNORECASE,
    ),
    re.compile(
        _LEAD + r"what (?:will|would) (?:the |our )?(?P<rest>.+?) (?:be|look like|amount to|come to|reach)(?P<tail> .*)?$",
        re.IGNORECASE,
    ),
    re.compile(
        _LEAD + r"how (?:much|many) (?P<rest>.+?) (?:will|can) (?:we|there|i|they|it|you)(?: (?:be|have|make|get|sell|see|expect|earn|generate|receive))?(?P<tail> .*)?$",
        re.IGNORECASE,
    ),
    re.compile(
        _LEAD + r"how will (?:the |our )?(?P<rest>.+?) (?:develop|evolve|look|do|grow|change|go|be)(?P<tail> .*)?$", re.IGNORECASE
    ),
    re.compile(
        _LEAD + rf"(?:(?:give|show)(?: me| us)? |what(?: is|'s) )?(?:a |the |our )?(?P<rest>.+?) (?P<word>{_NOUN})(?P<tail> .*)?$", re.IGNORECASE
    ),
    re.compile(
        _LEAD + r"(?:what(?: is|'s) (?:the )?)?expected (?P<rest>.+(?:next|coming) .+)$", re.IGNORECASE
    ),
)  # fmt: skip
_BARE = re.compile(_LEAD + rf"(?:{_FORECAST})(?: (?:it|that|this|them|these))?$", re.IGNORECASE)
_PRONOUN = re.compile(r"^(?:it|that|this|them|these|those|they)$", re.IGNORECASE)

_NUMBERS = {
    word: i for i, word in enumerate("one two three four five six seven eight nine ten eleven twelve".split(), 1)
}
_NUMBERS |= {"few": 3, "couple of": 2}
_UNIT = r"(?P<unit>day|week|month|quarter|year)s?"
_COUNT = rf"(?P<count>\d{{1,3}}|{'|'.join(_NUMBERS)})"
_AHEAD = re.compile(
    rf"(?:^| )(?:(?:for|over|in|during|through|within|of) )?(?:the )?(?:next|coming|following|upcoming) (?:{_COUNT} )?{_UNIT}\b",
    re.IGNORECASE,
)
_LONG = re.compile(
    rf"(?:^| )(?:(?:for|over|in) )?{_COUNT} {_UNIT}(?: ahead| from now| into the future)?$", re.IGNORECASE
)
_REST = re.compile(
    r"(?:^| )(?:(?:for|over|in|until|till|through|to|by) )?(?:the )?(?:(?:rest|end|remainder) of )?(?:the|this) (?P<unit>month|quarter|year)$",
    re.IGNORECASE,
)
_TOMORROW = re.compile(r"(?:^| )(?:for )?tomorrow$", re.IGNORECASE)
_ONLY = re.compile(r"^(?:(?:and|what about|how about|now|then|for|ok)[ ,]*)*$", re.IGNORECASE)


def outlook_frames(text: str) -> tuple[OutlookFrame, ...]:
    """The ways to read a message as a question about what is to come, without its horizon; () where it is none."""
    found = []
    if _BARE.match(text):
        return (OutlookFrame(""),)
    for pattern in _FRAMES:
        match = pattern.match(text)
        if match:
            parts = match.groupdict()
            rest = f"{parts['rest']}{parts.get('tail') or ''}".strip()
            found.append(OutlookFrame("" if _PRONOUN.match(rest) else rest, (parts.get("word") or "").lower()))
    return tuple(found)


def take_horizon(text: str, as_of: dt.date, calendar: Calendar) -> tuple[str, Horizon | None]:
    """The words without how far to look ahead, and that: up to the end of the periods after the one of `as_of`."""
    said = re.sub(r"\s+", " ", text).strip(" ?.!")
    match = _TOMORROW.search(said)
    if match:
        return _without(said, match), Horizon(as_of + dt.timedelta(days=1), as_of + dt.timedelta(days=2), Grain.DAY)
    match = _AHEAD.search(said)
    if match:
        unit = UNITS[match["unit"].lower()]
        return _without(said, match), _next(as_of, unit, _number(match["count"]), calendar)
    match = _REST.search(said)
    if match:
        unit = UNITS[match["unit"].lower()]
        return _without(said, match), Horizon(as_of, _end(as_of, unit, 1, calendar), unit)
    match = _LONG.search(said)
    if match:
        unit = UNITS[match["unit"].lower()]
        return _without(said, match), _next(as_of, unit, _number(match["count"]), calendar)
    return said, None


def is_only_horizon(text: str, as_of: dt.date, calendar: Calendar) -> Horizon | None:
    """The horizon of a message that says nothing else: "for the next 6 months"."""
    rest, horizon = take_horizon(text, as_of, calendar)
    return horizon if horizon is not None and _ONLY.match(rest) else None


def _without(said: str, match: re.Match[str]) -> str:
    return re.sub(r"\s+", " ", f"{said[: match.start()]} {said[match.end() :]}").strip()


def _number(count: str | None) -> int:
    if count is None:
        return 1
    return int(count) if count.isdigit() else _NUMBERS[count.lower()]


def _next(as_of: dt.date, unit: Grain, count: int, calendar: Calendar) -> Horizon:
    return Horizon(_end(as_of, unit, 1, calendar), _end(as_of, unit, 1 + count, calendar), unit)


def _end(as_of: dt.date, unit: Grain, count: int, calendar: Calendar) -> dt.date:
    return step(floor(as_of, unit, calendar), unit, count)
