"""Other groups: "by month instead", "split that by region"."""

from __future__ import annotations

from deployments.analytics.language.assemble.dimensions import group_dimension
from deployments.analytics.language.assemble.measures import add_measure
from deployments.analytics.language.assemble.order import add_default_order
from deployments.analytics.language.filters import conjoin, parts
from deployments.analytics.language.followup.edit import Edit
from deployments.analytics.language.followup.rows import rows_before
from deployments.analytics.language.followup.wording import REPLACES
from deployments.analytics.language.sketch import Ask, count_of
from deployments.contracts.query import Attribute, Dimension, Truncated


def change_groups(edit: Edit) -> None:
    """Groups take the place of those of their kind (periods or things), or join them."""
    if not edit.sketch.groups:
        return
    if _lists_for_each(edit):
        return
    fact = edit.fact
    if not edit.query.measures:
        edit.draft.measures = []
        add_measure(edit.draft, count_of(edit.query.subject))
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
    kept = _kept_groups(edit, periods=any(isinstance(d.of, Truncated) for d in fresh))
    dimensions = [*kept, *[d for d in fresh if all(d.of != k.of for k in kept)]]
    shown = rows_before(edit) if kept and len(dimensions) > len(kept) and _is_ranking(edit) else []
    keeps_limit = _is_ranking(edit) and not shown and not any(isinstance(d.of, Truncated) for d in dimensions)
    where = conjoin([*parts(edit.query.where), *shown]) if shown else edit.query.where
    limit = edit.query.limit if keeps_limit else None
    edit.put(dimensions=tuple(dimensions), order=(), limit=limit, where=where)
    restore_default_order(edit)


def _lists_for_each(edit: Edit) -> bool:
    """ "also show the names of the documents using each template": columns were asked for, and each row says whose they are."""
    asked = [ask for ask in edit.sketch.asks if ask.kind != "measure"]
    things = [group.entity for group in edit.sketch.groups if group.each]
    if edit.query.measures or not asked or len(things) != len(edit.sketch.groups) or None in things:
        return False
    shown = {d.of.entity for d in edit.query.dimensions if isinstance(d.of, Attribute)}
    whose = [
        found
        for group in edit.sketch.groups
        if group.entity not in shown and (found := group_dimension(edit.draft, group)) is not None
    ]
    edit.put(dimensions=(*whose, *edit.query.dimensions))
    return True


def _is_ranking(edit: Edit) -> bool:
    """Whether the previous answer showed only its first rows: split further, those rows are meant, all periods of them."""
    return edit.before.limit is not None and not edit.before.limit.per


def _kept_groups(edit: Edit, periods: bool) -> list[Dimension]:
    """The groups that stay: all where the words add, else those of the other kind (periods, or things)."""
    old = list(edit.query.dimensions)
    if edit.is_adding:
        return old
    said_instead = bool(REPLACES.search(edit.text))
    if said_instead and len(old) == 1:
        return []
    other_kind = [d for d in old if isinstance(d.of, Truncated) != periods]
    if not periods and len(other_kind) == len(old):
        # "by region instead" of months only; without "instead" the months stay.
        return [] if said_instead else old
    return other_kind


def restore_default_order(edit: Edit) -> None:
    """Order the result as if nothing had been said of it."""
    edit.show_in_draft()
    edit.draft.orders = []
    add_default_order(edit.draft)
    edit.put(order=tuple(edit.draft.orders))
