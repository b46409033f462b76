-- What the core was told, in order, so that it can be told again and must say the same.
-- A life is an engine's, from its start, whose epoch milliseconds name it, to its end;
-- its events are numbered without a gap. Results are events too: theirs stand with them.
ALTER TABLE result ADD COLUMN life INTEGER;
ALTER TABLE result ADD COLUMN number INTEGER;
ALTER TABLE result ADD COLUMN arrived INTEGER;            -- epoch milliseconds
ALTER TABLE result ADD COLUMN arrived_steady_ms INTEGER;
CREATE INDEX result_event ON result (life, number) WHERE number IS NOT NULL;

ALTER TABLE transition ADD COLUMN life INTEGER;           -- of the event that it
ALTER TABLE transition ADD COLUMN number INTEGER;         -- came of

CREATE TABLE event (
  life      INTEGER NOT NULL,
  number    INTEGER NOT NULL,
  at        INTEGER NOT NULL,
  steady_ms INTEGER NOT NULL,
  kind      TEXT NOT NULL,  -- memory, plan, tick, or of people: see events.WORDS
  text      BLOB NOT NULL,  -- JSON; of a plan its version
  PRIMARY KEY (life, number)
) STRICT, WITHOUT ROWID;

-- Every plan that was in force, as it was written; secrets are only named in it.
CREATE TABLE plan (
  version TEXT NOT NULL PRIMARY KEY,
  at      INTEGER NOT NULL,
  text    BLOB NOT NULL
) STRICT, WITHOUT ROWID;
