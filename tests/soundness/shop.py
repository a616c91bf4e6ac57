"""A random small shop, and what a question to it means, evaluated row by row in Python."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import duckdb
from hypothesis import strategies as st

from deployments.contracts import query as q
from tests.fixtures.retail import MODEL, SCHEMA

Row = dict[str, Any]
COLUMNS: dict[str, tuple[str, ...]] = {
    "customers": ("customer_id", "name", "country", "signed_up", "active", "referrer_id"),
    "stores": ("store_id", "name", "region"),
    "products": ("product_id", "name", "category", "price"),
    "tags": ("tag_id", "label"),
    "product_tags": ("product_id", "tag_id"),
    "orders": ("order_id", "customer_id", "store_id", "order_date", "amount", "status", "paid"),
    "order_lines": ("order_id", "line_number", "product_id", "quantity", "unit_price", "order"),
    "returns": ("return_id", "order_id", "returned_at", "refund"),
    "visits": ("customer_id", "visited_at", "page"),
}


@dataclass(frozen=True)
class Shop:
    """The rows of each table."""

    tables: dict[str, list[Row]]

    def open(self) -> duckdb.DuckDBPyConnection:
        """The shop in a database of its own."""
        connection = duckdb.connect()
        connection.execute(SCHEMA)
        for table, columns in COLUMNS.items():
            places = ", ".join("?" for _ in columns)
            rows = [[row[name] for name in columns] for row in self.tables[table]]
            if rows:
                connection.executemany(f"insert into {table} values ({places})", rows)
        return connection

    def related(self, entity: str, row: Row, other: str, path: tuple[tuple[str, bool], ...] | None = None) -> list[Row]:
        """The rows of another entity that a row leads to, each once, by the shop's one path between the two."""
        here = [row]
        for step, forward in PATHS[entity, other] if path is None else path:
            relationship = MODEL.relationships_by_name[step]
            target = relationship.to_entity if forward else relationship.from_entity
            mine, theirs = relationship.from_attributes[0], relationship.to_attributes[0]
            if not forward:
                mine, theirs = theirs, mine
            found = [
                each
                for each in self.tables[target]
                if any(near[mine] is not None and near[mine] == each[theirs] for near in here)
            ]
            here = found
        return here


UP = {
    "order_lines": (("order", "orders"), ("product", "products")),
    "orders": (("customer", "customers"), ("store", "stores")),
    "returns": (("returned_order", "orders"),),
    "product_tags": (("tagged_product", "products"), ("tag", "tags")),
}


def _paths() -> dict[tuple[str, str], tuple[tuple[str, bool], ...]]:
    """The one path between entities that does not go through a shared row, written out by hand and reversed."""
    to_one: dict[tuple[str, str], tuple[tuple[str, bool], ...]] = {}

    def climb(start: str, here: str, taken: tuple[tuple[str, bool], ...]) -> None:
        to_one[start, here] = taken
        for name, target in UP.get(here, ()):
            climb(start, target, (*taken, (name, True)))

    for entity in COLUMNS:
        climb(entity, entity, ())
    paths = dict(to_one)
    for (start, end), path in to_one.items():
        paths[end, start] = tuple((name, False) for name, _ in reversed(path))
    paths["orders", "products"] = (("order", False), ("product", True))
    paths["products", "orders"] = (("product", False), ("order", True))
    paths["customers", "products"] = (("customer", False), ("order", False), ("product", True))
    paths["products", "tags"] = (("tagged_product", False), ("tag", True))
    paths["order_lines", "tags"] = (("product", True), ("tagged_product", False), ("tag", True))
    return paths


PATHS = _paths()

small = st.integers(1, 4)
money = st.sampled_from([Decimal("0.00"), Decimal("5.00"), Decimal("10.50"), Decimal("99.99"), Decimal("-3.00")])
day = st.dates(dt.date(2025, 1, 1), dt.date(2025, 4, 30))


def optional(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


@st.composite
def shops(draw: st.DrawFn) -> Shop:
    """Shops with dangling and missing links where the model says that a link may be missing."""
    customers = [
        {
            "customer_id": number, "name": draw(st.sampled_from("AB")), "country": draw(optional(st.sampled_from(["DE", "US"]))),
            "signed_up": draw(day), "active": draw(optional(st.sampled_from("YN"))), "referrer_id": None,
        }
        for number in range(1, draw(small) + 1)
    ]  # fmt: skip
    stores = [{"store_id": n, "name": f"S{n}", "region": draw(optional(st.sampled_from("NS")))} for n in (1, 2)]
    products = [
        {"product_id": n, "name": f"P{n}", "category": draw(optional(st.sampled_from("XY"))), "price": draw(money)}
        for n in range(1, draw(small) + 1)
    ]
    tags = [{"tag_id": n, "label": draw(st.sampled_from("TU"))} for n in (1, 2, 3)]
    links = draw(st.sets(st.tuples(st.sampled_from([p["product_id"] for p in products]), st.sampled_from([1, 2, 3]))))
    orders: list[Row] = [
        {
            "order_id": number, "customer_id": draw(st.sampled_from([c["customer_id"] for c in customers])),
            "store_id": draw(optional(st.sampled_from([1, 2]))), "order_date": draw(day), "amount": draw(optional(money)),
            "status": draw(optional(st.sampled_from(["open", "shipped"]))), "paid": draw(optional(st.booleans())),
        }
        for number in range(1, draw(st.integers(1, 6)) + 1)
    ]  # fmt: skip
    lines: list[Row] = []
    for order in orders:
        lines += [
            {
                "order_id": order["order_id"], "line_number": number,
                "product_id": draw(st.sampled_from([p["product_id"] for p in products])),
                "quantity": draw(st.integers(0, 3)), "unit_price": draw(money), "order": number,
            }
            for number in range(1, draw(st.integers(0, 3)) + 1)
        ]  # fmt: skip
    returns = [
        {
            "return_id": number, "order_id": draw(st.sampled_from([o["order_id"] for o in orders])),
            "returned_at": dt.datetime.combine(draw(day), dt.time(12)), "refund": draw(money),
        }
        for number in range(1, draw(st.integers(0, 4)) + 1)
    ]  # fmt: skip
    for line in lines:
        line["total"] = line["quantity"] * line["unit_price"]
    return Shop(
        {
            "customers": customers, "stores": stores, "products": products, "tags": tags,
            "product_tags": [{"product_id": p, "tag_id": t} for p, t in sorted(links)], "orders": orders,
            "order_lines": lines, "returns": returns, "visits": [],
        }
    )  # fmt: skip


TESTS: dict[q.Operator, Callable[[Any, Any], bool]] = {
    q.Operator.EQ: lambda left, right: left is not None and left == right,
    q.Operator.NE: lambda left, right: left != right,
    q.Operator.GT: lambda left, right: left is not None and left > right,
    q.Operator.LE: lambda left, right: left is not None and left <= right,
}


def holds(shop: Shop, entity: str, row: Row, condition: Any) -> bool:
    """Whether a condition is true of a row; what leads to many is true if it is of one of them."""
    if isinstance(condition, q.Not):
        return not holds(shop, entity, row, condition.of)
    if isinstance(condition, q.AnyOf):
        return any(holds(shop, entity, row, part) for part in condition.of)
    if isinstance(condition, q.Related):
        found = shop.related(entity, row, condition.to)
        met = any(condition.where is None or holds(shop, condition.to, each, condition.where) for each in found)
        return met != condition.negated
    attribute: Any = condition.left
    found = shop.related(entity, row, attribute.entity)
    values = [each[attribute.name] for each in found]
    if not values and not any(not forward for _, forward in PATHS[entity, attribute.entity]):
        values = [None]
    right: Any = condition.right
    return any(TESTS[condition.operator](value, right.value) for value in values)


def aggregate(function: q.Function, values: list[Any]) -> Any:
    """The aggregate of the values, NULLs not counted."""
    known = [value for value in values if value is not None]
    if function is q.Function.COUNT:
        return len(known)
    if function is q.Function.COUNT_DISTINCT:
        return len(set(known))
    if not known:
        return None
    if function is q.Function.SUM:
        return sum(known)
    if function is q.Function.AVG:
        return sum(known) / len(known)
    return min(known) if function is q.Function.MIN else max(known)


def grouped(shop: Shop, query: q.AnalyticQuery) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """A question with measures of one entity: for each row the set of groups it stands in, then the aggregates."""
    entity = query.subject
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in shop.tables[entity]:
        if query.where is not None and not holds(shop, entity, row, query.where):
            continue
        for key in _groups(shop, entity, row, query.dimensions):
            groups.setdefault(key, []).append(row)
    if not query.dimensions:
        groups.setdefault((), [])
    return {key: tuple(_measured(shop, measure, rows) for measure in query.measures) for key, rows in groups.items()}


def _groups(shop: Shop, entity: str, row: Row, dimensions: Iterable[q.Dimension]) -> set[tuple[Any, ...]]:
    keys: set[tuple[Any, ...]] = {()}
    for dimension in dimensions:
        attribute: Any = dimension.of
        path = PATHS[entity, attribute.entity]
        values = {each[attribute.name] for each in shop.related(entity, row, attribute.entity)}
        if not values and all(forward for _, forward in path):
            values = {None}
        keys = {(*key, value) for key in keys for value in values}
    return keys


def _measured(shop: Shop, measure: Any, rows: list[Row]) -> Any:
    kept = [row for row in rows if measure.where is None or holds(shop, measure.entity, row, measure.where)]
    if measure.of is None:
        return len(kept)
    found = [shop.related(measure.entity, row, measure.of.entity) for row in kept]
    return aggregate(measure.function, [each[0][measure.of.name] if each else None for each in found])
