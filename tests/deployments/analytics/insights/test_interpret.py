import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from deployments.analytics.insights.interpret import describe_change, interpret
from deployments.contracts import query as q
from tests.deployments.analytics.retail import (
    BY_REVENUE,
    COUNTRY,
    CUSTOMER,
    MODEL,
    OCTOBER,
    ORDER_COUNT,
    ORDER_DATE,
    REVENUE,
    TOP_TEN,
    by_time,
    is_,
)

STATUS = q.Attribute(entity="orders", name="status")
AMOUNT = q.Attribute(entity="orders", name="amount")
CUSTOMER_ORDERS = q.Rollup(entity="customers", measure=q.Aggregate(function=q.Function.COUNT, entity="orders"))

EVERYTHING = q.AnalyticQuery(
    subject="orders",
    dimensions=(
        q.Dimension(of=q.Truncated(of=ORDER_DATE, grain=q.Grain.MONTH), name="month", fill=True),
        COUNTRY,
        q.Dimension(of=q.Part(of=ORDER_DATE, part=q.TimePart.WEEKDAY), name="weekday"),
        q.Dimension(of=q.Binned(of=AMOUNT, width=50), name="band"),
        q.Dimension(of=q.Condition(of=is_("orders", "channel", "web")), name="online"),
        q.Dimension(
            of=q.Elapsed(unit="year", start=q.Attribute(entity="customers", name="birth_date"), end=ORDER_DATE),
            name="age",
        ),
        q.Dimension(of=q.Arithmetic(operator="*", left=AMOUNT, right=q.Constant(value=2)), name="double"),
    ),
    measures=(
        REVENUE,
        q.Aggregate(
            function=q.Function.PERCENTILE,
            entity="orders",
            of=AMOUNT,
            parameter=0.9,
            where=is_("orders", "status", "open"),
        ),
        q.MeasureArithmetic(
            operator="/", left=ORDER_COUNT, right=q.Aggregate(function=q.Function.AVG, entity="orders", of=AMOUNT)
        ),
    ),
    where=q.AllOf(
        of=(
            q.Comparison(left=STATUS, operator=q.Operator.IN, values=("open", "shipped")),
            q.AnyOf(
                of=(
                    is_("customers", "country", "US"),
                    q.Comparison(left=AMOUNT, operator=q.Operator.GT, right=q.Constant(value=5)),
                )
            ),
            q.Not(of=q.Comparison(left=STATUS, operator=q.Operator.IS_NULL)),
            q.Related(entity="customers", to="orders", where=is_("orders", "channel", "store"), negated=True),
            q.Membership(of=AMOUNT, query=TOP_TEN, negated=True),
            q.TimeRange(of=ORDER_DATE, start=dt.date(2025, 1, 1), end=dt.date(2026, 1, 1)),
            q.Comparison(left=CUSTOMER_ORDERS, operator=q.Operator.GE, right=q.Constant(value=3)),
            q.Comparison(
                left=AMOUNT,
                operator=q.Operator.GT,
                right=q.GroupValue(
                    measure=q.Aggregate(function=q.Function.MEDIAN, entity="orders", of=AMOUNT), partition=(STATUS,)
                ),
            ),
            q.Comparison(left=AMOUNT, operator=q.Operator.LT, right=q.Nested(query=TOP_TEN, choose="all")),
        )
    ),
    time=OCTOBER,
    comparison=q.PeriodComparison(
        window=q.TimeWindow(of=ORDER_DATE, start=dt.date(2025, 10, 1), end=dt.date(2025, 11, 1), label="a year before"),
        show="growth",
    ),
    calculations=(
        q.Share(measure=0, within=(1,)),
        q.Running(measure=1, along=0, within=(2,)),
        q.Moving(measure=0, along=0, periods=3, within=(3,)),
        q.Rank(measure=1, within=(1,)),
        q.Growth(measure=0, along=0, periods=2, absolute=True),
    ),
    having=q.MeasureComparison(measure=ORDER_COUNT, operator=q.Operator.GE, right=q.Constant(value=7)),
    order=(
        q.OrderBy(target="measure", index=1),
        q.OrderBy(target="scalar", of=AMOUNT, direction=q.Direction.ASC),
    ),
    limit=q.Limit(count=10, per=(1,), ties=True, offset=5),
    yes_no=True,
    chart="bar",
    hidden=("revenue",),
)

# Output names are the compiler's; a window's label stands beside its dates; a subject only shows where rows are
# listed; an entity shows where an attribute's label alone would be ambiguous.
UNSAID = {"name", "kind", "label", "subject", "entity", "path", "to", "key", "assumptions", "distinct"}
OTHER: dict[Any, Any] = {True: False, False: True, "status": "channel", "month": "week", "weekday": "hour", "US": "DE"}


def leaves(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "index" and node.get("target") == "scalar":
                continue
            if key not in UNSAID or (key == "name" and node.get("kind") == "attribute"):
                yield from leaves(value, (*path, key))
    elif isinstance(node, list | tuple):
        for index, value in enumerate(node):
            yield from leaves(value, (*path, index))
    elif node is not None:
        yield path, node


def replaced(node: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    if isinstance(node, dict):
        return {k: replaced(v, path[1:], value) if k == path[0] else v for k, v in node.items()}
    return tuple(replaced(v, path[1:], value) if i == path[0] else v for i, v in enumerate(node))


def others(value: Any) -> list[Any]:
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, dt.date):
        return [value.replace(day=15)]
    if isinstance(value, int | float):
        return [value + 1, value - 1 if value else value + 2, value / 2 if isinstance(value, float) else value + 3]
    return [
        "channel" if value == "status" else "status", "week", "hour", "avg", "lt", "-", "+", "asc", "desc", "dimension",
        "measure", "any", "values", "difference", "pie", "month", "other",
    ]  # fmt: skip


def test_nothing_in_a_query_is_left_unsaid() -> None:
    dumped = EVERYTHING.model_dump()
    said = interpret(EVERYTHING, MODEL)
    silent, tried = [], 0
    for path, value in leaves(dumped):
        changed = []
        for other in others(value):
            try:
                query = q.AnalyticQuery.model_validate(replaced(dumped, path, other))
            except ValidationError:
                continue
            if query != EVERYTHING:
                changed.append(interpret(query, MODEL) != said)
        tried += bool(changed)
        if changed and not any(changed):
            silent.append(path)
    assert tried > 60
    assert silent == []


def test_the_example_reads_as_one_sentence() -> None:
    assert interpret(TOP_TEN, MODEL) == "Revenue by customer, top 10, order date from 1 to 31 October 2026"


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        (
            q.AnalyticQuery(subject="customers", where=is_("customers", "country", "US")),
            "Customers, where country is US",
        ),
        (
            q.AnalyticQuery(subject="customers", dimensions=(COUNTRY,), distinct=True),
            "Distinct country of customers",
        ),
        (
            q.AnalyticQuery(subject="orders", measures=(ORDER_COUNT,), yes_no=True),
            "Whether there is any: number of orders",
        ),
        (
            q.AnalyticQuery(subject="orders", measures=(REVENUE,), dimensions=(by_time(q.Grain.MONTH),)),
            "Revenue by month of order date",
        ),
        (
            q.AnalyticQuery(
                subject="customers", where=q.Related(entity="customers", to="orders", negated=True)
            ),
            "Customers, with no order",
        ),
        (
            q.AnalyticQuery(
                subject="orders",
                dimensions=(CUSTOMER,),
                measures=(ORDER_COUNT,),
                order=(q.OrderBy(target="measure", direction=q.Direction.ASC),),
                limit=q.Limit(count=3),
            ),
            "Number of orders by customer, bottom 3",
        ),
    ],
)  # fmt: skip
def test_queries_in_words(query: q.AnalyticQuery, sentence: str) -> None:
    assert interpret(query, MODEL) == sentence


def test_names_the_model_lacks_do_not_break_it() -> None:
    query = q.AnalyticQuery(
        subject="nowhere",
        dimensions=(q.Dimension(of=q.Attribute(entity="nowhere", name="some_thing"), name="x"),),
        measures=(q.MetricValue(metric="net_gain"),),
    )
    assert interpret(query, MODEL) == "Net gain by some thing"


BY_WEEK = TOP_TEN.model_copy(update={"dimensions": (by_time(q.Grain.WEEK),), "limit": None, "order": ()})


@pytest.mark.parametrize(
    ("before", "change", "phrases"),
    [
        (TOP_TEN, {"where": is_("customers", "country", "US")}, ("filtered to country = US",)),
        (TOP_TEN, {"limit": q.Limit(count=5)}, ("top 5 instead of top 10",)),
        (TOP_TEN, {"measures": (REVENUE, ORDER_COUNT)}, ("added number of orders",)),
        (TOP_TEN, {"measures": (ORDER_COUNT,)}, ("number of orders instead of revenue",)),
        (TOP_TEN, {"time": None}, ("for all time",)),
        (TOP_TEN, {"chart": "pie"}, ("as a pie",)),
        (TOP_TEN, {"dimensions": (CUSTOMER, COUNTRY)}, ("split by country",)),
        (
            TOP_TEN,
            {"order": (q.OrderBy(target="measure", direction=q.Direction.ASC),)},
            ("bottom 10 instead of top 10",),
        ),
        (BY_WEEK, {"dimensions": (by_time(q.Grain.MONTH),)}, ("by month instead of week",)),
        (TOP_TEN, {}, ()),
    ],
)
def test_an_edit_in_words(before: q.AnalyticQuery, change: dict[str, Any], phrases: tuple[str, ...]) -> None:
    assert describe_change(before, before.model_copy(update=change), MODEL) == phrases


def test_an_edit_of_any_slot_is_said() -> None:
    empty = q.AnalyticQuery(subject="orders")
    for slot in q.AnalyticQuery.model_fields:
        if slot in ("subject", "assumptions"):
            continue
        value = True if slot == "distinct" else getattr(EVERYTHING, slot)
        for before in (empty, TOP_TEN):
            after = before.model_copy(update={slot: value})
            if after != before:
                assert describe_change(before, after, MODEL), slot
                assert describe_change(after, before, MODEL), slot


def test_a_filter_changed_names_both() -> None:
    before = TOP_TEN.model_copy(update={"where": is_("customers", "country", "US")})
    after = TOP_TEN.model_copy(update={"where": is_("customers", "country", "DE")})
    assert describe_change(before, after, MODEL) == ("filtered to country = DE instead of country = US",)
    assert describe_change(after, TOP_TEN, MODEL) == ("no longer filtered to country = DE",)
    assert BY_REVENUE
