"""The rows that were shown: "the second one", "of those", "their"."""

from __future__ import annotations

import re

from deployments.analytics.language.filters import conjoin, parts
from deployments.analytics.language.followup.edit import Edit
from deployments.analytics.language.followup.wording import DISTINCT, ROWS
from deployments.analytics.language.lexicon import PEOPLE
from deployments.analytics.language.vocabulary import lemmas
from deployments.analytics.model.schema import SemanticModel
from deployments.contracts.query import (
    Aggregate,
    AnalyticQuery,
    Attribute,
    Comparison,
    Constant,
    Dimension,
    Filter,
    Function,
    Membership,
    MetricValue,
    Operator,
)


def restrict_to_shown_row(edit: Edit) -> None:
    """ "the second one": the row that was shown there."""
    match = re.search(r"\b(first|second|third|fourth|fifth|last|\d+(?:st|nd|rd|th)) (?:ones?|row)\b", edit.text.lower())
    if match is None or not edit.context.rows or not edit.before.dimensions:
        return
    words = {"first": 0, "second": 1, "third": 2, "fourth": 3, "fifth": 4, "last": -1}
    index = words.get(match[1])
    if index is None:
        index = int(re.sub(r"\D", "", match[1])) - 1
    if index >= len(edit.context.rows):
        edit.draft.out.missing.append(f"a row number {index + 1}")
        return
    of, cell = edit.before.dimensions[0].of, edit.context.rows[index][0]
    equal = Comparison(left=of, operator=Operator.EQ, right=Constant(value=cell))
    edit.put(where=conjoin([*parts(edit.query.where), equal]), limit=None)


def list_rows(edit: Edit) -> None:
    """ "which ones", "list them", "who works there": the rows that a number was about."""
    if not ROWS.match(edit.text) or edit.sketch.conditions or edit.sketch.windows:
        return
    before = edit.before
    people = edit.text.lower().split()[0] == "who" or " who " in edit.text.lower()
    measure = before.measures[0] if before.measures else None
    if isinstance(measure, MetricValue):
        measure = edit.model.metrics_by_name[measure.metric].measure
    entity = before.subject
    if measure is not None:
        counted = isinstance(measure, Aggregate) and measure.function is not Function.COUNT_DISTINCT
        if before.dimensions or len(before.measures) > 1 or not counted or before.comparison is not None:
            # A table of numbers shows its things already, and a ratio is about two kinds of rows.
            edit.draft.out.missing.append("which rows are meant")
            return
        assert isinstance(measure, Aggregate)
        entity = measure.entity
        edit.put(
            where=conjoin([*parts(before.where), *parts(measure.where)]), subject=entity, measures=(), order=(), having=None,
            calculations=(), limit=None,
        )  # fmt: skip
        edit.draft.measures = []
    if people and lemmas(edit.model.by_name[entity].label)[-1] not in PEOPLE:
        edit.draft.out.missing.append("who they are")
        return
    edit.put(yes_no=False)
    edit.sketch.asks.clear()
    edit.sketch.groups.clear()
    edit.sketch.entities.clear()
    edit.sketch.cues.add("rows")


def list_distinct(edit: Edit) -> None:
    """ "filter out duplicates", "show the distinct values": each row that looks the same once."""
    if not DISTINCT.match(edit.text):
        return
    if edit.before.measures or not edit.before.dimensions:
        edit.draft.out.missing.append("which values to show once")
        return
    edit.sketch.asks.clear()
    edit.put(distinct=True, order=tuple(o for o in edit.query.order if o.target == "dimension"))


def rows_before(edit: Edit) -> list[Filter]:
    """The conditions that stand for "those": the previous filters, or membership where only some rows were shown."""
    return shown_rows(edit.model, edit.before)


def shown_rows(model: SemanticModel, query: AnalyticQuery) -> list[Filter]:
    """The conditions that hold for the rows of a query's answer and no others."""
    if query.having is not None or query.limit is not None:
        key = _row_key(model, query)
        if key is not None:
            inner = query.model_copy(
                update={
                    "dimensions": (Dimension(of=key, name=key.name),),
                    "chart": None,
                    "assumptions": (),
                    "calculations": (),
                    "comparison": None,
                }
            )
            return [Membership(of=key, query=inner)]
    return list(parts(query.where))


def as_shown(model: SemanticModel, query: AnalyticQuery) -> AnalyticQuery:
    """The query whose rows stay those that were shown, whatever is asked of them next."""
    where = conjoin(shown_rows(model, query))
    return query.model_copy(update={"where": where, "having": None, "limit": None})


def _row_key(model: SemanticModel, query: AnalyticQuery) -> Attribute | None:
    """The attribute whose values identify the rows of a query's answer."""
    for dimension in query.dimensions:
        if dimension.key:
            return dimension.key[0]
        if isinstance(dimension.of, Attribute):
            entity = model.by_name[dimension.of.entity]
            if entity.label_attribute == dimension.of.name and len(entity.primary_key) == 1:
                return Attribute(entity=entity.name, name=entity.primary_key[0])
            return dimension.of
    entity = model.by_name[query.subject]
    return Attribute(entity=entity.name, name=entity.primary_key[0]) if len(entity.primary_key) == 1 else None
