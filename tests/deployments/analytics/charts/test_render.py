import datetime as dt
import json
import sys
from decimal import Decimal

import pytest

from deployments.analytics.charts.recommend import applicable
from deployments.analytics.charts.render import data_records, render_png, render_svg, vega_lite
from deployments.analytics.charts.shape import Shape
from deployments.analytics.charts.vega import visualize
from tests.deployments.analytics.charts.samples import AWKWARD, SHOWN_AS
from tests.deployments.analytics.retail import TOP_TEN, TOP_TEN_ROWS, dimension, measure, table

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize("name", SHOWN_AS)
def test_every_type_renders(name: str) -> None:
    query, result = SHOWN_AS[name]
    image = render_png(visualize(Shape(query, result), name, "A title"), result, scale=1)
    assert image.startswith(PNG)
    assert len(image) > 1500


@pytest.mark.parametrize("case", AWKWARD)
def test_awkward_results_render_as_every_type_that_fits(case: str) -> None:
    query, result = AWKWARD[case]
    shape = Shape(query, result)
    for name in applicable(shape):
        assert render_svg(visualize(shape, name, case), result).startswith("<svg")


def test_values_reach_the_picture_and_markup_stays_text() -> None:
    query, result = AWKWARD["markup and other scripts"]
    svg = render_svg(visualize(Shape(query, result), "bar", "Title"), result)
    assert "مرحبا بالعالم" in svg
    assert "&lt;script&gt;" in svg
    assert "<script" not in svg


def test_rows_of_one_name_stay_apart() -> None:
    query, result = AWKWARD["rows of one name"]
    svg = render_svg(visualize(Shape(query, result), "bar", ""), result)
    assert ">Paris<" in svg
    assert ">Paris (2)<" in svg


def test_months_are_written_as_the_cells_have_them() -> None:
    query, result = SHOWN_AS["area"]
    svg = render_svg(visualize(Shape(query, result), "area", ""), result)
    assert ">Jan 2025<" in svg
    assert "Dec 2024" not in svg


def test_a_top_ten_shows_all_ten_with_their_amounts() -> None:
    svg = render_svg(visualize(Shape(TOP_TEN, TOP_TEN_ROWS), "bar", "Top 10"), TOP_TEN_ROWS)
    assert all(f">{row[0]}<" in svg for row in TOP_TEN_ROWS.rows)
    assert ">$150k<" in svg


def test_inlined_data_is_json_with_numbers_and_iso_dates() -> None:
    result = table(
        (dimension("day", kind="date"), measure("a"), measure("b")),
        (dt.date(2026, 10, 1), Decimal("1.50"), float("nan")),
        (None, 2**40, None),
    )
    assert data_records(result) == [{"day": "2026-10-01", "a": 1.5, "b": None}, {"day": None, "a": 2**40, "b": None}]


def test_the_full_specification_leaves_the_named_one_alone() -> None:
    visualization = visualize(Shape(TOP_TEN, TOP_TEN_ROWS), "bar", "")
    full = vega_lite(visualization, TOP_TEN_ROWS)
    assert len(full["datasets"]["result"]) == 10
    assert "datasets" not in visualization.spec
    json.dumps(full)


def test_the_renderer_is_loaded_only_when_used() -> None:
    import subprocess

    program = "import sys, deployments.analytics.charts.present, deployments.analytics.charts.render; sys.exit('vl_convert' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
