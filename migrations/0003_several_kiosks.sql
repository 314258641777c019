-- Several kiosks at one lecture. Each publishes the sessions it changes and reads what the others recorded.

-- Which change of a session is the latest. Never earlier than the change that it replaces, whatever the clocks say.
ALTER TABLE attendance_sessions ADD COLUMN changed_at TEXT NOT NULL DEFAULT '';
ALTER TABLE attendance_sessions ADD COLUMN changed_by TEXT;   -- the other kiosk that made it; NULL: this one
ALTER TABLE attendance_sessions ADD COLUMN origin_kiosk TEXT; -- the other kiosk that opened it; NULL: this one
UPDATE attendance_sessions SET changed_at = created_at;

-- What is still to be said of a session: one line for each, since only its latest state matters.
CREATE TABLE session_publications (
    session_id      TEXT PRIMARY KEY REFERENCES attendance_sessions (id),
    edition         INTEGER NOT NULL DEFAULT 1, -- grows with every change; what was sent may be out of date
    state           TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'parked')),
    attempts        INTEGER NOT NULL DEFAULT 0,
    next_attempt_at TEXT NOT NULL,
    last_error      TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX publications_due ON session_publications (next_attempt_at) WHERE state = 'waiting';

-- How far the other kiosks' records of a session have been read.
CREATE TABLE mirrored_sessions (
    session_id     TEXT PRIMARY KEY REFERENCES attendance_sessions (id),
    read_until     TEXT,                        -- the latest synced_at seen, by the server's clock
    other_kiosks   INTEGER NOT NULL DEFAULT 0,  -- that have joined it
    closed_read_at TEXT,                        -- when it was read whole after its end; NULL: not yet
    last_error     TEXT                         -- why the last look failed
) STRICT, WITHOUT ROWID;

-- What each kiosk recorded of a student in a session, as it came, wherever another kiosk is part of it.
-- The row of `attendance` says what the record that stands says; the others are kept here as evidence.
CREATE TABLE kiosk_records (
    id                    TEXT PRIMARY KEY,     -- the attendance id that its kiosk gave it
    attendance_id         TEXT NOT NULL REFERENCES attendance (id),
    kiosk_id              TEXT,                 -- NULL: this kiosk
    timestamp             TEXT NOT NULL,
    channel               TEXT NOT NULL,        -- how it came there
    status                TEXT NOT NULL CHECK (status IN ('present', 'pending', 'voided')),
    attendance_percentage REAL NOT NULL,
    late_minutes          INTEGER NOT NULL,
    flags                 TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX kiosk_records_by_attendance ON kiosk_records (attendance_id);
