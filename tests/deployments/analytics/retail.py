"""A small retail model and results over it, made by hand, for tests of what is shown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from deployments.analytics.model.schema import (
    Attribute,
    DataType,
    Entity,
    Metric,
    Relationship,
    Role,
    SemanticModel,
)
from deployments.contracts import query as q
from deployments.contracts.answers import Cell, ResultColumn, ResultTable


def attribute(name: str, label: str, data_type: DataType, role: Role, **more: Any) -> Attribute:
    return Attribute(name=name, label=label, data_type=data_type, role=role, **more)


ORDERS = Entity(
    name="orders",
    label="order",
    plural="orders",
    table="orders",
    kind="fact",
    description="What customers bought.",
    attributes=(
        attribute("order_id", "order id", DataType.INTEGER, Role.KEY, unique=True),
        attribute("customer_id", "customer id", DataType.INTEGER, Role.REFERENCE),
        attribute("customer_name", "customer name", DataType.TEXT, Role.CATEGORY, distinct_count=400),
        attribute(
            "status", "status", DataType.TEXT, Role.CATEGORY, distinct_count=3, samples=("shipped", "open", "returned")
        ),
        attribute("channel", "channel", DataType.TEXT, Role.CATEGORY, distinct_count=2, samples=("web", "store")),
        attribute("amount", "amount", DataType.DECIMAL, Role.ADDITIVE, unit="USD", minimum=1, maximum=900),
        attribute("discount", "discount", DataType.FLOAT, Role.RATE, unit="%", null_fraction=0.25),
        attribute(
            "order_date",
            "order date",
            DataType.DATE,
            Role.TIME,
            minimum=dt.date(2023, 11, 1),
            maximum=dt.date(2026, 11, 23),
        ),
    ),
    primary_key=("order_id",),
    default_time="order_date",
    row_count=120_000,
)
CUSTOMERS = Entity(
    name="customers",
    label="customer",
    plural="customers",
    table="customers",
    attributes=(
        attribute("id", "id", DataType.INTEGER, Role.KEY, unique=True),
        attribute("name", "name", DataType.TEXT, Role.LABEL),
        attribute("country", "country", DataType.TEXT, Role.CATEGORY, distinct_count=12, samples=("US", "DE")),
        attribute("active", "active", DataType.BOOLEAN, Role.FLAG),
        attribute("birth_date", "birth date", DataType.DATE, Role.TIME),
    ),
    primary_key=("id",),
    label_attribute="name",
    row_count=400,
)
MODEL = SemanticModel(
    name="retail",
    entities=(ORDERS, CUSTOMERS),
    relationships=(
        Relationship(
            name="orders_customer",
            from_entity="orders",
            to_entity="customers",
            from_attributes=("customer_id",),
            to_attributes=("id",),
        ),
    ),
    metrics=(
        Metric(
            name="revenue",
            label="revenue",
            measure=q.Aggregate(
                function=q.Function.SUM, entity="orders", of=q.Attribute(entity="orders", name="amount")
            ),
            unit="USD",
            synonyms=("sales", "turnover"),
            derived=True,
            definition="the sum of amount over orders",
        ),
    ),
    currency="USD",
)

REVENUE = q.MetricValue(metric="revenue", name="revenue")
ORDER_COUNT = q.Aggregate(function=q.Function.COUNT, entity="orders", name="order_count")
CUSTOMER = q.Dimension(of=q.Attribute(entity="orders", name="customer_name"), name="customer_name")
COUNTRY = q.Dimension(of=q.Attribute(entity="customers", name="country"), name="country")
STATUS = q.Dimension(of=q.Attribute(entity="orders", name="status"), name="status")
ORDER_DATE = q.Attribute(entity="orders", name="order_date")
OCTOBER = q.TimeWindow(of=ORDER_DATE, start=dt.date(2026, 10, 1), end=dt.date(2026, 11, 1), label="last month")
BY_REVENUE = (q.OrderBy(target="measure", index=0),)
TOP_TEN = q.AnalyticQuery(
    subject="orders",
    dimensions=(CUSTOMER,),
    measures=(REVENUE,),
    time=OCTOBER,
    order=BY_REVENUE,
    limit=q.Limit(count=10),
)


def by_time(grain: q.Grain) -> q.Dimension:
    return q.Dimension(of=q.Truncated(of=ORDER_DATE, grain=grain), name=grain.value)


def is_(entity: str, name: str, value: q.Plain) -> q.Comparison:
    return q.Comparison(
        left=q.Attribute(entity=entity, name=name), operator=q.Operator.EQ, right=q.Constant(value=value)
    )


def dimension(name: str, label: str | None = None, kind: Any = "text", **more: Any) -> ResultColumn:
    return ResultColumn(name=name, label=label or name.replace("_", " "), type=kind, role="dimension", **more)


def measure(name: str = "revenue", unit: str | None = "USD", role: Any = "measure", **more: Any) -> ResultColumn:
    return ResultColumn(name=name, label=name.replace("_", " "), type="number", role=role, unit=unit, **more)


def table(columns: Sequence[ResultColumn], *rows: tuple[Cell, ...], truncated: bool = False) -> ResultTable:
    return ResultTable(tuple(columns), rows, truncated)


def months(count: int, start: dt.date = dt.date(2025, 1, 1)) -> list[dt.date]:
    first = start.year * 12 + start.month - 1
    return [dt.date((first + i) // 12, (first + i) % 12 + 1, 1) for i in range(count)]


NAMES = (
    "Acme Inc",
    "Beta Corp",
    "Gamma Ltd",
    "Delta GmbH",
    "Epsilon",
    "Zeta AG",
    "Eta Foods",
    "Theta",
    "Iota",
    "Kappa",
)
TOP_TEN_ROWS = table(
    (dimension("customer_name", "Customer name"), measure()),
    *((name, round(150_000 / (1 + i * 0.15), 2)) for i, name in enumerate(NAMES)),
)
