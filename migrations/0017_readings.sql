-- Whether the last look at a lecture read it to its end: one that was never read had no error either.
ALTER TABLE readings ADD COLUMN is_read INTEGER NOT NULL DEFAULT 0 CHECK (is_read IN (0, 1));
UPDATE readings SET is_read = last_error IS NULL;
