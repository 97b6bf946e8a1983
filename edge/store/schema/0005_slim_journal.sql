-- The journal as one tree: a commit of a few events writes one page instead of four. What the indexes knew is kept as spans, which
-- change only when the lesson changes or the platform has stored more.
CREATE TABLE boot (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, utc_offset_ms INTEGER) STRICT;
INSERT INTO boot (name) SELECT DISTINCT boot FROM journal;

-- Where another lesson begins: a lesson's rows go from here to the next row of this table.
CREATE TABLE lesson_run (first_seq INTEGER PRIMARY KEY, lesson TEXT NOT NULL) STRICT;
INSERT INTO lesson_run SELECT seq, lesson FROM (SELECT seq, lesson, lag(lesson) OVER (ORDER BY seq) AS before FROM journal)
  WHERE before IS NULL OR before <> lesson;

-- What the platform has stored, as spans that do not touch: all other rows are the outbox.
CREATE TABLE delivered (low INTEGER PRIMARY KEY, high INTEGER NOT NULL, checksum INTEGER NOT NULL) STRICT;
INSERT INTO delivered SELECT min(seq), max(seq), span_checksum(min(seq), max(seq)) FROM (
  SELECT seq, seq - row_number() OVER (ORDER BY seq) AS island FROM journal WHERE seq NOT IN (SELECT seq FROM outbox)
) GROUP BY island;
DROP TABLE outbox;

CREATE TABLE slim (
  seq INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  lesson TEXT NOT NULL,
  attempt TEXT,
  t_utc_ms INTEGER NOT NULL,
  t_mono_ns INTEGER NOT NULL,
  boot INTEGER NOT NULL,
  clock_ok INTEGER NOT NULL,
  body BLOB NOT NULL,
  chain BLOB NOT NULL,
  checksum INTEGER NOT NULL
) STRICT;
-- slim_checksum covers every column; a row that was already damaged gets one that never fits.
INSERT INTO slim SELECT seq, kind, lesson, attempt, t_utc_ms, t_mono_ns, boot.id, clock_ok, body, chain,
  slim_checksum(seq, kind, lesson, attempt, t_utc_ms, t_mono_ns, boot.id, clock_ok, body, chain, checksum)
  FROM journal JOIN boot ON boot.name = journal.boot ORDER BY seq;
DROP TABLE journal;
ALTER TABLE slim RENAME TO journal;
