"""Rule for ratios that business has a name for: click-through rate, cost per acquisition, return on ad spend.

Each is one number that adds up by another of the same rows; a name is read so only where the data keeps exactly one of each.
"""

from __future__ import annotations

from deployments.analytics.language.rules.counts import ask_measure
from deployments.analytics.language.vocabulary import lemmas
from deployments.analytics.language.walker import Walker
from deployments.analytics.model.schema import Attribute as ModelAttribute
from deployments.analytics.model.schema import Entity, Role
from deployments.contracts.query import Aggregate, Attribute, Function, MeasureArithmetic

_COST = ("spend", "cost", "expense", "ad spend")
_GAINED = ("conversion", "acquisition", "signup", "lead", "order", "purchase", "install")
_VISITS = ("click", "visit", "session", "visitor", "lead")
_INCOME = ("conversion value", "revenue", "sale", "sales", "income", "order value", "value")

FORMULAS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "ctr": (("click",), ("impression", "view")),
    "click through rate": (("click",), ("impression", "view")),
    "clickthrough rate": (("click",), ("impression", "view")),
    "cpc": (_COST, ("click",)),
    "cpa": (_COST, _GAINED),
    "cost per acquisition": (_COST, _GAINED),
    "cost per conversion": (_COST, _GAINED),
    "cost per lead": (_COST, ("lead",)),
    "cvr": (("conversion", "order", "purchase"), _VISITS),
    "conversion rate": (("conversion", "order", "purchase"), _VISITS),
    "roas": (_INCOME, _COST),
    "return on ad spend": (_INCOME, _COST),
    "open rate": (("open", "opened"), ("delivered", "sent", "send", "delivery", "recipient")),
    "bounce rate": (("bounce", "bounced"), ("sent", "send", "session", "visit", "delivered")),
    "utilization": (("used", "used hour", "run time", "runtime", "productive hour"), ("available", "available hour", "capacity", "planned hour")),
    "utilisation": (("used", "used hour", "run time", "runtime", "productive hour"), ("available", "available hour", "capacity", "planned hour")),
    "occupancy rate": (("occupied", "occupied room", "room sold", "rooms sold"), ("available", "available room", "capacity", "room")),
    "defect rate": (("defect", "defective", "defect quantity", "defect unit", "scrap", "rejected"), ("produced", "production", "quantity", "output", "inspected", "unit")),
    "scrap rate": (("scrap", "scrapped", "scrap quantity"), ("produced", "production", "quantity", "output", "unit")),
    "yield": (("good", "good unit", "good quantity", "passed"), ("produced", "production", "quantity", "output", "unit", "total")),
}  # fmt: skip
"""What is divided by what, by the nouns that the columns are called by; the first that the data has is taken."""

_LONGEST = 4


def formula(w: Walker, i: int) -> int | None:
    """A ratio by its name: both numbers are added up before they are divided."""
    for stop in range(min(i + _LONGEST, len(w.items)), i, -1):
        said = " ".join(item.text.lower() for item in w.items[i:stop] if item.text != "-")
        if said not in FORMULAS:
            continue
        if any(item.metrics for item in w.items[i:stop]) or (stop - i == 1 and w.items[i].is_link):
            return None
        found = _of_one_table(w, *FORMULAS[said])
        if found is None:
            return None
        entity, top, bottom = found
        parts = (
            Aggregate(function=Function.SUM, entity=entity.name, of=Attribute(entity=entity.name, name=attribute.name))
            for attribute in (top, bottom)
        )
        left, right = parts
        name = said.replace(" ", "_").replace("-", "_")
        w.sketch.assumptions.append(("formula", f"{said} is {top.label} divided by {bottom.label}, both added up"))
        for item in w.items[i:stop]:
            item.unknown = False
        ask_measure(w, MeasureArithmetic(operator="/", left=left, right=right, name=name), i, entity.name)
        w.sketch.subject = w.sketch.subject or entity.name
        return stop
    return None


def _of_one_table(
    w: Walker, tops: tuple[str, ...], bottoms: tuple[str, ...]
) -> tuple[Entity, ModelAttribute, ModelAttribute] | None:
    """The one fact that keeps both numbers."""
    found = []
    for entity in w.model.entities:
        if entity.hidden or entity.kind != "fact":
            continue
        top, bottom = _called(entity, tops), _called(entity, bottoms)
        if top is not None and bottom is not None and top is not bottom:
            found.append((entity, top, bottom))
    return found[0] if len(found) == 1 else None


def _called(entity: Entity, names: tuple[str, ...]) -> ModelAttribute | None:
    """The number that adds up and is called by the first of the names that any is."""
    numbers = [a for a in entity.attributes if a.role is Role.ADDITIVE and not a.hidden]
    for name in names:
        wanted = lemmas(name)
        whole = [a for a in numbers if lemmas(a.label) == wanted]
        partly = [
            a for a in numbers if lemmas(a.label)[: len(wanted)] == wanted or lemmas(a.label)[-len(wanted) :] == wanted
        ]
        if len(whole or partly) == 1:
            return (whole or partly)[0]
    return None
