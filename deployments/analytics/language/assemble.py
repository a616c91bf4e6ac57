"""From a sketch to the typed query: subject, dimensions, measures, conditions, order and limit.

Everything the sketch holds ends in the query, among its assumptions, or in `missing`: nothing is dropped silently.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from deployments.analytics.language.graph import Graph
from deployments.analytics.language.links import Linker, label_ref
from deployments.analytics.language.rules.operands import default_function, money_of
from deployments.analytics.language.sketch import (
    Ask,
    Condition,
    Group,
    Order,
    Ref,
    Sketch,
    Superlative,
    count_of,
    measure_entity,
)
from deployments.analytics.language.times import interval_filter, own_time, time_ref
from deployments.analytics.language.vocabulary import lemmas
from deployments.analytics.language.walker import conjoin
from deployments.analytics.model.schema import Role, SemanticModel
from deployments.contracts.query import (
    Aggregate,
    AllOf,
    AnalyticQuery,
    AnyOf,
    Assumption,
    Attribute,
    Calculation,
    Comparison,
    Dimension,
    Direction,
    Filter,
    Function,
    Grain,
    Growth,
    Limit,
    Measure,
    MeasureArithmetic,
    MeasureComparison,
    MetricValue,
    Not,
    OrderBy,
    Part,
    PeriodComparison,
    Related,
    Rollup,
    Running,
    Scalar,
    Share,
    TimeRange,
    TimeWindow,
    Truncated,
)

_SELLERS = frozenset("employee seller salesperson representative agent staff clerk associate".split())
_BUYERS = frozenset("customer client buyer account shopper guest".split())
_PEOPLE = frozenset("person people user member student teacher instructor author doctor patient singer visitor player driver "
                    "passenger owner manager".split())  # fmt: skip


@dataclass(slots=True)
class Assembled:
    """The query, or why there is none: `missing` names what the data lacks, `open` what the question left open."""

    query: AnalyticQuery | None
    missing: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    assumptions: list[Assumption] = field(default_factory=list)
    penalty: float = 0.0


class Assembler:
    """Builds one query from one sketch."""

    def __init__(self, model: SemanticModel, graph: Graph, linker: Linker, sketch: Sketch) -> None:
        self.model = model
        self.graph = graph
        self.link = linker
        self.sketch = sketch
        self.out = Assembled(None, list(sketch.missing))
        self.dimensions: list[Dimension] = []
        self.measures: list[Measure] = []
        self.orders: list[OrderBy] = []
        self.conditions: list[Filter] = []
        self.having: list[Filter] = []
        self.window: TimeWindow | None = None
        self.comparison: PeriodComparison | None = None
        self.group_count = 0
        self.limit: Limit | None = None

    def assume(self, code: str, text: str) -> None:
        """State how something open was settled."""
        found = Assumption(code=code, text=text)
        if found not in self.out.assumptions:
            self.out.assumptions.append(found)

    # --- the whole ----------------------------------------------------------------------------------------------------

    def build(self) -> Assembled:
        """The query of the sketch."""
        for code, text in self.sketch.assumptions:
            self.assume(code, text)
        self._default_measure()
        self._count_what_is_named()
        self._measure_entities()
        self._each_without_measure()
        self._unique_things()
        self._who()
        self.subject = self._subject()
        if self.subject is None:
            self.out.open.append("subject")
            return self.out
        aggregated = self._is_aggregated()
        self._add_groups()
        self._add_asks(aggregated)
        self._add_having()
        self._add_superlatives(aggregated)
        self._count_through_facts()
        self._add_windows()
        self._add_conditions()
        self._add_existence()
        self._add_orders()
        self.orders = list(dict.fromkeys(self.orders))
        calculations = self._calculations()
        if self.sketch.limit is not None and self.limit is None:
            self.limit = Limit(count=self.sketch.limit)
        self._default_order()
        yes_no = self.sketch.yes_no and not self.measures and not self.dimensions and not self.sketch.groups
        subject = self.subject
        if self.measures and not any(d for d in self.dimensions):
            subject = self._measure_entity(self.measures[0]) or subject
        self.out.query = AnalyticQuery(
            subject=subject,
            dimensions=tuple(self.dimensions),
            measures=tuple(self.measures),
            where=conjoin(self.conditions),
            time=self.window,
            comparison=self.comparison,
            calculations=tuple(calculations),
            having=conjoin(self.having),
            order=tuple(self.orders),
            limit=self.limit,
            distinct=self._is_distinct(aggregated),
            yes_no=yes_no,
            chart=self.sketch.chart,
            assumptions=tuple(self.out.assumptions),
        )
        return self.out

    # --- what it is about ---------------------------------------------------------------------------------------------

    def _default_measure(self) -> None:
        """ "how much did we sell": the model's first money metric."""
        asks = self.sketch.asks
        if "how much" in self.sketch.cues and not asks and self.model.metrics:
            metric = self.model.metrics[0]
            self.assume("metric", f"how much is measured by {metric.label}")
            asks.append(Ask("measure", self._measure_entity(MetricValue(metric=metric.name)), 0,
                            measure=MetricValue(metric=metric.name)))  # fmt: skip
        if not asks and self.sketch.groups and self.sketch.superlatives and all(
            s.measure is None and s.ref is None for s in self.sketch.superlatives
        ):  # fmt: skip
            return

    def _count_what_is_named(self) -> None:
        """ "patients over 65: how many?": what is counted was named elsewhere."""
        bare = next(
            (a for a in self.sketch.asks if a.kind == "measure" and not a.entity and isinstance(a.measure, Aggregate)),
            None,
        )
        if bare is None:
            return
        named = next((a for a in self.sketch.asks if a.kind == "entity"), None)
        entity = named.entity if named else self.sketch.subject or next((e for e, _ in self.sketch.entities), None)
        if entity is None:
            return
        bare.entity, bare.measure = entity, count_of(entity)
        if named is not None:
            self.sketch.asks.remove(named)

    def _unique_things(self) -> None:
        """ "unique customers last month": distinct customers among what happened, not customer records."""
        sketch = self.sketch
        if not sketch.distinct or sketch.superlatives or len(sketch.asks) != 1 or sketch.asks[0].kind != "entity":
            return
        if sketch.pronoun or sketch.cues & {"list", "show", "which"}:
            return
        entity = sketch.asks[0].entity
        facts = [r for r in self.model.relationships if r.to_entity == entity and len(r.from_attributes) == 1]
        if not facts:
            return
        link = max(
            facts,
            key=lambda r: (
                self.model.by_name[r.from_entity].kind == "fact",
                self.model.by_name[r.from_entity].row_count or 0,
            ),
        )
        fact = self.model.by_name[link.from_entity]
        of = Attribute(entity=fact.name, name=link.from_attributes[0])
        name = f"unique_{self.model.by_name[entity].plural}".replace(" ", "_")
        measure = Aggregate(function=Function.COUNT_DISTINCT, entity=fact.name, of=of, name=name)
        self.assume("unique", f"unique {self.model.by_name[entity].plural} are counted among the {fact.plural}")
        sketch.asks = [Ask("measure", fact.name, sketch.asks[0].position, measure=measure)]
        sketch.subject = fact.name

    def _who(self) -> None:
        """ "who sold the most": the one kind of person that can be meant."""
        sketch = self.sketch
        if sketch.wh != "who" or sketch.asks or sketch.pronoun:
            return
        verbs = {item.lemma for item in self.link.items if item.verb}
        wanted = _SELLERS if verbs & {"sell", "serve", "handle", "earn", "manage"} else _BUYERS if (
            verbs & {"buy", "purchase", "spend", "order"}) else _SELLERS | _BUYERS | _PEOPLE  # fmt: skip
        named = [
            e for e, _ in sketch.entities if lemmas(self.model.by_name[e].label)[-1] in _SELLERS | _BUYERS | _PEOPLE
        ]
        fits = named or [e.name for e in self.model.entities if lemmas(e.label)[-1] in wanted and not e.hidden]
        if len(fits) == 1:
            sketch.asks.append(Ask("entity", fits[0], 0))
            sketch.subject = fits[0]

    def _each_without_measure(self) -> None:
        """ "the major of every student": nothing is measured, so nothing is grouped."""
        sketch = self.sketch
        measured = any(a.kind == "measure" for a in sketch.asks) or any(c.having for c in sketch.conditions)
        if measured or sketch.superlatives or not sketch.groups or not all(g.each and g.entity for g in sketch.groups):
            return
        if sketch.calculations or any(a.kind == "entity" for a in sketch.asks):
            return
        sketch.subject = sketch.groups[0].entity
        sketch.groups = []

    def _measure_entities(self) -> None:
        """ "orders per supplier", "payments by method": an entity asked for by groups is counted, or summed where its
        rows are money."""
        sketch = self.sketch
        grouped = {g.entity for g in sketch.groups}
        listing = "list" in sketch.cues and not any(g.grain for g in sketch.groups)
        plain = [a for a in sketch.asks if a.kind == "entity" and a.entity not in grouped]
        wants = (
            bool(sketch.groups)
            or sketch.versus
            or any(k in ("growth", "running", "share") for k, _, _ in sketch.calculations)
        )
        if (
            not wants
            or listing
            or sketch.superlatives
            or len(plain) != 1
            or any(a.kind != "entity" for a in sketch.asks)
        ):
            return
        ask = plain[0]
        number = money_of(self.link, ask.entity)
        if number is None:
            measure: Measure = count_of(ask.entity)
        else:
            self.assume(
                "amount",
                f"{self.model.by_name[ask.entity].plural} are measured by their {number.attribute.label}, summed",
            )
            measure = Aggregate(function=Function.SUM, entity=ask.entity, of=number.scalar)
        sketch.asks[sketch.asks.index(ask)] = Ask("measure", ask.entity, ask.position, measure=measure)

    def _measure_entity(self, measure: Measure) -> str:
        if isinstance(measure, MetricValue):
            return self._measure_entity(self.model.metrics_by_name[measure.metric].measure)
        return measure_entity(measure)

    def _subject(self) -> str | None:
        sketch = self.sketch
        entity_asks = [ask.entity for ask in sketch.asks if ask.kind == "entity"]
        attribute_asks = [ask.entity for ask in sketch.asks if ask.kind == "attribute"]
        measure_asks = [ask.entity for ask in sketch.asks if ask.kind == "measure" and ask.entity]
        if entity_asks:
            return entity_asks[0]
        if attribute_asks:
            owner = sketch.subject
            first = attribute_asks[0]
            if owner and owner != first and self.graph.to_one(owner, first) and not sketch.superlatives:
                return owner
            return first
        if measure_asks:
            return measure_asks[0]
        grouped = {g.entity or (g.ref.entity if g.ref else "") for g in sketch.groups}
        if sketch.subject and sketch.subject not in grouped:
            return sketch.subject
        for entity, _ in sketch.entities:
            if sketch.groups and entity not in grouped:
                return entity
        for group in sketch.groups:
            if group.entity:
                return group.entity
            if group.ref:
                return group.ref.entity
        for superlative in sketch.superlatives:
            if superlative.entity:
                return superlative.entity
            if superlative.ref:
                return superlative.ref.entity
            if superlative.measure is not None:
                return self._measure_entity(superlative.measure)
        if sketch.subject:
            return sketch.subject
        if sketch.entities:
            return sketch.entities[0][0]
        for condition in sketch.conditions:
            if condition.entity:
                return condition.entity
        return None

    def _is_aggregated(self) -> bool:
        sketch = self.sketch
        if any(ask.kind == "measure" for ask in sketch.asks) or any(c.having for c in sketch.conditions):
            return True
        if any(s.measure is not None for s in sketch.superlatives):
            return True
        if sketch.superlatives and self._pending_needs_count():
            return True
        if sketch.groups and not sketch.asks:
            return True
        numeric = [
            a
            for a in sketch.asks
            if a.ref is not None and a.ref.is_number and a.ref.attribute.role in (Role.ADDITIVE, Role.RATE)
        ]
        if any(g.each is False or g.entity is None for g in sketch.groups) and numeric:
            return True
        return bool(sketch.groups and numeric)

    def _pending_needs_count(self) -> bool:
        pending = any(s.measure is None and s.ref is None for s in self.sketch.superlatives)
        return pending and (bool(self.sketch.groups) or "frequency" in self.sketch.cues or any(
            a.kind == "attribute" and a.ref is not None and not a.ref.is_number for a in self.sketch.asks))  # fmt: skip

    def _is_distinct(self, aggregated: bool) -> bool:
        if aggregated or self.measures or not self.dimensions:
            return False
        if self.sketch.distinct:
            return True
        refs = [ask.ref for ask in self.sketch.asks if ask.ref is not None]
        return (
            bool(refs)
            and "which" in self.sketch.cues
            and all(r.attribute.role is Role.CATEGORY for r in refs)
            and not self.orders
        )

    # --- dimensions ---------------------------------------------------------------------------------------------------

    def _fact(self) -> str:
        """The entity whose rows are measured: it says when things happened."""
        if self.measures and (entity := self._measure_entity(self.measures[0])):
            return entity
        for ask in self.sketch.asks:
            if ask.kind == "measure" and ask.measure is not None and (entity := self._measure_entity(ask.measure)):
                return entity
        for superlative in self.sketch.superlatives:
            if superlative.measure is not None and (entity := self._measure_entity(superlative.measure)):
                return entity
        return self.subject or ""

    def _name(self, base: str) -> str:
        used = {d.name for d in self.dimensions}
        name, number = base, 2
        while name in used:
            name, number = f"{base}_{number}", number + 1
        return name

    def _add_groups(self) -> None:
        for group in self.sketch.groups:
            dimension = self._group_dimension(group)
            if dimension is None:
                continue
            if all(d.of != dimension.of for d in self.dimensions):
                self.dimensions.append(dimension)
        self.group_count = len(self.dimensions)

    def _group_dimension(self, group: Group) -> Dimension | None:
        if group.entity is not None:
            return self._entity_dimension(group.entity, group.position)
        if group.ref is not None:
            return self._attribute_dimension(group.ref, group.position)
        ref = time_ref(self.model, self.graph, self._fact())
        ref = next((r for _, r, _ in self.sketch.windows if r is not None), None) or ref
        if ref is None:
            self.out.missing.append(f"a date to group by {group.grain or group.part}")
            return None
        if ref.attribute.role is Role.YEAR and not ref.attribute.data_type.is_time:
            if group.grain is Grain.YEAR:
                return self._attribute_dimension(ref, group.position)
            self.out.missing.append(f"a date to group by {group.grain or group.part}")
            return None
        if group.part is not None:
            return Dimension(of=Part(of=ref.scalar, part=group.part), name=self._name(group.part.value))
        assert group.grain is not None
        return Dimension(of=Truncated(of=ref.scalar, grain=group.grain), name=self._name(group.grain.value), fill=True)

    def _entity_dimension(self, entity: str, position: int) -> Dimension | None:
        model = self.model.by_name[entity]
        label = label_ref(model)
        if label is None:
            names = model.primary_key or tuple(a.name for a in model.attributes[:1])
            label = model.by_name[names[0]]
        path = self._path(entity, position)
        own = self._own_reference(entity, label.name)
        if own is not None:
            return own
        key = () if label.unique or label.name in model.primary_key or self.repeats(entity) else tuple(
            Attribute(entity=entity, name=name, path=path) for name in model.primary_key
        )  # fmt: skip
        return Dimension(of=Attribute(entity=entity, name=label.name, path=path), name=self._name(label.name), key=key)

    def _own_reference(self, entity: str, label: str) -> Dimension | None:
        """Where rows refer to a thing by its name, the name stands in the row itself and no join is needed."""
        fact = self._fact()
        if fact == entity or fact not in self.model.by_name:
            return None
        direct = self.graph.between(fact, entity)
        if len(direct) != 1 or direct[0].to_attributes != (label,):
            return None
        name = direct[0].from_attributes[0]
        return Dimension(of=Attribute(entity=fact, name=name), name=self._name(name))

    def repeats(self, entity: str) -> bool:
        """Whether the entity's rows are events of far fewer named things: a "treatment" is then its name."""
        model = self.model.by_name[entity]
        label = model.by_name[model.label_attribute] if model.label_attribute else None
        return bool(label and label.distinct_count and model.row_count and label.distinct_count * 2 < model.row_count)

    def _attribute_dimension(self, ref: Ref, position: int) -> Dimension:
        scalar = ref.scalar
        if isinstance(scalar, Attribute):
            scalar = scalar.model_copy(update={"path": self._path(ref.entity, position)})
        model = self.model.by_name[ref.entity]
        is_label = ref.attribute.name == model.label_attribute and not ref.attribute.unique
        base = ref.attribute.name if not ref.derived else "age"
        keyed = is_label and self._is_aggregated()
        key = tuple(Attribute(entity=ref.entity, name=name) for name in model.primary_key) if keyed else ()
        return Dimension(of=scalar, name=self._name(base), key=key)

    def _path(self, entity: str, position: int) -> tuple[str, ...]:
        start = self._fact() if self._is_aggregated() else self.subject
        if not start or start == entity:
            return ()
        return self.link.role_path(start, entity, position)

    def _add_asks(self, aggregated: bool) -> None:
        others = [ask for ask in self.sketch.asks if ask.kind != "measure"]
        alone = len(others) == 1 and others[0].kind == "entity" and not aggregated and not self.sketch.groups
        for ask in self.sketch.asks:
            if ask.kind == "measure":
                assert ask.measure is not None
                self._add_measure(self._counted(ask.measure))
            elif ask.kind == "entity":
                if not alone and not any(g.entity == ask.entity for g in self.sketch.groups):
                    self._append(self._entity_dimension(ask.entity, ask.position))
            elif ask.ref is not None:
                self._add_attribute_ask(ask, aggregated)
        ratio = any(kind == "ratio" for kind, _, _ in self.sketch.calculations)
        if ratio and len(self.measures) == 2:
            self.measures = [
                MeasureArithmetic(operator="/", left=self.measures[0], right=self.measures[1], name="ratio")
            ]
        difference = any(kind == "difference" for kind, _, _ in self.sketch.calculations)
        if difference and len(self.measures) == 2:
            self.measures = [
                MeasureArithmetic(operator="-", left=self.measures[0], right=self.measures[1], name="difference")
            ]
        measured = self.measures or self.sketch.superlatives or any(c.having for c in self.sketch.conditions)
        if aggregated and not measured:
            self._add_measure(count_of(self.subject or ""))

    def _append(self, dimension: Dimension | None) -> None:
        if dimension is not None and all(d.of != dimension.of for d in self.dimensions):
            self.dimensions.append(dimension)

    def _add_attribute_ask(self, ask: Ask, aggregated: bool) -> None:
        ref = ask.ref
        assert ref is not None
        measurable = ref.is_number and ref.attribute.role in (Role.ADDITIVE, Role.RATE)
        if aggregated and measurable and self.sketch.groups:
            function = default_function(ref)
            self.assume("aggregate", f"{ref.attribute.label} is {'summed' if function is Function.SUM else 'averaged'}")
            self._add_measure(Aggregate(function=function, entity=ref.entity, of=ref.scalar))
            return
        self._append(self._attribute_dimension(ref, ask.position))

    def _counted(self, measure: Measure) -> Measure:
        """Distinct things are counted once: "how many different customers ordered"."""
        return measure

    def _add_measure(self, measure: Measure) -> int:
        named = self._named(measure)
        for position, known in enumerate(self.measures):
            if known == named or known.model_copy(update={"name": ""}) == measure:
                return position
        self.measures.append(named)
        return len(self.measures) - 1

    def _named(self, measure: Measure) -> Measure:
        if measure.name:
            return measure
        if isinstance(measure, MetricValue):
            return measure.model_copy(update={"name": measure.metric})
        if isinstance(measure, Aggregate):
            entity = self.model.by_name.get(measure.entity)
            if measure.function is Function.COUNT and measure.of is None:
                thing = entity.plural if entity else "rows"
                return measure.model_copy(update={"name": f"{thing.replace(' ', '_').lower()}_count"})
            inner = measure.of
            base = (
                inner.name
                if isinstance(inner, Attribute)
                else "age"
                if inner is not None and inner.kind == "elapsed"
                else "value"
            )
            if inner is not None and inner.kind == "rollup":
                base = f"{self.model.by_name[measure_entity(inner.measure)].plural}_per_{entity.label if entity else 'row'}".replace(
                    " ", "_"
                )
            prefix = {Function.SUM: "total", Function.COUNT_DISTINCT: "distinct"}.get(
                measure.function, measure.function.value
            )
            if measure.function is Function.PERCENTILE and measure.parameter is not None:
                prefix = f"p{measure.parameter * 100:g}"
            return measure.model_copy(update={"name": f"{prefix}_{base}".lower()})
        return measure.model_copy(update={"name": "value"})

    def _count_through_facts(self) -> None:
        """ "unique patients per department": where a fact links what is counted to its group, distinct things are
        counted in the fact's rows, whose time is then the question's time."""
        groups = [of.entity for d in self.dimensions if isinstance(of := d.of, Attribute)]
        for position, measure in enumerate(self.measures):
            if not isinstance(measure, Aggregate) or measure.function is not Function.COUNT or measure.of is not None:
                continue
            entity = measure.entity
            far = [g for g in groups if g != entity and not self.graph.to_one(entity, g)]
            path = self.graph.path(entity, far[0]) if far else None
            if not path or path[0][1]:
                continue
            link = path[0][0]
            fact = link.from_entity
            if len(link.from_attributes) != 1 or not all(fact == g or self.graph.to_one(fact, g) for g in groups):
                continue
            if measure.where is not None or (len(far) == 1 and fact == far[0]):
                continue
            of = Attribute(entity=fact, name=link.from_attributes[0])
            self.measures[position] = Aggregate(function=Function.COUNT_DISTINCT, entity=fact, of=of, name=measure.name)

    # --- conditions ---------------------------------------------------------------------------------------------------

    def _add_windows(self) -> None:
        found: list[tuple[Filter, TimeWindow | None]] = []
        for interval, given, position in self.sketch.windows:
            other = self._spoken_time(position) if given is None and "both periods" not in self.sketch.cues else None
            if other is not None:
                condition = interval_filter(other, interval)
                if condition is not None:
                    self.conditions.append(condition)
                    continue
            ref = (
                given
                or time_ref(self.model, self.graph, self._fact())
                or time_ref(self.model, self.graph, self.subject)
            )
            ref = ref or self._any_time()
            if ref is None:
                self.out.missing.append(f"a date for {interval.label}")
                continue
            condition = interval_filter(ref, interval)
            if condition is None:
                other = self._other_time(ref)
                condition = interval_filter(other, interval) if other else None
                ref = other or ref
            if condition is None:
                self.out.missing.append(f"a date for {interval.label} ({ref.attribute.label} holds years only)")
                continue
            window = None
            if isinstance(condition, TimeRange) and isinstance(ref.scalar, Attribute):
                window = TimeWindow(of=ref.scalar, start=interval.start, end=interval.end, label=interval.label)
            found.append((condition, window))
        if not found:
            return
        windows = [window for _, window in found]
        if len(found) == 1:
            condition, self.window = found[0]
            if self.window is None:
                self.conditions.append(condition)
            return
        if len(found) == 2 and self.sketch.versus and all(w is not None for w in windows) and self.measures:
            first, second = windows
            assert first is not None
            assert second is not None
            later, earlier = (first, second) if str(first.start) > str(second.start) else (second, first)
            self.window = later
            show = "growth" if any(kind == "growth" for kind, _, _ in self.sketch.calculations) else "values"
            self.comparison = PeriodComparison(window=earlier, show=show)
            return
        if "both periods" in self.sketch.cues and self._in_each_period():
            return
        self.conditions.append(AnyOf(of=tuple(condition for condition, _ in found)))
        units = {interval.unit for interval, _, _ in self.sketch.windows}
        if self.measures and len(units) == 1 and not self.dimensions and (unit := units.pop()) is not None:
            ref_scalar = windows[0].of if windows[0] is not None else None
            if ref_scalar is not None and any(k == "and" for k in ("and",)):
                self.dimensions.append(Dimension(of=Truncated(of=ref_scalar, grain=unit), name=unit.value))

    def _in_each_period(self) -> bool:
        """ "stadiums with concerts in both 2014 and 2015": one related row in each."""
        subject = self._fact()
        near = [entity for entity, _ in self.sketch.existence if not self.graph.to_one(subject, entity)]
        if not near:
            return False
        entity = near[-1]
        ref = own_time(self.model.by_name[entity])
        if ref is None:
            return False
        for interval, _, _ in self.sketch.windows:
            condition = interval_filter(ref, interval)
            self.conditions.append(Related(entity=subject, to=entity, where=condition))
        self.sketch.existence = [(e, at) for e, at in self.sketch.existence if e != entity]
        return True

    def _spoken_time(self, position: int) -> Ref | None:
        """ "patients who had appointments in 2025": the time of what happened, not of the patient."""
        subject = self._fact()
        near = [(at, entity) for entity, at in self.sketch.existence if at < position and entity != subject]
        if not near:
            return None
        entity = max(near)[1]
        if self.graph.to_one(subject, entity):
            return None
        return own_time(self.model.by_name[entity])

    def _any_time(self) -> Ref | None:
        """A time or year of an entity that the question speaks of."""
        for entity, _ in self.sketch.entities:
            found = own_time(self.model.by_name[entity])
            if found is not None:
                return found
        subject = self.subject
        near = sorted((self.graph.distance(subject or "", e.name), e.name) for e in self.model.entities if subject)
        for distance, name in near:
            found = own_time(self.model.by_name[name])
            if found is not None and distance < 3:
                self.assume("time", f"the time is the {found.attribute.label} of the {self.model.by_name[name].label}")
                return found
        return None

    def _other_time(self, ref: Ref) -> Ref | None:
        for attribute in self.model.by_name[ref.entity].attributes:
            if attribute.data_type.is_time and not attribute.hidden:
                return Ref(ref.entity, attribute, Attribute(entity=ref.entity, name=attribute.name), 0.8)
        return None

    def _add_conditions(self) -> None:
        for condition in self.sketch.conditions:
            if condition.having:
                continue
            self.conditions.append(self._with_path(condition))

    def _with_path(self, condition: Condition) -> Filter:
        """The condition, walking the relationship that its words name."""
        start = self._fact() if self.measures else self.subject
        found = condition.filter
        if start is None or condition.entity in ("", start):
            return found
        path = self.link.role_path(start, condition.entity, condition.position)
        return _along(found, condition.entity, path) if path else found

    def _add_existence(self) -> None:
        subject = self._fact() if self.measures and not self.dimensions else self.subject
        if subject is None:
            return
        spoken = {c.entity for c in self.sketch.conditions} | {
            r.to for c in self.conditions for r in _related(c)
        }  # fmt: skip
        counted = {self._measure_entity(m) for m in self.measures} | {a.entity for a in self.sketch.asks}
        counted |= {g.entity or (g.ref.entity if g.ref else "") for g in self.sketch.groups}
        for entity, position in self.sketch.existence:
            if entity == subject or entity in counted:
                continue
            path = self.graph.path(subject, entity)
            if path is None:
                self.out.missing.append(
                    f"how {self.model.by_name[subject].plural} and {self.model.by_name[entity].plural} relate"
                )
                continue
            if self._implied(subject, entity, spoken) or self._implied(subject, entity, counted - {subject}):
                continue
            if all(one for _, one in path) and all(r.complete for r, _ in path):
                continue
            along = (
                self.link.role_path(entity, subject, position) if len(self.graph.between(entity, subject)) > 1 else ()
            )
            self.conditions.append(Related(entity=subject, to=entity, path=along))

    def _implied(self, subject: str, entity: str, spoken: set[str]) -> bool:
        """Whether a condition beyond `entity` already says that one exists."""
        for other in spoken:
            if other == entity:
                return True
            path = self.graph.path(subject, other) if other else None
            if path and any(entity in (r.from_entity, r.to_entity) for r, _ in path):
                return True
        return False

    def _add_having(self) -> None:
        for condition in self.sketch.conditions:
            if condition.having and isinstance(condition.filter, MeasureComparison):
                if not self.dimensions and self.subject:
                    self._append(self._entity_dimension(self.subject, condition.position))
                self.having.append(condition.filter)
                if not self.measures or all(self._bare(m) != condition.filter.measure for m in self.measures):
                    self._add_measure(condition.filter.measure)

    @staticmethod
    def _bare(measure: Measure) -> Measure:
        return measure.model_copy(update={"name": ""})

    # --- extremes and order -------------------------------------------------------------------------------------------

    def _add_superlatives(self, aggregated: bool) -> None:
        for superlative in self.sketch.superlatives:
            self._settle(superlative)
            others = [a for a in self.sketch.asks if a.kind != "measure"]
            per = tuple(range(self.group_count)) if self.group_count and (others or superlative.ref) else ()
            count = superlative.count or self.sketch.limit or self._plural_top(superlative)
            if superlative.ref is not None and superlative.measure is None and self.subject == superlative.ref.entity and (
                self.repeats(superlative.ref.entity) and superlative.ref.is_number
                and any(a.kind == "entity" and a.entity == self.subject for a in self.sketch.asks)
            ):  # fmt: skip
                function = Function.SUM if superlative.direction is Direction.DESC else Function.MIN
                superlative.measure = Aggregate(
                    function=function, entity=superlative.ref.entity, of=superlative.ref.scalar
                )
                self.assume(
                    "aggregate",
                    f"{superlative.ref.attribute.label} is summed for each {self.model.by_name[self.subject].label}",
                )
            if superlative.measure is not None:
                if not self.dimensions and self.subject:
                    self._append(self._entity_dimension(self.subject, superlative.position))
                index = self._add_measure(superlative.measure)
                self.orders.append(OrderBy(target="measure", index=index, direction=superlative.direction))
            elif superlative.ref is not None:
                if self.measures and aggregated and not self.dimensions:
                    self._restrict_to_extreme(superlative)
                    continue
                self.orders.append(OrderBy(target="scalar", of=self._row_value(superlative.ref, superlative.direction),
                                           direction=superlative.direction))  # fmt: skip
                if per:
                    self._list_within(superlative)
            else:
                self.out.open.append("by what")
                continue
            if superlative.count is None and not per and (self.sketch.direction is not None or self.sketch.orders):
                # "which lakes are largest, from large to small": an order, not a single row.
                continue
            self.limit = Limit(count=count, per=per)

    def _plural_top(self, superlative: Superlative) -> int:
        """ "top reasons": several, where "the top reason" is one."""
        items = self.link.items
        if superlative.position >= len(items) or items[superlative.position].text.lower() not in (
            "top", "bottom", "the top", "the bottom", "best", "worst", "best selling", "top selling", "worst selling"):  # fmt: skip
            return 1
        noun = next((item for item in items[superlative.position + 1 :] if item.is_link), None)
        if noun is None or noun.text.lower().split()[-1] == noun.lemma.split()[-1]:
            return 1
        self.assume("top", "the number was not given: the first 10 are shown")
        return 10

    def _list_within(self, superlative: Superlative) -> None:
        """ "the oldest employee of each department": rows are listed, so many for each group."""
        if not any(ask.kind != "measure" for ask in self.sketch.asks) and superlative.entity:
            self._append(self._entity_dimension(superlative.entity, superlative.position))

    def _restrict_to_extreme(self, superlative: Superlative) -> None:
        """ "how many orders has the oldest customer": the measure is over the extreme row's."""
        from deployments.contracts.query import Membership

        ref = superlative.ref
        assert ref is not None
        model = self.model.by_name[ref.entity]
        if len(model.primary_key) != 1:
            self.out.penalty += 0.3
            return
        key = Attribute(entity=ref.entity, name=model.primary_key[0])
        inner = AnalyticQuery(
            subject=ref.entity, dimensions=(Dimension(of=key, name=key.name),),
            order=(OrderBy(target="scalar", of=ref.scalar, direction=superlative.direction),),
            limit=Limit(count=superlative.count or 1),
        )  # fmt: skip
        self.conditions.append(Membership(of=key, query=inner))

    def _row_value(self, ref: Ref, direction: Direction) -> Scalar:
        """The attribute as a value of each row of the subject."""
        subject = self.subject or ref.entity
        if ref.entity == subject or self.graph.to_one(subject, ref.entity) or self.measures:
            return ref.scalar
        function = Function.MAX if direction is Direction.DESC else Function.MIN
        return Rollup(entity=subject, measure=Aggregate(function=function, entity=ref.entity, of=ref.scalar))

    def _settle(self, superlative: Superlative) -> None:
        """By what an open superlative ranks."""
        if superlative.measure is not None or superlative.ref is not None:
            return
        if self.measures:
            superlative.measure = self.measures[0]
            return
        if self.sketch.aggregate is not None:
            return
        subject = superlative.entity or self.subject
        ask = next((a for a in self.sketch.asks if a.kind == "attribute" and a.ref is not None), None)
        if "frequency" in self.sketch.cues or (
            ask is not None and ask.ref is not None and not ask.ref.is_number and superlative.count is None
        ):
            entity = self._events_of(subject, ask)
            superlative.measure = count_of(entity)
            return
        if subject is None:
            return
        for metric in self.model.metrics:
            fact = self._measure_entity(metric.measure)
            if fact and (fact == subject or self.graph.path(fact, subject) is not None) and fact != subject:
                self.assume("metric", f"ranked by {metric.label}, since the question does not say by what")
                superlative.measure = MetricValue(metric=metric.name)
                return
        number = self.link.main_number(subject)
        if number is not None:
            self.assume("amount", f"ranked by {number.attribute.label}, since the question does not say by what")
            superlative.ref = number

    def _events_of(self, subject: str | None, ask: Ask | None) -> str:
        """Whose rows tell how often something occurs: the nearest fact that refers to it, else its own table."""
        if subject is None:
            return ""
        if (
            ask is not None
            and ask.kind == "attribute"
            and ask.ref is not None
            and ask.ref.attribute.name != self.model.by_name[ask.entity].label_attribute
        ):
            named = [e for e, _ in self.sketch.entities if e != ask.entity]
            return named[0] if named else ask.entity
        named = [e for e, _ in self.sketch.entities if e != subject and self.graph.path(subject, e)]
        if named:
            return named[0]
        facts = [
            (self.graph.distance(subject, e.name), -(e.row_count or 0), e.name)
            for e in self.model.entities
            if e.name != subject
            and any(r.from_entity == e.name and r.to_entity == subject for r in self.model.relationships)
        ]
        return min(facts)[2] if facts else subject

    def _add_orders(self) -> None:
        for order in self.sketch.orders:
            found = self._order(order)
            if found is not None:
                self.orders.append(found)
        if self.sketch.direction is not None and not self.sketch.orders and not self.sketch.superlatives:
            self._bare_direction(self.sketch.direction)

    def _order(self, order: Order) -> OrderBy | None:
        if order.measure is not None:
            if self.dimensions and self._is_aggregated():
                index = self._add_measure(order.measure)
                return OrderBy(target="measure", index=index, direction=order.direction)
            if self.measures:
                index = self._add_measure(order.measure)
                return OrderBy(target="measure", index=index, direction=order.direction)
            subject = self.subject or ""
            if self.dimensions and not any(a.kind == "entity" for a in self.sketch.asks):
                index = self._add_measure(order.measure)
                return OrderBy(target="measure", index=index, direction=order.direction)
            return OrderBy(target="scalar", of=Rollup(entity=subject, measure=order.measure), direction=order.direction)
        if order.ref is None:
            return None
        for index, dimension in enumerate(self.dimensions):
            of = dimension.of
            if of == order.ref.scalar or (isinstance(of, Truncated) and of.of == order.ref.scalar):
                return OrderBy(target="dimension", index=index, direction=order.direction)
        for index, measure in enumerate(self.measures):
            if isinstance(measure, Aggregate) and measure.of == order.ref.scalar:
                return OrderBy(target="measure", index=index, direction=order.direction)
        if self.measures and self.dimensions:
            function = default_function(order.ref) if order.ref.is_number else Function.MIN
            index = self._add_measure(Aggregate(function=function, entity=order.ref.entity, of=order.ref.scalar))
            return OrderBy(target="measure", index=index, direction=order.direction)
        if self.measures:
            return None
        return OrderBy(target="scalar", of=self._row_value(order.ref, order.direction), direction=order.direction)

    def _bare_direction(self, direction: Direction) -> None:
        """ "..., highest first": of the measure, or of the first thing that fits."""
        alphabetical = "alphabetical" in self.sketch.cues
        if self.measures and self.dimensions and not alphabetical:
            self.orders.append(OrderBy(target="measure", index=0, direction=direction))
            return
        refs = [
            (i, ask.ref)
            for i, ask in enumerate(a for a in self.sketch.asks if a.kind == "attribute")
            if ask.ref is not None
        ]
        for wanted in (
            (lambda r: not r.is_number and not r.is_time) if alphabetical else (lambda r: r.is_number or r.is_time),
            lambda _: True,
        ):
            for _, ref in refs:
                if wanted(ref):
                    found = self._order(Order(direction, ref=ref))
                    if found is not None:
                        self.orders.append(found)
                        return
        if self.dimensions:
            self.orders.append(OrderBy(target="dimension", index=0, direction=direction))
        elif self.subject:
            label = label_ref(self.model.by_name[self.subject])
            if label is not None:
                of = Attribute(entity=self.subject, name=label.name)
                self.orders.append(OrderBy(target="scalar", of=of, direction=direction))

    def _default_order(self) -> None:
        """Periods run forward; groups are shown greatest first."""
        if self.orders or not self.measures or not self.dimensions:
            return
        for index, dimension in enumerate(self.dimensions):
            if isinstance(dimension.of, Truncated | Part):
                self.orders.append(OrderBy(target="dimension", index=index, direction=Direction.ASC))
        if not self.orders and not self._is_year(self.dimensions[0].of):
            self.orders.append(OrderBy(target="measure", index=0, direction=Direction.DESC))
        elif not self.orders:
            self.orders.append(OrderBy(target="dimension", index=0, direction=Direction.ASC))

    def _is_year(self, scalar: Scalar) -> bool:
        return isinstance(scalar, Attribute) and self.model.attribute(scalar.entity, scalar.name).role is Role.YEAR

    # --- calculations -------------------------------------------------------------------------------------------------

    def _calculations(self) -> list[Calculation]:
        found: list[Calculation] = []
        kinds = {kind for kind, _, _ in self.sketch.calculations}
        for kind, _, text in self.sketch.calculations:
            if not self.measures or (kind == "share" and "growth" in kinds):
                continue
            along = next((i for i, d in enumerate(self.dimensions) if isinstance(d.of, Truncated)), None)
            name = self.measures[0].name
            if kind == "share" and not self.dimensions and self.conditions:
                part = conjoin(self.conditions)
                whole = self.measures[0]
                if isinstance(whole, Aggregate | MetricValue) and whole.where is None:
                    left = whole.model_copy(update={"where": part, "name": ""})
                    right = whole.model_copy(update={"name": ""})
                    self.measures = [MeasureArithmetic(operator="/", left=left, right=right, name=f"{name}_share")]
                    self.conditions = []
                    continue
            if kind == "share" and self.dimensions:
                found.append(Share(measure=0, name=f"{name}_share"))
            elif kind == "running" and along is not None:
                within = tuple(i for i in range(len(self.dimensions)) if i != along)
                found.append(Running(measure=0, along=along, within=within, name=f"running_{name}"))
            elif kind == "growth" and along is not None and self.comparison is None:
                within = tuple(i for i in range(len(self.dimensions)) if i != along)
                found.append(Growth(measure=0, along=along, within=within, name=f"{name}_growth"))
            elif kind in ("ratio", "difference") and isinstance(self.measures[0], MeasureArithmetic):
                continue
            elif kind == "growth" and self.comparison is not None:
                self.comparison = self.comparison.model_copy(update={"show": "growth"})
            elif kind == "rank" and self.orders:
                continue
            else:
                self.out.missing.append(text)
        return found


def _along(condition: Filter, entity: str, path: tuple[str, ...]) -> Filter:
    """The condition with the join path put into its attributes of `entity`."""
    if isinstance(condition, Comparison | TimeRange):
        field_name = "left" if isinstance(condition, Comparison) else "of"
        scalar = getattr(condition, field_name)
        if isinstance(scalar, Attribute) and scalar.entity == entity and not scalar.path:
            return condition.model_copy(update={field_name: scalar.model_copy(update={"path": path})})
        return condition
    if isinstance(condition, AllOf | AnyOf):
        return condition.model_copy(update={"of": tuple(_along(part, entity, path) for part in condition.of)})
    if isinstance(condition, Not):
        return condition.model_copy(update={"of": _along(condition.of, entity, path)})
    return condition


def _related(condition: Filter) -> list[Related]:
    """The semi-joins inside a condition."""
    if isinstance(condition, Related):
        return [condition]
    if isinstance(condition, AllOf | AnyOf):
        return [found for part in condition.of for found in _related(part)]
    if isinstance(condition, Not):
        return _related(condition.of)
    return []
