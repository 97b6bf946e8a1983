-- Results travel before older moments: found at once among a million rows, and moments pay nearly nothing for it: IN
-- would build a table of its words for every row that is written (4 microseconds), and the comparison in front ends most of them at once.
CREATE INDEX journal_results ON journal (seq, kind) WHERE
  kind <> 'skips_counted' AND (kind = 'lesson_opened' OR kind = 'result_decided' OR kind = 'corrected' OR kind = 'undone');

-- What cannot be delivered, with a reason that a person can act on.
CREATE TABLE dead_letter (
  seq INTEGER PRIMARY KEY,
  why TEXT NOT NULL,
  reason TEXT NOT NULL,
  at_utc_ms INTEGER NOT NULL
) STRICT;

-- What was delivered under an earlier epoch of this file, beyond where the numbers of this one begin.
CREATE TABLE earlier_epoch (low INTEGER PRIMARY KEY, high INTEGER NOT NULL) STRICT;

-- Starts of the machine that wrote rows before their clock was right.
CREATE TABLE early_boot (boot INTEGER PRIMARY KEY) STRICT;
INSERT INTO early_boot SELECT DISTINCT boot FROM journal WHERE clock_ok = 0;
