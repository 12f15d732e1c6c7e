-- What people say about themselves, stars, and the ways to bring people in and back.

ALTER TABLE account ADD COLUMN full_name TEXT NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN bio TEXT NOT NULL DEFAULT '';

-- A deleted account keeps its row, called ghost, because what it wrote stays and names it.
ALTER TABLE account ADD COLUMN deleted_at INTEGER;

-- How many stars there are, counted anew with each change.
ALTER TABLE repository ADD COLUMN stars INTEGER NOT NULL DEFAULT 0;

CREATE TABLE star (
  account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  repository_id INTEGER NOT NULL REFERENCES repository (id) ON DELETE CASCADE,
  since INTEGER NOT NULL,
  PRIMARY KEY (account_id, repository_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX star_repository ON star (repository_id);

-- Accounts that were asked to take a role on a repository, or to become its owner, and have not answered.
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

-- Links that make an account. Of the random value in the link only the SHA-256 is here.
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

-- Links that set a password, one at most for each account.
CREATE TABLE password_reset (
  account_id INTEGER PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
  hash TEXT NOT NULL UNIQUE,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
