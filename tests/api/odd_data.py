"""Data that are awkward to show: NULLs, long, blank and foreign text, markup, numbers of every size, many columns."""

from __future__ import annotations

from pathlib import Path

import duckdb

MARKUP = "<b>bold</b><script>document.title='run'</script>"
RIGHT_TO_LEFT = "مرحبا بالعالم"
LONG = "Long " + "very " * 60 + "end"


def make(path: Path) -> str:
    """A DuckDB file with the tables odd_values, wide_rows (60 columns), many_events (100,000 rows), single_things."""
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "CREATE TABLE odd_values (label VARCHAR, remark VARCHAR, amount DECIMAL(18,4), ratio DOUBLE, happened TIMESTAMP)"
        )
        connection.executemany(
            "INSERT INTO odd_values VALUES (?, ?, ?, ?, ?)",
            [
                (MARKUP, "<img src=x onerror=\"document.title='run'\">", -1234567.891, 1e-9, "2026-01-05 13:45:10"),
                (RIGHT_TO_LEFT, "العربية and English", 0.0001, -0.000001234, None),
                (None, None, None, None, None),
                (LONG, "word" * 200, 99999999999999.99, 1e21, "1969-12-31 23:59:59"),
                ("日本語 🙂", "line one\nline two\ttabbed", 0, 0.1 + 0.2, "2026-12-31 00:00:00"),
                ("", "   ", -0.01, -5e-324, "2026-02-28 12:00:00"),
            ],
        )
        many = ", ".join(f"i * {number} AS value_{number}" for number in range(1, 60))
        connection.execute(f"CREATE TABLE wide_rows AS SELECT i AS wide_id, {many} FROM range(1, 8) t(i)")
        connection.execute(
            "CREATE TABLE many_events AS SELECT i AS event_id, 'event ' || i AS event_name, "
            "(i * 7919) % 1000 AS size_kb FROM range(100000) t(i)"
        )
        connection.execute("CREATE TABLE single_things AS SELECT 1 AS thing_id, 'only one' AS title, 5 AS weight")
    return str(path)
