-- What results come to: how many of each verdict, and how fast, in a stretch of time.
-- Kept longer than the results themselves.
CREATE TABLE rollup (
  probe          INTEGER NOT NULL,  -- text.id
  every_ms       INTEGER NOT NULL,  -- how long the stretch is
  at             INTEGER NOT NULL,  -- when it begins
  ok             INTEGER NOT NULL,
  degraded       INTEGER NOT NULL,
  failed         INTEGER NOT NULL,
  unknown        INTEGER NOT NULL,
  latencies      INTEGER NOT NULL,  -- how many there were
  latency_us     INTEGER NOT NULL,  -- their sum
  latency_max_us INTEGER NOT NULL,
  PRIMARY KEY (probe, every_ms, at)
) STRICT, WITHOUT ROWID;
