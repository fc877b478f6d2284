-- What these data are, in one row: a copy that is restored is given another epoch by deleting it.
CREATE TABLE epoch (
    id    INTEGER PRIMARY KEY CHECK (id = 1),
    -- A UUID, made by the program at the first start that finds no row.
    epoch BLOB    NOT NULL
) STRICT;
