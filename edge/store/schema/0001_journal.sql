-- The journal: one row a change of a lesson, never altered.
CREATE TABLE journal (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  lesson TEXT NOT NULL,
  attempt TEXT,
  t_utc_ms INTEGER NOT NULL,
  t_mono_ns INTEGER NOT NULL,
  boot TEXT NOT NULL,
  clock_ok INTEGER NOT NULL,
  body BLOB NOT NULL,
  chain BLOB NOT NULL,
  checksum INTEGER NOT NULL
) STRICT;
CREATE INDEX journal_lesson ON journal (lesson, seq);
CREATE INDEX journal_attempt ON journal (attempt, seq) WHERE attempt IS NOT NULL;

-- The outbox: rows that the platform has not yet said it has stored.
CREATE TABLE outbox (seq INTEGER PRIMARY KEY REFERENCES journal (seq)) STRICT;

CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- Classes and pupils: the only place where a name stands.
CREATE TABLE roster (id TEXT PRIMARY KEY, class_name TEXT NOT NULL UNIQUE) STRICT, WITHOUT ROWID;
CREATE TABLE pupil (
  id TEXT PRIMARY KEY,
  roster TEXT NOT NULL REFERENCES roster (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  name TEXT NOT NULL,
  sex TEXT NOT NULL,
  grade INTEGER NOT NULL,
  band INTEGER,
  station INTEGER,
  UNIQUE (roster, number)
) STRICT, WITHOUT ROWID;

-- What each attempt is worth now; personal bests and class records are read from it.
CREATE TABLE standing (
  attempt TEXT PRIMARY KEY,
  pupil TEXT NOT NULL,
  roster TEXT NOT NULL,
  activity TEXT NOT NULL,
  lesson TEXT NOT NULL,
  count INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX standing_best ON standing (roster, activity, pupil, count);

-- The last sequence accepted of each band: an older packet is a replay, also after a restart.
CREATE TABLE band_sequence (device TEXT PRIMARY KEY, sequence INTEGER NOT NULL) STRICT, WITHOUT ROWID;
