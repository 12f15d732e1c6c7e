-- The virtual file system: write-once files in rows of one side-band packet each.
CREATE TABLE file (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL CHECK (kind IN ('pack', 'reply', 'attachment', 'lfs')),
  state TEXT NOT NULL CHECK (state IN ('receiving', 'sealed', 'dead')),
  size INTEGER NOT NULL DEFAULT 0,
  media_type TEXT,
  deadline INTEGER,
  created_at INTEGER NOT NULL
) STRICT;

-- id = file << 20 | n: a file is one contiguous range of rowids, read without a second index.
CREATE TABLE chunk (
  id INTEGER PRIMARY KEY,
  data BLOB NOT NULL
) STRICT;
