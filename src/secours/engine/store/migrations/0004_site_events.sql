-- What other sites are to hear of, numbered without a gap within an epoch. What the hub
-- acknowledged stays for a while: a hub that loses power loses some of it.
CREATE TABLE site_event (
  number       INTEGER PRIMARY KEY AUTOINCREMENT,
  at           INTEGER NOT NULL,
  steady_ms    INTEGER NOT NULL,
  boot         TEXT NOT NULL,
  kind         TEXT NOT NULL,  -- change, rollup
  body         BLOB NOT NULL,  -- JSON
  acknowledged INTEGER         -- when
) STRICT;

-- One row, once the site is one of many.
CREATE TABLE site_epoch (
  only         INTEGER PRIMARY KEY CHECK (only = 1),
  epoch        TEXT NOT NULL,    -- '' where one is to begin
  acknowledged INTEGER NOT NULL  -- site_event.number: the newest that the hub has
) STRICT;
