-- Accounts, what proves that somebody is one, and the site's own settings.

-- Users; organisations are to be rows of the same table, because they share names and own repositories alike.
CREATE TABLE account (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL CHECK (kind IN ('user', 'org')),
  name TEXT NOT NULL,
  email TEXT,
  password TEXT,
  administrator INTEGER NOT NULL DEFAULT 0 CHECK (administrator IN (0, 1)),
  state TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'suspended')),
  created_at INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX account_email ON account (lower(email)) WHERE email IS NOT NULL;

-- Names in their folded form, those an account had before included.
CREATE TABLE account_name (
  folded TEXT PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  current INTEGER NOT NULL CHECK (current IN (0, 1)),
  since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX account_name_current ON account_name (account_id) WHERE current = 1;

-- Signed-in browsers. Of the random value in the cookie only the SHA-256 is here.
CREATE TABLE login_session (
  hash TEXT PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  used_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  address TEXT,
  agent TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;

CREATE INDEX login_session_account ON login_session (account_id);
CREATE INDEX login_session_expiry ON login_session (expires_at);

-- Personal access tokens. `permissions` is '*' (all areas), '-site' (all but that one), or a list AREA:LEVEL,…
CREATE TABLE token (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  hash TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  permissions TEXT NOT NULL,
  every_repository INTEGER NOT NULL CHECK (every_repository IN (0, 1)),
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  used_at INTEGER,
  used_from TEXT
) STRICT;

CREATE INDEX token_account ON token (account_id);

CREATE TABLE setting (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Failed attempts at something secret, by account or address.
CREATE TABLE attempt (
  subject TEXT PRIMARY KEY,
  failures INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX attempt_age ON attempt (last_at);

-- What happened, for good. No foreign keys: an entry outlives what it speaks of.
CREATE TABLE audit (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  actor_id INTEGER,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  detail TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE INDEX audit_actor ON audit (actor_id, at);
