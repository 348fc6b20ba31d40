-- Schema 5: what is being written to somebody and hasn't been sent.

CREATE TABLE drafts (
    peer BLOB NOT NULL PRIMARY KEY CHECK (length(peer) = 32),
    text TEXT NOT NULL
) STRICT, WITHOUT ROWID;
