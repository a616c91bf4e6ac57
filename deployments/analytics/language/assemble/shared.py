"""What several rows have in common: "cuisines with both easy and hard recipes", "countries with lakes below 10 m and lakes above 100 m".

No one row is both; the value that is asked for must stand in a row of each kind."""

from __future__ import annotations

from itertools import combinations

from deployments.analytics.language.assemble.draft import Draft
from deployments.analytics.language.contradictions import exclude_each_other
from deployments.analytics.language.filters import conjoin
from deployments.analytics.model.schema import Role
from deployments.contracts.query import AnalyticQuery, Attribute, Filter, Membership

_KINDS = (Role.CATEGORY, Role.YEAR, Role.CODE, Role.TEXT)


def can_share(draft: Draft) -> bool:
    """Whether the one thing asked for is a value that many rows may have."""
    asks = draft.sketch.asks
    if len(asks) != 1 or asks[0].ref is None or asks[0].kind != "attribute":
        return False
    attribute = asks[0].ref.attribute
    return attribute.role in _KINDS and not attribute.unique and not draft.sketch.groups


def ask_for_shared(draft: Draft) -> None:
    """Each of two kinds of rows must have the value."""
    if not can_share(draft) or draft.measures or draft.having or len(draft.dimensions) != 1:
        return
    of = draft.dimensions[0].of
    pair = _two_kinds(draft)
    if pair is None or not isinstance(of, Attribute) or draft.subject is None:
        return
    rest = [condition for condition in draft.conditions if condition not in pair]
    draft.conditions = []
    for kind in pair:
        rows = AnalyticQuery(subject=draft.subject, dimensions=(draft.dimensions[0],), where=conjoin([*rest, kind]))
        draft.conditions.append(Membership(of=of, query=rows))
    draft.sketch.distinct = True


def _two_kinds(draft: Draft) -> tuple[Filter, Filter] | None:
    """The two conditions that say of which kinds the rows are: such as no row can meet together, or all that were said of
    rows that are named twice after "both"."""
    for one, other in combinations(draft.conditions, 2):
        if exclude_each_other(one, other):
            return one, other
    named = [entity for entity, _ in draft.sketch.entities]
    twice = any(named.count(entity) > 1 for entity in named)
    if "both" in draft.sketch.cues and twice and len(draft.conditions) == 2:
        return draft.conditions[0], draft.conditions[1]
    return None
