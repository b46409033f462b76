-- Times are epoch milliseconds UTC; steady_ms is CLOCK_BOOTTIME, which orders what one
-- boot saw even where the wall clock was set back.

-- Words that many rows share: ids of probes, reasons, facts.
CREATE TABLE text (
  id   INTEGER PRIMARY KEY,
  text TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE result (
  probe      INTEGER NOT NULL,  -- text.id, as all that follow with "text"
  at         INTEGER NOT NULL,
  steady_ms  INTEGER NOT NULL,
  verdict    INTEGER NOT NULL,  -- place in rows.VERDICTS
  evidence   INTEGER NOT NULL,  -- place in rows.EVIDENCES
  reason     INTEGER,           -- text
  facts      INTEGER,           -- text, JSON
  warnings   INTEGER,           -- text, words with a space between
  latency_us INTEGER,
  retry_after_ms INTEGER,
  PRIMARY KEY (probe, at, steady_ms)
) STRICT, WITHOUT ROWID;

CREATE TABLE transition (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  at        INTEGER NOT NULL,
  steady_ms INTEGER NOT NULL,
  subject   TEXT NOT NULL,
  name      TEXT NOT NULL,
  before    TEXT NOT NULL,
  after     TEXT NOT NULL,
  reason    TEXT NOT NULL,
  facts     TEXT NOT NULL  -- JSON
) STRICT;
CREATE INDEX transition_at ON transition (at);

CREATE TABLE journal (
  id   INTEGER PRIMARY KEY AUTOINCREMENT,
  at   INTEGER NOT NULL,
  by   TEXT NOT NULL,
  kind TEXT NOT NULL,
  text TEXT NOT NULL
) STRICT;
CREATE INDEX journal_at ON journal (at);
CREATE TRIGGER journal_is_append_only BEFORE UPDATE ON journal
BEGIN
  SELECT RAISE(ABORT, 'the journal is append-only');
END;

-- The core's memory, for the engine that comes after.
CREATE TABLE kept (
  name TEXT NOT NULL PRIMARY KEY,
  text BLOB NOT NULL
) STRICT, WITHOUT ROWID;
