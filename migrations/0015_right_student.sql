-- Whose a number is: that of another student, after a merge or a new number. Nobody is then listed under it, and
-- whatever comes under it is that student's. A record of this kiosk that only staff made, and that was taken back as
-- another student's, is set aside: it stands for nothing, and its student may still check in.

ALTER TABLE students ADD COLUMN same_as INTEGER REFERENCES students (id);
CREATE INDEX students_same_as ON students (same_as) WHERE same_as IS NOT NULL;

DROP VIEW standing;
CREATE VIEW standing AS
    SELECT r.*, coalesce((SELECT own.id FROM records AS own
            WHERE own.lecture = r.lecture AND own.student = r.student AND own.kiosk = 0), r.id) AS shown,
        coalesce((SELECT own.uuid FROM records AS own
            WHERE own.lecture = r.lecture AND own.student = r.student AND own.kiosk = 0), r.uuid) AS shown_id
    FROM records AS r
    WHERE NOT (r.set_aside AND r.kiosk = 0) AND NOT EXISTS (SELECT 1 FROM records AS other
        WHERE other.lecture = r.lecture AND other.student = r.student AND other.id <> r.id
            AND NOT (other.set_aside AND other.kiosk = 0)
            AND (CASE other.mark WHEN 'present' THEN 0 WHEN 'pending' THEN 1 ELSE 2 + (other.kiosk <> 0) END,
                    other.flags & 16, other.at, other.uuid)
                < (CASE r.mark WHEN 'present' THEN 0 WHEN 'pending' THEN 1 ELSE 2 + (r.kiosk <> 0) END,
                    r.flags & 16, r.at, r.uuid));
