import pytest

from deployments.analytics.charts.kinds import CHART_TYPES, canonical_chart_type, nearest_chart_types, said


@pytest.mark.parametrize("name", CHART_TYPES)
def test_every_type_is_known_by_its_own_name_and_as_it_is_said(name: str) -> None:
    assert canonical_chart_type(name) == name
    assert canonical_chart_type(said(name)) == name
    assert canonical_chart_type(f"a {said(name).upper()}") == name


@pytest.mark.parametrize(
    ("spoken", "name"),
    [
        ("pie chart", "pie"),
        ("column", "bar"),
        ("bars", "bar"),
        ("columns", "bar"),
        ("doughnut", "donut"),
        ("trend line", "line"),
        ("scatter plot", "scatter"),
        ("Scatterplot", "scatter"),
        ("stacked-column chart", "stacked_bar"),
        ("line graph", "line"),
        ("box and whisker plot", "box"),
        ("heat map", "heatmap"),
    ],
)
def test_spoken_names_mean_a_type(spoken: str, name: str) -> None:
    assert canonical_chart_type(spoken) == name


@pytest.mark.parametrize("word", ["", "chart", "sunburst", "customers", "plot"])
def test_other_words_mean_no_chart(word: str) -> None:
    assert canonical_chart_type(word) is None


def test_a_misspelt_name_is_near_the_right_one() -> None:
    assert nearest_chart_types("pye")[0] == "pie"
    assert "histogram" in nearest_chart_types("histogramm")
