"""Conditions on rows and groups, and related rows that must exist because the question speaks of them."""

from __future__ import annotations

from deployments.analytics.language.assemble.dimensions import entity_dimension
from deployments.analytics.language.assemble.draft import Draft
from deployments.analytics.language.assemble.measures import add_measure
from deployments.analytics.language.assemble.subject import fact_of
from deployments.analytics.language.contradictions import exclude_each_other
from deployments.analytics.language.filters import along_path, semi_joins
from deployments.analytics.language.sketch import Condition, measured_entity
from deployments.analytics.model.schema import DataType, Role
from deployments.contracts.query import (
    AnalyticQuery,
    AnyOf,
    Attribute,
    Dimension,
    Filter,
    MeasureComparison,
    Membership,
    Related,
)


def add_conditions(draft: Draft) -> None:
    """The conditions on rows."""
    for found in draft.sketch.conditions:
        if found.having:
            continue
        start = fact_of(draft) if draft.measures else draft.subject
        condition = _with_path(draft, found)
        if start and found.entity in draft.model.by_name and _rules_out_another(draft, found, start):
            # "channels with shows by A and shows by B": no one row is by both, so each has a row of its own.
            condition = Related(entity=start, to=found.entity, where=condition)
        draft.conditions.append(condition)


def _rules_out_another(draft: Draft, condition: Condition, start: str) -> bool:
    """Whether another condition wants another value of the same attribute of rows of which the subject has many."""
    if condition.entity == start or draft.graph.to_one(start, condition.entity):
        return False
    return any(exclude_each_other(condition.filter, other.filter) for other in draft.sketch.conditions)


def _with_path(draft: Draft, condition: Condition) -> Filter:
    """The condition, walking the relationship that its words name."""
    start = fact_of(draft) if draft.measures else draft.subject
    found = condition.filter
    if condition.alternatives:
        return AnyOf(of=tuple(_with_path(draft, part) for part in condition.alternatives))
    if start is None or condition.entity in ("", start):
        return found
    for (link, entity), chosen in draft.link.chosen.items():
        if link == start and condition.entity not in (entity, link):
            return Related(entity=start, to=entity, path=(chosen,), where=found)
    path = draft.link.role_path(start, condition.entity, condition.position)
    return along_path(found, condition.entity, path) if path else found


def add_existence(draft: Draft) -> None:
    """What the question speaks of beside its subject must exist, unless a condition or the data already says so."""
    subject = fact_of(draft) if draft.measures and not draft.dimensions else draft.subject
    if subject is None:
        return
    spoken = {part.entity for found in draft.sketch.conditions for part in (found.alternatives or (found,))}
    spoken |= {join.to for found in draft.conditions for join in semi_joins(found) if not join.negated}
    counted = {measured_entity(draft.model, m) for m in draft.measures} | {a.entity for a in draft.sketch.asks}
    counted |= {g.entity or (g.ref.entity if g.ref else "") for g in draft.sketch.groups}
    for entity, position in draft.sketch.existence:
        if entity == subject or entity in counted:
            continue
        path = draft.graph.path(subject, entity)
        if path is None and (shared := _shares(draft, subject, entity)) is not None:
            draft.conditions.append(shared)
            continue
        if is_implied(draft, subject, entity, spoken) or is_implied(draft, subject, entity, counted - {subject}):
            continue
        if path is not None and all(one and r.complete for r, one in path):
            continue
        along = draft.link.role_path(entity, subject, position) if len(draft.graph.between(entity, subject)) > 1 else ()
        draft.conditions.append(Related(entity=subject, to=entity, path=along))


def _shares(draft: Draft, subject: str, entity: str) -> Filter | None:
    """ "countries with lakes and rivers": where nothing relates the two, that what is shown of the one is found with the other,
    under the very same name."""
    refs = [ask.ref for ask in draft.sketch.asks if ask.ref is not None]
    refs += [group.ref for group in draft.sketch.groups if group.ref is not None]
    for ref in refs:
        of = ref.scalar
        if (
            ref.entity != subject
            or not isinstance(of, Attribute)
            or ref.attribute.role in (Role.KEY, Role.LABEL, Role.TEXT)
        ):
            continue
        other = draft.model.by_name[entity].by_name.get(ref.attribute.name)
        if other is None or other.data_type is not DataType.TEXT or ref.attribute.data_type is not DataType.TEXT:
            continue
        column = Attribute(entity=entity, name=other.name)
        inner = AnalyticQuery(subject=entity, dimensions=(Dimension(of=column, name=other.name),))
        label, plural = ref.attribute.label, draft.model.by_name[entity].plural
        draft.assume("shared", f"a {label} is one with {plural} where {plural} have that very {label}")
        return Membership(of=of, query=inner)
    return None


def is_implied(draft: Draft, subject: str, entity: str, spoken: set[str]) -> bool:
    """Whether a condition beyond `entity` already says that one exists."""
    for other in spoken:
        if other == entity:
            return True
        path = draft.graph.path(subject, other) if other else None
        if path and any(entity in (r.from_entity, r.to_entity) for r, _ in path):
            return True
    return False


def add_having(draft: Draft) -> None:
    """The conditions on groups, whose measures are shown."""
    for condition in draft.sketch.conditions:
        found = condition.filter
        if not condition.having or not isinstance(found, MeasureComparison):
            continue
        if not draft.dimensions and draft.subject:
            draft.add_dimension(entity_dimension(draft, draft.subject, condition.position))
        draft.having.append(found)
        if all(known.model_copy(update={"name": ""}) != found.measure for known in draft.measures):
            add_measure(draft, found.measure)
