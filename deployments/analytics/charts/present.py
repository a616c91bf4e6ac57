"""A result as it is shown: chart, findings, sentences, and what may be asked next. Runs no SQL."""

from __future__ import annotations

import datetime as dt

from deployments.analytics.catalog.follow_ups import follow_up_questions
from deployments.analytics.charts.kinds import said
from deployments.analytics.charts.recommend import applicable, choose
from deployments.analytics.charts.shape import Shape
from deployments.analytics.charts.titles import chart_title
from deployments.analytics.charts.vega import visualize
from deployments.analytics.insights.find import find_insights
from deployments.analytics.insights.narrate import narrate
from deployments.analytics.insights.over_time import coverage
from deployments.analytics.insights.parts import parts
from deployments.analytics.model.schema import SemanticModel
from deployments.contracts.agents import Presentation, Reading
from deployments.contracts.answers import ResultTable
from deployments.contracts.errors import ChartNotApplicable
from deployments.contracts.query import AnalyticQuery


def present(
    model: SemanticModel,
    query: AnalyticQuery,
    result: ResultTable,
    reading: Reading | None = None,
    chart_type: str | None = None,
    *,
    as_of: dt.date | None = None,
) -> Presentation:
    """Present a result, as `chart_type` where one is given.

    Raises ChartNotApplicable where `chart_type` does not fit or is unknown. A chart that the question itself asked for
    and that does not fit is replaced by the best one, and the response says so. `as_of` is the day to take as today."""
    shape = Shape(query, result)
    today = as_of or dt.date.today()
    # What an analysis found is told by whoever found it; here it is only drawn.
    response = "" if query.analysis else narrate(model, query, result, reading, as_of=today, shape=shape)
    chart, note = _chart(shape, query, chart_type)
    if chart_type is not None:
        response = f"Shown as {_article(said(chart))} {said(chart)}. {response}".rstrip()
    title, subtitle = chart_title(model, query, shape)
    insights = (
        () if query.analysis else find_insights(query, result, covered=coverage(model, query, today), shape=shape)
    )
    return Presentation(
        response=f"{response} {note}".rstrip(),
        visualization=visualize(shape, chart, title, subtitle, description=response),
        chart_types=applicable(shape),
        insights=insights,
        suggestions=follow_up_questions(model, query, result, shape),
        parts=parts(query, model),
    )


def _chart(shape: Shape, query: AnalyticQuery, chart_type: str | None) -> tuple[str, str]:
    if chart_type is not None:
        return choose(shape, chart_type), ""
    if query.chart is not None:
        try:
            return choose(shape, query.chart), ""
        except ChartNotApplicable as error:
            return applicable(shape)[0], error.detail
    return applicable(shape)[0], ""


def _article(noun: str) -> str:
    return "an" if noun[:1] in "aeiou" else "a"
