-- Receipts that name what is stored (docs/decisions/0012): what is here beyond `whole_to`, what is missing for good, clocks that were
-- put right late; directives, telemetry, evidence on request, and the keys that files on a stick are signed with.
-- `boot`: the start of the machine that `t_mono_ns` belongs to; '' and 0 of what came before.
-- `clock_ok`: 0 the wall time is not to be believed, 1 as it was sent, 2 put right here.
ALTER TABLE event ADD COLUMN boot TEXT NOT NULL DEFAULT '';
ALTER TABLE event ADD COLUMN t_mono_ns INTEGER NOT NULL DEFAULT 0;
CREATE INDEX event_lesson ON event (gateway, lesson, epoch, seq) WHERE kind = 'lesson_opened';
CREATE INDEX event_clock ON event (gateway, boot) WHERE clock_ok <> 1;

ALTER TABLE result ADD COLUMN lesson TEXT NOT NULL DEFAULT '';
CREATE INDEX result_lesson ON result (gateway, lesson);
CREATE INDEX result_pupil ON result (pupil);
UPDATE result SET lesson = coalesce((
  SELECT lesson FROM event WHERE event.gateway = result.gateway AND event.attempt = result.attempt AND kind IN ('result', 'corrected')
  ORDER BY t_utc_ms DESC LIMIT 1), '');

-- `key`: the public key that its sticks are signed by. `refused`: messages that were not taken.
ALTER TABLE gateway ADD COLUMN key TEXT;
ALTER TABLE gateway ADD COLUMN refused INTEGER NOT NULL DEFAULT 0;

-- `newest`: the highest number that is here; `since_seq`: this epoch's numbers begin after it; `claimed`: up to where the gateway has
-- called them delivered; `events`: rows of `event`, so that nobody has to count them.
ALTER TABLE progress ADD COLUMN since_seq INTEGER NOT NULL DEFAULT 0;
ALTER TABLE progress ADD COLUMN claimed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE progress ADD COLUMN events INTEGER NOT NULL DEFAULT 0;
INSERT OR IGNORE INTO progress (gateway, epoch, whole_to, newest) SELECT DISTINCT gateway, epoch, 0, 0 FROM event;
UPDATE progress SET events = (SELECT count(*) FROM event WHERE event.gateway = progress.gateway AND event.epoch = progress.epoch);

-- Numbers beyond `whole_to` that are here (or in quarantine, or missing for good); spans that do not touch.
CREATE TABLE span (
  gateway TEXT NOT NULL,
  epoch TEXT NOT NULL,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  PRIMARY KEY (gateway, epoch, last)
) STRICT, WITHOUT ROWID;
INSERT INTO span (gateway, epoch, first, last)
SELECT gateway, epoch, min(seq), max(seq) FROM (
  SELECT gateway, epoch, seq, seq - row_number() OVER (PARTITION BY gateway, epoch ORDER BY seq) AS island FROM (
    SELECT gateway, epoch, seq FROM event UNION SELECT gateway, epoch, seq FROM quarantine WHERE seq IS NOT NULL
  ) JOIN progress USING (gateway, epoch) WHERE seq > whole_to
) GROUP BY gateway, epoch, island;

-- What the gateway has said it cannot send (again). A row that comes after all takes its number out.
CREATE TABLE hole (
  gateway TEXT NOT NULL,
  epoch TEXT NOT NULL,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  why TEXT NOT NULL,
  PRIMARY KEY (gateway, epoch, last)
) STRICT, WITHOUT ROWID;

-- `clash`: another event has this number.
ALTER TABLE quarantine ADD COLUMN clash INTEGER NOT NULL DEFAULT 0;
DROP INDEX quarantine_once;
CREATE UNIQUE INDEX quarantine_once ON quarantine (gateway, epoch, seq, clash) WHERE seq IS NOT NULL;
CREATE INDEX quarantine_unnumbered ON quarantine (gateway, epoch) WHERE seq IS NULL;

-- Starts of machines whose clock became right late.
CREATE TABLE clock (
  gateway TEXT NOT NULL,
  boot TEXT NOT NULL,
  utc_offset_ms INTEGER NOT NULL,
  PRIMARY KEY (gateway, boot)
) STRICT, WITHOUT ROWID;

-- The newest of each gateway.
CREATE TABLE telemetry (
  gateway TEXT PRIMARY KEY,
  t_utc_ms INTEGER NOT NULL,
  body BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- What gateways are told; `state`: waiting, answered, expired, or replaced by a newer version.
CREATE TABLE directive (
  gateway TEXT NOT NULL,
  key TEXT NOT NULL,
  version INTEGER NOT NULL,
  issued_utc_ms INTEGER NOT NULL,
  expires_utc_ms INTEGER,
  body BLOB NOT NULL,
  state TEXT NOT NULL DEFAULT 'waiting',
  tries INTEGER NOT NULL DEFAULT 0,
  next_utc_ms INTEGER NOT NULL DEFAULT 0,
  outcome TEXT,
  reason TEXT NOT NULL DEFAULT '',
  answered_utc_ms INTEGER,
  PRIMARY KEY (gateway, key, version)
) STRICT, WITHOUT ROWID;
CREATE INDEX directive_due ON directive (next_utc_ms) WHERE state = 'waiting';

-- The signals of an attempt, in parts as they come; `whole` when all are here and the hash fits.
CREATE TABLE evidence (
  gateway TEXT NOT NULL,
  attempt TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  parts INTEGER NOT NULL,
  whole INTEGER NOT NULL DEFAULT 0,
  received_utc_ms INTEGER NOT NULL,
  PRIMARY KEY (gateway, attempt)
) STRICT, WITHOUT ROWID;
CREATE TABLE evidence_part (
  gateway TEXT NOT NULL,
  attempt TEXT NOT NULL,
  part INTEGER NOT NULL,
  data BLOB NOT NULL,
  PRIMARY KEY (gateway, attempt, part)
) STRICT;
