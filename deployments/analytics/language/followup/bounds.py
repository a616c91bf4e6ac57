"""Bounds that do not say of what: "only those with more than 2", "just the ones above 100", "how many are over 40"."""

from __future__ import annotations

from deployments.analytics.language.amounts import AGES, as_age, main_number, scale_of
from deployments.analytics.language.filters import conjoin, parts
from deployments.analytics.language.followup.edit import Edit
from deployments.analytics.model.schema import Role
from deployments.contracts.query import (
    Aggregate,
    Attribute,
    Comparison,
    Constant,
    Filter,
    MeasureComparison,
    Nested,
    Scalar,
)


def restrict_by_what_is_shown(edit: Edit) -> None:
    """On the measure that was shown, else on the only number that was, else on what is usual for the things shown."""
    for operator, number, said in edit.sketch.bounds:
        value = Constant(value=int(number) if number.is_integer() else number)
        if edit.query.measures and edit.query.dimensions:
            if len(edit.query.measures) > 1:
                edit.draft.out.missing.append(f"of what {said} is meant")
                continue
            bound: Filter = MeasureComparison(measure=edit.query.measures[0], operator=operator, right=value)
            edit.put(having=conjoin([*parts(edit.query.having), bound]))
            continue
        scalar = _shown_number(edit) or _usual_number(edit)
        if scalar is None:
            edit.draft.out.missing.append(f"of what {said} is meant")
            continue
        edit.put(where=conjoin([*parts(edit.query.where), Comparison(left=scalar, operator=operator, right=value)]))


def compare_with_the_answer(edit: Edit) -> None:
    """ "which players are above that", after their average: the rows whose own value is."""
    for operator in edit.sketch.against_shown:
        measure = edit.before.measures[0] if len(edit.before.measures) == 1 and not edit.before.dimensions else None
        of = measure.of if isinstance(measure, Aggregate) else None
        if not isinstance(of, Attribute):
            edit.draft.out.missing.append("what is to be compared with that")
            continue
        answer = edit.before.model_copy(update={"assumptions": (), "chart": None, "order": (), "limit": None})
        own = Comparison(left=of, operator=operator, right=Nested(query=answer))
        where = conjoin([*parts(edit.before.where), own])
        edit.put(subject=of.entity, measures=(), dimensions=(), where=where, order=(), having=None, calculations=())
        edit.draft.subject, edit.draft.measures = of.entity, []
        edit.sketch.asks[:] = [a for a in edit.sketch.asks if not (a.kind == "entity" and a.entity == of.entity)]


def _shown_number(edit: Edit) -> Scalar | None:
    """The one number among the columns of the previous answer."""
    numbers = [
        of for d in edit.before.dimensions
        if isinstance(of := d.of, Attribute) and (attribute := edit.model.attribute(of.entity, of.name)).data_type.is_number
        and attribute.role in (Role.ADDITIVE, Role.RATE, Role.YEAR)
    ]  # fmt: skip
    return numbers[0] if len(numbers) == 1 else None


def _usual_number(edit: Edit) -> Scalar | None:
    """The amount of the rows that were shown, or the age of the persons."""
    subject = edit.before.subject
    if (main := main_number(edit.link, subject)) is not None:
        edit.draft.assume("amount", f"what is meant is the {main.attribute.label}")
        return main.scalar
    age = scale_of(edit.link, subject, AGES)
    return as_age(age[0], edit.link.as_of).scalar if age is not None and age[0].entity == subject else None
