"""How an answer came about, step by step: from the question as it was understood to the statement that was run."""

from __future__ import annotations

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from deployments.analytics.insights.interpret import conditions, dimension_words, limit_words
from deployments.analytics.insights.phrases import Phrases
from deployments.analytics.insights.windows import window_name
from deployments.analytics.insights.wording import capitalized, counted, listing, span
from deployments.analytics.model.schema import SemanticModel
from deployments.contracts.agents import Derivation, MetadataAnswer
from deployments.contracts.answers import ResultColumn, ResultTable
from deployments.contracts.query import Aggregate, AnalyticQuery, Measure, MeasureArithmetic, MetricValue

Step = tuple[str, str]
"""What the step is about, and what was done."""

_ANALYSES = {
    "drivers": "The change was taken apart by every usable dimension; a group is named where it left the pace of the others by more than "
    "chance gives, and contributions add up to the change.",
    "forecast": "The history was carried on with the Theta method, tested on the past against repeating the last season; the range is from "
    "the errors made there.",
    "unusual": "Each period was compared with what trend and season let expect, and stands out where it is far from that by the "
    "spread that is usual.",
    "correlation": "The correlation was computed over every row that has both values.",
}


def derive(model: SemanticModel, of: Derivation) -> MetadataAnswer:
    """The steps as sentences and as a table."""
    steps = [*_understood(model, of.query), *_read(of), *_assumed(of), *_ran(of)]
    # The statements of an analysis stand in the table alone: they are many and long.
    numbered = " ".join(f"{i}. {words}" for i, (part, words) in enumerate(steps, 1) if part != "query")
    columns = (
        ResultColumn(name="step", label="Step", type="number", identifier=True),
        ResultColumn(name="part", label="Part", type="text"),
        ResultColumn(name="what", label="What was done", type="text"),
    )
    rows = [(i, part, words) for i, (part, words) in enumerate(steps, 1)]
    return MetadataAnswer(response=numbered, result=ResultTable(columns, rows))


def _understood(model: SemanticModel, query: AnalyticQuery) -> list[Step]:
    phrases = Phrases(model)
    if query.verified is not None:
        return [
            (
                "question",
                f"The question matched the verified query “{query.verified.name}”, whose SQL a person vouches for.",
            )
        ]
    steps: list[Step] = [("measure", _measure(model, phrases, measure)) for measure in query.measures]
    if not query.measures:
        steps.append(("rows", f"The rows are {phrases.entity(query.subject, many=True)}, one for each."))
    if query.dimensions:
        words = listing(dimension_words(dimension, phrases) for dimension in query.dimensions)
        steps.append(("groups", f"They were grouped by {words}." if query.measures else f"Shown: {words}."))
    if query.time is not None:
        dates = span(query.time.start, query.time.end)
        steps.append(
            (
                "period",
                f"The period is {_period(window_name(query.time), dates)}, by {phrases.attribute(query.time.of)}.",
            )
        )
    else:
        steps.append(("period", "No period was set: all dates count."))
    if query.comparison is not None:
        window = query.comparison.window
        dates = span(window.start, window.end)
        steps.append(("comparison", f"It was compared with {_period(window_name(window), dates)}."))
    steps += [("filter", f"Only rows where {phrases.filter(condition)}.") for condition in conditions(query.where)]
    steps += [("filter", f"Only groups where {phrases.filter(condition)}.") for condition in conditions(query.having)]
    steps += [("calculation", f"{capitalized(phrases.calculation(query, c))}.") for c in query.calculations]
    if query.limit is not None:
        steps.append(("limit", f"Of these the {limit_words(query, phrases)}."))
    if query.analysis is not None:
        steps.append(("analysis", _ANALYSES[query.analysis.kind]))
    return steps


def _period(name: str, dates: str) -> str:
    return name if name == dates else f"{name} ({dates})"


def _measure(model: SemanticModel, phrases: Phrases, measure: Measure) -> str:
    label = capitalized(phrases.measure(measure))
    if isinstance(measure, MetricValue):
        metric = model.metrics_by_name[measure.metric]
        words = metric.definition or phrases.measure(metric.measure)
        return f"{label} is {words}{_over(phrases, metric.measure)}."
    return f"The measure is {phrases.measure(measure)}{_over(phrases, measure)}."


def _over(phrases: Phrases, measure: Measure) -> str:
    entities = list(dict.fromkeys(_entities(measure)))
    return f" over {listing(phrases.entity(entity, many=True) for entity in entities)}" if entities else ""


def _entities(measure: Measure) -> list[str]:
    if isinstance(measure, Aggregate):
        return [measure.entity]
    if isinstance(measure, MeasureArithmetic):
        return [*_entities(measure.left), *_entities(measure.right)]
    return []


def _read(of: Derivation) -> list[Step]:
    """The tables and joins, as they stand in the statement that was run."""
    try:
        tree = sqlglot.parse_one(of.sql, dialect="duckdb")
    except SqlglotError:
        return []
    own = {cte.alias for cte in tree.find_all(exp.CTE)}
    tables = list(dict.fromkeys(t.name for t in tree.find_all(exp.Table) if t.name and t.name not in own))
    steps = [("tables", f"{'Table' if len(tables) == 1 else 'Tables'} read: {listing(tables)}.")] if tables else []
    joins = dict.fromkeys(
        (join.this.alias_or_name, join.args["on"].sql(dialect="duckdb"))
        for join in tree.find_all(exp.Join)
        if join.args.get("on") is not None and isinstance(join.this, exp.Table) and join.this.name not in own
    )
    steps += [("join", f"{name} joined on {on}.") for name, on in joins]
    return steps


def _assumed(of: Derivation) -> list[Step]:
    return [("assumption", f"Assumed: {words.rstrip('.')}.") for words in of.assumptions]


def _ran(of: Derivation) -> list[Step]:
    if len(of.steps) < 2:
        return [("sql", "The SQL that was run is shown below.")] if of.sql else []
    told = [("query", f"Asked for {step.purpose}: {' '.join(step.sql.split())}") for step in of.steps]
    return [
        *told,
        (
            "sql",
            f"{counted(len(of.steps), 'query', 'queries')} were run; the SQL of the table that was shown is below.",
        ),
    ]
