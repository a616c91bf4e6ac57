"""A follow-up is an edit of the previous query: slots are added, replaced or removed, and the rest stays.

Nothing here knows tables or SQL; an edit is one typed query made from another.
"""

from __future__ import annotations

import re

from deployments.analytics.language.assemble import Assembled, Assembler
from deployments.analytics.language.graph import Graph
from deployments.analytics.language.links import Linker
from deployments.analytics.language.sketch import Ask, Sketch, count_of
from deployments.analytics.language.walker import conjoin
from deployments.analytics.model.schema import SemanticModel
from deployments.contracts.agents import Context
from deployments.contracts.query import (
    Aggregate,
    AllOf,
    AnalyticQuery,
    Attribute,
    Comparison,
    Constant,
    Dimension,
    Direction,
    Filter,
    Limit,
    Measure,
    Membership,
    MetricValue,
    Operator,
    OrderBy,
    Part,
    PeriodComparison,
    Related,
    Scalar,
    Share,
    TimeRange,
    TimeWindow,
    Truncated,
)

_EDITS = re.compile(
    r"^(and|what about|how about|only|just|same|instead|but|excluding|exclude|without|sort|order|compare|split|break|drill|"
    r"make|filter|limit|restrict|narrow|keep|add|remove|show (?:me )?(?:it|them|only|just|that|the same)|or|vs|versus|ascending|descending|"
    r"also|then|now|ok(?:ay)?)\b",
    re.IGNORECASE,
)
_SHORT = 8
"""A message this short that opens like an edit is one, even if it would read as a question."""
_WEAK = re.compile(r"^(also|then|now|ok(?:ay)?)\b", re.IGNORECASE)
_ADDS = re.compile(
    r"\b(also|add|as well|too|split|break|additionally|drill|further|in addition|plus)\b|^and\b", re.IGNORECASE
)
_REPLACES = re.compile(r"\b(instead|rather|replace|change|switch|not by)\b", re.IGNORECASE)
_NEW = re.compile(
    r"^(new question|fresh question|next question|different question|another question|forget)\b", re.IGNORECASE
)
_DROPS = re.compile(r"\b(all|any|every|remove|drop|regardless|without the filter|clear)\b.*\b(again|filter|now|of)\b|^all\b|\bremove\b|\bregardless\b",
                    re.IGNORECASE)  # fmt: skip


def opens_anew(text: str) -> bool:
    """Whether the words say that this is another question."""
    return bool(_NEW.match(text.strip()))


def without_opening(text: str) -> str:
    """The question after "new question:"."""
    return _NEW.sub("", text.strip()).lstrip(" :,.-")


def is_followup(text: str, sketch: Sketch, context: Context) -> bool:
    """Whether the message leans on the previous query: by a pronoun, an opener, or by lacking what it is about."""
    if context.query is None or opens_anew(text):
        return False
    if sketch.cues & {"pronoun", "each pronoun"} or sketch.pronoun:
        return True
    if any(ask.kind == "measure" and not ask.entity for ask in sketch.asks):
        return True
    full = any(ask.kind in ("measure", "entity") for ask in sketch.asks)
    said = text.strip()
    if _DROPS.search(said) and len(said.split()) <= 5 and not sketch.conditions:
        return True
    if _EDITS.match(said):
        return not full or (not _WEAK.match(said) and len(said.split()) <= _SHORT)
    if full:
        return False
    if any(ask.kind == "attribute" for ask in sketch.asks):
        return _lacks_owner(sketch, context)
    return True


def _lacks_owner(sketch: Sketch, context: Context) -> bool:
    """ "What is the phone number?": one thing's attribute, and the thing was named before."""
    assert context.query is not None
    if sketch.entities or sketch.groups or sketch.conditions or sketch.superlatives or sketch.distinct:
        return False
    restricted = context.query.where is not None or context.query.limit is not None
    singular = all(ask.singular for ask in sketch.asks)
    return restricted and singular and all(ask.entity == context.query.subject for ask in sketch.asks)


class Editor:
    """Edits one query by one sketch."""

    def __init__(
        self, model: SemanticModel, graph: Graph, linker: Linker, sketch: Sketch, context: Context, text: str
    ) -> None:
        assert context.query is not None
        self.model = model
        self.graph = graph
        self.link = linker
        self.sketch = sketch
        self.context = context
        self.text = text.strip()
        self.before = context.query
        self.assembler = Assembler(model, graph, linker, sketch)
        self.assembler.subject = self.before.subject

    def edit(self) -> Assembled:
        """The previous query with the message's changes."""
        self.query = self.before.model_copy(update={"assumptions": (), "chart": self.sketch.chart or self.before.chart})
        self.assembler.measures = list(self.query.measures)
        for code, text in self.sketch.assumptions:
            self.assembler.assume(code, text)
        self._ordinal()
        self._drop_filters()
        self._asks()
        self._aggregate()
        self._groups()
        self._windows()
        self._conditions()
        self._calculations()
        self._extremes()
        self._order()
        out = self.assembler.out
        if (
            self.query == self.before.model_copy(update={"assumptions": ()})
            and not self.sketch.chart
            and not out.missing
        ) and not self._said_something():
            out.open.append("what to change")
        out.query = self.query.model_copy(update={"assumptions": tuple(out.assumptions)})
        return out

    def _said_something(self) -> bool:
        sketch = self.sketch
        return bool(sketch.conditions or sketch.groups or sketch.asks or sketch.windows or sketch.orders or sketch.limit
                    or sketch.direction or "order" in sketch.cues)  # fmt: skip

    def put(self, **changes: object) -> None:
        """Change slots of the query."""
        self.query = self.query.model_copy(update=changes)

    # --- the rows that were shown -----------------------------------------------------------------------------------------

    def _ordinal(self) -> None:
        """ "the second one": the row that was shown there."""
        match = re.search(
            r"\b(first|second|third|fourth|fifth|last|\d+(?:st|nd|rd|th)) (?:one|row|of)\b", self.text.lower()
        )
        if match is None or not self.context.rows or not self.before.dimensions:
            return
        words = {"first": 0, "second": 1, "third": 2, "fourth": 3, "fifth": 4, "last": -1}
        index = words.get(match[1])
        if index is None:
            index = int(re.sub(r"\D", "", match[1])) - 1
        if index >= len(self.context.rows):
            self.assembler.out.missing.append(f"a row number {index + 1}")
            return
        of, cell = self.before.dimensions[0].of, self.context.rows[index][0]
        equal = Comparison(left=of, operator=Operator.EQ, right=Constant(value=cell))
        self.put(where=conjoin([*parts(self.query.where), equal]), limit=None)

    def _rows_before(self) -> list[Filter]:
        """The conditions that stand for "those": the previous filters, or membership where only some rows were shown."""
        before = self.before
        filters = list(parts(before.where))
        if before.having is not None or before.limit is not None:
            key = self._key(before)
            if key is not None:
                inner = before.model_copy(update={
                    "dimensions": (Dimension(of=key, name=key.name), *[d for d in before.dimensions if d.of != key][:0]),
                    "chart": None, "assumptions": (), "calculations": (), "comparison": None,
                })  # fmt: skip
                return [Membership(of=key, query=inner)]
        return filters

    def _key(self, query: AnalyticQuery) -> Attribute | None:
        """The attribute whose values identify the rows of a query's answer."""
        for dimension in query.dimensions:
            if dimension.key:
                return dimension.key[0]
            if isinstance(dimension.of, Attribute):
                entity = self.model.by_name[dimension.of.entity]
                if entity.label_attribute == dimension.of.name and len(entity.primary_key) == 1:
                    return Attribute(entity=entity.name, name=entity.primary_key[0])
                return dimension.of
        entity = self.model.by_name[query.subject]
        return Attribute(entity=entity.name, name=entity.primary_key[0]) if len(entity.primary_key) == 1 else None

    # --- slots ------------------------------------------------------------------------------------------------------------

    def _drop_filters(self) -> None:
        """ "all departments again": conditions on what is named go."""
        if not _DROPS.search(self.text) or self.sketch.conditions or self.sketch.windows:
            return
        named: set[tuple[str, str | None]] = set()
        for ask in list(self.sketch.asks):
            if ask.kind == "entity":
                named.add((ask.entity, None))
            elif ask.ref is not None:
                named.add((ask.entity, ask.ref.attribute.name))
        named |= {(group.entity, None) for group in self.sketch.groups if group.entity}
        kept, dropped = [], False
        for part in parts(self.query.where):
            about = attribute_of(part)
            if isinstance(about, Attribute) and ((about.entity, None) in named or (about.entity, about.name) in named):
                dropped = True
                continue
            kept.append(part)
        if dropped:
            self.put(where=conjoin(kept))
            self.sketch.asks.clear()
            self.sketch.groups.clear()

    def _asks(self) -> None:
        if self._only_names_the_rows():
            self.sketch.asks.clear()
        asks = self.sketch.asks
        measures = [ask for ask in asks if ask.kind == "measure"]
        others = [ask for ask in asks if ask.kind != "measure"]
        if measures:
            self._ask_measures(measures, others)
        elif others:
            self._ask_columns(others)

    def _only_names_the_rows(self) -> bool:
        """ "only US customers": the noun belongs to the filter and asks for nothing new."""
        asks = self.sketch.asks
        filtered = bool(self.sketch.conditions or self.sketch.windows)
        if not asks or any(ask.kind != "entity" for ask in asks) or not filtered or self.sketch.pronoun:
            return False
        return bool(self.before.measures) or all(ask.entity == self.before.subject for ask in asks)

    def _ask_measures(self, measures: list[Ask], others: list[Ask]) -> None:
        anaphora = self.sketch.pronoun or any(not ask.entity for ask in measures)
        found: list[Measure] = []
        for ask in measures:
            assert ask.measure is not None
            measure = ask.measure
            if isinstance(measure, Aggregate) and not measure.entity:
                measure = count_of(self._counted_subject())
            found.append(measure)
        if anaphora and not _ADDS.match(self.text):
            grouped = "each pronoun" in self.sketch.cues
            where = conjoin(self._rows_before())
            dimensions = self.before.dimensions if grouped else ()
            if (
                grouped
                and not dimensions
                and (own := self.assembler._entity_dimension(self.before.subject, 0)) is not None
            ):
                dimensions = (own,)
            self.put(where=where, dimensions=dimensions, having=None, order=(), limit=None, calculations=(), distinct=False,
                     yes_no=False, comparison=None)  # fmt: skip
            self.assembler.measures = []
        elif not _ADDS.search(self.text):
            self.assembler.measures = []
            self.put(order=(), limit=self.query.limit, calculations=())
        for measure in found:
            self.assembler._add_measure(measure)
        subject = self.assembler._measure_entity(self.assembler.measures[0]) or self.query.subject
        self.put(measures=tuple(self.assembler.measures), subject=subject)
        for ask in others:
            self._add_dimension(ask)
        if self.query.dimensions and not self.query.order:
            self._default_order()

    def _counted_subject(self) -> str:
        """What "how many" counts: the rows of the previous answer's subject."""
        if self.before.measures and not self.before.dimensions:
            inner = self.before.measures[0]
            return self.assembler._measure_entity(inner) or self.before.subject
        first = self.before.dimensions[0].of if len(self.before.dimensions) == 1 else None
        if isinstance(first, Attribute) and self.model.by_name[first.entity].label_attribute == first.name:
            return first.entity
        return self.before.subject

    def _dimension(self, ask: Ask) -> Dimension | None:
        if ask.kind == "entity":
            return self.assembler._entity_dimension(ask.entity, ask.position)
        return None if ask.ref is None else Dimension(of=ask.ref.scalar, name=ask.ref.attribute.name)

    def _add_dimension(self, ask: Ask) -> None:
        found = self._dimension(ask)
        if found is not None and all(d.of != found.of for d in self.query.dimensions):
            self.put(dimensions=(*self.query.dimensions, found))

    def _ask_columns(self, others: list[Ask]) -> None:
        """ "what are their names", "also show the city": other columns of the same rows."""
        adding = bool(_ADDS.search(self.text)) and not _REPLACES.search(self.text)
        if self.before.measures and self.before.dimensions and (adding or self.sketch.pronoun):
            for ask in others:
                self._add_dimension(ask)
            return
        if adding and self.before.dimensions and not self.before.measures:
            for ask in others:
                self._add_dimension(ask)
            return
        where = conjoin(self._rows_before()) if self.before.limit is None else self.query.where
        entity = others[0].entity
        subject = (
            self.before.subject
            if entity == self.before.subject or self.graph.to_one(self.before.subject, entity)
            else entity
        )
        whole = len(others) == 1 and others[0].kind == "entity"
        dimensions = () if whole else tuple(d for ask in others if (d := self._dimension(ask)) is not None)
        keep_order = self.before.order if not self.before.measures else ()
        if self.before.measures and self.before.limit is not None:
            where = conjoin(self._rows_before())
        self.put(
            subject=subject, dimensions=dimensions, measures=(), where=where, having=None, calculations=(),
            comparison=None, order=tuple(o for o in keep_order if o.target == "scalar"),
            limit=self.before.limit if keep_order and not self.before.measures else None, yes_no=False,
            distinct=self.sketch.distinct,
        )  # fmt: skip
        self.assembler.measures = []

    def _aggregate(self) -> None:
        """ "and the average", "now the 90th percentile": another function of the same thing."""
        function = self.sketch.aggregate
        if function is None:
            return
        base = next((m for m in self.before.measures if isinstance(m, Aggregate) and m.of is not None), None)
        metric = next((m for m in self.before.measures if isinstance(m, MetricValue)), None)
        if base is None and metric is not None:
            inner = self.model.metrics_by_name[metric.metric].measure
            base = inner if isinstance(inner, Aggregate) and inner.of is not None else None
        if base is None:
            numbers = [d.of for d in self.before.dimensions if isinstance(d.of, Attribute)
                       and self.model.attribute(d.of.entity, d.of.name).data_type.is_number]  # fmt: skip
            if len(numbers) != 1:
                self.assembler.out.missing.append(f"what to take the {function.value} of")
                return
            base = Aggregate(function=function, entity=numbers[0].entity, of=numbers[0])
            self.put(dimensions=(), order=(), limit=None)
        changed = base.model_copy(update={"function": function, "parameter": self.sketch.percentile, "name": ""})
        if not _ADDS.search(self.text):
            self.assembler.measures = []
        self.assembler._add_measure(changed)
        self.put(measures=tuple(self.assembler.measures))

    def _groups(self) -> None:
        if not self.sketch.groups:
            return
        fact = self.assembler._measure_entity(self.query.measures[0]) if self.query.measures else self.query.subject
        if not self.query.measures:
            measure = count_of(self.query.subject)
            self.assembler.measures = []
            self.assembler._add_measure(measure)
            self.put(
                measures=tuple(self.assembler.measures),
                dimensions=(),
                order=(),
                limit=None,
                distinct=False,
                yes_no=False,
            )
        # Grouping asks the assembler for the fact's time: it looks at what is measured.
        self.assembler.sketch.asks = [Ask("measure", fact, 0, measure=m) for m in self.query.measures]
        fresh = [d for group in self.sketch.groups if (d := self.assembler._group_dimension(group)) is not None]
        old = list(self.query.dimensions)
        adding = bool(_ADDS.search(self.text)) and not _REPLACES.search(self.text)
        timed = any(isinstance(d.of, Truncated) for d in fresh)
        if not adding and old:
            replaced = [d for d in old if isinstance(d.of, Truncated) == timed]
            if timed and not replaced and not _REPLACES.search(self.text):
                kept = old
            elif _REPLACES.search(self.text) and len(old) == 1:
                kept = []
            else:
                kept = [d for d in old if d not in replaced]
                if not timed and any(isinstance(d.of, Truncated | Part) for d in old) and not replaced:
                    kept = old if not _REPLACES.search(self.text) else []
        else:
            kept = old
        dimensions = [*kept, *[d for d in fresh if all(d.of != k.of for k in kept)]]
        limit = None if self.query.limit is not None and self.query.limit.per else self.query.limit
        self.put(dimensions=tuple(dimensions), order=(), limit=limit)
        self._default_order()

    def _default_order(self) -> None:
        self.assembler.dimensions = list(self.query.dimensions)
        self.assembler.measures = list(self.query.measures)
        self.assembler.orders = []
        self.assembler._default_order()
        self.put(order=tuple(self.assembler.orders))

    def _windows(self) -> None:
        sketch = self.sketch
        if not sketch.windows:
            return
        if self.query.time is not None and sketch.windows[0][1] is None:
            of = self.query.time.of
            windows = [TimeWindow(of=of, start=i.start, end=i.end, label=i.label) for i, _, _ in sketch.windows]
            if re.search(r"\b(vs|versus|compare|compared|against)\b", self.text.lower()):
                self.put(comparison=PeriodComparison(window=windows[0]))
            else:
                self.put(time=windows[0], comparison=None if self.query.comparison is None else self.query.comparison)
            return
        self.assembler.subject = self.query.subject
        self.assembler.sketch.asks = [Ask("measure", "", 0, measure=m) for m in self.query.measures]
        self.assembler.conditions = []
        self.assembler._add_windows()
        if self.assembler.window is not None:
            self.put(time=self.assembler.window)
        for condition in self.assembler.conditions:
            self._put_condition(condition)
        self.assembler.conditions = []

    def _conditions(self) -> None:
        fact = self.assembler._measure_entity(self.query.measures[0]) if self.query.measures else self.query.subject
        for condition in self.sketch.conditions:
            if condition.having:
                self.put(having=condition.filter)
                continue
            found = condition.filter
            path = (
                self.link.role_path(fact, condition.entity, condition.position)
                if condition.entity not in ("", fact)
                else ()
            )
            if path:
                from deployments.analytics.language.assemble import _along

                found = _along(found, condition.entity, path)
            if condition.entity and condition.entity != fact and self.graph.path(fact, condition.entity) is None:
                self.assembler.out.missing.append(
                    f"how {self.model.by_name[fact].plural} and {self.model.by_name[condition.entity].plural} relate"
                )
                continue
            self._put_condition(found)
        for entity, _ in self.sketch.existence:
            if entity != fact and self.graph.path(fact, entity) is not None:
                spoken = {c.entity for c in self.sketch.conditions}
                if not self.assembler._implied(fact, entity, spoken):
                    self._put_condition(Related(entity=fact, to=entity))

    def _put_condition(self, found: Filter) -> None:
        """Replaces an earlier condition on the same attribute, else adds."""
        about = attribute_of(found)
        kept = list(parts(self.query.where))
        if about is not None and any(_inside(part, about) for part in kept if isinstance(part, Related)):
            kept = [p for p in kept if not (isinstance(p, Related) and _inside(p, about))]
            self.put(where=conjoin(kept))
        if about is not None and not negative(found):
            same = [p for p in kept if attribute_of(p) == about and not negative(p)]
            if same and re.search(r"\b(too|also|as well|or)\b", self.text.lower()):
                merged = _union(same[0], found)
                if merged is not None:
                    kept[kept.index(same[0])] = merged
                    self.put(where=conjoin(kept))
                    return
            kept = [p for p in kept if p not in same]
        self.put(where=conjoin([*kept, found]))

    def _calculations(self) -> None:
        for kind, _, text in self.sketch.calculations:
            if kind == "share" and self.query.measures and self.query.dimensions:
                self.put(calculations=(Share(measure=0, name=f"{self.query.measures[0].name}_share"),))
                continue
            self.assembler.dimensions = list(self.query.dimensions)
            self.assembler.measures = list(self.query.measures)
            self.assembler.comparison = self.query.comparison
            found = self.assembler._calculations()
            if found:
                self.put(calculations=tuple(found))
                return
            if text not in self.assembler.out.missing and self.assembler.comparison == self.query.comparison:
                self.assembler.out.missing.append(text)

    def _extremes(self) -> None:
        for superlative in self.sketch.superlatives:
            count = superlative.count or self.sketch.limit or 1
            if "frequency" in self.sketch.cues and superlative.measure is None and superlative.ref is None:
                superlative.measure = count_of(self.query.subject)
                self.put(measures=())
            if (
                superlative.measure is None
                and superlative.ref is None
                and self.query.limit is not None
                and self.query.limit.per
            ):
                self.put(limit=self.query.limit.model_copy(update={"count": count}))
                continue
            if superlative.measure is None and superlative.ref is None and self.query.measures:
                self.put(
                    order=(OrderBy(target="measure", index=0, direction=superlative.direction),),
                    limit=Limit(count=count),
                )
                continue
            if superlative.measure is None and superlative.ref is None and self.query.order:
                order = self.query.order[0].model_copy(update={"direction": superlative.direction})
                self.put(order=(order,), limit=Limit(count=count))
                continue
            if superlative.ref is not None:
                order = OrderBy(target="scalar", of=superlative.ref.scalar, direction=superlative.direction)
                self.put(order=(order,), limit=Limit(count=count))
                continue
            if superlative.measure is not None:
                self._rank_by(superlative.measure, superlative.direction)
                self.put(limit=Limit(count=count))
                continue
            self.assembler.out.open.append("by what")
        if self.sketch.limit is not None and not self.sketch.superlatives:
            self.put(limit=Limit(count=self.sketch.limit))

    def _rank_by(self, measure: Measure, direction: Direction) -> None:
        if not self.query.dimensions:
            found = self.assembler._entity_dimension(self.query.subject, 0)
            self.put(dimensions=() if found is None else (found,))
        self.assembler.measures = list(self.query.measures)
        index = self.assembler._add_measure(measure)
        self.put(
            measures=tuple(self.assembler.measures),
            order=(OrderBy(target="measure", index=index, direction=direction),),
        )

    def _order(self) -> None:
        sketch = self.sketch
        self.assembler.dimensions = list(self.query.dimensions)
        self.assembler.measures = list(self.query.measures)
        self.assembler.orders = []
        for order in sketch.orders:
            if order.measure is not None and not self.query.measures:
                self._rank_by(order.measure, order.direction)
                return
            found = self.assembler._order(order)
            if found is not None:
                self.put(order=(found,), measures=tuple(self.assembler.measures))
        if sketch.direction is not None and not sketch.orders:
            if self.query.order and not self.query.measures:
                self.put(order=tuple(o.model_copy(update={"direction": sketch.direction}) for o in self.query.order))
            elif self.query.measures and self.query.dimensions:
                self.put(order=(OrderBy(target="measure", index=0, direction=sketch.direction),))
            else:
                self.assembler._bare_direction(sketch.direction)
                self.put(order=tuple(self.assembler.orders))
        elif "order" in sketch.cues and not sketch.orders and self.query.measures and self.query.dimensions:
            self.put(order=(OrderBy(target="measure", index=0, direction=Direction.DESC),))


def parts(where: Filter | None) -> tuple[Filter, ...]:
    """The conjoined conditions of a filter."""
    if where is None:
        return ()
    return where.of if isinstance(where, AllOf) else (where,)


def attribute_of(found: Filter) -> Scalar | None:
    """What a simple condition is about."""
    if isinstance(found, Comparison):
        return found.left
    if isinstance(found, TimeRange):
        return found.of
    if isinstance(found, AllOf) and found.of:
        first = attribute_of(found.of[0])
        return first if all(attribute_of(part) == first for part in found.of) else None
    return None


def _inside(found: Related, about: Scalar) -> bool:
    """Whether a semi-join is about the attribute."""
    return any(attribute_of(part) == about for part in parts(found.where))


def negative(found: Filter) -> bool:
    """Whether the condition excludes."""
    return isinstance(found, Comparison) and found.operator in (Operator.NE, Operator.NOT_IN)


def _union(first: Filter, second: Filter) -> Filter | None:
    if not isinstance(first, Comparison) or not isinstance(second, Comparison):
        return None
    values = [*first.values, *([first.right.value] if isinstance(first.right, Constant) else [])]
    values += [*second.values, *([second.right.value] if isinstance(second.right, Constant) else [])]
    return Comparison(left=first.left, operator=Operator.IN, values=tuple(v for v in values if v is not None))
