"""From a sketch to the typed query: the order in which the slots are filled.

Everything the sketch holds ends in the query, among its assumptions, or in `missing`: nothing is dropped silently.
"""

from __future__ import annotations

from deployments.analytics.language.assemble.asked import settle_what_is_asked
from deployments.analytics.language.assemble.calculations import calculations_of
from deployments.analytics.language.assemble.conditions import add_conditions, add_existence, add_having
from deployments.analytics.language.assemble.dimensions import add_groups
from deployments.analytics.language.assemble.distribution import add_bins, settle_distribution
from deployments.analytics.language.assemble.draft import Assembled, Draft
from deployments.analytics.language.assemble.extremes import add_superlatives, settle_best_period, settle_frequency
from deployments.analytics.language.assemble.groupwise import judge_groups
from deployments.analytics.language.assemble.growth import rank_by_growth, settle_growth
from deployments.analytics.language.assemble.known import count_for_each
from deployments.analytics.language.assemble.measures import add_asks, count_through_facts
from deployments.analytics.language.assemble.order import add_default_order, add_orders
from deployments.analytics.language.assemble.part import keep_part
from deployments.analytics.language.assemble.per_unit import settle_per_unit
from deployments.analytics.language.assemble.references import settle_references
from deployments.analytics.language.assemble.shared import ask_for_shared
from deployments.analytics.language.assemble.subject import find_subject, is_aggregated, is_distinct
from deployments.analytics.language.assemble.windows import add_windows
from deployments.analytics.language.filters import conjoin
from deployments.analytics.language.graph import Graph
from deployments.analytics.language.links import Linker
from deployments.analytics.language.sketch import Sketch, measured_entity
from deployments.analytics.model.schema import SemanticModel
from deployments.contracts.query import Aggregate, AnalyticQuery, Attribute, Function, Limit, MeasureComparison


def assemble(model: SemanticModel, graph: Graph, link: Linker, sketch: Sketch) -> Assembled:
    """The query of the sketch. Without a subject there is none, and "subject" is left open."""
    draft = Draft(model, graph, link, sketch)
    settle_distribution(draft)
    settle_growth(draft)
    settle_best_period(draft)
    settle_what_is_asked(draft)
    settle_per_unit(draft)
    settle_references(draft)
    draft.subject = find_subject(draft)
    if draft.subject is None:
        draft.out.open.append("subject")
        return draft.out
    settle_frequency(draft)
    aggregated = is_aggregated(draft)
    add_groups(draft)
    add_asks(draft, aggregated)
    add_bins(draft)
    add_having(draft)
    add_superlatives(draft, aggregated)
    count_for_each(draft)
    count_through_facts(draft)
    add_windows(draft)
    rank_by_growth(draft)
    add_conditions(draft)
    add_existence(draft)
    ask_for_shared(draft)
    keep_part(draft)
    judge_groups(draft)
    add_orders(draft)
    draft.orders = list(dict.fromkeys(draft.orders))
    calculations = calculations_of(draft)
    if sketch.aggregate is not None:
        # "how many orders a day on average": said of something that was not found.
        draft.out.missing.append(f"the {sketch.aggregate.value} of what")
    if sketch.limit is not None and draft.limit is None:
        draft.limit = Limit(count=sketch.limit)
    add_default_order(draft)
    _refuse_ones(draft)
    subject = draft.subject
    if draft.measures and not draft.dimensions:
        subject = measured_entity(draft.model, draft.measures[0]) or subject
    draft.out.query = AnalyticQuery(
        subject=subject,
        dimensions=tuple(draft.dimensions),
        measures=tuple(draft.measures),
        where=conjoin(draft.conditions),
        time=draft.window,
        comparison=draft.comparison,
        calculations=tuple(calculations),
        having=conjoin(draft.having),
        order=tuple(draft.orders),
        limit=draft.limit,
        distinct=is_distinct(draft, aggregated),
        yes_no=sketch.yes_no and not draft.measures and not draft.dimensions and not sketch.groups,
        chart=sketch.chart,
        assumptions=tuple(draft.out.assumptions),
    )
    return draft.out


def _asks_for_names(draft: Draft, entity: str, label: str) -> bool:
    """Whether a name is all that is asked for, of so many rows as have it."""
    ask = draft.sketch.asks[0] if len(draft.sketch.asks) == 1 and len(draft.dimensions) == 1 else None
    named = ask is not None and ask.ref is not None and ask.ref.column == (entity, label)
    counted = any(
        getattr(found.measure, "entity", "") == entity for found in draft.having if isinstance(found, MeasureComparison)
    )
    return named and counted and not draft.sketch.groups


def _refuse_ones(draft: Draft) -> None:
    """A count of rows for each of those same rows is always one: the words must have meant something else."""
    asked = any(ask.kind == "measure" for ask in draft.sketch.asks) or draft.having or draft.sketch.superlatives
    for measure in list(draft.measures):
        if not isinstance(measure, Aggregate) or measure.function is not Function.COUNT or measure.of or measure.where:
            continue
        entity = draft.model.by_name.get(measure.entity)
        if entity is None:
            continue
        label = entity.by_name.get(entity.label_attribute or "")
        own = {
            *entity.primary_key[: len(entity.primary_key) == 1],
            *((label.name,) if label is not None and label.unique else ()),
        }
        grouped = [a for d in draft.dimensions for a in (d.of, *d.key) if isinstance(a, Attribute)]
        if not any(a.entity == entity.name and a.name in own for a in grouped):
            continue
        if label is not None and not label.unique and _asks_for_names(draft, entity.name, label.name):
            # "which titles are shared by more than one film": the titles, and not the films.
            draft.dimensions[0] = draft.dimensions[0].model_copy(update={"key": ()})
        elif not asked and len(draft.measures) == 1:
            # "what is every student's id": the rows themselves are meant.
            draft.measures, draft.orders = [], [order for order in draft.orders if order.target != "measure"]
        else:
            draft.out.missing.append(f"the number of {entity.plural} for each {entity.label}")
