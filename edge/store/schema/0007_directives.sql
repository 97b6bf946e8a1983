-- What the platform has told. One version a key, noted in the transaction that has the effect.
CREATE TABLE directive (key TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE directive_log (
  id INTEGER PRIMARY KEY,
  at_utc_ms INTEGER NOT NULL,
  key TEXT NOT NULL,
  version INTEGER NOT NULL,
  kind TEXT NOT NULL,
  outcome TEXT NOT NULL,
  reason TEXT NOT NULL,
  UNIQUE (key, version)
) STRICT;

-- A class as the platform knows it: no name stands here. What a page shows is put together from these and the school's own list.
CREATE TABLE told_roster (key TEXT PRIMARY KEY, class_id TEXT NOT NULL, class_name TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE told_pupil (
  key TEXT NOT NULL REFERENCES told_roster (key) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  pupil TEXT NOT NULL,
  sex TEXT NOT NULL,
  grade INTEGER NOT NULL,
  band INTEGER,
  station INTEGER,
  PRIMARY KEY (key, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE assignment (
  key TEXT PRIMARY KEY,
  class_id TEXT NOT NULL,
  pupils TEXT NOT NULL,
  activity TEXT NOT NULL,
  goal INTEGER NOT NULL,
  due_utc_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE contest (
  key TEXT PRIMARY KEY,
  contest TEXT NOT NULL,
  title TEXT NOT NULL,
  activity TEXT NOT NULL,
  heats TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE told_setting (key TEXT PRIMARY KEY, name TEXT NOT NULL, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE evidence_wanted (key TEXT PRIMARY KEY, attempt TEXT NOT NULL) STRICT, WITHOUT ROWID;
