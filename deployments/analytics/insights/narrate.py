"""The answer in a sentence or two: what is shown, of when, under which conditions, and its key number."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from deployments.analytics.charts.shape import Field, Shape, lowered
from deployments.analytics.insights.interpret import describe_change, interpret, limit_words
from deployments.analytics.insights.over_time import coverage, time_series
from deployments.analytics.insights.phrases import Phrases
from deployments.analytics.insights.wording import (
    capitalized,
    counted,
    is_number,
    listing,
    quantity,
    span,
    text,
)
from deployments.analytics.model.schema import SemanticModel
from deployments.contracts.agents import Reading
from deployments.contracts.answers import Cell, Intent, ResultTable
from deployments.contracts.query import (
    Aggregate,
    AnalyticQuery,
    Dimension,
    Direction,
    Function,
    Growth,
    MetricValue,
    Moving,
    Rank,
    Running,
    Share,
    TimeWindow,
)

__all__ = ["describe_change", "interpret", "narrate"]

# A label that brings its own preposition ("since March") takes no "for".
LEADING = (
    "since",
    "before",
    "after",
    "until",
    "up to",
    "in ",
    "on ",
    "between",
    "from",
    "during",
    "for",
    "over",
    "as of",
    "by ",
)


def narrate(
    model: SemanticModel,
    query: AnalyticQuery,
    result: ResultTable,
    reading: Reading | None = None,
    *,
    as_of: dt.date | None = None,
    shape: Shape | None = None,
) -> str:
    """The response to a question, from its typed query and rows alone; an edit is led by what it changed.

    `as_of` is today: a period that reaches beyond it is not the end of a course. `shape` is the result's, where it is
    at hand."""
    return Narrator(model, query, shape or Shape(query, result), as_of).response(reading)


class Narrator:
    """One result being told."""

    def __init__(self, model: SemanticModel, query: AnalyticQuery, shape: Shape, as_of: dt.date | None = None) -> None:
        self.query, self.result = query, shape.result
        self.covered = coverage(model, query, as_of)
        self.phrases, self.shape = Phrases(model), shape

    def response(self, reading: Reading | None = None) -> str:
        """The whole text."""
        sentences = []
        if reading is not None and reading.intent == Intent.REFINEMENT and reading.changes:
            sentences += [f"{capitalized(change.rstrip('.'))}." for change in reading.changes]
        sentences.append(self.main())
        if self.result.truncated:
            sentences.append(f"Only the first {counted(self.result.row_count, 'row')} are kept; there are more.")
        return " ".join(sentences)

    def main(self) -> str:
        """The sentence that answers."""
        if self.query.yes_no:
            return self._yes_no()
        if not self.result.rows:
            return self._nothing()
        if self.query.verified is not None:
            return self._by_hand(f"the verified query “{self.query.verified.name}”")
        if self.query.statement is not None:
            return self._by_hand("your SQL")
        if self.shape.listed:
            return self._list()
        if self.result.row_count == 1 and not self.shape.dimensions:
            return self._single()
        if self.query.limit is not None:
            return self._ranked()
        return self._grouped()

    def _by_hand(self, said: str) -> str:
        """What a statement that a person wrote gives: its one value, else how many rows."""
        if self.result.row_count == 1 and len(self.shape.fields) == 1:
            field = self.shape.fields[0]
            return f"{capitalized(field.label)} is {self._told(field, self.result.rows[0][0])}, by {said}."
        return (
            f"Here {'is' if self.result.row_count == 1 else 'are'} {counted(self.result.row_count, 'row')} from {said}."
        )

    # what was asked, in pieces

    def scope(self) -> str:
        """The period and conditions, ready to follow the subject: " for last month (1–31 October 2026), where ..."."""
        return self.when() + self.conditions()

    def when(self) -> str:
        """The period: its words and its dates, and of what they are where that is not when the events happened."""
        window = self.query.time
        if window is None:
            return ""
        entity = next((e for e in self.phrases.model.entities if e.name == window.of.entity), None)
        if entity is not None and entity.kind == "fact" and entity.default_time == window.of.name:
            return window_words(window)
        return f" with {self.phrases.window(window)}"

    def conditions(self) -> str:
        """Every condition of the question."""
        words = ""
        if self.query.where is not None:
            words += f"{', ' if self.query.time else ' '}{self.phrases.restriction(self.query.where)}"
        if self.query.having is not None:
            words += f", only where {self.phrases.filter(self.query.having)}"
        return words

    def measures(self) -> str:
        """The measures by name."""
        return listing(self.phrases.measure(measure) for measure in self.query.measures)

    def _dimension_words(self) -> str:
        return listing(self.phrases.noun(d) for d in self.query.dimensions)

    def _subject(self) -> str:
        return self.phrases.entity(self.query.subject, many=True)

    def _told(self, field: Field, value: Cell) -> str:
        return text(value, field.column.unit, field.column.grain)

    def _key(self, row: tuple[Cell, ...]) -> str:
        return self.shape.key(row)

    # sentences by kind of question

    def _yes_no(self) -> str:
        rows = self.result.rows
        value = rows[0][0] if rows and rows[0] else None
        if value is None:
            return f"There is no value to say yes or no{self.scope()}."
        thing = self._subject()
        measure = self.query.measures[0] if self.query.measures else None
        if (
            isinstance(measure, Aggregate)
            and not self.query.dimensions
            and measure.function in (Function.COUNT, Function.COUNT_DISTINCT)
        ):
            thing = self.phrases.measure(measure).removeprefix("number of ")
        elif measure is not None:
            return f"{'Yes' if value else 'No'}: {self.measures()}{self.scope()}."
        verb = "are" if value else "are no"
        return f"{'Yes' if value else 'No'}, there {verb} {thing}{self.scope()}."

    def _nothing(self) -> str:
        if self.shape.listed:
            return f"There are no {self._subject()}{self.scope()}."
        by = f" by {self._dimension_words()}" if self.query.dimensions else ""
        return f"No rows match {self.measures()}{by}{self.scope()}."

    def _list(self) -> str:
        rows, query = self.result.rows, self.query
        if len(rows) == 1:
            return self._looked_up()
        thing = self._subject()
        if query.distinct and len(query.dimensions) == 1:
            thing = self.phrases.noun(query.dimensions[0], many=True)
        if query.limit is not None:
            words = limit_words(query, self.phrases)
            by = f" by {self._order_name()}" if words.startswith(("top", "bottom")) else ""
            if not query.limit.per and len(rows) < query.limit.count:
                return f"Only {len(rows):,} {thing} match{self.scope()}; here they are{by}."
            return f"Here are the {words} {thing}{by}{self.scope()}."
        if self.result.truncated:
            return f"Here are {thing}{self.scope()}."
        distinct = "distinct " if query.distinct else ""
        return f"Here are the {len(rows):,} {distinct}{thing}{self.scope()}."

    def _order_name(self) -> str:
        order = self.query.order[0]
        if order.target == "scalar" and order.of is not None:
            return self.phrases.scalar(order.of)
        if order.target == "dimension" and order.index < len(self.query.dimensions):
            return self.phrases.noun(self.query.dimensions[order.index])
        return "rank"

    def _looked_up(self) -> str:
        row = self.result.rows[0]
        told = [(f.label, self._told(f, row[f.index])) for f in self.shape.fields]
        if len(told) == 1:
            return f"{capitalized(told[0][0])}: {told[0][1]}{self._brackets()}."
        shown = listing(f"{label} {value}" for label, value in told[:6])
        more = f" and {counted(len(told) - 6, 'more column')}" if len(told) > 6 else ""
        return f"One {self.phrases.entity(self.query.subject)} matches{self.scope()}: {shown}{more}."

    def _brackets(self) -> str:
        scope = self.scope().strip(" ,").removeprefix("where ")
        return f" ({scope})" if scope else ""

    def _single(self) -> str:
        row, shape = self.result.rows[0], self.shape
        if shape.comparison:
            return self._compared(row)
        shown = [f for f in shape.fields if f.column.role in ("measure", "calculation")] or list(shape.fields)
        if len(shown) > 1:
            told = listing(f"{f.label} {self._told(f, row[f.index])}" for f in shown)
            return f"{capitalized(told)}{self.scope()}."
        field = shown[0]
        value = row[field.index]
        if value is None:
            return f"There is no {self.measures()}{self.scope()}: no matching row has a value."
        tense = "was" if self.query.time is not None else "is"
        counted_words = self._counted(value, tense)
        if counted_words:
            return f"{counted_words}{self.scope()}."
        told = quantity(value, field.column.unit, exact=True) if is_number(value) else self._told(field, value)  # type: ignore[arg-type]
        return f"{capitalized(self.measures())} {tense} {told}{self.scope()}."

    def _counted(self, value: Cell, tense: str) -> str:
        """ "There were 1,204 orders", where that is what was counted."""
        measure = self.query.measures[0] if len(self.query.measures) == 1 else None
        if not isinstance(measure, Aggregate) or measure.where is not None or not isinstance(value, int):
            return ""
        words = self.phrases.measure(measure)
        if measure.function not in (Function.COUNT, Function.COUNT_DISTINCT) or not words.startswith("number of "):
            return ""
        thing, verb = words.removeprefix("number of "), "were" if tense == "was" else "are"
        if value == 1:
            return f"There {tense} 1 {self.phrases.entity(measure.entity)}" if measure.of is None else ""
        return f"There {verb} {'no' if value == 0 else f'{value:,}'} {thing}"

    def _compared(self, row: tuple[Cell, ...]) -> str:
        assert self.shape.comparison is not None
        assert self.query.comparison is not None
        now_field, before_field = self.shape.comparison
        now, before = row[now_field.index], row[before_field.index]
        earlier = window_words(self.query.comparison.window)
        name = capitalized(self.phrases.measure(self.query.measures[0]))
        if now is None or before is None:
            return f"{name} was {self._told(now_field, now)}{self.scope()}, and {self._told(before_field, before)}{earlier}."
        how = change_words(now, before, now_field.column.unit)
        return (
            f"{name} was {self._told(now_field, now)}{self.scope()}, {how} {self._told(before_field, before)}{earlier}."
        )

    def _ranked(self) -> str:
        query, rows = self.query, self.result.rows
        assert query.limit is not None
        words = limit_words(query, self.phrases)
        nouns = listing(self.phrases.noun(d, many=True) for d in self._ranked_dimensions()) or "rows"
        by = f" by {self._ranked_by()}" if words.startswith(("top", "bottom")) else f" with {self.measures()}"
        if query.limit.count == 1 and len(rows) == 1 and not query.limit.per and query.order and self.shape.measures:
            return self._extremum(rows[0])
        if query.limit.per:
            return f"Here are the {words.split(' per ')[0]} {nouns} per {words.split(' per ', 1)[1]}{by}{self.scope()}."
        if len(rows) < query.limit.count:
            noun = self.phrases.noun(query.dimensions[0]) if query.dimensions else "row"
            here = "was found{}; here it is" if len(rows) == 1 else "were found{}; here they are"
            return f"Only {counted(len(rows), noun)} {here.format(self.scope())}{by}{self._leader()}."
        your = "your" if words.startswith(("top", "bottom")) else "the"
        return f"Here are {your} {words} {nouns}{by}{self.scope()}{self._leader()}."

    def _ranked_dimensions(self) -> list[Dimension]:
        assert self.query.limit is not None
        return [d for i, d in enumerate(self.query.dimensions) if i not in self.query.limit.per]

    def _ranked_by(self) -> str:
        order = self.query.order[0]
        if order.target == "measure" and order.index < len(self.query.measures):
            return self.phrases.measure(self.query.measures[order.index])
        if order.target == "calculation" and order.index < len(self.query.calculations):
            return self.phrases.calculation(self.query, self.query.calculations[order.index])
        return self._order_name() if order.target == "scalar" else self.measures()

    def _extremum(self, row: tuple[Cell, ...]) -> str:
        field = self.shape.measures[0]
        order = self.query.order[0]
        which = "highest" if order.direction is Direction.DESC else "lowest"
        return f"{self._key(row)} has the {which} {self._ranked_by()}{self.scope()}: {self._told(field, row[field.index])}."

    def _leader(self) -> str:
        """The first rows with their values, where they are ordered by the measure."""
        query, field = self.query, self.shape.measure
        ordered = bool(query.order) and query.order[0].target == "measure"
        if field is None or not ordered or query.order[0].index or not self.result.rows:
            return ""
        first = self.result.rows[0]
        if not is_number(first[field.index]):
            return ""
        words = f". {self._key(first)} comes first with {self._told(field, first[field.index])}"
        if len(self.result.rows) > 2 and is_number(self.result.rows[1][field.index]):
            second = self.result.rows[1]
            words += f", then {self._key(second)} with {self._told(field, second[field.index])}"
        return words

    def _grouped(self) -> str:
        shape = self.shape
        rows = self.result.rows
        by = f" by {self._dimension_words()}" if self.query.dimensions else ""
        extra = "".join(f", with the {self._calculated(c)}" for c in self.query.calculations[:2])
        against = (
            f", against{window_words(self.query.comparison.window).removeprefix(' for')}"
            if self.query.comparison
            else ""
        )
        verb = "are" if len(self.query.measures) > 1 else "is"
        head = f"Here {verb} {self._with_article()}{by}{self.scope()}{against}{extra}"
        if len(rows) == 1 and shape.measure is not None:
            row = rows[0]
            noun = self.phrases.noun(self.query.dimensions[0]) if len(self.query.dimensions) == 1 else "group"
            return f"{head}. There is one {noun}: {self._key(row)}, with {self._told(shape.measure, row[shape.measure.index])}."
        return f"{head}. {self._key_figures()}".rstrip()

    def _with_article(self) -> str:
        words, first = self.measures(), self.query.measures[0]
        return words if isinstance(first, MetricValue) else f"the {words}"

    def _calculated(self, calculation: Share | Running | Moving | Rank | Growth) -> str:
        return self.phrases.calculation(self.query, calculation)

    def _key_figures(self) -> str:
        shape, field = self.shape, self.shape.measure
        if field is None or not field.numbers or not shape.dimensions:
            return ""
        if shape.time is not None and len(shape.dimensions) == 1:
            return self._course(field)
        rows, nameless = self._named_rows()
        known = [row for row in rows if is_number(row[field.index])]
        if not known:
            return ""
        top = max(known, key=lambda row: float(row[field.index]))  # type: ignore[arg-type]
        count = len(rows)
        noun = self.phrases.noun(self.query.dimensions[0]) if len(shape.dimensions) == 1 else "row"
        most = self._told(field, top[field.index])
        if sum(row[field.index] == top[field.index] for row in known) > 1:
            return f"The highest of {counted(count, noun)} is {most}, which several share."
        if len(self.query.measures) > 1 or field.column.role == "calculation":
            most = f"{lowered(field.label)} of {most}"
        rest = f"; without {noun} it is {self._told(field, nameless[field.index])}" if nameless else ""
        return f"Of {counted(count, noun)}, {self._key(top)} is highest with {most}{rest}."

    def _named_rows(self) -> tuple[Sequence[tuple[Cell, ...]], tuple[Cell, ...] | None]:
        """The rows, and apart from them the one whose only dimension is NULL: it is none of what was grouped by."""
        rows = self.result.rows
        if len(self.shape.dimensions) != 1:
            return rows, None
        index = self.shape.dimensions[0].index
        nameless = [row for row in rows if row[index] is None]
        if len(nameless) != 1 or len(rows) == 1:
            return rows, None
        return [row for row in rows if row[index] is not None], nameless[0]

    def _course(self, field: Field) -> str:
        """From the first complete period to the last."""
        series = time_series(self.shape, field, self.covered)
        if series is None or len(series.complete) < 2:
            return ""
        first, last = series.complete[0], series.complete[-1]
        unit = series.grain.value if series.grain else "period"
        note = f", the last complete {unit}" if series.partial and series.partial[-1].at > last.at else ""
        name = (
            f"{capitalized(field.label)} went"
            if len(self.query.measures) > 1 or field.column.role == "calculation"
            else "It went"
        )
        return f"{name} from {series.told(first.value)} {series.in_(first)} to {series.told(last.value)} {series.in_(last)}{note}."


def window_words(window: TimeWindow) -> str:
    """A period with its dates, ready to follow what it is of: " for last month (1–31 October 2026)"."""
    if window.start is None and window.end is None:
        return f" for {window.label}" if window.label else ""
    dates, label = span(window.start, window.end), window.label.strip()
    if window.start is None or window.end is None:
        return f" {dates}"
    if not label or label.casefold() == dates.casefold():
        return f" for {dates}"
    lead = " " if label.lower().startswith(LEADING) else " for "
    if label.casefold() in dates.casefold() and _names_one_day(window):
        return f" for {dates}"
    return f"{lead}{label} ({dates})"


def _names_one_day(window: TimeWindow) -> bool:
    start, end = window.start, window.end
    return start is not None and end is not None and type(start) is type(end) and end - start == dt.timedelta(days=1)


def change_words(now: Cell, before: Cell, unit: str | None) -> str:
    """How a value stands against an earlier one: "up 12.0% from", "2.1 points below"."""
    if not is_number(now) or not is_number(before):
        return "against"
    new, old = float(now), float(before)  # type: ignore[arg-type]
    if new == old:
        return "the same as"
    if unit == "%":
        return f"{'up' if new > old else 'down'} {abs(new - old) * 100:.2g} points from"
    if old > 0 and new >= 0:
        return f"{'up' if new > old else 'down'} {quantity(abs(new / old - 1), '%')} from"
    return f"{'up' if new > old else 'down'} {quantity(abs(new - old), unit)} from"
