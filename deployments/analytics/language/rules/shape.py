"""Rules for the shape of the result: grouping, grain, order, distinctness, calculations, charts, and what opens a question."""

from __future__ import annotations

from deployments.analytics.language.lexicon import ADVERB_GRAINS, CHART_WORDS
from deployments.analytics.language.links import label_ref
from deployments.analytics.language.rules.operands import owner_after, read_operand
from deployments.analytics.language.sketch import Ask, Group, Order, Ref
from deployments.analytics.language.vocabulary import Candidate
from deployments.analytics.language.walker import Walker
from deployments.analytics.model.schema import Role
from deployments.contracts.query import Aggregate, Attribute, Direction, Function, TimePart

_PARTS = {"weekday": TimePart.WEEKDAY, "day of week": TimePart.WEEKDAY, "day of the week": TimePart.WEEKDAY,
          "month of year": TimePart.MONTH, "month of the year": TimePart.MONTH, "hour of day": TimePart.HOUR,
          "hour of the day": TimePart.HOUR, "calendar month": TimePart.MONTH, "days of the week": TimePart.WEEKDAY}  # fmt: skip


def chart(w: Walker, i: int) -> int | None:
    """ "as a pie chart", "bar chart of ..."."""
    item = w.items[i]
    words: list[str] = []
    j = i
    while j < len(w.items) and all(part in CHART_WORDS for part in w.items[j].text.lower().split()):
        words.extend(w.items[j].text.lower().split())
        j += 1
    if not words:
        return None
    as_a = w.word_before(i, "as", "into", "in", "with")
    whole = words[-1] in (
        "chart",
        "graph",
        "plot",
        "diagram",
        "heatmap",
        "histogram",
        "scatter",
        "pie",
        "donut",
        "doughnut",
    )
    table = words == ["table"] and w.word_before(i, "as")
    if words in (["chart"], ["graph"], ["plot"]) or (item.is_link and not whole):
        return i + 1 if words in (["chart"], ["graph"], ["plot"]) and not item.is_link else None
    if (as_a and words != ["table"]) or (whole and (len(words) > 1 or as_a)) or table:
        kinds = [word for word in words if word not in ("chart", "graph", "plot", "diagram")]
        w.sketch.chart = " ".join(kinds)
        return j
    return None


def opening(w: Walker, i: int) -> int | None:
    """Question words, commands, pronouns."""
    item = w.items[i]
    if item.is_link and not item.has("wh"):
        if not item.has("command") or _is_ask(w, i):
            return None
        if _precedes_ask(w, i):
            return i + 1
        return None
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
        if kind == "how adj":
            return _how_adjective(w, i)
        return i + 1
    if item.has("pronoun") and not item.has("rel"):
        text = item.text.lower()
        antecedent = bool(w.sketch.entities) or any(ask.kind != "attribute" for ask in w.sketch.asks) or (
            bool(w.sketch.asks) and w.context_subject is None
        )  # fmt: skip
        personal = text in ("he", "she", "his", "her") and w.context_subject is not None and not w.restrict
        if text in ("it", "its", "their", "they", "his", "her", "he", "she", "ones") and antecedent and not personal:
            return i + 1
        if text == "that" and w.sketch.asks:
            return None
        w.sketch.pronoun = True
        w.sketch.cues.add("pronoun")
        return i + 1
    if item.has("command") and not _structural(item.tags):
        if i == 0 or w.sketch.is_empty:
            w.sketch.cues.add(item.text.lower())
        if item.text.lower() in ("too", "also", "as well", "instead", "again", "only", "just"):
            w.sketch.cues.add(item.text.lower())
        return i + 1
    return None


def _how_adjective(w: Walker, i: int) -> int:
    """ "how old is Bob": the attribute that the adjective measures."""
    from deployments.analytics.language.lexicon import GRADABLE

    adjective = w.items[i].text.lower().split()[-1]
    owners = [w.anchor, w.subject, *(w.link.entity(j) for j in range(i + 1, min(i + 7, len(w.items))))]
    owners += [hit.entity for j in range(i + 1, min(i + 7, len(w.items))) for hit in w.items[j].values[:1]]
    for owner in owners:
        hinted = w.link.hinted(owner, GRADABLE.get(adjective, ())) if owner else None
        if hinted is not None:
            ref = hinted[0]
            if ref.is_time and adjective in ("old", "young"):
                from deployments.analytics.language.rules.conditions import _as_age

                ref = _as_age(w, ref)
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


def names_value(w: Walker, k: int) -> bool:
    """ "offered by the department of Physics": a value of the attribute follows, so nothing is grouped."""
    item = w.at(w.next(k + 1, over=("of", "the", "named", "called", "=", "is")))
    keys = {(c.entity, c.name) for c in w.items[k].attributes}
    return item is not None and any((h.entity, h.attribute) in keys for h in item.values)


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


def distinct(w: Walker, i: int) -> int | None:
    """ "different", "unique": of what follows."""
    item = w.items[i]
    if not item.has("distinct") or item.is_link:
        return None
    if (
        item.text.lower() == "different"
        and i + 1 < len(w.items)
        and w.items[i + 1].text.lower() in ("from", "than", "to")
    ):
        w.sketch.missing.append(f"{item.text} {w.items[i + 1].text} …")
        return i + 2
    w.sketch.distinct = True
    return i + 1


def grouping(w: Walker, i: int) -> int | None:
    """ "by region", "for each customer", "per month"."""
    item = w.items[i]
    if not item.has("group"):
        return None
    by = item.tags["group"] == "by"
    k = w.next(
        i + 1,
        over=(
            "the",
            "of",
            "their",
            "its",
            "all",
            "different",
            "distinct",
            "a",
            "each",
            "every",
            "these",
            "those",
            "our",
        ),
    )
    target = w.at(k)
    if (
        (target is None or target.text == ",")
        and item.text.lower() in ("for each", "per each", "for every")
        and w.context_subject
    ):
        # "for each, how many ...": of what was shown before.
        w.sketch.pronoun = True
        w.sketch.cues.add("each pronoun")
        return i + 1
    if target is None:
        return None
    if by and target.has("order"):
        return None
    found = _group(w, k)
    if found is None:
        operand_like = target.metrics or target.has("agg") or target.has("count")
        if by and operand_like:
            return _rank_by(w, k)
        return _each_pronoun(w, k) if not by else None
    group, after = found
    if (
        by
        and group.ref is not None
        and (group.ref.is_number and group.ref.attribute.role in (Role.ADDITIVE, Role.RATE))
    ):
        if w.sketch.superlatives:
            return _rank_by(w, k)
        if not any(ask.kind == "measure" for ask in w.sketch.asks):
            sorting = bool(w.sketch.cues & {"sort", "order", "arrange"}) or w.items[0].lemma in (
                "sort",
                "order",
                "arrange",
            )
            w.sketch.orders.append(Order(Direction.ASC if sorting else Direction.DESC, ref=group.ref))
            return after
    if by and group.ref is not None and names_value(w, k):
        return None
    if (
        item.text.lower().startswith("across")
        and group.entity is not None
        and any(a.entity == group.entity for a in w.sketch.asks)
    ):
        # "the average age across all shops" is over the shops, not by shop.
        return after
    if by and _by_person(w, i, k):
        return None
    w.close_all()
    group.each = not by
    _add_group(w, group)
    return _more_groups(w, after, group)


def _by_person(w: Walker, i: int, k: int) -> bool:
    """ "written by Todd Casey", "offered by departments": the doer, not a grouping."""
    if w.items[k].values and not w.items[k].is_link:
        return True
    before = w.at(i - 1)
    entity = w.link.entity(k)
    participle = (
        before is not None and (before.text.lower().endswith(("ed", "en")) or before.verb) and not before.has("group")
    )
    if not participle or before is None or before.text.lower() in ("grouped", "broken", "split"):
        return False
    if entity is None:
        return False
    measured = any(ask.kind == "measure" for ask in w.sketch.asks)
    # "orders placed by customers" names the doers; "orders placed by customer" groups by them.
    plural = entity is not None and w.items[k].text.lower() != w.items[k].lemma
    return not measured or plural


def _each_pronoun(w: Walker, k: int) -> int | None:
    item = w.items[k]
    if item.has("pronoun") or item.text.lower() in ("one", "of"):
        named = _group(w, k + 1) if k + 1 < len(w.items) else None
        if named is not None:
            # "for each of those types": the things are named again.
            w.sketch.pronoun = True
            _add_group(w, named[0])
            return named[1]
        w.sketch.pronoun = True
        w.sketch.cues.add("each pronoun")
        return k + 1
    return None


def _group(w: Walker, k: int) -> tuple[Group, int] | None:
    item = w.items[k]
    lemma = item.text.lower()
    if lemma in _PARTS or lemma.rstrip("s") in _PARTS:
        return Group(k, part=_PARTS.get(lemma) or _PARTS[lemma.rstrip("s")]), k + 1
    if item.grain is not None and not (
        item.attributes and item.attributes[0].score > 0.95 and item.grain.value == "date"
    ):
        phrase = " ".join(part.text.lower() for part in w.items[k : k + 4])
        for text, part in _PARTS.items():
            if phrase.startswith(text):
                return Group(k, part=part), k + len(text.split())
        year_attribute = _year(w, item.attributes) if item.grain.value == "year" else None
        if year_attribute is not None:
            return Group(k, ref=year_attribute), k + 1
        named = item.attributes[0].score >= 0.97 if item.attributes else False
        ref = w.link.ref(k) if named else None
        if ref is None or ref.is_time:
            return Group(k, grain=item.grain), k + 1
        return Group(k, ref=ref), k + 1
    if item.attributes and item.grain is None:
        entity = w.link.entity(k)
        if entity is None or item.attributes[0].score > item.entities[0].score + 0.02:
            ref = w.link.ref(
                k,
                owner_after(w, k + 1)
                if w.at(k + 1) is not None and w.items[k + 1].text.lower() in ("of", "in")
                else None,
            )
            if ref is not None:
                w.sketch.link.append(ref.score)
                return Group(k, ref=ref), k + 1
    entity = w.link.best_entity(item) if item.entities else None
    if entity is not None:
        follow = w.at(k + 1)
        if follow is not None and follow.attributes and w.link.entity(k + 1) is None and not follow.has("conj"):
            ref = w.link.ref(k + 1, entity)
            if ref is not None and ref.entity == entity:
                w.sketch.entities.append((entity, k))
                return Group(k, ref=ref), k + 2
        w.sketch.entities.append((entity, k))
        return Group(k, entity=entity), k + 1
    return None


def _year(w: Walker, candidates: list[Candidate]) -> Ref | None:
    for candidate in candidates:
        attribute = w.model.attribute(candidate.entity, candidate.name)
        if attribute.role is Role.YEAR:
            return Ref(candidate.entity, attribute, Attribute(entity=candidate.entity, name=attribute.name), 1.0)
    return None


def _add_group(w: Walker, group: Group) -> None:
    w.sketch.groups.append(group)
    if group.entity:
        w.anchor = group.entity
    elif group.ref:
        w.anchor = group.ref.entity


def _more_groups(w: Walker, after: int, first: Group) -> int:
    """ "by region and month"."""
    j = after
    while j + 1 < len(w.items) and w.items[j].has("conj"):
        k = j + 1
        while k < len(w.items) and (
            w.items[k].has("conj") or w.items[k].text.lower() in ("the", "by", "then", "per", "each", "for each")
        ):
            k += 1
        if (
            k >= len(w.items)
            or w.items[k].has("count")
            or w.items[k].has("agg")
            or (w.items[k].metrics and not w.items[k].attributes)
        ):
            return j
        explicit = any(w.items[p].has("group") for p in range(j, k))
        listed = w.items[j].text.lower() in ("and", ",", "&")
        if not (explicit or (listed and not first.each)):
            return j
        found = _group(w, k)
        if found is None or (
            found[0].ref is not None and found[0].ref.is_number and found[0].ref.attribute.role is Role.ADDITIVE
        ):
            return j
        _add_group(w, found[0])
        j = found[1]
    return j


def _rank_by(w: Walker, k: int) -> int | None:
    """ "top 5 products by revenue": what the superlative ranks by."""
    operand = read_operand(w, k)
    if operand is None or (operand.measure is None and operand.ref is None):
        return None
    pending = next((s for s in reversed(w.sketch.superlatives) if s.ref is None and s.measure is None), None)
    if pending is not None:
        pending.measure = operand.measure
        pending.ref = operand.ref if operand.measure is None else None
        if pending.ref is not None and pending.ref.attribute.role is Role.ADDITIVE:
            subject = w.subject
            ranked = w.sketch.asks[-1].ref if w.sketch.asks else None
            # "top customers by amount": a name that stands in many rows is ranked by what its rows add up to.
            repeated = ranked is not None and not ranked.attribute.unique and not ranked.is_number
            if repeated or (subject is not None and subject != pending.ref.entity):
                pending.measure = Aggregate(function=Function.SUM, entity=pending.ref.entity, of=pending.ref.scalar)
                pending.ref = None
        return operand.after
    direction = w.sketch.direction or Direction.DESC
    w.sketch.orders.append(Order(direction, ref=operand.ref, measure=operand.measure))
    return operand.after


def ordering(w: Walker, i: int) -> int | None:
    """ "ordered by age", "from highest to lowest", "in alphabetical order"."""
    item = w.items[i]
    if item.has("order") and (not item.is_link or " " in item.text):
        w.close_all()
        direction: Direction | None = item.tags["order"]
        k = w.next(i + 1, over=("the", "of", "their", "its", "by", "each", "in", "that", "them"))
        if k < len(w.items) and w.items[k].has("direction"):
            direction = w.items[k].tags["direction"]
            k = w.next(k + 1, over=("of", "the", "by"))
        operand = read_operand(w, k) if k < len(w.items) else None
        if operand is not None and operand.ref is not None:
            named = {(c.entity, c.name) for c in w.items[operand.after - 1].attributes}
            for ask in w.sketch.asks:
                if ask.ref is not None and (ask.ref.entity, ask.ref.attribute.name) in named:
                    operand.ref = ask.ref
        if operand is None:
            w.sketch.direction = direction or w.sketch.direction
            if item.text.lower() in ("ordered", "rank", "ranked") and direction is None and k >= len(w.items):
                return i + 1
            if w.sketch.orders and direction:
                w.sketch.orders[-1].direction = direction
            w.sketch.cues.add("order")
            return max(k, i + 1) if k < len(w.items) and w.items[k].has("pronoun") else i + 1
        after = operand.after
        while True:
            ref = operand.ref
            if operand.measure is None and ref is None and operand.entity is not None:
                entity = w.model.by_name[operand.entity]
                label = label_ref(entity)
                ref = w.link.make(entity.name, label, 0.9) if label is not None else None
            w.sketch.orders.append(Order(direction or Direction.ASC, ref=ref, measure=operand.measure))
            if after + 1 < len(w.items) and w.items[after].has("conj") and w.items[after + 1].attributes:
                more = read_operand(w, after + 1)
                if more is not None and (more.ref is not None or more.measure is not None):
                    operand, after = more, more.after
                    continue
            break
        if direction is None and operand.measure is not None and "rank" in item.text.lower():
            w.sketch.orders[-1].direction = Direction.DESC
        return after
    if item.has("direction") and not item.is_link:
        found: Direction = item.tags["direction"]
        if w.sketch.orders:
            for order in w.sketch.orders:
                order.direction = found
        else:
            w.sketch.direction = found
        w.sketch.cues.add("alphabetical" if "alphabet" in item.text or "lexico" in item.text else "direction")
        return i + 1
    return None


def grain(w: Walker, i: int) -> int | None:
    """ "monthly revenue", "revenue over time"; "month" alone only after a grouping word or where nothing else fits."""
    item = w.items[i]
    if item.text.lower() in ADVERB_GRAINS and item.grain is not None and not item.attributes:
        w.sketch.groups.append(Group(i, grain=item.grain))
        return i + 1
    if (
        item.text.lower() == "over"
        and i + 1 < len(w.items)
        and w.items[i + 1].text.lower() in ("time", "the years", "years")
    ):
        from deployments.contracts.query import Grain

        w.sketch.groups.append(Group(i, grain=Grain.YEAR if "year" in w.items[i + 1].text.lower() else Grain.MONTH))
        return i + 2
    if (
        item.grain is not None
        and not item.is_link
        and not item.values
        and item.interval is None
        and w.word_before(
            i,
            "which",
            "what",
            "each",
            "every",
            "busiest",
            "best",
            "worst",
            "highest",
            "lowest",
            "wh",
            "in which",
            "in what",
        )
    ):
        w.sketch.groups.append(Group(i, grain=item.grain, each=True))
        return i + 1
    return None


def calculation(w: Walker, i: int) -> int | None:
    """ "share of", "cumulative", "month over month"."""
    item = w.items[i]
    if not item.has("calc") or item.is_link:
        return None
    w.sketch.calculations.append((str(item.tags["calc"]), i, item.text.lower()))
    return i + 1


def limit(w: Walker, i: int) -> int | None:
    """ "first 10 rows", "limit 5"."""
    item = w.items[i]
    nxt = w.at(i + 1)
    if item.text.lower() in ("limit", "first") and nxt is not None and nxt.number is not None and not nxt.ordinal:
        w.sketch.limit = int(nxt.number)
        return i + 2
    return None


def ask_entity(entity: str, position: int) -> Ask:
    """An entity's rows, asked for."""
    return Ask("entity", entity, position)
