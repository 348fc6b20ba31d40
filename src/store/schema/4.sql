-- Schema 4: relays that the person added, or that came with an invite. And in `peers`, last_seen is 0 for somebody who was
-- never here: an invite told of them.

CREATE TABLE relays (
    number INTEGER NOT NULL PRIMARY KEY,  -- in the order in which they were added
    peer BLOB NOT NULL UNIQUE CHECK (length(peer) = 32),
    addresses TEXT NOT NULL,              -- a JSON list of socket addresses
    token TEXT,                           -- what it asks of those who use it
    invited INTEGER NOT NULL CHECK (invited IN (0, 1))  -- whether it came with somebody's invite
) STRICT;
