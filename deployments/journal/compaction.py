"""Giving back the space of what is gone: rows of results beyond those that are to be kept, and what was deleted."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from deployments.contracts.journal import Retention
from deployments.journal.attempt import Operation
from deployments.journal.connections import unavailable
from deployments.journal.retention import expire
from deployments.journal.store import Journal
from deployments.journal.tables import metadata, sessions


def compact(journal: Journal, keep: Retention | None = None) -> tuple[int, int]:
    """Take the rows of results that `keep` leaves out and rewrite the database without free space; its bytes before and
    after. No one else may use it meanwhile. Raises JournalUnavailable."""
    journal.prepare()
    before = _bytes(journal)
    if keep is not None:
        journal.write([_expire_all(keep)])[0].value()
    try:
        with journal.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            if connection.dialect.name == "sqlite":
                raw = connection.connection.cursor()
                raw.execute("VACUUM")
                raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            else:
                for table in metadata.sorted_tables:
                    connection.execute(sa.text(f"VACUUM FULL {table.name}"))
    except SQLAlchemyError as error:
        raise unavailable(error) from error
    return before, _bytes(journal)


def _expire_all(keep: Retention) -> Operation[None]:
    def run(connection: sa.Connection) -> None:
        kept = sa.select(sessions.c.session_id, sessions.c.kept_results, sessions.c.kept_bytes)
        for row in connection.execute(kept).all():
            expire(connection, row.session_id, (row.kept_results, row.kept_bytes), keep)

    return run


def _bytes(journal: Journal) -> int:
    def run(connection: sa.Connection) -> int:
        if connection.dialect.name == "sqlite":
            pages, size = (
                connection.exec_driver_sql(f"PRAGMA {what}").scalar_one() for what in ("page_count", "page_size")
            )
            return int(pages) * int(size)
        sizes = (sa.func.pg_total_relation_size(table.name) for table in metadata.sorted_tables)
        return sum(int(connection.execute(sa.select(size)).scalar_one()) for size in sizes)

    return journal.read(run)
