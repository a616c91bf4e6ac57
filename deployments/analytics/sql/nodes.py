"""Nodes of a statement, built directly: sqlglot's own builders parse and copy, which costs more than the compiler may."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

from sqlglot import exp

from deployments.analytics.sql.words import RESERVED
from deployments.contracts.errors import InvalidQuery
from deployments.contracts.query import Plain

PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
TRUE = exp.Boolean(this=True)
LOOSE = (exp.Binary, exp.Not, exp.Is, exp.In, exp.Like, exp.Between)
"""Nodes whose operands would be torn apart by a neighbouring operator."""


def identifier(name: str) -> exp.Identifier:
    """A name, quoted only where DuckDB would not read it bare."""
    bare = PLAIN_NAME.match(name) is not None and name.lower() not in RESERVED
    return exp.Identifier(this=name, quoted=not bare)


def column(name: str, table: str | None = None) -> exp.Column:
    """A column, qualified where a table is given."""
    if table is None:
        return exp.Column(this=identifier(name))
    return exp.Column(this=identifier(name), table=identifier(table))


def text(value: str) -> exp.Literal:
    """A text literal."""
    return exp.Literal(this=value, is_string=True)


def integer(value: int) -> exp.Expr:
    """A whole number."""
    literal = exp.Literal(this=str(abs(value)), is_string=False)
    return exp.Neg(this=literal) if value < 0 else literal


def constant(value: Plain | None) -> exp.Expr:
    """A literal for a Python value. Raises InvalidQuery for a number that SQL has no literal for."""
    if value is None:
        return exp.Null()
    if isinstance(value, bool):
        return exp.Boolean(this=value)
    if isinstance(value, int):
        return integer(value)
    if isinstance(value, (float, Decimal)):
        return _number(value)
    if isinstance(value, dt.datetime):
        return cast(text(value.isoformat(sep=" ")), "TIMESTAMP" if value.tzinfo is None else "TIMESTAMPTZ")
    if isinstance(value, dt.date):
        return cast(text(value.isoformat()), "DATE")
    if isinstance(value, dt.time):
        return cast(text(value.isoformat()), "TIME")
    return text(value)


def _number(value: float | Decimal) -> exp.Expr:
    if not math.isfinite(value):
        raise InvalidQuery(f"{value} is not a number that can be compared or computed with")
    written = format(abs(value), "f") if isinstance(value, Decimal) else repr(abs(value))
    literal = exp.Literal(this=written, is_string=False)
    return exp.Neg(this=literal) if value < 0 else literal


def cast(value: exp.Expr, to: str, *, lenient: bool = False) -> exp.Expr:
    """CAST(value AS to); `lenient` gives NULL where the value cannot be read as that type."""
    kind = exp.TryCast if lenient else exp.Cast
    return kind(this=value, to=exp.DataType(this=exp.DataType.Type[to], nested=False))


def function(name: str, *arguments: exp.Expr) -> exp.Expr:
    """A call by name."""
    return exp.Anonymous(this=name, expressions=list(arguments))


def interval(count: int, unit: str) -> exp.Expr:
    """INTERVAL 'count' UNIT."""
    return exp.Interval(this=text(str(count)), unit=exp.Var(this=unit.upper()))


def grouped(node: exp.Expr) -> exp.Expr:
    """The node, in parentheses where an operator beside it would tear it apart."""
    return exp.Paren(this=node) if isinstance(node, LOOSE) else node


def binary(kind: type[exp.Expr], left: exp.Expr, right: exp.Expr) -> exp.Expr:
    """left <operator> right, in parentheses where needed."""
    return kind(this=grouped(left), expression=grouped(right))


def all_of(conditions: Sequence[exp.Expr]) -> exp.Expr | None:
    """The conjunction; None where there is nothing to hold."""
    return _chain(exp.And, [condition for condition in conditions if condition is not TRUE])


def any_of(conditions: Sequence[exp.Expr]) -> exp.Expr | None:
    """The disjunction; None where one of them always holds or there are none."""
    return None if any(condition is TRUE for condition in conditions) else _chain(exp.Or, conditions)


def _chain(kind: type[exp.Expr], conditions: Iterable[exp.Expr]) -> exp.Expr | None:
    chained: exp.Expr | None = None
    for condition in conditions:
        part = (
            exp.Paren(this=condition)
            if isinstance(condition, exp.Or | exp.And) and not isinstance(condition, kind)
            else condition
        )
        chained = part if chained is None else kind(this=chained, expression=part)
    return chained


def is_null(value: exp.Expr, *, negated: bool = False) -> exp.Expr:
    """value IS [NOT] NULL."""
    return exp.Is(this=grouped(value), expression=exp.Null(), negate=negated or None)


def not_true(condition: exp.Expr) -> exp.Expr:
    """The condition is false or unknown."""
    if isinstance(condition, exp.Exists):
        return exp.Not(this=condition)
    return exp.Is(this=exp.Paren(this=condition), expression=exp.Boolean(this=True), negate=True)


def exists(select: exp.Select) -> exp.Expr:
    """EXISTS (select)."""
    return exp.Exists(this=select)


def subquery(select: exp.Expr, alias: str | None = None) -> exp.Subquery:
    """(select) [AS alias]."""
    return exp.Subquery(this=select, alias=exp.TableAlias(this=identifier(alias)) if alias else None)


def divide(left: exp.Expr, right: exp.Expr) -> exp.Expr:
    """left / right, NULL where right is zero."""
    safe = isinstance(right, exp.Literal) and not right.is_string and float(right.this) != 0
    return binary(exp.Div, left, right if safe else exp.Nullif(this=right, expression=integer(0)))


def aliased(node: exp.Expr, name: str) -> exp.Expr:
    """node AS name, or the node itself where it is a column of that name."""
    if isinstance(node, exp.Column) and node.name == name:
        return node
    return exp.Alias(this=node, alias=identifier(name))


def ordered(node: exp.Expr, *, descending: bool) -> exp.Ordered:
    """A sort key; DuckDB puts NULLs last either way, so nothing is said of them."""
    return exp.Ordered(this=node, desc=descending or None, nulls_first=False)


def window(
    call: exp.Expr,
    partition: Sequence[exp.Expr] = (),
    order: Sequence[exp.Ordered] = (),
    spec: exp.WindowSpec | None = None,
) -> exp.Window:
    """call OVER (PARTITION BY ... ORDER BY ... spec)."""
    return exp.Window(
        this=call,
        partition_by=list(partition) or None,
        order=exp.Order(expressions=list(order)) if order else None,
        spec=spec,
        over="OVER",
    )


def select_from(source: exp.Expr) -> exp.Select:
    """SELECT with nothing selected yet."""
    return exp.Select(from_=exp.From(this=source))


def table(name: str, schema: str | None = None, catalog: str | None = None, alias: str | None = None) -> exp.Table:
    """A table by name."""
    return exp.Table(
        this=identifier(name),
        db=identifier(schema) if schema else None,
        catalog=identifier(catalog) if catalog else None,
        alias=exp.TableAlias(this=identifier(alias)) if alias else None,
    )


def is_true(condition: exp.Expr) -> exp.Expr:
    """The condition is true, and not unknown."""
    if isinstance(condition, exp.Exists):
        return condition
    return exp.Is(this=exp.Paren(this=condition), expression=exp.Boolean(this=True))


def flipped(equalities: exp.Expr) -> exp.Expr:
    """The same equalities with their sides exchanged."""
    if isinstance(equalities, exp.And):
        return exp.And(this=flipped(equalities.this), expression=flipped(equalities.expression))
    return exp.EQ(this=equalities.expression, expression=equalities.this)


def missing_as_zero(value: exp.Expr) -> exp.Expr:
    """COALESCE(value, 0)."""
    return exp.Coalesce(this=value, expressions=[integer(0)])
