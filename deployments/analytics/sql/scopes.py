"""Every table and column name of a statement, traced to the model's.

Each SELECT has its sources by alias; a name is looked for in them, then in the SELECTs around it. A name that is not a
known column is refused also where DuckDB would take it for a whole row, a file or a variable."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlglot import exp

from deployments.analytics.sql.surface import Surface


class ScopeError(Exception):
    """A name that cannot be traced, or tables put side by side without a condition."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


@dataclass(slots=True)
class Uses:
    """The tables and columns of the model that a statement reads, and every place where a table stands."""

    tables: set[str] = field(default_factory=set)
    columns: set[str] = field(default_factory=set)
    places: list[exp.Table] = field(default_factory=list)


@dataclass(slots=True)
class Source:
    """Something in a FROM clause: its columns, the model's table where it is one, whether it has one row at most.

    `starred`: it may have more columns than are known here, those of a table that the model does not show. They have
    no name that passes, so nothing may take the columns by position or compare whole rows."""

    columns: frozenset[str]
    table: str | None = None
    one_row: bool = False
    series: bool = False
    starred: bool = False

    @property
    def open_ended(self) -> bool:
        """Whether there may be columns that are not known here."""
        return self.starred or self.table is not None


Sources = dict[str, Source]


def resolve_names(tree: exp.Expr, surface: Surface, uses: Uses) -> None:
    """Raises ScopeError for the first name that cannot be traced."""
    _Resolver(surface, uses).query(tree, {}, [], final=True)


class _Resolver:
    def __init__(self, surface: Surface, uses: Uses) -> None:
        self.surface = surface
        self.uses = uses

    def query(self, tree: exp.Expr, tables: Sources, outer: list[Sources], *, final: bool = False) -> Source:
        """Check a query; gives what it is as a source. `final`: its columns are what is shown."""
        tables = self._with(tree, tables, outer)
        if isinstance(tree, exp.Subquery):
            return self.query(tree.this, tables, outer, final=final)
        if isinstance(tree, exp.SetOperation):
            left = self.query(tree.left, tables, outer, final=final)
            right = self.query(tree.right, tables, outer, final=final)
            if left.starred or right.starred:
                raise ScopeError("star", "Columns must be named where rows are put together; * is not allowed")
            names: Sources = {"": left}
            for clause in ("order", "limit", "offset"):
                if tree.args.get(clause) is not None:
                    self._columns(tree.args[clause], names, tables, outer)
            return Source(left.columns)
        if not isinstance(tree, exp.Select):
            raise ScopeError("unsupported_syntax", f"{type(tree).__name__} is not supported")
        return self._select(tree, tables, outer, final=final)

    def _with(self, tree: exp.Expr, tables: Sources, outer: list[Sources]) -> Sources:
        clause = tree.args.get("with_")
        if clause is None:
            return tables
        known = dict(tables)
        for cte in clause.expressions:
            source = self.query(cte.this, known, outer)
            known[cte.alias.lower()] = _renamed(source, cte.args.get("alias"))
        return known

    def _select(self, tree: exp.Select, tables: Sources, outer: list[Sources], *, final: bool) -> Source:
        sources: Sources = {}
        start = tree.args.get("from_")
        if start is not None:
            self._add(start.this, sources, tables, outer)
        joins = tree.args.get("joins") or []
        for join in joins:
            before = dict(sources)
            name = self._add(join.this, sources, tables, outer)
            self._check_join(join, name, before, sources, tree)
            for column in join.args.get("using") or []:
                self._use(sources[name], column.name.lower(), column.name)
                self._named(column.name.lower(), None, before, [], column.name)
            if join.args.get("on") is not None:
                self._columns(join.args["on"], sources, tables, outer)
        for node in tree.expressions:
            if _is_star(node):
                if final or not sources:
                    raise ScopeError("star", "Columns must be named; * is not allowed")
                continue
            self._columns(node, sources, tables, outer)
        for clause in ("where", "group", "having", "qualify", "limit", "offset"):
            if tree.args.get(clause) is not None:
                self._columns(tree.args[clause], sources, tables, outer)
        if tree.args.get("order") is not None:
            outputs = {node.alias.lower() for node in tree.expressions if isinstance(node, exp.Alias)}
            self._order(tree.args["order"], sources, tables, outer, outputs)
        return self._as_source(tree, sources)

    def _order(
        self, node: exp.Order, sources: Sources, tables: Sources, outer: list[Sources], outputs: set[str]
    ) -> None:
        """An output's alias may stand for it as a whole sort key only: elsewhere DuckDB looks for a column first."""
        for key in node.expressions:
            bare = isinstance(key.this, exp.Column) and not key.this.table and key.this.name.lower() in outputs
            if not bare:
                self._columns(key, sources, tables, outer)

    def _add(self, node: exp.Expr, sources: Sources, tables: Sources, outer: list[Sources]) -> str:
        if isinstance(node, exp.Table):
            source = self._table(node, tables)
        elif isinstance(node, exp.Subquery):
            source = _renamed(self.query(node.this, self._with(node, tables, outer), []), node.args.get("alias"))
        else:
            raise ScopeError("unsupported_syntax", f"{type(node).__name__} is not a table")
        if node.args.get("joins"):
            raise ScopeError("unsupported_syntax", "Nested joins are not supported")
        name = (node.alias or node.name).lower()
        if not name:
            name = f" {len(sources)}"
        if name in sources:
            raise ScopeError("unsupported_syntax", f"Two tables are called {name}")
        sources[name] = source
        return name

    def _table(self, node: exp.Table, tables: Sources) -> Source:
        if not isinstance(node.this, exp.Identifier):
            raise ScopeError("function_not_allowed", "Table functions are not allowed")
        name = node.name.lower()
        if not node.db and name in tables:
            return _renamed(tables[name], node.args.get("alias"))
        columns = self.surface.columns(node)
        if columns is None:
            raise ScopeError("unknown_table", f"The model has no table {node.name}")
        self.uses.tables.add(name)
        self.uses.places.append(node)
        return _renamed(Source(columns, table=name), node.args.get("alias"))

    def _columns(
        self,
        node: exp.Expr,
        sources: Sources,
        tables: Sources,
        outer: list[Sources],
    ) -> None:
        """Trace each column below a node; a query below it is one of its own, within this one."""
        stack = [node]
        while stack:
            each = stack.pop()
            if isinstance(each, exp.Column):
                self._column(each, sources, outer)
            elif isinstance(each, exp.Star):
                if not isinstance(each.parent, exp.Count):
                    raise ScopeError("star", "Columns must be named; * is not allowed")
            elif isinstance(each, (exp.Select, exp.SetOperation)) or (
                isinstance(each, exp.Subquery) and isinstance(each.this, exp.Query)
            ):
                if self.query(each, tables, [sources, *outer]).starred:
                    raise ScopeError("star", "Columns must be named; * is not allowed")
            else:
                for value in each.args.values():
                    if isinstance(value, exp.Expr):
                        stack.append(value)
                    elif isinstance(value, list):
                        stack.extend(item for item in value if isinstance(item, exp.Expr))

    def _column(self, node: exp.Column, sources: Sources, outer: list[Sources]) -> None:
        if node.args.get("db") is not None or node.args.get("catalog") is not None:
            raise ScopeError("unknown_column", f"{node.name} must be named by table and column")
        if isinstance(node.this, exp.Star):
            raise ScopeError("star", "Columns must be named; * is not allowed")
        name = node.name.lower()
        self._named(name, node.table.lower() or None, sources, outer, node.name)

    def _named(self, name: str, table: str | None, sources: Sources, outer: list[Sources], written: str) -> None:
        if table is None:
            # An outer column must be qualified: bare, DuckDB would prefer a column of this SELECT's tables that the
            # model does not show.
            holders = [source for source in sources.values() if name in source.columns]
            for source in holders:
                self._use(source, name, written)
            if not holders:
                raise ScopeError("unknown_column", f"{written} is not a column of the model")
            return
        scope = next((scope for scope in (sources, *outer) if table in scope), None)
        if scope is None:
            raise ScopeError("unknown_column", f"{table}.{written} is not a column of the model")
        self._use(scope[table], name, written)

    def _use(self, source: Source, name: str, written: str) -> None:
        if name not in source.columns:
            raise ScopeError("unknown_column", f"{written} is not a column of the model")
        if source.table is not None:
            self.uses.columns.add(f"{source.table}.{name}")

    def _check_join(self, join: exp.Join, name: str, before: Sources, sources: Sources, tree: exp.Select) -> None:
        """A join needs a condition between its two sides, unless one of them has a single row or is a series."""
        if join.args.get("using"):
            return
        joined = sources[name]
        if joined.one_row or joined.series or all(source.one_row or source.series for source in before.values()):
            return
        conditions = [join.args.get("on")]
        if join.args.get("on") is None and not join.args.get("side"):
            where = tree.args.get("where")
            conditions = [] if where is None else list(_conjuncts(where.this))
        if not any(condition is not None and _connects(condition, name, joined, before) for condition in conditions):
            raise ScopeError("cross_join", f"{name} is joined without a condition")

    def _as_source(self, tree: exp.Select, sources: Sources) -> Source:
        columns: set[str] = set()
        starred = False
        for node in tree.expressions:
            if _is_star(node):
                wanted = node.table.lower() if isinstance(node, exp.Column) and node.table else None
                for name, source in sources.items():
                    if wanted is None or wanted == name:
                        columns |= source.columns
                        starred |= source.open_ended
            else:
                columns.add(node.alias_or_name.lower())
        columns.discard("")
        aggregated = tree.args.get("group") is None and any(
            node.find(exp.AggFunc) is not None and node.find(exp.Window) is None for node in tree.expressions
        )
        limit = tree.args.get("limit")
        single = isinstance(limit, exp.Limit) and limit.expression is not None and limit.expression.name in ("0", "1")
        bare = tree.args.get("from_") is None
        unnested = any(node.find(exp.Explode) is not None for node in tree.expressions)
        if starred and tree.args.get("distinct") is not None:
            raise ScopeError("star", "Columns must be named where rows are compared; * is not allowed")
        one_row = aggregated or single or (bare and not unnested)
        return Source(frozenset(columns), one_row=one_row, series=bare, starred=starred)


def _renamed(source: Source, alias: exp.Expr | None) -> Source:
    names = alias.args.get("columns") if alias is not None else None
    if not names:
        return source
    if source.open_ended:
        raise ScopeError("unsupported_syntax", "The columns of a table cannot be renamed by their position")
    return Source(frozenset(name.name.lower() for name in names), None, source.one_row, source.series)


def _is_star(node: exp.Expr) -> bool:
    return isinstance(node, exp.Star) or (isinstance(node, exp.Column) and isinstance(node.this, exp.Star))


def _conjuncts(node: exp.Expr) -> list[exp.Expr]:
    if isinstance(node, exp.Paren):
        return _conjuncts(node.this)
    if isinstance(node, exp.And):
        return [*_conjuncts(node.this), *_conjuncts(node.expression)]
    return [node]


def _connects(condition: exp.Expr, name: str, joined: Source, before: Sources) -> bool:
    """Whether some part of a conjunction compares a column of one side with a column of the other."""
    for part in _conjuncts(condition):
        if not isinstance(part, (exp.EQ, exp.NullSafeEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.Between)):
            continue
        sides = {_side(column, name, joined, before) for column in part.find_all(exp.Column)}
        if {"near", "far"} <= sides:
            return True
    return False


def _side(column: exp.Column, name: str, joined: Source, before: Sources) -> str:
    table, wanted = column.table.lower(), column.name.lower()
    if table:
        return "near" if table == name else "far" if table in before else ""
    in_far = any(wanted in source.columns for source in before.values())
    if wanted in joined.columns:
        return "" if in_far else "near"
    return "far" if in_far else ""
