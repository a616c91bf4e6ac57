"""How two numbers go together, row by row: Pearson's correlation over every row, computed where the data is.

The covariance is a quarter of the difference between the variance of the sum and that of the difference, so that one statement of
aggregates gives the coefficient for any number of rows."""

from __future__ import annotations

import math
from collections.abc import Sequence

from deployments.analytics.insights.phrases import Phrases
from deployments.analytics.insights.wording import capitalized, counted, is_number
from deployments.analytics.model.schema import SemanticModel
from deployments.contracts.agents import Analysis, Inquiry, QueryRun
from deployments.contracts.answers import Insight, ResultTable
from deployments.contracts.errors import InvalidQuery
from deployments.contracts.query import (
    Aggregate,
    AllOf,
    AnalyticQuery,
    Arithmetic,
    Binned,
    Comparison,
    Filter,
    Function,
    Operator,
    Scalar,
)

FEWEST = 10
NOT_CAUSES = "A correlation is not a cause: both may follow from something else."
# The two-sided 99.9% point of the normal distribution.
CERTAIN = 3.29
_STRENGTHS = ((0.1, "hardly any"), (0.3, "a weak"), (0.5, "a moderate"), (0.7, "a clear"), (1.01, "a strong"))


def step(model: SemanticModel, query: AnalyticQuery, runs: Sequence[QueryRun | None]) -> Analysis:
    """The next step. Raises InvalidQuery where the numbers cannot be compared."""
    y = query.measures[0]
    assert isinstance(y, Aggregate)
    assert y.of is not None
    by = query.dimensions[0].of
    x = by.of if isinstance(by, Binned) else by
    phrases = Phrases(model)
    names = phrases.scalar(x), phrases.scalar(y.of)
    if not runs:
        spreads = Inquiry(query=_spreads(query, y, x, y.of), purpose=f"how {names[0]} and {names[1]} vary together")
        shown = Inquiry(query=query.model_copy(update={"analysis": None}), purpose=f"{names[1]} by {names[0]}")
        return Analysis(inquiries=(spreads, shown))
    first, table = runs[0], runs[1]
    if first is None or table is None:
        raise InvalidQuery("These two cannot be compared.")
    r, count = coefficient(first.result)
    return Analysis(
        query=query,
        result=table.result,
        sql=table.sql,
        response=_words(phrases, query, names, r, count),
        insights=(
            Insight(kind="correlation", text=_words(phrases, query, names, r, count), numbers={"r": r, "rows": count}),
        ),
        warnings=(NOT_CAUSES,),
    )


def _spreads(query: AnalyticQuery, y: Aggregate, one: Scalar, other: Scalar) -> AnalyticQuery:
    both = tuple(Comparison(left=of, operator=Operator.IS_NOT_NULL) for of in (one, other))
    parts: tuple[Filter, ...] = both if y.where is None else (*both, y.where)
    where = AllOf(of=parts)

    def spread(of: Scalar, name: str) -> Aggregate:
        return Aggregate(function=Function.VARIANCE, entity=y.entity, of=of, where=where, name=name)

    return AnalyticQuery(
        subject=query.subject,
        measures=(
            Aggregate(function=Function.COUNT, entity=y.entity, where=where, name="pairs"),
            spread(one, "spread_x"),
            spread(other, "spread_y"),
            spread(Arithmetic(operator="+", left=one, right=other), "spread_sum"),
            spread(Arithmetic(operator="-", left=one, right=other), "spread_difference"),
        ),
        where=query.where,
        time=query.time,
    )


def coefficient(result: ResultTable) -> tuple[float, int]:
    """Pearson's r and the number of rows, from a count, the variances of both, of their sum and of their difference.
    Raises InvalidQuery where there are too few rows, or one of the two never varies."""
    (row,) = result.rows
    numbers = [float(cell) if is_number(cell) else 0.0 for cell in row]  # type: ignore[arg-type]
    count, x, y, together, apart = numbers
    if count < FEWEST:
        raise InvalidQuery(
            f"Only {counted(int(count), 'row')} {'has' if count == 1 else 'have'} both values; it takes {FEWEST}."
        )
    if x <= 0 or y <= 0:
        raise InvalidQuery("One of the two is the same everywhere, so nothing can go with it.")
    return max(-1.0, min(1.0, (together - apart) / (4 * math.sqrt(x * y)))), int(count)


def _words(phrases: Phrases, query: AnalyticQuery, names: tuple[str, str], r: float, count: int) -> str:
    scope = f" {phrases.restriction(query.where)}" if query.where is not None else ""
    told = f"r = {r:.2f} over {counted(count, 'row')}"
    both = f"{names[0]} and {names[1]}"
    certain = abs(r) >= 1 or abs(r) * math.sqrt((count - 2) / (1 - r * r)) > CERTAIN
    if not certain:
        return f"{capitalized(both)}{scope} do not go together by more than chance gives ({told})."
    strength = next(words for bound, words in _STRENGTHS if abs(r) < bound)
    way = f"more {names[0]} goes with {'more' if r > 0 else 'less'} {names[1]}"
    return f"There is {strength} correlation between {both}{scope} ({told}): {way}."
