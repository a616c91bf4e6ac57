"""A typed query as the parts that a person may take away one by one, and the query without one of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from deployments.analytics.insights.interpret import conditions, dimension_words, limit_words
from deployments.analytics.insights.phrases import Phrases
from deployments.analytics.model.schema import SemanticModel
from deployments.contracts.answers import QueryPart
from deployments.contracts.errors import InvalidQuery
from deployments.contracts.query import AllOf, AnalyticQuery, Calculation, Filter, OrderBy

T = TypeVar("T")
_SHOWN = {"values": "", "difference": ", with the difference", "growth": ", with the change"}


def parts(query: AnalyticQuery, model: SemanticModel) -> tuple[QueryPart, ...]:
    """The parts in reading order. What the query cannot do without (its only measure, say) is not removable."""
    phrases = Phrases(model)
    found: list[QueryPart] = []

    def add(kind: str, part: str, label: str) -> None:
        removable = _removal(query, part) is not None
        found.append(QueryPart(kind=kind, part=part, label=label, removable=removable))

    if not query.measures and not query.dimensions:
        add("subject", "subject", phrases.entity(query.subject, many=True))
    for index, measure in enumerate(query.measures):
        add("measure", f"measure/{index}", phrases.measure(measure))
    for index, dimension in enumerate(query.dimensions):
        words = dimension_words(dimension, phrases)
        add("dimension", f"dimension/{index}", f"by {words}" if query.measures else words)
    for index, calculation in enumerate(query.calculations):
        add("calculation", f"calculation/{index}", phrases.calculation(query, calculation))
    for kind, where in (("filter", query.where), ("having", query.having)):
        for index, condition in enumerate(conditions(where)):
            add(kind, f"{kind}/{index}", phrases.filter(condition))
    if query.time is not None and (query.time.start is not None or query.time.end is not None):
        add("time", "time", phrases.window(query.time))
    if query.comparison is not None:
        shown = _SHOWN[query.comparison.show]
        add("comparison", "comparison", f"compared with {phrases.window(query.comparison.window)}{shown}")
    if query.limit is not None:
        add("limit", "limit", limit_words(query, phrases))
    return tuple(found)


def without(query: AnalyticQuery, part: str) -> AnalyticQuery:
    """The query without one of its `parts`. Raises InvalidQuery for a part that it does not have or needs."""
    removal = _removal(query, part)
    if removal is None:
        raise InvalidQuery("This part of the question cannot be taken away.")
    return removal()


def _removal(query: AnalyticQuery, part: str) -> Callable[[], AnalyticQuery] | None:
    kind, _, number = part.partition("/")
    index = int(number) if number.isascii() and number.isdigit() and len(number) < 4 else -1
    match kind:
        case "measure" if 0 <= index < len(query.measures) and len(query.measures) > 1:
            return lambda: _without_measure(query, index)
        case "dimension" if 0 <= index < len(query.dimensions) and (query.measures or len(query.dimensions) > 1):
            return lambda: _without_dimension(query, index)
        case "calculation" if 0 <= index < len(query.calculations):
            return lambda: _with_calculations(
                query, [None if i == index else i for i in range(len(query.calculations))]
            )
        case "filter" if 0 <= index < len(conditions(query.where)):
            return lambda: query.model_copy(update={"where": _all_but(query.where, index)})
        case "having" if 0 <= index < len(conditions(query.having)):
            return lambda: query.model_copy(update={"having": _all_but(query.having, index)})
        case "time" if query.time is not None and query.comparison is None:
            return lambda: query.model_copy(update={"time": None})
        case "comparison" if query.comparison is not None:
            return lambda: query.model_copy(update={"comparison": None})
        case "limit" if query.limit is not None:
            return lambda: query.model_copy(update={"limit": None})
    return None


def _all_but(where: Filter | None, index: int) -> Filter | None:
    kept = _drop(conditions(where), index)
    return None if not kept else kept[0] if len(kept) == 1 else AllOf(of=kept)


def _without_measure(query: AnalyticQuery, index: int) -> AnalyticQuery:
    kept = [number if calculation.measure != index else None for number, calculation in enumerate(query.calculations)]
    fewer = _with_calculations(query, kept)
    calculations = tuple(c.model_copy(update={"measure": c.measure - (c.measure > index)}) for c in fewer.calculations)
    order = _order_without(fewer.order, "measure", index)
    return fewer.model_copy(
        update={"measures": _drop(query.measures, index), "calculations": calculations, "order": order}
    )


def _without_dimension(query: AnalyticQuery, index: int) -> AnalyticQuery:
    """A calculation along the dimension goes with it; one within it then spans what is left."""
    along = [getattr(calculation, "along", None) for calculation in query.calculations]
    fewer = _with_calculations(query, [number if at != index else None for number, at in enumerate(along)])
    dimensions = _drop(query.dimensions, index)
    update: dict[str, object] = {
        "dimensions": dimensions,
        "calculations": tuple(_moved_up(calculation, index) for calculation in fewer.calculations),
        "order": _order_without(fewer.order, "dimension", index),
    }
    if query.limit is not None:
        update["limit"] = query.limit.model_copy(update={"per": _indexes_without(query.limit.per, index)})
    if query.measures and not dimensions:
        update |= {"limit": None, "order": (), "calculations": (), "having": None}
    return fewer.model_copy(update=update)


def _moved_up(calculation: Calculation, index: int) -> Calculation:
    update: dict[str, object] = {"within": _indexes_without(calculation.within, index)}
    if (along := getattr(calculation, "along", None)) is not None:
        update["along"] = along - (along > index)
    return calculation.model_copy(update=update)


def _with_calculations(query: AnalyticQuery, kept: list[int | None]) -> AnalyticQuery:
    """The query with the calculations whose number is in `kept`, None marking those that go."""
    order = query.order
    for number in reversed([i for i, keep in enumerate(kept) if keep is None]):
        order = _order_without(order, "calculation", number)
    calculations = tuple(query.calculations[i] for i in kept if i is not None)
    return query.model_copy(update={"calculations": calculations, "order": order})


def _order_without(order: tuple[OrderBy, ...], target: str, index: int) -> tuple[OrderBy, ...]:
    kept = (by for by in order if (by.target, by.index) != (target, index))
    return tuple(
        by.model_copy(update={"index": by.index - 1}) if by.target == target and by.index > index else by for by in kept
    )


def _indexes_without(indexes: tuple[int, ...], index: int) -> tuple[int, ...]:
    return tuple(i - (i > index) for i in indexes if i != index)


def _drop(items: tuple[T, ...], index: int) -> tuple[T, ...]:
    return (*items[:index], *items[index + 1 :])
