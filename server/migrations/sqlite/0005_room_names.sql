-- Which rooms have three given characters or more in their names, wherever they stand. The names are those that are compared
-- (`name_key`), so the index folds no case of its own; it keeps no copy of them.
CREATE VIRTUAL TABLE room_names USING fts5 (
    name_key,
    content = 'rooms',
    content_rowid = 'id',
    tokenize = 'trigram case_sensitive 1'
);

INSERT INTO room_names (room_names) VALUES ('rebuild');

CREATE TRIGGER room_names_of_new AFTER INSERT ON rooms BEGIN
    INSERT INTO room_names (rowid, name_key) VALUES (new.id, new.name_key);
END;

CREATE TRIGGER room_names_of_gone AFTER DELETE ON rooms BEGIN
    INSERT INTO room_names (room_names, rowid, name_key) VALUES ('delete', old.id, old.name_key);
END;

CREATE TRIGGER room_names_of_renamed AFTER UPDATE OF name_key ON rooms BEGIN
    INSERT INTO room_names (room_names, rowid, name_key) VALUES ('delete', old.id, old.name_key);
    INSERT INTO room_names (rowid, name_key) VALUES (new.id, new.name_key);
END;
