"""The guard: lets a statement through only if it is provably one read-only SELECT over the model.

It classifies first (what kinds of nodes, which functions, tables and columns there are) and decides then; what it
cannot classify it refuses. It knows nothing of who wrote the statement: the compiler's pass the same gate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from deployments.analytics.model.schema import SemanticModel
from deployments.analytics.sql import vocabulary
from deployments.analytics.sql.policy import UnresolvedPolicy, apply_policies
from deployments.analytics.sql.render import render
from deployments.analytics.sql.scopes import ScopeError, Uses, resolve_names
from deployments.analytics.sql.surface import surface_of
from deployments.contracts.answers import Guarded
from deployments.contracts.errors import QueryRefused
from deployments.contracts.limits import Limits

MAX_LENGTH = 100_000
MAX_TOKENS = 10_000
MAX_NESTING = 60


class Reason(StrEnum):
    """Why a statement is refused. Stable: clients and logs rely on these words."""

    TOO_LARGE = "too_large"
    UNREADABLE = "unreadable"
    SEVERAL_STATEMENTS = "several_statements"
    WRITES = "writes"
    NOT_A_QUERY = "not_a_query"
    COMMENT = "comment"
    UNSUPPORTED_SYNTAX = "unsupported_syntax"
    FUNCTION_NOT_ALLOWED = "function_not_allowed"
    TYPE_NOT_ALLOWED = "type_not_allowed"
    RECURSIVE = "recursive"
    UNKNOWN_TABLE = "unknown_table"
    UNKNOWN_COLUMN = "unknown_column"
    STAR = "star"
    CROSS_JOIN = "cross_join"
    UNBOUNDED_SERIES = "unbounded_series"
    UNBOUNDED_TEXT = "unbounded_text"
    NO_CALLER = "no_caller"


NOTHING_SEEN = Guarded()


@dataclass(frozen=True, slots=True)
class Decision:
    """What the guard says of a statement: allowed with what it uses, or refused for a reason."""

    allowed: bool
    reason: Reason | None = None
    detail: str = ""
    report: Guarded = NOTHING_SEEN
    restricted: exp.Expr | None = None
    """The statement's tree with row policies below it, where there are any."""


@dataclass(frozen=True, slots=True)
class GuardedStatement:
    """A statement that may run, and what the guard saw in it. It is as it was given, unless row policies had to be put
    below it."""

    sql: str
    report: Guarded


def guard(sql: str, model: SemanticModel, limits: Limits) -> GuardedStatement:
    """Let a statement through. Raises QueryRefused, whose `extra` holds the reason.

    The bound on rows is not written into the statement: the warehouse stops fetching at it."""
    return _let_through(sql, decide(sql, model, limits))


def guard_ast(tree: exp.Expr, sql: str, model: SemanticModel, limits: Limits) -> GuardedStatement:
    """As `guard`, for a caller that has the statement's tree as the parser gives it."""
    return _let_through(sql, judge(tree.copy() if surface_of(model).restricted else tree, model, limits))


def _let_through(sql: str, decision: Decision) -> GuardedStatement:
    if not decision.allowed and decision.reason is not None:
        raise QueryRefused(decision.detail, reason=decision.reason.value)
    if decision.restricted is not None:
        try:
            sql = render(decision.restricted)
        except RecursionError:
            raise QueryRefused("The statement is nested too deep", reason=Reason.TOO_LARGE.value) from None
    return GuardedStatement(sql, decision.report)


def decide(sql: str, model: SemanticModel, limits: Limits) -> Decision:
    """The decision about a statement as text."""
    if len(sql) > MAX_LENGTH:
        return _refused(Reason.TOO_LARGE, f"The statement is longer than {MAX_LENGTH} characters")
    try:
        tokens = DuckDB().tokenize(sql)
    except SqlglotError:
        return _refused(Reason.UNREADABLE, "The statement cannot be read")
    refusal = _judge_tokens(tokens)
    if refusal is not None:
        return refusal
    try:
        trees = DuckDB().parser().parse(tokens, sql)
    except (SqlglotError, RecursionError):
        return _refused(Reason.UNREADABLE, "The statement cannot be read")
    if len(trees) != 1 or trees[0] is None:
        return _refused(Reason.SEVERAL_STATEMENTS, "There must be exactly one statement")
    return judge(trees[0], model, limits)


def _judge_tokens(tokens: list[Token]) -> Decision | None:
    """What can be refused before parsing, so that no other parser may read the text differently."""
    if not tokens:
        return _refused(Reason.NOT_A_QUERY, "There is no statement")
    if len(tokens) > MAX_TOKENS:
        return _refused(Reason.TOO_LARGE, f"The statement has more than {MAX_TOKENS} words")
    first = tokens[0].text.lower()
    if first in vocabulary.WRITES:
        return _refused(Reason.WRITES, f"Only reading is allowed, not {first.upper()}")
    if first not in vocabulary.READS:
        return _refused(Reason.NOT_A_QUERY, "The statement must be a SELECT")
    depth = 0
    for index, token in enumerate(tokens):
        kind = token.token_type
        if token.comments:
            return _refused(Reason.COMMENT, "Comments are not allowed in a statement")
        if kind is TokenType.SEMICOLON and index < len(tokens) - 1:
            return _refused(Reason.SEVERAL_STATEMENTS, "There must be exactly one statement")
        if kind in ODD_TOKENS:
            return _refused(Reason.UNSUPPORTED_SYNTAX, f"{token.text!r} is not supported")
        depth += (kind is TokenType.L_PAREN) - (kind is TokenType.R_PAREN)
        if depth > MAX_NESTING:
            return _refused(Reason.TOO_LARGE, f"Parentheses are nested more than {MAX_NESTING} deep")
    return None


ODD_TOKENS = frozenset(
    getattr(TokenType, name)
    for name in (
        "RAW_STRING", "BYTE_STRING", "HEX_STRING", "BIT_STRING", "HEREDOC_STRING", "NATIONAL_STRING", "UNICODE_STRING",
        "PARAMETER", "PLACEHOLDER", "SESSION_PARAMETER", "HINT",
    )
    if hasattr(TokenType, name)
)  # fmt: skip
"""Strings that engines read in different ways, and places to be filled in later."""


def judge(tree: exp.Expr, model: SemanticModel, limits: Limits) -> Decision:
    """The decision about a parsed statement. Row policies are put into the tree that is given."""
    if not isinstance(tree, (exp.Select, exp.SetOperation, exp.Subquery)):
        return _refused(Reason.NOT_A_QUERY, "The statement must be a SELECT")
    functions: dict[str, None] = {}
    for node in tree.walk():
        refusal = _judge_node(node, functions)
        if refusal is not None:
            return refusal
    uses = Uses()
    try:
        resolve_names(tree, surface_of(model), uses)
        row_policies = apply_policies(uses.places, surface_of(model))
    except ScopeError as error:
        return _refused(Reason(error.reason), error.detail)
    except UnresolvedPolicy:
        return _refused(Reason.NO_CALLER, "The data has row policies, and it is not known whose question this is")
    report = Guarded(
        tables=tuple(sorted(uses.tables)),
        columns=tuple(sorted(uses.columns)),
        functions=tuple(sorted(functions)),
        row_policies=row_policies,
        row_limit=limits.rows,
        time_limit_ms=int(limits.seconds * 1000),
        memory_limit_mb=limits.memory_mb,
        spill_limit_mb=limits.spill_mb,
    )
    return Decision(allowed=True, report=report, restricted=tree if row_policies else None)


def _judge_node(node: exp.Expr, functions: dict[str, None]) -> Decision | None:
    kind = type(node)
    if kind is exp.Identifier or kind is exp.Column or kind is exp.Literal:
        return None
    if kind is exp.Anonymous:
        name = node.name.lower()
        functions[name] = None
        return None if name in vocabulary.NAMED else _function(name)
    if kind not in vocabulary.ALLOWED:
        if isinstance(node, exp.Func):
            return _function(node.sql_name().lower())
        if isinstance(node, (exp.DML, exp.DDL, exp.Into, exp.Drop, exp.Copy)):
            return _refused(Reason.WRITES, "Only reading is allowed")
        return _refused(Reason.UNSUPPORTED_SYNTAX, f"{kind.__name__} is not supported")
    if isinstance(node, exp.Func) and kind in FUNCTION_KINDS:
        functions[node.sql_name().lower()] = None
    judged = _JUDGES.get(kind)
    return None if judged is None else judged(node)


FUNCTION_KINDS = frozenset(vocabulary.FUNCTIONS)


def _function(name: str) -> Decision:
    return _refused(Reason.FUNCTION_NOT_ALLOWED, f"The function {name} is not allowed")


def _judge_with(node: exp.Expr) -> Decision | None:
    if node.args.get("recursive"):
        return _refused(Reason.RECURSIVE, "Recursive queries are not allowed")
    return _only(node, "expressions")


def _judge_type(node: exp.Expr) -> Decision | None:
    if node.this not in vocabulary.TYPES or node.args.get("nested"):
        return _refused(Reason.TYPE_NOT_ALLOWED, f"The type {node.sql('duckdb')} is not allowed")
    return None


def _judge_join(node: exp.Expr) -> Decision | None:
    side, kind = (str(node.args.get(name) or "").upper() for name in ("side", "kind"))
    if side not in ("", "LEFT", "RIGHT", "FULL") or kind not in ("", "INNER", "OUTER", "CROSS"):
        return _refused(Reason.UNSUPPORTED_SYNTAX, f"{side or kind} JOIN is not supported")
    return _only(node, "this", "on", "using", "side", "kind")


def _judge_cte(node: exp.Expr) -> Decision | None:
    if isinstance(node.this, (exp.DML, exp.DDL)) and not isinstance(node.this, exp.Query):
        return _refused(Reason.WRITES, "Only reading is allowed")
    if not isinstance(node.this, (exp.Select, exp.SetOperation)):
        return _refused(Reason.NOT_A_QUERY, "A WITH clause must hold a SELECT")
    return _only(node, "this", "alias")


def _judge_series(node: exp.Expr) -> Decision | None:
    """A series must be stepped by an interval of at least an hour, or have few whole numbers between literal ends."""
    start, end, step = (node.args.get(name) for name in ("start", "end", "step"))
    if isinstance(step, exp.Interval):
        unit = str(step.args.get("unit") or "").upper()
        count = step.this.name if step.this is not None else ""
        if unit in INTERVALS and count.isdigit() and int(count) > 0:
            return None
    else:
        first, last, stride = _whole(start), _whole(end), 1 if step is None else _whole(step)
        if first is not None and last is not None and stride and stride > 0 and abs(last - first) <= MAX_SERIES:
            return None
    return _refused(Reason.UNBOUNDED_SERIES, "A series must be bounded")


def _judge_like(node: exp.Expr) -> Decision | None:
    """A pattern is a literal with few wildcards: the time that an engine takes to match doubles and redoubles with each,
    and nothing interrupts it in mid-row."""
    pattern = node.expression
    if isinstance(pattern, exp.Literal) and pattern.is_string and pattern.name.count("%") <= MAX_WILDCARDS:
        return None
    return _refused(Reason.UNBOUNDED_TEXT, f"A pattern must be a text with at most {MAX_WILDCARDS} wildcards")


def _judge_replace(node: exp.Expr) -> Decision | None:
    """Texts may be replaced by none that are longer: nested, that multiplies, in memory that no limit covers."""
    pattern, put = node.args.get("expression"), node.args.get("replacement")
    literal = all(isinstance(text, exp.Literal) and text.is_string for text in (pattern, put))
    if literal and pattern is not None and put is not None and len(put.name.encode()) <= len(pattern.name.encode()):
        return None
    return _refused(Reason.UNBOUNDED_TEXT, "A text may only be replaced by one that is no longer")


MAX_WILDCARDS = 4
MAX_SERIES = 100_000
INTERVALS = frozenset({"YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "HOUR"})


def _whole(node: exp.Expr | None) -> int | None:
    if isinstance(node, exp.Neg):
        inner = _whole(node.this)
        return None if inner is None else -inner
    if isinstance(node, exp.Literal) and not node.is_string and node.this.isdigit():
        return int(node.this)
    return None


def _only(node: exp.Expr, *allowed: str) -> Decision | None:
    for name, value in node.args.items():
        if value and name not in allowed:
            return _refused(Reason.UNSUPPORTED_SYNTAX, f"{type(node).__name__} {name.strip('_')} is not supported")
    return None


def _judge_select(node: exp.Expr) -> Decision | None:
    if node.args.get("into"):
        return _refused(Reason.WRITES, "Only reading is allowed, not SELECT INTO")
    return _only(node, *SELECT_PARTS)


SELECT_PARTS = (
    "expressions", "from_", "joins", "where", "group", "having", "qualify", "order", "limit", "offset", "distinct",
    "with_",
)  # fmt: skip

SET_PARTS = ("this", "expression", "distinct", "with_", "order", "limit", "offset")

_JUDGES: dict[type[exp.Expr], Callable[[exp.Expr], Decision | None]] = {
    exp.With: _judge_with,
    exp.DataType: _judge_type,
    exp.Join: _judge_join,
    exp.CTE: _judge_cte,
    exp.GenerateSeries: _judge_series,
    exp.Like: _judge_like,
    exp.ILike: _judge_like,
    exp.Replace: _judge_replace,
    exp.Select: _judge_select,
    exp.Table: lambda node: _only(node, "this", "db", "catalog", "alias"),
    exp.Union: lambda node: _only(node, *SET_PARTS),
    exp.Intersect: lambda node: _only(node, *SET_PARTS),
    exp.Except: lambda node: _only(node, *SET_PARTS),
    exp.Group: lambda node: _only(node, "expressions"),
    exp.Ordered: lambda node: (
        _refused(Reason.UNSUPPORTED_SYNTAX, "ORDER BY ALL is not supported") if isinstance(node.this, exp.Var) else None
    ),
    exp.Star: _only,
    exp.Distinct: lambda node: _only(node, "expressions"),
    exp.Explode: lambda node: (
        None
        if isinstance(node.this, exp.GenerateSeries)
        else _refused(Reason.FUNCTION_NOT_ALLOWED, "Only a series can be unnested")
    ),
}


def _refused(reason: Reason, detail: str) -> Decision:
    return Decision(allowed=False, reason=reason, detail=detail)
