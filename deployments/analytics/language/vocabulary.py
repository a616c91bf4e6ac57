"""What the model's things are called: from phrases of lemmas to scored candidates.

Scores: 1.0 the full name; below that, how much of the name was said and by which kind of match. They are compared
with one another only; the ranking's weights live elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import simplemma
from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from deployments.analytics.language.lexicon import LIGHT_VERBS
from deployments.analytics.language.synonyms import said_twice, synonyms_of
from deployments.analytics.language.text import Token, stem_of, tokenize
from deployments.analytics.model.schema import Attribute, Entity, Role, SemanticModel

Kind = Literal["entity", "attribute", "metric", "filter"]
Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A thing of the model that a span may name. `name` is empty for an entity."""

    kind: Kind
    entity: str
    name: str
    score: float
    synonym: bool = False


_BARE = frozenset("on at in of by to from for is be has have the a as with and or up do did does how what who whom whose when where "
                  "why which".split())  # fmt: skip
"""What is left of "returned on" without its owner names nothing, and no question word or auxiliary names a column."""

_ORDINALS = ("", "first", "second", "third", "fourth", "fifth")

_UNITS = frozenset("kg g lb lbs ton tons km mi cm mm usd eur gbp hrs mins secs ms pct percent qty cbm".split())
"""At the end of a name these say in what a thing is measured."""

_WEAK_HEADS = frozenset("name id code number date type description detail".split())


_KIND_HEADS = frozenset("code flag indicator".split())
"""They say how a thing is written down, not what it is."""


_LIFE = {"birth": ("born",), "dob": ("born",), "death": ("die", "dead", "deceased")}
"""What is said of persons of whom the data keeps when it was."""


def lemmas(text: str) -> Phrase:
    """The lemmas of a phrase, without marks and function words at its ends."""
    words = [token.lemma for token in tokenize(text) if not token.mark]
    while len(words) > 1 and words[0] in ("the", "of", "a"):
        words = words[1:]
    return tuple(words)


class Vocabulary:
    """Looks spans up. Built once for a model."""

    def __init__(self, model: SemanticModel) -> None:
        self.model = model
        self._phrases: dict[Phrase, dict[tuple[Kind, str, str], float]] = {}
        self._synonyms: set[tuple[Phrase, tuple[Kind, str, str]]] = set()
        for entity in model.entities:
            if not entity.hidden:
                self._add_entity(entity)
        for metric in model.metrics:
            entity_name = _metric_entity(metric.measure)
            for phrase, score in self._variants([metric.label, metric.name, *metric.synonyms]):
                self._add(phrase, "metric", entity_name, metric.name, score)
        for named in model.filters:
            for phrase, score in self._variants([named.label, named.name, *named.synonyms]):
                self._add(phrase, "filter", named.entity, named.name, score)
        self._stems: dict[Phrase, list[Phrase]] = {}
        for phrase in self._phrases:
            self._stems.setdefault(tuple(stem_of(word) for word in phrase), []).append(phrase)
        self._joined = {
            "".join(phrase): names
            for phrase, names in self._phrases.items()
            if len(phrase) == 2 and min(map(len, phrase)) > 2
        }
        """ "payload" for "pay load"."""
        self._joined |= {
            phrase[0]: names for phrase, names in self._phrases.items() if len(phrase) == 1 and len(phrase[0]) > 5
        }
        self.role_stems = {
            stem_of(word)
            for relationship in model.relationships
            for word in lemmas(relationship.role.replace("_", " "))
        }
        """The words that tell several references to one entity apart."""
        self.max_words = max((len(phrase) for phrase in self._phrases), default=1)
        self.words = sorted({word for phrase in self._phrases for word in phrase if len(word) > 3})

    # --- building ---------------------------------------------------------------------------------------------------

    def _add(self, phrase: Phrase, kind: Kind, entity: str, name: str, score: float) -> None:
        if all(word in _BARE for word in phrase):
            return
        if phrase:
            known = self._phrases.setdefault(phrase, {})
            key = (kind, entity, name)
            known[key] = max(known.get(key, 0.0), score)

    @staticmethod
    def _variants(names: Iterable[str]) -> list[tuple[Phrase, float]]:
        """The names themselves, then with one word or the whole replaced by a business synonym."""
        out: list[tuple[Phrase, float]] = []
        for position, text in enumerate(names):
            phrase = lemmas(text)
            base = 1.0 if position < 2 else 0.97
            out.append((phrase, base))
            out.extend((other, base * 0.85) for other in (*synonyms_of(phrase), *said_twice(phrase)))
            if len(phrase) > 1:
                for i in range(len(phrase)):
                    for width in (1, 2):
                        part = phrase[i : i + width]
                        if len(part) == width and width < len(phrase):
                            out.extend(
                                (phrase[:i] + other + phrase[i + width :], base * (0.85 if len(other) > 1 else 0.8))
                                for other in synonyms_of(part)
                            )
        return out

    def _add_entity(self, entity: Entity) -> None:
        own = lemmas(entity.label)
        for phrase, score in self._variants([entity.label, entity.plural, *entity.synonyms]):
            self._add(phrase, "entity", entity.name, "", score)
        if len(own) > 1:
            self._add(own[-1:], "entity", entity.name, "", 0.72)
            if own[0] not in ("ref", "has", "is", "the"):
                self._add(own[:1], "entity", entity.name, "", 0.58)
        for attribute in entity.attributes:
            if not attribute.hidden:
                self._add_attribute(entity, own, attribute)
        named = {lemmas(attribute.label) for attribute in entity.attributes}
        if entity.label_attribute and not named & {("name",), (*own, "name")}:
            # "airline names": what the rows are called, by whichever attribute that is.
            self._add((*own, "name"), "attribute", entity.name, entity.label_attribute, 0.98)
            if lemmas(entity.by_name[entity.label_attribute].label)[-1:] == ("name",):
                self._add(("name",), "attribute", entity.name, entity.label_attribute, 0.97)

    def _add_attribute(self, entity: Entity, own: Phrase, attribute: Attribute) -> None:
        names = [attribute.label, attribute.name.replace("_", " "), *attribute.synonyms]
        first_word, _, rest_of_label = attribute.label.partition(" ")
        noun, _, of_what = attribute.label.partition(" of ")
        if of_what:
            # "level of membership" is also the membership level.
            names.append(f"{of_what} {noun}")
        last = attribute.label.split()[-1]
        if last.endswith("ed") and len(attribute.label.split()) == 2:
            # "amount billed" is also the billed amount.
            names.append(f"{last} {first_word}")
        if last in _UNITS and rest_of_label:
            # The unit at the end of a name is rarely said: "gross weight kg" is the gross weight.
            names.append(attribute.label.rsplit(" ", 1)[0])
        if last in ("no", "num", "nr", "nbr") and rest_of_label:
            names.append(f"{attribute.label.removesuffix(last)}number")
        elif last.isdigit() and rest_of_label and 0 < int(last) < len(_ORDINALS):
            # line_1, address_2: the first line, the second address.
            names.append(f"{_ORDINALS[int(last)]} {attribute.label.removesuffix(last).strip()}")
        if first_word in ("number", "count", "total") and rest_of_label and not rest_of_label.startswith("of "):
            names += [f"number of {rest_of_label}", f"count of {rest_of_label}", f"total {rest_of_label}"]
        elif attribute.data_type.is_number and attribute.label.split()[-1] in ("number", "count") and attribute.role not in (
            Role.KEY, Role.REFERENCE, Role.CODE
        ):  # fmt: skip
            counted = attribute.label.rsplit(" ", 1)[0]
            names += [f"number of {counted}", f"count of {counted}"]
        own_words = set(lemmas(attribute.label)) | set(own)
        heads = {
            lemmas(other.label)[-1] for other in entity.attributes if other is not attribute and lemmas(other.label)
        } - own_words
        for phrase, score in self._variants(names):
            if score < 0.9 and phrase[-1:] and phrase[-1] in heads:
                # The synonym is what another attribute is: "price" is not a cost where there is a unit price, but its
                # units are still a quantity.
                continue
            self._add(phrase, "attribute", entity.name, attribute.name, score)
            if score < 0.9:
                self._synonyms.add((phrase, ("attribute", entity.name, attribute.name)))
            self._add_flag(phrase, entity, attribute, score)
            if attribute.data_type.is_time and set(phrase) & {"birth", "born", "dob", "birthday"}:
                self._add(("age",), "attribute", entity.name, attribute.name, score * 0.92)
                self._add((*own, "age"), "attribute", entity.name, attribute.name, score * 0.92)
            if attribute.data_type.is_time or attribute.role is Role.YEAR:
                for told in _LIFE.get(next(iter(set(phrase) & _LIFE.keys()), ""), ()):
                    self._add((told,), "attribute", entity.name, attribute.name, score * 0.92)
            if len(phrase) == 2 and phrase[1] == "by":
                # "directed by" is the director, "written by" the writer.
                for ending in ("or", "er", "r"):
                    doer = phrase[0] + ending
                    for named in ((doer,), *synonyms_of((doer,))):
                        self._add(
                            named, "attribute", entity.name, attribute.name, score * (0.95 if named == (doer,) else 0.8)
                        )
            rest = _without_prefix(phrase, own)
            if rest != phrase:
                self._add(rest, "attribute", entity.name, attribute.name, score * 0.97)
            elif phrase[0] not in own:
                self._add(own + phrase, "attribute", entity.name, attribute.name, score)
                if len(own) > 1:
                    self._add(own[:1] + phrase, "attribute", entity.name, attribute.name, score * 0.93)
                    self._add(own[-1:] + phrase, "attribute", entity.name, attribute.name, score * 0.95)
        phrase = lemmas(attribute.label)
        if attribute.role is Role.REFERENCE and len(phrase) > 1:
            # "no manager": a reference is called by what it points at.
            self._add(phrase[:-1], "attribute", entity.name, attribute.name, 0.7)
        if len(phrase) > 1 and phrase[-1] in ("on", "at", "date", "time") and attribute.data_type.is_time:
            if phrase[:-1] not in (own, own[-1:]):
                self._add(phrase[:-1], "attribute", entity.name, attribute.name, 0.93)
            if phrase[-1] in ("on", "at"):
                # "the return date" for returned_on.
                for date in ((*phrase[:-1], "date"), ("date", *phrase[:-1])):
                    self._add(date, "attribute", entity.name, attribute.name, 0.95)
        rest = _without_prefix(phrase, own)
        for whole, base in ((phrase, 1.0), (rest, 0.95)):
            for start in range(1, len(whole)):
                # The end of a name, which holds its head noun: "release year" for "song release year".
                tail = whole[start:]
                weight = len(tail) / len(whole)
                if len(tail) == 1 and tail[0] in _WEAK_HEADS and attribute.role in (Role.REFERENCE, Role.KEY):
                    continue
                self._add(tail, "attribute", entity.name, attribute.name, base * (0.45 + 0.4 * weight))
                if whole is rest and attribute.role in (Role.ADDITIVE, Role.RATE) and not set(own) & set(tail):
                    # The head with what it is of: "order amount" for the total amount of an order.
                    self._add((*own[-1:], *tail), "attribute", entity.name, attribute.name, 0.5 + 0.4 * weight)
                    if len(own) > 1:
                        # "downtime minutes" of downtime events.
                        self._add((*own[:1], *tail), "attribute", entity.name, attribute.name, 0.5 + 0.4 * weight)
            for left in range(1, len(whole) - 1):
                for right in range(left + 1, len(whole)):
                    # Its middle, which only helps where other words name the same attribute.
                    self._add(whole[left:right], "attribute", entity.name, attribute.name, base * 0.4)
            for stop in range(1, len(whole)):
                # Its beginning, without the head: "package" for "package option".
                head = whole[:stop]
                weight = len(head) / len(whole)
                weak = whole[-1] in _WEAK_HEADS
                if head not in (own, own[-1:]) and attribute.role not in (Role.KEY, Role.REFERENCE):
                    self._add(
                        head, "attribute", entity.name, attribute.name, base * ((0.45 if weak else 0.3) + 0.35 * weight)
                    )
                    if whole is rest and stop == len(whole) - 1 and whole[-1] in _KIND_HEADS:
                        self._add(head, "attribute", entity.name, attribute.name, 0.9)

    def _add_flag(self, phrase: Phrase, entity: Entity, attribute: Attribute, score: float) -> None:
        """has_projects, is_open: "with projects", "open" name the flag without its verb."""
        if attribute.role is Role.FLAG and len(phrase) > 1 and phrase[0] in ("have", "be", "has", "is"):
            self._add(phrase[1:], "attribute", entity.name, attribute.name, score * 0.93)

    def shares_head(self, modifiers: list[Token], head: Token) -> bool:
        """Whether each of the modifiers names, with the head, an attribute of one entity: "first, middle and last name"."""
        owners: set[str] | None = None
        for modifier in modifiers:
            held = {c.entity for c in self.find([modifier, head]) if c.kind == "attribute" and c.score > 0.8}
            owners = held if owners is None else owners & held
        return bool(owners)

    # --- looking up -------------------------------------------------------------------------------------------------

    def find(self, span: list[Token]) -> list[Candidate]:
        """Candidates for a span, by lemma, else by stem (at a lower score)."""
        if any(token.mark and token.lower == "-" for token in span[1:-1]):
            # "one-way fare"
            span = [token for token in span if not (token.mark and token.lower == "-")]
        phrase = tuple(token.lemma for token in span)
        found = self._phrases.get(phrase)
        factor = 1.0
        if found is None:
            surface = tuple(token.lower for token in span)
            found = self._phrases.get(surface)
        if found is None:
            found, factor = self._joined.get("".join(token.lemma for token in span if token.lower != "-")), 0.95
        if found is None:
            stems = tuple(token.stem for token in span)
            merged: dict[tuple[Kind, str, str], float] = {}
            for other in self._stems.get(stems, ()):
                for key, score in self._phrases[other].items():
                    merged[key] = max(merged.get(key, 0.0), score)
            if len(span) == 1 and span[0].lemma in LIGHT_VERBS:
                # "earn" is no earnings: a verb names things only by the attributes it is the verb of.
                merged = {key: score for key, score in merged.items() if key[0] == "attribute"}
            found, factor = merged, 0.82
        return [
            Candidate(
                kind, entity, name, score * factor, score < 0.9 and (phrase, (kind, entity, name)) in self._synonyms
            )
            for (kind, entity, name), score in found.items()
        ]

    def ends_with(self, word: str) -> str | None:
        """The one compound that ends with the word: "hometown" for "town"."""
        found = [known for known in self.words if len(word) > 3 and len(known) > len(word) + 2 and known.endswith(word)]
        return found[0] if len(found) == 1 else None

    def nearest_word(self, word: str, cutoff: float = 84.0) -> str | None:
        """The vocabulary word that `word` may be a misspelling of."""
        best = process.extractOne(word, self.words, scorer=fuzz.ratio, score_cutoff=cutoff)
        if best is None and cutoff < 90 and len(word) > 4 and not simplemma.is_known(word, lang="en"):
            # "majro": one slip of the finger in a word that is none.
            near = process.extract(word, self.words, scorer=OSA.distance, score_cutoff=1, limit=2)
            best = near[0] if len(near) == 1 and near[0][0][0] == word[0] else None
        return None if best is None else str(best[0])

    def nearest_names(self, word: str, limit: int = 3) -> tuple[str, ...]:
        """Names of the model that look like `word`, for suggestions."""
        names = {entity.plural for entity in self.model.entities if not entity.hidden}
        names |= {a.label for e in self.model.entities if not e.hidden for a in e.attributes if not a.hidden}
        names |= {metric.label for metric in self.model.metrics}
        found = process.extract(word, sorted(names), scorer=fuzz.WRatio, limit=limit, score_cutoff=72)
        return tuple(str(name) for name, _, _ in found)


def _without_prefix(phrase: Phrase, own: Phrase) -> Phrase:
    """The phrase without the entity's own words before it: "airport name" of an airport is its "name"."""
    for prefix in (own, own[-1:], own[:1]):
        if len(phrase) > len(prefix) and phrase[: len(prefix)] == prefix:
            return phrase[len(prefix) :]
    return phrase


def _metric_entity(measure: object) -> str:
    entity = getattr(measure, "entity", None)
    if entity:
        return str(entity)
    left = getattr(measure, "left", None)
    return _metric_entity(left) if left is not None else ""
