"""What a comparison with a named row is against: "older than Ann", "more seats than the Gull"."""

from __future__ import annotations

from deployments.analytics.language.filters import equals
from deployments.analytics.language.rules.operands import aggregate
from deployments.analytics.language.rules.restrictions import operand_near
from deployments.analytics.language.sketch import Ref
from deployments.analytics.language.walker import Walker
from deployments.contracts.query import AnalyticQuery, Attribute, Comparison, Function, Nested, Operator


def against_named(w: Walker, i: int, k: int, operator: Operator, left: Ref | None) -> int | None:
    """The same attribute of the one row whose name stands at `k`."""
    if w.link.entity(k) is not None and (after := w.at(k + 1)) is not None and after.values:
        # "longer than the film Dust".
        k += 1
    operand, item = operand_near(w, i), w.at(k)
    mine = left or (operand.ref if operand is not None else None)
    if item is None or mine is None or not (mine.is_number or mine.tells_when):
        return None
    entity = w.model.by_name[mine.entity]
    named = [hit for hit in item.values if (hit.entity, hit.attribute) == (entity.name, entity.label_attribute)]
    if not named:
        return None
    named_by = Attribute(entity=entity.name, name=named[0].attribute)
    other = AnalyticQuery(subject=entity.name, measures=(aggregate(Function.MAX, mine),), where=equals(named_by, named))
    w.require(mine, Comparison(left=mine.scalar, operator=operator, right=Nested(query=other)), i)
    return k + 1
