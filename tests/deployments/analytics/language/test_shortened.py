"""Whole words for the clipped ones of a schema."""

from __future__ import annotations

import datetime as dt

import duckdb
import pytest

from deployments.analytics.workspace import Workspace
from deployments.contracts.agents import Reading, ReadRequest


@pytest.fixture(scope="module")
def wharf(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Barges and what they load, in names that no dictionary has."""
    path = tmp_path_factory.mktemp("wharf") / "wharf.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "CREATE TABLE tbl_brg_mst(brg_cd VARCHAR, brg_nm VARCHAR, tng INTEGER, orig_prt VARCHAR);"
            "INSERT INTO tbl_brg_mst VALUES ('A1', 'Maria', 900, 'Ghent'), ('B2', 'Otto', 700, 'Liege'), ('C3', 'Petra', 800, 'Ghent');"
            "CREATE TABLE tbl_ldg(ldg_no INTEGER, brg_cd VARCHAR, brth_cd VARCHAR, ldg_dt DATE, grvl_tns DOUBLE, wf_cst DOUBLE);"
            "INSERT INTO tbl_ldg SELECT i, ['A1', 'B2'][1 + i % 2], 'K' || i % 4, DATE '2025-01-01' + CAST(i AS INTEGER), i * 10, i FROM range(1, 41) r(i)"
        )
    return Workspace.open(str(path))


def read(wharf: Workspace, text: str) -> Reading:
    return wharf.read(ReadRequest(text=text, as_of=dt.date(2026, 1, 1)))


@pytest.mark.parametrize(
    ("question", "clipped", "said"),
    [
        ("how many barges are there", ("tbl_brg_mst",), "“barges” is read as “brg”"),
        ("total gravel tons", ("grvl_tns",), "“gravel” is read as “grvl”"),
        ("barges by origin", ("orig_prt",), "“origin” is read as “original”"),
    ],
)
def test_a_word_is_read_as_the_one_fragment_it_is_the_long_form_of(
    wharf: Workspace, question: str, clipped: tuple[str, ...], said: str
) -> None:
    reading = read(wharf, question)
    assert reading.query is not None
    assert all(name in reading.query.model_dump_json() for name in clipped)
    assert said in reading.assumptions


def test_a_phrase_is_read_as_its_initials(wharf: Workspace) -> None:
    reading = read(wharf, "total wharf fees")
    assert reading.query is not None
    assert "wf_cst" in reading.query.model_dump_json()
    assert "“wharf fees” is read as “wf”" in reading.assumptions


@pytest.mark.parametrize("question", ["total bargaining power", "average tonality", "barges without grandeur"])
def test_a_word_that_no_fragment_shortens_stays_unknown(wharf: Workspace, question: str) -> None:
    assert read(wharf, question).query is None
