-- A site on its way from one host to another.

-- As the source: until when nothing may change. As the target: an import fills it, then settles what it brought, and at
-- last has moved, which it can be asked for a while.
-- The triggers that keep everything as it is are made with this row.
CREATE TABLE moving (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  role TEXT NOT NULL CHECK (role IN ('source', 'target', 'settling', 'moved')),
  -- Tells one move from the next. Of one that is over, what its token hashes to.
  lease TEXT NOT NULL,
  until INTEGER NOT NULL,
  notice TEXT NOT NULL
) STRICT;

-- Rows an import has brought, until all of them are there: JSON, an array of rows, which are arrays of values.
CREATE TABLE incoming (
  id INTEGER PRIMARY KEY,
  slice INTEGER NOT NULL,
  name TEXT NOT NULL,
  width INTEGER NOT NULL,
  count INTEGER NOT NULL,
  rows TEXT NOT NULL
) STRICT;

CREATE INDEX incoming_name ON incoming (name, id);
CREATE INDEX incoming_slice ON incoming (slice);

-- Repositories an import has brought, until the site knows them and has heard what they have to tell.
CREATE TABLE incoming_repository (
  id INTEGER PRIMARY KEY,
  filled INTEGER NOT NULL CHECK (filled IN (0, 1)),
  last_event INTEGER NOT NULL
) STRICT;
