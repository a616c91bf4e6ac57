"""What goes on and what has ended, where the data says no more than when: "active subscriptions", "cancelled in May", "who left".

A thing with a date of its end goes on until it has one. The words are read so only where nothing names them better: no value of
a status, no flag, no attribute of that name.
"""

from __future__ import annotations

import datetime as dt

from deployments.analytics.language.items import Item
from deployments.analytics.language.lexicon import PEOPLE
from deployments.analytics.language.vocabulary import Candidate, lemmas
from deployments.analytics.model.schema import Attribute, Entity, Role, SemanticModel

ENDED = "ended"
"""The tag of a word that says that something has ended."""

_ONGOING = frozenset("active open ongoing running current".split())
_ENDED = frozenset(
    "cancelled canceled ended closed churned terminated left quit resigned departed discontinued lapsed inactive former".split()
)
_END = frozenset(
    "end ended close closed churn churned cancel cancelled canceled cancellation terminate terminated termination leave left leaving exit "
    "resign resignation deactivated deactivation discontinued".split()
)
_BEING = frozenset("is are was were be been still being".split())
_NAMED = 0.85


def know_endings(items: list[Item], model: SemanticModel, as_of: dt.date) -> None:
    """Make such words the date of the end, as lacking or as there, in place."""
    for i, item in enumerate(items):
        word = item.text.lower()
        goes_on = word in _ONGOING and _says_how_it_is(items, i)
        if not (goes_on or word in _ENDED) or item.values or item.entities or item.metrics or item.filters:
            continue
        better = [model.attribute(c.entity, c.name) for c in item.attributes if c.score >= _NAMED]
        if any(not goes_on or not attribute.data_type.is_time for attribute in better):
            continue
        owner = next((e for e in _owners(items, i, model) if end_of(e, as_of) is not None), None)
        end = end_of(owner, as_of) if owner is not None else None
        if owner is None or end is None or _tells_its_state(owner):
            continue
        item.attributes = [Candidate("attribute", owner.name, end.name, 0.95)]
        item.negated = goes_on or word == "active"
        item.unknown = item.verb = item.passed = item.filler = False
        item.gradable, item.tags = (), {} if goes_on else {ENDED: end.name}


def end_of(entity: Entity, as_of: dt.date) -> Attribute | None:
    """When a row of the entity ended, where that is kept, some have not, and none is still to come."""
    found = [
        a for a in entity.attributes
        if a.data_type.is_time and not a.hidden and a.null_fraction > 0 and set(lemmas(a.label)) & _END
        and isinstance(a.maximum, dt.date) and _day(a.maximum) <= as_of
    ]  # fmt: skip
    return found[0] if len(found) == 1 else None


def _day(moment: dt.date) -> dt.date:
    return moment.date() if isinstance(moment, dt.datetime) else moment


def _tells_its_state(entity: Entity) -> bool:
    """Whether a status says it, which may mean something else by it than that there is an end."""
    return any(
        a.role in (Role.CATEGORY, Role.FLAG) and {"status", "state", "active"} & set(lemmas(a.label))
        for a in entity.attributes
    )


def _says_how_it_is(items: list[Item], i: int) -> bool:
    """ "open tickets", "tickets that are still open", and not "how many tickets did they open"."""
    follow = items[i + 1] if i + 1 < len(items) else None
    if follow is not None and follow.entities:
        return True
    return i > 0 and items[i - 1].text.lower().split()[-1] in _BEING


def _owners(items: list[Item], i: int, model: SemanticModel) -> list[Entity]:
    """What the word may be said of: the noun after it, those before it from the nearest on, else who does things at all."""
    order = [*items[i + 1 : i + 2], *reversed(items[:i])]
    named = [model.by_name[item.entities[0].entity] for item in order if item.entities]
    if named or items[0].text.lower() != "who":
        return named[:1] if i + 1 < len(items) and items[i + 1].entities else named
    return [e for e in model.entities if not e.hidden and lemmas(e.label)[-1] in PEOPLE]
