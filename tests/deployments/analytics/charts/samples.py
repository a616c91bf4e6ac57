"""One question and result for each chart type, and results that are awkward to draw."""

from __future__ import annotations

import datetime as dt

from deployments.contracts import query as q
from deployments.contracts.answers import ResultColumn, ResultTable
from tests.deployments.analytics.retail import (
    BY_REVENUE,
    COUNTRY,
    ORDER_COUNT,
    REVENUE,
    STATUS,
    TOP_TEN,
    TOP_TEN_ROWS,
    by_time,
    dimension,
    measure,
    months,
    table,
)

MONTH = dimension("month", "Month", "date", grain=q.Grain.MONTH)
COUNTRIES = ("US", "DE", "FR", "JP", "BR")


def asking(*dimensions: q.Dimension, measures: tuple[q.Measure, ...] = (REVENUE,), **more: object) -> q.AnalyticQuery:
    return q.AnalyticQuery.model_validate({"subject": "orders", "dimensions": dimensions, "measures": measures} | more)


BY_MONTH = asking(by_time(q.Grain.MONTH))
MONTH_ROWS = table((MONTH, measure()), *((day, 1000.0 + 10 * i) for i, day in enumerate(months(14))))
BY_MONTH_AND_COUNTRY = asking(by_time(q.Grain.MONTH), COUNTRY)
MONTH_AND_COUNTRY_ROWS = table(
    (MONTH, dimension("country"), measure()),
    *((day, name, 100.0 * (j + 1)) for day in months(6) for j, name in enumerate(COUNTRIES)),
)
BY_STATUS_AND_COUNTRY = asking(STATUS, COUNTRY)
STATUS_AND_COUNTRY_ROWS = table(
    (dimension("status"), dimension("country"), measure()),
    *((status, name, 10.0 + j) for status in ("open", "shipped") for j, name in enumerate(COUNTRIES)),
)
BY_COUNTRY = asking(COUNTRY)
COUNTRY_ROWS = table((dimension("country"), measure()), *((name, 50.0 - 7 * i) for i, name in enumerate(COUNTRIES)))
REVENUE_AND_ORDERS = asking(COUNTRY, measures=(REVENUE, ORDER_COUNT))
REVENUE_AND_ORDERS_ROWS = table(
    (dimension("country"), measure(), measure("order_count", None)),
    *((name, 50.0 - i, 3 + i) for i, name in enumerate(COUNTRIES)),
)
TOTAL = asking()
TOTAL_ROWS = table((measure(),), (1234.5,))
LIST = q.AnalyticQuery(
    subject="customers",
    dimensions=tuple(q.Dimension(of=q.Attribute(entity="customers", name=n), name=n) for n in ("name", "country")),
)
LIST_ROWS = table(
    (
        ResultColumn(name="name", label="Name", type="text"),
        ResultColumn(name="country", label="Country", type="text"),
        ResultColumn(name="age", label="Age", type="number"),
        ResultColumn(name="spend", label="Spend", type="number", unit="EUR"),
    ),
    *((f"Customer {i}", COUNTRIES[i % 3], 20 + i, 7.5 * i) for i in range(30)),
)
COMPARED = asking(
    COUNTRY,
    time=q.TimeWindow(of=q.Attribute(entity="orders", name="order_date"), start=dt.date(2026, 1, 1), end=dt.date(2027, 1, 1), label="2026"),
    comparison=q.PeriodComparison(
        window=q.TimeWindow(of=q.Attribute(entity="orders", name="order_date"), start=dt.date(2025, 1, 1), end=dt.date(2026, 1, 1), label="2025"),
        show="growth",
    ),
)  # fmt: skip
COMPARED_ROWS = table(
    (
        dimension("country"),
        measure(),
        measure("revenue_previous"),
        measure("revenue_change", "%", "calculation", additive=False),
    ),
    ("US", 120.0, 100.0, 0.2),
    ("DE", 80.0, 100.0, -0.2),
    ("FR", 50.0, None, None),
)
TOP_PER_STATUS = asking(
    STATUS, COUNTRY, limit=q.Limit(count=2, per=(0,)), order=(q.OrderBy(target="measure", index=0),)
)
TOP_PER_STATUS_ROWS = table(
    (dimension("status"), dimension("country"), measure()),
    ("open", "US", 90.0), ("open", "DE", 80.0), ("shipped", "JP", 70.0), ("shipped", "US", 65.0),
)  # fmt: skip
SHARES_BY_MONTH = asking(by_time(q.Grain.MONTH), COUNTRY, calculations=(q.Share(measure=0, within=(0,), name="share"),))
SHARES_BY_MONTH_ROWS = table(
    (MONTH, dimension("country"), measure(), measure("share", "%", "calculation", additive=False)),
    *((day, name, 100.0 * (j + 1), (j + 1) / 15) for day in months(6) for j, name in enumerate(COUNTRIES)),
)
BY_HOUR = asking(by_time(q.Grain.HOUR))
BY_HOUR_ROWS = table(
    (dimension("hour", "Hour", "datetime", grain=q.Grain.HOUR), measure()),
    *((dt.datetime(2026, 1, 1, hour), float(hour)) for hour in range(5)),
)

SHOWN_AS: dict[str, tuple[q.AnalyticQuery, ResultTable]] = {
    "table": (LIST, LIST_ROWS),
    "number": (TOTAL, TOTAL_ROWS),
    "bar": (TOP_TEN, TOP_TEN_ROWS),
    "stacked_bar": (BY_STATUS_AND_COUNTRY, STATUS_AND_COUNTRY_ROWS),
    "grouped_bar": (COMPARED, COMPARED_ROWS),
    "line": (BY_MONTH_AND_COUNTRY, MONTH_AND_COUNTRY_ROWS),
    "area": (BY_MONTH, MONTH_ROWS),
    "pie": (BY_COUNTRY, COUNTRY_ROWS),
    "donut": (TOP_TEN, TOP_TEN_ROWS),
    "scatter": (LIST, LIST_ROWS),
    "histogram": (LIST, LIST_ROWS),
    "heatmap": (BY_MONTH_AND_COUNTRY, MONTH_AND_COUNTRY_ROWS),
    "box": (LIST, LIST_ROWS),
}

AWKWARD: dict[str, tuple[q.AnalyticQuery, ResultTable]] = {
    "no rows": (BY_COUNTRY, table((dimension("country"), measure()))),
    "no rows and no columns": (LIST, table(())),
    "one row": (BY_COUNTRY, table((dimension("country"), measure()), ("US", 5))),
    "only NULL": (BY_COUNTRY, table((dimension("country"), measure()), (None, None), ("US", None))),
    "a single NULL": (TOTAL, table((measure(),), (None,))),
    "negative values": (BY_COUNTRY, table((dimension("country"), measure()), ("US", -5.5), ("DE", 3), ("FR", 0))),
    "tiny values": (BY_COUNTRY, table((dimension("country"), measure(unit=None)), ("US", 1e-9), ("DE", 3e-9))),
    "huge values": (BY_COUNTRY, table((dimension("country"), measure()), ("US", 10**30), ("DE", 3e29))),
    "markup and other scripts": (
        BY_COUNTRY,
        table(
            (dimension("country", "مبيعات <b>x</b>"), measure()),
            ("<script>alert(1)</script>", 1), ("مرحبا بالعالم", 2), ("日本", 3), ("🙂\u202e\x00x", 4), ("", 5), ("y" * 5000, 6),
        ),
    ),
    "control characters everywhere": (
        BY_COUNTRY,
        table(
            (dimension("n\x00m", "La\x00bel\x1b"), measure("m\x01", "k\x02g")),
            ("\x00", 1), ("\ud800", 2), ("\ufffe\x07", 3),
        ),
    ),
    "names that are paths": (
        BY_COUNTRY,
        table((dimension("a.b[0]'\"\\c"), measure("sum(x).y")), ("US", 1), ("DE", 2), ("FR", 3)),
    ),
    "sixty columns": (
        LIST,
        table(
            [ResultColumn(name=f"c{i}", label=f"Column {i}", type="number" if i % 2 else "text") for i in range(60)],
            *(tuple(i if c % 2 else f"v{i}" for c in range(60)) for i in range(20)),
        ),
    ),
    "rows of one name": (
        asking(COUNTRY, order=BY_REVENUE),
        table((dimension("country"), measure()), ("Paris", 3), ("Paris", 2), ("Rome", 1)),
    ),
    "times": (
        asking(by_time(q.Grain.HOUR)),
        table(
            (dimension("hour", "Hour", "datetime", grain=q.Grain.HOUR), measure()),
            *((dt.datetime(2026, 1, 1, h), float(h)) for h in range(5)),
        ),
    ),
}  # fmt: skip
