-- Which commit last changed each entry of each folder, as of every commit. A row says it for one folder, in the order of
-- the entries of its tree, mostly as a difference to an older row. id = number of the folder's path << 27 | commit.
CREATE TABLE entry_path (
  id INTEGER PRIMARY KEY,
  path BLOB NOT NULL UNIQUE
) STRICT;

CREATE TABLE entry_commit (
  id INTEGER PRIMARY KEY,
  data BLOB NOT NULL
) STRICT;

-- Commits below this number have their rows.
CREATE TABLE entry_next (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  cid INTEGER NOT NULL
) STRICT;

INSERT INTO entry_next (id, cid) VALUES (1, 1);
