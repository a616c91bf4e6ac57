"""The language core: a message and its context to a reading. Deterministic, pure, milliseconds.

text -> tokens -> items (mentions) -> sketch (composition) -> query | edit of the previous query
     -> what nothing explained decides whether to answer or to ask back
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from typing import Any

from deployments.analytics.charts.kinds import canonical_chart_type
from deployments.analytics.insights.interpret import describe_change, interpret
from deployments.analytics.language.about import asks_how, is_sql, move_of, reply_to, separate_questions, topic_of
from deployments.analytics.language.analyses import read_analysis
from deployments.analytics.language.assemble.assembler import assemble
from deployments.analytics.language.assemble.draft import Assembled
from deployments.analytics.language.calendar import ImpossibleDateError
from deployments.analytics.language.changes import kept_analysis
from deployments.analytics.language.confidence import confidence, features
from deployments.analytics.language.contradictions import contradictions
from deployments.analytics.language.dates import DateGrammar
from deployments.analytics.language.defaults import with_defaults
from deployments.analytics.language.earlier import asks_to_run_again, earlier_result, shown_entities
from deployments.analytics.language.ellipsis import with_shared_heads
from deployments.analytics.language.fill import fill_where_few
from deployments.analytics.language.followup.complement import CUE, points_to_the_others
from deployments.analytics.language.followup.editor import edit_query
from deployments.analytics.language.followup.recognize import is_followup, opens_anew, without_opening
from deployments.analytics.language.followup.rows import as_shown
from deployments.analytics.language.followup.wording import takes_the_rest, with_how_many_first
from deployments.analytics.language.foreign import is_foreign, shortened
from deployments.analytics.language.grain import at_finest_grain
from deployments.analytics.language.graph import Graph
from deployments.analytics.language.instructions import without_instructions
from deployments.analytics.language.items import Item
from deployments.analytics.language.links import Linker
from deployments.analytics.language.mentions import Tagger
from deployments.analytics.language.named import with_named_groups
from deployments.analytics.language.rules import (
    aggregates,
    clauses,
    cohorts,
    comparisons,
    counts,
    elapsed,
    formulas,
    grouping,
    lengths,
    moving,
    mutual,
    names,
    numbers,
    openings,
    ordering,
    overdue,
    own_kind,
    patterns,
    periods,
    ratios,
    sameness,
    several,
    shape,
    shifts,
    since,
    superlatives,
    values,
)
from deployments.analytics.language.shortened import Shortened
from deployments.analytics.language.sketch import Sketch, measured_entity
from deployments.analytics.language.spelling import Spelling
from deployments.analytics.language.text import Token, expand_contractions, tokenize
from deployments.analytics.language.unrelated import related_instead, told_apart, unrelated
from deployments.analytics.language.unsure import or_ask, without_confirmation
from deployments.analytics.language.validity import as_valid
from deployments.analytics.language.verified import VerifiedQuestions
from deployments.analytics.language.vocabulary import Vocabulary
from deployments.analytics.language.walker import Rule, Walker
from deployments.analytics.language.weigh import weigh_counts
from deployments.analytics.language.which import which_one
from deployments.analytics.model.schema import SemanticModel
from deployments.analytics.model.values import ValueIndex
from deployments.analytics.sql.typed import typed_statement
from deployments.analytics.warehouse.connect import Warehouse
from deployments.contracts.agents import Context, Derivation, MetadataTopic, Reading, ReadRequest
from deployments.contracts.answers import Choice, Clarification, Intent
from deployments.contracts.errors import QueryRefused
from deployments.contracts.query import AnalyticQuery, Assumption, Attribute

RULES: tuple[Rule, ...] = (
    several.several,
    clauses.boundary,
    shape.chart,
    openings.yes_no,
    shape.limit,
    clauses.both,
    patterns.contains,
    ordering.from_to,
    ordering.ordering,
    shape.over_time,
    since.since,
    since.since_the_start,
    elapsed.elapsed,
    shifts.versus,
    shifts.shifted,
    sameness.same_as,
    lengths.text_length,
    mutual.others,
    mutual.among_themselves,
    overdue.overdue,
    cohorts.active_in_each,
    cohorts.cohort,
    cohorts.new_and_returning,
    cohorts.repeat,
    cohorts.first_of_theirs,
    moving.moving,
    periods.interval,
    clauses.negation,
    comparisons.comparison,
    ratios.divided,
    ratios.ratio,
    formulas.formula,
    counts.rate,
    aggregates.aggregates,
    shape.calculation,
    counts.count,
    counts.persons,
    counts.repeated,
    superlatives.superlative,
    grouping.grouping,
    shape.grain,
    periods.weekday,
    numbers.number,
    own_kind.own_kind,
    names.named_filter,
    values.value,
    names.metric,
    names.attribute,
    names.own_label,
    names.entity,
    shape.distinct,
    openings.opening,
    clauses.relative,
)
"""The order in which rules are tried at each item; the first that fits is taken."""

_NEGATIVE_ROWS = re.compile(r"\b(?:top|bottom|first|last|limit|best|worst)\s+[-–−]\d+\b", re.IGNORECASE)
"""So many rows as no answer can have."""

_GREATEST = 10**18
"""No number of a question is above this: a database could not compare with it."""

_THOSE = re.compile(
    r"\b(?:of|for|in) (?:those|them)\b[ ?.!]*(?:$|,|how|are|is|which|who)|^(?:of|which of|how many of) (?:those|them)\b",
    re.IGNORECASE,
)
"""Words that can only mean what was shown before."""

MAX_TOKENS = 120
"""Longer messages are not read: the patterns for them would take more time than a person waits."""


class Reader:
    """The language core over one model and its values."""

    def __init__(self, model: SemanticModel, warehouse: Warehouse) -> None:
        self.model = model
        self.vocabulary = Vocabulary(model)
        self.graph = Graph(model)
        self.values = ValueIndex.build(warehouse, model)
        self.tagger = Tagger(self.vocabulary, self.values)
        self.spelling = Spelling(self.vocabulary, self.values)
        self.shortened = Shortened(model, self.vocabulary, self.values)
        self.verified = VerifiedQuestions(model, self._tag)

    def read(self, request: ReadRequest) -> Reading:
        """What the message means. Never raises for what a person typed."""
        if is_sql(request.text) and (typed := self._typed(request.text)) is not None:
            return typed
        question, confirmed = without_confirmation(request.text)
        text, respelt = self.spelling.put_right(question)
        reading = self._read(request.model_copy(update={"text": text}) if respelt or confirmed else request, ask=True)
        if not confirmed:
            reading = or_ask(reading, question)
        if not respelt or reading.query is None:
            return reading
        said = tuple(f"“{word}” is read as “{meant}”" for word, meant in respelt)
        query = reading.query.model_copy(
            update={
                "assumptions": (*reading.query.assumptions, *(Assumption(code="spelling", text=each) for each in said))
            }
        )
        return reading.model_copy(update={"query": query, "assumptions": (*reading.assumptions, *said)})

    def _read(self, request: ReadRequest, *, ask: bool) -> Reading:
        text = expand_contractions(request.text.strip())
        fresh = opens_anew(text)
        if fresh:
            text = without_opening(text)
            request = request.model_copy(update={"context": Context()})
        text, written = without_instructions(with_how_many_first(text))
        if not re.search(r"\w", text):
            return _ask("empty", "There is no question in this message. What would you like to know?")
        if negative := _NEGATIVE_ROWS.search(text):
            return _ask("ambiguous", f"“{negative[0]}” is no number of rows. How many do you want: at least 1?")
        tokens = with_shared_heads(tokenize(text), self.vocabulary)
        if len(tokens) > MAX_TOKENS:
            return _ask("too_complex", f"This is {len(tokens)} words long. Please split it into shorter questions.")
        if several := separate_questions(text):
            return _ask("ambiguous", f"These are {len(several)} questions, and I answer one at a time. Which one first?", (),
                        tuple(Choice(label=question, message=question) for question in several[:6]))  # fmt: skip
        huge = next((t.text for t in tokens if t.number is not None and abs(t.number) > _GREATEST), None)
        if huge is not None:
            return _ask(
                "ambiguous",
                f"{huge[:40]} is a greater number than data can hold. Which number do you mean?",
                (huge[:40],),
            )
        if request.things and request.context.query is not None:
            other = self._not_shown(request.things, request.context.query)
            if other is not None:
                return other
            those = as_shown(self.model, request.context.query)
            request = request.model_copy(update={"context": request.context.model_copy(update={"query": those})})
        if request.kind == "message" and (spoken_of := self._earlier(text, request.context.results)) is not None:
            return spoken_of
        if request.kind == "message" and asks_how(text):
            return _derivation(request.context)
        analysed = read_analysis(self, text, request)
        if analysed is not None:
            return analysed
        if request.kind == "message":
            verified = self.verified.match(tokens, request.as_of)
            if verified is not None:
                return self._verified(verified)
            about = self._about(text, tokens)
            if about is not None:
                return about
        tokens, long_forms = self.shortened.written_out(tokens)
        try:
            items = self._tag(tokens, request.as_of)
        except ImpossibleDateError as error:
            return _ask(
                "impossible_date", f"There is no {error} in the calendar. Which day do you mean?", (str(error),)
            )
        context = request.context
        near = _entities_of(context.query) if context.query is not None else ()
        shown = {
            (dimension.of.entity, dimension.of.name)
            for dimension in (context.query.dimensions if context.query is not None else ())
            if isinstance(dimension.of, Attribute)
        }
        linker = Linker(self.model, self.graph, items, request.as_of, near, frozenset(shown))
        subject = _counted(context.query, self.model) if context.query is not None else None
        others = context.query is not None and points_to_the_others(text, items)
        sketch = Walker(self.model, self.graph, linker, items, request.as_of, subject).walk(RULES)
        sketch.assumptions.extend(("instruction", said) for said in written)
        sketch.assumptions.extend(("shortened", f"“{said}” is read as “{meant}”") for said, meant in long_forms)
        if others:
            sketch.cues.add(CUE)
        reading = self._decide(text, request, items, linker, sketch)
        if reading.query is None:
            return reading

        def read(message: str) -> AnalyticQuery | None:
            return self._read(request.model_copy(update={"text": message}), ask=False).query

        asked = None
        apart = unrelated(reading.query, self.model, self.graph)
        if apart is not None:
            instead = related_instead(apart, text, tokens, items, self.model, self.graph, read) if ask else ()
            asked = told_apart(apart, self.model, self.graph, instead)
        elif ask:
            asked = which_one(text, tokens, items, linker, reading.query, self.model, self.graph, read)
        if asked is None:
            return reading
        return Reading(intent=Intent.CLARIFICATION, clarification=asked, explanation=reading.explanation)

    def _tag(self, tokens: list[Token], as_of: dt.date) -> list[Item]:
        return self.tagger.tag(tokens, DateGrammar(tokens, as_of, self.model.calendar))

    @staticmethod
    def _refused_sql(error: QueryRefused) -> Reading:
        said = f"This SQL is not run: {error.detail.rstrip('.')}. Only one SELECT over the tables of this data is; or ask in English."
        return _ask("off_topic", said, intent=Intent.UNSUPPORTED)

    def _typed(self, text: str) -> Reading | None:
        """SQL that was typed: run where the guard lets it through, explained where not; None for what is English."""
        try:
            statement = typed_statement(text, self.model)
        except QueryRefused as error:
            return self._refused_sql(error)
        if statement is None:
            return None
        query = AnalyticQuery(subject="", statement=statement)
        return Reading(
            intent=Intent.SQL_QUERY,
            query=query,
            interpretation=interpret(query, self.model),
            assumptions=("this is your SQL as you typed it, within what you may see",),
            confidence=1.0,
        )

    def _about(self, text: str, tokens: list[Token]) -> Reading | None:
        move = move_of(text)
        if move is not None:
            return Reading(intent=Intent.REFINEMENT, move=move, confidence=1.0)
        reply = reply_to(text)
        if reply is not None:
            return Reading(intent=Intent.CONVERSATION, reply=reply, confidence=1.0)
        topic = topic_of(text, tokens, self.vocabulary)
        if topic is not None:
            return Reading(intent=Intent.METADATA, topic=topic, confidence=0.95)
        return None

    def _earlier(self, text: str, results: int) -> Reading | None:
        if asks_to_run_again(text):
            return Reading(intent=Intent.REFINEMENT, move="rerun", confidence=1.0)
        if not results:
            return None
        named = earlier_result(text, lambda word: bool(self.vocabulary.find(tokenize(word))))
        return Reading(intent=Intent.REFINEMENT, earlier=named, confidence=0.95) if named is not None else None

    def _not_shown(self, things: str, query: AnalyticQuery) -> Reading | None:
        """Asks back where the rows of a result are not the things that they are taken for."""
        found = self.vocabulary.find(tokenize(things))
        entity = max(found, key=lambda c: c.score).entity if found else None
        if entity is None or entity in shown_entities(query):
            return None
        return _ask("ambiguous", f"That answer does not show {things}: it is {interpret(query, self.model).rstrip('.')}. "
                    f"Which {things} do you mean?", (things,))  # fmt: skip

    # --- deciding -----------------------------------------------------------------------------------------------------

    def _decide(self, text: str, request: ReadRequest, items: list[Item], linker: Linker, sketch: Sketch) -> Reading:
        context = request.context
        explanation = _explain(items, sketch)
        whole = context.query is not None and takes_the_rest(text)
        if whole:
            sketch.unknown.clear()
            sketch.missing.clear()
        if sketch.unknown:
            return self._unknown(sketch, explanation)
        chart = canonical_chart_type(sketch.chart) if sketch.chart else None
        if chart is not None:
            sketch.chart = chart
            if context.query is not None and _only_chart(sketch):
                return Reading(intent=Intent.VISUALIZATION, chart_type=chart, confidence=0.95, explanation=explanation)
        follow = whole or request.kind == "refine" or is_followup(text, sketch, context)
        if context.query is None and _THOSE.search(text):
            follow = True
        if follow and context.query is None:
            return _ask("no_previous", "There is no earlier question to build on. What would you like to know?")
        if (
            sketch.is_empty
            and not sketch.entities
            and not (whole or (follow and (sketch.pronoun or CUE in sketch.cues)))
        ):
            return self._nothing(explanation)
        if follow and context.query is not None and context.query.statement is not None:
            said = "The last answer came from your own SQL, which I do not change. Please ask the whole question, or change the SQL."
            return _ask("ambiguous", said, (), (), explanation)
        if follow and context.query is not None and context.query.verified is not None:
            return self._edited(context.query, items, explanation)
        if follow and context.query is not None:
            assembled = edit_query(self.model, self.graph, linker, sketch, context, context.query, text)
        else:
            assembled = assemble(self.model, self.graph, linker, sketch)
        if assembled.missing:
            return self._missing(assembled, explanation)
        if assembled.open or assembled.query is None:
            return self._open(text, assembled, explanation)
        return self._answer(assembled, sketch, items, request, follow, explanation)

    def _answer(
        self,
        assembled: Assembled,
        sketch: Sketch,
        items: list[Item],
        request: ReadRequest,
        follow: bool,
        explanation: dict[str, Any],
    ) -> Reading:
        assert assembled.query is not None
        context = request.context
        query, said = at_finest_grain(assembled.query, self.model, self.graph)
        query, kept = with_defaults(query, self.model, self.graph)
        query, held = as_valid(query, self.model, request.text, request.as_of)
        query, counted = weigh_counts(query, self.model)
        query = with_named_groups(fill_where_few(query, self.model), self.model, self.graph)
        if follow and context.query is not None:
            query = kept_analysis(context.query, query)
        assumptions = [a.text for a in assembled.assumptions] + [*said, *kept, *held, *counted]
        if follow and context.query is not None and context.pending is not None:
            before = interpret(context.query, self.model)
            assumptions.insert(
                0, f"this goes on from “{before}”, since “{shortened(context.pending_text)}” was not answered"
            )
        assumptions += [
            f"“{said}” is read as {meant}" for said, meant in sketch.guesses if said.lower() != meant.lower()
        ]
        for words, options in dict(sketch.ambiguous).items():
            assumptions.append(f"“{words}” is read as {options[0]}; it could also be {', '.join(options[1:4])}")
        assumptions += contradictions(query, self.model)
        facts = features(query, sketch, assembled, items, self.model, follow=follow)
        changes = _changes(context.query, query, self.model) if follow and context.query is not None else ()
        return Reading(
            intent=Intent.REFINEMENT if follow else Intent.SQL_QUERY,
            query=query,
            interpretation=interpret(query, self.model),
            changes=changes,
            assumptions=tuple(dict.fromkeys(assumptions)),
            confidence=confidence(facts),
            explanation=explanation | {"confidence": facts},
        )

    def _verified(self, query: AnalyticQuery, intent: Intent = Intent.SQL_QUERY) -> Reading:
        return Reading(
            intent=intent,
            query=query,
            interpretation=interpret(query, self.model),
            assumptions=tuple(assumption.text for assumption in query.assumptions),
            confidence=0.97,
        )

    def _edited(self, before: AnalyticQuery, items: list[Item], explanation: dict[str, Any]) -> Reading:
        """A verified query takes other values; its SQL is a person's and is not edited."""
        assert before.verified is not None
        query = self.verified.edited(before, items)
        if query is not None:
            return self._verified(query, Intent.REFINEMENT)
        question = (
            f"The last answer came from the verified query “{before.verified.name}”, which takes other values but cannot be "
            "changed otherwise. Please ask the whole question."
        )
        return _ask("ambiguous", question, (), (), explanation)

    # --- asking back --------------------------------------------------------------------------------------------------

    def _unknown(self, sketch: Sketch, explanation: dict[str, Any]) -> Reading:
        words = tuple(dict.fromkeys(sketch.unknown))
        near = tuple(dict.fromkeys(name for word in words for name in self.vocabulary.nearest_names(word)))
        words = tuple(shortened(word) for word in words)
        quoted = " and ".join(f"“{word}”" for word in words[:4])
        if is_foreign(words):
            said = f"I understand English only, and do not know {quoted}. Please ask in English."
            return _ask("unknown_words", said, words, (), explanation)
        hint = f" Nearest in the data: {', '.join(near[:4])}." if near else ""
        return _ask("unknown_words", f"I do not know {quoted} in this data.{hint}", words, (), explanation)

    def _nothing(self, explanation: dict[str, Any]) -> Reading:
        some = ", ".join(e.plural for e in self.model.entities if not e.hidden and e.kind != "bridge")
        return _ask("off_topic", f"I could not find anything about the data in this question. The data is about {some[:300]}.",
                    (), (), explanation, Intent.UNSUPPORTED)  # fmt: skip

    @staticmethod
    def _missing(assembled: Assembled, explanation: dict[str, Any]) -> Reading:
        what = "; ".join(dict.fromkeys(assembled.missing))
        return _ask("no_data_for", f"I understood the question except for: {what}. The data does not say that.",
                    tuple(assembled.missing), (), explanation)  # fmt: skip

    def _open(self, text: str, assembled: Assembled, explanation: dict[str, Any]) -> Reading:
        if "by what" in assembled.open:
            options = [m.label for m in self.model.metrics[:4]]
            return _ask("ambiguous", "By what should they be ranked?", ("by what",),
                        tuple(Choice(label=o, message=f"{text.rstrip(' ?.!')} by {o}") for o in options), explanation)  # fmt: skip
        if "what to change" in assembled.open:
            return _ask("ambiguous", "I could not tell what to change in the last answer.", (), (), explanation)
        return _ask("ambiguous", "What should be shown or counted?", (), (), explanation)


def _derivation(context: Context) -> Reading:
    """How the last answer came about."""
    if context.query is None:
        return _ask("no_previous", "There is no earlier answer to explain. What would you like to know?")
    of = Derivation(query=context.query, sql=context.sql, assumptions=context.assumptions, steps=context.steps)
    return Reading(intent=Intent.METADATA, topic=MetadataTopic(kind="derivation", derivation=of), confidence=1.0)


def _ask(code: Any, question: str, words: tuple[str, ...] = (), choices: tuple[Choice, ...] = (),
         explanation: dict[str, Any] | None = None, intent: Intent = Intent.CLARIFICATION) -> Reading:  # fmt: skip
    return Reading(
        intent=intent,
        clarification=Clarification(question=question, code=code, words=words, choices=choices),
        explanation=explanation or {},
    )


def _counted(query: AnalyticQuery, model: SemanticModel) -> str:
    """The entity whose rows the previous answer was about."""
    if query.measures and not query.dimensions:
        return measured_entity(model, query.measures[0]) or query.subject
    return query.subject


def _changes(before: AnalyticQuery, after: AnalyticQuery, model: SemanticModel) -> tuple[str, ...]:
    if after.analysis is not None:
        before = before.model_copy(update={"dimensions": after.dimensions})
    return describe_change(before, after, model)


def _only_chart(sketch: Sketch) -> bool:
    bare = dataclasses.replace(sketch, chart=None)
    return bare.is_empty and not sketch.entities


def _entities_of(query: AnalyticQuery) -> tuple[str, ...]:
    """The entities that a query speaks of, its subject first."""
    found = [query.subject]
    found += re.findall(r'"entity":"([^"]+)"', query.model_dump_json())
    return tuple(dict.fromkeys(found))


def _explain(items: list[Item], sketch: Sketch) -> dict[str, Any]:
    """The stages of the reading, as plain data."""
    return {
        "items": [
            {
                "text": item.text,
                "entities": [f"{c.entity}:{c.score:.2f}" for c in item.entities[:4]],
                "attributes": [f"{c.entity}.{c.name}:{c.score:.2f}" for c in item.attributes[:5]],
                "metrics": [f"{c.name}:{c.score:.2f}" for c in item.metrics[:3]],
                "values": [f"{h.entity}.{h.attribute}={h.value}" for h in item.values[:4]],
                "tags": {tag: str(payload) for tag, payload in item.tags.items()},
                "date": item.interval.label if item.interval else None,
                "unknown": item.unknown,
            }
            for item in items
        ],
        "sketch": {f.name: str(getattr(sketch, f.name)) for f in dataclasses.fields(sketch) if getattr(sketch, f.name)},
    }
