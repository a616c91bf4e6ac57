"""The statement as text: DuckDB's SQL as a person would write it."""

from __future__ import annotations

import threading
from typing import Any

from sqlglot import exp
from sqlglot.generators.duckdb import DuckDBGenerator

TYPED_LITERALS = (
    exp.DataType.Type.DATE,
    exp.DataType.Type.TIME,
    exp.DataType.Type.TIMESTAMP,
    exp.DataType.Type.TIMESTAMPTZ,
)


class Writer(DuckDBGenerator):
    """DuckDB's generator with `DATE '2026-01-01'` for a cast literal, and `x NOT IN (...)` for a negated test."""

    def cast_sql(self, expression: exp.Cast, safe_prefix: str | None = None) -> str:
        """A cast; of a text literal to a time, the typed literal."""
        kind, value = expression.args["to"].this, expression.this
        if safe_prefix is None and isinstance(value, exp.Literal) and value.is_string and kind in TYPED_LITERALS:
            return f"{kind.value} {self.sql(value)}"
        return str(super().cast_sql(expression, safe_prefix))

    def not_sql(self, expression: exp.Not) -> str:
        """A negation, inside the test where SQL has a word for it."""
        inner = expression.this
        if isinstance(inner, exp.In):
            return (
                self.in_sql(inner).replace(" IN (", " NOT IN (", 1)
                if not _holds_in(inner.this)
                else super().not_sql(expression)
            )
        if isinstance(inner, exp.Like):
            return f"{self.sql(inner, 'this')} NOT LIKE {self.sql(inner, 'expression')}"
        return str(super().not_sql(expression))

    def filter_sql(self, expression: exp.Filter) -> str:
        """aggregate FILTER (WHERE ...)."""
        return f"{self.sql(expression, 'this')} FILTER (WHERE {self.sql(expression.expression, 'this')})"


def _holds_in(node: Any) -> bool:
    return any(True for _ in node.find_all(exp.In))


_local = threading.local()


def render_condition(condition: exp.Expr) -> str:
    """A condition on its own."""
    return str(Writer(dialect="duckdb", comments=False).generate(condition))


def render(select: exp.Expr) -> str:
    """One line for what fits a glance, a clause to a line for the rest."""
    args = select.args
    long = bool(args.get("with_") or args.get("joins") or args.get("qualify")) or isinstance(
        args["from_"].this if args.get("from_") else None, exp.Subquery
    )
    key = "pretty" if long else "plain"
    writer = getattr(_local, key, None)
    if writer is None:
        writer = Writer(pretty=long, dialect="duckdb", comments=False, max_text_width=100)
        setattr(_local, key, writer)
    return str(writer.generate(select, copy=False))
