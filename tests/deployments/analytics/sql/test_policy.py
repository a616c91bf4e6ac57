"""Whatever the guard lets through gives the rows that it would give had the policy been applied to the data before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deployments.analytics.model.schema import SemanticModel
from deployments.analytics.sql.guard import GuardedStatement, decide, guard
from deployments.analytics.visibility import model_seen_by
from deployments.analytics.warehouse.connect import open_warehouse
from deployments.contracts.identity import Principal
from deployments.contracts.limits import Limits
from tests.fixtures.retail import MODEL, ROWS, SCHEMA

CALLER = Principal(tenant_id="acme", user_id="ann", attributes={"country": "US", "states": ["open", "shipped"]})
POLICIES = {"customers": "country = {attributes.country}", "orders": "status IN {attributes.states} AND order_id < 7"}
CLOSED = {("orders", "amount"), ("customers", "active")}
BEFOREHAND = """
delete from customers where country is distinct from 'US';
delete from orders where not coalesce(status in ('open', 'shipped') and order_id < 7, false);
alter table orders drop column amount;
alter table customers drop column active;
alter table order_lines drop column unit_price;
"""
"""What the caller may see, as data. No attribute of the lines shows their price."""

TABLES = {
    "orders": ("order_id", "customer_id", "status", "order_date", "amount"),
    "customers": ("customer_id", "name", "country", "active"),
    "returns": ("return_id", "order_id", "refund"),
    "order_lines": ("order_id", "line_number", "quantity", "unit_price"),
    "stores": ("store_id", "name"),
}


def restricted() -> SemanticModel:
    entities = []
    for entity in MODEL.entities:
        attributes = tuple(
            a.model_copy(update={"visible_to": ()}) if (entity.name, a.name) in CLOSED else a
            for a in entity.attributes
            if a.name != "total"
        )
        entities.append(entity.model_copy(update={"attributes": attributes, "row_policy": POLICIES.get(entity.name)}))
    return MODEL.model_copy(update={"entities": tuple(entities), "metrics": ()})


class Shop:
    """The whole data, the data as the caller may see it, and the model of the caller."""

    def __init__(self, folder: Path) -> None:
        path = folder / "shop.duckdb"
        with duckdb.connect(str(path)) as made:
            made.execute(SCHEMA + ROWS)
        self.whole = open_warehouse(str(path))
        self.before = duckdb.connect()
        self.before.execute(SCHEMA + ROWS + BEFOREHAND)
        self.model = model_seen_by(restricted(), CALLER, self.whole)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    made = Shop(tmp_path_factory.mktemp("policy"))
    yield made
    made.before.close()
    made.whole.close()


class Statements:
    """A grammar of statements, some of them attempts at what is out of sight."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.aliases = 0

    def one(self, *of: Any) -> Any:
        return self.draw(st.sampled_from(of))

    def query(self, depth: int, width: int = 2) -> str:
        """A query of `width` columns called c0, c1, ..."""
        kind = self.one("select", "select", "select", "set", "cte", "shadow", "nested") if depth else "select"
        if kind == "set":
            word = self.one("UNION", "UNION ALL", "INTERSECT", "EXCEPT")
            return f"{self.select(depth - 1, width)} {word} {self.select(depth - 1, width)}"
        if kind in ("cte", "shadow"):
            name = "t" if kind == "cte" else self.one(*TABLES)
            shown = ", ".join(f"c{i}" for i in range(width))
            return f"WITH {name} AS ({self.query(depth - 1, width)}) SELECT {shown} FROM {name}"
        if kind == "nested":
            columns = ", ".join(f"n.c{i}" for i in range(width))
            star = self.one(columns, columns, "*", "n.*")
            return f"SELECT {columns} FROM (SELECT {star} FROM ({self.query(depth - 1, width)}) AS n) AS n"
        return self.select(depth, width)

    def select(self, depth: int, width: int) -> str:
        sources = [self.source() for _ in range(self.one(1, 1, 2))]
        grouped = self.one(True, False)
        outputs = [self.scalar(sources) for _ in range(width)]
        if grouped:
            outputs[1:] = [self.aggregate(sources) for _ in outputs[1:]]
        shown = ", ".join(f"{output} AS c{i}" for i, output in enumerate(outputs))
        sql = f"SELECT {self.one('', '', 'DISTINCT ')}{shown} FROM {self.joined(sources)}"
        if self.one(True, False):
            sql += f" WHERE {self.condition(sources, depth)}"
        return sql + (f" GROUP BY {outputs[0]}" if grouped else "")

    def source(self) -> tuple[str, str]:
        self.aliases += 1
        return self.one(*TABLES, "ORDERS", "main.orders"), f"a{self.aliases}"

    def joined(self, sources: list[tuple[str, str]]) -> str:
        text = f"{sources[0][0]} AS {sources[0][1]}"
        for table, alias in sources[1:]:
            on = f"{self.column([sources[0]])} = {self.column([(table, alias)])}"
            text += f" {self.one('JOIN', 'LEFT JOIN', 'FULL JOIN')} {table} AS {alias} ON CAST({on.replace(' = ', ' AS VARCHAR) = CAST(')} AS VARCHAR)"
        return text

    def column(self, sources: list[tuple[str, str]]) -> str:
        table, alias = self.one(*sources)
        return f"{alias}.{self.one(*TABLES[table.lower().removeprefix('main.')])}"

    def scalar(self, sources: list[tuple[str, str]]) -> str:
        column = self.column(sources)
        return str(self.one(column, column, f"CAST({column} AS VARCHAR)", f"COALESCE(CAST({column} AS VARCHAR), 'x')"))

    def aggregate(self, sources: list[tuple[str, str]]) -> str:
        column = self.column(sources)
        return str(
            self.one("COUNT(*)", f"COUNT({column})", f"COUNT(DISTINCT {column})", f"MAX({column})", f"MIN({column})")
        )

    def condition(self, sources: list[tuple[str, str]], depth: int) -> str:
        column = self.column(sources)
        plain = (f"{column} IS NULL", f"{column} IS NOT NULL OR TRUE", f"CAST({column} AS VARCHAR) > '2'", "TRUE")
        if not depth:
            return str(self.one(*plain))
        inner = self.one(*TABLES)
        key = self.one(*TABLES[inner])
        nested = (
            f"CAST({column} AS VARCHAR) IN (SELECT CAST(z.{key} AS VARCHAR) FROM {inner} AS z)",
            f"EXISTS (SELECT 1 FROM {inner} AS z WHERE CAST(z.{key} AS VARCHAR) = CAST({column} AS VARCHAR))",
            f"(SELECT COUNT(*) FROM {inner} AS z WHERE z.{key} IS NOT NULL) > 3",
        )
        return str(self.one(*plain, *nested))


@st.composite
def statements(draw: st.DrawFn) -> str:
    return Statements(draw).query(depth=2)


def rows(found: list[tuple[Any, ...]]) -> list[str]:
    return sorted(map(repr, found))


def passed(sql: str, model: SemanticModel) -> GuardedStatement | None:
    return guard(sql, model, Limits()) if decide(sql, model, Limits()).allowed else None


@settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(sql=statements())
def test_a_statement_gives_what_it_would_give_on_the_callers_data(shop: Shop, sql: str) -> None:
    let_through = passed(sql, shop.model)
    if let_through is None:
        return
    try:
        expected = rows(shop.before.execute(sql).fetchall())
    except duckdb.ConversionException:
        return  # what cannot be computed may fail on rows out of sight as well
    assert rows(shop.whole.query(let_through.sql)) == expected, let_through.sql


def test_the_grammar_makes_statements_of_both_kinds(shop: Shop) -> None:
    made: list[bool] = []

    @settings(max_examples=100, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(sql=statements())
    def collect(sql: str) -> None:
        let_through = passed(sql, shop.model)
        made.append(let_through is not None and bool(let_through.report.row_policies))

    collect()
    assert 20 < sum(made) < len(made)
