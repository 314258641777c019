-- What staff put right: which line of the log takes which back, and what a remote has to be told anew.
ALTER TABLE audit_log ADD COLUMN undoes INTEGER REFERENCES audit_log (id);  -- the line that this one takes back
ALTER TABLE audit_log ADD COLUMN part_of INTEGER REFERENCES audit_log (id); -- the first line of the act, where one act changed two records
CREATE UNIQUE INDEX audit_undone ON audit_log (undoes) WHERE undoes IS NOT NULL;

-- A correction makes the debt due again under the next number; a try that was under way settles the one that it read.
ALTER TABLE outbox ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
-- Whether the remote has the record: after a try that brought no answer, perhaps.
ALTER TABLE outbox ADD COLUMN told TEXT NOT NULL DEFAULT 'no' CHECK (told IN ('no', 'maybe', 'yes'));
UPDATE outbox SET told = CASE WHEN state = 'delivered' THEN 'yes' WHEN attempts > 0 THEN 'maybe' ELSE 'no' END;
-- The portal has no call for a correction: what it was told and is so no longer is listed for a person.
CREATE INDEX outbox_told_portal ON outbox (attendance_id) WHERE target = 'portal' AND told <> 'no';
