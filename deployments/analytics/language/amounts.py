"""The numbers of an entity: which one an adjective measures, which one is its amount, and how values are put together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from deployments.analytics.language.links import Linker
from deployments.analytics.language.sketch import Ref
from deployments.analytics.language.vocabulary import lemmas
from deployments.analytics.model.schema import Role, SemanticModel
from deployments.contracts.query import Attribute, Constant, Direction, Elapsed, Function

OLDER = (("age", Direction.DESC), ("birth date", Direction.DESC))
"""What "older" measures."""

AGES = (*OLDER, ("date of birth", Direction.DESC))
"""What "over 40" measures of a person."""

_AMOUNTS = frozenset("amount total revenue value".split())
_PRICES = _AMOUNTS | frozenset("price sale cost spent payment".split())
_MONEY = frozenset(
    "payment sale expense spending donation refund fee cost earning expenditure deposit withdrawal fine "
    "purchase contribution payout reimbursement".split()
)


def scale_of(link: Linker, entity: str, hints: Iterable[tuple[str, Direction]]) -> tuple[Ref, Direction] | None:
    """The attribute of an entity, or of one it belongs to, that a gradable adjective measures, and which way is more."""
    hints = tuple(hints)
    model, graph = link.model, link.graph
    for owner in (entity, *(other for other, _, _, forward in graph.edges.get(entity, ()) if forward)):
        for hint, way in hints:
            words = lemmas(hint)
            for attribute in model.by_name[owner].attributes:
                measurable = attribute.data_type.is_time or attribute.data_type.is_number or attribute.role is Role.YEAR
                if attribute.hidden or not measurable or attribute.role in (Role.KEY, Role.REFERENCE):
                    continue
                label = lemmas(attribute.label)
                if _holds(label, words) and (len(words) > 1 or "birth" not in label):
                    return Ref(owner, attribute, Attribute(entity=owner, name=attribute.name), 0.8), way
    time = model.by_name[entity].default_time
    way_of_dates = next((way for hint, way in hints if hint == "date"), None)
    if time and way_of_dates is not None:
        return link.make(entity, model.attribute(entity, time), 0.8), way_of_dates
    years = [a for a in model.by_name[entity].attributes if a.role is Role.YEAR and not a.hidden]
    if way_of_dates is not None and len(years) == 1 and not {"birth", "death"} & set(lemmas(years[0].label)):
        # "founded": the one year that the data keeps of it.
        return link.make(entity, years[0], 0.8), way_of_dates
    return None


def _holds(label: tuple[str, ...], words: tuple[str, ...]) -> bool:
    """Whether the label holds the words in a row."""
    size = len(words)
    return any(label[i : i + size] == words for i in range(len(label) - size + 1))


def main_number(link: Linker, entity: str) -> Ref | None:
    """The amount that "orders over 5k" means: the entity's only clear additive number, money before others."""
    numbers = [a for a in link.model.by_name[entity].attributes if a.role is Role.ADDITIVE and not a.hidden]
    money = [a for a in numbers if a.unit or set(lemmas(a.label)) & _PRICES]
    clear = [a for a in money if set(lemmas(a.label)) & _AMOUNTS]
    pick = clear or money or numbers
    if not pick:
        # What one of them costs, where nothing adds up: "rooms between 100 and 150".
        rates = [a for a in link.model.by_name[entity].attributes if a.role is Role.RATE and not a.hidden]
        pick = [
            a for a in rates if set(lemmas(a.label)) & _PRICES or lemmas(a.label)[-1] in ("rate", "fare", "fee", "rent")
        ]
    return link.make(entity, pick[0], 0.7) if len(pick) == 1 else None


def money_of(link: Linker, entity: str) -> Ref | None:
    """The amount of an entity whose rows are themselves money: "payments by method" are summed, not counted."""
    if lemmas(link.model.by_name[entity].label)[-1] not in _MONEY:
        return None
    return main_number(link, entity)


def stands_for_many(model: SemanticModel, ref: Ref) -> bool:
    """Whether a value of the attribute is shared by many rows, so that it names a group and no row: a city, an agent's name."""
    rows, kinds = model.by_name[ref.entity].row_count or 0, ref.attribute.distinct_count or 0
    textual = not ref.derived and not ref.attribute.data_type.is_number and not ref.attribute.data_type.is_time
    return textual and 0 < kinds * 2 <= rows


def default_function(ref: Ref) -> Function:
    """How values of an attribute are put together when nobody says: sums where sums mean something."""
    if ref.attribute.default_function is not None and not ref.derived:
        return ref.attribute.default_function
    return Function.SUM if ref.attribute.role is Role.ADDITIVE and not ref.derived else Function.AVG


def as_age(ref: Ref, as_of: dt.date) -> Ref:
    """A birth date as the full years since, on a day; any other attribute as it is."""
    if not ref.attribute.data_type.is_time:
        return ref
    years = Elapsed(unit="year", start=ref.scalar, end=Constant(value=as_of))
    return Ref(ref.entity, ref.attribute, years, ref.score, True)
