-- Messages get a number of their own, by which other tables can name them and an index over texts can keep them. As rows of
-- an ordinary table, long texts no longer make the tree of (room, seq) deep.
CREATE TABLE numbered (
    id        INTEGER PRIMARY KEY,
    room_id   INTEGER NOT NULL REFERENCES rooms (id),
    seq       INTEGER NOT NULL,
    changed   INTEGER NOT NULL,
    author_id INTEGER NOT NULL REFERENCES users (id),
    key       BLOB    NOT NULL,
    text      TEXT    NOT NULL,
    at        INTEGER NOT NULL
) STRICT;

-- In the order in which they came, so that neighbours of a room stay near each other in the file.
INSERT INTO numbered (room_id, seq, changed, author_id, key, text, at)
SELECT room_id, seq, changed, author_id, key, text, at FROM messages ORDER BY at, room_id, seq;

DROP TABLE messages;
ALTER TABLE numbered RENAME TO messages;

-- A page of history.
CREATE UNIQUE INDEX messages_by_seq ON messages (room_id, seq);

-- Idempotent sending: one message for each key of an author.
CREATE UNIQUE INDEX messages_by_key ON messages (author_id, key);

-- Catch-up reads what changed after a seq, in the order of the changes.
CREATE UNIQUE INDEX messages_by_change ON messages (room_id, changed);
