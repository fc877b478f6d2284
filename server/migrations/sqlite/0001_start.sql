CREATE TABLE users (
    id         INTEGER PRIMARY KEY,
    name       TEXT    NOT NULL,
    -- The name as it is compared: NFKC, lower case, single spaces.
    name_key   TEXT    NOT NULL UNIQUE,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE sessions (
    -- AUTOINCREMENT: the number of an ended session must never name a later one.
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id    INTEGER NOT NULL REFERENCES users (id),
    -- SHA-256 of the token in the cookie; the token itself is nowhere on the server.
    token_hash BLOB    NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL
) STRICT;

CREATE INDEX sessions_by_user ON sessions (user_id);

CREATE TABLE rooms (
    id              INTEGER PRIMARY KEY,
    slug            TEXT    NOT NULL UNIQUE,
    name            TEXT    NOT NULL,
    name_key        TEXT    NOT NULL UNIQUE,
    -- The last number given to a change of this room's timeline.
    last_seq        INTEGER NOT NULL DEFAULT 0,
    last_message_at INTEGER,
    created_at      INTEGER NOT NULL
) STRICT;

-- Clustered by (room, seq): a page of history is one run of neighbouring rows.
CREATE TABLE messages (
    room_id   INTEGER NOT NULL REFERENCES rooms (id),
    seq       INTEGER NOT NULL,
    changed   INTEGER NOT NULL,
    author_id INTEGER NOT NULL REFERENCES users (id),
    key       BLOB    NOT NULL,
    text      TEXT    NOT NULL,
    at        INTEGER NOT NULL,
    PRIMARY KEY (room_id, seq)
) STRICT, WITHOUT ROWID;

-- Idempotent sending: one message for each key of an author.
CREATE UNIQUE INDEX messages_by_key ON messages (author_id, key);

-- Catch-up reads what changed after a seq, in the order of the changes.
CREATE UNIQUE INDEX messages_by_change ON messages (room_id, changed);
