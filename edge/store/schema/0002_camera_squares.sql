-- The squares that a teacher has drawn: one set a camera, with the size of the picture they were drawn on.
CREATE TABLE camera_picture (camera TEXT PRIMARY KEY, width_px INTEGER NOT NULL, height_px INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE camera_square (
  camera TEXT NOT NULL REFERENCES camera_picture (camera) ON DELETE CASCADE,
  station INTEGER NOT NULL,
  x INTEGER NOT NULL,
  y INTEGER NOT NULL,
  width INTEGER NOT NULL,
  height INTEGER NOT NULL,
  PRIMARY KEY (camera, station)
) STRICT, WITHOUT ROWID;
