"""Other columns and measures: "and the average", "what are their names", "also show the city"."""

from __future__ import annotations

import re

from deployments.analytics.language.amounts import default_function, main_number
from deployments.analytics.language.assemble.asked import sum_an_amount
from deployments.analytics.language.assemble.dimensions import entity_dimension
from deployments.analytics.language.assemble.known import leave_out_unknown
from deployments.analytics.language.assemble.measures import add_measure
from deployments.analytics.language.filters import conjoin, parts
from deployments.analytics.language.followup.edit import Edit
from deployments.analytics.language.followup.grouping import restore_default_order
from deployments.analytics.language.followup.rows import rows_before
from deployments.analytics.language.followup.wording import ADDS
from deployments.analytics.language.lexicon import PEOPLE
from deployments.analytics.language.sketch import Ask, count_of, measured_entity
from deployments.analytics.language.vocabulary import lemmas
from deployments.analytics.model.schema import Role
from deployments.contracts.query import Aggregate, Attribute, Dimension, Function, Measure, Membership, MetricValue


def change_columns(edit: Edit) -> None:
    """What is asked for takes the place of what was shown, or joins it."""
    _name_the_person(edit)
    sum_an_amount(edit.draft)
    if _only_names_the_rows(edit) or _only_names_the_whole(edit):
        edit.sketch.asks.clear()
    asks = edit.sketch.asks
    measures = [ask for ask in asks if ask.kind == "measure"]
    others = [ask for ask in asks if ask.kind != "measure"]
    if measures:
        _ask_measures(edit, measures, others)
    elif others:
        _ask_columns(edit, others)


def _name_the_person(edit: Edit) -> None:
    """ "who owns it", of rows that each belong to one person of one kind."""
    sketch, subject = edit.sketch, edit.before.subject
    if (
        sketch.wh != "who"
        or not sketch.pronoun
        or sketch.asks
        or edit.before.measures
        or subject not in edit.model.by_name
    ):
        return
    verbs = [item for item in edit.link.items if item.verb or item.lemma in _OWNING]
    persons = [
        e.name
        for e in edit.model.entities
        if not e.hidden and e.name != subject and lemmas(e.label)[-1] in PEOPLE and edit.graph.to_one(subject, e.name)
    ]
    if verbs and len(persons) == 1:
        sketch.asks.append(Ask("entity", persons[0], 0))


_OWNING = frozenset("own have hold open buy order place make".split())


def _only_names_the_rows(edit: Edit) -> bool:
    """ "only US customers": the noun belongs to the filter and asks for nothing new."""
    asks = edit.sketch.asks
    filtered = bool(edit.sketch.conditions or edit.sketch.windows)
    if not asks or not all(ask.kind == "entity" or _is_shown(edit, ask) for ask in asks):
        return False
    if not filtered or edit.sketch.pronoun:
        return False
    return bool(edit.before.measures) or all(ask.entity == edit.before.subject for ask in asks)


def _is_shown(edit: Edit, ask: Ask) -> bool:
    """Whether the rows stand for the values of what is asked for already: "customers" of a customer's name."""
    return ask.ref is not None and any(d.of == ask.ref.scalar for d in edit.before.dimensions)


def _only_names_the_whole(edit: Edit) -> bool:
    """ "as a percentage of all orders": the noun says of what it is a share."""
    shares = any(kind == "share" for kind, _, _ in edit.sketch.calculations)
    named = all(ask.kind == "entity" and ask.entity == edit.fact for ask in edit.sketch.asks)
    return shares and named and bool(edit.before.measures and edit.before.dimensions)


def _ask_measures(edit: Edit, measures: list[Ask], others: list[Ask]) -> None:
    """Other measures: of the rows that were shown, of the same groups, or beside the old ones."""
    if "as measured" in edit.sketch.cues:
        if not edit.before.measures:
            edit.draft.out.missing.append("how many of what")
        return
    anaphora = edit.sketch.pronoun or any(not ask.entity for ask in measures)
    found: list[Measure] = []
    for ask in measures:
        assert ask.measure is not None
        measure = ask.measure
        if isinstance(measure, Aggregate) and not measure.entity:
            measure = _shown_once(edit) or count_of(_counted_subject(edit))
        found.append(measure)
    if anaphora and not ADDS.match(edit.text):
        grouped = "each pronoun" in edit.sketch.cues or _of_kinds(edit)
        where = conjoin(rows_before(edit))
        dimensions = edit.before.dimensions if grouped else ()
        if grouped and not dimensions:
            dimensions = (entity_dimension(edit.draft, edit.before.subject, 0),)
        edit.put(where=where, dimensions=dimensions, having=None, order=(), limit=None, calculations=(), distinct=False,
                 yes_no=False, comparison=None)  # fmt: skip
        if isinstance(where, Membership):
            # Who they are is settled by the rows that were shown; the period chose them and says nothing of what they have.
            edit.put(time=None)
        edit.draft.measures = []
    elif not ADDS.search(edit.text):
        edit.draft.measures = []
        edit.put(order=(), calculations=())
    for measure in found:
        add_measure(edit.draft, measure)
    if "each pronoun" in edit.sketch.cues and edit.query.dimensions and not edit.before.measures:
        edit.draft.dimensions = list(edit.query.dimensions)
        leave_out_unknown(edit.draft, edit.draft.dimensions, "shown")
        edit.put(where=conjoin([*parts(edit.query.where), *edit.draft.conditions]))
        edit.draft.conditions = []
    subject = measured_entity(edit.model, edit.draft.measures[0]) or edit.query.subject
    edit.put(measures=tuple(edit.draft.measures), subject=subject)
    for ask in others:
        _add_dimension(edit, ask)
    if edit.query.dimensions and not edit.query.order:
        restore_default_order(edit)


def _of_kinds(edit: Edit) -> bool:
    """ "what is their average age", after the number of singers by country: of each kind that was shown, and not of all rows."""
    before = edit.before
    if not before.measures or not before.dimensions or before.limit is not None or before.having is not None:
        return False
    kinds = [of for d in before.dimensions if isinstance(of := d.of, Attribute) and not d.key]
    names = {(e.name, e.label_attribute) for e in edit.model.entities}
    plain = all(
        edit.model.attribute(of.entity, of.name).role is Role.CATEGORY and (of.entity, of.name) not in names
        for of in kinds
    )
    return len(kinds) == len(before.dimensions) and plain and re.search(r"\btheir\b", edit.text.lower()) is not None


def _shown_once(edit: Edit) -> Aggregate | None:
    """ "how many are there", after a list that shows each value once: of those values."""
    before = edit.before
    of = before.dimensions[0].of if len(before.dimensions) == 1 else None
    if not before.distinct or before.measures or not isinstance(of, Attribute):
        return None
    return Aggregate(function=Function.COUNT_DISTINCT, entity=of.entity, of=of)


def _counted_subject(edit: Edit) -> str:
    """What "how many" counts: the rows of the previous answer's subject."""
    if edit.before.measures and not edit.before.dimensions:
        inner = edit.before.measures[0]
        return measured_entity(edit.model, inner) or edit.before.subject
    first = edit.before.dimensions[0].of if len(edit.before.dimensions) == 1 else None
    if isinstance(first, Attribute) and edit.model.by_name[first.entity].label_attribute == first.name:
        return first.entity
    return edit.before.subject


def _dimension_of(edit: Edit, ask: Ask) -> Dimension | None:
    """What is asked for as a column."""
    if ask.kind == "entity":
        return entity_dimension(edit.draft, ask.entity, ask.position)
    return None if ask.ref is None else Dimension(of=ask.ref.scalar, name=ask.ref.attribute.name)


def _add_measured(edit: Edit, ask: Ask) -> bool:
    """ "and their conversions", beside totals: a number of the rows that were put together is put together as well."""
    ref = ask.ref
    if (
        ask.kind != "attribute"
        or ref is None
        or not ref.is_measurable
        or not edit.before.measures
        or ref.entity != edit.fact
    ):
        return False
    add_measure(edit.draft, Aggregate(function=default_function(ref), entity=ref.entity, of=ref.scalar))
    edit.put(measures=tuple(edit.draft.measures))
    return True


def _add_dimension(edit: Edit, ask: Ask) -> None:
    """One more column, unless it is there."""
    found = _dimension_of(edit, ask)
    if found is not None and all(d.of != found.of for d in edit.query.dimensions):
        edit.put(dimensions=(*edit.query.dimensions, found))


def _ask_columns(edit: Edit, others: list[Ask]) -> None:
    """ "what are their names", "also show the city": other columns of the same rows."""
    before = edit.before
    if not before.dimensions and not before.measures and edit.is_adding and not before.yes_no:
        _name_rows_first(edit, others)
    beside = before.measures and edit.sketch.pronoun and (before.limit is None or _told_by_rows(edit, others))
    if edit.query.dimensions and (edit.is_adding or beside):
        for ask in others:
            if not _add_measured(edit, ask):
                _add_dimension(edit, ask)
        return
    same_rows = others[0].entity == before.subject or edit.graph.to_one(before.subject, others[0].entity)
    whole = len(others) == 1 and others[0].kind == "entity"
    theirs = edit.sketch.pronoun and whole and same_rows and others[0].entity != before.subject
    number = bool(before.measures) and not before.dimensions and edit.sketch.pronoun
    if number and same_rows and all(ask.entity != before.subject for ask in others):
        edit.sketch.distinct = True
    if theirs:
        # "what are their airlines": which ones there are, beside rows that each have one.
        edit.sketch.distinct, whole = True, False
    dimensions = () if whole else tuple(d for ask in others if (d := _dimension_of(edit, ask)) is not None)
    if "each pronoun" in edit.sketch.cues and same_rows and dimensions and edit.query.subject == before.subject:
        # "what does each of them cost": each with whose it is.
        dimensions = tuple(dict.fromkeys((entity_dimension(edit.draft, before.subject, 0), *dimensions)))
    # A list keeps its order and limit; of a table of measures only the rows stay.
    listed = not before.measures and same_rows
    where = edit.query.where if listed and before.limit is not None else conjoin(rows_before(edit))
    edit.put(
        subject=before.subject if same_rows else others[0].entity, dimensions=dimensions, measures=(), where=where,
        having=None, calculations=(), comparison=None,
        order=tuple(o for o in before.order if o.target == "scalar") if listed else (),
        limit=before.limit if listed and before.order else None, yes_no=False, distinct=edit.sketch.distinct,
    )  # fmt: skip
    edit.draft.measures = []


def _told_by_rows(edit: Edit, others: list[Ask]) -> bool:
    """Whether each row of a ranking has one of what is asked for, so that a column of it splits no row."""
    names = {(e.name, name) for e in edit.model.entities for name in (e.label_attribute, *e.primary_key)}
    shown = {
        of.entity for d in edit.before.dimensions
        if isinstance(of := d.of, Attribute) and (d.key or (of.entity, of.name) in names)
    }  # fmt: skip
    return all(any(e == ask.entity or edit.graph.to_one(e, ask.entity) for e in shown) for ask in others)


def _name_rows_first(edit: Edit, others: list[Ask]) -> None:
    """ "also show the museum", after whole rows: all that was shown stays; of their own columns, each with whose it is."""
    entity = edit.model.by_name[edit.before.subject]
    if all(ask.entity == entity.name for ask in others):
        edit.put(dimensions=(entity_dimension(edit.draft, entity.name, 0),))
        return
    shown = [attribute.name for attribute in entity.attributes if not attribute.hidden]
    edit.put(dimensions=tuple(Dimension(of=Attribute(entity=entity.name, name=name), name=name) for name in shown))


def change_function(edit: Edit) -> None:
    """ "and the average", "now the 90th percentile": another function of the same thing."""
    function = edit.sketch.aggregate
    if function is None:
        return
    base = next((m for m in edit.before.measures if isinstance(m, Aggregate) and m.of is not None), None)
    metric = next((m for m in edit.before.measures if isinstance(m, MetricValue)), None)
    if base is None and metric is not None:
        inner = edit.model.metrics_by_name[metric.metric].measure
        base = inner if isinstance(inner, Aggregate) and inner.of is not None else None
    if base is None:
        numbers = [d.of for d in edit.before.dimensions if isinstance(d.of, Attribute)
                   and edit.model.attribute(d.of.entity, d.of.name).data_type.is_number]  # fmt: skip
        amount = main_number(edit.link, edit.before.subject) if not edit.before.measures else None
        if len(numbers) != 1 and amount is not None and isinstance(amount.scalar, Attribute):
            # "total overdue amount", of rows that were listed whole.
            numbers = [amount.scalar]
        if len(numbers) != 1:
            edit.draft.out.missing.append(f"what to take the {function.value} of")
            return
        base = Aggregate(function=function, entity=numbers[0].entity, of=numbers[0])
        edit.put(dimensions=(), order=(), limit=None)
    changed = base.model_copy(update={"function": function, "parameter": edit.sketch.percentile, "name": ""})
    if not ADDS.search(edit.text):
        edit.draft.measures = []
    for other in _functions_said(edit, function):
        add_measure(edit.draft, changed.model_copy(update={"function": other}))
    edit.put(measures=tuple(edit.draft.measures))


def _functions_said(edit: Edit, last: Function) -> list[Function]:
    """ "the minimum and the maximum": all the functions that are named."""
    ends = {"maximum": Function.MAX, "max": Function.MAX, "minimum": Function.MIN, "min": Function.MIN}
    said = [
        function
        for item in edit.link.items
        if isinstance(function := item.tags.get("agg") or ends.get(item.lemma.split()[-1]), Function)
    ]
    return list(dict.fromkeys([*said, last]))
