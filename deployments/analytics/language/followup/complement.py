"""The others: "which did not?", "list all the other ids", "everyone except those"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from deployments.analytics.language.filters import attribute_of, conjoin, negate, parts
from deployments.analytics.language.followup.edit import Edit
from deployments.analytics.language.followup.rows import rows_before
from deployments.analytics.language.items import Item
from deployments.contracts.query import Attribute, Filter, Related

CUE = "complement"

_DENIED = re.compile(
    r"^(?:(?:and|but|ok|now) )*(?:which|who)(?: ones?| of (?:them|those|these))? "
    r"(?:did|do|does|is|are|was|were|has|have|had|can|could|will) not[?.! ]*$",
    re.IGNORECASE,
)

_OTHERS = ("other", "others", "rest", "remaining", "remainder")


def points_to_the_others(text: str, items: Sequence[Item]) -> bool:
    """Whether the message is about what the previous answer left out; its words for that are marked as explained."""
    if _DENIED.match(text.strip()):
        for item in items:
            item.tags.pop("neg", None)
        return True
    found = False
    for i, item in enumerate(items):
        before = items[i - 1].text.lower().split()[-1] if i else ""
        if item.unknown and item.lemma in _OTHERS and before in ("the", "all", "any"):
            item.unknown, item.filler, found = False, True, True
        said = " ".join(other.text.lower() for other in items[i : i + 2])
        if item.has("neg") and said in ("except those", "except these", "except them", "except for those",
                                        "except for these", "except for them"):  # fmt: skip
            item.tags.pop("neg")
            item.filler, found = True, True
            items[i + 1].filler = True
    return found


def take_the_others(edit: Edit) -> None:
    """Deny what the previous answer was restricted by last; of a ranking, leave out the rows that it showed."""
    if CUE not in edit.sketch.cues:
        return
    before = edit.before
    shown = list(parts(before.where))
    if before.having is not None or before.limit is not None:
        edit.put(where=negate(rows_before(edit)), having=None, limit=None)
    elif shown:
        last = _target(edit, shown[-1])
        denied = [part for part in shown if last is not None and _target(edit, part) == last] or shown[-1:]
        kept = [part for part in shown if part not in denied]
        edit.put(where=conjoin([*kept, _none_of(edit, denied, last)]))
    else:
        edit.draft.out.missing.append("which ones were left out")
        return
    edit.before = edit.query


def _target(edit: Edit, condition: Filter) -> str | None:
    """The entity of whose many rows a condition speaks; None where it speaks of the row itself."""
    if isinstance(condition, Related):
        return condition.to
    about = attribute_of(condition)
    if isinstance(about, Attribute) and about.entity != edit.fact and not edit.graph.to_one(edit.fact, about.entity):
        return about.entity
    return None


def _none_of(edit: Edit, conditions: list[Filter], target: str | None) -> Filter:
    """Rows for which the conditions do not hold: with no related row of that kind, where they speak of such."""
    if target is None:
        return negate(conditions)
    if len(conditions) == 1 and isinstance(conditions[0], Related):
        return conditions[0].model_copy(update={"negated": not conditions[0].negated})
    within = [p for c in conditions for p in (parts(c.where) if isinstance(c, Related) else (c,))]
    if any(isinstance(c, Related) and c.negated for c in conditions):
        return negate(conditions)
    return Related(entity=edit.fact, to=target, where=conjoin(within), negated=True)
