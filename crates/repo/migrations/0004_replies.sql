-- Answers to requests without haves: a function of object ids, kept for the next who asks the same.
CREATE TABLE reply (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  plan TEXT NOT NULL,
  file INTEGER,
  objects INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  trailer BLOB NOT NULL,
  used_at INTEGER NOT NULL,
  hits INTEGER NOT NULL
) STRICT;

-- Background work that is due, with what it needs to go on.
CREATE TABLE task (
  name TEXT PRIMARY KEY,
  due INTEGER NOT NULL,
  state TEXT NOT NULL
) STRICT;

-- What the site has to hear, written with the change it tells of.
CREATE TABLE outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  body TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;
