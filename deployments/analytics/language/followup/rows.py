"""The rows that were shown: "the second one", "of those", "their"."""

from __future__ import annotations

import re

from deployments.analytics.language.filters import conjoin, parts
from deployments.analytics.language.followup.edit import Edit
from deployments.contracts.query import (
    AnalyticQuery,
    Attribute,
    Comparison,
    Constant,
    Dimension,
    Filter,
    Membership,
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


def rows_before(edit: Edit) -> list[Filter]:
    """The conditions that stand for "those": the previous filters, or membership where only some rows were shown."""
    before = edit.before
    filters = list(parts(before.where))
    if before.having is not None or before.limit is not None:
        key = _row_key(edit, before)
        if key is not None:
            inner = before.model_copy(
                update={
                    "dimensions": (Dimension(of=key, name=key.name),),
                    "chart": None,
                    "assumptions": (),
                    "calculations": (),
                    "comparison": None,
                }
            )
            return [Membership(of=key, query=inner)]
    return filters


def _row_key(edit: Edit, query: AnalyticQuery) -> Attribute | None:
    """The attribute whose values identify the rows of a query's answer."""
    for dimension in query.dimensions:
        if dimension.key:
            return dimension.key[0]
        if isinstance(dimension.of, Attribute):
            entity = edit.model.by_name[dimension.of.entity]
            if entity.label_attribute == dimension.of.name and len(entity.primary_key) == 1:
                return Attribute(entity=entity.name, name=entity.primary_key[0])
            return dimension.of
    entity = edit.model.by_name[query.subject]
    return Attribute(entity=entity.name, name=entity.primary_key[0]) if len(entity.primary_key) == 1 else None
