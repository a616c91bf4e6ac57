"""Rules for what is counted, and for rates of rows."""

from __future__ import annotations

from deployments.analytics.language.amounts import main_number
from deployments.analytics.language.filters import equals
from deployments.analytics.language.items import Item
from deployments.analytics.language.lexicon import PEOPLE
from deployments.analytics.language.outcomes import RATES
from deployments.analytics.language.rules.operands import Found, aggregate, read_counted
from deployments.analytics.language.sketch import Ask, Condition, Group, Ref, count_of, measure_entity
from deployments.analytics.language.times import interval_filter, own_time
from deployments.analytics.language.vocabulary import lemmas
from deployments.analytics.language.walker import Walker
from deployments.analytics.model.schema import Role
from deployments.contracts.query import (
    Attribute,
    Comparison,
    Constant,
    Filter,
    Function,
    Measure,
    MeasureArithmetic,
    MetricValue,
    Operator,
    Related,
)


def ask_measure(w: Walker, measure: Measure, position: int, entity: str | None = None) -> None:
    """A measure that is asked for."""
    owner = entity or measure_entity(measure)
    if not owner and isinstance(measure, MetricValue):
        owner = measure_entity(w.model.metrics_by_name[measure.metric].measure)
    w.sketch.asks.append(Ask("measure", owner, position, measure=measure))
    if owner:
        w.anchor = owner


def count(w: Walker, i: int) -> int | None:
    """ "how many X", "number of X"."""
    item = w.items[i]
    if not item.has("count") or (item.attributes and item.attributes[0].score > 0.9):
        return None
    if (again := w.at(w.next(i + 1, over=("the",)))) is not None and again.has("count"):
        return i + 1
    if (split := _the_rest(w, i)) is not None:
        return split
    if _had_of_that(w, i):
        ask_measure(w, count_of(w.context_subject or ""), i, w.context_subject)
        w.sketch.pronoun = True
        w.sketch.cues |= {"pronoun", "as measured"}
        return len(w.items)
    people = _headcount(w, i) if item.lemma in ("headcount", "head count") else _people(w, i)
    if people is not None:
        return people
    distinct = False
    k = w.next(i + 1, over=("the", "of", "all", "total"))
    while (inner := w.at(k)) is not None and (inner.has("distinct") or inner.has("pronoun")):
        if inner.has("pronoun"):
            w.sketch.pronoun = True
        distinct = distinct or inner.has("distinct")
        k = w.next(k + 1, over=("the", "of", "all"))
    if (did := _those_who_did(w, i, k)) is not None:
        return did
    if (had := _those_that_have(w, i, k)) is not None:
        return had
    if (are := _those_that_are(w, i)) is not None:
        return are
    if _says_no_noun(w, i):
        ask_measure(w, count_of(w.context_subject or ""), i, w.context_subject)
        w.sketch.pronoun = True
        w.sketch.cues.add("pronoun")
        return i + 1
    if any(item.text.lower() == "such" for item in w.items[i + 1 : k]):
        w.sketch.pronoun = True
    if k < len(w.items) and w.items[k].lemma in ("kind", "type", "sort") and not w.items[k].is_link:
        k = w.next(k + 1, over=("of", "the"))
    if (happened := _counted_value(w, i, k)) is not None:
        return happened
    found = read_counted(w, k) if k < len(w.items) else None
    ends = w.next(i + 1) >= len(w.items) or w.items[w.next(i + 1)].text in ".?!"
    if w.restrict and w.frames and w.frames[-1].kind == "negation" and not ends:
        return None
    if found is None or found.measure is None:
        later = _later_entity(w, k)
        if later is None:
            ask_measure(w, count_of(""), i, "")
            return i + 1
        ask_measure(w, count_of(later), i, later)
        w.sketch.subject = w.sketch.subject or later
        return i + 1
    being = w.items[i + 1].text.lower().split()[0] if i + 1 < len(w.items) else ""
    if being in ("are", "were") and found.entity is not None and found.entity == w.context_subject and found.after == k:
        # "how many are remote", "how many were houses": no noun was said, so those that were shown before.
        w.sketch.pronoun = True
        w.sketch.cues.add("pronoun")
    summed = main_number(w.link, found.entity) if found.entity is not None and "amount" in item.text.lower() else None
    if summed is not None:
        # "the total amount of payments": what they add up to, where they have an amount.
        found.measure = aggregate(Function.SUM, summed)
    if found.entity is not None and w.items[k].values and any(later.lemma == "sell" for later in w.items[k:]):
        _count_sold(w, found)
    if found.entity is not None:
        w.sketch.entities.append((found.entity, k))
        if not w.sketch.asks and w.sketch.subject is None:
            w.sketch.subject = found.entity
        w.anchor = found.entity
    ask_measure(w, found.measure, i, found.entity)
    if found.ref is not None:
        w.anchor = found.ref.entity
    w.restrict = False
    if found.entity is not None and found.after == k:
        # The counted entity stands after a value; the walk goes on at the value.
        w.taken.update(
            j for j in range(k, min(k + 4, len(w.items))) if any(c.entity == found.entity for c in w.items[j].entities)
        )
    return found.after


def _those_that_have(w: Walker, i: int, k: int) -> int | None:
    """ "how many of those have dogs": of what was shown before, those with what follows."""
    before = w.items[i + 1 : k]
    pronoun = next((p for p, item in enumerate(before) if item.has("pronoun")), None)
    if w.context_subject is None or pronoun is None or not any(item.has("rel") for item in before[pronoun + 1 :]):
        return None
    ask_measure(w, count_of(w.context_subject), i, w.context_subject)
    w.restrict = True
    return k


def _counted_value(w: Walker, i: int, k: int) -> int | None:
    """ "how many logins": the rows that hold the value, where no name of the model says it better."""
    item, follow = w.at(k), w.at(k + 1)
    if item is None or not item.values or item.entities or item.metrics or item.text.lower() == item.lemma:
        return None
    if max((c.score for c in item.attributes), default=0.0) >= 0.72 or (follow is not None and follow.entities):
        return None
    hits = w.link.hits(k)
    if not hits or w.model.by_name[hits[0].entity].kind != "fact":
        return None
    entity = hits[0].entity
    w.sketch.subject = w.sketch.subject or entity
    ask_measure(w, count_of(entity), i, entity)
    w.add(
        Condition(
            equals(Attribute(entity=entity, name=hits[0].attribute), hits), entity, k, (entity, hits[0].attribute)
        )
    )
    w.restrict = True
    return k + 1


_BEING = frozenset("is are was were be went go goes go to came come live lives lived stand stands".split())


def _those_that_are(w: Walker, i: int) -> int | None:
    """ "how many of them are in Rome": no noun, so those that were shown before."""
    k = i + 1
    while k < len(w.items) and w.items[k].text.lower() in ("of", "the"):
        k += 1
    item, verb = w.at(k), w.at(k + 1)
    if w.context_subject is None or item is None or not item.has("pronoun") or item.is_link or verb is None:
        return None
    if verb.text.lower().split()[0] not in _BEING or verb.is_link or verb.values:
        return None
    ask_measure(w, count_of(w.context_subject), i, w.context_subject)
    w.sketch.pronoun = True
    w.sketch.cues.add("pronoun")
    w.restrict = True
    return k + 2


def repeated(w: Walker, i: int) -> int | None:
    """ "how many has each? List the name and the number": the number that was asked for before."""
    item, before, follow = w.items[i], w.at(w.previous(i)), w.at(i + 1)
    if item.text.lower() not in ("number", "numbers") or not item.unknown or before is None:
        return None
    ends = follow is None or follow.text in ".?!,;" or follow.has("conj")
    if not ends or not any(ask.kind == "measure" for ask in w.sketch.asks):
        return None
    item.unknown = False
    return i + 1


def _had_of_that(w: Walker, i: int) -> bool:
    """ "how many did he have": of what was counted before, which is not named again."""
    rest = [item for item in w.items[i + 1 :] if item.text not in ".?!"]
    if w.context_subject is None or len(rest) != 3 or any(item.is_link or item.values for item in rest):
        return False
    return (
        rest[0].lemma in ("do", "have")
        and rest[1].has("pronoun")
        and (rest[2].lemma in ("have", "get") or rest[2].verb)
    )


def _says_no_noun(w: Walker, i: int) -> bool:
    """ "how many land in Rome", "how many are over 40": a verb right after the words, so what was shown before is counted."""
    follow = w.at(i + 1)
    if w.context_subject is not None and follow is not None and follow.has("cmp"):
        return follow.text.lower().split()[0] in ("is", "are", "was", "were", "have", "has", "had")
    if follow is None or w.context_subject is None or not follow.verb or follow.is_link or follow.filler:
        return False
    return follow.text.lower() == follow.lemma and " " not in follow.text


def _count_sold(w: Walker, found: Found) -> None:
    """ "how many shoes did we sell": the quantity of what was sold, and not the kinds of shoes there are."""
    kept = [
        (entity.name, attribute)
        for entity in w.model.entities
        if entity.kind == "fact" and found.entity is not None and w.graph.to_one(entity.name, found.entity)
        for attribute in entity.attributes
        if attribute.role is Role.ADDITIVE and lemmas(attribute.label)[-1:] in (("quantity",), ("unit",))
    ]
    sold = [(entity, a) for entity, a in kept if "return" not in lemmas(w.model.by_name[entity].label)]
    if len(sold) != 1:
        w.sketch.missing.append("how many were sold")
        return
    entity, attribute = sold[0]
    found.measure = aggregate(Function.SUM, w.link.make(entity, attribute, 0.9))
    found.entity = entity
    w.sketch.assumptions.append(
        ("sold", f"what was sold is counted by the {attribute.label} of the {w.model.by_name[entity].plural}")
    )


def _the_rest(w: Walker, i: int) -> int | None:
    """ "how many orders are paid and how many are not": the rows by what was said of them."""
    k = i + 1
    while k < len(w.items) and (w.items[k].filler or w.items[k].verb):
        k += 1
    ends = k < len(w.items) and w.items[k].has("neg") and w.next(k + 1) >= len(w.items) - 1
    last = w.sketch.conditions[-1] if w.sketch.conditions else None
    if (
        not ends
        or last is None
        or last.value_of is None
        or len(w.sketch.asks) != 1
        or w.sketch.asks[0].kind != "measure"
    ):
        return None
    entity, name = last.value_of
    w.close_all()
    w.sketch.conditions.pop()
    w.sketch.groups.append(Group(i, ref=w.link.make(entity, w.model.attribute(entity, name), 0.9)))
    return len(w.items)


_STAFF = ("employee", "staff", "worker", "personnel", "colleague")


def _headcount(w: Walker, i: int) -> int:
    """The number of those who work here."""
    staff = [e.name for e in w.model.entities if not e.hidden and lemmas(e.label)[-1] in _STAFF]
    if len(staff) != 1:
        w.sketch.missing.append(w.items[i].text)
        return i + 1
    _count_persons(w, i, i, staff[0], "headcount is the number of")
    w.restrict = False
    return i + 1


_PERSONS = ("people", "persons", "individuals", "person")


def _people(w: Walker, i: int) -> int | None:
    """ "how many people work in Rome": the one kind of person that the data is about."""
    k = i + 1
    while k < len(w.items) and w.items[k].text.lower() in ("the", "of", "different"):
        k += 1
    if (
        k >= len(w.items)
        or w.items[k].text.lower() not in _PERSONS
        or (w.items[k].is_link and not _people_do(w, k))
        or (w.context_subject is not None and not w.items[k].is_link)
    ):
        return None
    kinds = [e.name for e in w.model.entities if not e.hidden and lemmas(e.label)[-1] in PEOPLE]
    named = [e for e in kinds if any(w.link.entity(j) == e for j in range(k, len(w.items)))] or kinds
    if len(named) != 1:
        w.sketch.missing.append("which people are meant")
        return k + 1
    _count_persons(w, i, k, named[0], "people are")
    w.restrict = True
    return k + 1


def persons(w: Walker, i: int) -> int | None:
    """ "people who know SQL": the one kind of person that the data is about, where nothing else is asked for."""
    item, follow = w.items[i], w.at(i + 1)
    if (
        item.text.lower() not in _PERSONS
        or item.is_link
        or w.sketch.asks
        or w.sketch.entities
        or w.context_subject is not None
    ):
        return None
    if follow is None or not follow.has("rel") or w.restrict:
        return None
    kinds = [e.name for e in w.model.entities if not e.hidden and lemmas(e.label)[-1] in PEOPLE]
    if len(kinds) != 1:
        w.sketch.missing.append("which people are meant")
        return i + 1
    w.sketch.asks.append(Ask("entity", kinds[0], i))
    w.sketch.entities.append((kinds[0], i))
    w.sketch.subject = w.anchor = kinds[0]
    w.sketch.assumptions.append(("people", f"people are {w.model.by_name[kinds[0]].plural}"))
    return i + 1


def _people_do(w: Walker, k: int) -> bool:
    """Whether the people are said to do something: a population only lives somewhere."""
    follow = w.at(k + 1)
    said = follow is not None and (follow.verb or follow.is_link) and not w.items[k].entities
    return bool(said) and follow is not None and follow.lemma not in ("live", "reside", "inhabit", "dwell")


def _count_persons(w: Walker, i: int, k: int, entity: str, said: str) -> None:
    """Ask at `i` for the number of the persons that the word at `k` stands for, and say who they are."""
    w.sketch.entities.append((entity, k))
    w.sketch.subject = w.sketch.subject or entity
    w.sketch.assumptions.append(("people", f"{said} {w.model.by_name[entity].plural}"))
    ask_measure(w, count_of(entity), i, entity)


def _later_entity(w: Walker, k: int) -> str | None:
    """ "how many did we ship to Rome": nothing countable stands right after the words; the next entity is counted."""
    item = w.at(k)
    if (
        item is None
        or item.text in ".?!;"
        or item.interval
        or item.has("group")
        or not (item.filler or item.verb or item.unknown)
    ):
        return None
    if w.items[k - 1].text.lower() in ("people", "persons", "individuals"):
        return None
    for j in range(k, min(k + 5, len(w.items))):
        entity = w.link.entity(j)
        if entity is not None:
            return entity
    return None


def _those_who_did(w: Walker, i: int, k: int) -> int | None:
    """ "how many of them ordered in 2026": those of the previous answer that have such a row, by a verb that its entity is
    named after."""
    me, item = w.context_subject, w.at(k)
    event = w.link.entity(k) if item is not None else None
    if not w.items[k - 1].has("pronoun") or me is None or item is None or event is None or me == event:
        return None
    named = w.model.by_name[event]
    if item.text.lower() in (named.label, named.plural) or w.graph.path(me, event) is None or w.graph.to_one(me, event):
        return None
    ask_measure(w, count_of(me), i, me)
    at = w.next(k + 1, over=("in", "on", "during", "in the"))
    period = w.at(at)
    time = own_time(named)
    where = None
    if period is not None and period.interval is not None and time is not None:
        where = interval_filter(time, period.interval)
    w.sketch.conditions.append(Condition(Related(entity=me, to=event, where=where), me, k))
    if where is not None:
        return at + 1
    w.anchor = event
    w.restrict = True
    return k + 1


def rate(w: Walker, i: int) -> int | None:
    """ "no-show rate", "return rate": the part of the rows that hold the value, or that have such a row."""
    item, follow = w.items[i], w.at(i + 1)
    if follow is None or follow.lemma not in RATES or w.restrict:
        return None
    if item.values:
        hits = w.link.hits(i)
        if hits and not (item.entities and w.link.entity(i)):
            entity = hits[0].entity
            where = equals(Attribute(entity=entity, name=hits[0].attribute), hits)
            _ask_rate(w, i, entity, where, item.text)
            return i + 2
    flag = w.link.ref(i) if item.attributes and not item.entities else None
    if flag is not None and flag.attribute.role is Role.FLAG:
        _ask_rate(w, i, flag.entity, is_set(flag, not item.negated), item.text)
        return i + 2
    entity_name = w.link.entity(i)
    if entity_name is None and item.attributes and not follow.is_link and not follow.values and not item.metrics:
        # "conversion rate" where conversions are kept, and no rate of them: of what it is the rate, is not known.
        w.sketch.missing.append(f"{item.text} {follow.text}")
        return i + 2
    if entity_name is None:
        if _says_nothing(item) and _says_nothing(follow):
            w.sketch.missing.append(f"{item.text} {follow.text}")
            return i + 2
        return None
    owners = [r.to_entity for r in w.model.relationships if r.from_entity == entity_name]
    facts = [e for e in owners if w.model.by_name[e].kind == "fact"] or owners
    if len(facts) != 1:
        return None
    _ask_rate(w, i, facts[0], Related(entity=facts[0], to=entity_name), item.text)
    return i + 2


def is_set(ref: Ref, on: bool = True) -> Comparison:
    """A flag that is set (or, with `on` False, not set), however it is stored."""
    stored = ref.attribute.true_values if on else ref.attribute.false_values
    values = tuple(value for value in stored if value is not None)
    if len(values) > 1:
        return Comparison(left=ref.scalar, operator=Operator.IN, values=values)
    return Comparison(left=ref.scalar, operator=Operator.EQ, right=Constant(value=values[0] if values else on))


def _says_nothing(item: Item) -> bool:
    """Whether nothing of the model and no word of a question is behind it."""
    return not (item.is_link or item.values or item.tags or item.number is not None or item.interval or item.grain)


def _ask_rate(w: Walker, i: int, entity: str, where: Filter, said: str) -> None:
    modifier = w.sketch.asks[-1] if w.sketch.asks else None
    if modifier is not None and modifier.position == i - 1 and modifier.kind != "measure" and modifier.entity == entity:
        # "claim rejection rate": the claims are what it is the rate of.
        w.sketch.asks.pop()
    name = f"{said}_rate".lower().replace(" - ", "_").replace(" ", "_")
    ratio = MeasureArithmetic(operator="/", left=count_of(entity, where), right=count_of(entity), name=name)
    plural = w.model.by_name[entity].plural
    w.sketch.assumptions.append(("rate", f"the {said.replace(' - ', '-')} rate is the share of all {plural}"))
    ask_measure(w, ratio, i, entity)
