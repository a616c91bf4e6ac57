"""SQL expressions of model files as the typed measures, scalars and filters of the query language.

What the types cannot say becomes an attribute with that expression, over the columns of one table.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Literal

import sqlglot
from sqlglot import exp

from deployments.contracts.base import Value
from deployments.contracts.query import (
    Aggregate,
    AllOf,
    AnyOf,
    Arithmetic,
    Attribute,
    Comparison,
    Constant,
    Filter,
    Function,
    Measure,
    MeasureArithmetic,
    MetricValue,
    Not,
    Operator,
    Plain,
    Scalar,
)

_FUNCTIONS: dict[type[exp.Expr], Function] = {
    exp.Sum: Function.SUM,
    exp.Avg: Function.AVG,
    exp.Min: Function.MIN,
    exp.Max: Function.MAX,
    exp.Median: Function.MEDIAN,
    exp.Stddev: Function.STDDEV,
    exp.StddevSamp: Function.STDDEV,
    exp.Variance: Function.VARIANCE,
    exp.Mode: Function.MODE,
    exp.ApproxDistinct: Function.COUNT_DISTINCT,
}
_ARITHMETIC: dict[type[exp.Expr], Literal["+", "-", "*", "/"]] = {
    exp.Add: "+",
    exp.Sub: "-",
    exp.Mul: "*",
    exp.Div: "/",
}
_OPERATORS: dict[type[exp.Expr], Operator] = {
    exp.EQ: Operator.EQ,
    exp.NEQ: Operator.NE,
    exp.LT: Operator.LT,
    exp.LTE: Operator.LE,
    exp.GT: Operator.GT,
    exp.GTE: Operator.GE,
}
# ANSI SQL is read as DuckDB's, which is a superset of it, so that an expression we wrote is read back as it was.
_DIALECTS = {
    "ANSI_SQL": "duckdb",
    "SNOWFLAKE": "snowflake",
    "DATABRICKS": "databricks",
    "BIGQUERY": "bigquery",
    "DUCKDB": "duckdb",
}


class NotExpressible(ValueError):
    """An expression that neither the types nor an attribute of one table can say; the text is the reason."""


class Names:
    """How an expression's names are resolved; a model file's reader provides it."""

    def column(self, table: str, name: str) -> Attribute:
        """The attribute of a column, `table` being "" where the column is bare. Raises ModelError."""
        raise NotImplementedError

    def metric(self, name: str) -> str | None:
        """The metric of this name, if there is one."""
        raise NotImplementedError

    def owner(self, entities: Iterable[str]) -> str:
        """The entity whose rows an expression over these entities has: the one that reaches the others to one.
        Raises NotExpressible."""
        raise NotImplementedError

    def computed(self, entity: str, sql: str) -> Attribute:
        """A new attribute of the entity with this SQL over its bare columns."""
        raise NotImplementedError


def parse_sql(text: str, dialect: str) -> exp.Expr:
    """The expression, read in an Ossie dialect. Raises NotExpressible where it is no expression."""
    try:
        return sqlglot.parse_one(text, read=_DIALECTS.get(dialect.upper(), "duckdb"))
    except sqlglot.errors.SqlglotError as error:
        raise NotExpressible("it is not a SQL expression") from error


def to_measure(tree: exp.Expr, names: Names) -> Measure:
    """The measure of an aggregate expression. Raises NotExpressible or ModelError."""
    tree = _bare(tree)
    if isinstance(tree, exp.Filter):
        inner = to_measure(tree.this, names)
        condition = to_filter(tree.expression.this, names)
        if not isinstance(inner, Aggregate):
            raise NotExpressible("FILTER belongs to a single aggregate")
        both = condition if inner.where is None else AllOf(of=(inner.where, condition))
        return inner.model_copy(update={"where": both})
    if type(tree) in _ARITHMETIC:
        return _arithmetic(tree, names)
    if isinstance(tree, exp.Neg):
        return _scaled(to_measure(tree.this, names), "*", -1)
    if isinstance(tree, exp.Coalesce | exp.Nullif):
        return to_measure(tree.this, names)
    if isinstance(tree, exp.Column) and not tree.table and (metric := names.metric(tree.name)):
        return MetricValue(metric=metric)
    if isinstance(tree, exp.Count):
        return _count(tree, names)
    if isinstance(tree, exp.PercentileCont | exp.Quantile | exp.WithinGroup):
        return _percentile(tree, names)
    function = _FUNCTIONS.get(type(tree))
    if function is None:
        raise NotExpressible(f"{tree.sql()} is not an aggregate")
    return _aggregate(function, tree.this, names)


def to_filter(tree: exp.Expr, names: Names) -> Filter:
    """The condition of a boolean expression. Raises NotExpressible or ModelError."""
    tree = _bare(tree)
    if isinstance(tree, exp.And):
        return AllOf(of=tuple(to_filter(part, names) for part in tree.flatten()))
    if isinstance(tree, exp.Or):
        return AnyOf(of=tuple(to_filter(part, names) for part in tree.flatten()))
    if isinstance(tree, exp.Not):
        inner = _bare(tree.this)
        if isinstance(inner, exp.Is):
            return Comparison(left=_scalar(inner.this, names), operator=Operator.IS_NOT_NULL)
        if isinstance(inner, exp.In):
            return Comparison(
                left=_scalar(inner.this, names), operator=Operator.NOT_IN, values=_literals(inner.expressions)
            )
        return Not(of=to_filter(inner, names))
    if isinstance(tree, exp.Is) and isinstance(tree.expression, exp.Null):
        return Comparison(left=_scalar(tree.this, names), operator=Operator.IS_NULL)
    if isinstance(tree, exp.In) and tree.expressions:
        return Comparison(left=_scalar(tree.this, names), operator=Operator.IN, values=_literals(tree.expressions))
    if isinstance(tree, exp.Between):
        left = _scalar(tree.this, names)
        return AllOf(
            of=(
                Comparison(left=left, operator=Operator.GE, right=_scalar(tree.args["low"], names)),
                Comparison(left=left, operator=Operator.LE, right=_scalar(tree.args["high"], names)),
            )
        )
    if isinstance(tree, exp.Like):
        return _like(tree, names)
    if operator := _OPERATORS.get(type(tree)):
        return Comparison(left=_scalar(tree.this, names), operator=operator, right=_scalar(tree.expression, names))
    if isinstance(tree, exp.Column):
        return Comparison(left=_scalar(tree, names), operator=Operator.EQ, right=Constant(value=True))
    raise NotExpressible(f"{tree.sql()} is not a condition that can be kept apart from SQL")


def bare_sql(tree: exp.Expr) -> str:
    """The expression in DuckDB's SQL with its columns unqualified and quoted."""

    def strip(node: exp.Expr) -> exp.Expr:
        return exp.column(exp.to_identifier(node.name, quoted=True)) if isinstance(node, exp.Column) else node

    return tree.copy().transform(strip).sql(dialect="duckdb")


def _bare(tree: exp.Expr) -> exp.Expr:
    """Without parentheses and casts, which change no value that a measure is about."""
    while isinstance(tree, exp.Paren | exp.Cast | exp.TryCast | exp.Alias):
        tree = tree.this
    return tree


def _arithmetic(tree: exp.Expr, names: Names) -> Measure:
    operator = _ARITHMETIC[type(tree)]
    left, right = _constant(tree.this), _constant(tree.expression)
    if left is None and right is None:
        return MeasureArithmetic(
            operator=operator, left=to_measure(tree.this, names), right=to_measure(tree.expression, names)
        )
    if right is not None and operator in ("*", "/"):
        return _scaled(to_measure(tree.this, names), operator, right)
    if left is not None and operator == "*":
        return _scaled(to_measure(tree.expression, names), "*", left)
    if left is not None and operator in ("-", "+"):
        ratio = to_measure(tree.expression, names)
        if isinstance(ratio, MeasureArithmetic) and ratio.operator == "/":
            # 1 - a/b is (b - a)/b, which needs no constant beside a measure.
            whole = ratio.right if left == 1 else _scaled(ratio.right, "*", left)
            return MeasureArithmetic(
                operator="/", left=MeasureArithmetic(operator=operator, left=whole, right=ratio.left), right=ratio.right
            )
    raise NotExpressible("a constant can multiply or divide an aggregate, or stand before a ratio to be subtracted")


def _scaled(measure: Measure, operator: Literal["*", "/"], factor: Plain) -> Measure:
    if isinstance(measure, Aggregate) and measure.function in (Function.SUM, Function.AVG) and measure.of is not None:
        scaled = Arithmetic(operator=operator, left=measure.of, right=Constant(value=factor))
        return measure.model_copy(update={"of": scaled})
    if isinstance(measure, Aggregate) and measure.function is Function.COUNT and measure.of is None:
        of = Arithmetic(operator=operator, left=Constant(value=1), right=Constant(value=factor))
        return measure.model_copy(update={"function": Function.SUM, "of": of})
    if isinstance(measure, MeasureArithmetic):
        left = _scaled(measure.left, operator, factor)
        right = measure.right if measure.operator in ("*", "/") else _scaled(measure.right, operator, factor)
        return measure.model_copy(update={"left": left, "right": right})
    raise NotExpressible("only sums, averages and row counts can be multiplied by a constant")


def _count(tree: exp.Count, names: Names) -> Aggregate:
    inner = tree.this
    if isinstance(inner, exp.Distinct):
        if len(inner.expressions) != 1:
            raise NotExpressible("COUNT(DISTINCT ...) counts one expression")
        return _aggregate(Function.COUNT_DISTINCT, inner.expressions[0], names)
    if isinstance(inner, exp.Star):
        return Aggregate(function=Function.COUNT, entity=names.owner(()))
    if isinstance(inner, exp.Column) and isinstance(inner.this, exp.Star):
        return Aggregate(function=Function.COUNT, entity=names.owner((inner.table,)))
    if _constant(inner) is not None:
        return Aggregate(function=Function.COUNT, entity=names.owner(()))
    return _aggregate(Function.COUNT, inner, names)


def _aggregate(function: Function, inner: exp.Expr, names: Names) -> Aggregate:
    if isinstance(inner, exp.Distinct):
        raise NotExpressible(f"{function.value} over distinct values is not kept apart from SQL")
    inner = _bare(inner)
    if isinstance(inner, exp.Case) and inner.this is None and len(inner.args["ifs"]) == 1:
        return _conditional(function, inner, names)
    scalar = _scalar(inner, names)
    entities = _entities(scalar)
    return Aggregate(function=function, entity=names.owner(entities), of=scalar)


def _conditional(function: Function, case: exp.Case, names: Names) -> Aggregate:
    """f(CASE WHEN condition THEN x END) is f(x) where condition."""
    branch, default = case.args["ifs"][0], case.args.get("default")
    nothing = default is None or isinstance(default, exp.Null) or (function is Function.SUM and _constant(default) == 0)
    if not nothing:
        scalar = _scalar(case, names)
        return Aggregate(function=function, entity=names.owner(_entities(scalar)), of=scalar)
    condition = to_filter(branch.this, names)
    entities = _entities(condition)
    value = _constant(branch.args["true"])
    if value is not None and (function is Function.COUNT or (function is Function.SUM and value == 1)):
        return Aggregate(function=Function.COUNT, entity=names.owner(entities), where=condition)
    scalar = _scalar(branch.args["true"], names)
    return Aggregate(function=function, entity=names.owner(entities | _entities(scalar)), of=scalar, where=condition)


def _percentile(tree: exp.Expr, names: Names) -> Aggregate:
    if isinstance(tree, exp.WithinGroup):
        fraction, order = tree.this.this, tree.expression.expressions[0].this
    else:
        fraction, order = tree.args.get("quantile") or tree.expression, tree.this
    parameter = _constant(fraction)
    if not isinstance(parameter, int | float | Decimal):
        raise NotExpressible("a percentile needs a number between 0 and 1")
    return _aggregate(Function.PERCENTILE, order, names).model_copy(update={"parameter": float(parameter)})


def _scalar(tree: exp.Expr, names: Names) -> Scalar:
    inner = tree.this if isinstance(tree, exp.Paren) else tree
    if isinstance(inner, exp.Paren):
        return _scalar(inner, names)
    if isinstance(inner, exp.Column):
        return names.column(inner.table, inner.name)
    value = _constant(inner)
    if value is not None:
        return Constant(value=value)
    if operator := _ARITHMETIC.get(type(inner)):
        return Arithmetic(operator=operator, left=_scalar(inner.this, names), right=_scalar(inner.expression, names))
    if inner.find(exp.AggFunc):
        raise NotExpressible("an aggregate stands inside another")
    columns = [names.column(column.table, column.name) for column in inner.find_all(exp.Column)]
    entities = {column.entity for column in columns}
    if len(entities) != 1:
        raise NotExpressible(f"{inner.sql()} is over {'several tables' if entities else 'no column'}")
    return names.computed(entities.pop(), bare_sql(inner))


def _constant(tree: exp.Expr | None) -> Plain | None:
    if isinstance(tree, exp.Paren):
        return _constant(tree.this)
    if isinstance(tree, exp.Neg):
        inner = _constant(tree.this)
        return -inner if isinstance(inner, int | float | Decimal) else None
    if isinstance(tree, exp.Boolean):
        return bool(tree.this)
    if (
        isinstance(tree, exp.Cast)
        and isinstance(tree.this, exp.Literal)
        and tree.this.is_string
        and tree.is_type("date")
    ):
        return dt.date.fromisoformat(tree.this.this)
    if isinstance(tree, exp.Literal):
        if tree.is_string:
            return str(tree.this)
        return int(tree.this) if str(tree.this).isdigit() else Decimal(str(tree.this))
    return None


def _literals(trees: list[exp.Expr]) -> tuple[Plain, ...]:
    values = [_constant(tree) for tree in trees]
    if any(value is None for value in values):
        raise NotExpressible("IN needs a list of constants")
    return tuple(value for value in values if value is not None)


def _like(tree: exp.Like, names: Names) -> Comparison:
    pattern = _constant(tree.expression)
    body = pattern.strip("%") if isinstance(pattern, str) else ""
    if not isinstance(pattern, str) or not body or "%" in body or "_" in body:
        raise NotExpressible("LIKE is understood with % at the ends only")
    before, after = pattern.startswith("%"), pattern.endswith("%")
    operators: dict[tuple[bool, bool], Operator] = {
        (True, True): Operator.CONTAINS, (False, True): Operator.STARTS_WITH, (True, False): Operator.ENDS_WITH, (False, False): Operator.EQ,
    }  # fmt: skip
    return Comparison(left=_scalar(tree.this, names), operator=operators[before, after], right=Constant(value=body))


def _entities(value: object) -> set[str]:
    """The entities of the attributes in a scalar or a filter."""
    if isinstance(value, Attribute):
        return {value.entity}
    if isinstance(value, tuple):
        return {entity for item in value for entity in _entities(item)}
    if not isinstance(value, Value):
        return set()
    parts = ("left", "right", "of")
    return {entity for part in parts for entity in _entities(getattr(value, part, None))}


# --- and back --------------------------------------------------------------------------------------------------------


def measure_sql(measure: Measure) -> str:
    """The measure as a SQL expression that `to_measure` reads back as itself. Raises NotExpressible."""
    if isinstance(measure, MetricValue) and measure.where is None:
        return _quoted(measure.metric)
    if isinstance(measure, MeasureArithmetic):
        return f"({measure_sql(measure.left)} {measure.operator} {measure_sql(measure.right)})"
    if not isinstance(measure, Aggregate):
        raise NotExpressible("a metric with a condition of its own")
    return _aggregate_sql(measure) + (f" FILTER (WHERE {_filter_sql(measure.where)})" if measure.where else "")


def _aggregate_sql(measure: Aggregate) -> str:
    if measure.of is None:
        return f"COUNT({_quoted(measure.entity)}.*)"
    of = _scalar_sql(measure.of)
    if measure.function is Function.COUNT_DISTINCT:
        return f"COUNT(DISTINCT {of})"
    if measure.function is Function.PERCENTILE:
        return f"PERCENTILE_CONT({measure.parameter}) WITHIN GROUP (ORDER BY {of})"
    return f"{measure.function.value.upper()}({of})"


def _scalar_sql(scalar: Scalar) -> str:
    if isinstance(scalar, Attribute) and not scalar.path:
        return f"{_quoted(scalar.entity)}.{_quoted(scalar.name)}"
    if isinstance(scalar, Constant):
        return _constant_sql(scalar.value)
    if isinstance(scalar, Arithmetic):
        return f"({_scalar_sql(scalar.left)} {scalar.operator} {_scalar_sql(scalar.right)})"
    raise NotExpressible(f"{scalar.kind} has no plain SQL")


def _constant_sql(value: Plain | None) -> str:
    if isinstance(value, str):
        return exp.Literal.string(value).sql(dialect="duckdb")
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float | Decimal):
        return str(value)
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return f"CAST('{value.isoformat()}' AS DATE)"
    raise NotExpressible("a constant without plain SQL")


_COMPARED = {
    Operator.EQ: "=",
    Operator.NE: "<>",
    Operator.LT: "<",
    Operator.LE: "<=",
    Operator.GT: ">",
    Operator.GE: ">=",
}
_PATTERNS: dict[Operator, Callable[[str], str]] = {
    Operator.CONTAINS: lambda text: f"%{text}%",
    Operator.STARTS_WITH: lambda text: f"{text}%",
    Operator.ENDS_WITH: lambda text: f"%{text}",
}


def _filter_sql(where: Filter) -> str:
    if isinstance(where, AllOf):
        return "(" + " AND ".join(_filter_sql(part) for part in where.of) + ")"
    if isinstance(where, AnyOf):
        return "(" + " OR ".join(_filter_sql(part) for part in where.of) + ")"
    if isinstance(where, Not):
        return f"NOT ({_filter_sql(where.of)})"
    if not isinstance(where, Comparison):
        raise NotExpressible(f"{where.kind} has no plain SQL")
    left = _scalar_sql(where.left)
    if where.operator in (Operator.IN, Operator.NOT_IN):
        values = ", ".join(_constant_sql(value) for value in where.values)
        return f"{left} {'NOT ' if where.operator is Operator.NOT_IN else ''}IN ({values})"
    if where.operator in (Operator.IS_NULL, Operator.IS_NOT_NULL):
        return f"{left} IS {'NOT ' if where.operator is Operator.IS_NOT_NULL else ''}NULL"
    if (
        (pattern := _PATTERNS.get(where.operator))
        and isinstance(where.right, Constant)
        and isinstance(where.right.value, str)
    ):
        return f"{left} LIKE {_constant_sql(pattern(where.right.value))}"
    if where.operator in _COMPARED and where.right is not None:
        return f"{left} {_COMPARED[where.operator]} {_scalar_sql(where.right)}"
    raise NotExpressible(f"{where.operator} has no plain SQL")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
