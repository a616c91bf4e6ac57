"""The chart types by name, and what people call them."""

from __future__ import annotations

from deployments.analytics.insights.wording import nearest

CHART_TYPES = (
    "table", "number", "bar", "stacked_bar", "grouped_bar", "line", "area", "pie", "donut", "scatter", "histogram",
    "heatmap", "box",
)  # fmt: skip

SPOKEN = {
    "table": "table", "grid": "table", "list": "table", "rows": "table", "spreadsheet": "table", "data": "table",
    "number": "number", "kpi": "number", "big number": "number", "single number": "number", "single value": "number",
    "scorecard": "number", "card": "number", "metric": "number",
    "bar": "bar", "bars": "bar", "column": "bar", "columns": "bar", "horizontal bar": "bar", "vertical bar": "bar",
    "bar horizontal": "bar",
    "stacked bar": "stacked_bar", "stacked bars": "stacked_bar", "stacked column": "stacked_bar",
    "stacked columns": "stacked_bar", "stacked": "stacked_bar",
    "grouped bar": "grouped_bar", "grouped bars": "grouped_bar", "grouped column": "grouped_bar",
    "clustered bar": "grouped_bar", "clustered bars": "grouped_bar", "clustered column": "grouped_bar",
    "clustered columns": "grouped_bar", "side by side bar": "grouped_bar", "side by side bars": "grouped_bar",
    "grouped": "grouped_bar", "clustered": "grouped_bar",
    "line": "line", "lines": "line", "trend": "line", "trend line": "line", "trendline": "line", "time series": "line",
    "timeseries": "line", "curve": "line",
    "area": "area", "areas": "area", "stacked area": "area", "filled line": "area",
    "pie": "pie", "pies": "pie", "cake": "pie",
    "donut": "donut", "doughnut": "donut", "donuts": "donut", "doughnuts": "donut", "ring": "donut",
    "scatter": "scatter", "scatter plot": "scatter", "scatterplot": "scatter", "points": "scatter", "dots": "scatter",
    "bubble": "scatter", "dot": "scatter", "point": "scatter", "xy": "scatter",
    "histogram": "histogram", "distribution": "histogram", "hist": "histogram",
    "heatmap": "heatmap", "heat map": "heatmap", "matrix": "heatmap", "heat": "heatmap",
    "box": "box", "boxplot": "box", "box plot": "box", "box and whisker": "box", "box and whiskers": "box",
    "whisker": "box",
}  # fmt: skip

ENDINGS = (" chart", " charts", " graph", " graphs", " plot", " plots", " diagram", " diagrams", " view")


def canonical_chart_type(text: str) -> str | None:
    """The chart type that a name means ("pie chart", "columns", "doughnut"), or None for a name of no chart."""
    words = " ".join(text.lower().replace("_", " ").replace("-", " ").split())
    for article in ("a ", "an ", "the "):
        words = words.removeprefix(article)
    if words in SPOKEN:
        return SPOKEN[words]
    for ending in ENDINGS:
        if words.endswith(ending):
            return canonical_chart_type(words.removesuffix(ending))
    return None


def nearest_chart_types(text: str) -> tuple[str, ...]:
    """The chart types whose names look most like an unknown one, best first."""
    words = " ".join(text.lower().replace("_", " ").split())
    for ending in ENDINGS:
        words = words.removesuffix(ending)
    names = nearest(words, tuple(SPOKEN), count=5)
    return tuple(dict.fromkeys(SPOKEN[name] for name in names))


def said(chart_type: str) -> str:
    """A chart type in words: "grouped bar chart", "table", "heatmap"."""
    words = chart_type.replace("_", " ")
    if chart_type in ("table", "number", "histogram", "heatmap"):
        return words
    return f"{words} plot" if chart_type in ("scatter", "box") else f"{words} chart"
