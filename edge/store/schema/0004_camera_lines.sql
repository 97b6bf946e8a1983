-- The line that a teacher has drawn for laps: one a camera, with the size of the picture it was drawn on; no line at all is a choice, too.
CREATE TABLE camera_line (
  camera TEXT PRIMARY KEY,
  width_px INTEGER NOT NULL,
  height_px INTEGER NOT NULL,
  x1 INTEGER,
  y1 INTEGER,
  x2 INTEGER,
  y2 INTEGER,
  line_end TEXT NOT NULL,
  direction TEXT
) STRICT, WITHOUT ROWID;
