-- How many records there are, kept as they come: whoever watches the kiosk asks every few seconds, and
-- counting reads all that the years have piled up.

CREATE TABLE attendance_tally (records INTEGER NOT NULL) STRICT;
INSERT INTO attendance_tally SELECT count(*) FROM attendance;
CREATE TRIGGER attendance_is_tallied AFTER INSERT ON attendance
BEGIN UPDATE attendance_tally SET records = records + 1; END;
CREATE TRIGGER attendance_is_untallied AFTER DELETE ON attendance
BEGIN UPDATE attendance_tally SET records = records - 1; END;
