"""Dimensions: groups, entities shown by their label, attributes, and the join path that each is reached by."""

from __future__ import annotations

from deployments.analytics.language.assemble.draft import Draft
from deployments.analytics.language.assemble.subject import fact_of, is_aggregated
from deployments.analytics.language.links import label_ref
from deployments.analytics.language.sketch import Group, Ref
from deployments.analytics.language.times import is_finer, part_ref, time_ref
from deployments.analytics.model.schema import Role
from deployments.analytics.model.time_parts import PART_OF_GRAIN
from deployments.contracts.query import Attribute, Dimension, Grain, Length, Part, TimePart, Truncated

_LIKE = 0.2
"""How much less a name may fit that belongs to what is measured."""


def add_groups(draft: Draft) -> None:
    """The groups that were asked for; they come first."""
    for group in draft.sketch.groups:
        draft.add_dimension(group_dimension(draft, group))
    draft.group_count = len(draft.dimensions)


def group_dimension(draft: Draft, group: Group) -> Dimension | None:
    """A group as a dimension; None, and a note of what is missing, where nothing says when."""
    if group.entity is not None:
        return entity_dimension(draft, group.entity, group.position)
    if group.ref is not None:
        near = _within_reach(draft, group.ref, group.position)
        grain = draft.link.items[group.position].grain
        if near is not None or grain is None:
            return attribute_dimension(draft, near or group.ref, group.position)
        group = Group(group.position, grain=grain)
    named = next((ref for _, ref, _ in draft.sketch.windows if ref is not None), None)
    ref = group.time or named or draft.sketch.event or time_ref(draft.model, draft.graph, fact_of(draft))
    years_only = ref is not None and ref.attribute.role is Role.YEAR and not ref.attribute.data_type.is_time
    if ref is not None and years_only and group.grain is Grain.YEAR:
        return attribute_dimension(draft, ref, group.position)
    finest = group.grain or (Grain.DAY if group.part is TimePart.WEEKDAY else Grain(str(group.part)))
    if ref is None or years_only or is_finer(finest, ref):
        kept = part_ref(draft.model, draft.graph, fact_of(draft), group.part or PART_OF_GRAIN[finest])
        if kept is not None:
            return attribute_dimension(draft, kept, group.position)
        draft.out.missing.append(f"a date to group by {group.grain or group.part}")
        return None
    if group.part is not None:
        return Dimension(of=Part(of=ref.scalar, part=group.part), name=_free_name(draft, group.part.value))
    assert group.grain is not None
    fiscal = any(item.fiscal and item.grain is group.grain for item in draft.link.items)
    if fiscal and draft.model.calendar.fiscal_year_start == 1:
        draft.assume("fiscal", "the fiscal year is the calendar year, since the model says of no other")
        fiscal = False
    name = f"fiscal_{group.grain.value}" if fiscal else group.grain.value
    of = Truncated(of=ref.scalar, grain=group.grain, fiscal=fiscal)
    return Dimension(of=of, name=_free_name(draft, name), fill=True)


def _within_reach(draft: Draft, ref: Ref, position: int) -> Ref | None:
    """The attribute, or the likest of its name that the rows which are measured lead to; None where there is none."""
    start = fact_of(draft)
    if not start or draft.graph.path(start, ref.entity) is not None:
        return ref
    item = draft.link.items[position]
    for candidate in item.attributes:
        if candidate.score >= ref.score - _LIKE and draft.graph.path(start, candidate.entity) is not None:
            attribute = draft.model.attribute(candidate.entity, candidate.name)
            draft.sketch.ambiguous = [said for said in draft.sketch.ambiguous if said[0] != item.text]
            return draft.link.make(candidate.entity, attribute, candidate.score, item)
    return None


def entity_dimension(draft: Draft, entity: str, position: int) -> Dimension:
    """An entity as its label, with its key beside it where labels may repeat."""
    model = draft.model.by_name[entity]
    label = label_ref(model)
    if label is None:
        names = model.primary_key or tuple(a.name for a in model.attributes[:1])
        label = model.by_name[names[0]]
    path = _path_to(draft, entity, position)
    own = _own_reference(draft, entity, label.name)
    if own is not None:
        return own
    names_one_row = label.unique or label.name in model.primary_key or repeats(draft, entity)
    key = () if names_one_row else tuple(Attribute(entity=entity, name=name, path=path) for name in model.primary_key)
    return Dimension(
        of=Attribute(entity=entity, name=label.name, path=path), name=_free_name(draft, label.name), key=key
    )


def _own_reference(draft: Draft, entity: str, label: str) -> Dimension | None:
    """Where rows refer to a thing by its name, the name stands in the row itself and no join is needed."""
    fact = fact_of(draft)
    if fact == entity or fact not in draft.model.by_name:
        return None
    direct = draft.graph.between(fact, entity)
    if len(direct) != 1 or direct[0].to_attributes != (label,):
        return None
    name = direct[0].from_attributes[0]
    return Dimension(of=Attribute(entity=fact, name=name), name=_free_name(draft, name))


def repeats(draft: Draft, entity: str) -> bool:
    """Whether the entity's rows are events of far fewer named things: a "treatment" is then its name."""
    model = draft.model.by_name[entity]
    label = model.by_name[model.label_attribute] if model.label_attribute else None
    if any(r.to_entity == entity for r in draft.model.relationships):
        # What other rows refer to is a thing of its own: two guests of one name are two.
        return False
    if label is not None and label.unique:
        return False
    if label is not None and _is_detail(draft, entity):
        return True
    return bool(label and label.distinct_count and model.row_count and label.distinct_count * 2 < model.row_count)


def _is_detail(draft: Draft, entity: str) -> bool:
    """Whether its rows only say something of another entity's rows, and nothing refers to them: a shop's categories,
    a person's addresses. Their key tells whose they are and not what they are."""
    relationships = draft.model.relationships
    return any(r.from_entity == entity for r in relationships) and all(r.to_entity != entity for r in relationships)


def attribute_dimension(draft: Draft, ref: Ref, position: int) -> Dimension:
    """An attribute as a column; a label that groups rows brings its key."""
    scalar = ref.scalar
    if isinstance(scalar, Attribute):
        scalar = scalar.model_copy(update={"path": scalar.path or _path_to(draft, ref.entity, position)})
    model = draft.model.by_name[ref.entity]
    is_label = ref.attribute.name == model.label_attribute and not ref.attribute.unique
    base = (
        f"{ref.attribute.name}_length" if isinstance(scalar, Length) else "age" if ref.derived else ref.attribute.name
    )
    keyed = is_label and is_aggregated(draft) and not repeats(draft, ref.entity)
    path = scalar.path if isinstance(scalar, Attribute) else ()
    key = tuple(Attribute(entity=ref.entity, name=name, path=path) for name in model.primary_key) if keyed else ()
    return Dimension(of=scalar, name=_free_name(draft, base), key=key)


def _path_to(draft: Draft, entity: str, position: int) -> tuple[str, ...]:
    """The relationship that the words near a mention choose."""
    start = fact_of(draft) if is_aggregated(draft) else draft.subject
    if not start or start == entity:
        return ()
    return draft.link.role_path(start, entity, position)


def _free_name(draft: Draft, base: str) -> str:
    """The name, numbered where it is taken."""
    used = {d.name for d in draft.dimensions}
    name, number = base, 2
    while name in used:
        name, number = f"{base}_{number}", number + 1
    return name
