-- What this kiosk recorded by a clock that was not set is put right although the row says by now what another
-- kiosk recorded. Whether there is any is asked at every painting too, so it needs an index of its own.

CREATE INDEX gave_way_to_correct ON attendance (boot_id)
    WHERE boot_id IS NOT NULL AND corrected_by IS NULL AND kiosk_id IS NOT NULL;
