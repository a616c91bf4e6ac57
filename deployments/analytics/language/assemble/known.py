"""Rows that lack what they are grouped by: no thing of their own, where each thing is asked about."""

from __future__ import annotations

from deployments.analytics.language.assemble.draft import Draft
from deployments.analytics.language.assemble.subject import fact_of
from deployments.contracts.query import Attribute, Comparison, Dimension, Operator


def count_for_each(draft: Draft) -> None:
    """ "how many candidates does each party have": a candidate without a party is of none of them."""
    groups = [group for group in draft.sketch.groups if group.each and group.entity is not None]
    each = {group.entity for group in groups}
    leave_out_unknown(
        draft, [d for d in draft.dimensions if isinstance(d.of, Attribute) and d.of.entity in each], "shown"
    )


def leave_out_unknown(draft: Draft, dimensions: list[Dimension], done: str) -> None:
    """Only rows that have the thing; `done` says in the assumption what is done with them."""
    fact = fact_of(draft)
    for dimension in dimensions:
        of = dimension.of
        if not isinstance(of, Attribute):
            continue
        attribute = draft.model.attribute(of.entity, of.name)
        steps = draft.graph.path(fact, of.entity) or () if fact and fact != of.entity else ()
        if not attribute.null_fraction and all(one and relationship.complete for relationship, one in steps):
            continue
        known = Comparison(left=of, operator=Operator.IS_NOT_NULL)
        if known not in draft.conditions:
            draft.conditions.append(known)
            draft.assume("known", f"only rows whose {attribute.label} is known are {done}")
