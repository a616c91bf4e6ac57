"""A chart's title and subtitle: what it shows, and of which period and conditions."""

from __future__ import annotations

from deployments.analytics.charts.shape import Shape
from deployments.analytics.insights.interpret import limit_words
from deployments.analytics.insights.phrases import Phrases
from deployments.analytics.insights.wording import capitalized, listing, span
from deployments.analytics.model.schema import SemanticModel
from deployments.contracts.query import AnalyticQuery


def chart_title(model: SemanticModel, query: AnalyticQuery, shape: Shape) -> tuple[str, str]:
    """ "Top 10 customers by revenue" and "1–31 October 2026 · country = US"."""
    phrases = Phrases(model)
    return capitalized(_title(query, phrases, shape)), _subtitle(query, phrases, shape)


def _title(query: AnalyticQuery, phrases: Phrases, shape: Shape) -> str:
    limit = limit_words(query, phrases)
    if not query.measures:
        thing = phrases.entity(query.subject, many=True)
        return f"{limit} {thing}" if limit else thing
    measures = listing([phrases.measure(m) for m in query.measures][:3])
    if shape.shared and len(query.measures) == 1:
        measures = f"share of {measures}"
    if shape.contribution is not None:
        changed = next(f for f in shape.fields if f.column.role == "measure")
        measures = f"change of {changed.label}"
    if not query.dimensions:
        return measures
    nouns = [phrases.noun(d) for d in query.dimensions]
    if query.limit is not None and not query.limit.per and limit.startswith(("top", "bottom")) and len(nouns) == 1:
        many = phrases.noun(query.dimensions[0], many=query.limit.count > 1)
        return f"{limit} {many} by {measures}"
    title = f"{measures} by {listing(nouns)}"
    if shape.told_over_time and query.analysis is not None:
        title += ", with forecast" if query.analysis.kind == "forecast" else ", with what stands out"
    return f"{title}, {limit}" if limit else title


def _subtitle(query: AnalyticQuery, phrases: Phrases, shape: Shape) -> str:
    parts = []
    if query.time is not None and (query.time.start or query.time.end):
        words = span(query.time.start, query.time.end)
        if query.comparison is not None:
            words += f" against {span(query.comparison.window.start, query.comparison.window.end)}"
        parts.append(words)
    if query.where is not None:
        parts.append(phrases.filter(query.where, symbols=True))
    if query.having is not None:
        parts.append(phrases.filter(query.having, symbols=True))
    if shape.result.truncated:
        parts.append(f"first {shape.rows:,} rows only")
    return " · ".join(parts)
