"""The nodes, functions and types that a statement may be made of. What is not here is refused."""

from __future__ import annotations

from sqlglot import exp

CLAUSES = (
    exp.Select, exp.Subquery, exp.With, exp.CTE, exp.From, exp.Join, exp.Where, exp.Group, exp.Having, exp.Qualify,
    exp.Order, exp.Ordered, exp.Limit, exp.Offset, exp.Union, exp.Intersect, exp.Except, exp.Table, exp.TableAlias,
    exp.Alias, exp.Column, exp.Identifier, exp.Star, exp.Distinct, exp.Exists, exp.Window, exp.WindowSpec, exp.Filter,
)  # fmt: skip

OPERATORS = (
    exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod, exp.Neg, exp.Paren, exp.EQ, exp.NEQ, exp.LT, exp.LTE,
    exp.GT, exp.GTE, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Is, exp.In, exp.Like, exp.ILike, exp.Escape, exp.Between,
    exp.And, exp.Or, exp.Not, exp.DPipe, exp.Case, exp.If, exp.Cast, exp.TryCast, exp.Interval, exp.Tuple,
)  # fmt: skip

VALUES = (exp.Literal, exp.Boolean, exp.Null, exp.Var, exp.DataType)

FUNCTIONS = (
    exp.Sum, exp.Avg, exp.Count, exp.CountIf, exp.Min, exp.Max, exp.Median, exp.Mode, exp.PercentileCont, exp.Stddev,
    exp.StddevSamp, exp.Variance, exp.LogicalOr, exp.LogicalAnd, exp.GroupConcat, exp.AnyValue, exp.ArgMax, exp.ArgMin,
    exp.Corr, exp.ApproxDistinct, exp.First, exp.Last, exp.IgnoreNulls, exp.RowNumber, exp.Rank, exp.DenseRank,
    exp.PercentRank, exp.CumeDist, exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue, exp.Ntile, exp.Coalesce,
    exp.Nullif, exp.Greatest, exp.Least, exp.Abs, exp.Round, exp.Ceil, exp.Floor, exp.Sign, exp.Sqrt, exp.Pow, exp.Ln,
    exp.Log, exp.Exp, exp.Trunc, exp.IsNan, exp.Upper, exp.Lower, exp.Trim, exp.Length, exp.Substring, exp.Left,
    exp.Right, exp.Replace, exp.SplitPart, exp.StrPosition, exp.Contains, exp.StartsWith, exp.EndsWith, exp.Concat,
    exp.DateTrunc, exp.TimestampTrunc, exp.DateDiff, exp.DateAdd, exp.Extract, exp.Year, exp.Quarter, exp.Month,
    exp.Week, exp.WeekOfYear, exp.Day, exp.DayOfMonth, exp.DayOfYear, exp.Hour, exp.Minute, exp.Second, exp.DayOfWeek,
    exp.DayOfWeekIso, exp.Dayname, exp.Monthname, exp.LastDay, exp.DateFromParts, exp.StrToTime, exp.TimeToStr,
    exp.TimeToUnix, exp.UnixToTime, exp.ConcatWs, exp.CurrentDate, exp.TsOrDsToDate, exp.TsOrDsAdd, exp.Explode, exp.GenerateSeries,
)  # fmt: skip

NAMED = frozenset(
    {
        "date_sub",
        "datesub",
        "date_part",
        "datepart",
        "strip_accents",
        "week",
        "isoyear",
        "try_strptime",
        "strptime",
        "epoch_ms",
    }
)
"""Functions that the parser knows by name only."""

ALLOWED: frozenset[type[exp.Expr]] = frozenset((*CLAUSES, *OPERATORS, *VALUES, *FUNCTIONS))

WRITES = frozenset(
    "insert update delete merge create drop alter truncate copy export import replace vacuum analyze comment grant "
    "revoke".split()
)
"""First words of statements that change data, structure or files."""

READS = frozenset({"select", "with", "("})
"""First words of what may be a query."""

TYPES = frozenset(
    exp.DataType.Type[name]
    for name in (
        "BOOLEAN", "TINYINT", "SMALLINT", "INT", "BIGINT", "INT128", "UTINYINT", "USMALLINT", "UINT", "UBIGINT",
        "DECIMAL", "FLOAT", "DOUBLE", "VARCHAR", "TEXT", "CHAR", "DATE", "TIME", "TIMESTAMP", "TIMESTAMPTZ",
        "INTERVAL",
    )
)  # fmt: skip
