"""Rules for names of the model's things: attributes, entities, metrics, named filters."""

from __future__ import annotations

from deployments.analytics.language.endings import ENDED
from deployments.analytics.language.items import Item
from deployments.analytics.language.lexicon import LIGHT_VERBS, PEOPLE
from deployments.analytics.language.rules.counts import ask_measure, is_set
from deployments.analytics.language.rules.operands import (
    amount_after,
    compares,
    compound_head,
    owner_after,
    require_related,
)
from deployments.analytics.language.rules.tallies import tallied
from deployments.analytics.language.rules.values import collect
from deployments.analytics.language.sketch import Ask, Condition, Ref, count_of, measured_entity
from deployments.analytics.language.text import stem_of
from deployments.analytics.language.vocabulary import lemmas
from deployments.analytics.language.walker import Operand, Walker
from deployments.analytics.model.schema import Role
from deployments.contracts.query import Aggregate, Comparison, Constant, Function, MetricValue, Operator

_OWNER_WORDS = (
    "of",
    "for",
    "from",
    "in",
    "by",
    "on",
    "at",
    "to",
    "across",
    "among",
    "about",
    "within",
    "over",
    "per",
    "into",
)


_BEING = frozenset(("is", "are", "was", "were"))


def named_filter(w: Walker, i: int) -> int | None:
    """A condition that the model has a name for."""
    item = w.items[i]
    if not item.filters or item.filters[0].score < max(
        (c.score for c in (*item.entities, *item.attributes)), default=0.0
    ):
        return None
    named = next(f for f in w.model.filters if f.name == item.filters[0].name)
    w.add(Condition(named.where, named.entity, i, (named.entity, f"filter {named.name}")))
    w.sketch.assumptions.append(("filter", f"{named.label}: {named.description or 'as the model defines it'}"))
    return i + 1


def metric(w: Walker, i: int) -> int | None:
    """A metric of the model."""
    item = w.items[i]
    if not item.metrics:
        return None
    rival = max((c.score for c in (*item.attributes, *item.entities)), default=0.0)
    if item.metrics[0].score + 0.02 < rival or item.metrics[0].score < 0.6:
        return None
    w.sketch.link.append(item.metrics[0].score)
    found = w.model.metrics_by_name[item.metrics[0].name]
    measure = MetricValue(metric=found.name)
    if (done := _done(w, i, measured_entity(w.model, measure))) is not None:
        return done
    _of_the_same_rows(w, i, measured_entity(w.model, measure))
    if compares(w, i + 1):
        w.operand = Operand(i, measure=measure)
        if w.restrict:
            return i + 1
    if w.restrict and not _new_ask(w, i):
        w.operand = Operand(i, measure=measure)
        if not w.frames and not _extreme_follows(w, i + 1):
            _had_any(w, i, measured_entity(w.model, measure))
        return i + 1
    ask_measure(w, measure, i)
    w.operand = Operand(i, measure=measure)
    return i + 1


def _of_the_same_rows(w: Walker, i: int, event: str) -> None:
    """ "premium income": the noun right before a metric says what it is the income of, and is not asked for as well."""
    last = w.sketch.asks[-1] if w.sketch.asks else None
    if last is None or last.position != i - 1 or last.kind == "measure" or not event:
        return
    before = w.items[i - 1]
    if before.lemma in lemmas(w.model.by_name[event].label) or any(c.entity == event for c in before.entities):
        w.sketch.asks.pop()


def _had_any(w: Walker, i: int, event: str) -> None:
    """ "customers with refunds": a metric said of a thing without a number is that there is any of it."""
    subject = w.anchor or w.subject
    if event and subject and event != subject and w.graph.path(subject, event) and not w.graph.to_one(subject, event):
        w.exists(event, i)
    else:
        w.sketch.penalty += 0.2


def _done(w: Walker, i: int, event: str) -> int | None:
    """ "orders that were refunded", "refunded orders": by a participle a metric names what happened, and is not asked for."""
    if not w.items[i].text.lower().endswith("ed"):
        return None
    noun = w.link.entity(i + 1) if i + 1 < len(w.items) else None
    said_of = noun or w.anchor or w.subject
    if said_of is None:
        return None
    if event in ("", said_of) or w.graph.path(said_of, event) is None:
        w.sketch.unknown.append(w.items[i].text)
    else:
        w.exists(event, i)
    return i + 1


def _owner_of_both(w: Walker, i: int) -> str | None:
    """ "list the name and tonnage": the name is of what has a tonnage, where one thing alone has both."""
    joined = w.at(i + 1)
    k = w.next(i + 2, over=("the", "their", "its"))
    other = w.at(k)
    if joined is None or joined.text.lower() != "and" or other is None or not other.attributes or other.entities:
        return None
    best = max(c.score for c in w.items[i].attributes)
    mine = {c.entity for c in w.items[i].attributes if c.score >= best - 0.05}
    top = max(c.score for c in other.attributes)
    theirs = {c.entity for c in other.attributes if c.score >= top - 0.05}
    shared = mine & theirs
    return shared.pop() if len(shared) == 1 and len(mine) > 1 else None


def _names_what_is_counted(w: Walker, i: int, ref: Ref) -> bool:
    """ "the number of flight departures": the flights are counted, by the time that the noun after them names."""
    last = w.sketch.asks[-1] if w.sketch.asks else None
    counts = last is not None and isinstance(last.measure, Aggregate) and last.measure.function is Function.COUNT
    plural = w.items[i].is_inflected and " " not in w.items[i].text
    beside = i > 0 and w.link.entity(i - 1) == ref.entity and last is not None and last.entity == ref.entity
    return counts and beside and plural and ref.is_time and not w.restrict


def _begins_with_rows(w: Walker, item: Item, entity: str) -> bool:
    """Whether the name of an attribute begins with what its rows are called, in the plural."""
    own, said = lemmas(w.model.by_name[entity].label), item.lemma.split()
    head = item.text.lower().split()[: len(own)]
    return tuple(said[: len(own)]) == own and len(said) > len(own) and head[-1:] != list(own[-1:])


def _which_one_has(w: Walker, i: int) -> bool:
    """ "which one has a description with a w in it": of what was shown, and what it has is no more than said of it."""
    opened = " ".join(item.text.lower() for item in w.items[:2])
    has = any(item.lemma == "have" for item in w.items[1:i]) and i <= 4
    told = w.items[i + 1].has("rel") if i + 1 < len(w.items) else False
    return opened.startswith(("which one", "which of")) and has and told and not w.sketch.asks


def _text_pattern(w: Walker, i: int) -> bool:
    """ "whose name starts with J": the attribute is the left side of a pattern."""
    k = i
    while k < len(w.items) and w.items[k].text.lower() in ("that", "which", "do", "does"):
        k += 1
    return k < len(w.items) and w.items[k].lemma in ("start", "begin", "end", "contain", "containing")


def attribute(w: Walker, i: int) -> int | None:
    """An attribute: asked for, or the left side of a condition."""
    item = w.items[i]
    if not item.attributes or i in w.taken:
        return None
    entity = w.link.entity(i)
    if entity is not None and item.entities[0].score > item.attributes[0].score - 0.02 and not _value_of(w, i):
        return None
    if item.attributes[0].score < 0.5 and not item.entities and item.filler and not _listed_detail(w, i):
        return None
    owner = owner_after(w, i + 1) if i + 1 < len(w.items) else None
    if owner is None and w.previous(i) >= 0:
        owner = w.link.entity(w.previous(i))
    if owner is None and w.restrict:
        owner = w.anchor
    if owner is None and not w.sketch.asks:
        owner = _owner_of_both(w, i)
    if owner is None and w.sketch.groups and w.items[i - 1].text.lower() in ("its", "their", "his", "her"):
        # "for each team, show its name and the number of players": the team's.
        owner = w.sketch.groups[0].entity
    if owner is None and w.sketch.asks and _listed(w, i):
        # "the department's name and id": a list goes on with the same owner where it can.
        last = w.sketch.asks[-1].entity
        if any(c.entity == last and c.score >= item.attributes[0].score - 0.1 for c in item.attributes):
            owner = last
    if owner is None and w.next_sentence and w.subject and not w.restrict:
        # "Which shop sold most? List its name and id": the second sentence says what to show of the first one's subject.
        owner = w.subject
    ref = w.link.ref(i, owner)
    if ref is None:
        return None
    ref = _own_name(w, item, owner) or _own_doing(w, i) or ref
    if i == 1 and ref.is_time and item.text.lower().endswith("ed") and w.items[0].text.lower() == "who":
        # "who opened the most tickets": a person is asked for, and no time.
        who = _who_did(w, item)
        if who is None:
            w.sketch.missing.append(f"who {item.text}")
        else:
            w.sketch.asks.append(Ask("entity", who, i))
            w.sketch.entities.append((who, i))
        return i + 1
    if item.has(ENDED) and not w.sketch.asks and not w.sketch.entities and w.items[0].text.lower() == "who":
        # "who left in May": they are asked for, and when that was only restricts.
        w.sketch.asks.append(Ask("entity", ref.entity, i))
        w.sketch.entities.append((ref.entity, i))
    if "'s " in item.text and not w.sketch.asks and w.word_before(i, "which"):
        # "which teacher's hometown is not Rome": the teachers are asked for.
        w.sketch.asks.append(Ask("entity", ref.entity, i))
    if (
        w.next_sentence
        and any(a.ref is not None and a.ref.column in item.columns() for a in w.sketch.asks)
        and _shows(w, i)
    ):
        # "What are the comfort scores? Show the hotels and the scores": those that were asked for.
        return i + 1
    again = next((g.ref for g in w.sketch.groups if g.ref is not None and g.ref.column in item.columns()), None)
    if again is not None and w.word_before(i, "in", "for", "of", "from") and not _value_of(w, i):
        # "rainfall per county in counties with a lake": the groups again, of which something is said.
        w.anchor = again.entity
        return i + 1
    w.sketch.link.append(ref.score)
    w.taken.update(w.link.also_named_at(ref, i))
    if _counts_events(w, i, ref):
        happened = Aggregate(
            function=Function.COUNT,
            entity=ref.entity,
            where=is_there(ref) if ref.attribute.null_fraction else None,
            name=f"{item.lemma}s_count",
        )
        ask_measure(w, happened, i, ref.entity)
        w.sketch.event = ref
        w.sketch.subject = w.sketch.subject or ref.entity
        w.sketch.assumptions.append(
            ("event", f"{item.text} are {w.model.by_name[ref.entity].plural} by their {ref.attribute.label}")
        )
        return i + 1
    if _names_what_is_counted(w, i, ref):
        w.sketch.event = ref
        return i + 1
    asked = len(w.sketch.asks)
    after = _equality(w, i, ref)
    if after is not None:
        if not asked and not w.restrict and _begins_with_rows(w, item, ref.entity):
            # "the cartoons written by Ann Lee": the cartoons are asked for, in the words that name the writer.
            w.sketch.asks.insert(0, Ask("entity", ref.entity, i))
            w.sketch.entities.append((ref.entity, i))
        return after
    if (counted := tallied(w, i, ref)) is not None:
        return counted
    w.operand = Operand(i, ref=ref)
    if ref.attribute.role is Role.FLAG and (
        item.negated or w.restrict or _says_flag(w, i) or _narrows(w, i) or _predicated(w, i)
    ):
        w.require(ref, is_set(ref, not item.negated), i)
        return i + 1
    if item.negated and ref.attribute.role is not Role.FLAG:
        w.require(ref, Comparison(left=ref.scalar, operator=Operator.IS_NULL), i)
        return i + 1
    if _describes(w, i, ref) or _happened(w, i, ref) or _has_ended(w, i):
        w.require(ref, is_there(ref), i)
        return i + 1
    if item.lemma in LIGHT_VERBS and ref.tells_when and w.sketch.wh != "when" and (w.sketch.asks or w.sketch.entities):
        # "employees work in Berlin": a verb that a date is named after asks for no date.
        return i + 1
    if w.context_subject is not None and _which_one_has(w, i):
        return i + 1
    comparable = ref.is_number or ref.tells_when or ref.attribute.data_type.is_number
    if (comparable and compares(w, i + 1)) or _text_pattern(w, i + 1) or _negated_value(w, i + 1) or (
        _extreme_follows(w, i + 1)
    ):  # fmt: skip
        return i + 1
    if (
        (follow := w.at(w.next(i + 1, over=("of", "both", "either")))) is not None
        and follow.interval is not None
        and ref.tells_when
    ) and (w.sketch.asks or w.sketch.entities):
        return i + 1
    if w.frames and w.frames[-1].kind == "negation":
        counted = ref.attribute.minimum == 0 and ref.is_number
        if counted or (not w.frames[-1].has_content and _frame_ends(w, i + 1)):
            w.require(ref, is_there(ref), i)
        return i + 1
    said_of_those = w.sketch.pronoun and w.sketch.wh != "when" and ref.tells_when
    if (item.text.lower().split()[0].endswith("ed") or item.text.lower() == "born") and (
        w.sketch.asks or w.sketch.entities or said_of_those
    ):
        return i + 1
    if _is_had(w, i, ref):
        w.require(ref, is_there(ref), i)
        return i + 1
    if _counted_with(w, i, ref):
        ask_measure(w, Aggregate(function=Function.COUNT_DISTINCT, entity=ref.entity, of=ref.scalar), i, ref.entity)
        return i + 1
    if _is_had_of_many(w, i, ref):
        w.exists(ref.entity, i)
        return i + 1
    if w.restrict and not _new_ask(w, i):
        participle = item.text.lower().endswith(("ed", "ing"))
        if not participle and (
            w.opened_with == "with" or (item.attributes[0].score > 0.9 and ref.entity in (w.anchor, w.subject))
        ):
            _ask(w, i, ref)
            return i + 1
        w.sketch.unused.append((i, ref))
        return i + 1
    if _is_total(w, i, ref):
        ask_measure(w, Aggregate(function=Function.SUM, entity=ref.entity, of=ref.scalar), i, ref.entity)
        return i + 1
    for each in (ref, *_numbered_like(w, i, ref)):
        _ask(w, i, each)
    return i + 1


def _is_total(w: Walker, i: int, ref: Ref) -> bool:
    """ "what is the total spent on all visits", where each visit has a total spent: what they add up to is asked for."""
    words = w.items[i].text.lower().split()
    if words[0] != "total" or len(words) < 2 or ref.attribute.role is not Role.ADDITIVE or w.sketch.asks:
        return False
    singular = any(cue.endswith((" is the", " was the")) for cue in w.sketch.cues) and not words[-1].endswith("s")
    ranked = any(item.has("sup") or item.superlative or item.has("group") for item in w.items)
    return singular and not ranked


def _numbered_like(w: Walker, i: int, ref: Ref) -> list[Ref]:
    """ "the lines of the address", of line_1 to line_3: what a plural means besides the first."""
    item = w.items[i]
    stem, _, number = ref.attribute.label.rpartition(" ")
    plural = item.is_inflected
    if not plural or not stem or not number.isdigit() or number in item.text:
        return []
    family = [
        a for a in w.model.by_name[ref.entity].attributes
        if a.label.rpartition(" ")[0] == stem and a.label.rpartition(" ")[2].isdigit() and not a.hidden
    ]  # fmt: skip
    named = {candidate.name for candidate in item.attributes}
    return [
        w.link.make(ref.entity, a, ref.score)
        for a in family if a.name != ref.attribute.name and a.name in named
    ]  # fmt: skip


def _listed_detail(w: Walker, i: int) -> bool:
    """ "the date and details": a word that is often empty names an attribute where it is listed with another."""
    before = w.at(i - 1)
    return before is not None and before.has("conj") and bool(w.sketch.asks) and w.sketch.asks[-1].kind == "attribute"


def own_label(w: Walker, i: int) -> int | None:
    """ "the name and the directors of the cartoons", where what cartoons are called is a title: names are asked for, although
    no attribute is called a name."""
    item = w.items[i]
    spoken = i > 0 and (w.items[i - 1].has("wh") or w.items[i - 1].has("conj") or w.items[i - 1].text.lower() == "the")
    if item.lemma != "name" or item.is_link or item.values or not spoken or w.restrict or w.frames:
        return None
    follow = w.at(i + 1)
    if follow is None or not (follow.has("conj") or follow.text.lower() in ("of", "for")):
        return None
    owner = next((name for k in range(i + 1, len(w.items)) if (name := w.link.entity(k)) is not None), None)
    ref = _own_name(w, item, owner)
    if ref is None:
        return None
    _ask(w, i, ref)
    return i + 1


def _counts_events(w: Walker, i: int, ref: Ref) -> bool:
    """ "hires per year", "cumulative cancellations": the plural of what a date is the date of counts the rows that have it."""
    item = w.items[i]
    word = item.text.lower()
    if not ref.is_time or " " in word or word == item.lemma or not word.endswith("s") or w.restrict or item.entities:
        return False
    said = [
        part for part in lemmas(ref.attribute.label) if part not in ("date", "time", "on", "at", "day", "timestamp")
    ]
    if len(said) != 1 or stem_of(said[0]) != stem_of(item.lemma) or said[0] in ("start", "end", "birth", "due"):
        return False
    measured = any(ask.kind == "measure" for ask in w.sketch.asks)
    return not measured and (
        bool(w.sketch.calculations) or any(later.has("group") or later.interval for later in w.items[i:])
    )


def _shows(w: Walker, i: int) -> bool:
    """Whether the sentence so far does no more than tell what to show."""
    start = max((k for k in range(i) if w.items[k].text in ".?!;"), default=-1) + 1
    said = w.items[start:i]
    return bool(said) and said[0].has("command") and all(
        item.filler or item.has("command") or item.has("conj") or item.has("set") or item.is_link for item in said
    )  # fmt: skip


def _own_name(w: Walker, item: Item, owner: str | None) -> Ref | None:
    """ "the names of the airlines": what airlines are called, by whichever attribute that is."""
    if item.lemma != "name" or owner is None or any(c.entity == owner for c in item.attributes):
        return None
    label = w.model.by_name[owner].label_attribute
    return w.link.make(owner, w.model.attribute(owner, label), 0.97) if label else None


def _own_doing(w: Walker, i: int) -> Ref | None:
    """ "treatments that cost more than 50": what a thing is said to do is told by its own attribute, where it has one."""
    item, said_of = w.items[i], w.anchor or w.subject
    verb = item.lemma in LIGHT_VERBS and i > 0 and w.items[i - 1].text.lower() in ("that", "which", "who")
    own = [c for c in item.attributes if c.entity == said_of and c.score >= 0.6]
    if not verb or not own or said_of is None:
        return None
    best = max(own, key=lambda c: c.score)
    return w.link.make(said_of, w.model.attribute(said_of, best.name), best.score, item)


def _who_did(w: Walker, item: Item) -> str | None:
    """The person that a reference named after the verb leads to: "opened by"."""
    named = item.columns()
    for relationship in w.model.relationships:
        columns = {(relationship.from_entity, name) for name in relationship.from_attributes}
        if columns & named and lemmas(w.model.by_name[relationship.to_entity].label)[-1] in PEOPLE:
            return relationship.to_entity
    return None


def _counted_with(w: Walker, i: int, ref: Ref) -> bool:
    """ "the number of different names and cities": what follows "and" is counted as well."""
    last = w.sketch.asks[-1].measure if w.sketch.asks else None
    different = w.sketch.asks and any(item.has("distinct") for item in w.items[w.sketch.asks[-1].position : i])
    counted = isinstance(last, Aggregate) and (last.function is Function.COUNT_DISTINCT or different)
    return bool(counted) and not w.restrict and w.items[i - 1].text.lower() == "and" and not ref.is_measurable


def _is_had(w: Walker, i: int, ref: Ref) -> bool:
    """ "flights with stops", "projects that have an end date": what a thing has, said without a value, is there at all."""
    j = i - 1
    while j > 0 and w.items[j].text.lower() in ("a", "an", "any", "some"):
        j -= 1
    article = j < i - 1
    if article and j > 1 and w.items[j].text.lower().endswith(("ed", "en")) and w.items[j - 1].lemma == "have":
        # "who have declared a minor", "that had chosen a plan": there is one.
        w.sketch.unknown[:] = [word for word in w.sketch.unknown if word != w.items[j].text]
        j -= 1
    has = w.items[j].lemma == "have"
    listed = i + 2 < len(w.items) and w.items[i + 1].has("conj") and bool(w.items[i + 2].attributes)
    headed = (
        i + 1 < len(w.items)
        and w.link.entity(i + 1) is not None
        and w.items[i + 1].text.lower() == w.items[i + 1].lemma
    )
    if not (has or w.items[j].text.lower() == "with") or listed or not _frame_ends(w, i + 1 + headed) or j < 1:
        return False
    plural = w.items[i].is_inflected
    if ref.is_number and ref.attribute.minimum == 0:
        return has or article or plural
    return ref.attribute.null_fraction > 0 and (has or article)


def _is_had_of_many(w: Walker, i: int, ref: Ref) -> bool:
    """ "customers with refunds": amounts of related rows, said without a number, are that there are such rows."""
    subject, j = w.subject, i - 1
    while j > 0 and w.items[j].text.lower() in ("a", "an", "any", "some"):
        j -= 1
    said = w.items[j].text.lower() == "with" or w.items[j].lemma == "have"
    plural = w.items[i].is_inflected and " " not in w.items[i].text
    if not said or not plural or not w.restrict or subject is None or subject == ref.entity or not ref.is_measurable:
        return False
    return not w.graph.to_one(subject, ref.entity) and _frame_ends(w, i + 1)


def _describes(w: Walker, i: int, ref: Ref) -> bool:
    """ "returned loans", "discounted lines": a participle before its own noun says that it has happened."""
    word, k = w.items[i].text.lower(), i + 1
    participle = word.endswith("ed") or word in ("paid", "sold")
    may_lack = ref.attribute.null_fraction > 0 or ref.attribute.minimum == 0
    happened = participle and " " not in word and (ref.is_number or ref.is_time) and may_lack
    return happened and k < len(w.items) and w.link.entity(k) == ref.entity


def _has_ended(w: Walker, i: int) -> bool:
    """ "those who left", "cancelled ones": that it has ended, where no time follows."""
    follow = w.at(w.next(i + 1))
    return w.items[i].has(ENDED) and not (follow is not None and (follow.interval or follow.grain))


_IRREGULAR = frozenset("paid sold sent done built shut".split())
"""Participles that do not end as others do."""


def _happened(w: Walker, i: int, ref: Ref) -> bool:
    """ "loans that were returned", "not yet returned": a moment said without a time, of what may not have happened."""
    negated = bool(w.frames) and w.frames[-1].kind == "negation" and not w.frames[-1].has_content
    passive = w.items[i - 1].text.lower().split()[-1] in ("is", "are", "was", "were", "been", "be", "being")
    may_lack = ref.is_time and ref.attribute.null_fraction > 0
    if not may_lack or not (w.items[i].text.lower().endswith("ed") or w.items[i].text.lower() in _IRREGULAR):
        return False
    follow = w.at(w.next(i + 1))
    if negated and w.items[i - 1].has("neg") and not (follow is not None and (follow.interval or follow.has("cmp"))):
        # "not returned in Cork": that it happened is denied, not where.
        w.frames[-1].single = True
        return True
    return (negated or passive) and _frame_ends(w, i + 1)


def is_there(ref: Ref) -> Comparison:
    """That there is a value: more than none of what is counted from zero."""
    if ref.is_number and ref.attribute.minimum == 0:
        return Comparison(left=ref.scalar, operator=Operator.GT, right=Constant(value=0))
    return Comparison(left=ref.scalar, operator=Operator.IS_NOT_NULL)


def _ask(w: Walker, i: int, ref: Ref) -> None:
    function = w.sketch.aggregate
    if function is not None and ref.is_measurable and not w.sketch.asks and i - 3 <= _aggregate_at(w, i) < i:
        # "the total overdue amount": what stands between only restricts.
        w.sketch.aggregate = None
        ask_measure(w, Aggregate(function=function, entity=ref.entity, of=ref.scalar, parameter=w.sketch.percentile), i)
        return
    singular = not w.items[i].is_inflected
    w.sketch.asks.append(Ask("attribute", ref.entity, i, ref=ref, singular=singular))
    w.anchor = ref.entity


def _aggregate_at(w: Walker, i: int) -> int:
    return next((p for p in range(i - 1, -1, -1) if w.items[p].has("agg") or w.items[p].has("percentile")), -9)


def _new_ask(w: Walker, i: int) -> bool:
    """Whether a list of what is asked for goes on here although a restriction has begun."""
    return w.word_before(i, "show", "list", "give", "find", "display", "what", "and show", "return", "also")


def _value_of(w: Walker, i: int) -> bool:
    """Whether a value of one of this mention's attributes stands right after it."""
    k = w.next(i + 1, over=("is", "are", "be", "was", "named", "called", "of", "=", ":", "as", "equal", "to", "the"))
    item = w.at(k)
    if item is None or not item.values:
        return False
    return item.holds_value_of(w.items[i].columns(0.5))


def _equality(w: Walker, i: int, ref: Ref) -> int | None:
    """ "country is France", "type code PP", "named 'Ben'": the attribute and its value side by side."""
    k = w.next(i + 1, over=("is", "are", "be", "was", "were", "named", "called", "of", "=", ":", "as", "equal", "equals", "to", "the",
                            "either", "like", "in", "a", "been", "by", "with", "titled", "entitled"))  # fmt: skip
    item = w.at(k)
    if item is None:
        return None
    if item.values and not (item.is_link and not item.quoted and w.link.entity(k) is not None and k > i + 1):
        hits = w.link.hits(k, w.items[i].attributes, ref.entity, role_at=i)
        if hits:
            held = hits[0].entity, hits[0].attribute
            w.operand = Operand(i, ref=w.link.make(held[0], w.model.attribute(*held), 1.0))
            if held != ref.column:
                w.sketch.link.append(0.9)
            return collect(w, k, hits, k + 1)
    between = {w.items[p].text.lower() for p in range(i + 1, k)}
    if item.quoted and ref.attribute.data_type.value == "text" and "in" not in between:
        # A quoted text that the column does not hold: asked for as it stands, and nothing will match.
        contained = Comparison(left=ref.scalar, operator=Operator.EQ, right=Constant(value=item.text))
        w.sketch.assumptions.append(("value", f"no {ref.attribute.label} is '{item.text}'"))
        w.require(ref, contained, i)
        return k + 1
    if item.number is not None and item.interval is None and not item.ordinal and k - i <= 3 and not _has_unit(w, k):
        textual = ref.attribute.data_type.value == "text"
        if textual and not ref.derived:
            texts = w.link.values_of(ref, item.text)
            if texts:
                w.require(ref, Comparison(left=ref.scalar, operator=Operator.EQ, right=Constant(value=texts[0])), i)
                return k + 1
            return None
    return None


def _has_unit(w: Walker, k: int) -> bool:
    nxt = w.at(k + 1)
    return nxt is not None and (nxt.has("suffix") or nxt.text == "-")


def _narrows(w: Walker, i: int) -> bool:
    """ "only active ones": said of the rows that were shown."""
    if w.context_subject is None or w.sketch.asks:
        return False
    return any(w.items[p].text.lower() in ("only", "just", "without", "not") for p in range(i)) or (
        i + 1 < len(w.items) and w.items[i + 1].text.lower() in ("ones", "one", "only")
    )


def _negated_value(w: Walker, i: int) -> bool:
    k = w.next(i, over=("is", "are", "be", "was"))
    item = w.at(k)
    if item is None or not item.has("neg"):
        return False
    after = w.at(w.next(k + 1, over=("the", "be", "in", "a")))
    apart = not item.text.lower().startswith(("not", "be", "no", "is"))
    if apart and after is not None and after.values and i > 0:
        # "spend excluding search": only of what may be "search" is it said that it is not.
        return after.holds_value_of(w.items[i - 1].columns())
    return after is not None and (
        bool(after.values) or after.number is not None or after.quoted or after.comparative or after.has("cmp")
    )


def _extreme_follows(w: Walker, i: int) -> bool:
    k = w.next(i, over=("is", "are", "the", "be"))
    item = w.at(k)
    return w.restrict and item is not None and item.has("sup")


def _frame_ends(w: Walker, i: int) -> bool:
    k = w.next(i)
    item = w.at(k)
    return item is None or item.text in ".?," or item.has("conj") or item.has("group") or item.has("order")


def _says_flag(w: Walker, i: int) -> bool:
    """ "open shops": a flag before an entity restricts it."""
    ref, k = w.link.ref(i), w.next(i + 1)
    return ref is not None and k < len(w.items) and w.link.entity(k) == ref.entity


def _predicated(w: Walker, i: int) -> bool:
    """ "what share of members is active": the flag is said of what was named."""
    words = w.items[i].text.lower().split()
    if set(words[1:]) & _BEING:
        return True
    said = w.items[i - 1].text.lower() if len(words) == 1 and i > 0 else words[0]
    return bool(w.sketch.entities) and i > 0 and said in _BEING


def entity(w: Walker, i: int) -> int | None:
    """An entity: asked for, the owner of what was asked for, or something that must exist."""
    item = w.items[i]
    if not item.entities:
        return None
    name = w.link.best_entity(item)
    if name is None:
        return None
    sketch = w.sketch
    w.sketch.link.append(max(c.score for c in item.entities if c.entity == name))
    if not w.frames and not sketch.asks and compound_head(w, i) is not None:
        require_related(w, i, name, w.link.entity(i + 1))
        return i + 1
    fresh = all(known != name for known, _ in sketch.entities)
    sketch.entities.append((name, i))
    if i in w.taken:
        w.anchor = name
        return i + 1
    if not w.frames and not w.restrict and (number := amount_after(w, i, name)) is not None:
        sketch.subject = sketch.subject or name
        _ask(w, i + 1, number)
        return i + 2
    subject = w.subject if len(sketch.entities) > 1 or sketch.asks or w.context_subject else None
    if w.restrict and sketch.pronoun and w.context_subject and not sketch.asks and sketch.subject is None:
        # "of those, who has a dog": those of the previous answer.
        subject = w.context_subject
    after_owner = w.word_before(i, *_OWNER_WORDS)
    possessive = item.possessive
    follow = w.at(i + 1)
    modifies = follow is not None and bool(follow.attributes) and w.link.entity(i + 1) is None and (
        possessive or not (follow.has("neg") or follow.values or follow.text.lower().split()[0].endswith(("ed", "en")) or follow.text.lower() == "born")
    )  # fmt: skip
    if w.frames:
        frame = w.frames[-1]
        if (name != frame.subject or frame.kind == "count") and not (frame.kind == "count" and frame.entity == name):
            w.exists(name, i)
        w.anchor = name if w.frames[-1].subject != name else w.anchor
        return i + 1
    if possessive and not sketch.asks and w.word_before(i, "which"):
        # "which shop's city is not Rome": the shops are asked for.
        sketch.asks.append(Ask("entity", name, i))
    if possessive or (modifies and not sketch.asks and _attribute_belongs(w, i + 1, name)):
        w.anchor = name
        sketch.subject = sketch.subject or (name if possessive else None)
        return i + 1
    said_of = sketch.entities[0][0] if len(sketch.entities) > 1 else w.context_subject
    became = item.text.lower().endswith("ed") and i > 0 and w.items[i - 1].text.lower() in _BEING
    if became and said_of not in (None, name) and not sketch.asks and w.graph.path(said_of or "", name) is not None:
        # "what share of orders were returned": those with a return.
        w.exists(name, i)
        return i + 1
    if _is_where_persons_are(w, i, name):
        w.exists(name, i)
        w.anchor, w.restrict = name, True
        return i + 1
    shown = any(ask.kind != "attribute" or ask.entity != name for ask in sketch.asks)
    if w.next_sentence and sketch.asks and not shown and not w.restrict and not after_owner and _shows(w, i):
        # "..., show both the hotels and their scores": what the rows are called is shown with what was asked for.
        sketch.asks.insert(0, Ask("entity", name, i))
        return i + 1
    if not sketch.asks and not w.restrict and not after_owner:
        sketch.asks.append(Ask("entity", name, i))
        sketch.subject = sketch.subject or name
        w.anchor = name
        return i + 1
    if fresh and _counted_too(w, i):
        ask_measure(w, count_of(name), i, name)
        return i + 1
    if not w.restrict and sketch.asks and _listed(w, i) and fresh and not after_owner:
        sketch.asks.append(Ask("entity", name, i))
        w.anchor = name
        return i + 1
    if not sketch.asks and not w.restrict:
        sketch.subject = sketch.subject or name
        w.anchor = name
        return i + 1
    if after_owner and not w.restrict and sketch.subject is None and _may_own(w, name):
        sketch.subject = name
        w.anchor = name
        return i + 1
    if subject is not None and name != subject and fresh:
        w.exists(name, i)
    if w.model.by_name[name].kind != "bridge":
        w.anchor = name
    return i + 1


def _is_where_persons_are(w: Walker, i: int, name: str) -> bool:
    """ "who is enrolled in a degree program": persons are asked for, and not what they are in."""
    asked = not w.sketch.asks and "who" in {word for cue in w.sketch.cues for word in cue.split()}
    into = any(item.text.lower() in ("in", "at", "for", "from") for item in w.items[1:i])
    return asked and into and not w.restrict and lemmas(w.model.by_name[name].label)[-1] not in PEOPLE


def _counted_too(w: Walker, i: int) -> bool:
    """ "how many shops and orders": the plural after the counted one is counted as well."""
    before, last = w.at(i - 1), w.sketch.asks[-1] if w.sketch.asks else None
    if before is None or not before.has("conj") or before.text.lower() == "or" or last is None or w.restrict:
        return False
    plural = w.items[i].text.lower() != w.items[i].lemma
    measure = last.measure
    counts = isinstance(measure, Aggregate) and measure.function is Function.COUNT and measure.where is None
    return plural and counts and w.link.entity(i - 2) == last.entity


def _may_own(w: Walker, name: str) -> bool:
    """Whether what was asked for can belong to the entity: each of its rows has one."""
    return all(ask.entity in ("", name) or w.graph.to_one(name, ask.entity) for ask in w.sketch.asks)


def _attribute_belongs(w: Walker, i: int, name: str) -> bool:
    ref = w.link.ref(i, name)
    return ref is not None and ref.entity == name


def _listed(w: Walker, i: int) -> bool:
    """Whether the entity follows "and" or a comma, as one more thing asked for."""
    j = i - 1
    while j >= 0 and (
        w.items[j].text.lower() in ("the", "all", "their", "its", "a", "number", "of") or w.items[j].filler
    ):
        if w.items[j].has("conj"):
            return True
        j -= 1
    return j >= 0 and w.items[j].has("conj")
