"""A follow-up is an edit of the previous query: slots are added, replaced or removed, and the rest stays.

Nothing here knows tables or SQL; an edit is one typed query made from another.
"""

from __future__ import annotations

from deployments.analytics.language.assemble.draft import Assembled
from deployments.analytics.language.followup.bounds import compare_with_the_answer, restrict_by_what_is_shown
from deployments.analytics.language.followup.columns import change_columns, change_function
from deployments.analytics.language.followup.complement import take_the_others
from deployments.analytics.language.followup.conditions import (
    change_conditions,
    change_windows,
    clear_filters,
    drop_filters,
)
from deployments.analytics.language.followup.edit import Edit
from deployments.analytics.language.followup.grouping import change_groups
from deployments.analytics.language.followup.ranking import (
    change_calculations,
    change_extremes,
    change_order,
    name_the_extreme,
    rank_by_what_is_counted,
    rank_by_what_is_shown,
)
from deployments.analytics.language.followup.rows import list_distinct, list_rows, restrict_to_shown_row
from deployments.analytics.language.graph import Graph
from deployments.analytics.language.links import Linker
from deployments.analytics.language.sketch import Sketch
from deployments.analytics.model.schema import SemanticModel
from deployments.contracts.agents import Context
from deployments.contracts.query import AnalyticQuery

STEPS = (
    restrict_to_shown_row,
    compare_with_the_answer,
    list_rows,
    list_distinct,
    clear_filters,
    drop_filters,
    take_the_others,
    rank_by_what_is_counted,
    rank_by_what_is_shown,
    name_the_extreme,
    change_columns,
    change_function,
    change_groups,
    change_windows,
    change_conditions,
    restrict_by_what_is_shown,
    change_calculations,
    change_extremes,
    change_order,
)
"""The order of the changes: each sees the query as the earlier ones left it."""


def edit_query(
    model: SemanticModel,
    graph: Graph,
    link: Linker,
    sketch: Sketch,
    context: Context,
    before: AnalyticQuery,
    text: str,
) -> Assembled:
    """The previous query with the message's changes; "what to change" is left open where the message says none."""
    edit = Edit(model, graph, link, sketch, context, before, text)
    for step in STEPS:
        step(edit)
    out = edit.draft.out
    unchanged = edit.query == before.model_copy(update={"assumptions": ()})
    if unchanged and not sketch.chart and not out.missing and not _asks_for_a_change(sketch):
        out.open.append("what to change")
    out.query = edit.query.model_copy(update={"assumptions": tuple(out.assumptions)})
    return out


def _asks_for_a_change(sketch: Sketch) -> bool:
    """Whether the message named a slot, which may already have held what it says."""
    return bool(sketch.conditions or sketch.groups or sketch.asks or sketch.windows or sketch.orders or sketch.limit
                or sketch.direction or sketch.cues & {"order", "rows"})  # fmt: skip
