-- Schema 3: what a peer has offered and isn't over is counted, not only what waits for a decision.

DROP INDEX transfers_undecided;
CREATE INDEX transfers_open ON transfers (peer) WHERE direction = 0 AND state IN (0, 1, 2, 4);
