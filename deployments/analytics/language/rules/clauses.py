"""Rules for clauses: where a restriction begins and ends, negation, and "both"."""

from __future__ import annotations

from deployments.analytics.language.lexicon import PEOPLE
from deployments.analytics.language.sketch import Ask, Condition
from deployments.analytics.language.vocabulary import lemmas
from deployments.analytics.language.walker import Frame, Walker
from deployments.contracts.query import Related


def boundary(w: Walker, i: int) -> int | None:
    """Where a frame, or the restriction itself, ends."""
    item = w.items[i]
    text = item.text.lower()
    if text in (".", "?", ";", "!"):
        w.close_all()
        w.restrict = False
        w.operand = None
        if i + 1 < len(w.items):
            w.anchor = w.subject or w.anchor
            w.next_sentence = True
        return i + 1
    if text in ("but", "however"):
        w.close_all()
        w.anchor = w.subject
        return i + 1
    if item.has("conj") and (w.frames or w.restrict):
        k = w.next(i + 1)
        follow = w.at(k)
        if follow is None:
            return i + 1
        asks_again = (follow.has("wh") and follow.text.lower() != "which") or follow.has("count") or (
            i + 1 < len(w.items) and w.items[i + 1].has("command") and w.items[i + 1].text.lower() not in ("also", "then", "too")
            and not w.items[i + 1].is_link
        )  # fmt: skip
        if asks_again:
            w.close_all()
            w.restrict = False
            return i + 1
        continues = bool(follow.values) or follow.number is not None or follow.interval is not None or follow.has("neg")
        if w.frames and w.frames[-1].has_content and not continues:
            w.close_all()
        return None
    return None


def relative(w: Walker, i: int) -> int | None:
    """ "who", "that", "whose", "with", "having": from here on the words restrict."""
    item = w.items[i]
    if not item.has("rel") or (item.is_link and not item.filler and not item.has("wh")):
        return None
    kind = item.tags["rel"]
    started = bool(w.sketch.asks or w.sketch.entities or w.sketch.groups) or (
        w.sketch.pronoun and w.context_subject is not None
    )
    if not started and kind != "possessive":
        return None
    if item.has("wh") and i == 0:
        return None
    if kind == "with" and item.text.lower() in ("own", "get", "hold", "include", "contain", "including", "containing"):
        w.restrict = True
        return i + 1
    if kind == "with" and item.text.lower() == "with":
        w.opened_with = "with"
    else:
        w.opened_with = ""
    w.restrict = True
    if not (kind == "subject" and w.operand is not None and w.operand.position == i - 1):
        # "with a city that is the same as ...": what stands right before goes on to be compared.
        w.operand = None
    return i + 1


def negation(w: Walker, i: int) -> int | None:
    """ "not", "without", "except": opens a frame whose conditions must not hold."""
    item = w.items[i]
    if not item.has("neg") or (item.is_link and item.entities):
        return None
    k = w.next(i + 1, over=("the", "any", "a", "an", "be", "been", "yet", "ever", "have", "has", "had", "single", "those", "been",
                            "to", "one", "in", "from", "at", "of", "for", "that", "which", "who", "with", "where", "whose"))  # fmt: skip
    if item.text.lower() in ("nobody", "no one", "no-one") and w.subject is not None:
        return _of_no_person(w, i)
    follow = w.at(k)
    if follow is None and not any(item.verb or item.passed for item in w.items[i + 1 :]):
        return None
    if follow is not None and (follow.has("cmp") or follow.has("suffix")):
        w.sketch.cues.add("negate next")
        return i + 1
    if w.subject is None and w.sketch.wh == "who" and not w.sketch.asks:
        _ask_who(w, i)
    w.close_all()
    before = w.at(w.previous(i))
    joined = item.text.lower().startswith("but") or (
        before is not None and (before.has("conj") or before.text.lower() == "but")
    )
    subject = w.anchor if w.restrict and w.anchor and not joined else w.subject
    # "non-food items in Rome": the prefix negates its own word only.
    w.open(Frame("negation", subject, i, single=item.text.lower() == "non"))
    w.restrict = True
    return i + 1


def _ask_who(w: Walker, i: int) -> None:
    """ "who never opened a ticket": the one kind of person that the data is about, and never everyone."""
    persons = [e.name for e in w.model.entities if not e.hidden and lemmas(e.label)[-1] in PEOPLE]
    if len(persons) == 1:
        w.sketch.asks.append(Ask("entity", persons[0], i))
        w.sketch.subject = w.anchor = persons[0]
    elif not persons:
        w.sketch.missing.append(f"who {w.items[i].text} did so")


def _of_no_person(w: Walker, i: int) -> int:
    """ "which skills does nobody have": those without any of the one kind of person that has them."""
    subject = w.subject or ""
    persons = [
        e.name
        for e in w.model.entities
        if not e.hidden
        and e.name != subject
        and lemmas(e.label)[-1] in PEOPLE
        and w.graph.path(subject, e.name) is not None
    ]
    if len(persons) != 1:
        w.sketch.missing.append(f"who {w.items[i].text} is")
        return i + 1
    w.add(Condition(Related(entity=subject, to=persons[0], negated=True), subject, i))
    w.restrict = True
    return i + 1


def both(w: Walker, i: int) -> int | None:
    """ "both A and B": each must hold for a related row of its own."""
    item = w.items[i]
    if not item.has("set") or item.tags["set"] not in ("both", "either"):
        return None
    if item.tags["set"] == "both":
        k = w.next(i + 1, over=("the", "their", "a"))
        follow = w.at(k)
        if follow is not None and w.link.entity(k) is not None:
            w.sketch.cues.add("both")
        if follow is not None and not (follow.has("agg") or (follow.attributes and not follow.values)):
            w.both = True
    return i + 1
