-- The school: who teaches, what is taught, who learns, when it is held, who was there;
-- and what is still owed to the remotes. Times are UTC RFC 3339 text with milliseconds,
-- dates are local to the site, so both read well in the sqlite3 shell and sort as they should.

CREATE TABLE settings (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE lecturers (
    id              INTEGER PRIMARY KEY,
    staff_id        TEXT NOT NULL UNIQUE,
    name            TEXT NOT NULL,
    department      TEXT NOT NULL DEFAULT '',
    phone           TEXT NOT NULL DEFAULT '',
    pin_hash        TEXT,                       -- Argon2id, PHC string; NULL: no PIN yet
    is_admin        INTEGER NOT NULL DEFAULT 0 CHECK (is_admin IN (0, 1)),
    failed_sign_ins INTEGER NOT NULL DEFAULT 0, -- since the last success; outlives a restart
    locked_until    TEXT,                       -- no PIN is looked at before this moment
    created_at      TEXT NOT NULL
) STRICT;

CREATE TABLE units (
    id              INTEGER PRIMARY KEY,
    code            TEXT NOT NULL UNIQUE,
    name            TEXT NOT NULL,
    description     TEXT NOT NULL DEFAULT '',
    lecturer_id     INTEGER NOT NULL REFERENCES lecturers (id),
    planned_lessons INTEGER CHECK (planned_lessons > 0), -- NULL: the site's number
    created_at      TEXT NOT NULL
) STRICT;
CREATE INDEX units_by_lecturer ON units (lecturer_id);

CREATE TABLE students (
    id               INTEGER PRIMARY KEY,
    admission_number TEXT NOT NULL UNIQUE,
    name             TEXT NOT NULL DEFAULT '',  -- empty: not known yet
    email            TEXT NOT NULL DEFAULT '',
    phone            TEXT NOT NULL DEFAULT '',
    -- Who gave the name: 'roster' (staff; a student cannot change it) or 'self'.
    source           TEXT NOT NULL CHECK (source IN ('roster', 'self')),
    created_at       TEXT NOT NULL,
    updated_at       TEXT NOT NULL
) STRICT;

CREATE TABLE enrollments (
    student_id  INTEGER NOT NULL REFERENCES students (id),
    unit_id     INTEGER NOT NULL REFERENCES units (id),
    enrolled_on TEXT NOT NULL,                  -- local date; earlier sessions are not held against them
    PRIMARY KEY (student_id, unit_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX enrollments_by_unit ON enrollments (unit_id);

CREATE TABLE attendance_sessions (
    id             TEXT PRIMARY KEY,
    unit_id        INTEGER NOT NULL REFERENCES units (id),
    lecturer_id    INTEGER NOT NULL REFERENCES lecturers (id),
    semester       TEXT NOT NULL,
    session_number INTEGER NOT NULL CHECK (session_number > 0),
    date           TEXT NOT NULL,               -- local date of the start, fixed when it was opened
    starts_at      TEXT NOT NULL,
    ends_at        TEXT NOT NULL,
    venue          TEXT NOT NULL DEFAULT '',
    state          TEXT NOT NULL CHECK (state IN ('open', 'closed', 'cancelled')),
    is_active      INTEGER GENERATED ALWAYS AS (state = 'open') STORED,
    reopened_at    TEXT,
    code_key       BLOB NOT NULL CHECK (length(code_key) = 32), -- signs the codes on the screen
    created_at     TEXT NOT NULL,
    CHECK (starts_at < ends_at),
    UNIQUE (unit_id, semester, session_number),
    UNIQUE (unit_id, semester, date, starts_at)
) STRICT;
CREATE INDEX open_sessions ON attendance_sessions (starts_at) WHERE state = 'open';
CREATE INDEX sessions_by_end ON attendance_sessions (ends_at);

CREATE TABLE attendance (
    id                    TEXT PRIMARY KEY,     -- random UUID: sequential ids make hot spots in Firestore
    student_id            INTEGER NOT NULL REFERENCES students (id),
    session_id            TEXT NOT NULL REFERENCES attendance_sessions (id),
    timestamp             TEXT NOT NULL,
    channel               TEXT NOT NULL CHECK (channel IN ('keypad', 'phone', 'lecturer', 'cli', 'remote')),
    status                TEXT NOT NULL CHECK (status IN ('present', 'pending')),
    attendance_percentage REAL NOT NULL,        -- of the planned lessons, as it was at this check-in
    late_minutes          INTEGER NOT NULL DEFAULT 0,
    flags                 TEXT NOT NULL DEFAULT '',
    typed_name            TEXT,                 -- what the student typed where it is not the roster's name
    device_mark           TEXT,                 -- keyed hash of the phone, different in every session
    synced_to_firebase    INTEGER NOT NULL DEFAULT 0 CHECK (synced_to_firebase IN (0, 1)),
    synced_to_portal      INTEGER NOT NULL DEFAULT 0 CHECK (synced_to_portal IN (0, 1)),
    firebase_doc_id       TEXT,
    portal_response       TEXT,
    UNIQUE (student_id, session_id)
) STRICT;
CREATE INDEX attendance_by_session ON attendance (session_id, timestamp);
CREATE INDEX attendance_by_device ON attendance (session_id, device_mark) WHERE device_mark IS NOT NULL;
CREATE INDEX attendance_not_in_firebase ON attendance (synced_to_firebase) WHERE synced_to_firebase = 0;
CREATE INDEX attendance_not_in_portal ON attendance (synced_to_portal) WHERE synced_to_portal = 0;

CREATE TABLE outbox (
    id              INTEGER PRIMARY KEY,        -- the order in which the debts were made
    attendance_id   TEXT NOT NULL REFERENCES attendance (id),
    target          TEXT NOT NULL CHECK (target IN ('firestore', 'portal')),
    state           TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'parked')),
    attempts        INTEGER NOT NULL DEFAULT 0,
    next_attempt_at TEXT NOT NULL,
    last_error      TEXT,
    settled_at      TEXT,
    UNIQUE (attendance_id, target)
) STRICT;
CREATE INDEX outbox_due ON outbox (target, next_attempt_at, id) WHERE state = 'waiting';
CREATE INDEX outbox_parked ON outbox (target) WHERE state = 'parked';

CREATE TABLE audit_log (
    id      INTEGER PRIMARY KEY,
    at      TEXT NOT NULL,
    actor   TEXT NOT NULL,                      -- a staff id, 'shell', or 'kiosk'
    action  TEXT NOT NULL,                      -- such as 'session.closed'
    subject TEXT NOT NULL,                      -- the id of what was changed
    old     TEXT,
    new     TEXT,
    reason  TEXT
) STRICT;
CREATE INDEX audit_by_subject ON audit_log (subject);
CREATE TRIGGER audit_log_is_never_rewritten BEFORE UPDATE ON audit_log
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_log_is_never_shortened BEFORE DELETE ON audit_log
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
