from __future__ import annotations

import csv
import gzip
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deployments.analytics.warehouse.connect import open_warehouse
from deployments.contracts.errors import DataError

GOOD = "name,city,amount\nAnna,Oslo,1.5\nBen,Rome,2\n"


def rows(data: Path, table: str) -> list[tuple[object, ...]]:
    warehouse = open_warehouse(str(data))
    try:
        return warehouse.query(f'SELECT * FROM "{table}"')
    finally:
        warehouse.close()


def refused(data: Path | str) -> DataError:
    with pytest.raises(DataError) as caught:
        open_warehouse(str(data))
    assert "\n" not in caught.value.detail
    return caught.value


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def write_parquet(path: Path, query: str) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")


@pytest.mark.parametrize(
    ("file", "text", "encoding"),
    [
        ("people.csv", GOOD, "utf-8"),
        ("people.csv", GOOD, "utf-8-sig"),
        ("people.csv", GOOD.replace(",", ";"), "utf-8"),
        ("people.tsv", GOOD.replace(",", "\t"), "utf-8"),
        ("people.csv", GOOD.replace("\n", "\r\n"), "utf-8"),
        (
            "people.jsonl",
            '{"name":"Anna","city":"Oslo","amount":1.5}\n{"name":"Ben","city":"Rome","amount":2}\n',
            "utf-8",
        ),
        (
            "people.json",
            '[{"name":"Anna","city":"Oslo","amount":1.5},{"name":"Ben","city":"Rome","amount":2}]',
            "utf-8",
        ),
    ],
)
def test_a_text_file_is_a_table_named_after_it(tmp_path: Path, file: str, text: str, encoding: str) -> None:
    assert rows(write(tmp_path / file, text, encoding), "people") == [("Anna", "Oslo", 1.5), ("Ben", "Rome", 2.0)]


def test_a_compressed_csv_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "people.csv.gz"
    path.write_bytes(gzip.compress(GOOD.encode()))
    assert len(rows(path, "people")) == 2


def test_a_csv_that_is_not_utf8_keeps_its_letters(tmp_path: Path) -> None:
    assert rows(write(tmp_path / "cafe.csv", "name,n\nCafé,1\nZoë,2\n", "latin-1"), "cafe") == [("Café", 1), ("Zoë", 2)]


def test_a_csv_without_header_gets_column_names(tmp_path: Path) -> None:
    assert len(rows(write(tmp_path / "log.csv", "2024-01-01,5\n2024-01-02,7\n"), "log")) == 2


def test_a_header_of_years_is_a_header(tmp_path: Path) -> None:
    assert rows(write(tmp_path / "t.csv", "region,2023\nNorth,a\nSouth,b\n"), "t") == [("North", "a"), ("South", "b")]


def test_a_parquet_file_is_a_table(tmp_path: Path) -> None:
    write_parquet(tmp_path / "facts.parquet", "SELECT 1 AS a, 'x' AS b")
    assert rows(tmp_path / "facts.parquet", "facts") == [(1, "x")]


def test_a_folder_is_a_database_of_its_files_and_partitioned_folders(tmp_path: Path) -> None:
    write(tmp_path / "people.csv", GOOD)
    write(tmp_path / "notes.md", "not data")
    for year in (2023, 2024):
        (tmp_path / "sales" / f"year={year}").mkdir(parents=True)
        write_parquet(tmp_path / "sales" / f"year={year}" / "a.parquet", f"SELECT {year} * 10 AS amount")
    warehouse = open_warehouse(str(tmp_path))
    assert [table.name for table in warehouse.tables()] == ["people", "sales"]
    assert warehouse.query("SELECT amount, year FROM sales ORDER BY 1") == [(20230, 2023), (20240, 2024)]
    warehouse.close()


def test_an_import_is_made_once_and_again_when_the_file_changes(tmp_path: Path, state_folder: Path) -> None:
    path = write(tmp_path / "people.csv", GOOD)
    rows(path, "people")
    (first,) = (state_folder / "data").glob("*.duckdb")
    made = first.stat().st_mtime_ns
    rows(path, "people")
    assert first.stat().st_mtime_ns == made
    write(path, GOOD + "Cleo,Bern,3\n")
    assert len(rows(path, "people")) == 3
    assert len(list((state_folder / "data").iterdir())) == 1


def test_a_missing_file_offers_the_nearest(tmp_path: Path) -> None:
    write(tmp_path / "orders.csv", GOOD)
    error = refused(tmp_path / "order.csv")
    assert "does not exist" in error.detail
    assert error.suggestions == (str(tmp_path / "orders.csv"),)


def test_an_empty_file_is_said_to_be_empty(tmp_path: Path) -> None:
    assert "is empty" in refused(write(tmp_path / "a.csv", "")).detail


def test_a_header_alone_holds_no_rows(tmp_path: Path) -> None:
    assert "no rows" in refused(write(tmp_path / "a.csv", "a,b\n")).detail


@pytest.mark.parametrize("line", ["Cleo,Bern", "Cleo,Bern,3,4"])
def test_a_ragged_line_is_named_by_its_number(tmp_path: Path, line: str) -> None:
    error = refused(write(tmp_path / "a.csv", GOOD + line + "\nDan,Lima,5\n"))
    assert "line 4" in error.detail
    assert "3" in error.detail


def test_a_folder_without_data_says_so_and_offers_a_database_in_it(tmp_path: Path) -> None:
    write(tmp_path / "readme.txt", "hello")
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        connection.execute("CREATE TABLE t (a INTEGER)")
    error = refused(tmp_path)
    assert "no data files" in error.detail
    assert "shop.duckdb" in error.detail


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("a.duckdb", b"this is no database at all", "not a DuckDB file's"),
        ("a.parquet", b"this is no parquet at all", "not a Parquet file's"),
        ("a.parquet", b"PAR1 and then nothing", "damaged or incomplete"),
        ("a.db", b"SQLite format 3\x00" + b"\x00" * 100, "a SQLite database"),
        ("a.xlsx", b"PK\x03\x04" + b"\x00" * 100, "Excel"),
        ("a.png", b"\x89PNG\r\n\x1a\n" + b"\x00" * 100, "no known kind"),
        ("a.csv", b"\x00\x01\x02\x03" * 10, "holds no text"),
        ("a.jsonl", b"{not json", "cannot be read as JSON"),
        ("a.csv.gz", b"not gzip at all", "cannot be unpacked"),
    ],
)
def test_a_file_of_the_wrong_kind_is_refused_by_what_it_is(
    tmp_path: Path, file: str, content: bytes, said: str
) -> None:
    (tmp_path / file).write_bytes(content)
    assert said in refused(tmp_path / file).detail


def test_a_truncated_database_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE t AS SELECT * FROM range(100000)")
    path.write_bytes(path.read_bytes()[:5000])
    assert "damaged or incomplete" in refused(path).detail


def test_a_database_of_a_newer_version_names_both_versions(tmp_path: Path) -> None:
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE t (a INTEGER)")
    content = bytearray(path.read_bytes())
    at = content.index(b"v" + duckdb.__version__.encode())
    content[at : at + 6] = b"v9.9.9"
    path.write_bytes(bytes(content))
    detail = refused(path).detail
    assert "v9.9.9" in detail
    assert f"v{duckdb.__version__}" in detail


def test_a_database_without_tables_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "shop.duckdb"
    duckdb.connect(str(path)).close()
    assert "no tables" in refused(path).detail


def test_a_database_open_for_writing_elsewhere_is_locked(tmp_path: Path) -> None:
    path = tmp_path / "shop.duckdb"
    script = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); c.execute('create table t (a int)'); print('ready', flush=True); sys.stdin.read()"
    holder = subprocess.Popen(
        [sys.executable, "-c", script, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "ready\n"
        assert "open for writing in another process" in refused(path).detail
    finally:
        holder.communicate("")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_without_permission_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", GOOD)
    path.chmod(0)
    assert "permission denied" in refused(path).detail


def test_a_url_is_not_supported_yet_and_its_password_is_not_repeated() -> None:
    error = refused("postgresql://me:secret@host/db")
    assert "not supported yet" in error.detail
    assert "secret" not in error.detail


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\x00"), min_size=1, max_size=12)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(TEXTS, TEXTS, st.integers(-(10**9), 10**9)), min_size=1, max_size=8))
def test_a_csv_written_by_python_comes_back_as_written(records: list[tuple[str, str, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "made.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("first text", "second text", "whole number"))
            # A row of plain words keeps the engine from reading the texts as numbers or dates.
            writer.writerows([("plain words", "plain words", 0), *records])
        assert rows(path, "made")[1:] == records
