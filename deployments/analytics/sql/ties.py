"""Whether the last place of a top N is shared with rows that were cut off: asked of the data, not guessed.

The query is asked for one row more (of each group, where so many of each are shown); where that row is equal to the last
one shown in what they were sorted by, the answer says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from deployments.contracts.answers import ResultColumn
from deployments.contracts.query import AnalyticQuery, Dimension, Scalar

_EDGE = "edge"


def one_more(query: AnalyticQuery) -> AnalyticQuery | None:
    """The query that tells; None for one whose rows are not cut off by one value."""
    limit = query.limit
    if limit is None or limit.ties or len(query.order) != 1 or query.is_by_hand or query.distinct:
        return None
    wider = limit.model_copy(update={"count": limit.count + 1})
    order = query.order[0]
    if order.target == "measure" and query.measures[order.index].name:
        return query.model_copy(update={"limit": wider})
    of: Scalar | None = order.of if order.target == "scalar" else None
    if order.target == "dimension" and not query.measures:
        of = query.dimensions[order.index].of
    if of is None or query.measures or limit.per:
        return None
    edge = Dimension(of=of, name=_EDGE)
    sort = order.model_copy(update={"target": "dimension", "index": 0, "of": None})
    return query.model_copy(update={"dimensions": (edge,), "order": (sort,), "limit": wider, "hidden": ()})


def told(query: AnalyticQuery, columns: Sequence[ResultColumn], rows: Sequence[Sequence[Any]]) -> tuple[str, ...]:
    """What to say of the rows of `one_more(query)`; () where no place is shared."""
    limit, order = query.limit, query.order[0]
    assert limit is not None
    wanted = query.measures[order.index].name if order.target == "measure" else _EDGE
    at = next((i for i, column in enumerate(columns) if column.name == wanted), None)
    if at is None:
        return ()
    groups = [list(group) for _, group in groupby(rows, key=lambda row: tuple(row[i] for i in limit.per))]
    shared = [group for group in groups if len(group) > limit.count and group[-1][at] == group[-2][at]]
    if not shared:
        return ()
    by = f" {columns[at].label.lower()}" if wanted != _EDGE else " value"
    if limit.per:
        return (f"In {len(shared)} of {len(groups)} groups the last place shown is shared with rows of the same{by}.",)
    place = limit.offset + limit.count
    return (f"Place {place} is shared: there is more than is shown with the same{by}.",)
