"""What is said of a value that many rows share: "countries with no channel in Italian", where each channel has a country.

A country is then not a row but all rows that hold it: it plays no cartoons where none of its channels does.
"""

from __future__ import annotations

from deployments.analytics.language.assemble.draft import Draft
from deployments.analytics.language.contradictions import exclude_each_other
from deployments.analytics.language.sketch import Ref, count_of
from deployments.analytics.model.schema import Role
from deployments.contracts.query import Attribute, Comparison, Constant, Filter, MeasureComparison, Operator, Related


def judge_groups(draft: Draft) -> None:
    """Turn conditions on rows into conditions on all rows of the value asked for, where only that makes sense of them:
    denials of what the rows have, and conditions that no one row can meet."""
    ref = _value_asked_for(draft)
    if ref is None or draft.subject is None or draft.measures or draft.having or draft.orders or draft.limit:
        return
    rows = any(e == draft.subject and at > draft.sketch.asks[0].position + 1 for e, at in draft.sketch.entities)
    # "countries that have customers without orders" speaks of such customers, and not of all of a country's.
    denied = [
        c for c in draft.conditions if isinstance(c, Related) and c.negated and c.entity == draft.subject and not rows
    ]
    apart = [] if denied else _apart(draft.conditions)
    judged: list[Filter] = [*denied, *apart]
    if not judged:
        return
    draft.conditions = [c for c in draft.conditions if c not in judged]
    for condition in judged:
        never = isinstance(condition, Related) and condition.negated
        held = condition.model_copy(update={"negated": False}) if isinstance(condition, Related) else condition
        draft.having.append(
            MeasureComparison(
                measure=count_of(draft.subject, held),
                operator=Operator.EQ if never else Operator.GT,
                right=Constant(value=0),
            )
        )
    plural = draft.model.by_name[draft.subject].plural
    said = (
        f"no {plural} of the {ref.attribute.label} may"
        if denied
        else f"different {plural} of one {ref.attribute.label} may"
    )
    draft.assume("groups", f"{said} meet the condition{'' if len(judged) == 1 else 's'}")
    draft.assume("groups", f"rows without a {ref.attribute.label} are left out")
    known = Comparison(left=ref.scalar, operator=Operator.IS_NOT_NULL)
    draft.conditions.append(known)


def _value_asked_for(draft: Draft) -> Ref | None:
    """The category that alone is asked for, as a thing of its own and not as what some rows hold."""
    sketch = draft.sketch
    asks = sketch.asks
    if len(asks) != 1 or asks[0].kind != "attribute" or sketch.subject is not None or sketch.groups or sketch.windows:
        return None
    ref = asks[0].ref
    if ref is None or ref.attribute.role is not Role.CATEGORY or not isinstance(ref.scalar, Attribute):
        return None
    item = draft.link.items[asks[0].position]
    plural = item.text.lower() != item.lemma
    return ref if ref.entity == draft.subject and plural else None


def _apart(conditions: list[Filter]) -> list[Filter]:
    """The conditions that exclude one another."""
    return [
        one for one in conditions if any(other is not one and exclude_each_other(one, other) for other in conditions)
    ]
