-- Whether a record counts, said once for every percentage, board and export. A record that staff have
-- taken back, or that another kiosk made, stays as evidence beside the others.
ALTER TABLE attendance ADD COLUMN voided_at TEXT; -- when staff took the mark back; NULL: it stands
ALTER TABLE attendance ADD COLUMN kiosk_id TEXT;  -- the other kiosk that recorded it; NULL: this one
ALTER TABLE attendance ADD COLUMN counts INTEGER NOT NULL
    GENERATED ALWAYS AS (status = 'present' AND voided_at IS NULL) VIRTUAL;
