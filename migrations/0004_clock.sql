-- A machine without a battery for its clock records times that are not right yet. Beside each time
-- stands the machine's own count, which nobody sets; once a time server has set the clock, an anchor ties
-- the two together and the times of that run of the machine are put right, the first ones kept.

CREATE TABLE clock_anchors (
    id        INTEGER PRIMARY KEY,
    boot_id   TEXT NOT NULL,    -- which run of the machine
    uptime_ms INTEGER NOT NULL, -- its count at that moment, sleep included
    at        TEXT NOT NULL     -- what the set clock said
) STRICT;

ALTER TABLE attendance ADD COLUMN boot_id TEXT;       -- the run in which it was recorded; NULL: not known
ALTER TABLE attendance ADD COLUMN uptime_ms INTEGER;  -- the count then
ALTER TABLE attendance ADD COLUMN clock_said TEXT;    -- the time first written down; NULL: it is still that one
ALTER TABLE attendance ADD COLUMN corrected_by INTEGER REFERENCES clock_anchors (id);
CREATE INDEX attendance_to_correct ON attendance (boot_id)
    WHERE instr(flags, 'clock_untrusted') > 0 AND corrected_by IS NULL;

-- The same for a session that was opened "now" by a clock that was not set: it began then, whatever the
-- clock called it. NULL: somebody named its times, or the clock was right.
ALTER TABLE attendance_sessions ADD COLUMN boot_id TEXT;
ALTER TABLE attendance_sessions ADD COLUMN uptime_ms INTEGER;
ALTER TABLE attendance_sessions ADD COLUMN clock_said TEXT; -- its first start
ALTER TABLE attendance_sessions ADD COLUMN corrected_by INTEGER REFERENCES clock_anchors (id);

-- Waits are on the machine's steady time, so settled_at and next_attempt_at are too.
ALTER TABLE outbox ADD COLUMN last_answer TEXT;       -- the remote's own words, at most 4 kB
CREATE INDEX outbox_settled ON outbox (target, settled_at) WHERE state = 'delivered';
