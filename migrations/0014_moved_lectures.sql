-- A lecture that went to another unit: the unit that the portal was told of its records. A person moves them there.
ALTER TABLE deliveries ADD COLUMN told_unit TEXT;
