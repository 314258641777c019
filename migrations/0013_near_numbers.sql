-- A flag for numbers that resemble one of the list, in the view for other programs.

DROP VIEW attendance;
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
        || iif(r.flags & 128, ',near_number', ''), 2) AS flags,
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
