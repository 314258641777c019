-- What attendance counts for (docs/COUNTING.md): enrolments by semester and in intervals, excuses, assignments,
-- rules of a unit, lectures that were not held, and who opened a lecture.

PRAGMA defer_foreign_keys = ON;
DROP TRIGGER statements_are_never_rewritten;
DROP TRIGGER statements_are_never_deleted;

-- Two constraints are widened where they stand: no row changes (https://www.sqlite.org/lang_altertable.html).
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, '(''planned'', ''open'', ''closed'', ''cancelled'')',
        '(''planned'', ''open'', ''closed'', ''cancelled'', ''not_held'')')
    WHERE type = 'table' AND name = 'lectures';
UPDATE sqlite_schema SET sql = replace(sql, 'percentage   INTEGER NOT NULL,', 'percentage   INTEGER,')
    WHERE type = 'table' AND name = 'records';
PRAGMA writable_schema = RESET;

ALTER TABLE lectures ADD COLUMN opened_by TEXT CHECK (opened_by IN ('staff', 'timetable', 'confirmed'));
ALTER TABLE lectures ADD COLUMN for_group TEXT;                  -- NULL: for every group
ALTER TABLE lectures ADD COLUMN lesson TEXT;                     -- NULL: a lesson of its own
ALTER TABLE lectures ADD COLUMN voluntary INTEGER NOT NULL DEFAULT 0;
ALTER TABLE units ADD COLUMN policy TEXT NOT NULL DEFAULT '{}';  -- JSON: the rules that are the unit's own
UPDATE units SET policy = json_object('planned_lessons', planned_lessons) WHERE planned_lessons IS NOT NULL;
ALTER TABLE units DROP COLUMN planned_lessons;
ALTER TABLE units ADD COLUMN finished TEXT NOT NULL DEFAULT '[]'; -- JSON: semesters without a further lecture
ALTER TABLE units ADD COLUMN retired INTEGER NOT NULL DEFAULT 0;
ALTER TABLE lecturers ADD COLUMN has_left INTEGER NOT NULL DEFAULT 0;

CREATE TABLE assignments (
    unit     INTEGER NOT NULL REFERENCES units (id),
    lecturer INTEGER NOT NULL REFERENCES lecturers (id),
    role     TEXT NOT NULL CHECK (role IN ('owner', 'helper')),
    first    TEXT,                              -- the first day; NULL: since ever
    last     TEXT,                              -- the last day; NULL: for good
    PRIMARY KEY (unit, lecturer)
) STRICT, WITHOUT ROWID;

CREATE TABLE excuses (
    uuid     BLOB PRIMARY KEY CHECK (length(uuid) = 16),
    student  INTEGER NOT NULL REFERENCES students (id),
    unit     INTEGER REFERENCES units (id),     -- NULL: for every unit
    lecture  INTEGER REFERENCES lectures (id),  -- else for days
    first    TEXT,
    last     TEXT,
    category TEXT NOT NULL CHECK (category IN ('medical', 'official', 'family', 'religious', 'other')),
    said_by  TEXT NOT NULL,                     -- a staff id, or 'shell'
    CHECK ((lecture IS NULL) = (first IS NOT NULL AND last IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX excuses_by_student ON excuses (student);

-- Who opened a lecture ------------------------------------------------------------------------------------

UPDATE lectures SET opened_by = 'staff' WHERE opened_at IS NOT NULL;
CREATE TEMP TABLE by_timetable AS
    SELECT subject AS uuid FROM acts WHERE action = 'session.opened' AND actor = 'kiosk';
CREATE INDEX temp.by_timetable_by_uuid ON by_timetable (uuid);
CREATE TEMP TABLE lecture_text AS
    SELECT l.id, lower(substr(hex(l.uuid), 1, 8) || '-' || substr(hex(l.uuid), 9, 4) || '-' || substr(hex(l.uuid), 13, 4)
        || '-' || substr(hex(l.uuid), 17, 4) || '-' || substr(hex(l.uuid), 21)) AS uuid FROM lectures AS l;
CREATE INDEX temp.lecture_text_by_uuid ON lecture_text (uuid);
UPDATE lectures SET opened_by = 'timetable'
    WHERE opened_at IS NOT NULL
        AND id IN (SELECT t.id FROM lecture_text AS t JOIN by_timetable AS b ON b.uuid = t.uuid);
-- The statement in force about each lecture.
CREATE TEMP TABLE lecture_said AS
    SELECT t.id AS lecture, (SELECT s.id FROM statements AS s WHERE s.kind = 'lecture' AND s.key = t.uuid
        ORDER BY s.stamp_at DESC, s.id DESC LIMIT 1) AS statement
    FROM lecture_text AS t;
UPDATE statements SET value = json_set(value, '$.sitting.opened_by', l.opened_by)
    FROM lecture_said AS said JOIN lectures AS l ON l.id = said.lecture
    WHERE statements.id = said.statement AND l.opened_at IS NOT NULL;

-- The semester of what is only planned: that of the latest session. Another label in the settings is taken over
-- when the program has read them.
CREATE TEMP TABLE latest AS SELECT coalesce(
    (SELECT semester FROM lectures WHERE opened_at IS NOT NULL ORDER BY starts_at DESC LIMIT 1), '1') AS semester;
UPDATE lectures SET semester = (SELECT semester FROM latest) WHERE semester IS NULL;
UPDATE statements SET value = json_set(value, '$.planned.semester', l.semester)
    FROM lecture_said AS said JOIN lectures AS l ON l.id = said.lecture
    WHERE statements.id = said.statement AND l.planned_start IS NOT NULL;
INSERT INTO settings (name, value) SELECT 'semester_to_adopt', CAST(semester AS BLOB) FROM latest
    WHERE EXISTS (SELECT 1 FROM units);

-- Planned lectures of this room that nobody opened were not held, as they counted until now. For other rooms
-- nothing is said.
CREATE TEMP TABLE this AS SELECT unixepoch('now') * 1000 AS moment;
CREATE TEMP TABLE unopened AS
    SELECT said.lecture, said.statement FROM lecture_said AS said JOIN lectures AS l ON l.id = said.lecture
    WHERE l.state = 'planned' AND l.held_as IS NULL AND l.planned_end < (SELECT moment FROM this)
        AND (l.planned_venue = '' OR lower(l.planned_venue) IN (SELECT lower(venue) FROM lectures WHERE origin = 0));
INSERT INTO acts (at, actor, action, subject, new)
    SELECT (SELECT moment FROM this), 'kiosk', 'timetable.settled', 'timetable', count(*) || ' not held'
    FROM unopened HAVING count(*) > 0;
INSERT INTO statements (act, kind, key, value, stamp_at)
    SELECT (SELECT max(id) FROM acts), 'lecture', s.key, json_set(s.value, '$.state', 'not_held'),
        max(s.stamp_at + 1, (SELECT moment FROM this))
    FROM unopened AS u JOIN statements AS s ON s.id = u.statement ORDER BY u.lecture;
UPDATE lectures SET state = 'not_held', changed_by = 0, changed_at = max(changed_at + 1, (SELECT moment FROM this))
    WHERE id IN (SELECT lecture FROM unopened);

-- Enrolments ----------------------------------------------------------------------------------------------

-- What was said of each student and unit: an interval from each beginning to the day on which staff ended it.
CREATE TEMP TABLE was AS
    SELECT s.id, s.key, s.act, s.stamp_at, s.stamp_by, json_extract(s.value, '$.since') AS since,
        lead(s.stamp_at) OVER later AS next_at, lead(json_extract(s.value, '$.since')) OVER later AS next_since,
        u.id AS unit, st.id AS student, u.code, st.admission_number,
        CASE WHEN a.action IN ('roster.imported', 'database.migrated', 'session.joined') THEN 'roster' ELSE 'staff' END AS source,
        st.source = 'self' AND a.action = 'database.migrated' OR a.actor = 'kiosk' AND a.action = 'student.enrolled' AS by_student
    FROM statements AS s JOIN acts AS a ON a.id = s.act
    JOIN units AS u ON u.code = substr(s.key, 1, instr(s.key, char(9)) - 1)
    JOIN students AS st ON st.admission_number = substr(s.key, instr(s.key, char(9)) + 1)
    WHERE s.kind = 'enrolment' WINDOW later AS (PARTITION BY s.key ORDER BY s.stamp_at, s.id);
CREATE TEMP TABLE spans AS
    SELECT id, key, unit, student, since, iif(by_student, 'self', source) AS source, by_student, iif(next_at IS NULL, NULL, date(next_at / 1000, 'unixepoch')) AS ended
    FROM was WHERE since IS NOT NULL AND NOT (next_at IS NOT NULL AND next_since IS NOT NULL);
-- The semesters of a unit, and the days of its lectures in them.
CREATE TEMP TABLE terms AS
    SELECT unit, semester, min(date) AS first, max(date) AS last, semester = (SELECT semester FROM latest) AS is_latest
    FROM lectures WHERE opened_at IS NOT NULL GROUP BY unit, semester;
INSERT INTO terms SELECT id, semester, NULL, NULL, 1 FROM units, latest
    WHERE NOT EXISTS (SELECT 1 FROM terms WHERE terms.unit = units.id AND terms.semester = latest.semester);
CREATE INDEX temp.terms_by_unit ON terms (unit);
CREATE TEMP TABLE held_in AS SELECT unit FROM terms WHERE first IS NOT NULL;
CREATE TEMP TABLE carried AS
    SELECT t.semester, s.*, row_number() OVER (PARTITION BY s.unit, s.student, t.semester ORDER BY s.id) AS place
    FROM spans AS s JOIN terms AS t ON t.unit = s.unit
    WHERE (t.is_latest OR s.since <= t.last)
        AND (s.ended IS NULL OR s.ended >= t.first OR t.first IS NULL AND t.unit NOT IN (SELECT unit FROM held_in))
        -- That of somebody who came to a door and is on no list follows from their records, unless staff ended it.
        AND NOT (s.by_student AND s.ended IS NULL);
DELETE FROM statements WHERE kind = 'enrolment';
INSERT INTO statements (act, kind, key, value, stamp_at, stamp_by)
    SELECT w.act, 'enrolment', w.code || char(9) || c.semester || char(9) || w.admission_number,
        json_object('intervals', json_group_array(json(CASE WHEN c.ended IS NULL
            THEN json_object('from', c.since, 'source', c.source)
            ELSE json_object('from', c.since, 'until', c.ended, 'source', c.source, 'withdrawn', json('true')) END)
            ORDER BY c.place)), w.stamp_at, w.stamp_by
    FROM carried AS c JOIN was AS w ON w.key = c.key AND w.next_at IS NULL
    GROUP BY c.unit, c.student, c.semester ORDER BY w.id;

DROP VIEW enrollments;
DROP TABLE enrolments;
CREATE TABLE enrolments (
    unit      INTEGER NOT NULL REFERENCES units (id),
    semester  TEXT NOT NULL,
    student   INTEGER NOT NULL REFERENCES students (id),
    place     INTEGER NOT NULL,                 -- of the interval among those of the student, from 0
    first     TEXT,                             -- the first day; NULL: the beginning of the semester
    last      TEXT,                             -- the last day; NULL: open
    in_group  TEXT,
    source    TEXT NOT NULL CHECK (source IN ('roster', 'staff', 'self')),
    withdrawn INTEGER NOT NULL,                 -- staff ended it
    PRIMARY KEY (unit, semester, student, place)
) STRICT, WITHOUT ROWID;
INSERT INTO enrolments
    SELECT unit, semester, student, place - 1, since, ended, NULL, source, ended IS NOT NULL FROM carried;
CREATE INDEX enrolments_by_student ON enrolments (student);
CREATE VIEW enrollments AS
    SELECT student AS student_id, unit AS unit_id, coalesce(first, '') AS enrolled_on, semester, last AS enrolled_until
    FROM enrolments;

DROP TABLE was;
DROP TABLE spans;
DROP TABLE terms;
DROP TABLE carried;
DROP TABLE held_in;
DROP TABLE unopened;
DROP TABLE this;
DROP TABLE latest;
DROP TABLE lecture_said;
DROP TABLE lecture_text;
DROP TABLE by_timetable;

CREATE TRIGGER statements_are_never_rewritten BEFORE UPDATE ON statements
BEGIN SELECT RAISE(ABORT, 'statements are append-only'); END;
CREATE TRIGGER statements_are_never_deleted BEFORE DELETE ON statements
BEGIN SELECT RAISE(ABORT, 'statements are append-only'); END;
