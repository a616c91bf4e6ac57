"""Last pass: the measures that every business asks for, where the data has them plainly."""

from __future__ import annotations

from deployments.analytics.model.infer.draft import Column, Schema, TableDraft
from deployments.analytics.model.infer.words import plural
from deployments.analytics.model.schema import Metric, Role
from deployments.contracts.query import Aggregate, Arithmetic, Attribute, Constant, Function, Scalar

_SALES = ("sale", "order", "invoice", "purchase", "booking", "transaction", "payment", "receipt", "billing", "line")
_TOTALS = (
    ("revenue",), ("sales",), ("sale", "amount"), ("sales", "amount"), ("net", "amount"), ("total", "amount"), ("total", "price"), ("amount",),
    ("grand", "total"), ("total",), ("line", "total"), ("extended", "price"), ("order", "amount"), ("order", "total"), ("invoice", "total"),
    ("amount", "paid"), ("price", "paid"), ("total", "revenue"), ("total", "sales"), ("payment", "amount"), ("transaction", "amount"), ("sale", "price"), ("sales", "price"),
)  # fmt: skip
_SYNONYMS = ("sales", "turnover", "income")


def derive_metrics(schema: Schema) -> tuple[Metric, ...]:
    """Revenue, where exactly one table of sales has an amount, or a price with a quantity."""
    found = [
        (rank, table, scalar, words)
        for table in schema.tables
        if table.kind == "fact"
        for rank, scalar, words in _amounts(table)
    ]
    if not found:
        return ()
    best = min(rank for rank, *_ in found)
    leading = [entry for entry in found if entry[0] == best]
    if len(leading) != 1:
        return ()
    _, table, scalar, words = leading[0]
    rows = " ".join((*table.words[:-1], plural(table.words[-1])))
    definition = f"the sum of {words} over all {rows}"
    return (
        Metric(
            name="revenue",
            label="revenue",
            measure=Aggregate(function=Function.SUM, entity=table.name, of=scalar, name="revenue"),
            synonyms=_SYNONYMS,
            derived=True,
            definition=definition,
        ),
    )


def _amounts(table: TableDraft) -> list[tuple[int, Scalar, str]]:
    """Candidates with their rank: sales tables first, a total before price times quantity."""
    words = set(table.words)
    order = next((i for i, word in enumerate(_SALES) if word in words), None)
    if order is None:
        return []
    # A line is a part of an order: where both have an amount, the order's is meant.
    rank = order * 4 + 2 * bool(words & {"line", "item", "detail"})
    totals = [c for c in table.columns if c.role is Role.ADDITIVE and c.data_type.is_number and c.words in _TOTALS]
    if totals:
        chosen = min(totals, key=lambda c: _TOTALS.index(c.words))
        return [(rank, Attribute(entity=table.name, name=chosen.name), chosen.label)]
    price = _one(
        table,
        ("unit", "price"),
        ("price",),
        ("sale", "price"),
        ("sales", "price"),
        ("price", "each"),
        ("item", "price"),
    )
    quantity = _one(
        table,
        ("quantity",),
        ("quantity", "ordered"),
        ("quantity", "sold"),
        ("order", "quantity"),
        ("units",),
        ("units", "sold"),
    )
    if not price or not quantity:
        return []
    product: Scalar = Arithmetic(operator="*", left=_of(table, price), right=_of(table, quantity))
    said = f"{price.label} times {quantity.label}"
    discount = _one(table, ("discount",), ("discount", "rate"), ("discount", "percent"), ("discount", "percentage"))
    if discount and discount.unit == "%":
        kept = Arithmetic(operator="-", left=Constant(value=1), right=_of(table, discount))
        product, said = Arithmetic(operator="*", left=product, right=kept), said + " less discount"
    return [(rank + 1, product, said)]


def _one(table: TableDraft, *names: tuple[str, ...]) -> Column | None:
    by_words = {column.words: column for column in table.columns if column.data_type.is_number}
    return next((by_words[name] for name in names if name in by_words), None)


def _of(table: TableDraft, column: Column) -> Attribute:
    return Attribute(entity=table.name, name=column.name)
