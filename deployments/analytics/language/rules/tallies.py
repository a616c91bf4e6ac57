"""Rule for tables that keep a count for each answer: "how many guests found the room quiet", where votes have a column "quiet".

Such a table has one row for each thing that was judged, and nothing but whole numbers beside its key; the words that name a
column say what those who are counted said, so that the number is the sum of that column.
"""

from __future__ import annotations

from deployments.analytics.language.rules.operands import aggregate
from deployments.analytics.language.sketch import Ref
from deployments.analytics.language.walker import Walker
from deployments.analytics.model.schema import DataType, Entity, Role, SemanticModel
from deployments.contracts.query import Aggregate, Function

_COUNTED = (Role.ADDITIVE, Role.RATE)
_FEWEST = 3
"""So many counts at least make a table of them."""


def tallied(w: Walker, i: int, ref: Ref) -> int | None:
    """The position after a word that says which count is asked for, where things are counted that said so."""
    asked = w.sketch.asks[-1] if w.sketch.asks else None
    measure = asked.measure if asked is not None else None
    counts = isinstance(measure, Aggregate) and measure.function is Function.COUNT and measure.where is None
    if asked is None or not counts or w.frames or ref.attribute.role not in _COUNTED:
        return None
    if any(item.has("conj") for item in w.items[asked.position : i]):
        return None
    if asked.entity == ref.entity or not is_tally(w.model, w.model.by_name[ref.entity]):
        return None
    who = w.model.by_name[asked.entity].plural if asked.entity in w.model.by_name else "rows"
    w.sketch.assumptions.append(
        ("tally", f"{who} are counted by the {ref.attribute.label} of the {w.model.by_name[ref.entity].plural}")
    )
    asked.measure, asked.entity = aggregate(Function.SUM, ref), ref.entity
    w.sketch.subject = ref.entity
    w.sketch.existence.clear()
    w.anchor, w.restrict = ref.entity, False
    follow = w.at(i + 1)
    if follow is not None and follow.unknown and follow.text.lower().endswith("ly"):
        # "participated actively": how they did it, which the column's own name does not tell apart.
        w.sketch.penalty += 0.1
        return i + 2
    return i + 1


def is_tally(model: SemanticModel, entity: Entity) -> bool:
    """Whether each row tells of one thing of another table, by counts alone."""
    keys = set(entity.primary_key)
    of_one = any(
        r.from_entity == entity.name and r.one_to_one and set(r.from_attributes) == keys for r in model.relationships
    )
    rest = [attribute for attribute in entity.attributes if attribute.name not in keys]
    whole = all(a.role in _COUNTED and a.data_type is DataType.INTEGER for a in rest)
    return of_one and len(rest) >= _FEWEST and whole
