CREATE TABLE schema_version (
    version SERIAL NOT NULL,
    PRIMARY KEY (version)
);

CREATE TABLE sessions (
    session_id VARCHAR(64) NOT NULL,
    tenant_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    title TEXT,
    title_folded TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    message_count INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    PRIMARY KEY (session_id)
);

CREATE INDEX sessions_by_owner ON sessions (tenant_id, user_id, created_at, session_id);

CREATE INDEX sessions_by_use ON sessions (tenant_id, updated_at);

CREATE TABLE events (
    session_id VARCHAR(64) NOT NULL,
    sequence INTEGER NOT NULL,
    kind VARCHAR(40) NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (session_id, sequence),
    FOREIGN KEY(session_id) REFERENCES sessions (session_id) ON DELETE CASCADE
);

CREATE TABLE idempotency (
    tenant_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    key TEXT NOT NULL,
    session_id VARCHAR(64) NOT NULL,
    PRIMARY KEY (tenant_id, user_id, key),
    FOREIGN KEY(session_id) REFERENCES sessions (session_id) ON DELETE CASCADE
);

CREATE TABLE messages (
    session_id VARCHAR(64) NOT NULL,
    message_id TEXT NOT NULL,
    turn_id VARCHAR(64) NOT NULL,
    PRIMARY KEY (session_id, message_id),
    FOREIGN KEY(session_id) REFERENCES sessions (session_id) ON DELETE CASCADE
);

CREATE INDEX messages_by_turn ON messages (session_id, turn_id);

CREATE TABLE results (
    session_id VARCHAR(64) NOT NULL,
    result_id VARCHAR(64) NOT NULL,
    sequence INTEGER NOT NULL,
    data {bytes},
    PRIMARY KEY (session_id, result_id),
    FOREIGN KEY(session_id) REFERENCES sessions (session_id) ON DELETE CASCADE
);

CREATE INDEX results_by_age ON results (session_id, sequence);
