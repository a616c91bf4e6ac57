"""What must hold of every answer, whatever the data and the question."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from deployments.analytics.sql.compiler import compile_query
from deployments.analytics.sql.guard import guard
from deployments.analytics.sql.ties import one_more, told
from deployments.contracts import query as q
from deployments.contracts.limits import Limits
from tests.fixtures.retail import MODEL
from tests.soundness.shop import PATHS, Shop, grouped, shops

AS_OF = dt.date(2025, 6, 1)
settings.register_profile("soundness", max_examples=25, deadline=None, derandomize=True)
settings.load_profile("soundness")

VALUES: dict[tuple[str, str], tuple[Any, ...]] = {
    ("customers", "country"): ("DE", "US"),
    ("customers", "name"): ("A", "B"),
    ("stores", "region"): ("N", "S"),
    ("products", "category"): ("X", "Y"),
    ("products", "price"): (Decimal("5.00"),),
    ("orders", "status"): ("open", "shipped"),
    ("orders", "amount"): (Decimal("5.00"), Decimal("10.50")),
    ("order_lines", "quantity"): (1, 2),
    ("returns", "refund"): (Decimal("5.00"),),
    ("tags", "label"): ("T",),
}
GROUPABLE = [key for key in VALUES if key not in {("products", "price"), ("orders", "amount"), ("returns", "refund")}]
REACHED = {
    "orders": ("orders", "customers", "stores", "products", "order_lines", "returns"),
    "order_lines": ("order_lines", "orders", "customers", "stores", "products", "tags"),
    "customers": ("customers", "orders", "order_lines", "products", "returns"),
    "products": ("products", "tags", "order_lines", "orders"),
    "returns": ("returns", "orders", "customers", "stores"),
}
MEASURED = {
    "orders": ("amount",),
    "order_lines": ("quantity", "total"),
    "customers": ("customer_id",),
    "products": ("price",),
    "returns": ("refund",),
}
FUNCTIONS = (
    q.Function.SUM,
    q.Function.AVG,
    q.Function.MIN,
    q.Function.MAX,
    q.Function.COUNT,
    q.Function.COUNT_DISTINCT,
)


def attribute(entity: str, name: str) -> q.Attribute:
    return q.Attribute(entity=entity, name=name)


def comparisons(subject: str) -> st.SearchStrategy[Any]:
    keys = [key for key in VALUES if key[0] in REACHED[subject]]
    operators = st.sampled_from([q.Operator.EQ, q.Operator.NE, q.Operator.GT, q.Operator.LE])
    return st.sampled_from(keys).flatmap(
        lambda key: st.builds(
            lambda operator, value: q.Comparison(
                left=attribute(*key), operator=operator, right=q.Constant(value=value)
            ),
            operators,
            st.sampled_from(VALUES[key]),
        )
    )


def conditions(subject: str) -> st.SearchStrategy[Any]:
    simple = comparisons(subject)
    others = [entity for entity in REACHED[subject] if entity != subject]
    related = st.builds(
        lambda to, negated: q.Related(entity=subject, to=to, negated=negated), st.sampled_from(others), st.booleans()
    )
    return (
        simple
        | related
        | st.builds(lambda of: q.Not(of=of), simple | related)
        | st.lists(simple | related, min_size=2, max_size=2).map(lambda parts: q.AnyOf(of=tuple(parts)))
    )


@st.composite
def measures(draw: st.DrawFn, subject: str) -> q.Aggregate:
    where = draw(st.none() | comparisons(subject))
    name = f"m{draw(st.integers(0, 10**6))}"
    if draw(st.booleans()):
        return q.Aggregate(function=q.Function.COUNT, entity=subject, where=where, name=name)
    of = attribute(subject, draw(st.sampled_from(MEASURED[subject])))
    return q.Aggregate(function=draw(st.sampled_from(FUNCTIONS)), entity=subject, of=of, where=where, name=name)


@st.composite
def questions(draw: st.DrawFn, *, dimensions: int = 2) -> q.AnalyticQuery:
    """Measures of one entity; at most one dimension leads to many, and then no condition travels with it."""
    subject = draw(st.sampled_from(sorted(REACHED)))
    keys = [key for key in GROUPABLE if key[0] in REACHED[subject]]
    chosen = draw(st.lists(st.sampled_from(keys), max_size=dimensions, unique=True))
    many = [key for key in chosen if not is_to_one(subject, key[0])]
    grouped_by = [key for key in chosen if key not in many[1:]]
    where = draw(st.none() | conditions(subject)) if not many else None
    picked = draw(st.lists(measures(subject), min_size=1, max_size=3))
    if many:
        picked = [measure.model_copy(update={"where": None}) for measure in picked]
    return q.AnalyticQuery(
        subject=subject,
        dimensions=tuple(q.Dimension(of=attribute(*key), name="_".join(key)) for key in grouped_by),
        measures=tuple(picked),
        where=where,
    )


def is_to_one(subject: str, entity: str) -> bool:
    return all(forward for _, forward in PATHS[subject, entity])


def run(shop: Shop, query: q.AnalyticQuery) -> list[tuple[Any, ...]]:
    sql = compile_query(query, MODEL, AS_OF).sql
    guard(sql, MODEL, Limits())
    with shop.open() as connection:
        found: list[tuple[Any, ...]] = connection.execute(sql).fetchall()
    return found


def same(left: Any, right: Any) -> bool:
    if left is None or right is None:
        return left is right
    return abs(float(left) - float(right)) < 1e-6


@given(shops(), questions())
def test_an_answer_is_what_counting_row_by_row_gives(shop: Shop, query: q.AnalyticQuery) -> None:
    wanted = grouped(shop, query)
    width = len(query.dimensions)
    answered = {row[:width]: row[width:] for row in run(shop, query)}
    assert answered.keys() == wanted.keys()
    for key, values in wanted.items():
        assert all(same(a, b) for a, b in zip(answered[key], values, strict=True)), (key, answered[key], values)


@given(shops(), questions())
def test_no_group_stands_there_twice(shop: Shop, query: q.AnalyticQuery) -> None:
    width = len(query.dimensions)
    keys = [row[:width] for row in run(shop, query)]
    assert len(keys) == len(set(keys))


@given(shops(), st.sampled_from([("customers", "country"), ("stores", "region"), ("orders", "status")]))
def test_a_total_is_the_sum_of_its_groups(shop: Shop, key: tuple[str, str]) -> None:
    measure = q.Aggregate(function=q.Function.COUNT, entity="order_lines", name="n")
    amount = q.Aggregate(
        function=q.Function.SUM, entity="order_lines", of=attribute("order_lines", "quantity"), name="quantity"
    )
    total = q.AnalyticQuery(subject="order_lines", measures=(measure, amount))
    by = total.model_copy(update={"dimensions": (q.Dimension(of=attribute(*key), name="by"),)})
    (whole,) = run(shop, total)
    parts = run(shop, by)
    assert sum(row[1] for row in parts) == whole[0]
    assert sum(row[2] for row in parts) == (whole[1] or 0)


@given(shops(), questions(dimensions=0), st.data())
def test_a_condition_never_adds_rows(shop: Shop, query: q.AnalyticQuery, data: st.DataObject) -> None:
    count = q.Aggregate(function=q.Function.COUNT, entity=query.subject, name="n")
    plain = q.AnalyticQuery(subject=query.subject, measures=(count,), where=query.where)
    more = data.draw(conditions(query.subject))
    both = more if query.where is None else q.AllOf(of=(query.where, more))
    narrowed = plain.model_copy(update={"where": both})
    assert run(shop, narrowed)[0][0] <= run(shop, plain)[0][0]


@given(shops(), questions(dimensions=0), st.data())
def test_a_condition_and_its_negation_split_the_rows(shop: Shop, query: q.AnalyticQuery, data: st.DataObject) -> None:
    count = q.Aggregate(function=q.Function.COUNT, entity=query.subject, name="n")
    condition = data.draw(conditions(query.subject))
    counts = [
        run(shop, q.AnalyticQuery(subject=query.subject, measures=(count,), where=where))[0][0]
        for where in (None, condition, q.Not(of=condition))
    ]
    assert counts[0] == counts[1] + counts[2]


@given(shops(), st.sampled_from([(), (("customers", "country"),), (("stores", "region"), ("orders", "status"))]))
def test_two_facts_together_give_what_each_gives_alone(shop: Shop, keys: tuple[tuple[str, str], ...]) -> None:
    dimensions = tuple(q.Dimension(of=attribute(*key), name="_".join(key)) for key in keys)
    facts = (
        q.Aggregate(function=q.Function.SUM, entity="orders", of=attribute("orders", "amount"), name="amount"),
        q.Aggregate(function=q.Function.COUNT, entity="returns", name="returns"),
        q.Aggregate(function=q.Function.SUM, entity="order_lines", of=attribute("order_lines", "quantity"), name="q"),
    )
    together = {
        row[: len(keys)]: row[len(keys) :]
        for row in run(shop, q.AnalyticQuery(subject="orders", dimensions=dimensions, measures=facts))
    }
    for index, fact in enumerate(facts):
        alone = run(shop, q.AnalyticQuery(subject=fact.entity, dimensions=dimensions, measures=(fact,)))
        found = {row[: len(keys)]: row[-1] for row in alone}
        for key, values in together.items():
            missing = 0 if fact.function is q.Function.COUNT else None
            assert same(values[index], found.get(key, missing))
        assert found.keys() <= together.keys()


@given(shops())
def test_a_rollup_counts_what_the_rows_themselves_count(shop: Shop) -> None:
    rollup = q.Rollup(entity="customers", measure=q.Aggregate(function=q.Function.COUNT, entity="orders"))
    key = q.Dimension(of=attribute("customers", "customer_id"), name="id")
    query = q.AnalyticQuery(subject="customers", dimensions=(key, q.Dimension(of=rollup, name="n")))
    wanted = {
        customer["customer_id"]: sum(o["customer_id"] == customer["customer_id"] for o in shop.tables["orders"])
        for customer in shop.tables["customers"]
    }
    assert dict(run(shop, query)) == wanted


@given(shops(), questions(), st.data())
def test_joining_what_is_not_asked_about_changes_no_number(
    shop: Shop, query: q.AnalyticQuery, data: st.DataObject
) -> None:
    near = [key for key in VALUES if key[0] in REACHED[query.subject] and is_to_one(query.subject, key[0])]
    of = attribute(*data.draw(st.sampled_from(near)))
    always = q.AnyOf(
        of=tuple(q.Comparison(left=of, operator=op) for op in (q.Operator.IS_NULL, q.Operator.IS_NOT_NULL))
    )
    joined = query.model_copy(update={"where": always if query.where is None else q.AllOf(of=(query.where, always))})
    assert sorted(map(repr, run(shop, joined))) == sorted(map(repr, run(shop, query)))


@given(
    shops(),
    st.integers(1, 4),
    st.sampled_from([("customers", "country"), ("customers", "customer_id"), ("orders", "status")]),
)
def test_a_shared_last_place_is_said_just_where_it_is_shared(shop: Shop, count: int, key: tuple[str, str]) -> None:
    measure = q.Aggregate(function=q.Function.COUNT, entity="orders", name="n")
    query = q.AnalyticQuery(
        subject="orders",
        dimensions=(q.Dimension(of=attribute(*key), name="by"),),
        measures=(measure,),
        order=(q.OrderBy(target="measure"),),
    )
    values = sorted((row[1] for row in run(shop, query)), reverse=True)
    top = query.model_copy(update={"limit": q.Limit(count=count)})
    wider = one_more(top)
    assert wider is not None
    compiled = compile_query(wider, MODEL, AS_OF)
    said = told(top, compiled.columns, run(shop, wider))
    assert bool(said) is (len(values) > count and values[count - 1] == values[count])


@given(shops(), st.dates(dt.date(2025, 1, 1), dt.date(2025, 4, 30)))
def test_a_day_parts_what_comes_before_it_from_what_does_not(shop: Shop, day: dt.date) -> None:
    when = attribute("orders", "order_date")
    measure = q.Aggregate(function=q.Function.COUNT, entity="orders", name="n")

    def counted(**bounds: dt.date) -> int:
        window = q.TimeWindow(of=when, **bounds)
        found: int = run(shop, q.AnalyticQuery(subject="orders", measures=(measure,), time=window))[0][0]
        return found

    earlier = sum(order["order_date"] is not None and order["order_date"] < day for order in shop.tables["orders"])
    assert counted(end=day) == earlier
    assert counted(end=day) + counted(start=day) == counted(start=dt.date(1900, 1, 1))
