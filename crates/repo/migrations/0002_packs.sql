-- Packs: the body of each is a file, without its 12-byte header and its trailer.
CREATE TABLE pack (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  file INTEGER NOT NULL REFERENCES file (id),
  state TEXT NOT NULL CHECK (state IN ('staged', 'live', 'retired')),
  origin TEXT NOT NULL CHECK (origin IN ('push', 'merge', 'import')),
  objects INTEGER NOT NULL,
  ref_deltas INTEGER NOT NULL,
  has_unreachable INTEGER NOT NULL DEFAULT 0,
  live_seq INTEGER,
  retired_at INTEGER
) STRICT;

-- Entries sorted by object id, in segments of just under one page. id = pack << 20 | segment.
CREATE TABLE pidx (
  id INTEGER PRIMARY KEY,
  pack INTEGER NOT NULL,
  first_oid BLOB NOT NULL,
  n INTEGER NOT NULL,
  data BLOB NOT NULL,
  UNIQUE (pack, first_oid)
) STRICT;

-- Position in the body -> offset and rank in pidx. id as above.
CREATE TABLE poff (
  id INTEGER PRIMARY KEY,
  data BLOB NOT NULL
) STRICT;

-- The commit graph on integers: a parent's number is lower than its child's. p1, p2 are 0 where there is none;
-- further parents stand in commit_parent.
CREATE TABLE commits (
  cid INTEGER PRIMARY KEY,
  oid BLOB NOT NULL,
  tree BLOB NOT NULL,
  p1 INTEGER NOT NULL,
  p2 INTEGER NOT NULL,
  generation INTEGER NOT NULL,
  ctime INTEGER NOT NULL
) STRICT;

CREATE TABLE commit_parent (
  id INTEGER PRIMARY KEY,
  cid INTEGER NOT NULL,
  n INTEGER NOT NULL,
  parent INTEGER NOT NULL,
  UNIQUE (cid, n)
) STRICT;
