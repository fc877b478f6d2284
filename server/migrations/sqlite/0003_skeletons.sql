-- How a name looks (UTS 39), computed from it by the program. Not unique: names that look alike and are older than this
-- rule stay. The writer, which is alone, gives no name a second time that looks like another.
ALTER TABLE users ADD COLUMN skeleton TEXT NOT NULL DEFAULT '';
ALTER TABLE rooms ADD COLUMN skeleton TEXT NOT NULL DEFAULT '';

CREATE INDEX users_by_skeleton ON users (skeleton);
CREATE INDEX rooms_by_skeleton ON rooms (skeleton);
