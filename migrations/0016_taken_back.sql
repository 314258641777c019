-- "Not me": a record that was taken back at the door that made it. It counts nothing and blocks nobody, so that of
-- several kiosks' records every other one stands before it. And lectures that were held on paper and entered later.

-- Two constraints are widened where they stand: no row changes (https://www.sqlite.org/lang_altertable.html).
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, '(''present'', ''pending'', ''removed'')',
        '(''present'', ''pending'', ''removed'', ''taken_back'')')
    WHERE type = 'table' AND name = 'records';
UPDATE sqlite_schema SET sql = replace(sql, '(''staff'', ''timetable'', ''confirmed'')',
        '(''staff'', ''timetable'', ''confirmed'', ''paper'')')
    WHERE type = 'table' AND name = 'lectures';
PRAGMA writable_schema = RESET;

DROP VIEW attendance;
DROP VIEW standing;
-- The record that counts of each student in each lecture: present or late before pending before removed before taken
-- back, then one of a synchronised clock, the earlier, the smaller id. Every kiosk with the same records chooses the same.
-- Of removed ones, which count for nothing, this kiosk's own is first: staff here may give it back.
-- This kiosk's own that is set aside stands for nothing.
-- `shown` and `shown_id` are the row and the id that this kiosk shows for it: its own record's, where it made one.
CREATE VIEW standing AS
    SELECT r.*, coalesce((SELECT own.id FROM records AS own
            WHERE own.lecture = r.lecture AND own.student = r.student AND own.kiosk = 0), r.id) AS shown,
        coalesce((SELECT own.uuid FROM records AS own
            WHERE own.lecture = r.lecture AND own.student = r.student AND own.kiosk = 0), r.uuid) AS shown_id
    FROM records AS r
    WHERE NOT (r.set_aside AND r.kiosk = 0) AND NOT EXISTS (SELECT 1 FROM records AS other
        WHERE other.lecture = r.lecture AND other.student = r.student AND other.id <> r.id
            AND NOT (other.set_aside AND other.kiosk = 0)
            AND (CASE other.mark WHEN 'present' THEN 0 WHEN 'pending' THEN 1 WHEN 'removed' THEN 2 + (other.kiosk <> 0)
                        ELSE 4 + (other.kiosk <> 0) END,
                    other.flags & 16, other.at, other.uuid)
                < (CASE r.mark WHEN 'present' THEN 0 WHEN 'pending' THEN 1 WHEN 'removed' THEN 2 + (r.kiosk <> 0)
                        ELSE 4 + (r.kiosk <> 0) END,
                    r.flags & 16, r.at, r.uuid));

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
        || iif(r.flags & 64, ',outside_windows', '')
        || iif(r.flags & 128, ',near_number', '')
        || iif(r.mark = 'taken_back', ',taken_back', ''), 2) AS flags,
        coalesce(own.typed_name, r.typed_name) AS typed_name, own.device AS device_mark,
        coalesce(f.state = 'delivered', 0) AS synced_to_firebase,
        coalesce(p.state = 'delivered' AND p.told = 'yes', 0) AS synced_to_portal,
        f.document AS firebase_doc_id, p.last_answer AS portal_response,
        iif(r.mark IN ('removed', 'taken_back'), strftime('%Y-%m-%dT%H:%M:%S', r.decided_at / 1000, 'unixepoch') || printf('.%03dZ', r.decided_at % 1000), NULL) AS voided_at,
        nullif(k.name, '') AS kiosk_id, r.mark = 'present' AS counts,
        strftime('%Y-%m-%dT%H:%M:%S', own.clock_said / 1000, 'unixepoch') || printf('.%03dZ', own.clock_said % 1000) AS clock_said
    FROM standing AS r JOIN lectures AS l ON l.id = r.lecture JOIN kiosks AS k ON k.id = r.kiosk
    LEFT JOIN records AS own ON own.lecture = r.lecture AND own.student = r.student AND own.kiosk = 0
    LEFT JOIN deliveries AS f ON f.target = 'firestore' AND f.kind = 'check_in' AND f.subject = own.id
    LEFT JOIN deliveries AS p ON p.target = 'portal' AND p.kind = 'check_in' AND p.subject = own.id;
