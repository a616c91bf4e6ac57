"""From tokens to items: the best way to cut the question into spans that mean something.

Every span gets all its readings (things of the model, values, dates, numbers, closed-class words); a dynamic program
picks the cut that explains most. A span keeps all its readings: which one is meant is settled in composition.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from deployments.analytics.language.dates import WEEKDAYS, DateGrammar, DateMatch
from deployments.analytics.language.directions import LITTLE, role_words
from deployments.analytics.language.endings import know_endings
from deployments.analytics.language.items import Item
from deployments.analytics.language.lexicon import (
    AGES,
    ANTONYMS,
    BUYERS,
    FILLERS,
    GRADABLE,
    GRAINS,
    LIGHT_VERBS,
    MAX_PHRASE,
    PEOPLE,
    PHRASES,
    SELLERS,
    STATE_WORDS,
    VERB_STEMS,
)
from deployments.analytics.language.outcomes import know_outcomes
from deployments.analytics.language.places import aliases_of, kind_of
from deployments.analytics.language.synonyms import synonyms_of
from deployments.analytics.language.text import Token, stem_of, tokenize
from deployments.analytics.language.verbs import own_up_to_verbs
from deployments.analytics.language.vocabulary import Candidate, Vocabulary
from deployments.analytics.model.schema import Attribute, Relationship, Role
from deployments.analytics.model.values import ValueIndex, ValueMatch
from deployments.contracts.query import Direction

IRREGULAR = {
    "oldest": ("old", "sup"), "older": ("old", "cmp"), "eldest": ("old", "sup"), "elder": ("old", "cmp"),
    "later": ("late", "cmp"), "latest": ("late", "sup"), "biggest": ("big", "sup"), "bigger": ("big", "cmp"),
    "last": ("late", "sup"), "first": ("early", "sup"), "lowest": ("low", "sup"), "highest": ("high", "sup"), "lower": ("low", "cmp"),
    "higher": ("high", "cmp"), "longest": ("long", "sup"), "longer": ("long", "cmp"),
}  # fmt: skip


def gradable_of(token: Token) -> tuple[str, str] | None:
    """(adjective, "sup" or "cmp") where the word is a graded form of a gradable adjective."""
    word = token.lower
    if word in IRREGULAR:
        return IRREGULAR[word]
    for ending, grade in (("iest", "sup"), ("est", "sup"), ("ier", "cmp"), ("er", "cmp")):
        if word.endswith(ending):
            root = word[: -len(ending)]
            for stem in (root, root + "e", root + "y", root[:-1] if root[-1:] == root[-2:-1] else root):
                if stem in GRADABLE:
                    return stem, grade
    return None


_DAYS = {"weekend": (5, 6), "weekday": (0, 1, 2, 3, 4), "workday": (0, 1, 2, 3, 4)}

_CODED = 0.95
"""How well a value fits that says the same in other letters."""

_AUXILIARIES = frozenset("did do does has have had is are was were".split())

_DETAILS = frozenset("detail information note description".split())
"""Empty words, unless they are listed with what is asked for: "the date and details"."""

_HAVING = frozenset("have has had having with without no any".split())


class Tagger:
    """Cuts questions over one model."""

    def __init__(self, vocabulary: Vocabulary, values: ValueIndex) -> None:
        self.vocabulary = vocabulary
        self.values = values
        self._kinds: dict[tuple[str, str], str | None] = {}
        self._roles: dict[tuple[str, ...], tuple[Relationship, ...]] = {}
        for relationship in vocabulary.model.relationships:
            words = role_words(relationship)
            for said in {words, tuple(word for word in words if word not in LITTLE)} - {()}:
                self._roles[said] = (*self._roles.get(said, ()), relationship)

    def tag(self, tokens: list[Token], grammar: DateGrammar) -> list[Item]:
        """The items of the best cut, in order. Raises ImpossibleDateError."""
        n = len(tokens)
        spans: list[list[tuple[float, Item]]] = [[] for _ in range(n)]
        for i in range(n):
            spans[i] = self._spans_at(tokens, i, grammar)
        best: list[tuple[float, Item | None]] = [(0.0, None)] * (n + 1)
        for i in range(n - 1, -1, -1):
            best[i] = max(((score + best[item.end][0], item) for score, item in spans[i]), key=lambda option: option[0])
        items: list[Item] = []
        i = 0
        while i < n:
            item = best[i][1]
            assert item is not None
            items.extend(self._filter_and_noun(item, tokens))
            i = item.end
        repaired = self._repair(items)
        self._know_adverbs(repaired)
        know_outcomes(repaired, self.vocabulary.model)
        know_endings(repaired, self.vocabulary.model, grammar.as_of)
        own_up_to_verbs(repaired, self.vocabulary.model, self._similar)
        return repaired

    def _filter_and_noun(self, item: Item, tokens: list[Token]) -> list[Item]:
        """A named filter that ends with what it filters ("premium accounts") as two items; any other item alone."""
        if not item.filters or item.filters[0].score < max((c.score for c in item.entities), default=0.0):
            return [item]
        for start in range(item.start + 1, item.end):
            noun = self.vocabulary.find(tokens[start : item.end])
            if any(c.kind == "entity" and c.entity == item.filters[0].entity and c.score > 0.9 for c in noun):
                words, rest = tokens[item.start : start], tokens[start : item.end]
                first = Item(item.start, start, " ".join(t.text for t in words), " ".join(t.lemma for t in words))
                first.filters = item.filters
                last = Item(start, item.end, " ".join(t.text for t in rest), " ".join(t.lemma for t in rest))
                self._links(last, rest)
                return [first, last]
        return [item]

    # --- the readings of one span -----------------------------------------------------------------------------------

    def _spans_at(self, tokens: list[Token], i: int, grammar: DateGrammar) -> list[tuple[float, Item]]:
        token = tokens[i]
        if token.quoted:
            item = Item(i, i + 1, token.text, token.lemma, quoted=True)
            item.values = list(self.values.exact(token.text))
            item.values += self._coded(token.text, item.values)
            return [(1.5, item)]
        out: dict[int, tuple[float, Item]] = {}
        n = len(tokens)
        had = any(before.lower in _HAVING for before in tokens[max(0, i - 2) : i])
        listed = token.lemma in _DETAILS and i > 1 and tokens[i - 1].lower in ("and", ",", "other")
        limit = max(MAX_PHRASE, self.vocabulary.max_words + 2, self.values.max_tokens)
        alive = True
        surfaces: list[str] = []
        for j in range(i + 1, min(n, i + limit) + 1):
            if tokens[j - 1].quoted:
                break
            span = tokens[i:j]
            item = Item(i, j, " ".join(t.text for t in span), " ".join(t.lemma for t in span))
            if j - i == 1:
                self._single(item, token)
            size = j - i
            score = max(self._closed(item, span), self._role(item, span))
            item.filler = score == 0.97 and bool(item.roles)
            if "calc" in item.tags and size == 2 and span[1].lower == "of" and self._is_name(span[:1]):
                # "the share of the series", where each has one: a name before a calculation.
                item.tags.pop("calc")
                score = 0.9 if item.tags else 0.0
            if "count" in item.tags and token.lemma == "number" and self._ends_name(tokens, i):
                # "the flight numbers of ...": what flights have, and no count of flights.
                item.tags.pop("count")
                score = 0.9 if item.tags else 0.0
            if size <= self.vocabulary.max_words + 2:
                score = max(score, self._links(item, span, had=had, listed=listed))
            if not span[-1].mark or span[-1].lower in "&-":
                surfaces.append(span[-1].lower)
            else:
                alive = alive and size > 1
            if alive and size <= self.values.max_tokens + 2:
                score = max(score, self._values(item, span))
                alive = self.values.has_prefix(tuple(surfaces)) if surfaces else alive
            if score > 0 or size == 1:
                out[j] = (self._grown(score, size), item)
        match = grammar.match(i)
        if match is not None:
            self._date(out, tokens, i, match)
        if i + 1 in out:
            score, item = out[i + 1]
            out[i + 1] = (max(score, self._floor(item, token)), item)
        return list(out.values())

    @staticmethod
    def _grown(score: float, size: int) -> float:
        """One long span beats the same words cut into several."""
        return score * size + 0.3 * (size - 1) if score else 0.0

    @staticmethod
    def _single(item: Item, token: Token) -> None:
        item.number, item.percent, item.money, item.ordinal = token.number, token.percent, token.money, token.ordinal
        item.possessive = token.possessive
        if token.lower in GRAINS or token.lemma in GRAINS:
            item.grain = GRAINS.get(token.lower) or GRAINS[token.lemma]
        if (token.lower in WEEKDAYS or token.lemma in WEEKDAYS) and len(token.lower) > 3:
            item.weekdays = (WEEKDAYS[token.lower if token.lower in WEEKDAYS else token.lemma],)
        elif token.lemma in _DAYS:
            item.weekdays = _DAYS[token.lemma]
        graded = gradable_of(token)
        if graded is not None:
            item.gradable = GRADABLE[graded[0]]
            item.superlative, item.comparative = graded[1] == "sup", graded[1] == "cmp"

    def _role(self, item: Item, span: list[Token]) -> float:
        """Words that say what a reference is for, before what it refers to."""
        if span[0].mark or span[-1].mark:
            return 0.0
        said = tuple(t.lemma for t in span if not (t.mark and t.lower == "-"))
        item.roles = self._roles.get(said, ())
        if not item.roles and len(span) == 1 and not span[0].lower.endswith("ly"):
            # "shipments that originate in ...": of the origin.
            item.roles = self._roles.get((span[0].stem,), ())
        return 0.97 if item.roles and len(said) > 1 else 0.0

    def _is_name(self, span: list[Token]) -> bool:
        return any(found.kind == "attribute" and found.score > 0.95 for found in self.vocabulary.find(span))

    def _ends_name(self, tokens: list[Token], i: int) -> bool:
        """Whether the word ends a name of some attribute: the "number" of "mobile phone number"."""
        return any(
            found.kind == "attribute" and found.score > 0.8
            for start in range(max(0, i - 3), i)
            for found in self.vocabulary.find(tokens[start : i + 1])
        )

    @staticmethod
    def _closed(item: Item, span: list[Token]) -> float:
        if len(span) > MAX_PHRASE:
            return 0.0
        if len(span) == 2 and span[0].lower in ("fiscal", "financial") and span[1].lemma in ("year", "quarter"):
            item.grain, item.fiscal = GRAINS[span[1].lemma], True
            return 0.95
        lower = tuple(t.lower for t in span)
        lemma = tuple(t.lemma for t in span)
        for phrase in (lower, lemma, *((lemma[0], *lower[1:]),)):
            for tag, payload in PHRASES.get(phrase, ()):
                if tag == "order" and phrase != lower:
                    # "orders by region" sorts nothing.
                    continue
                item.tags.setdefault(tag, payload)
        if "direction" in item.tags:
            # "newest first", "from old to young": along what, as well as which way.
            graded = (gradable_of(t) or (t.lemma, "") for t in span if t.lower not in ("first", "last"))
            item.gradable = next((GRADABLE[name] for name, _ in graded if name in AGES), ())
        if len(span) == 3 and span[1].lower == "highly" and span[0].lower in ("most", "least"):
            # "most highly rated" is most rated.
            span = [span[0], span[2]]
        if len(span) == 2 and span[0].lower in ("most", "least", "more", "less"):
            adjective = span[1].lemma if span[1].lemma in GRADABLE else span[1].lower
            if adjective in GRADABLE and adjective not in ("high", "low", "big", "large", "small", "new", "late"):
                more = span[0].lower in ("most", "more")
                item.gradable = GRADABLE[adjective] if more else tuple(
                    (name, Direction.ASC if way is Direction.DESC else Direction.DESC)
                    for name, way in GRADABLE[adjective]
                )  # fmt: skip
                item.superlative, item.comparative = (
                    span[0].lower in ("most", "least"),
                    span[0].lower in ("more", "less"),
                )
                item.tags.clear()
                return 0.95
        if len(span) == 2 and span[1].lower in ("paid", "rated", "populated") and span[0].lower in (
            "highest", "best", "top", "lowest", "worst", "highly",
        ):  # fmt: skip
            # "highest paid" is most paid.
            lowest = span[0].lower in ("lowest", "worst")
            item.gradable = tuple(
                (name, Direction.ASC if lowest else Direction.DESC) for name, _ in GRADABLE[span[1].lower]
            )
            item.superlative = True
            item.tags.clear()
            return 0.95
        if len(span) == 2 and span[1].lower == "percentile" and span[0].number is not None:
            item.tags["percentile"] = span[0].number / 100
            return 1.0
        return 0.9 if item.tags else 0.0

    def _links(self, item: Item, span: list[Token], *, had: bool = False, listed: bool = False) -> float:
        if span[0].mark or span[-1].mark or (len(span) > 1 and span[0].lower in ("the", "a", "of")):
            return 0.0
        if len(span) > 1 and span[-1].lower in _AUXILIARIES:
            # "how many orders did ...": the verb goes with what follows it.
            return 0.0
        found = self.vocabulary.find(span)
        if not found:
            return 0.0
        for candidate in found:
            {"entity": item.entities, "attribute": item.attributes, "metric": item.metrics, "filter": item.filters}[
                candidate.kind
            ].append(candidate)
        for group in (item.entities, item.attributes, item.metrics, item.filters):
            group.sort(key=lambda c: -c.score)
        if len(span) == 1 and span[0].lower.endswith("ed"):
            # "offered" is not an offering.
            item.entities = [c for c in item.entities if c.score >= 0.8]
            item.attributes = [
                c for c in item.attributes
                if c.score >= 0.7 or _measured(self.vocabulary.model.attribute(c.entity, c.name))
            ]  # fmt: skip
            if not item.is_link:
                return 0.0
        if len(span) > 1 and span[-1].lower == "born":
            # "guests born in 1980": the guests, and when they were born.
            for group in (item.entities, item.attributes, item.metrics, item.filters):
                group.clear()
            return 0.0
        participle = next((n for n in range(1, len(span)) if span[n].lower.endswith("ed")), 0)
        if participle and any(c.kind == "entity" and c.score >= 0.97 for c in self.vocabulary.find(span[:participle])):
            # "products priced above ...": the products, and then what is said of their price.
            item.attributes = []
            if not item.is_link:
                return 0.0
        if len(span) > 1 and span[-1].lower.endswith("ed") and not had:
            # "courses offered" are no course offerings, though to have "no student enrolled" is to have no enrolment.
            said = span[-1].lower
            item.entities = [
                c for c in item.entities
                if c.score > 0.85 and said in self.vocabulary.model.by_name[c.entity].label.lower().split()
            ]  # fmt: skip
            item.attributes = [c for c in item.attributes if c.score > 0.6]
            if not item.is_link:
                return 0.0
        best = max(candidate.score for candidate in found)
        if len(span) == 1 and span[0].lower in FILLERS and best < 0.9 and span[0].lower != "people" and not listed:
            for group in (item.attributes, item.entities, item.metrics):
                group.clear()
            return 0.0
        return best

    def _values(self, item: Item, span: list[Token]) -> float:
        first, last = span[0], span[-1]
        if first.mark or (last.mark and last.lower != ".") or (len(span) == 1 and first.number is not None):
            return 0.0
        single = len(span) == 1
        capital = first.text[:1].isupper() and (first.start > 0 or (len(first.text) > 1 and first.text.isupper()))
        filling = first.lower in FILLERS and first.lower not in STATE_WORDS
        if single and not capital and (filling or item.tags or first.lower in GRAINS):
            return 0.0
        named = (
            capital and any(str(hit.value) == first.text for hit in self.values.exact(first.text)) if single else False
        )
        if single and capital and (first.lower in FILLERS) and not first.text.isupper() and not named:
            return 0.0
        hyphened = any(t.lower == "-" for t in span)
        if (
            not single
            and not hyphened
            and all(t.mark or (t.lower in FILLERS and t.lemma not in LIGHT_VERBS) for t in span)
        ):
            return 0.0
        if not single and (first.lower in ("the", "of", "in", "for", "and", "or", "is", "are", "with") and not capital):
            return 0.0
        text = " ".join(t.text for t in span)
        hits = self.values.exact(text)
        if not hits and last.possessive:
            hits = self.values.exact(_without_possessive(text))
        if not hits and last.lemma != last.lower and len(last.lemma) > 2:
            # "senior consultants", "no-shows": the value is kept in the singular.
            hits = self.values.exact(" ".join([*(t.text for t in span[:-1]), last.lemma]))
        hits = (*hits, *self._coded(text, hits))
        if not hits:
            return 0.0
        item.values = list(hits)
        if named and not item.is_link:
            item.tags.clear()
        # A link by its full name is a better reading of the same word than a value of some column.
        return 0.96 if not item.is_link or capital or not single else 0.9

    def _coded(self, text: str, known: Sequence[ValueMatch]) -> tuple[ValueMatch, ...]:
        """The values that are another name or the code of what the text says. A code of a letter or two, and what is said by
        one, counts only in a column of such things; so does any where the text itself is known as a value."""
        columns = {(hit.entity, hit.attribute) for hit in known}
        return tuple(
            replace(hit, score=_CODED, how="coded")
            for kind, other in aliases_of(text)
            for hit in self.values.exact(other)
            if (hit.entity, hit.attribute) not in columns
            and ((not known and min(len(other), len(text)) > 2) or self._kind(hit.entity, hit.attribute) == kind)
        )

    def _kind(self, entity: str, attribute: str) -> str | None:
        if (entity, attribute) not in self._kinds:
            self._kinds[entity, attribute] = kind_of(self.vocabulary.model.attribute(entity, attribute))
        return self._kinds[entity, attribute]

    @staticmethod
    def _date(out: dict[int, tuple[float, Item]], tokens: list[Token], i: int, match: DateMatch) -> None:
        size = match.end - i
        known = out.get(match.end)
        item = known[1] if known else Item(
            i, match.end, " ".join(t.text for t in tokens[i : match.end]), " ".join(t.lemma for t in tokens[i : match.end])
        )  # fmt: skip
        item.interval = match.interval
        score = Tagger._grown(1.0 if match.explicit else 0.85, size)
        out[match.end] = (max(score, known[0] if known else 0.0), item)

    @staticmethod
    def _floor(item: Item, token: Token) -> float:
        """What a single token is worth when nothing names it."""
        if item.grain or item.weekdays or item.gradable:
            return 0.9
        if item.number is not None:
            return 0.85
        if token.mark:
            item.filler = True
            return 0.3
        if item.is_link or item.values or item.tags or item.interval:
            if token.lower in FILLERS and not item.values and not item.is_link:
                item.filler = True
            return 0.4
        if token.lower in FILLERS or token.lemma in FILLERS:
            item.filler = True
            return 0.35
        if item.roles:
            item.filler = True
            return 0.45
        if token.lemma in LIGHT_VERBS or token.lower in LIGHT_VERBS or (
            token.stem in VERB_STEMS and re.search(r"(ed|ing|s)$", token.lower)
        ):  # fmt: skip
            item.verb = True
            return 0.2
        if re.search(r"(ed|ing)$", token.lower) and len(token.lower) > 5 and token.text.islower():
            # A participle links what stands around it; that it was not understood is remembered.
            item.verb = item.passed = True
            return 0.1
        item.unknown = True
        return 0.0

    # --- what nothing explained --------------------------------------------------------------------------------------

    def _repair(self, items: list[Item]) -> list[Item]:
        """Look for values that contain, or resemble, the words that nothing explained; then for misspelt names."""
        out: list[Item] = []
        i = 0
        while i < len(items):
            item = items[i]
            if item.quoted and not item.values:
                item.values = list(self.values.containing(item.text))[:20] or list(self.values.fuzzy(item.text))
                if item.values:
                    item.guessed = item.text
                out.append(item)
                i += 1
                continue
            antonym = ANTONYMS.get(item.text.lower())
            if antonym is not None and not item.is_link and not item.values:
                self._negate(item, antonym)
            if (item.unknown or item.passed) and self._denied(item):
                out.append(item)
                i += 1
                continue
            if not item.unknown:
                out.append(item)
                i += 1
                continue
            run = i + 1
            while run < len(items) and (
                items[run].unknown or (items[run].text[:1].isupper() and not items[run].is_link and items[run].end - items[run].start == 1
                                       and not items[run].interval and items[run].text.isalpha())
            ):  # fmt: skip
                run += 1
            merged = self._value_run(items, i, run)
            if merged is not None:
                # A name may have begun with words that were explained otherwise ("Dr." before "Moreau").
                out.append(merged)
                i += next(k for k in range(1, run - i + 1) if items[i + k - 1].end == merged.end)
                continue
            self._respell(item)
            out.append(item)
            i += 1
        return out

    def _denied(self, item: Item) -> bool:
        """ "unresolved", "unpaid", "unassigned": the value, the flag, or what may be missing, that the rest of the word names."""
        opposite = _opposite(item.text.lower())
        if opposite is None or (item.text[:1].isupper() and item.start > 0):
            # "United" is no "ited".
            return False
        if self.vocabulary.nearest_word(item.text.lower(), 95) is not None:
            return False
        self._negate(item, opposite)
        if hits := self.values.exact(opposite):
            # Both stay where there is a flag as well: the noun beside them tells which is meant.
            item.values, item.negated, item.unknown, item.passed, item.verb = list(hits), True, False, False, False
        if not item.negated:
            model = self.vocabulary.model
            lacking = [
                found for found in self.vocabulary.find(tokenize(opposite))
                if found.kind == "attribute" and _may_lack(model.attribute(found.entity, found.name))
            ]  # fmt: skip
            if lacking:
                item.attributes = sorted(lacking, key=lambda c: -c.score)
                item.negated, item.unknown, item.passed, item.verb = True, False, False, False
        return item.negated

    def _know_adverbs(self, items: list[Item]) -> None:
        """ "who live there permanently", where data tells a permanent address from another: the adverb says which is meant."""
        for item in items:
            if (
                item.unknown
                and item.text.lower().endswith("ly")
                and stem_of(item.text.lower()) in self.vocabulary.role_stems
            ):
                item.unknown, item.filler = False, True

    def _similar(self, word: str) -> list[ValueMatch]:
        stem = stem_of(word.lower())
        return [hit for hit in self.values.fuzzy(word) if hit.score >= 0.86 or stem_of(str(hit.value).lower()) == stem]

    def _value_run(self, items: list[Item], i: int, run: int) -> Item | None:
        for stop in range(run, i, -1):
            span = items[i:stop]
            text = " ".join(part.text for part in span)
            if len(text) < 3:
                continue
            lone = stop - i == 1
            if lone and text.islower() and (text in GRADABLE or len(text) < 4):
                # "new" is no part of New York.
                continue
            hits = list(self.values.exact(text)) or list(self.values.containing(text))[:30]
            how = "containing"
            if not hits and span[-1].possessive:
                # "Initech's phone", of Initech GmbH.
                text = _without_possessive(text)
                hits = list(self.values.containing(text))[:30]
            if not hits and len(text) >= 4:
                hits = [h for h in self.values.fuzzy(text) if h.score >= (0.86 if lone else 0.84)]
                how = "fuzzy"
            if hits:
                item = Item(span[0].start, span[-1].end, text, text.lower())
                item.values = hits
                item.guessed = text if how == "fuzzy" else ""
                return item
        return None

    def _respell(self, item: Item) -> None:
        word = item.text.lower()
        if self._named_by_its_verb(item) or self._is_person(item) or self._means_value(item):
            return
        longer = self.vocabulary.ends_with(item.lemma)
        if longer is not None and self._links(item, tokenize(longer)):
            item.unknown, item.guessed = False, longer
            return
        if len(word) < 5 or not re.fullmatch(r"[^\W\d_]+", word):
            return
        singular = word.removesuffix("s")
        near = next(
            (n for w in (word, item.lemma, singular) if (n := self.vocabulary.nearest_word(w)) is not None), None
        )
        opposite = _opposite(word)
        if opposite is not None and (near is None or near == opposite):
            self._negate(item, opposite)
            return
        if near is None:
            return
        before = len(item.entities) + len(item.attributes) + len(item.metrics)
        if self._links(item, tokenize(near)) and len(item.entities) + len(item.attributes) + len(item.metrics) > before:
            item.unknown, item.guessed = False, near

    def _named_by_its_verb(self, item: Item) -> bool:
        """ "cancellation", "completion": the noun of a verb whose participle is a value ("Cancelled")."""
        word = item.text.lower()
        if len(word) < 6 or not word.endswith(("tion", "sion", "al", "ment", "ure", "s", "n")):
            return False
        root = stem_of(item.lemma)
        forms = (root + "ed", root + root[-1] + "ed", root + "d", root, root + "ing", root + "e")
        hits = [hit for form in forms for hit in self.values.exact(form)]
        if not hits:
            return False
        item.values, item.guessed, item.unknown = hits, item.text, False
        return True

    def _means_value(self, item: Item) -> bool:
        """ "shoes" where the category is called Footwear: another word for the one value that it can mean."""
        hits = [hit for phrase in synonyms_of((item.lemma,)) for hit in self.values.exact(" ".join(phrase))]
        kept = [h for h in hits if self.vocabulary.model.attribute(h.entity, h.attribute).role is Role.CATEGORY]
        if len({str(hit.value) for hit in kept}) != 1:
            return False
        item.values, item.guessed, item.unknown = kept, str(kept[0].value), False
        return True

    def _is_person(self, item: Item) -> bool:
        """ "members", "clients": another word for the one kind of person that the data is about."""
        if item.lemma not in PEOPLE:
            return False
        model = self.vocabulary.model
        # Customers are no agents: one who buys stands for no one who sells.
        opposite = SELLERS if item.lemma in BUYERS else frozenset()
        kinds = [
            e
            for e in model.entities
            if not e.hidden
            and tokenize(e.label)
            and tokenize(e.label)[-1].lemma in PEOPLE
            and tokenize(e.label)[-1].lemma not in opposite
        ]
        if len(kinds) != 1:
            return False
        item.entities = [Candidate("entity", kinds[0].name, "", 0.75)]
        item.guessed, item.unknown = kinds[0].label, False
        return True

    def _negate(self, item: Item, word: str) -> None:
        """ "inactive": the flag that "active" names, not set; of anything else it names nothing."""
        model = self.vocabulary.model
        flags = [
            found for found in self.vocabulary.find(tokenize(word))
            if found.kind == "attribute" and model.attribute(found.entity, found.name).role is Role.FLAG
        ]  # fmt: skip
        if flags:
            item.attributes = sorted(flags, key=lambda c: -c.score)
            item.negated, item.unknown, item.filler, item.verb = True, False, False, False


def _without_possessive(text: str) -> str:
    return re.sub(r"['’]s$", "", text)


def _opposite(word: str) -> str | None:
    """The word without its negative prefix."""
    prefix = next(
        (p for p in ("non", "dis", "in", "un", "im", "ir") if word.startswith(p) and len(word) > len(p) + 3), None
    )
    return None if prefix is None else word[len(prefix) :]


def _may_lack(attribute: Attribute) -> bool:
    """Whether a moment or a reference is there for some rows only."""
    return (attribute.data_type.is_time or attribute.role is Role.REFERENCE) and attribute.null_fraction > 0


def _measured(attribute: Attribute) -> bool:
    """Whether a participle may stand for it: priced for a price, hired for a date."""
    return attribute.data_type.is_time or (
        attribute.data_type.is_number and attribute.role in (Role.ADDITIVE, Role.RATE, Role.YEAR)
    )
