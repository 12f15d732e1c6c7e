CREATE TABLE account (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL CHECK (kind IN ('user', 'org')),
  name TEXT NOT NULL,
  email TEXT,
  password TEXT,
  administrator INTEGER NOT NULL DEFAULT 0 CHECK (administrator IN (0, 1)),
  state TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'suspended')),
  created_at INTEGER NOT NULL
, full_name TEXT NOT NULL DEFAULT '', bio TEXT NOT NULL DEFAULT '', deleted_at INTEGER) STRICT;

CREATE UNIQUE INDEX account_email ON account (lower(email)) WHERE email IS NOT NULL;

CREATE TABLE account_name (
  folded TEXT PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  current INTEGER NOT NULL CHECK (current IN (0, 1)),
  since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX account_name_current ON account_name (account_id) WHERE current = 1;

CREATE TABLE applied_event (
  repository_id INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (repository_id, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE attempt (
  subject TEXT PRIMARY KEY,
  failures INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX attempt_age ON attempt (last_at);

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

CREATE TABLE collaborator (
  repository_id INTEGER NOT NULL REFERENCES repository (id) ON DELETE CASCADE,
  account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  role TEXT NOT NULL CHECK (role IN ('read', 'triage', 'write', 'maintain', 'admin')),
  since INTEGER NOT NULL,
  PRIMARY KEY (repository_id, account_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX collaborator_account ON collaborator (account_id);

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

CREATE TABLE incoming_repository (
  id INTEGER PRIMARY KEY,
  filled INTEGER NOT NULL CHECK (filled IN (0, 1)),
  last_event INTEGER NOT NULL
) STRICT;

CREATE TABLE invitation (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  hash TEXT NOT NULL UNIQUE,
  note TEXT NOT NULL,
  made_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  uses INTEGER NOT NULL,
  used INTEGER NOT NULL,
  repository_id INTEGER REFERENCES repository (id) ON DELETE SET NULL,
  role TEXT CHECK (role IN ('read', 'triage', 'write', 'maintain', 'admin'))
) STRICT;

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

CREATE TABLE migration (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

CREATE TABLE moving (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  role TEXT NOT NULL CHECK (role IN ('source', 'target', 'settling', 'moved')),
  -- Tells one move from the next. Of one that is over, what its token hashes to.
  lease TEXT NOT NULL,
  until INTEGER NOT NULL,
  notice TEXT NOT NULL
) STRICT;

CREATE TABLE password_reset (
  account_id INTEGER PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
  hash TEXT NOT NULL UNIQUE,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE repository (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  owner_id INTEGER NOT NULL REFERENCES account (id),
  name TEXT NOT NULL,
  visibility TEXT NOT NULL CHECK (visibility IN ('public', 'private')),
  state TEXT NOT NULL CHECK (state IN ('creating', 'active', 'deleting')),
  archived INTEGER NOT NULL DEFAULT 0 CHECK (archived IN (0, 1)),
  description TEXT NOT NULL DEFAULT '',
  default_branch TEXT NOT NULL DEFAULT 'main',
  size INTEGER NOT NULL DEFAULT 0,
  pushed_at INTEGER,
  created_at INTEGER NOT NULL
, stars INTEGER NOT NULL DEFAULT 0, website TEXT NOT NULL DEFAULT '', topics TEXT NOT NULL DEFAULT '') STRICT;

CREATE INDEX repository_owner ON repository (owner_id);

CREATE INDEX repository_pending ON repository (state) WHERE state <> 'active';

CREATE TABLE repository_invitation (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  repository_id INTEGER NOT NULL REFERENCES repository (id) ON DELETE CASCADE,
  account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  role TEXT NOT NULL CHECK (role IN ('read', 'triage', 'write', 'maintain', 'admin', 'owner')),
  invited_by INTEGER REFERENCES account (id) ON DELETE SET NULL,
  since INTEGER NOT NULL,
  UNIQUE (repository_id, account_id)
) STRICT;

CREATE INDEX repository_invitation_account ON repository_invitation (account_id);

CREATE TABLE repository_name (
  owner_id INTEGER NOT NULL REFERENCES account (id),
  folded TEXT NOT NULL,
  repository_id INTEGER NOT NULL REFERENCES repository (id) ON DELETE CASCADE,
  current INTEGER NOT NULL CHECK (current IN (0, 1)),
  since INTEGER NOT NULL,
  PRIMARY KEY (owner_id, folded)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX repository_name_current ON repository_name (repository_id) WHERE current = 1;

CREATE INDEX repository_name_repository ON repository_name (repository_id);

CREATE TABLE setting (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE star (
  account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  repository_id INTEGER NOT NULL REFERENCES repository (id) ON DELETE CASCADE,
  since INTEGER NOT NULL,
  PRIMARY KEY (account_id, repository_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX star_repository ON star (repository_id);

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

CREATE TABLE token_repository (
  token_id INTEGER NOT NULL REFERENCES token (id) ON DELETE CASCADE,
  repository_id INTEGER NOT NULL REFERENCES repository (id) ON DELETE CASCADE,
  PRIMARY KEY (token_id, repository_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX token_repository_repository ON token_repository (repository_id);
