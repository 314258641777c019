-- Staff who are signed in at a browser, and the orders in which the lists of /admin/ are read.
-- Only a hash of the cookie is kept: whoever reads this file cannot sign in with what it holds.
CREATE TABLE web_sign_ins (
    token_hash   TEXT PRIMARY KEY,              -- SHA-256 of the cookie, hexadecimal
    lecturer_id  INTEGER NOT NULL REFERENCES lecturers (id),
    created_at   TEXT NOT NULL,                 -- ends some hours after this, whatever happens
    last_used_at TEXT NOT NULL                  -- ends some minutes after this
) STRICT, WITHOUT ROWID;
CREATE INDEX web_sign_ins_by_use ON web_sign_ins (last_used_at);

-- A new PIN throws out whoever came in with the old one.
CREATE TRIGGER web_sign_ins_end_with_the_pin AFTER UPDATE OF pin_hash ON lecturers
BEGIN DELETE FROM web_sign_ins WHERE lecturer_id = NEW.id; END;

CREATE INDEX students_by_name ON students (name, id);
CREATE INDEX attendance_by_time ON attendance (timestamp, id);
CREATE INDEX sessions_by_date ON attendance_sessions (date);
