-- Everything a gateway has sent, once: (gateway, epoch, seq) is the identity of an event.
CREATE TABLE event (
  gateway TEXT NOT NULL,
  epoch TEXT NOT NULL,
  seq INTEGER NOT NULL,
  kind TEXT NOT NULL,
  lesson TEXT NOT NULL,
  attempt TEXT,
  t_utc_ms INTEGER NOT NULL,
  clock_ok INTEGER NOT NULL,
  body BLOB NOT NULL,
  received_utc_ms INTEGER NOT NULL,
  PRIMARY KEY (gateway, epoch, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX event_attempt ON event (gateway, attempt, epoch, seq) WHERE kind IN ('result', 'corrected');

-- What an attempt is worth now; worked out from its events in the transaction that stores them.
CREATE TABLE result (
  gateway TEXT NOT NULL,
  attempt TEXT NOT NULL,
  class_id TEXT NOT NULL,
  pupil TEXT NOT NULL,
  activity TEXT NOT NULL,
  official INTEGER NOT NULL,
  live INTEGER NOT NULL,
  confidence REAL NOT NULL,
  source TEXT NOT NULL,
  score INTEGER,
  bonus INTEGER NOT NULL,
  review TEXT,
  corrected INTEGER NOT NULL,
  decided_utc_ms INTEGER NOT NULL,
  received_utc_ms INTEGER NOT NULL,
  change INTEGER NOT NULL UNIQUE,
  PRIMARY KEY (gateway, attempt)
) STRICT, WITHOUT ROWID;

CREATE TABLE gateway (
  id TEXT PRIMARY KEY,
  state TEXT NOT NULL,
  epoch TEXT NOT NULL,
  version TEXT NOT NULL,
  seen_utc_ms INTEGER NOT NULL,
  revoked INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- How far each journal has come: all of it up to `whole_to` is here, `newest` is the newest that is.
CREATE TABLE progress (
  gateway TEXT NOT NULL,
  epoch TEXT NOT NULL,
  whole_to INTEGER NOT NULL,
  newest INTEGER NOT NULL,
  PRIMARY KEY (gateway, epoch)
) STRICT, WITHOUT ROWID;

-- What could not be taken, with the reason: a person can look, and nothing behind it has to wait.
CREATE TABLE quarantine (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  gateway TEXT NOT NULL,
  epoch TEXT NOT NULL,
  seq INTEGER,
  reason TEXT NOT NULL,
  wire BLOB NOT NULL,
  received_utc_ms INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX quarantine_once ON quarantine (gateway, epoch, seq) WHERE seq IS NOT NULL;
