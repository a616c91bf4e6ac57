"""The journal's tables. Times are microseconds since 1970 in UTC, so that they sort and compare alike everywhere."""

from __future__ import annotations

import sqlalchemy as sa

SCHEMA_VERSION = 3
"""Grows with each change to the tables; `migrations.STEPS` leads from each to the next."""

metadata = sa.MetaData()

# SQLite gives only its INTEGER primary keys 64 bits by that name; elsewhere the type is BIGINT.
Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

schema_version = sa.Table("schema_version", metadata, sa.Column("version", sa.Integer, primary_key=True))

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("session_id", sa.String(64), primary_key=True),
    sa.Column("tenant_id", sa.Text, nullable=False),
    sa.Column("user_id", sa.Text, nullable=False),
    sa.Column("title", sa.Text),
    sa.Column("title_folded", sa.Text, nullable=False, default=""),
    sa.Column("created_at", Big, nullable=False),
    sa.Column("updated_at", Big, nullable=False),
    sa.Column("message_count", sa.Integer, nullable=False, default=0),
    sa.Column("epoch", sa.Integer, nullable=False, default=0),
    sa.Column("sequence", sa.Integer, nullable=False, default=0),
    sa.Column("kept_results", sa.Integer, nullable=False, default=0),
    sa.Column("kept_bytes", Big, nullable=False, default=0),
    sa.Index("sessions_by_owner", "tenant_id", "user_id", "created_at", "session_id"),
    sa.Index("sessions_by_use", "tenant_id", "updated_at"),
)


def _session() -> sa.ForeignKey:
    return sa.ForeignKey("sessions.session_id", ondelete="CASCADE")


events = sa.Table(
    "events",
    metadata,
    sa.Column("session_id", sa.String(64), _session(), primary_key=True),
    sa.Column("sequence", sa.Integer, primary_key=True),
    sa.Column("epoch", sa.Integer, nullable=False, default=0),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("body", sa.Text, nullable=False),
)

messages = sa.Table(
    "messages",
    metadata,
    sa.Column("session_id", sa.String(64), _session(), primary_key=True),
    sa.Column("message_id", sa.Text, primary_key=True),
    sa.Column("turn_id", sa.String(64), nullable=False),
    sa.Index("messages_by_turn", "session_id", "turn_id"),
)

results = sa.Table(
    "results",
    metadata,
    sa.Column("session_id", sa.String(64), _session(), primary_key=True),
    sa.Column("result_id", sa.String(64), primary_key=True),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Column("size", sa.Integer, nullable=False, default=0),
    sa.Column("data", sa.LargeBinary),
)
_kept = results.c.data.is_not(None)
sa.Index("results_kept", results.c.session_id, results.c.sequence, sqlite_where=_kept, postgresql_where=_kept)

states = sa.Table(
    "states",
    metadata,
    sa.Column("session_id", sa.String(64), _session(), primary_key=True),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("body", sa.Text, nullable=False),
)

idempotency = sa.Table(
    "idempotency",
    metadata,
    sa.Column("tenant_id", sa.Text, primary_key=True),
    sa.Column("user_id", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("session_id", sa.String(64), _session(), nullable=False),
    sa.Column("fingerprint", sa.Text),
)
