-- Two kinds of fact. A record is what a door saw: one row for each student, lecture and kiosk, never deleted.
-- A statement is what staff, an import or the kiosk itself said, as a whole value: the latest of a (kind, key)
-- is in force. An act is who said it, when and why, and is the audit log. Students, units, lecturers, enrolments,
-- lectures and the marks that staff gave are projections of the statements: docs/DATA-MODEL.md.
-- Ids are integers and times milliseconds since 1970, so that rows written together lie together; the views at
-- the end have the names and the text forms that other programs read.

PRAGMA defer_foreign_keys = ON;

CREATE TABLE kiosks (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE                   -- its kiosk id; empty: this kiosk
) STRICT;
INSERT INTO kiosks (id, name) VALUES (0, '');
INSERT INTO kiosks (name)
    SELECT name FROM (SELECT kiosk_id AS name FROM kiosk_records UNION SELECT kiosk_id FROM attendance
        UNION SELECT changed_by FROM attendance_sessions UNION SELECT origin_kiosk FROM attendance_sessions)
    WHERE name <> '';

-- For this step alone: each of these is looked up once for every row.
CREATE INDEX audit_log_by_part ON audit_log (part_of);
CREATE INDEX audit_log_by_undone ON audit_log (undoes);
CREATE INDEX timetable_by_session ON timetable (session_id);

-- Acts and statements ------------------------------------------------------------------------------------

CREATE TABLE acts (
    id      INTEGER PRIMARY KEY,
    at      INTEGER NOT NULL,
    actor   TEXT NOT NULL,                      -- a staff id, 'shell', or 'kiosk'
    action  TEXT NOT NULL,                      -- such as 'session.closed'
    subject TEXT NOT NULL,                      -- the id of what it is about
    old     TEXT,                               -- in words, where its statements do not say it
    new     TEXT,
    reason  TEXT,
    undoes  INTEGER REFERENCES acts (id)
) STRICT;
CREATE INDEX acts_by_subject ON acts (subject);
CREATE UNIQUE INDEX acts_undone ON acts (undoes) WHERE undoes IS NOT NULL;

CREATE TABLE statements (
    id       INTEGER PRIMARY KEY,
    act      INTEGER NOT NULL REFERENCES acts (id),
    kind     TEXT NOT NULL,
    key      TEXT NOT NULL,
    value    TEXT NOT NULL,                     -- JSON
    stamp_at INTEGER NOT NULL,                  -- later than the stamp that it replaces, whatever the clock says
    stamp_by INTEGER NOT NULL DEFAULT 0 REFERENCES kiosks (id)
) STRICT;
CREATE INDEX statements_by_key ON statements (kind, key, stamp_at);
CREATE INDEX statements_by_act ON statements (act);

CREATE TEMP TABLE line_of_act AS
    SELECT line.id, coalesce(line.part_of,
            (SELECT undo.id FROM audit_log AS undone JOIN audit_log AS undo ON undo.undoes = undone.part_of
                WHERE undone.id = line.undoes), line.id) AS act,
        iif(json_valid(line.new), json_extract(line.new, '$.mark'), NULL) IS NOT NULL AND a.id IS NOT NULL AS is_mark,
        a.session_id || char(9) || st.admission_number AS key, a.id AS record
    FROM audit_log AS line LEFT JOIN attendance AS a ON a.id = line.subject LEFT JOIN students AS st ON st.id = a.student_id;
CREATE UNIQUE INDEX temp.line_of_act_by_id ON line_of_act (id);
CREATE INDEX temp.line_of_act_by_record ON line_of_act (record, id) WHERE is_mark;
INSERT INTO acts (id, at, actor, action, subject, old, new, reason, undoes)
    SELECT line.id, CAST(strftime('%s', line.at) AS INTEGER) * 1000 + CAST(substr(line.at, 21, 3) AS INTEGER), actor, action, subject,
        iif(is_mark, NULL, old), iif(is_mark, NULL, new), reason, (SELECT act FROM line_of_act AS undone WHERE undone.id = line.undoes)
    FROM audit_log AS line JOIN line_of_act AS of ON of.id = line.id WHERE of.act = line.id ORDER BY line.id;
INSERT INTO statements (act, kind, key, value, stamp_at)
    SELECT of.act, 'mark', of.key, line.new,
        max(CAST(strftime('%s', line.at) AS INTEGER) * 1000 + CAST(substr(line.at, 21, 3) AS INTEGER)) OVER earlier
    FROM line_of_act AS of JOIN audit_log AS line ON line.id = of.id WHERE of.is_mark
    WINDOW earlier AS (PARTITION BY of.key ORDER BY line.id) ORDER BY line.id;

-- Lectures: planned, open or held -------------------------------------------------------------------------

CREATE TABLE lectures (
    id            INTEGER PRIMARY KEY,
    uuid          BLOB NOT NULL UNIQUE CHECK (length(uuid) = 16),
    unit          INTEGER NOT NULL REFERENCES units (id),
    state         TEXT NOT NULL CHECK (state IN ('planned', 'open', 'closed', 'cancelled')),
    planned_start INTEGER,                      -- by the timetable; NULL: in no timetable
    planned_end   INTEGER,
    planned_venue TEXT,
    held_as       INTEGER REFERENCES lectures (id), -- another row that was opened for the same planned lecture
    opened_at     INTEGER,                      -- NULL: never opened, as are all columns from here to `origin`
    lecturer      INTEGER REFERENCES lecturers (id),
    semester      TEXT,
    number        INTEGER CHECK (number > 0),
    date          TEXT,                         -- local date of the start, fixed when it was opened
    starts_at     INTEGER,
    ends_at       INTEGER,
    venue         TEXT,
    reopened_at   INTEGER,
    code_key      BLOB CHECK (length(code_key) = 32), -- signs the codes on the screen; no statement has it
    origin        INTEGER REFERENCES kiosks (id), -- the kiosk that opened it
    boot          TEXT,                         -- opened "now" by a clock that was not synchronised: in this run of the machine
    uptime_ms     INTEGER,                      -- at this monotonic time of it
    clock_said    INTEGER,                      -- its first start, once that was corrected
    changed_at    INTEGER NOT NULL,             -- the stamp of the statement in force
    changed_by    INTEGER NOT NULL DEFAULT 0 REFERENCES kiosks (id),
    problem       TEXT,                         -- why the last try to open it failed
    tried_at      INTEGER,
    CHECK (starts_at < ends_at),
    CHECK (planned_start < planned_end),
    CHECK ((opened_at IS NULL) = (number IS NULL)),
    UNIQUE (unit, semester, number),
    UNIQUE (unit, semester, date, starts_at)
) STRICT;
INSERT INTO lectures (uuid, unit, state, planned_start, planned_end, planned_venue, opened_at, lecturer, semester, number,
        date, starts_at, ends_at, venue, reopened_at, code_key, origin, boot, uptime_ms, clock_said, changed_at, changed_by)
    SELECT unhex(replace(s.id, '-', '')), s.unit_id, s.state, CAST(strftime('%s', t.starts_at) AS INTEGER) * 1000 + CAST(substr(t.starts_at, 21, 3) AS INTEGER), CAST(strftime('%s', t.ends_at) AS INTEGER) * 1000 + CAST(substr(t.ends_at, 21, 3) AS INTEGER), t.venue,
        CAST(strftime('%s', s.created_at) AS INTEGER) * 1000 + CAST(substr(s.created_at, 21, 3) AS INTEGER), s.lecturer_id, s.semester, s.session_number, s.date,
        CAST(strftime('%s', s.starts_at) AS INTEGER) * 1000 + CAST(substr(s.starts_at, 21, 3) AS INTEGER), CAST(strftime('%s', s.ends_at) AS INTEGER) * 1000 + CAST(substr(s.ends_at, 21, 3) AS INTEGER), s.venue, CAST(strftime('%s', s.reopened_at) AS INTEGER) * 1000 + CAST(substr(s.reopened_at, 21, 3) AS INTEGER), s.code_key,
        (SELECT id FROM kiosks WHERE name = coalesce(s.origin_kiosk, '')), s.boot_id, s.uptime_ms, CAST(strftime('%s', s.clock_said) AS INTEGER) * 1000 + CAST(substr(s.clock_said, 21, 3) AS INTEGER),
        coalesce(CAST(strftime('%s', nullif(s.changed_at, '')) AS INTEGER) * 1000 + CAST(substr(nullif(s.changed_at, ''), 21, 3) AS INTEGER), CAST(strftime('%s', s.created_at) AS INTEGER) * 1000 + CAST(substr(s.created_at, 21, 3) AS INTEGER)),
        (SELECT id FROM kiosks WHERE name = coalesce(s.changed_by, ''))
    FROM attendance_sessions AS s
    LEFT JOIN timetable AS t ON t.id = (SELECT min(id) FROM timetable WHERE session_id = s.id)
    ORDER BY s.rowid;
INSERT INTO lectures (uuid, unit, state, planned_start, planned_end, planned_venue, held_as, changed_at, problem, tried_at)
    SELECT randomblob(16), t.unit_id, iif(t.cancelled_at IS NULL, 'planned', 'cancelled'),
        CAST(strftime('%s', t.starts_at) AS INTEGER) * 1000 + CAST(substr(t.starts_at, 21, 3) AS INTEGER), CAST(strftime('%s', t.ends_at) AS INTEGER) * 1000 + CAST(substr(t.ends_at, 21, 3) AS INTEGER), t.venue,
        (SELECT id FROM lectures WHERE uuid = unhex(replace(t.session_id, '-', ''))), CAST(strftime('%s', coalesce(t.cancelled_at, t.imported_at)) AS INTEGER) * 1000 + CAST(substr(coalesce(t.cancelled_at, t.imported_at), 21, 3) AS INTEGER), t.problem,
        CAST(strftime('%s', t.tried_at) AS INTEGER) * 1000 + CAST(substr(t.tried_at, 21, 3) AS INTEGER)
    FROM timetable AS t
    WHERE t.session_id IS NULL OR t.id <> (SELECT min(id) FROM timetable AS first WHERE first.session_id = t.session_id)
    ORDER BY t.id;
CREATE INDEX lectures_open ON lectures (starts_at) WHERE state = 'open';
CREATE INDEX lectures_by_end ON lectures (ends_at);
CREATE INDEX lectures_by_date ON lectures (date);
CREATE INDEX lectures_by_plan ON lectures (planned_start) WHERE planned_start IS NOT NULL;
CREATE INDEX lectures_to_correct ON lectures (boot) WHERE boot IS NOT NULL AND clock_said IS NULL;
-- A planned lecture has another number than in the timetable.
UPDATE acts SET subject = l.id
    FROM timetable AS t JOIN lectures AS l ON l.unit = t.unit_id AND l.planned_venue = t.venue
        AND l.planned_start = CAST(strftime('%s', t.starts_at) AS INTEGER) * 1000 + CAST(substr(t.starts_at, 21, 3) AS INTEGER)
    WHERE acts.action = 'timetable.cancelled' AND acts.subject = t.id;

-- Records: what a door saw ---------------------------------------------------------------------------------

CREATE TABLE records (
    id           INTEGER PRIMARY KEY,           -- in the order of their arrival, none is ever deleted
    lecture      INTEGER NOT NULL REFERENCES lectures (id),
    student      INTEGER NOT NULL REFERENCES students (id),
    kiosk        INTEGER NOT NULL DEFAULT 0 REFERENCES kiosks (id),
    uuid         BLOB NOT NULL UNIQUE CHECK (length(uuid) = 16), -- random: sequential ids make hot spots in Firestore
    at           INTEGER NOT NULL,
    channel      TEXT NOT NULL CHECK (channel IN ('keypad', 'phone', 'lecturer', 'cli', 'remote')),
    mark         TEXT NOT NULL CHECK (mark IN ('present', 'pending', 'removed')),
    late_minutes INTEGER NOT NULL CHECK (late_minutes >= 0), -- 0: on time
    flags        INTEGER NOT NULL,              -- a bit each
    percentage   INTEGER NOT NULL,              -- of the planned lessons, as it was at this check-in; hundredths
    typed_name   TEXT,                          -- what the student typed where it is not the roster's name
    device       TEXT,                          -- keyed hash of the phone, different in every lecture
    further      INTEGER NOT NULL DEFAULT 0,    -- the student had a record in this lecture before it
    set_aside    INTEGER NOT NULL DEFAULT 0,    -- another kiosk's: staff here removed it together with this kiosk's own
    seen         TEXT,                          -- what the door saw, once staff have spoken; JSON null: only they did
    decided_at   INTEGER,                       -- when staff spoke last
    boot         TEXT,                          -- by a clock that was not synchronised: in this run of the machine
    uptime_ms    INTEGER,                       -- at this monotonic time of it
    clock_said   INTEGER,                       -- the time first written, once it was corrected
    UNIQUE (lecture, student, kiosk)
) STRICT;
-- This kiosk's copy beside another's record was renewed only with the next reading: what staff said since is in
-- the row of `attendance`.
UPDATE kiosk_records SET timestamp = a.timestamp, channel = a.channel, status = iif(a.voided_at IS NULL, a.status, 'voided'),
        attendance_percentage = a.attendance_percentage, late_minutes = a.late_minutes, flags = a.flags
    FROM attendance AS a WHERE a.id = kiosk_records.id AND a.kiosk_id IS NULL AND kiosk_records.kiosk_id IS NULL;
CREATE TEMP VIEW found AS
    SELECT a.rowid AS place, a.session_id, a.student_id, coalesce(k.kiosk_id, iif(k.id IS NULL, a.kiosk_id, NULL), '') AS kiosk,
        coalesce(k.id, a.id) AS id, coalesce(k.timestamp, a.timestamp) AS timestamp, coalesce(k.channel, a.channel) AS channel,
        CASE WHEN a.voided_at IS NOT NULL OR k.status = 'voided' THEN 'removed' ELSE coalesce(k.status, a.status) END AS mark,
        coalesce(k.late_minutes, a.late_minutes) AS late_minutes, coalesce(k.flags, a.flags) AS flags,
        coalesce(k.attendance_percentage, a.attendance_percentage) AS percentage, a.voided_at,
        coalesce(k.id, a.id) = a.id AND coalesce(k.kiosk_id, iif(k.id IS NULL, a.kiosk_id, NULL)) IS NULL AS is_own,
        a.voided_at IS NOT NULL AND k.kiosk_id IS NOT NULL AND k.status <> 'voided' AS is_set_aside,
        a.id AS row_id
    FROM attendance AS a LEFT JOIN kiosk_records AS k ON k.attendance_id = a.id;
INSERT INTO records (lecture, student, kiosk, uuid, at, channel, mark, late_minutes, flags, percentage, typed_name,
        device, set_aside, seen, decided_at, boot, uptime_ms, clock_said)
    SELECT l.id, f.student_id, (SELECT id FROM kiosks WHERE name = f.kiosk), unhex(replace(f.id, '-', '')), CAST(strftime('%s', f.timestamp) AS INTEGER) * 1000 + CAST(substr(f.timestamp, 21, 3) AS INTEGER), f.channel,
        f.mark, iif(instr(f.flags, 'late') > 0, max(f.late_minutes, 1), 0),
        (instr(',' || f.flags || ',', ',shared_device,') > 0) * 1 + (instr(',' || f.flags || ',', ',burst,') > 0) * 2 + (instr(',' || f.flags || ',', ',name_mismatch,') > 0) * 4 + (instr(',' || f.flags || ',', ',clock_untrusted,') > 0) * 16 + (instr(',' || f.flags || ',', ',after_reopen,') > 0) * 32 + (instr(',' || f.flags || ',', ',outside_windows,') > 0) * 64,
        CAST(round(f.percentage * 100) AS INTEGER), iif(f.is_own, a.typed_name, NULL), iif(f.is_own, a.device_mark, NULL), coalesce(f.is_set_aside, 0),
        iif(f.is_own, (SELECT coalesce(line.old, 'null') FROM line_of_act AS of JOIN audit_log AS line ON line.id = of.id
            WHERE of.record = a.id AND of.is_mark ORDER BY of.id LIMIT 1), NULL),
        iif(f.mark = 'removed', CAST(strftime('%s', f.voided_at) AS INTEGER) * 1000 + CAST(substr(f.voided_at, 21, 3) AS INTEGER), NULL),
        iif(f.is_own AND instr(f.flags, 'clock_untrusted'), a.boot_id, NULL),
        iif(f.is_own AND instr(f.flags, 'clock_untrusted') AND a.boot_id IS NOT NULL, a.uptime_ms, NULL),
        iif(f.is_own, CAST(strftime('%s', a.clock_said) AS INTEGER) * 1000 + CAST(substr(a.clock_said, 21, 3) AS INTEGER), NULL)
    FROM found AS f JOIN attendance AS a ON a.id = f.row_id JOIN lectures AS l ON l.uuid = unhex(replace(f.session_id, '-', ''))
    WHERE true ORDER BY f.place, f.is_own DESC, f.timestamp
    ON CONFLICT (lecture, student, kiosk) DO NOTHING;
UPDATE records SET decided_at = (SELECT max(stamp_at) FROM statements
        WHERE kind = 'mark' AND key = (SELECT lower(substr(hex(l.uuid), 1, 8) || '-' || substr(hex(l.uuid), 9, 4) || '-' || substr(hex(l.uuid), 13, 4)
        || '-' || substr(hex(l.uuid), 17, 4) || '-' || substr(hex(l.uuid), 21)) || char(9) || st.admission_number
            FROM lectures AS l, students AS st WHERE l.id = records.lecture AND st.id = records.student))
    WHERE seen IS NOT NULL;
UPDATE records SET further = 1 WHERE EXISTS (SELECT 1 FROM records AS other
    WHERE other.lecture = records.lecture AND other.student = records.student AND other.id < records.id);
CREATE INDEX records_further ON records (id) WHERE further;
CREATE INDEX records_by_device ON records (lecture, device) WHERE device IS NOT NULL;
CREATE INDEX records_not_present ON records (id) WHERE mark <> 'present';
CREATE INDEX records_to_correct ON records (boot) WHERE boot IS NOT NULL AND clock_said IS NULL;

-- Deliveries: what a remote does not have yet, or has -------------------------------------------------------

CREATE TABLE deliveries (
    target          TEXT NOT NULL CHECK (target IN ('firestore', 'portal')),
    kind            TEXT NOT NULL CHECK (kind IN ('session', 'check_in')),
    subject         INTEGER NOT NULL,           -- of lectures or of records
    edition         INTEGER NOT NULL DEFAULT 0, -- grows with each change; a try settles the edition that it read
    state           TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'parked')),
    attempts        INTEGER NOT NULL DEFAULT 0,
    next_attempt_at INTEGER NOT NULL,           -- on the monotonic time, as settled_at
    settled_at      INTEGER,
    told            TEXT NOT NULL DEFAULT 'no' CHECK (told IN ('no', 'maybe', 'yes')), -- whether the remote has it
    document        TEXT,                       -- the remote's id of it
    last_error      TEXT,
    last_answer     TEXT,                       -- the remote's own words, at most 4 kB
    PRIMARY KEY (target, kind, subject)
) STRICT, WITHOUT ROWID;
INSERT INTO deliveries (target, kind, subject, edition, state, attempts, next_attempt_at, settled_at, told, document,
        last_error, last_answer)
    SELECT o.target, 'check_in', r.id, o.revision, o.state, o.attempts, CAST(strftime('%s', o.next_attempt_at) AS INTEGER) * 1000 + CAST(substr(o.next_attempt_at, 21, 3) AS INTEGER), CAST(strftime('%s', o.settled_at) AS INTEGER) * 1000 + CAST(substr(o.settled_at, 21, 3) AS INTEGER),
        iif(o.target = 'portal', o.told, iif(o.state = 'delivered', 'yes', 'no')),
        iif(o.target = 'firestore', a.firebase_doc_id, NULL), o.last_error,
        iif(o.target = 'portal', coalesce(a.portal_response, o.last_answer), o.last_answer)
    FROM outbox AS o JOIN attendance AS a ON a.id = o.attendance_id JOIN records AS r ON r.uuid = unhex(replace(a.id, '-', ''))
    ORDER BY o.target, r.id;
INSERT INTO deliveries (target, kind, subject, edition, state, attempts, next_attempt_at, last_error)
    SELECT 'firestore', 'session', l.id, p.edition, p.state, p.attempts, CAST(strftime('%s', p.next_attempt_at) AS INTEGER) * 1000 + CAST(substr(p.next_attempt_at, 21, 3) AS INTEGER), p.last_error
    FROM session_publications AS p JOIN lectures AS l ON l.uuid = unhex(replace(p.session_id, '-', ''));
CREATE INDEX deliveries_due ON deliveries (target, kind, next_attempt_at, subject) WHERE state = 'waiting';
CREATE INDEX deliveries_parked ON deliveries (target, kind) WHERE state = 'parked';
CREATE INDEX deliveries_settled ON deliveries (target, kind, settled_at) WHERE state = 'delivered';

-- How far the other kiosks' records of a lecture have been read.
CREATE TABLE readings (
    lecture        INTEGER PRIMARY KEY REFERENCES lectures (id),
    read_until     INTEGER,                     -- the latest synced_at seen, by the server's clock
    other_kiosks   INTEGER NOT NULL DEFAULT 0,  -- that have joined it
    closed_read_at INTEGER,                     -- when it was read whole after its end; NULL: not yet
    last_error     TEXT                         -- why the last look failed
) STRICT;
INSERT INTO readings SELECT l.id, CAST(strftime('%s', m.read_until) AS INTEGER) * 1000 + CAST(substr(m.read_until, 21, 3) AS INTEGER), m.other_kiosks, CAST(strftime('%s', m.closed_read_at) AS INTEGER) * 1000 + CAST(substr(m.closed_read_at, 21, 3) AS INTEGER), m.last_error
    FROM mirrored_sessions AS m JOIN lectures AS l ON l.uuid = unhex(replace(m.session_id, '-', ''));

-- Enrolments -----------------------------------------------------------------------------------------------

CREATE TABLE enrolments (
    unit    INTEGER NOT NULL REFERENCES units (id),
    student INTEGER NOT NULL REFERENCES students (id),
    since   TEXT NOT NULL,                      -- local date; earlier lectures are not held against them
    source  TEXT NOT NULL CHECK (source IN ('staff', 'self')), -- self: a check-in, of which there is no statement
    PRIMARY KEY (unit, student)
) STRICT, WITHOUT ROWID;
INSERT INTO enrolments SELECT unit_id, student_id, enrolled_on, 'staff' FROM enrollments;
CREATE INDEX enrolments_by_student ON enrolments (student);

-- The old tables go ----------------------------------------------------------------------------------------

DROP VIEW found;
DROP TABLE outbox;
DROP TABLE session_publications;
DROP TABLE mirrored_sessions;
DROP TABLE kiosk_records;
DROP TABLE timetable;
DROP TABLE attendance_tally;
DROP TABLE attendance;
DROP TABLE attendance_sessions;
DROP TABLE clock_anchors;
DROP TABLE enrollments;
DROP TABLE audit_log;
DROP TABLE line_of_act;

ALTER TABLE students DROP COLUMN created_at;
ALTER TABLE students DROP COLUMN updated_at;
ALTER TABLE units DROP COLUMN created_at;
ALTER TABLE lecturers DROP COLUMN created_at;
ALTER TABLE lecturers ADD COLUMN locked INTEGER; -- no PIN is checked before this monotonic time
UPDATE lecturers SET locked = CAST(strftime('%s', locked_until) AS INTEGER) * 1000 + CAST(substr(locked_until, 21, 3) AS INTEGER) WHERE locked_until IS NOT NULL;
ALTER TABLE lecturers DROP COLUMN locked_until;
ALTER TABLE lecturers RENAME COLUMN locked TO locked_until;

CREATE TABLE sign_ins (
    token_hash   TEXT PRIMARY KEY,              -- SHA-256 of the cookie, hexadecimal
    lecturer_id  INTEGER NOT NULL REFERENCES lecturers (id),
    created_at   INTEGER NOT NULL,              -- ends some hours after this, whatever happens
    last_used_at INTEGER NOT NULL               -- ends some minutes after this
) STRICT, WITHOUT ROWID;
INSERT INTO sign_ins SELECT token_hash, lecturer_id, CAST(strftime('%s', created_at) AS INTEGER) * 1000 + CAST(substr(created_at, 21, 3) AS INTEGER), CAST(strftime('%s', last_used_at) AS INTEGER) * 1000 + CAST(substr(last_used_at, 21, 3) AS INTEGER) FROM web_sign_ins;
DROP TRIGGER web_sign_ins_end_with_the_pin;
DROP TABLE web_sign_ins;
ALTER TABLE sign_ins RENAME TO web_sign_ins;
CREATE INDEX web_sign_ins_by_use ON web_sign_ins (last_used_at);
CREATE TRIGGER web_sign_ins_end_with_the_pin AFTER UPDATE OF pin_hash ON lecturers
BEGIN DELETE FROM web_sign_ins WHERE lecturer_id = NEW.id; END;

-- What was there before, as statements of one act ----------------------------------------------------------

INSERT INTO acts (at, actor, action, subject)
    SELECT unixepoch('now') * 1000, 'kiosk', 'database.migrated', '' WHERE EXISTS (SELECT 1 FROM lecturers);
CREATE TEMP TABLE migrated AS SELECT max(id) AS act FROM acts WHERE action = 'database.migrated';
INSERT INTO statements (act, kind, key, value, stamp_at)
    SELECT act, 'lecturer', staff_id, json_object('name', name, 'department', department, 'phone', phone,
        'is_admin', json(iif(is_admin, 'true', 'false'))), 0 FROM lecturers, migrated;
INSERT INTO statements (act, kind, key, value, stamp_at)
    SELECT act, 'unit', u.code, json_object('name', u.name, 'lecturer', l.staff_id, 'planned_lessons', u.planned_lessons), 0
    FROM units AS u JOIN lecturers AS l ON l.id = u.lecturer_id, migrated;
INSERT INTO statements (act, kind, key, value, stamp_at)
    SELECT act, 'student', admission_number, json_object('name', nullif(name, ''), 'source', source, 'email', email,
        'phone', phone), 0 FROM students, migrated WHERE source = 'roster';
INSERT INTO statements (act, kind, key, value, stamp_at)
    SELECT act, 'enrolment', u.code || char(9) || st.admission_number, json_object('since', e.since), 0
    FROM enrolments AS e JOIN units AS u ON u.id = e.unit JOIN students AS st ON st.id = e.student, migrated;
INSERT INTO statements (act, kind, key, value, stamp_at, stamp_by)
    SELECT act, 'lecture', lower(substr(hex(l.uuid), 1, 8) || '-' || substr(hex(l.uuid), 9, 4) || '-' || substr(hex(l.uuid), 13, 4)
        || '-' || substr(hex(l.uuid), 17, 4) || '-' || substr(hex(l.uuid), 21)),
        json_object('unit', u.code, 'state', l.state,
            'planned', iif(l.planned_start IS NULL, NULL, json_object('starts_at', strftime('%Y-%m-%dT%H:%M:%S', l.planned_start / 1000, 'unixepoch') || printf('.%03dZ', l.planned_start % 1000),
                'ends_at', strftime('%Y-%m-%dT%H:%M:%S', l.planned_end / 1000, 'unixepoch') || printf('.%03dZ', l.planned_end % 1000), 'venue', l.planned_venue)),
            'held_as', (SELECT lower(substr(hex(h.uuid), 1, 8) || '-' || substr(hex(h.uuid), 9, 4) || '-' || substr(hex(h.uuid), 13, 4)
        || '-' || substr(hex(h.uuid), 17, 4) || '-' || substr(hex(h.uuid), 21)) FROM lectures AS h WHERE h.id = l.held_as),
            'sitting', iif(l.opened_at IS NULL, NULL, json_object('opened_at', strftime('%Y-%m-%dT%H:%M:%S', l.opened_at / 1000, 'unixepoch') || printf('.%03dZ', l.opened_at % 1000), 'lecturer', t.staff_id,
                'semester', l.semester, 'number', l.number, 'date', l.date, 'starts_at', strftime('%Y-%m-%dT%H:%M:%S', l.starts_at / 1000, 'unixepoch') || printf('.%03dZ', l.starts_at % 1000),
                'ends_at', strftime('%Y-%m-%dT%H:%M:%S', l.ends_at / 1000, 'unixepoch') || printf('.%03dZ', l.ends_at % 1000), 'venue', l.venue, 'reopened_at', strftime('%Y-%m-%dT%H:%M:%S', l.reopened_at / 1000, 'unixepoch') || printf('.%03dZ', l.reopened_at % 1000),
                'origin', nullif(k.name, ''), 'boot', l.boot, 'uptime_ms', l.uptime_ms,
                'clock_said', strftime('%Y-%m-%dT%H:%M:%S', l.clock_said / 1000, 'unixepoch') || printf('.%03dZ', l.clock_said % 1000)))),
        l.changed_at, l.changed_by
    FROM lectures AS l JOIN units AS u ON u.id = l.unit LEFT JOIN lecturers AS t ON t.id = l.lecturer
    LEFT JOIN kiosks AS k ON k.id = l.origin, migrated;
-- Marks by staff that are not as their last statement says, such as those whose time was corrected.
CREATE TEMP TABLE marked AS
    SELECT lower(substr(hex(l.uuid), 1, 8) || '-' || substr(hex(l.uuid), 9, 4) || '-' || substr(hex(l.uuid), 13, 4)
        || '-' || substr(hex(l.uuid), 17, 4) || '-' || substr(hex(l.uuid), 21)) || char(9) || st.admission_number AS key, r.decided_at, st.name,
        CASE r.mark WHEN 'removed' THEN 'absent' WHEN 'pending' THEN 'pending' ELSE iif(r.late_minutes > 0, 'late', 'present') END AS mark,
        strftime('%Y-%m-%dT%H:%M:%S', r.at / 1000, 'unixepoch') || printf('.%03dZ', r.at % 1000) AS at, r.channel, r.late_minutes,
        substr(iif(r.flags & 1, ',shared_device', '')
        || iif(r.flags & 2, ',burst', '')
        || iif(r.flags & 4, ',name_mismatch', '')
        || iif(r.late_minutes > 0, ',late', '')
        || iif(r.flags & 16, ',clock_untrusted', '')
        || iif(r.flags & 32, ',after_reopen', '')
        || iif(r.flags & 64, ',outside_windows', ''), 2) AS flags,
        r.percentage, r.typed_name
    FROM records AS r JOIN lectures AS l ON l.id = r.lecture JOIN students AS st ON st.id = r.student
    WHERE r.kiosk = 0 AND r.seen IS NOT NULL;
INSERT INTO statements (act, kind, key, value, stamp_at)
    SELECT act, 'mark', m.key, json_object('mark', m.mark, 'at', m.at, 'channel', m.channel, 'late_minutes', m.late_minutes,
        'flags', m.flags, 'percentage', m.percentage, 'typed_name', m.typed_name, 'name', nullif(m.name, '')), m.decided_at
    FROM marked AS m, migrated
    WHERE NOT EXISTS (SELECT 1 FROM statements AS s WHERE s.kind = 'mark' AND s.key = m.key AND s.stamp_at = m.decided_at
        AND json_extract(s.value, '$.mark') = m.mark AND json_extract(s.value, '$.at') = m.at
        AND coalesce(json_extract(s.value, '$.flags'), '') = m.flags AND json_extract(s.value, '$.late_minutes') = m.late_minutes
        AND json_extract(s.value, '$.channel') = m.channel AND json_extract(s.value, '$.percentage') = m.percentage
        AND json_extract(s.value, '$.typed_name') IS m.typed_name);
DROP TABLE marked;
DROP TABLE migrated;

CREATE TRIGGER acts_are_never_rewritten BEFORE UPDATE ON acts
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER acts_are_never_deleted BEFORE DELETE ON acts
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER statements_are_never_rewritten BEFORE UPDATE ON statements
BEGIN SELECT RAISE(ABORT, 'statements are append-only'); END;
CREATE TRIGGER statements_are_never_deleted BEFORE DELETE ON statements
BEGIN SELECT RAISE(ABORT, 'statements are append-only'); END;

-- Views ----------------------------------------------------------------------------------------------------

-- The record that counts of each student in each lecture: present or late before pending before removed, then
-- one of a synchronised clock, the earlier, the smaller id. Every kiosk with the same records chooses the same.
-- Of removed ones, which count for nothing, this kiosk's own is first: staff here may give it back.
-- `shown` and `shown_id` are the row and the id that this kiosk shows for it: its own record's, where it made one.
CREATE VIEW standing AS
    SELECT r.*, coalesce((SELECT own.id FROM records AS own
            WHERE own.lecture = r.lecture AND own.student = r.student AND own.kiosk = 0), r.id) AS shown,
        coalesce((SELECT own.uuid FROM records AS own
            WHERE own.lecture = r.lecture AND own.student = r.student AND own.kiosk = 0), r.uuid) AS shown_id
    FROM records AS r
    WHERE NOT EXISTS (SELECT 1 FROM records AS other
        WHERE other.lecture = r.lecture AND other.student = r.student AND other.id <> r.id
            AND (CASE other.mark WHEN 'present' THEN 0 WHEN 'pending' THEN 1 ELSE 2 + (other.kiosk <> 0) END,
                    other.flags & 16, other.at, other.uuid)
                < (CASE r.mark WHEN 'present' THEN 0 WHEN 'pending' THEN 1 ELSE 2 + (r.kiosk <> 0) END,
                    r.flags & 16, r.at, r.uuid));

-- A lecture once it was opened.
CREATE VIEW sessions AS SELECT * FROM lectures WHERE opened_at IS NOT NULL;

-- For other programs: read only, ids and times as text.

CREATE VIEW attendance_sessions AS
    SELECT lower(substr(hex(l.uuid), 1, 8) || '-' || substr(hex(l.uuid), 9, 4) || '-' || substr(hex(l.uuid), 13, 4)
        || '-' || substr(hex(l.uuid), 17, 4) || '-' || substr(hex(l.uuid), 21)) AS id, l.unit AS unit_id, l.lecturer AS lecturer_id,
        l.semester, l.number AS session_number, l.date,
        strftime('%Y-%m-%dT%H:%M:%S', l.starts_at / 1000, 'unixepoch') || printf('.%03dZ', l.starts_at % 1000) AS starts_at, strftime('%Y-%m-%dT%H:%M:%S', l.ends_at / 1000, 'unixepoch') || printf('.%03dZ', l.ends_at % 1000) AS ends_at,
        l.venue, l.state, l.state = 'open' AS is_active, strftime('%Y-%m-%dT%H:%M:%S', l.reopened_at / 1000, 'unixepoch') || printf('.%03dZ', l.reopened_at % 1000) AS reopened_at, l.code_key,
        strftime('%Y-%m-%dT%H:%M:%S', l.opened_at / 1000, 'unixepoch') || printf('.%03dZ', l.opened_at % 1000) AS created_at, strftime('%Y-%m-%dT%H:%M:%S', l.changed_at / 1000, 'unixepoch') || printf('.%03dZ', l.changed_at % 1000) AS changed_at,
        nullif(by.name, '') AS changed_by, nullif(origin.name, '') AS origin_kiosk
    FROM sessions AS l JOIN kiosks AS by ON by.id = l.changed_by LEFT JOIN kiosks AS origin ON origin.id = l.origin;

CREATE VIEW attendance AS
    SELECT lower(substr(hex(coalesce(own.uuid, r.uuid)), 1, 8) || '-' || substr(hex(coalesce(own.uuid, r.uuid)), 9, 4) || '-' || substr(hex(coalesce(own.uuid, r.uuid)), 13, 4)
        || '-' || substr(hex(coalesce(own.uuid, r.uuid)), 17, 4) || '-' || substr(hex(coalesce(own.uuid, r.uuid)), 21)) AS id, r.student AS student_id,
        lower(substr(hex(l.uuid), 1, 8) || '-' || substr(hex(l.uuid), 9, 4) || '-' || substr(hex(l.uuid), 13, 4)
        || '-' || substr(hex(l.uuid), 17, 4) || '-' || substr(hex(l.uuid), 21)) AS session_id,
        strftime('%Y-%m-%dT%H:%M:%S', r.at / 1000, 'unixepoch') || printf('.%03dZ', r.at % 1000) AS timestamp,
        iif(r.kiosk = 0, r.channel, 'remote') AS channel, iif(r.mark = 'pending', 'pending', 'present') AS status,
        r.percentage / 100.0 AS attendance_percentage, r.late_minutes,
        substr(iif(r.flags & 1, ',shared_device', '')
        || iif(r.flags & 2, ',burst', '')
        || iif(r.flags & 4, ',name_mismatch', '')
        || iif(r.late_minutes > 0, ',late', '')
        || iif(r.flags & 16, ',clock_untrusted', '')
        || iif(r.flags & 32, ',after_reopen', '')
        || iif(r.flags & 64, ',outside_windows', ''), 2) AS flags,
        coalesce(own.typed_name, r.typed_name) AS typed_name, own.device AS device_mark,
        coalesce(f.state = 'delivered', 0) AS synced_to_firebase,
        coalesce(p.state = 'delivered' AND p.told = 'yes', 0) AS synced_to_portal,
        f.document AS firebase_doc_id, p.last_answer AS portal_response,
        iif(r.mark = 'removed', strftime('%Y-%m-%dT%H:%M:%S', r.decided_at / 1000, 'unixepoch') || printf('.%03dZ', r.decided_at % 1000), NULL) AS voided_at,
        nullif(k.name, '') AS kiosk_id, r.mark = 'present' AS counts,
        strftime('%Y-%m-%dT%H:%M:%S', own.clock_said / 1000, 'unixepoch') || printf('.%03dZ', own.clock_said % 1000) AS clock_said
    FROM standing AS r JOIN lectures AS l ON l.id = r.lecture JOIN kiosks AS k ON k.id = r.kiosk
    LEFT JOIN records AS own ON own.lecture = r.lecture AND own.student = r.student AND own.kiosk = 0
    LEFT JOIN deliveries AS f ON f.target = 'firestore' AND f.kind = 'check_in' AND f.subject = own.id
    LEFT JOIN deliveries AS p ON p.target = 'portal' AND p.kind = 'check_in' AND p.subject = own.id;

CREATE VIEW enrollments AS SELECT student AS student_id, unit AS unit_id, since AS enrolled_on FROM enrolments;

CREATE VIEW outbox AS
    SELECT 2 * d.subject + (d.target = 'portal') AS id, lower(substr(hex(r.uuid), 1, 8) || '-' || substr(hex(r.uuid), 9, 4) || '-' || substr(hex(r.uuid), 13, 4)
        || '-' || substr(hex(r.uuid), 17, 4) || '-' || substr(hex(r.uuid), 21)) AS attendance_id, d.target, d.state, d.attempts,
        strftime('%Y-%m-%dT%H:%M:%S', d.next_attempt_at / 1000, 'unixepoch') || printf('.%03dZ', d.next_attempt_at % 1000) AS next_attempt_at, d.last_error,
        strftime('%Y-%m-%dT%H:%M:%S', d.settled_at / 1000, 'unixepoch') || printf('.%03dZ', d.settled_at % 1000) AS settled_at, d.last_answer, d.edition AS revision, d.told
    FROM deliveries AS d JOIN records AS r ON r.id = d.subject WHERE d.kind = 'check_in';

CREATE VIEW audit_log AS
    WITH lecture AS MATERIALIZED (SELECT id, lower(hex(uuid)) AS hex FROM lectures)
    SELECT a.id, strftime('%Y-%m-%dT%H:%M:%S', a.at / 1000, 'unixepoch') || printf('.%03dZ', a.at % 1000) AS at, a.actor,
        iif(a.action = 'attendance.merged' AND json_extract(s.value, '$.merged_into') IS NULL, 'attendance.marked', a.action) AS action,
        iif(own.id IS NULL, a.subject, lower(substr(hex(own.uuid), 1, 8) || '-' || substr(hex(own.uuid), 9, 4) || '-' || substr(hex(own.uuid), 13, 4)
        || '-' || substr(hex(own.uuid), 17, 4) || '-' || substr(hex(own.uuid), 21))) AS subject,
        coalesce(a.old, (SELECT before.value FROM statements AS before
            WHERE before.kind = s.kind AND before.key = s.key AND (before.stamp_at, before.id) < (s.stamp_at, s.id)
            ORDER BY before.stamp_at DESC, before.id DESC LIMIT 1), nullif(own.seen, 'null')) AS old,
        coalesce(a.new, s.value) AS new, a.reason, a.undoes
    FROM acts AS a LEFT JOIN statements AS s ON s.act = a.id AND s.kind = 'mark' AND a.action LIKE 'attendance.%'
    LEFT JOIN lecture ON lecture.hex = replace(substr(s.key, 1, 36), '-', '')
    LEFT JOIN students AS st ON st.admission_number = substr(s.key, 38)
    LEFT JOIN records AS own ON own.lecture = lecture.id AND own.student = st.id AND own.kiosk = 0;
