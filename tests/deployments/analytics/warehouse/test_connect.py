from __future__ import annotations

import datetime as dt
import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from deployments.analytics.warehouse.connect import Warehouse, open_warehouse
from deployments.contracts.answers import ResultColumn
from deployments.contracts.errors import InvalidQuery, QueryTimeout, TurnCancelled
from deployments.contracts.limits import Limits

ENDLESS = "SELECT count(*) FROM range(100000000) a, range(100000) b WHERE a.range * b.range % 7 = 3"


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE maker (id INTEGER PRIMARY KEY, name VARCHAR UNIQUE)")
        connection.execute("CREATE TABLE item (id INTEGER PRIMARY KEY, maker_id INTEGER REFERENCES maker (id))")
        connection.execute("CREATE VIEW cheap AS SELECT * FROM item")
        connection.execute("CREATE SCHEMA other")
        connection.execute("CREATE TABLE other.item (id INTEGER)")
    opened = open_warehouse(str(path))
    yield opened
    opened.close()


def one(warehouse: Warehouse, sql: str) -> object:
    return warehouse.fetch(sql, (), Limits()).rows[0][0]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT 1.50::DECIMAL(10, 2)", Decimal("1.50")),
        ("SELECT 170141183460469231731687303715884105727::HUGEINT", 170141183460469231731687303715884105727),
        ("SELECT 'nan'::DOUBLE", None),
        ("SELECT 'infinity'::DOUBLE", None),
        ("SELECT DATE '2024-02-29'", dt.date(2024, 2, 29)),
        ("SELECT TIMESTAMP '2024-02-29 13:05:00'", dt.datetime(2024, 2, 29, 13, 5)),
        ("SELECT TIME '13:05:00'", dt.time(13, 5)),
        ("SELECT '9f0c5b3e-1b1a-4c7e-8f43-2f3f5a6f1e11'::UUID", "9f0c5b3e-1b1a-4c7e-8f43-2f3f5a6f1e11"),
        ("SELECT [1, 2]", "[1, 2]"),
        ("SELECT {'a': 1.5, 'b': DATE '2024-01-01'}", '{"a": 1.5, "b": "2024-01-01"}'),
        ("SELECT INTERVAL 90 SECOND", "00:01:30"),
        ("SELECT 'ab'::BLOB", "\\x6162"),
        ("SELECT NULL", None),
        ("SELECT true", True),
    ],
)
def test_every_engine_type_comes_back_as_a_plain_cell(warehouse: Warehouse, sql: str, expected: object) -> None:
    value = one(warehouse, sql)
    assert value == expected
    assert type(value) is type(expected)


def test_a_timestamp_with_time_zone_keeps_its_instant(warehouse: Warehouse) -> None:
    value = one(warehouse, "SELECT TIMESTAMPTZ '2024-06-01 12:00:00+02'")
    assert isinstance(value, dt.datetime)
    assert value.astimezone(dt.UTC) == dt.datetime(2024, 6, 1, 10, tzinfo=dt.UTC)


def test_a_column_takes_the_type_the_engine_returns(warehouse: Warehouse) -> None:
    asked = (ResultColumn(name="n", label="n", type="text"), ResultColumn(name="d", label="day", type="date"))
    result = warehouse.fetch("SELECT 1, TIMESTAMP '2024-01-01'", asked, Limits())
    assert [(column.label, column.type) for column in result.columns] == [("n", "number"), ("day", "datetime")]


def test_another_number_of_columns_than_asked_for_is_an_error(warehouse: Warehouse) -> None:
    with pytest.raises(InvalidQuery, match="expected 1 columns, the engine returned 2"):
        warehouse.fetch("SELECT 1, 2", (ResultColumn(name="n", label="n", type="number"),), Limits())


@pytest.mark.parametrize(("rows", "truncated"), [(4, True), (5, False), (6, False)])
def test_rows_beyond_the_limit_are_left_off_and_said_so(warehouse: Warehouse, rows: int, truncated: bool) -> None:
    result = warehouse.fetch("SELECT * FROM range(5)", (), Limits(rows=rows))
    assert (result.row_count, result.truncated) == (min(rows, 5), truncated)


def test_a_query_past_its_time_is_interrupted(warehouse: Warehouse) -> None:
    started = time.perf_counter()
    with pytest.raises(QueryTimeout, match=r"0\.2 seconds"):
        warehouse.fetch(ENDLESS, (), Limits(seconds=0.2))
    assert time.perf_counter() - started < 5
    assert one(warehouse, "SELECT 1") == 1


def test_interrupt_stops_the_query_of_its_token_and_no_other(warehouse: Warehouse) -> None:
    outcome: dict[str, object] = {}
    running = threading.Barrier(3)

    def run(token: str, seconds: float) -> None:
        running.wait()
        try:
            warehouse.fetch(ENDLESS, (), Limits(seconds=seconds), token=token)
        except Exception as error:
            outcome[token] = error

    threads = [threading.Thread(target=run, args=("a", 30)), threading.Thread(target=run, args=("b", 1.5))]
    for thread in threads:
        thread.start()
    running.wait()
    while threads[0].is_alive():
        warehouse.interrupt("a")
        threads[0].join(0.05)
    threads[1].join()
    assert isinstance(outcome["a"], TurnCancelled)
    assert isinstance(outcome["b"], QueryTimeout)


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT nothing FROM item", "nothing"),
        ("SELECT CAST('a' AS INTEGER)", "Could not convert string 'a'"),
        ("SELECT * FROM read_csv('/etc/passwd')", "disabled"),
        ("SET threads = 9", "locked"),
        ("DELETE FROM item", "read-only"),
    ],
)
def test_what_the_engine_refuses_is_an_invalid_query_in_one_line(warehouse: Warehouse, sql: str, said: str) -> None:
    with pytest.raises(InvalidQuery, match=said) as caught:
        warehouse.fetch(sql, (), Limits())
    assert "\n" not in caught.value.detail


def test_the_catalogue_lists_tables_views_schemas_and_declared_keys(warehouse: Warehouse) -> None:
    tables = {(table.schema, table.name): table for table in warehouse.tables()}
    assert set(tables) == {("main", "maker"), ("main", "item"), ("main", "cheap"), ("other", "item")}
    item = tables["main", "item"]
    assert item.primary_key == ("id",)
    assert [(key.columns, key.to_table, key.to_columns) for key in item.foreign_keys] == [
        (("maker_id",), "maker", ("id",))
    ]
    assert tables["main", "maker"].unique_keys == (("name",),)
    assert tables["main", "cheap"].is_view


def test_a_closed_warehouse_cancels_what_runs(warehouse: Warehouse) -> None:
    threading.Timer(0.2, warehouse.close).start()
    with pytest.raises(TurnCancelled):
        warehouse.fetch(ENDLESS, (), Limits(seconds=20))


def test_a_query_that_takes_too_much_memory_is_told_how_to_take_less(tmp_path: Path) -> None:
    (tmp_path / "few.csv").write_text("a\n1\n")
    small = open_warehouse(str(tmp_path / "few.csv"), Limits(memory_mb=64))
    with pytest.raises(InvalidQuery, match="fewer groups or a shorter period"):
        small.fetch("SELECT list(a.range || 'x') FROM range(20000000) a", (), Limits())
    small.close()


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT content FROM read_text('/etc/hostname')",
        "SELECT file FROM glob('/*')",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM 'https://example.org/x.parquet'",
        "COPY (SELECT 1) TO 'out.csv'",
        "COPY item FROM '/etc/passwd'",
        "EXPORT DATABASE 'out'",
        "ATTACH 'other.duckdb' AS other",
        "INSTALL httpfs",
        "INSTALL x FROM community",
        "LOAD 'x.duckdb_extension'",
        "SET enable_external_access = true",
        "SET lock_configuration = false",
        "SET memory_limit = '100GB'",
        "SET threads = 64",
        "SET allow_persistent_secrets = true",
        "PRAGMA memory_limit = '100GB'",
        "RESET memory_limit",
        "CREATE PERSISTENT SECRET s (TYPE HTTP)",
        "CREATE TABLE x AS SELECT 1",
        "INSERT INTO item SELECT * FROM item",
        "DROP TABLE item",
        "SELECT * FROM in_a_python_variable",
    ],
)
def test_the_engine_itself_refuses_what_the_guard_would(warehouse: Warehouse, sql: str) -> None:
    in_a_python_variable = [1]  # noqa: F841 a name that DuckDB would look up in its caller's frame
    with pytest.raises(InvalidQuery):
        warehouse.fetch(sql, (), Limits())


def test_a_query_may_not_fill_the_disk(tmp_path: Path) -> None:
    (tmp_path / "few.csv").write_text("a\n1\n")
    small = open_warehouse(str(tmp_path / "few.csv"), Limits(memory_mb=64, spill_mb=1))
    with pytest.raises(InvalidQuery):
        small.fetch(
            "SELECT hash(i) AS a, hash(i + 1) AS b, hash(i + 2) AS c FROM range(3000000) AS t(i) ORDER BY a",
            (),
            Limits(),
        )
    small.close()


def test_one_file_may_be_open_twice_in_a_process(tmp_path: Path) -> None:
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE item AS SELECT 7 AS id")
    first, second = open_warehouse(str(path)), open_warehouse(str(path))
    first.close()
    assert second.query("SELECT id FROM item") == [(7,)]
    with pytest.raises(InvalidQuery):
        second.query("SET threads = 2")
    second.close()


LIST = "SELECT list(a.range || 'x') FROM range({}) a"


def test_each_query_has_its_memory_to_itself(tmp_path: Path) -> None:
    """One that takes all it may, again and again, leaves enough for others beside it."""
    (tmp_path / "few.csv").write_text("a\n1\n")
    small = open_warehouse(str(tmp_path / "few.csv"), Limits(memory_mb=64))
    half = LIST.format(400_000)
    small.fetch(half, (), Limits())
    stop = threading.Event()
    failed: list[InvalidQuery] = []

    def take_all() -> None:
        while not stop.is_set():
            with pytest.raises(InvalidQuery) as refused:
                small.fetch(LIST.format(20_000_000), (), Limits())
            failed.append(refused.value)

    greedy = threading.Thread(target=take_all)
    greedy.start()
    while len(failed) < 2:
        small.fetch(half, (), Limits())
    stop.set()
    greedy.join()
    small.close()


def test_a_file_that_was_replaced_is_answered_from_as_it_was(tmp_path: Path) -> None:
    path, other = tmp_path / "shop.duckdb", tmp_path / "other.duckdb"
    for number, file in enumerate((path, other)):
        with duckdb.connect(str(file)) as connection:
            connection.execute(f"CREATE TABLE item AS SELECT {number} AS id")
    shop = open_warehouse(str(path))
    other.rename(path)
    assert shop.fetch("SELECT id FROM item", (), Limits()).rows == [(0,)]
    shop.close()


@pytest.mark.parametrize("name", ["memory", "data", "order", "my shop"])
def test_tables_are_found_under_every_name_they_have(tmp_path: Path, name: str) -> None:
    path = tmp_path / f"{name}.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE item AS SELECT 7 AS id")
        connection.execute("CREATE SCHEMA data")
        connection.execute(f'CREATE TABLE "{name}".data.item AS SELECT 8 AS id')
    shop = open_warehouse(str(path))
    assert shop.fetch("SELECT id FROM item", (), Limits()).rows == [(7,)]
    if name != "memory":
        assert shop.fetch(f'SELECT id FROM "{name}".data.item', (), Limits()).rows == [(8,)]
    if name != "data":
        assert shop.fetch("SELECT id FROM data.item", (), Limits()).rows == [(8,)]
    shop.close()


def test_what_a_killed_process_has_spilled_is_swept_away(tmp_path: Path) -> None:
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE item AS SELECT 7 AS id")
    dead = subprocess.Popen(["true"])
    dead.wait()
    left, used = (path.with_name(f"shop.duckdb.{socket.gethostname()}-{pid}-1.tmp") for pid in (dead.pid, os.getpid()))
    for folder in (left, used):
        folder.mkdir()
    open_warehouse(str(path)).close()
    assert not left.exists()
    assert used.exists()
