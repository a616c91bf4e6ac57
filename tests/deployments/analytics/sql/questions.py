"""Typed questions to the shop and the SQL expected of them: one golden file for each name."""

from __future__ import annotations

import datetime as dt
from typing import Any

from deployments.contracts import query as q
from tests.fixtures.retail import amount_sum

F = q.Function
Q = q.AnalyticQuery


def A(entity: str, name: str, *path: str) -> q.Attribute:  # noqa: N802
    return q.Attribute(entity=entity, name=name, path=path)


def D(of: Any, name: str, **more: Any) -> q.Dimension:  # noqa: N802
    return q.Dimension(of=of, name=name, **more)


def C(value: Any) -> q.Constant:  # noqa: N802
    return q.Constant(value=value)


def agg(function: str, entity: str, of: Any = None, **more: Any) -> q.Aggregate:
    return q.Aggregate(function=F(function), entity=entity, of=of, **more)


def cmp(left: Any, operator: str, right: Any = None, **more: Any) -> q.Comparison:
    value = right if right is None or hasattr(right, "kind") else C(right)
    return q.Comparison(left=left, operator=q.Operator(operator), right=value, **more)


def TW(start: str, end: str, of: q.Attribute | None = None) -> q.TimeWindow:  # noqa: N802
    moved = of or A("orders", "order_date")
    return q.TimeWindow(of=moved, start=dt.date.fromisoformat(start), end=dt.date.fromisoformat(end))


order_date = A("orders", "order_date")
month = D(q.Truncated(of=order_date, grain=q.Grain.MONTH), "month")
rev = amount_sum(name="revenue")
cnt = agg("count", "orders", name="orders_n")

QUESTIONS: dict[str, q.AnalyticQuery] = {
    "plain": Q(
        subject="orders",
        dimensions=(D(A("orders", "status"), "status"),),
        measures=(rev,),
        time=TW("2025-01-01", "2026-01-01"),
        order=(q.OrderBy(target="measure"),),
        limit=q.Limit(count=10),
    ),
    "join": Q(
        subject="orders",
        dimensions=(D(A("customers", "country"), "country"),),
        measures=(rev, cnt),
        where=cmp(A("customers", "active"), "eq", True),
    ),
    "left": Q(subject="orders", dimensions=(D(A("stores", "region"), "region"),), measures=(rev,)),
    "left_filter": Q(subject="orders", measures=(rev,), where=cmp(A("stores", "region"), "eq", "N")),
    "left_ne": Q(subject="orders", measures=(cnt,), where=cmp(A("stores", "region"), "ne", "N")),
    "fan_dims": Q(subject="orders", dimensions=(D(A("products", "category"), "category"),), measures=(rev, cnt)),
    "fan_count": Q(
        subject="products", dimensions=(D(A("tags", "label"), "tag"),), measures=(agg("count", "products", name="n"),)
    ),
    "fan_keyed": Q(
        subject="products",
        dimensions=(D(A("tags", "label"), "tag", key=(A("tags", "tag_id"),)),),
        measures=(agg("avg", "products", A("products", "price"), name="p"),),
    ),
    "semi": Q(
        subject="customers",
        dimensions=(D(A("customers", "name"), "name"),),
        where=q.AllOf(
            of=(
                cmp(A("orders", "status"), "eq", "shipped"),
                cmp(A("orders", "amount"), "gt", 100),
                cmp(A("customers", "country"), "in", values=("US", "DE")),
            )
        ),
    ),
    "not": Q(
        subject="customers",
        dimensions=(D(A("customers", "name"), "name"),),
        where=q.Not(of=cmp(A("orders", "status"), "eq", "shipped")),
    ),
    "bought_both": Q(
        subject="customers",
        dimensions=(D(A("customers", "name"), "name"),),
        where=q.AllOf(
            of=tuple(
                q.Related(entity="customers", to="products", where=cmp(A("products", "name"), "eq", n))
                for n in ("Desk", "Chair")
            )
        ),
    ),
    "no_orders": Q(
        subject="customers",
        dimensions=(D(A("customers", "name"), "name"),),
        where=q.Related(entity="customers", to="orders", negated=True),
    ),
    "rollup_where": Q(
        subject="customers",
        dimensions=(D(A("customers", "name"), "name"),),
        where=cmp(q.Rollup(entity="customers", measure=agg("count", "orders")), "gt", 1),
    ),
    "rollup_dims": Q(
        subject="customers",
        dimensions=(D(q.Rollup(entity="customers", measure=agg("count", "orders")), "n_orders"),),
        measures=(agg("count", "customers", name="n"),),
        order=(q.OrderBy(target="dimension", direction=q.Direction.ASC),),
    ),
    "avg_rollup": Q(
        subject="customers",
        measures=(agg("avg", "customers", q.Rollup(entity="customers", measure=agg("count", "orders")), name="n"),),
    ),
    "rollup_time": Q(
        subject="customers",
        dimensions=(
            D(A("customers", "name"), "name"),
            D(q.Rollup(entity="customers", measure=agg("count", "orders")), "n"),
        ),
        time=TW("2026-01-01", "2026-02-01"),
    ),
    "rollup_bridge": Q(
        subject="products",
        dimensions=(
            D(A("products", "name"), "name"),
            D(q.Rollup(entity="products", measure=agg("count", "tags")), "n"),
        ),
    ),
    "rollup_self": Q(
        subject="customers",
        dimensions=(
            D(A("customers", "name"), "name"),
            D(q.Rollup(entity="customers", measure=agg("count", "customers")), "n"),
            D(A("customers", "name", "referrer"), "referrer"),
        ),
    ),
    "groupvalue": Q(
        subject="products",
        dimensions=(D(A("products", "name"), "name"),),
        where=cmp(
            A("products", "price"),
            "gt",
            q.GroupValue(
                measure=agg("avg", "products", A("products", "price")), partition=(A("products", "category"),)
            ),
        ),
    ),
    "nested": Q(
        subject="orders",
        dimensions=(D(A("orders", "order_id"), "order_id"),),
        where=cmp(
            A("orders", "amount"),
            "gt",
            q.Nested(query=Q(subject="orders", measures=(agg("avg", "orders", A("orders", "amount")),))),
        ),
    ),
    "nested_any": Q(
        subject="orders",
        dimensions=(D(A("orders", "order_id"), "order_id"),),
        where=cmp(
            A("orders", "amount"),
            "gt",
            q.Nested(
                choose="all",
                query=Q(
                    subject="orders",
                    dimensions=(D(A("orders", "amount"), "amount"),),
                    where=cmp(A("orders", "status"), "eq", "open"),
                ),
            ),
        ),
    ),
    "membership": Q(
        subject="customers",
        measures=(agg("count", "customers", name="n"),),
        where=q.Membership(
            of=A("customers", "customer_id"),
            negated=True,
            query=Q(subject="orders", dimensions=(D(A("orders", "customer_id"), "c"),)),
        ),
    ),
    "two_facts": Q(
        subject="orders",
        dimensions=(D(A("customers", "country"), "country"),),
        measures=(rev, agg("count", "returns", name="returns_n")),
    ),
    "return_rate": Q(subject="orders", measures=(q.MetricValue(metric="return_rate"),)),
    "return_rate_by_month": Q(
        subject="orders",
        dimensions=(month,),
        measures=(q.MetricValue(metric="return_rate"),),
        order=(q.OrderBy(target="dimension", direction=q.Direction.ASC),),
    ),
    "cust_orders": Q(
        subject="orders",
        dimensions=(D(A("customers", "country"), "country"),),
        measures=(q.MeasureArithmetic(operator="/", left=rev, right=agg("count", "customers"), name="per_customer"),),
    ),
    "fill": Q(
        subject="orders",
        dimensions=(D(q.Truncated(of=order_date, grain=q.Grain.MONTH), "month", fill=True),),
        measures=(rev,),
        order=(q.OrderBy(target="dimension", direction=q.Direction.ASC),),
    ),
    "fill_window": Q(
        subject="orders",
        dimensions=(
            D(q.Truncated(of=order_date, grain=q.Grain.MONTH), "month", fill=True),
            D(A("orders", "status"), "status"),
        ),
        measures=(rev, agg("avg", "orders", A("orders", "amount"), name="a")),
        time=TW("2025-01-01", "2026-01-01"),
        order=(q.OrderBy(target="dimension", direction=q.Direction.ASC),),
    ),
    "growth": Q(
        subject="orders",
        dimensions=(month,),
        measures=(rev,),
        calculations=(q.Growth(measure=0, along=0),),
        order=(q.OrderBy(target="dimension", direction=q.Direction.ASC),),
    ),
    "share": Q(
        subject="orders",
        dimensions=(D(A("customers", "country"), "country"),),
        measures=(rev,),
        calculations=(
            q.Share(measure=0),
            q.Rank(measure=0),
        ),
        order=(q.OrderBy(target="calculation"),),
    ),
    "running": Q(
        subject="orders",
        dimensions=(month, D(A("orders", "status"), "status")),
        measures=(rev,),
        calculations=(q.Running(measure=0, along=0), q.Moving(measure=0, along=0, periods=3)),
    ),
    "compare": Q(
        subject="orders",
        dimensions=(D(A("customers", "country"), "country"),),
        measures=(rev,),
        time=TW("2026-01-01", "2027-01-01"),
        comparison=q.PeriodComparison(window=TW("2025-01-01", "2026-01-01"), show="growth"),
    ),
    "compare_months": Q(
        subject="orders",
        dimensions=(month,),
        measures=(rev,),
        time=TW("2026-01-01", "2027-01-01"),
        comparison=q.PeriodComparison(window=TW("2025-01-01", "2026-01-01"), show="growth"),
        order=(q.OrderBy(target="dimension", direction=q.Direction.ASC),),
    ),
    "top_per": Q(
        subject="orders",
        dimensions=(
            D(A("customers", "country"), "country"),
            D(A("customers", "name"), "name", key=(A("customers", "customer_id"),)),
        ),
        measures=(rev,),
        order=(q.OrderBy(target="measure"),),
        limit=q.Limit(count=1, per=(0,)),
    ),
    "ties": Q(
        subject="orders",
        dimensions=(D(A("orders", "status"), "status"),),
        measures=(cnt,),
        order=(q.OrderBy(target="measure"),),
        limit=q.Limit(count=2, ties=True),
    ),
    "having": Q(
        subject="orders",
        dimensions=(D(A("customers", "name"), "name"),),
        measures=(rev,),
        having=q.MeasureComparison(measure=agg("count", "orders"), operator=q.Operator.GT, right=C(1)),
    ),
    "list_having": Q(
        subject="customers",
        dimensions=(D(A("customers", "name"), "name"),),
        having=q.MeasureComparison(measure=agg("count", "orders"), operator=q.Operator.GT, right=C(1)),
    ),
    "weekday": Q(
        subject="orders",
        dimensions=(D(q.Part(of=order_date, part=q.TimePart.WEEKDAY), "weekday"),),
        measures=(cnt,),
        order=(q.OrderBy(target="dimension", direction=q.Direction.ASC),),
    ),
    "list": Q(
        subject="customers",
        dimensions=(
            D(A("customers", "name"), "name"),
            D(A("orders", "amount"), "amount"),
            D(A("stores", "name"), "store"),
        ),
        order=(q.OrderBy(target="dimension", index=1),),
        limit=q.Limit(count=3),
    ),
    "bridge_list": Q(subject="products", dimensions=(D(A("products", "name"), "name"), D(A("tags", "label"), "tag"))),
    "whole": Q(subject="order_lines", limit=q.Limit(count=2)),
    "yes": Q(subject="orders", yes_no=True, where=cmp(A("customers", "name"), "eq", "Bo")),
    "yes_count": Q(subject="orders", measures=(cnt,), yes_no=True, where=cmp(A("customers", "name"), "eq", "Zed")),
    "where_agg": Q(
        subject="orders",
        dimensions=(D(A("customers", "country"), "country"),),
        measures=(
            agg("count", "orders", where=cmp(A("orders", "paid"), "eq", True), name="paid"),
            agg("avg", "orders", A("orders", "paid"), name="rate"),
            agg("count_distinct", "orders", A("products", "category"), name="cats"),
        ),
    ),
    "visits_fan": Q(
        subject="visits", dimensions=(D(A("orders", "status"), "status"),), measures=(agg("count", "visits", name="n"),)
    ),
    "customers_ordered_last_month": Q(
        subject="customers", measures=(agg("count", "customers", name="n"),), time=TW("2026-01-01", "2026-02-01")
    ),
    "binned": Q(
        subject="orders", dimensions=(D(q.Binned(of=A("orders", "amount"), width=100), "bin"),), measures=(cnt,)
    ),
    "elapsed": Q(
        subject="customers",
        dimensions=(
            D(A("customers", "name"), "name"),
            D(q.Elapsed(unit="year", start=A("customers", "signed_up"), end=C(dt.date(2026, 3, 10))), "age"),
        ),
        order=(q.OrderBy(target="scalar", of=A("customers", "signed_up")),),
    ),
    "share_late_having": Q(
        subject="orders",
        dimensions=(D(A("customers", "country"), "country"),),
        measures=(rev,),
        calculations=(q.Share(measure=0),),
        having=q.MeasureComparison(measure=agg("count", "orders"), operator=q.Operator.GT, right=C(1)),
        order=(q.OrderBy(target="measure"),),
    ),
    "distinct": Q(
        subject="orders",
        dimensions=(D(A("customers", "country"), "country"),),
        distinct=True,
        order=(q.OrderBy(target="scalar", of=A("orders", "amount")),),
    ),
    "name_clash": Q(
        subject="orders",
        dimensions=(D(A("orders", "status"), "status"),),
        measures=(amount_sum(name="amount"),),
        hidden=("amount",),
        order=(q.OrderBy(target="measure"),),
    ),
    "reserved": Q(
        subject="order_lines",
        dimensions=(D(A("order_lines", "order"), "order"),),
        measures=(agg("sum", "order_lines", A("order_lines", "total"), name="select"),),
    ),
    "cond_dim": Q(
        subject="customers",
        dimensions=(D(q.Condition(of=q.Related(entity="customers", to="orders")), "has_orders"),),
        measures=(agg("count", "customers", name="n"),),
    ),
    "pct": Q(
        subject="orders",
        measures=(
            agg("percentile", "orders", A("orders", "amount"), parameter=0.9, name="p90"),
            agg("mode", "orders", A("orders", "status"), name="m"),
        ),
    ),
    "month_names_by_calendar": Q(
        subject="returns",
        dimensions=(D(q.Part(of=A("returns", "returned_at"), part=q.TimePart.MONTH), "month"),),
        measures=(agg("sum", "returns", A("returns", "refund"), name="refunds"),),
        order=(q.OrderBy(target="dimension", direction=q.Direction.ASC),),
    ),
    "filter_on_the_grouped_row": Q(
        subject="orders",
        dimensions=(D(A("products", "category"), "category"),),
        measures=(cnt,),
        where=cmp(A("products", "category"), "eq", "Light"),
    ),
    "hour": Q(
        subject="visits",
        dimensions=(D(q.Truncated(of=A("visits", "visited_at"), grain=q.Grain.HOUR), "hour"),),
        measures=(agg("count", "visits", name="n"),),
    ),
    "text_search": Q(
        subject="products",
        dimensions=(D(A("products", "name"), "name"),),
        where=q.AllOf(
            of=(
                cmp(A("products", "name"), "contains", "a"),
                cmp(A("products", "name"), "not_contains", "100%"),
                cmp(A("products", "category"), "not_in", values=("Light", "Garden")),
            )
        ),
    ),
    "either": Q(
        subject="customers",
        dimensions=(D(A("customers", "name"), "name"),),
        where=q.AnyOf(of=(cmp(A("customers", "country"), "eq", "FR"), cmp(A("orders", "amount"), "gt", 300))),
    ),
    "offset": Q(
        subject="orders",
        dimensions=(D(A("orders", "order_id"), "order_id"),),
        order=(q.OrderBy(target="scalar", of=A("orders", "amount")),),
        limit=q.Limit(count=2, offset=1),
    ),
    "not_of_a_conjunction": Q(
        subject="orders",
        measures=(cnt,),
        where=q.Not(of=q.AllOf(of=(cmp(A("orders", "status"), "eq", "shipped"), cmp(A("orders", "paid"), "eq", True)))),
    ),
    "growth_over_filled_months": Q(
        subject="orders",
        dimensions=(D(q.Truncated(of=order_date, grain=q.Grain.MONTH), "month", fill=True),),
        measures=(cnt,),
        calculations=(q.Growth(measure=0, along=0, absolute=True),),
        order=(q.OrderBy(target="dimension", direction=q.Direction.ASC),),
    ),
    "period_of_two_facts": Q(
        subject="orders", measures=(rev, agg("sum", "visits", C(1), name="visits")), time=TW("2026-01-01", "2026-02-01")
    ),
}
