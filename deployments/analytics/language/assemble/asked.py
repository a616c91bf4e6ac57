"""What is asked for, settled before anything is built: what is counted, who "who" is, what "unique" counts."""

from __future__ import annotations

from deployments.analytics.language.amounts import money_of
from deployments.analytics.language.assemble.draft import Draft
from deployments.analytics.language.lexicon import BUYERS, PEOPLE, SELLERS
from deployments.analytics.language.links import Linker
from deployments.analytics.language.sketch import Ask, Condition, Group, Sketch, count_of, measured_entity
from deployments.analytics.language.times import own_time
from deployments.analytics.language.vocabulary import lemmas
from deployments.analytics.model.schema import Role
from deployments.contracts.query import (
    Aggregate,
    Attribute,
    Comparison,
    Function,
    Measure,
    MeasureArithmetic,
    MeasureComparison,
    MetricValue,
    Truncated,
)


def settle_what_is_asked(draft: Draft) -> None:
    """Complete the asks of the sketch, in place."""
    _default_measure(draft)
    _rows_over_an_amount(draft)
    _measure_what_ranks(draft)
    _total_of_a_period(draft)
    _count_rows_instead(draft)
    if draft.sketch.groups or draft.sketch.calculations or draft.sketch.versus:
        name_rows(draft.sketch, draft.link)
    _share_of_rows(draft)
    sum_an_amount(draft)
    _count_what_is_named(draft)
    _average_over_periods(draft)
    _count_unique_things(draft)
    _measure_grouped_entity(draft)
    _divide_by_heads(draft)
    _list_each(draft)
    _name_who(draft)


def name_rows(sketch: Sketch, link: Linker) -> None:
    """ "share of novels", "books priced over 20": a value in the plural, or a name that holds the entity's own, stands for
    its rows where nothing else is asked for."""
    if sketch.asks or sketch.superlatives:
        return
    for condition in sketch.conditions:
        word = link.items[condition.position]
        own = lemmas(link.model.by_name[condition.entity].label) if condition.entity in link.model.by_name else ()
        plural = condition.value_of and word.values and not word.is_link and word.text.lower() != word.lemma
        named = any(tuple(i.lemma.split()[: len(own)]) == own for i in link.items if condition.value_of in i.columns())
        if plural or (own and named):
            sketch.asks.append(Ask("entity", condition.entity, condition.position))
            return


def _share_of_rows(draft: Draft) -> None:
    """ "what share of orders were cancelled": of the rows that were named."""
    sketch = draft.sketch
    shares = any(kind == "share" for kind, _, _ in sketch.calculations)
    rows = [ask.entity for ask in sketch.asks if ask.kind == "entity"]
    if (
        not shares
        or (sketch.groups and sketch.asks)
        or len(rows) < len(sketch.asks)
        or not (sketch.conditions or sketch.existence)
    ):
        return
    subject = rows[0] if rows else sketch.subject
    if subject is not None and len(rows) <= 1:
        sketch.asks[:] = [Ask("measure", subject, 0, measure=count_of(subject))]
        _in_their_own_period(draft, subject)


def sum_an_amount(draft: Draft) -> None:
    """ "what percentage of conversions came from mobile", "how much have they spent": an amount of many rows is their sum."""
    sketch = draft.sketch
    ask = sketch.asks[0] if len(sketch.asks) == 1 else None
    shares = any(kind == "share" for kind, _, _ in sketch.calculations) and bool(sketch.conditions)
    much = "how much" in sketch.cues or sketch.wh == "how much"
    if ask is None or ask.kind != "attribute" or ask.ref is None or not (shares or much) or sketch.superlatives:
        return
    ref = ask.ref
    if ref.attribute.role is not Role.ADDITIVE or ref.derived or draft.model.by_name[ref.entity].kind != "fact":
        return
    if any(
        condition.value_of and _is_one_row(draft, *condition.value_of, ref.entity) for condition in sketch.conditions
    ):
        return
    draft.assume("aggregate", f"{ref.attribute.label} is summed")
    sketch.asks[0] = Ask(
        "measure", ref.entity, ask.position, measure=Aggregate(function=Function.SUM, entity=ref.entity, of=ref.scalar)
    )


def _is_one_row(draft: Draft, entity: str, name: str, fact: str) -> bool:
    """Whether a value of the attribute stands in one row of the fact only: its number."""
    held = draft.model.by_name.get(entity)
    return entity == fact and held is not None and name in held.by_name and held.by_name[name].unique


def _in_their_own_period(draft: Draft, subject: str) -> None:
    """ "what share of orders were returned in 2025": of the orders of 2025, so that part and whole are of one period."""
    time = own_time(draft.model.by_name[subject])
    if time is None or draft.model.by_name[subject].kind != "fact":
        return
    for n, (interval, ref, position) in enumerate(draft.sketch.windows):
        if ref is None and draft.sketch.existence:
            draft.sketch.windows[n] = (interval, time, position)
            draft.assume(
                "period", f"{interval.label} is the {time.attribute.label} of the {draft.model.by_name[subject].plural}"
            )


def _default_measure(draft: Draft) -> None:
    """ "how much did we sell": the model's first money metric."""
    asks = draft.sketch.asks
    sketch = draft.sketch
    periods = not asks and any(g.grain for g in sketch.groups) and any(s.is_open for s in sketch.superlatives)
    rows = len(asks) == 1 and asks[0].kind == "entity" and any(g.grain or g.part for g in sketch.groups)
    if rows and "frequency" in sketch.cues and any(s.is_open and s.entity is None for s in sketch.superlatives):
        asks[0] = Ask("measure", asks[0].entity, asks[0].position, measure=count_of(asks[0].entity))
        return
    if (
        periods
        and "frequency" in sketch.cues
        and (named := sketch.subject or next((e for e, _ in sketch.entities), None))
    ):
        # "the busiest month for claims": by the number of claims.
        asks.append(Ask("measure", named, 0, measure=count_of(named)))
        return
    wanted = "how much" in sketch.cues or sketch.wh == "how much" or periods
    if "how much" in sketch.cues and not asks and not draft.model.metrics and not sketch.superlatives:
        draft.out.missing.append("how much of what")
    if wanted and not asks and draft.model.metrics:
        if sketch.aggregate is Function.SUM:
            sketch.aggregate = None
        metric = draft.model.metrics[0]
        measure = MetricValue(metric=metric.name)
        draft.assume("metric", f"it is measured by {metric.label}, since the question does not say by what")
        asks.append(Ask("measure", measured_entity(draft.model, measure), 0, measure=measure))


def _count_what_is_named(draft: Draft) -> None:
    """ "patients over 65: how many?": what is counted was named elsewhere."""
    bare = next(
        (a for a in draft.sketch.asks if a.kind == "measure" and not a.entity and isinstance(a.measure, Aggregate)),
        None,
    )
    if bare is None:
        return
    named = next((a for a in draft.sketch.asks if a.kind == "entity"), None)
    entity = named.entity if named else draft.sketch.subject or next((e for e, _ in draft.sketch.entities), None)
    if entity is None:
        return
    bare.entity, bare.measure = entity, count_of(entity)
    if named is not None:
        draft.sketch.asks.remove(named)


def _rows_over_an_amount(draft: Draft) -> None:
    """ "any refunds over 500": where nothing groups them, each row has its own amount, and the rows are asked for."""
    sketch = draft.sketch
    having = next((c for c in sketch.conditions if c.having), None)
    if having is None or sketch.groups or sketch.superlatives or sketch.calculations or len(sketch.asks) != 1:
        return
    ask, found = sketch.asks[0], having.filter
    if not isinstance(found, MeasureComparison) or found.measure != ask.measure or found.right is None:
        return
    whole = found.measure
    if isinstance(whole, MetricValue) and whole.where is None:
        whole = draft.model.metrics_by_name[whole.metric].measure
    if not isinstance(whole, Aggregate) or whole.function is not Function.SUM or whole.where is not None:
        return
    amount = whole.of
    if not isinstance(amount, Attribute) or amount.entity != whole.entity:
        return
    sketch.asks[0] = Ask("entity", whole.entity, ask.position)
    row = Comparison(left=amount, operator=found.operator, right=found.right)
    kept = Condition(row, whole.entity, having.position, (whole.entity, amount.name))
    sketch.conditions = [kept if condition is having else condition for condition in sketch.conditions]


def _measure_what_ranks(draft: Draft) -> None:
    """ "rank the stores by revenue", "stores ordered by revenue in 2025": what ranks them is shown, and the period is its own."""
    sketch = draft.sketch
    ranking = sketch.orders[0] if len(sketch.orders) == 1 else None
    if ranking is None or ranking.measure is None or len(sketch.asks) != 1 or sketch.groups or sketch.superlatives:
        return
    ask, fact = sketch.asks[0], measured_entity(draft.model, ranking.measure)
    spoken = "rank" in sketch.cues or any(ref is None for _, ref, _ in sketch.windows)
    if ask.kind != "entity" or not spoken or fact in ("", ask.entity) or draft.graph.path(fact, ask.entity) is None:
        return
    sketch.groups.append(Group(ask.position, entity=ask.entity))
    sketch.asks[:] = [Ask("measure", fact, ask.position, measure=ranking.measure)]


def _total_of_a_period(draft: Draft) -> None:
    """ "hours last month", "hours this year vs last year": one number of rows that nobody asked for, and so their sum."""
    sketch = draft.sketch
    ask = sketch.asks[0] if len(sketch.asks) == 1 else None
    if ask is None or ask.ref is None or not sketch.windows or sketch.groups or sketch.superlatives or sketch.orders:
        return
    ref, entity = ask.ref, draft.model.by_name[ask.entity]
    bare = (
        not sketch.wh
        and not sketch.cues & {"list", "show", "which", "what"}
        and not sketch.calculations
        and not sketch.distinct
    )
    named = any(name == ask.entity for name, _ in sketch.entities)
    adds_up = ref.attribute.role is Role.ADDITIVE and not ref.derived
    if not bare or named or not adds_up or entity.kind != "fact" or sketch.aggregate is not None:
        return
    draft.assume("aggregate", f"{ref.attribute.label} is summed")
    measure = Aggregate(function=Function.SUM, entity=ref.entity, of=ref.scalar)
    sketch.asks[0] = Ask("measure", ref.entity, ask.position, measure=measure)


_COUNTING = frozenset("number count total num of".split())


def _count_rows_instead(draft: Draft) -> None:
    """ "number of reviews posted in 2025" of shops that keep how many reviews they have: where only the reviews themselves say
    which of them are meant, they are counted."""
    for n, ask in enumerate(draft.sketch.asks):
        measure = ask.measure
        if not isinstance(measure, Aggregate) or measure.function is not Function.SUM or measure.where is not None:
            continue
        if not isinstance(measure.of, Attribute):
            continue
        kept = lemmas(draft.model.attribute(measure.of.entity, measure.of.name).label)
        counted = tuple(word for word in kept if word not in _COUNTING)
        rows = next(
            (
                e.name
                for e in draft.model.entities
                if not e.hidden and len(counted) < len(kept) and lemmas(e.label) == counted
            ),
            None,
        )
        if rows is None or rows == measure.entity or draft.graph.path(rows, measure.entity) is None:
            continue
        restricted = any(condition.entity == rows for condition in draft.sketch.conditions)
        own, theirs = (own_time(draft.model.by_name[name]) for name in (measure.entity, rows))
        timed = (
            any(ref is None or ref.entity == rows for _, ref, _ in draft.sketch.windows)
            and own is None
            and theirs is not None
        )
        if restricted or timed:
            draft.sketch.asks[n] = Ask("measure", rows, ask.position, measure=count_of(rows))


def _measure_grouped_entity(draft: Draft) -> None:
    """ "orders per supplier", "payments by method": an entity asked for by groups is counted, or summed where its
    rows are money."""
    sketch = draft.sketch
    grouped = {g.entity for g in sketch.groups}
    plain = [a for a in sketch.asks if a.kind == "entity" and a.entity not in grouped]
    wants = (
        bool(sketch.groups)
        or sketch.versus
        or any(k in ("growth", "running", "share") for k, _, _ in sketch.calculations)
    )
    if not wants or sketch.superlatives or len(plain) != 1 or any(a.kind != "entity" for a in sketch.asks):
        return
    ask = plain[0]
    if _is_listing(draft, ask):
        return
    number = money_of(draft.link, ask.entity)
    if number is None:
        measure: Measure = count_of(ask.entity)
    else:
        draft.assume(
            "amount",
            f"{draft.model.by_name[ask.entity].plural} are measured by their {number.attribute.label}, summed",
        )
        measure = Aggregate(function=Function.SUM, entity=ask.entity, of=number.scalar)
    sketch.asks[sketch.asks.index(ask)] = Ask("measure", ask.entity, ask.position, measure=measure)


_LISTS = frozenset("list show give display name find return tell its their".split())


def _is_listing(draft: Draft, ask: Ask) -> bool:
    """ "for each course, show the teachers", "list the orders by shop": the things themselves, and no number of them."""
    sketch, items = draft.sketch, draft.link.items
    if any(g.grain for g in sketch.groups) or sketch.versus or sketch.calculations:
        return False
    if "list" in sketch.cues:
        return True
    said = {item.text.lower().split()[0] for item in items[max(0, ask.position - 3) : ask.position]}
    each = all(g.each and g.entity and _word_before(draft, g) not in ("per", "by") for g in sketch.groups)
    return each and bool(said & _LISTS)


def _divide_by_heads(draft: Draft) -> None:
    """ "revenue per guest by country", "average revenue per customer": a sum, by the number of those it is of.

    With no other group, "per customer" is a ratio where customers are people one sums up, and a group otherwise."""
    sketch = draft.sketch
    heads = [g for g in sketch.groups if g.each and g.entity is not None and _said_per(draft, g)]
    measures = [a for a in sketch.asks if a.kind == "measure" and a.measure is not None]
    if len(heads) != 1 or len(measures) != 1 or sketch.superlatives or any(c.having for c in sketch.conditions):
        return
    head, whole = heads[0], measures[0].measure
    entity = head.entity or ""
    others = [g for g in sketch.groups if g is not head]
    summed = whole is not None and not (
        isinstance(whole, Aggregate) and whole.function in (Function.AVG, Function.COUNT_DISTINCT)
    )
    if whole is None:
        return
    fact = measured_entity(draft.model, whole)
    if fact == entity and fact and not isinstance(whole, MeasureArithmetic):
        # "average revenue per order", "revenue per order": one row each, so the average over them.
        if isinstance(whole, Aggregate) and whole.function in (Function.COUNT, Function.COUNT_DISTINCT):
            return
        sketch.groups = others
        mean = whole if isinstance(whole, Aggregate) and whole.function is Function.AVG else None
        if mean is None:
            named = getattr(whole, "name", "") or (whole.metric if isinstance(whole, MetricValue) else "value")
            mean_of = MeasureArithmetic(operator="/", left=whole, right=count_of(fact), name=f"avg_{named}")
            sketch.asks[sketch.asks.index(measures[0])] = Ask("measure", fact, measures[0].position, measure=mean_of)
        return
    totals = _mean_of_totals(draft, head, whole) if not others else None
    if totals is not None:
        whole = totals
    elif not others or not summed:
        return
    if not fact or not draft.graph.to_one(fact, entity) or fact == entity:
        return
    link = next((r for r in draft.model.relationships if r.from_entity == fact and r.to_entity == entity), None)
    if link is None or len(link.from_attributes) != 1:
        return
    key = Attribute(entity=fact, name=link.from_attributes[0])
    people = Aggregate(function=Function.COUNT_DISTINCT, entity=fact, of=key)
    label = draft.model.by_name[entity]
    named = getattr(whole, "name", "") or (whole.metric if isinstance(whole, MetricValue) else "value")
    ratio = MeasureArithmetic(
        operator="/", left=whole, right=people, name=f"{named}_per_{label.label}".replace(" ", "_")
    )
    draft.assume(
        "ratio", f"per {label.label} is divided by the number of {label.plural} with {draft.model.by_name[fact].plural}"
    )
    sketch.groups = others
    sketch.asks[sketch.asks.index(measures[0])] = Ask("measure", fact, measures[0].position, measure=ratio)


def _mean_of_totals(draft: Draft, head: Group, whole: Measure) -> Measure | None:
    """ "average spend per campaign": what each campaign comes to in all is averaged, where its rows add up."""
    items = draft.link.items
    if not isinstance(whole, Aggregate) or whole.function is not Function.AVG or not isinstance(whole.of, Attribute):
        return None
    plain = (
        items[head.position].text.lower() == items[head.position].lemma
        and items[head.position - 1].text.lower() == "per"
    )
    if not plain or whole.where is not None or draft.sketch.orders or draft.sketch.direction:
        return None
    attribute = draft.model.attribute(whole.of.entity, whole.of.name)
    if attribute.role is not Role.ADDITIVE or draft.model.by_name[whole.entity].kind != "fact":
        return None
    return whole.model_copy(update={"function": Function.SUM, "name": f"avg_{attribute.name}".lower()})


def _average_over_periods(draft: Draft) -> None:
    """ "average number of orders per month", "average daily revenue": the whole by the number of periods that have any."""
    sketch = draft.sketch
    periods = [g for g in sketch.groups if g.grain is not None]
    measures = [a for a in sketch.asks if a.kind == "measure" and a.measure is not None]
    if len(periods) == 1 and len(sketch.groups) == 1 and len(measures) == 1 and _said_per(draft, periods[0]):
        _take_totals_of_periods(draft, measures[0])
        measures = [a for a in sketch.asks if a.kind == "measure" and a.measure is not None]
    if sketch.aggregate is not Function.AVG or len(periods) != 1 or len(measures) > 1 or sketch.superlatives:
        return
    if measures:
        whole = measures[0].measure
    else:
        rows = [a for a in sketch.asks if a.kind == "entity"]
        if len(rows) != 1:
            return
        measures, whole = rows, count_of(rows[0].entity)
    assert whole is not None
    fact = measured_entity(draft.model, whole)
    time = own_time(draft.model.by_name[fact]) if fact else None
    grain = periods[0].grain
    if time is None or not time.is_time or grain is None:
        return
    when = Truncated(of=time.scalar, grain=grain)
    number = Aggregate(function=Function.COUNT_DISTINCT, entity=fact, of=when)
    of = whole.of.name if isinstance(whole, Aggregate) and isinstance(whole.of, Attribute) else ""
    base = (
        getattr(whole, "name", "")
        or of
        or (whole.metric if isinstance(whole, MetricValue) else f"{draft.model.by_name[fact].plural}_count")
    )
    ratio = MeasureArithmetic(
        operator="/", left=whole, right=number, name=f"avg_{base}_per_{grain.value}".replace(" ", "_")
    )
    draft.assume("average", f"the average is over the {grain.value}s that have {draft.model.by_name[fact].plural}")
    sketch.aggregate = None
    sketch.groups.remove(periods[0])
    sketch.asks[sketch.asks.index(measures[0])] = Ask("measure", fact, measures[0].position, measure=ratio)
    sketch.subject = sketch.subject or fact


def _take_totals_of_periods(draft: Draft, ask: Ask) -> None:
    """ "average orders per day", "average hours per day": what a day has in all, and not one row of it, is averaged."""
    sketch, mean = draft.sketch, ask.measure
    if not isinstance(mean, Aggregate) or mean.function is not Function.AVG or mean.where is not None or mean.name:
        return
    if not isinstance(mean.of, Attribute) or sketch.superlatives or (sketch.windows and sketch.versus):
        return
    items, entity = draft.link.items, draft.model.by_name[mean.entity]
    of_rows = ("amount", f"the avg {entity.label} is of its {draft.model.attribute(mean.entity, mean.of.name).label}")
    if of_rows in sketch.assumptions and any(item.text.lower() == entity.plural for item in items):
        whole: Aggregate = count_of(mean.entity)
        draft.out.assumptions = [a for a in draft.out.assumptions if a.text != of_rows[1]]
    elif (
        draft.model.attribute(mean.of.entity, mean.of.name).role is Role.ADDITIVE and items[ask.position + 1].attributes
    ):
        whole = mean.model_copy(update={"function": Function.SUM})
    else:
        return
    sketch.aggregate = Function.AVG
    sketch.asks[sketch.asks.index(ask)] = Ask("measure", mean.entity, ask.position, measure=whole)


def _said_per(draft: Draft, group: Group) -> bool:
    return _word_before(draft, group) in ("per", "a", "each", "for each")


def _word_before(draft: Draft, group: Group) -> str:
    """What introduces the group; "" where nothing does."""
    at = group.position
    return draft.link.items[at - 1].text.lower() if 0 < at <= len(draft.link.items) else ""


def _list_each(draft: Draft) -> None:
    """ "the major of every student": nothing is measured, so nothing is grouped."""
    sketch = draft.sketch
    measured = any(a.kind == "measure" for a in sketch.asks) or any(c.having for c in sketch.conditions)
    if measured or sketch.superlatives or not sketch.groups or not all(g.each and g.entity for g in sketch.groups):
        return
    if sketch.calculations or any(a.kind == "entity" for a in sketch.asks):
        return
    grouped = {g.entity for g in sketch.groups}
    if any(a.ref is not None and a.ref.is_measurable and a.entity not in grouped for a in sketch.asks):
        # "hours per employee": numbers of other rows are put together for each.
        return
    sketch.subject = sketch.groups[0].entity
    if len(sketch.groups) == 1 and not _tells_whose(draft):
        # Values of each state say nothing without the state.
        sketch.asks.insert(0, Ask("entity", sketch.groups[0].entity or "", sketch.groups[0].position))
    sketch.groups = []


def _tells_whose(draft: Draft) -> bool:
    """Whether what is asked for names the things already: by their label, their key, or the parts of a name."""
    entity = draft.model.by_name[draft.sketch.groups[0].entity or ""]
    own = {entity.label_attribute, *entity.primary_key}
    return any(
        a.entity == entity.name
        and a.ref is not None
        and (a.ref.attribute.name in own or a.ref.attribute.unique or "name" in lemmas(a.ref.attribute.label))
        for a in draft.sketch.asks
    )


def _count_unique_things(draft: Draft) -> None:
    """ "unique customers last month": distinct customers among what happened, not customer records."""
    sketch = draft.sketch
    if not sketch.distinct or sketch.superlatives or len(sketch.asks) != 1 or sketch.asks[0].kind != "entity":
        return
    if sketch.pronoun or sketch.cues & {"list", "show", "which"}:
        return
    entity = sketch.asks[0].entity
    facts = [r for r in draft.model.relationships if r.to_entity == entity and len(r.from_attributes) == 1]
    if not facts:
        return
    link = max(
        facts,
        key=lambda r: (
            draft.model.by_name[r.from_entity].kind == "fact",
            draft.model.by_name[r.from_entity].row_count or 0,
        ),
    )
    fact = draft.model.by_name[link.from_entity]
    of = Attribute(entity=fact.name, name=link.from_attributes[0])
    name = f"unique_{draft.model.by_name[entity].plural}".replace(" ", "_")
    measure = Aggregate(function=Function.COUNT_DISTINCT, entity=fact.name, of=of, name=name)
    draft.assume("unique", f"unique {draft.model.by_name[entity].plural} are counted among the {fact.plural}")
    sketch.asks = [Ask("measure", fact.name, sketch.asks[0].position, measure=measure)]
    sketch.subject = fact.name


def _name_who(draft: Draft) -> None:
    """ "who sold the most": the one kind of person that can be meant."""
    sketch = draft.sketch
    if sketch.wh != "who" or sketch.asks or sketch.pronoun:
        return
    verbs = {item.lemma for item in draft.link.items if item.verb}
    wanted = SELLERS if verbs & {"sell", "serve", "handle", "earn", "manage"} else BUYERS if (
        verbs & {"buy", "purchase", "spend", "order"}) else PEOPLE  # fmt: skip
    named = [e for e, _ in sketch.entities if lemmas(draft.model.by_name[e].label)[-1] in PEOPLE]
    fits = named or [e.name for e in draft.model.entities if lemmas(e.label)[-1] in wanted and not e.hidden]
    if len(fits) == 1:
        sketch.asks.append(Ask("entity", fits[0], 0))
        sketch.subject = fits[0]
