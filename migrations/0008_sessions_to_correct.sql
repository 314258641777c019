-- At every painting the kiosk asks whether a session of this run of the machine has a start that is to be put
-- right. Without this it would read every session that there ever was.

CREATE INDEX sessions_to_correct ON attendance_sessions (boot_id)
    WHERE boot_id IS NOT NULL AND corrected_by IS NULL;
