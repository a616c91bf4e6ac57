"""Custom instructions of a model file that can be followed to the letter: definitions, the calendar, what is left out.

An instruction is a sentence; it is followed where one of the patterns below reads the whole of it, and its names and
values are those of the model. Every other sentence is kept in `unfollowed`, so that nobody relies on it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from deployments.analytics.model.infer.words import pieces, plural, singular
from deployments.analytics.model.schema import Attribute, Entity, Metric, NamedFilter, Role, SemanticModel
from deployments.contracts.answers import Cell
from deployments.contracts.query import Aggregate, AllOf, Comparison, Constant, Filter, Function, Not, Operator
from deployments.contracts.query import Attribute as AttributeOf

_MONTHS = "january february march april may june july august september october november december".split()
_DAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_SENTENCE = re.compile(r"(?<=[.;!])\s+|\n+")
_FISCAL = re.compile(
    rf"(?:the|our|a)?\s*(?:fiscal|financial) years? (?:starts?|begins?) (?:in|on|with)(?: the)?(?: (?:1st|first)(?: day)?(?: of)?)? ({'|'.join(_MONTHS)})(?: 1(?:st)?)?"
)
_WEEK = re.compile(rf"(?:the|our|a)?\s*weeks? (?:starts?|begins?) on (?:a )?({'|'.join(_DAYS)})s?")
_CURRENCY = re.compile(
    r"(?:all )?(?:amounts|prices|money|figures|values|currency)(?: values| amounts)? (?:are|is) (?:in )?([a-z]{3})"
)
_LEFT_OUT = re.compile(
    r"(?:by default,? |always )?(?:exclude|ignore|leave out|omit|do not count)(?: all| any)? (.+?)(?:,? by default| always|,? unless .*)?"
)
_KEPT = re.compile(
    r"(?:by default,? |always )?(?:only (?:include|count|consider|use)|include only|restrict to|filter to)(?: all)? (.+?)(?:,? by default| always|,? unless .*)?"
)
_MEANS = re.compile(
    r"(?:an? |the |our |by )?[\"“']?(.+?)[\"”']?,? (?:means?|we mean|(?:is|are) defined as|refers? to|stands? for|(?:is|are) (?:a )?synonyms? (?:for|of)|(?:is|are) the same as|=) (?:an? |the |all |our )?(.+)"
)
_CLAUSE = re.compile(
    r"(.+?),? (?:where|whose|with|that (?:is|are|have|has)|which (?:is|are|have|has)|who (?:is|are|have|has)) (.+)"
)
_COMPARED = re.compile(
    r"(.+?)\s+(?:(is not|are not|!=|<>|is|are|=|equals|equal to|of|>=|<=|>|<|is at least|is at most|is over|is above|is under|is below)\s+)(.+)"
)
_OPERATORS = {
    "is not": Operator.NE, "are not": Operator.NE, "!=": Operator.NE, "<>": Operator.NE, ">=": Operator.GE, "<=": Operator.LE,
    ">": Operator.GT, "<": Operator.LT, "is at least": Operator.GE, "is at most": Operator.LE, "is over": Operator.GT,
    "is above": Operator.GT, "is under": Operator.LT, "is below": Operator.LT,
}  # fmt: skip
_FUNCTIONS = {
    "sum": Function.SUM, "total": Function.SUM, "average": Function.AVG, "mean": Function.AVG, "median": Function.MEDIAN,
    "maximum": Function.MAX, "minimum": Function.MIN,
}  # fmt: skip


def follow_instructions(model: SemanticModel) -> SemanticModel:
    """The model as its instructions have it. What the file says outright under a name stays as it says."""
    if not model.instructions.strip():
        return model
    follower = _Follower(model)
    for sentence in _sentences(model.instructions):
        if not follower.follow(sentence):
            follower.unfollowed.append(sentence)
    return follower.model.model_copy(update={"unfollowed": tuple(follower.unfollowed)})


def _sentences(text: str) -> Iterator[str]:
    for part in _SENTENCE.split(text):
        if sentence := part.strip().lstrip("-*•0123456789.) ").strip():
            yield sentence


def _words(text: str) -> tuple[str, ...]:
    """A name as comparable words: split, lower, each in the singular."""
    return tuple(singular(word) for word in pieces(text.strip("\"'“”` .")))


class _Follower:
    def __init__(self, model: SemanticModel) -> None:
        self.model = model
        self.unfollowed: list[str] = []

    def follow(self, sentence: str) -> bool:
        """Follow one sentence; whether all of it could be."""
        said = sentence.rstrip(" .;!")
        patterns: tuple[tuple[re.Pattern[str], Callable[..., bool]], ...] = (
            (_FISCAL, self._fiscal), (_WEEK, self._week), (_CURRENCY, self._currency),
            (_LEFT_OUT, self._left_out), (_KEPT, self._kept), (_MEANS, self._means),
        )  # fmt: skip
        for pattern, followed in patterns:
            match = re.fullmatch(pattern.pattern, said, re.IGNORECASE)
            if match is not None:
                return followed(*match.groups())
        return False

    def _put(self, **changes: Any) -> bool:
        self.model = self.model.model_copy(update=changes)
        return True

    # --- calendar and currency --------------------------------------------------------------------------------------

    def _fiscal(self, month: str) -> bool:
        start = _MONTHS.index(month.lower()) + 1
        return self._put(calendar=self.model.calendar.model_copy(update={"fiscal_year_start": start}))

    def _week(self, day: str) -> bool:
        return self._put(calendar=self.model.calendar.model_copy(update={"week_start": _DAYS.index(day.lower())}))

    def _currency(self, code: str) -> bool:
        return self._put(currency=code.upper())

    # --- what is left out -------------------------------------------------------------------------------------------

    def _left_out(self, phrase: str) -> bool:
        return self._default(phrase, left_out=True)

    def _kept(self, phrase: str) -> bool:
        return self._default(phrase, left_out=False)

    def _default(self, phrase: str, *, left_out: bool) -> bool:
        found = self._kind(phrase)
        if found is None:
            return False
        entity, where = found
        label = f"{'without' if left_out else 'only'} {phrase.strip()}"
        name = "_".join(pieces(label))
        if all(known.name != name for known in self.model.filters):
            kept = _unless(where) if left_out else where
            named = NamedFilter(name=name, label=label, entity=entity.name, where=kept, default=True)
            return self._put(filters=(*self.model.filters, named))
        return True

    # --- definitions ------------------------------------------------------------------------------------------------

    def _means(self, term: str, meaning: str) -> bool:
        label = " ".join(pieces(term))
        if not label:
            return False
        return (
            self._names_column(label, meaning) or self._names_thing(label, meaning) or self._names_kind(label, meaning)
        )

    def _names_column(self, label: str, meaning: str) -> bool:
        """ "revenue means net_amount", "load means total weight": a measure, or another name of the column."""
        first, _, rest = meaning.strip().partition(" ")
        function = _FUNCTIONS.get(first.lower())
        of = self._column(rest.removeprefix("of ").removeprefix("the ")) if function and rest else None
        if of is None:
            of = self._column(meaning)
            function = Function.SUM if of is not None and of[1].role is Role.ADDITIVE else None
        if of is None:
            return False
        entity, attribute = of
        if function is None:
            return self._synonym(entity, attribute, label)
        known = next((metric for metric in self.model.metrics if _words(metric.name) == _words(label)), None)
        if known is not None and not known.derived:
            return True
        reference = AttributeOf(entity=entity.name, name=attribute.name)
        name = "_".join(pieces(label))
        measure = Aggregate(function=function, entity=entity.name, of=reference, name=name)
        defined = Metric(name=name, label=label, measure=measure, unit=attribute.unit, definition=meaning.strip())
        kept = tuple(metric for metric in self.model.metrics if metric is not known)
        return self._put(metrics=(defined, *kept))

    def _synonym(self, entity: Entity, attribute: Attribute, label: str) -> bool:
        renamed = attribute.model_copy(update={"synonyms": tuple(dict.fromkeys((*attribute.synonyms, label)))})
        attributes = tuple(renamed if a.name == attribute.name else a for a in entity.attributes)
        return self._put_entity(entity.model_copy(update={"attributes": attributes}))

    def _put_entity(self, changed: Entity) -> bool:
        return self._put(entities=tuple(changed if e.name == changed.name else e for e in self.model.entities))

    def _names_thing(self, label: str, meaning: str) -> bool:
        """ "clients are the same as customers": another name of an entity or a metric."""
        entity = self._entity(meaning)
        if entity is not None:
            return self._put_entity(
                entity.model_copy(update={"synonyms": tuple(dict.fromkeys((*entity.synonyms, label)))})
            )
        for metric in self.model.metrics:
            if _words(meaning) in (_words(metric.name), _words(metric.label)):
                named = metric.model_copy(update={"synonyms": tuple(dict.fromkeys((*metric.synonyms, label)))})
                return self._put(metrics=tuple(named if m is metric else m for m in self.model.metrics))
        return False

    def _names_kind(self, label: str, meaning: str) -> bool:
        """ "active customers means customers whose status is active": a named filter."""
        found = self._kind(meaning) or self._bare_condition(label, meaning)
        if found is None:
            return False
        entity, where = found
        if any(_words(known.name) == _words(label) for known in self.model.filters):
            return True
        named = NamedFilter(name="_".join(pieces(label)), label=label, entity=entity.name, where=where,
                            description=meaning.strip())  # fmt: skip
        return self._put(filters=(*self.model.filters, named))

    def _bare_condition(self, label: str, meaning: str) -> tuple[Entity, Filter] | None:
        """ "active customer means status = 'active'": the thing is named by what is defined."""
        entity = next((e for size in (1, 2) if (e := self._entity(" ".join(label.split()[-size:]))) is not None), None)
        where = self._condition(entity, meaning.removeprefix("where ")) if entity is not None else None
        return (entity, where) if entity is not None and where is not None else None

    # --- names, kinds and conditions --------------------------------------------------------------------------------

    def _entity(self, phrase: str) -> Entity | None:
        wanted = _words(phrase)
        for entity in self.model.entities:
            if not entity.hidden and wanted in (
                _words(entity.name),
                _words(entity.label),
                *map(_words, entity.synonyms),
            ):
                return entity
        return None

    def _column(self, phrase: str) -> tuple[Entity, Attribute] | None:
        """The one column that the phrase names, with its table before it or not."""
        owner, dot, name = phrase.strip().rpartition(".")
        wanted = _words(name)
        found = [
            (entity, attribute)
            for entity in self.model.entities
            if not entity.hidden and (not dot or _words(entity.name) == _words(owner))
            for attribute in entity.attributes
            if not attribute.hidden and wanted in (_words(attribute.name), _words(attribute.label))
        ]
        return found[0] if len(found) == 1 else None

    def _kind(self, phrase: str) -> tuple[Entity, Filter] | None:
        """The rows that a noun phrase names: "accounts where is_test is true", "test accounts", "cancelled orders"."""
        wanted = _words(phrase)
        for known in self.model.filters:
            if wanted in (_words(known.name), _words(known.label), *map(_words, known.synonyms)):
                return self.model.by_name[known.entity], known.where
        clause = re.fullmatch(_CLAUSE.pattern, phrase.strip(), re.IGNORECASE)
        if clause is not None and (entity := self._entity(clause[1])) is not None:
            where = self._condition(entity, clause[2])
            return None if where is None else (entity, where)
        words = phrase.split()
        for size in range(1, len(words)):
            entity = self._entity(" ".join(words[-size:]))
            where = self._described(entity, " ".join(words[:-size])) if entity is not None else None
            if entity is not None and where is not None:
                return entity, where
        return None

    def _described(self, entity: Entity, word: str) -> Filter | None:
        """The adjective before a noun: a flag, or a value of one of its categories."""
        flags = [
            a for a in entity.attributes if a.role is Role.FLAG and _words(word) in (_words(a.label), _flag_words(a))
        ]
        if len(flags) == 1:
            return _is(entity, flags[0], Operator.EQ, _truth(flags[0]))
        holders = [(a, value) for a in entity.attributes if (value := _value(a, word)) is not None]
        return _is(entity, holders[0][0], Operator.EQ, holders[0][1]) if len(holders) == 1 else None

    def _condition(self, entity: Entity, text: str) -> Filter | None:
        """Comparisons of the entity's columns with constants, joined by "and"."""
        parts = [self._comparison(entity, part) for part in re.split(r"\s+and\s+", text.strip(), flags=re.IGNORECASE)]
        if any(part is None for part in parts):
            return None
        known = tuple(part for part in parts if part is not None)
        return known[0] if len(known) == 1 else AllOf(of=known)

    def _comparison(self, entity: Entity, text: str) -> Filter | None:
        match = re.fullmatch(_COMPARED.pattern, text.strip(), re.IGNORECASE)
        if match is None:
            return self._described(entity, text)
        of = next((a for a in entity.attributes if _words(match[1]) in (_words(a.name), _words(a.label))), None)
        if of is None:
            return None
        operator = _OPERATORS.get(match[2].lower(), Operator.EQ)
        value = _constant(of, match[3].strip("\"'“” "))
        return None if value is None else _is(entity, of, operator, value)


def _flag_words(attribute: Attribute) -> tuple[str, ...]:
    """A flag's name without its verb or the word flag."""
    words = _words(attribute.label)
    words = words[1:] if len(words) > 1 and words[0] in ("is", "has", "be", "was") else words
    return words[:-1] if len(words) > 1 and words[-1] in ("flag", "indicator") else words


def _truth(attribute: Attribute, truth: bool = True) -> Cell:
    values = attribute.true_values if truth else attribute.false_values
    return values[0] if values else truth


def _value(attribute: Attribute, text: str) -> Cell:
    """The attribute's value that the text spells, in whatever number and case."""
    if attribute.hidden or attribute.role not in (Role.CATEGORY, Role.LABEL, Role.CODE):
        return None
    wanted = (text.lower(), singular(text.lower()), plural(text.lower()))
    return next((value for value in attribute.samples if isinstance(value, str) and value.lower() in wanted), None)


def _constant(attribute: Attribute, text: str) -> Cell:
    """The text as a constant to compare the attribute with; None where it cannot be one."""
    if attribute.role is Role.FLAG and text.lower() in ("true", "yes", "false", "no", "1", "0"):
        return _truth(attribute, text.lower() in ("true", "yes", "1"))
    if attribute.data_type.is_number:
        plain = text.replace(",", "")
        if not re.fullmatch(r"-?\d+(\.\d+)?", plain):
            return None
        return float(plain) if "." in plain else int(plain)
    return _value(attribute, text) if attribute.samples else text


def _unless(where: Filter) -> Filter:
    if isinstance(where, Comparison) and where.operator is Operator.EQ:
        return where.model_copy(update={"operator": Operator.NE})
    return Not(of=where)


def _is(entity: Entity, attribute: Attribute, operator: Operator, value: Cell) -> Filter:
    left = AttributeOf(entity=entity.name, name=attribute.name)
    return Comparison(left=left, operator=operator, right=Constant(value=value))
