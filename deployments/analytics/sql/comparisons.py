"""Comparisons of a scalar with a constant, a list, or another scalar."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlglot import exp

from deployments.analytics.model.schema import DataType
from deployments.analytics.sql import nodes, related, scalars
from deployments.analytics.sql.context import Context
from deployments.analytics.sql.frame import Frame
from deployments.contracts.errors import InvalidQuery
from deployments.contracts.query import Comparison, Constant, Nested, Operator

SIMPLE: dict[Operator, type[exp.Expr]] = {
    Operator.EQ: exp.EQ,
    Operator.NE: exp.NullSafeNEQ,
    Operator.LT: exp.LT,
    Operator.LE: exp.LTE,
    Operator.GT: exp.GT,
    Operator.GE: exp.GTE,
}
OPPOSITES = {
    Operator.EQ: Operator.NE,
    Operator.IN: Operator.NOT_IN,
    Operator.IS_NULL: Operator.IS_NOT_NULL,
    Operator.IS_NOT_NULL: Operator.IS_NULL,
    Operator.CONTAINS: Operator.NOT_CONTAINS,
}
KEEPS_NULL = (Operator.NE, Operator.NOT_IN, Operator.NOT_CONTAINS, Operator.IS_NULL)
TEXTUAL = (Operator.CONTAINS, Operator.NOT_CONTAINS, Operator.STARTS_WITH, Operator.ENDS_WITH)


def rejects_null(value: Comparison) -> bool:
    """Whether a row whose left side is NULL is dropped."""
    if isinstance(value.right, Constant) and value.right.value is None:
        return False
    return value.operator not in KEEPS_NULL


def opposite(value: Comparison) -> Comparison | None:
    """The comparison that holds exactly where this one does not (NULL counting as not); None if no operator says so."""
    operator = OPPOSITES.get(value.operator)
    if operator is None or (value.right is not None and not isinstance(value.right, Constant)):
        return None
    return value.model_copy(update={"operator": operator})


def comparison(value: Comparison, frame: Frame) -> exp.Expr:
    """The SQL of a comparison. Raises InvalidQuery where the two sides cannot be compared."""
    operator = value.operator
    if operator in (Operator.IS_NULL, Operator.IS_NOT_NULL):
        return nodes.is_null(scalars.scalar(value.left, frame), negated=operator is Operator.IS_NOT_NULL)
    if operator in (Operator.IN, Operator.NOT_IN):
        return _listed(value, frame)
    if value.right is None:
        raise InvalidQuery(f"Nothing is given to compare {scalars.name_of(value.left)} with")
    if isinstance(value.right, Nested) and value.right.choose != "value":
        return related.chosen(value, value.right, frame)
    if isinstance(value.right, Constant):
        return _with_constant(value, value.right, frame)
    if operator in TEXTUAL:
        return _textual(operator, lambda: scalars.scalar(value.left, frame), scalars.scalar(value.right, frame))
    _comparable(value.left, value.right, frame.context)
    left, right = scalars.scalar(value.left, frame), scalars.scalar(value.right, frame)
    return nodes.binary(SIMPLE[operator], left, right)


def _with_constant(value: Comparison, right: Constant, frame: Frame) -> exp.Expr:
    operator, context = value.operator, frame.context
    if right.value is None:
        if operator in (Operator.EQ, Operator.NE):
            return nodes.is_null(scalars.scalar(value.left, frame), negated=operator is Operator.NE)
        raise InvalidQuery(f"{scalars.name_of(value.left)} cannot be compared with nothing")
    stored = scalars.truth(value.left, context)
    if stored is not None and isinstance(right.value, bool):
        if operator not in (Operator.EQ, Operator.NE):
            raise InvalidQuery(f"{scalars.name_of(value.left)} is yes or no; it has no order")
        chosen = stored[0] if right.value else stored[1]
        if not chosen:
            operator = Operator.NOT_IN if operator is Operator.EQ else Operator.IN
            chosen = stored[0]
        else:
            operator = Operator.IN if operator is Operator.EQ else Operator.NOT_IN
        return _listed(Comparison(left=value.left, operator=operator, values=chosen), frame)
    if operator in TEXTUAL:
        if not isinstance(right.value, str):
            raise InvalidQuery(f"{scalars.name_of(value.left)} can only be searched for text")
        return _textual(operator, lambda: scalars.scalar(value.left, frame), nodes.text(right.value), right.value)
    left_type = scalars.type_of(value.left, context)
    fitted = fit(right.value, left_type, value.left)
    if isinstance(fitted, bool) and operator in (Operator.EQ, Operator.NE) and left_type is DataType.BOOLEAN:
        return _yes_or_no(scalars.scalar(value.left, frame), fitted, operator)
    return nodes.binary(SIMPLE[operator], scalars.scalar(value.left, frame), nodes.constant(fitted))


def _yes_or_no(left: exp.Expr, wanted: bool, operator: Operator) -> exp.Expr:
    if operator is Operator.NE:
        return exp.Is(this=nodes.grouped(left), expression=exp.Boolean(this=wanted), negate=True)
    if not wanted:
        return exp.Not(this=nodes.grouped(left))
    return left


def _listed(value: Comparison, frame: Frame) -> exp.Expr:
    kind = scalars.type_of(value.left, frame.context)
    negated = value.operator is Operator.NOT_IN
    stored = scalars.truth(value.left, frame.context)
    given = [each for each in value.values if each is not None]
    if stored is not None:
        yes, no = stored
        given = [each for one in given for each in ((yes if one else no) if isinstance(one, bool) else (one,))]
    fitted = [fit(each, kind, value.left) for each in given]
    if not fitted:
        return exp.Boolean(this=negated)
    left = scalars.scalar(value.left, frame)
    if len(fitted) == 1:
        return nodes.binary(exp.NullSafeNEQ if negated else exp.EQ, left, nodes.constant(fitted[0]))
    listed = exp.In(this=nodes.grouped(left), expressions=[nodes.constant(each) for each in fitted])
    if not negated:
        return listed
    unknown = nodes.is_null(scalars.scalar(value.left, frame))
    return exp.Or(this=exp.Not(this=listed), expression=unknown)


def _textual(operator: Operator, left: Callable[[], exp.Expr], right: exp.Expr, plain: str | None = None) -> exp.Expr:
    """Text searched without regard to case. ILIKE where it holds no wildcard, else the function that knows none."""
    before = operator is not Operator.STARTS_WITH
    after = operator is not Operator.ENDS_WITH
    if plain is not None and not set(plain) & set("%_\\"):
        pattern = ("%" if before else "") + plain + ("%" if after else "")
        found: exp.Expr = exp.ILike(this=nodes.grouped(left()), expression=nodes.text(pattern))
    else:
        name = "CONTAINS" if before and after else "STARTS_WITH" if after else "ENDS_WITH"
        found = nodes.function(name, nodes.function("LOWER", left()), nodes.function("LOWER", right))
    if operator is Operator.NOT_CONTAINS:
        return exp.Or(this=exp.Not(this=found), expression=nodes.is_null(left()))
    return found


def over(node: exp.Expr, value: Comparison, context: Context) -> exp.Expr:
    """A comparison whose left side is already written, with a constant or a list."""
    kind = scalars.type_of(value.left, context)
    operator = value.operator
    if operator in (Operator.IS_NULL, Operator.IS_NOT_NULL):
        return nodes.is_null(node, negated=operator is Operator.IS_NOT_NULL)
    if operator in (Operator.IN, Operator.NOT_IN):
        listed = [nodes.constant(fit(each, kind, value.left)) for each in value.values]
        found = exp.In(this=nodes.grouped(node), expressions=listed)
        if operator is Operator.IN:
            return found
        return exp.Or(this=exp.Not(this=found), expression=nodes.is_null(node))
    if not isinstance(value.right, Constant) or value.right.value is None:
        raise InvalidQuery(f"{scalars.name_of(value.left)} of a group can be compared with constants only")
    if operator in TEXTUAL:
        return _textual(operator, lambda: node, nodes.text(str(value.right.value)), str(value.right.value))
    return nodes.binary(SIMPLE[operator], node, nodes.constant(fit(value.right.value, kind, value.left)))


def _comparable(left: Any, right: Any, context: Context) -> None:
    kinds = [_family(scalars.type_of(side, context)) for side in (left, right)]
    if None not in kinds and kinds[0] != kinds[1]:
        raise InvalidQuery(
            f"{scalars.name_of(left)} ({kinds[0]}) cannot be compared with {scalars.name_of(right)} ({kinds[1]})"
        )


def _family(kind: DataType) -> str | None:
    if kind.is_number:
        return "a number"
    if kind.is_time:
        return "a time"
    return None if kind is DataType.OTHER else kind.value


def fit(value: Any, kind: DataType, of: Any) -> Any:
    """A constant as the type it is compared with. Raises InvalidQuery where it does not fit."""
    fits = True
    try:
        if kind is DataType.TEXT and not isinstance(value, str):
            fits = not isinstance(value, (bool, dt.date, dt.time))
            value = str(value)
        elif kind.is_number and isinstance(value, str):
            value = int(value) if value.strip().lstrip("+-").isdigit() else Decimal(value.strip())
        elif kind.is_number:
            fits = not isinstance(value, (dt.date, dt.time))
        elif kind.is_time and isinstance(value, str):
            value = dt.date.fromisoformat(value) if len(value) == 10 else dt.datetime.fromisoformat(value)
        elif kind.is_time:
            fits = isinstance(value, dt.date)
        elif kind is DataType.BOOLEAN and not isinstance(value, bool):
            value = {"true": True, "false": False, "1": True, "0": False}[str(value).lower()]
    except (ValueError, KeyError, InvalidOperation):
        fits = False
    if not fits:
        raise InvalidQuery(f"{value!r} cannot be compared with {scalars.name_of(of)}, which is {kind.value}")
    return value
