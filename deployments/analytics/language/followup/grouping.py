"""Other groups: "by month instead", "split that by region"."""

from __future__ import annotations

from deployments.analytics.language.assemble.dimensions import group_dimension
from deployments.analytics.language.assemble.measures import add_measure
from deployments.analytics.language.assemble.order import add_default_order
from deployments.analytics.language.followup.edit import Edit
from deployments.analytics.language.followup.wording import REPLACES
from deployments.analytics.language.sketch import Ask, count_of
from deployments.contracts.query import Part, Truncated


def change_groups(edit: Edit) -> None:
    """Groups take the place of those of their kind (periods or things), or join them."""
    if not edit.sketch.groups:
        return
    fact = edit.fact
    if not edit.query.measures:
        measure = count_of(edit.query.subject)
        edit.draft.measures = []
        add_measure(edit.draft, measure)
        edit.put(
            measures=tuple(edit.draft.measures),
            dimensions=(),
            order=(),
            limit=None,
            distinct=False,
            yes_no=False,
        )
    # Grouping asks the assembler for the fact's time: it looks at what is measured.
    edit.draft.sketch.asks = [Ask("measure", fact, 0, measure=m) for m in edit.query.measures]
    fresh = [d for group in edit.sketch.groups if (d := group_dimension(edit.draft, group)) is not None]
    old = list(edit.query.dimensions)
    adding = edit.is_adding
    timed = any(isinstance(d.of, Truncated) for d in fresh)
    if not adding and old:
        replaced = [d for d in old if isinstance(d.of, Truncated) == timed]
        if timed and not replaced and not REPLACES.search(edit.text):
            kept = old
        elif REPLACES.search(edit.text) and len(old) == 1:
            kept = []
        else:
            kept = [d for d in old if d not in replaced]
            if not timed and any(isinstance(d.of, Truncated | Part) for d in old) and not replaced:
                kept = old if not REPLACES.search(edit.text) else []
    else:
        kept = old
    dimensions = [*kept, *[d for d in fresh if all(d.of != k.of for k in kept)]]
    limit = None if edit.query.limit is not None and edit.query.limit.per else edit.query.limit
    edit.put(dimensions=tuple(dimensions), order=(), limit=limit)
    restore_default_order(edit)


def restore_default_order(edit: Edit) -> None:
    """Order the result as if nothing had been said of it."""
    edit.draft.dimensions = list(edit.query.dimensions)
    edit.draft.measures = list(edit.query.measures)
    edit.draft.orders = []
    add_default_order(edit.draft)
    edit.put(order=tuple(edit.draft.orders))
