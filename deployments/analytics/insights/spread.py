"""Findings across groups: concentration, extremes, outliers, ties at the edge of a top N, change by group."""

from __future__ import annotations

from statistics import median

from deployments.analytics.charts.shape import Field, Shape, lowered
from deployments.analytics.insights.wording import capitalized, counted, is_number, listing, quantity, text
from deployments.contracts.answers import Cell, Insight

FEWEST_FOR_CONCENTRATION = 4
FEWEST_FOR_OUTLIERS = 8
# A modified z-score above 3.5 is an outlier: Iglewicz and Hoaglin (1993).
OUTLIER_SCORE = 3.5


def told(field: Field, value: float | Cell) -> str:
    """A measure's value with its unit."""
    return text(value, field.column.unit)


def known_rows(shape: Shape, field: Field) -> list[tuple[tuple[Cell, ...], float]]:
    """The rows with a number in the field, with that number."""
    return [(row, float(row[field.index])) for row in shape.result.rows if is_number(row[field.index])]  # type: ignore[arg-type]


def complete(shape: Shape) -> bool:
    """Whether the rows are all the groups of the question."""
    query = shape.query
    return not shape.result.truncated and query.limit is None and query.having is None


def these(shape: Shape) -> str:
    """ "all 12 categories" or "these 10 customers": never more than the rows hold."""
    noun = shape.dimensions[0].noun if len(shape.dimensions) == 1 else "row"
    word = "all" if complete(shape) else "these"
    return f"{word} {counted(shape.rows, noun)}"


def concentration(shape: Shape) -> list[Insight]:
    """How much the largest hold of the sum of the rows. Only for what adds up and is never negative."""
    field = shape.measures[0]
    rows = known_rows(shape, field)
    total = sum(value for _, value in rows)
    if not field.column.additive or field.column.role != "measure" or field.negative or total <= 0:
        return []
    if len(rows) < FEWEST_FOR_CONCENTRATION or len(shape.dimensions) != 1:
        return []
    ranked = sorted(rows, key=lambda pair: -pair[1])
    name, count = lowered(field.label), len(ranked)
    whole = f"the {name} of {these(shape)}"
    first_share, three_share = ranked[0][1] / total, sum(value for _, value in ranked[:3]) / total
    figures: dict[str, float | int | str] = {"total": total, "groups": count}
    low, high = ranked[-1][1], ranked[0][1]
    if low > 0 and high <= 1.25 * low:
        words = (
            f"{capitalized(name)} is spread evenly over {these(shape)}: from {told(field, low)} to {told(field, high)}."
        )
        return [Insight(kind="even_spread", text=words, numbers=figures | {"lowest": low, "highest": high})]
    if count >= 6 and three_share >= max(0.5, 4.2 / count) and first_share < 0.5:
        names = listing(shape.key(row) for row, _ in ranked[:3])
        words = f"The top 3 of {these(shape)} ({names}) hold {quantity(three_share, '%')} of their {name}."
        return [Insight(kind="concentration", text=words, numbers=figures | {"k": 3, "share": three_share})]
    if first_share >= max(0.1, 1.15 / count) and ranked[0][1] > ranked[1][1]:
        dimension, part = shape.dimensions[0], quantity(first_share, "%")
        if ranked[0][0][dimension.index] is None:
            words = f"{part} of the {name} shown is without {dimension.noun}."
        else:
            words = f"{shape.key(ranked[0][0])} alone is {part} of {whole}."
        return [Insight(kind="concentration", text=words, numbers=figures | {"k": 1, "share": first_share})]
    return _half(shape, [value for _, value in ranked], total, name)


def _half(shape: Shape, ranked: list[float], total: float, name: str) -> list[Insight]:
    """How few of many make up half."""
    reached, k = 0.0, 0
    while reached < total / 2:
        reached += ranked[k]
        k += 1
    if len(ranked) < 12 or k * 3 > len(ranked):
        return []
    words = f"{k} of {these(shape)} make up {quantity(reached / total, '%')} of their {name}."
    return [
        Insight(
            kind="concentration",
            text=words,
            numbers={"k": k, "share": reached / total, "total": total, "groups": len(ranked)},
        )
    ]


def fullest_bin(shape: Shape) -> list[Insight]:
    """The bin that holds most."""
    field = shape.measures[0]
    rows = known_rows(shape, field)
    total = sum(value for _, value in rows)
    if not field.column.additive or field.negative or total <= 0 or not complete(shape):
        return []
    row, value = max(rows, key=lambda pair: pair[1])
    words = (
        f"{shape.key(row)} is the fullest band, with {told(field, value)}, "
        f"{quantity(value / total, '%')} of the {lowered(field.label)} shown."
    )
    return [Insight(kind="fullest_bin", text=words, numbers={"value": value, "share": value / total, "total": total})]


def extremes(shape: Shape) -> list[Insight]:
    """The highest and lowest rows, and how far apart they are. What has no name is not compared with what has."""
    field = shape.measures[0]
    rows = known_rows(shape, field)
    if len(shape.dimensions) == 1:
        rows = [(row, value) for row, value in rows if row[shape.dimensions[0].index] is not None]
    if len(rows) < 3 or field.column.role != "measure":
        return []
    high = max(value for _, value in rows)
    low = min(value for _, value in rows)
    if high == low:
        words = f"{capitalized(lowered(field.label))} is the same, {told(field, high)}, for {these(shape)}."
        return [Insight(kind="all_equal", text=words, numbers={"value": high, "groups": len(rows)})]
    tops = [row for row, value in rows if value == high]
    bottoms = [row for row, value in rows if value == low]
    figures: dict[str, float | int | str] = {"highest": high, "lowest": low}
    first = (
        f"{shape.key(tops[0])} is highest" if len(tops) == 1 else f"{counted(len(tops), 'row')} share the highest value"
    )
    last = (
        f"{shape.key(bottoms[0])} lowest" if len(bottoms) == 1 else f"{counted(len(bottoms), 'row')} share the lowest"
    )
    # "1.0 times as much" would say that they are equal.
    told_apart = low > 0 and 1.05 <= high / low < 1000 and len(tops) == len(bottoms) == 1
    times = f", {high / low:.1f} times as much" if told_apart else ""
    scope = "" if complete(shape) else " of those shown"
    words = f"By {lowered(field.label)}, {first}{scope} ({told(field, high)}) and {last} ({told(field, low)}){times}."
    if times:
        figures["ratio"] = high / low
    return [Insight(kind="extremes", text=words, numbers=figures)]


def outliers(shape: Shape) -> list[Insight]:
    """Rows far from the rest, by median and median absolute deviation."""
    field = shape.measures[0]
    rows = known_rows(shape, field)
    if len(rows) < FEWEST_FOR_OUTLIERS:
        return []
    # The head of a ranking is cut from a distribution nobody sees.
    if shape.query.limit is not None or shape.result.truncated:
        return []
    values = [value for _, value in rows]
    middle = median(values)
    deviation = median(abs(value - middle) for value in values)
    if deviation == 0:
        return []
    scored = [(0.6745 * abs(value - middle) / deviation, row, value) for row, value in rows]
    far = sorted((s for s in scored if s[0] > OUTLIER_SCORE), key=lambda s: -s[0])
    if not far or len(far) > max(3, len(rows) // 10):
        return []
    names = listing(f"{shape.key(row)} ({told(field, value)})" for _, row, value in far[:3])
    verb = "stands" if len(far) == 1 else "stand"
    words = f"{names} {verb} out from the rest, whose median {lowered(field.label)} is {told(field, middle)}."
    figures: dict[str, float | int | str] = {"median": middle, "mad": deviation, "count": len(far), "score": far[0][0]}
    return [Insight(kind="outlier", text=words, numbers=figures)]


def edge_ties(shape: Shape) -> list[Insight]:
    """A top N that keeps what is equal to its last place, and so shows more."""
    limit, field = shape.query.limit, shape.measures[0]
    order = shape.query.order
    if limit is None or not limit.ties or limit.per or not order or order[0].target != "measure" or order[0].index:
        return []
    rows = known_rows(shape, field)
    if len(rows) <= limit.count:
        return []
    noun = shape.dimensions[0].noun
    edge = rows[-1][1]
    same = sum(value == edge for _, value in rows)
    words = f"{counted(len(rows), noun)} are shown, because {same} share place {limit.count} with {told(field, edge)}."
    return [Insight(kind="edge_tie", text=words, numbers={"shown": len(rows), "tied": same, "value": edge})]


def compared_groups(shape: Shape) -> list[Insight]:
    """Which groups grew and fell most against the period compared with."""
    assert shape.comparison is not None
    now, before = shape.comparison
    pairs = [
        (row, float(row[now.index]), float(row[before.index]))  # type: ignore[arg-type]
        for row in shape.result.rows
        if is_number(row[now.index]) and is_number(row[before.index])
    ]
    if len(pairs) < 2:
        return []
    found: list[Insight] = []
    rise, fall = max(pairs, key=lambda p: p[1] - p[2]), min(pairs, key=lambda p: p[1] - p[2])
    name = lowered(now.label)
    for kind, verb, (row, new, old) in (("largest_rise", "rose", rise), ("largest_fall", "fell", fall)):
        change = new - old
        if (change <= 0) if kind == "largest_rise" else (change >= 0):
            continue
        by = f"{abs(change) * 100:.2g} points" if now.column.unit == "%" else told(now, abs(change))
        relative = f" ({quantity(abs(change / old), '%')})" if old > 0 and now.column.unit != "%" else ""
        words = (
            f"{shape.key(row)} {verb} most by {name}: by {by}{relative}, from {told(before, old)} to {told(now, new)}."
        )
        found.append(Insight(kind=kind, text=words, numbers={"now": new, "before": old, "change": change}))
    return found
