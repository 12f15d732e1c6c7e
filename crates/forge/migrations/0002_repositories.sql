-- Repositories as the site knows them; their git data is elsewhere, found by the id.

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
) STRICT;

CREATE INDEX repository_owner ON repository (owner_id);
CREATE INDEX repository_pending ON repository (state) WHERE state <> 'active';

-- Names in their folded form, those a repository had before included.
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

CREATE TABLE collaborator (
  repository_id INTEGER NOT NULL REFERENCES repository (id) ON DELETE CASCADE,
  account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  role TEXT NOT NULL CHECK (role IN ('read', 'triage', 'write', 'maintain', 'admin')),
  since INTEGER NOT NULL,
  PRIMARY KEY (repository_id, account_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX collaborator_account ON collaborator (account_id);

-- The repositories a token is for, when it is not for all.
CREATE TABLE token_repository (
  token_id INTEGER NOT NULL REFERENCES token (id) ON DELETE CASCADE,
  repository_id INTEGER NOT NULL REFERENCES repository (id) ON DELETE CASCADE,
  PRIMARY KEY (token_id, repository_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX token_repository_repository ON token_repository (repository_id);

-- Events of repositories that were applied: a repeated delivery changes nothing.
CREATE TABLE applied_event (
  repository_id INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (repository_id, seq)
) STRICT, WITHOUT ROWID;
