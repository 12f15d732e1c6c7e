-- One row of counters and facts about the whole repository.
CREATE TABLE state (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  object_format TEXT NOT NULL,
  head BLOB NOT NULL,
  next_cid INTEGER NOT NULL,
  next_seq INTEGER NOT NULL,
  refs_gen INTEGER NOT NULL,
  pack_gen INTEGER NOT NULL
) STRICT;

INSERT INTO state (id, object_format, head, next_cid, next_seq, refs_gen, pack_gen)
VALUES (1, 'sha1', CAST('refs/heads/main' AS BLOB), 1, 1, 0, 0);

CREATE TABLE ref (
  name BLOB PRIMARY KEY,
  oid BLOB NOT NULL,
  peeled BLOB
) STRICT, WITHOUT ROWID;

CREATE TABLE reflog (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name BLOB NOT NULL,
  old BLOB NOT NULL,
  new BLOB NOT NULL,
  actor INTEGER NOT NULL,
  actor_name TEXT NOT NULL,
  ip TEXT,
  at INTEGER NOT NULL,
  push INTEGER NOT NULL,
  note TEXT NOT NULL
) STRICT;

CREATE INDEX reflog_name ON reflog (name, id);
