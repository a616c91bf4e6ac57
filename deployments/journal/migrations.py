"""How an older journal becomes one of this version: one step for each version, in order, in one transaction.

The statements are such as SQLite and PostgreSQL both know. Events carry a version of their own and are lifted when they
are read (`contracts.events`)."""

from __future__ import annotations

import sqlalchemy as sa

from deployments.contracts.errors import SettingError
from deployments.journal.tables import SCHEMA_VERSION, metadata
from deployments.journal.tables import schema_version as versions

STEPS: dict[int, tuple[str, ...]] = {
    # Events name the epoch that wrote them; the rows that are kept are counted in bytes too; an idempotency key knows what it was used for.
    1: (
        "ALTER TABLE events ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE results ADD COLUMN size INTEGER NOT NULL DEFAULT 0",
        "UPDATE results SET size = coalesce(length(data), 0)",
        "DROP INDEX results_by_age",
        "CREATE INDEX results_kept ON results (session_id, sequence) WHERE data IS NOT NULL",
        "ALTER TABLE sessions ADD COLUMN kept_results INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE sessions ADD COLUMN kept_bytes BIGINT NOT NULL DEFAULT 0",
        "UPDATE sessions SET kept_results = (SELECT count(*) FROM results r WHERE r.session_id = sessions.session_id AND r.data IS NOT NULL)",
        "UPDATE sessions SET kept_bytes = (SELECT coalesce(sum(size), 0) FROM results r WHERE r.session_id = sessions.session_id)",
        "ALTER TABLE idempotency ADD COLUMN fingerprint TEXT",
    ),
    # The state that a long record gives, so that it need not be read whole.
    2: (
        "CREATE TABLE states (session_id VARCHAR(64) NOT NULL PRIMARY KEY REFERENCES sessions (session_id) ON DELETE CASCADE, sequence INTEGER NOT NULL, version INTEGER NOT NULL, digest VARCHAR(64) NOT NULL, body TEXT NOT NULL)",
    ),
}
"""What leads from a version to the next."""

_LOCK = 0x62692D776F726B  # any number that is ours: PostgreSQL's advisory locks are told apart by it


def prepare(connection: sa.Connection) -> None:
    """Make the tables of a new journal, or bring an older one up to date. Raises SettingError for a newer one."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))  # two servers may start at once
    found = None
    if sa.inspect(connection).has_table(versions.name):
        found = connection.execute(sa.select(versions.c.version)).scalar()
    if found is None:
        metadata.create_all(connection)
        connection.execute(versions.insert().values(version=SCHEMA_VERSION))
        return
    if found > SCHEMA_VERSION:
        raise SettingError(
            f"The journal was written by a newer server (version {found}); this one knows version {SCHEMA_VERSION}"
        )
    for version in range(found, SCHEMA_VERSION):
        for statement in STEPS[version]:
            connection.execute(sa.text(statement))
    if found < SCHEMA_VERSION:
        connection.execute(versions.update().values(version=SCHEMA_VERSION))
