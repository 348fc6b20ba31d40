-- Schema 1. A column's meaning never changes: what is to mean something else gets another name in another migration.
--
-- Ids are blobs: peers, authors 32 bytes (Ed25519 public keys), messages, transfers and conversations 16.
-- Times are milliseconds since 1970 in UTC. What the numbers of kinds, states, directions and causes stand for is in
-- column.rs.

PRAGMA application_id = 0x76636e6f;

CREATE TABLE conversations (
    peer BLOB NOT NULL PRIMARY KEY CHECK (length(peer) = 32),
    conversation BLOB NOT NULL CHECK (length(conversation) = 16),
    lamport INTEGER NOT NULL,        -- the highest in it
    unread INTEGER NOT NULL,         -- received messages that the person here hasn't read
    sent INTEGER NOT NULL,           -- messages by the person here
    received INTEGER NOT NULL,       -- messages by the peer
    received_bytes INTEGER NOT NULL  -- and their size
) STRICT, WITHOUT ROWID;

CREATE TABLE messages (
    number INTEGER NOT NULL PRIMARY KEY,  -- in the order in which they were kept here
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    conversation BLOB NOT NULL CHECK (length(conversation) = 16),
    peer BLOB NOT NULL REFERENCES conversations (peer),
    author BLOB NOT NULL CHECK (length(author) = 32),
    lamport INTEGER NOT NULL,
    sent_at INTEGER NOT NULL,             -- by the author's clock, clamped
    received_at INTEGER NOT NULL,         -- by the clock here; for one's own the same as sent_at
    kind INTEGER NOT NULL,
    text TEXT,                            -- a text, or an offer's caption
    name TEXT,                            -- an offer's file
    size INTEGER,                         -- an offer's bytes, as claimed
    files INTEGER,                        -- an offer's number of files
    wire_kind INTEGER,                    -- the kind that this version didn't know
    data BLOB,                            -- and what came as that
    state INTEGER NOT NULL,
    error TEXT
) STRICT;

CREATE INDEX messages_shown ON messages (peer, lamport, author, id);
CREATE INDEX messages_unread ON messages (peer) WHERE author = peer AND state = 1;

CREATE VIRTUAL TABLE message_words USING fts5 (
    text, name,
    content = 'messages', content_rowid = 'number',
    tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2 3'
);

CREATE TRIGGER messages_inserted AFTER INSERT ON messages BEGIN
    INSERT INTO message_words (rowid, text, name) VALUES (new.number, new.text, new.name);
END;
CREATE TRIGGER messages_deleted AFTER DELETE ON messages BEGIN
    INSERT INTO message_words (message_words, rowid, text, name) VALUES ('delete', old.number, old.text, old.name);
END;
CREATE TRIGGER messages_changed AFTER UPDATE OF text, name ON messages BEGIN
    INSERT INTO message_words (message_words, rowid, text, name) VALUES ('delete', old.number, old.text, old.name);
    INSERT INTO message_words (rowid, text, name) VALUES (new.number, new.text, new.name);
END;

-- Lanes to peers. An epoch that isn't current any more stays, for what is still said about it.
CREATE TABLE lane_out (
    peer BLOB NOT NULL CHECK (length(peer) = 32),
    epoch INTEGER NOT NULL CHECK (epoch > 0),
    last INTEGER NOT NULL,
    acked INTEGER NOT NULL,
    read INTEGER NOT NULL,
    current INTEGER NOT NULL CHECK (current IN (0, 1)),
    PRIMARY KEY (peer, epoch)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX lane_out_current ON lane_out (peer) WHERE current = 1;

-- Kept for ever: a receiver that was restored from a backup asks for old entries again.
CREATE TABLE lane_entry (
    peer BLOB NOT NULL,
    epoch INTEGER NOT NULL,
    seq INTEGER NOT NULL CHECK (seq > 0),
    message INTEGER NOT NULL REFERENCES messages (number),
    PRIMARY KEY (peer, epoch, seq),
    FOREIGN KEY (peer, epoch) REFERENCES lane_out (peer, epoch)
) STRICT, WITHOUT ROWID;

CREATE INDEX lane_entry_message ON lane_entry (message);

-- Lanes from authors.
CREATE TABLE lane_in (
    author BLOB NOT NULL CHECK (length(author) = 32),
    epoch INTEGER NOT NULL CHECK (epoch > 0),
    next INTEGER NOT NULL CHECK (next > 0),
    last_id BLOB,                -- of the entry next - 1
    read INTEGER NOT NULL,
    used_at INTEGER NOT NULL,    -- counts the uses of this author's lanes, as no clock can
    PRIMARY KEY (author, epoch)
) STRICT, WITHOUT ROWID;

-- Their entries that hold no message here.
CREATE TABLE lane_void (
    number INTEGER NOT NULL PRIMARY KEY,  -- in the order in which they came
    author BLOB NOT NULL,
    epoch INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    cause INTEGER NOT NULL,
    UNIQUE (author, epoch, seq),
    FOREIGN KEY (author, epoch) REFERENCES lane_in (author, epoch) ON DELETE CASCADE
) STRICT;

CREATE INDEX lane_void_author ON lane_void (author);

CREATE TABLE peers (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 32),
    nickname TEXT NOT NULL,
    addresses TEXT NOT NULL,     -- a JSON list of multiaddrs
    last_seen INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX peers_seen ON peers (last_seen);

-- Given by the person here.
CREATE TABLE addresses (
    address TEXT NOT NULL PRIMARY KEY,
    peer BLOB                    -- who was found there
) STRICT, WITHOUT ROWID;

CREATE TABLE transfers (
    number INTEGER NOT NULL PRIMARY KEY,  -- in the order in which they were offered
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    peer BLOB NOT NULL CHECK (length(peer) = 32),
    direction INTEGER NOT NULL,
    name TEXT NOT NULL,
    size INTEGER NOT NULL,
    done INTEGER NOT NULL,
    files INTEGER NOT NULL,
    state INTEGER NOT NULL,
    saved_to TEXT,
    error TEXT,
    source BLOB,                 -- paths as the platform writes them
    modified INTEGER,            -- nanoseconds since 1970
    folder BLOB,
    part BLOB,
    told INTEGER NOT NULL CHECK (told IN (0, 1))  -- whether the other side knows how it ended
) STRICT;
