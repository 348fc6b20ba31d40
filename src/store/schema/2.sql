-- Schema 2: transfers of many files, that people and full disks hold up. In `transfers` the columns source, modified and
-- part are no longer written: what is offered and what was received stand in files beside the database.

ALTER TABLE transfers ADD COLUMN staging BLOB;    -- the folder that holds what has been received so far
ALTER TABLE transfers ADD COLUMN paused_by INTEGER;

CREATE INDEX transfers_undecided ON transfers (peer) WHERE direction = 0 AND state = 0;
