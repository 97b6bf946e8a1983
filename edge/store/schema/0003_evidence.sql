-- The evidence of attempts: signals and poses, no names, no pictures. `clip` names the folder of the heat's pictures, if any.
CREATE TABLE evidence (
  attempt TEXT PRIMARY KEY,
  lesson TEXT NOT NULL,
  kept_utc_ms INTEGER NOT NULL,
  in_doubt INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  starts_mono_ns INTEGER NOT NULL,
  station INTEGER,
  clip TEXT,
  body BLOB NOT NULL
) STRICT;
CREATE INDEX evidence_age ON evidence (in_doubt, kept_utc_ms, attempt, bytes);
CREATE INDEX evidence_lesson ON evidence (lesson, attempt);
CREATE INDEX evidence_clip ON evidence (clip) WHERE clip IS NOT NULL;
