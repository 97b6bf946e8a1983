-- What `official` and `live` of a result are: skips, laps, metres, or milliseconds.
ALTER TABLE result ADD COLUMN unit TEXT NOT NULL DEFAULT 'skips';
