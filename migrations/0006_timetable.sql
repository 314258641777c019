-- Lectures that are to be held, as the timetable office gives them out. One whose venue is this kiosk's
-- opens by itself; what became of it is the session that it points to.
CREATE TABLE timetable (
    id           INTEGER PRIMARY KEY,
    unit_id      INTEGER NOT NULL REFERENCES units (id),
    starts_at    TEXT NOT NULL,
    ends_at      TEXT NOT NULL,
    venue        TEXT NOT NULL DEFAULT '',
    session_id   TEXT REFERENCES attendance_sessions (id), -- opened, or found open already; never opened again
    cancelled_at TEXT,                                     -- staff said before its time that it is not held
    problem      TEXT,                                     -- why it could not be opened, for staff to read
    tried_at     TEXT,                                     -- when that was
    imported_at  TEXT NOT NULL,
    CHECK (starts_at < ends_at),
    UNIQUE (unit_id, starts_at, venue)                     -- groups of a unit may meet at one time in different rooms
) STRICT;
CREATE INDEX timetable_by_start ON timetable (starts_at);
