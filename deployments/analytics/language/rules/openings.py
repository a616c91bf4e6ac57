"""Rules for what opens a question: question words, commands, pronouns."""

from __future__ import annotations

from deployments.analytics.language.amounts import as_age, main_number, scale_of
from deployments.analytics.language.lexicon import GRADABLE, PEOPLE
from deployments.analytics.language.sketch import Ask, Group, measured_entity
from deployments.analytics.language.vocabulary import lemmas
from deployments.analytics.language.walker import Walker
from deployments.analytics.model.schema import Attribute, DataType, Role
from deployments.contracts.query import Aggregate, Function, Measure, MetricValue


def yes_no(w: Walker, i: int) -> int | None:
    """ "Are there any ...", "Did Bob buy ...": the answer is yes or no."""
    item = w.items[i]
    asking = item.text.lower() in ("is", "are", "was", "were", "do", "does", "did", "has", "have")
    if i == 0 and asking and not item.is_link and len(w.items) > 2:
        w.sketch.yes_no = True
        return i + 1
    if i == 0 and item.text.lower() == "any":
        w.sketch.yes_no = True
        return i + 1
    return None


def opening(w: Walker, i: int) -> int | None:
    """Question words, commands, pronouns."""
    item = w.items[i]
    if item.is_link and not item.has("wh"):
        orders = item.has("command") and not _is_ask(w, i) and _precedes_ask(w, i)
        return i + 1 if orders else None
    if item.values and item.text[:1].isupper() and item.start > 0:
        return None
    if item.has("wh") and not (item.has("rel") and (w.sketch.asks or w.sketch.entities) and i > 0):
        kind = item.tags["wh"]
        w.sketch.wh = w.sketch.wh or kind
        w.sketch.cues.add(item.text.lower())
        if item.text.lower().startswith(("which", "who")):
            w.sketch.yes_no = False
        if kind == "how much" and not _anything_follows(w, i + 1):
            w.sketch.cues.add("how much")
        w.restrict = False
        if kind == "why" and not _by_reason(w, i):
            # A number alone is no reason.
            w.sketch.missing.append(f"{item.text.lower()} it is so")
        if kind == "how adj":
            return _how_adjective(w, i)
        return i + 1
    if _points_back(w, i):
        w.sketch.pronoun = True
        w.sketch.cues.add("pronoun")
        return i + 1
    if item.lemma == "worth" and not item.is_link and (found := _worth(w, i)) is not None:
        return found
    if item.has("pronoun") and not item.has("rel"):
        text = item.text.lower()
        antecedent = bool(w.sketch.entities) or any(ask.kind != "attribute" for ask in w.sketch.asks) or (
            bool(w.sketch.asks) and w.context_subject is None
        )  # fmt: skip
        if antecedent and text in ("it", "they") and w.context_subject is not None and i > 0 and (
            w.items[i - 1].text.lower().split()[-1] in ("do", "does", "did", "has", "have", "had", "is", "are", "was", "were")
        ):  # fmt: skip
            # "how many reviews does it have": what was shown before has them, not what is counted.
            antecedent = False
        if antecedent and text in ("it", "them") and _is_object(w, i):
            # "which recipes use it": what was shown before is used, and no recipe uses itself.
            antecedent = False
        personal = text in ("he", "she", "his", "her") and w.context_subject is not None and not w.restrict
        if text in ("it", "its", "their", "they", "his", "her", "he", "she", "ones") and antecedent and not personal:
            return i + 1
        if text == "that" and w.sketch.asks:
            return None
        w.sketch.pronoun = True
        w.sketch.cues.add("pronoun")
        if w.sketch.wh == "who" and (doer := _who_did_it(w, i)) is not None:
            w.sketch.asks.append(doer)
        return i + 1
    if item.has("command") and not _structural(item.tags):
        if i == 0 or w.sketch.is_empty:
            w.sketch.cues.add(item.text.lower())
        if item.text.lower() in ("too", "also", "as well", "instead", "again", "only", "just"):
            w.sketch.cues.add(item.text.lower())
        return i + 1
    return None


def _who_did_it(w: Walker, i: int) -> Ask | None:
    """ "who directed them": the persons whom the verb is of, else the only ones that what was shown has to do with."""
    verb, follow = w.items[i - 1], w.at(i + 1)
    shown = w.context_subject
    if shown is None or w.sketch.asks or not verb.verb or not (follow is None or follow.text in ".?!"):
        return None
    said = [a for a in w.model.by_name[shown].attributes if not a.hidden and _says_who(lemmas(a.label)[-1:], a)]
    if len(said) == 1:
        return Ask("attribute", shown, i, ref=w.link.make(shown, said[0], 0.8))
    near = [
        entity.name
        for entity in w.model.entities
        if not entity.hidden and entity.name != shown and w.graph.distance(shown, entity.name) <= 2
    ]
    doers = [name for name in near if any(_does(word, verb.lemma) for word in lemmas(w.model.by_name[name].label)[-1:])]
    persons = doers or [name for name in near if lemmas(w.model.by_name[name].label)[-1] in PEOPLE]
    return Ask("entity", persons[0], i) if len(persons) == 1 else None


def _says_who(words: tuple[str, ...], attribute: Attribute) -> bool:
    """Whether a row tells by this attribute who it is of: a review's reviewer."""
    told = attribute.data_type is DataType.TEXT and attribute.role is Role.CATEGORY
    return told and any(word in PEOPLE for word in words)


def _does(person: str, verb: str) -> bool:
    """Whether the person is called by the verb: a director directs."""
    return any(person == stem + ending for stem in (verb, verb.removesuffix("e")) for ending in ("er", "or"))


def _is_object(w: Walker, i: int) -> bool:
    """Whether a pronoun that ends the sentence, after a verb, stands for another thing than the one that is asked for."""
    follow, asked = w.at(i + 1), [ask.entity for ask in w.sketch.asks if ask.kind != "attribute"]
    ends = follow is None or follow.text in ".?!"
    other = w.context_subject is not None and len(asked) == 1 and asked[0] not in ("", w.context_subject)
    return ends and other and not w.items[i - 1].is_link and w.graph.path(asked[0], w.context_subject or "") is not None


def _by_reason(w: Walker, i: int) -> bool:
    """ "why are they returned": how many there are by the reason that each of them gives, where the data keeps one."""
    spoken = {c.entity for item in w.items[i + 1 :] for c in item.entities[:1]} | {w.context_subject}
    kept = [
        (entity.name, attribute)
        for entity in w.model.entities
        for attribute in entity.attributes
        if entity.name in spoken and not (entity.hidden or attribute.hidden) and attribute.data_type is DataType.TEXT
        and lemmas(attribute.label)[-1:] in (("reason",), ("cause",))
    ]  # fmt: skip
    if len(kept) != 1:
        return False
    entity, attribute = kept[0]
    measure = Aggregate(function=Function.COUNT, entity=entity)
    w.sketch.asks.append(Ask("measure", entity, i, measure=measure))
    w.sketch.groups.append(Group(i, ref=w.link.make(entity, attribute, 0.9)))
    w.sketch.assumptions.append(
        ("why", f"why is told by the {attribute.label} of the {w.model.by_name[entity].plural}")
    )
    w.restrict = True
    if w.context_subject is not None and any(item.has("pronoun") and not item.has("rel") for item in w.items[i + 1 :]):
        w.sketch.pronoun = True
        w.sketch.cues.add("pronoun")
    return True


def _worth(w: Walker, i: int) -> int | None:
    """ "how much were they worth": the model's money metric of those rows, else what their amounts add up to."""
    about = w.subject
    metric = next(
        (m for m in w.model.metrics if about and measured_entity(w.model, m.measure) == about and m.unit != "%"), None
    )
    money = metric is not None and isinstance(metric.measure, Aggregate) and metric.measure.function is Function.SUM
    number = main_number(w.link, about) if about is not None and not money else None
    if money and metric is not None:
        measure: Measure = MetricValue(metric=metric.name)
    elif number is not None:
        measure = Aggregate(function=Function.SUM, entity=number.entity, of=number.scalar)
        w.sketch.assumptions.append(("amount", f"what they are worth is their {number.attribute.label}, summed"))
    else:
        return None
    item = w.items[i]
    item.unknown = False
    w.sketch.asks = [ask for ask in w.sketch.asks if ask.kind != "entity"]
    w.sketch.asks.append(Ask("measure", about or "", i, measure=measure))
    w.sketch.cues.discard("how much")
    return i + 1


def _points_back(w: Walker, i: int) -> bool:
    """ "how many students live there", "this cartoon's length": said of what was shown before."""
    text, after = w.items[i].text.lower(), w.at(i + 1)
    if w.context_subject is None or i == 0:
        return False
    if text == "there":
        return w.items[i - 1].verb and (after is None or after.text in ".?!,")
    return text == "this" and after is not None and w.link.entity(i + 1) == w.context_subject


def _how_adjective(w: Walker, i: int) -> int:
    """ "how old is Bob": the attribute that the adjective measures."""
    adjective = w.items[i].text.lower().split()[-1]
    spoken_of = w.at(i + 2)
    again = spoken_of is not None and spoken_of.text.lower() in ("they", "he", "she", "it") and bool(w.sketch.asks)
    # "which students own no cat, and how old are they": those that were asked for, and not what was named last.
    owners = [w.sketch.asks[0].entity if again else None]
    owners += [w.anchor, w.subject, *(w.link.entity(j) for j in range(i + 1, min(i + 7, len(w.items))))]
    owners += [hit.entity for j in range(i + 1, min(i + 7, len(w.items))) for hit in w.items[j].values[:1]]
    for owner in owners:
        hinted = scale_of(w.link, owner, GRADABLE.get(adjective, ())) if owner else None
        if hinted is not None:
            ref = hinted[0]
            if ref.is_time and adjective in ("old", "young"):
                ref = as_age(ref, w.as_of)
            w.sketch.asks.append(Ask("attribute", ref.entity, i, ref=ref))
            w.anchor = ref.entity
            return i + 1
    w.sketch.missing.append(w.items[i].text)
    return i + 1


def _structural(tags: dict[str, object]) -> bool:
    return bool(set(tags) - {"command", "pronoun", "rel", "wh"})


def _is_ask(w: Walker, i: int) -> bool:
    """ "name" asks for names where a name is asked for, and orders to name things at the beginning."""
    if i == 0:
        return False
    before = w.items[i - 1]
    return not before.has("conj") or before.text == ","


def _precedes_ask(w: Walker, i: int) -> bool:
    k = w.next(i + 1)
    return k < len(w.items) and (w.items[k].is_link or w.items[k].has("count")) and w.items[i].text.lower() != "state"


def _anything_follows(w: Walker, i: int) -> bool:
    return any(item.attributes or item.metrics for item in w.items[i:])
