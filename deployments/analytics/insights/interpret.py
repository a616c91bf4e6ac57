"""A typed query restated in one sentence, and what an edit of it changed."""

from __future__ import annotations

from deployments.analytics.insights.phrases import Phrases
from deployments.analytics.insights.wording import capitalized, listing
from deployments.analytics.model.schema import SemanticModel
from deployments.contracts.query import (
    AllOf,
    AnalyticQuery,
    Binned,
    Dimension,
    Direction,
    Filter,
    OrderBy,
    Part,
    Truncated,
)


def interpret(query: AnalyticQuery, model: SemanticModel) -> str:
    """One sentence that restates the query, dates resolved and ends inclusive, every slot in it but `assumptions`,
    which are sentences already: "Revenue by customer, top 10, order date from 1 to 31 October 2026"."""
    return capitalized(", ".join(clauses(query, Phrases(model))))


def clauses(query: AnalyticQuery, phrases: Phrases) -> list[str]:
    """The sentence's clauses in reading order."""
    if query.verified is not None:
        values = listing(placed.value for placed in query.verified.placed)
        return [f"the verified query “{query.verified.name}”{' with ' + values if values else ''}"]
    if query.statement is not None:
        return ["the rows of the SQL that was typed"]
    parts = [_head(query, phrases)]
    parts.extend(phrases.calculation(query, calculation) for calculation in query.calculations)
    parts.extend(_limit_and_order(query, phrases))
    if query.where is not None:
        parts.append(phrases.restriction(query.where))
    if query.having is not None:
        parts.append(f"only where {phrases.filter(query.having)}")
    if query.time is not None and (query.time.start is not None or query.time.end is not None):
        parts.append(phrases.window(query.time))
    if query.comparison is not None:
        shown = {"values": "", "difference": ", with the difference", "growth": ", with the change in percent"}
        parts.append(f"compared with {phrases.window(query.comparison.window)}{shown[query.comparison.show]}")
    if query.analysis is not None:
        parts.append(_ANALYSES[query.analysis.kind])
    if query.hidden:
        parts.append(f"without showing {listing(name.replace('_', ' ') for name in query.hidden)}")
    if query.chart:
        parts.append(f"as {_article(query.chart)} {query.chart.replace('_', ' ')}")
    return parts


_ANALYSES = {
    "drivers": "taken apart by what drove the change",
    "forecast": "with a forecast",
    "unusual": "with the periods that stand out",
    "correlation": "and how they go together",
}


def _article(noun: str) -> str:
    return "an" if noun[:1].lower() in "aeiou" else "a"


def _head(query: AnalyticQuery, phrases: Phrases) -> str:
    if query.measures:
        head = listing(phrases.measure(measure) for measure in query.measures)
        if query.dimensions:
            head += f" by {listing(dimension_words(dimension, phrases) for dimension in query.dimensions)}"
    else:
        head = _listed(query, phrases)
    return f"whether there is any: {head}" if query.yes_no else head


def _listed(query: AnalyticQuery, phrases: Phrases) -> str:
    """What is listed: "customers with country", "distinct countries", "status of orders"."""
    subject = phrases.entity(query.subject, many=True)
    shown = [dimension_words(dimension, phrases) for dimension in query.dimensions]
    if query.distinct:
        return f"distinct {listing(shown)} of {subject}" if shown else f"distinct {subject}"
    others = [words for words in shown if words != phrases.entity(query.subject)]
    if len(others) < len(shown):
        return f"{subject} with {listing(others)}" if others else subject
    return f"{listing(shown)} of {subject}" if shown else subject


def dimension_words(dimension: Dimension, phrases: Phrases) -> str:
    """A dimension as it is said after "by": "month", "country", "weekday"."""
    words = phrases.noun(dimension)
    if isinstance(dimension.of, Truncated | Part):
        words = f"{words} of {phrases.scalar(dimension.of.of)}"
    if isinstance(dimension.of, Binned):
        words = phrases.scalar(dimension.of)
    return f"{words} (empty periods shown)" if dimension.fill else words


def order_words(query: AnalyticQuery, order: OrderBy, phrases: Phrases) -> str:
    """What an ordering is by."""
    match order.target:
        case "dimension" if order.index < len(query.dimensions):
            return phrases.noun(query.dimensions[order.index])
        case "measure" if order.index < len(query.measures):
            return phrases.measure(query.measures[order.index])
        case "calculation" if order.index < len(query.calculations):
            return phrases.calculation(query, query.calculations[order.index])
        case "scalar" if order.of is not None:
            return phrases.scalar(order.of)
        case _:
            return "the result"


def _ordering(query: AnalyticQuery, phrases: Phrases) -> list[str]:
    return [
        f"{order_words(query, order, phrases)} {'descending' if order.direction is Direction.DESC else 'ascending'}"
        for order in query.order
    ]


def _is_ranking(query: AnalyticQuery) -> bool:
    return bool(query.order) and query.order[0].target in ("measure", "calculation")


def limit_words(query: AnalyticQuery, phrases: Phrases) -> str:
    """ "top 10", "bottom 3 per region", "first 5"; "" without a limit."""
    limit = query.limit
    if limit is None:
        return ""
    ranked = _is_ranking(query) or (bool(query.order) and query.order[0].target == "scalar")
    side = ("top" if query.order[0].direction is Direction.DESC else "bottom") if ranked else "first"
    words = f"{side} {limit.count:,}"
    if limit.per:
        words += f" per {listing(phrases.noun(query.dimensions[i]) for i in limit.per if i < len(query.dimensions))}"
    if limit.ties:
        words += " with ties"
    return f"{words} after the first {limit.offset:,}" if limit.offset else words


def _limit_and_order(query: AnalyticQuery, phrases: Phrases) -> list[str]:
    parts = []
    words = limit_words(query, phrases)
    # "Revenue by customer, top 10" says by what: the one measure there is.
    obvious = bool(words) and _is_ranking(query) and len(query.order) == 1 and (
        query.order[0].target == "measure" and query.order[0].index == 0 and len(query.measures) == 1
    )  # fmt: skip
    if words:
        parts.append(words)
    if query.order and not obvious:
        parts.append(f"ordered by {listing(_ordering(query, phrases), 'then')}")
    return parts


def conditions(where: Filter | None) -> tuple[Filter, ...]:
    """The conjoined conditions of a filter, flat."""
    if where is None:
        return ()
    if isinstance(where, AllOf):
        return tuple(inner for part in where.of for inner in conditions(part))
    return (where,)


def describe_change(before: AnalyticQuery, after: AnalyticQuery, model: SemanticModel) -> tuple[str, ...]:
    """What an edit changed, a phrase for each slot that differs: "filtered to country = US", "by month instead of
    week", "top 5 instead of top 10". Empty where nothing changed."""
    phrases = Phrases(model)
    changes: list[str] = []
    changes.extend(_measure_changes(before, after, phrases))
    changes.extend(_dimension_changes(before, after, phrases))
    changes.extend(_filter_changes(before, after, phrases))
    changes.extend(_slot_changes(before, after, phrases))
    return tuple(changes)


def _measure_changes(before: AnalyticQuery, after: AnalyticQuery, phrases: Phrases) -> list[str]:
    changes = []
    if before.subject != after.subject and not after.measures:
        changes.append(
            f"{phrases.entity(after.subject, many=True)} instead of {phrases.entity(before.subject, many=True)}"
        )
    changes += _replaced(
        [phrases.measure(m) for m in before.measures],
        [phrases.measure(m) for m in after.measures],
        "added ",
        "without ",
    )
    changes += _replaced(
        [phrases.calculation(before, c) for c in before.calculations],
        [phrases.calculation(after, c) for c in after.calculations],
        "with the ",
        "without the ",
    )
    if before.yes_no != after.yes_no:
        changes.append("answered with yes or no" if after.yes_no else "with the rows")
    return changes


def _dimension_changes(before: AnalyticQuery, after: AnalyticQuery, phrases: Phrases) -> list[str]:
    old = [phrases.noun(d) for d in before.dimensions]
    new = [phrases.noun(d) for d in after.dimensions]
    changes = _replaced(old, new, "split by ", "not split by ", "by ")
    if old == new and before.dimensions != after.dimensions:
        was = [dimension_words(d, phrases) for d in before.dimensions]
        now = [dimension_words(d, phrases) for d in after.dimensions]
        changes.append(f"by {listing(now)} instead of {listing(was)}" if was != now else "grouped by another key")
    elif sorted(old) == sorted(new) and old != new:
        changes.append(f"columns in the order {listing(new)}")
    if before.distinct != after.distinct:
        changes.append("distinct rows only" if after.distinct else "with repeated rows")
    return changes


def _replaced(old: list[str], new: list[str], added: str, removed: str, instead: str = "") -> list[str]:
    gone, come = [x for x in old if x not in new], [x for x in new if x not in old]
    if gone and come:
        return [f"{instead}{listing(come)} instead of {listing(gone)}"]
    if come:
        return [f"{added}{listing(come)}"]
    return [f"{removed}{listing(gone)}"] if gone else []


def _filter_changes(before: AnalyticQuery, after: AnalyticQuery, phrases: Phrases) -> list[str]:
    changes = []
    for old_filter, new_filter, verb in (
        (before.where, after.where, "filtered to"),
        (before.having, after.having, "only where"),
    ):
        old, new = conditions(old_filter), conditions(new_filter)
        come = [phrases.filter(f, symbols=True) for f in new if f not in old]
        gone = [phrases.filter(f, symbols=True) for f in old if f not in new]
        if come:
            changes.append(f"{verb} {listing(come)}" + (f" instead of {listing(gone)}" if gone else ""))
        elif gone:
            changes.append(f"no longer {verb} {listing(gone)}")
    return changes


def _slot_changes(before: AnalyticQuery, after: AnalyticQuery, phrases: Phrases) -> list[str]:
    changes = []
    if _dates(before) != _dates(after):
        if after.time is None:
            changes.append("for all time")
        else:
            was = f" instead of {phrases.window(before.time)}" if before.time is not None else ""
            changes.append(f"{phrases.window(after.time)}{was}")
    if before.comparison != after.comparison:
        changes.append(
            f"compared with {phrases.window(after.comparison.window)}" if after.comparison else "without the comparison"
        )
    was, now = limit_words(before, phrases), limit_words(after, phrases)
    if was != now:
        changes.append(f"{now} instead of {was}" if was and now else now or "without the limit")
    if before.order != after.order and (was == now or len(after.order) > 1):
        ways = _ordering(after, phrases)
        changes.append(f"ordered by {listing(ways, 'then')}" if ways else "in no particular order")
    if before.chart != after.chart:
        shown = (
            f"as {_article(after.chart)} {after.chart.replace('_', ' ')}"
            if after.chart
            else "as the chart that fits best"
        )
        changes.append(shown)
    if before.hidden != after.hidden:
        changes.append(
            f"without showing {listing(n.replace('_', ' ') for n in after.hidden)}"
            if after.hidden
            else "showing every column"
        )
    return changes


def _dates(query: AnalyticQuery) -> tuple[object, ...] | None:
    return (query.time.of, query.time.start, query.time.end) if query.time else None
