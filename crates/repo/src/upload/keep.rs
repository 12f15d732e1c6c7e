//! Writing an answer down while it is sent for the first time, so that the next client is served from rows.

use gitflare_git::Oid;

use crate::{
    Env, Error, Repository, Result,
    files::{self, Appender, FileId, FileKind},
    limits, replies,
};

/// An answer being written. Dropped before it is complete, nothing of it stays.
pub(super) struct Keep {
    repository: Repository,
    key: String,
    appender: Option<Appender>,
    file: Option<FileId>,
    room: u64,
}

impl Keep {
    /// Begins to keep an answer of about `expected` bytes, if that is worth it.
    pub(super) fn new(repository: &Repository, key: String, expected: u64) -> Result<Option<Self>> {
        let (all, taken) =
            repository.db().read(|sql| Ok::<_, Error>((replies::room(sql)?, files::replies(sql)?)))?;
        // One answer shall not drive out all others.
        let room = all / 2;
        let keep = Self { repository: repository.clone(), key, appender: None, file: None, room };
        // What was driven out stays for a while: a client that asks for ever other answers must not fill the disk.
        Ok(Some(keep).filter(|_| expected <= room && taken <= 2 * all))
    }

    /// Writes some more; whether it is still worth it.
    pub(super) fn append(&mut self, bytes: &[u8], env: &Env) -> Result<bool> {
        if self.appender.as_ref().is_some_and(|appender| appender.len() + bytes.len() as u64 > self.room) {
            return Ok(false);
        }
        let repository = self.repository.clone();
        let deadline = env.now + limits::DEADLINE;
        repository.db().write("upload: keep", |sql| {
            let mut appender = match self.appender.take() {
                Some(appender) => appender,
                None => Appender::create(sql, FileKind::Reply, env.now, deadline)?,
            };
            self.file = Some(appender.file);
            files::extend(sql, appender.file, deadline)?;
            appender.append(sql, bytes)?;
            self.appender = Some(appender);
            Ok(true)
        })
    }

    /// Makes the answer findable, unless objects have become unreachable since it began.
    pub(super) fn finish(mut self, objects: u32, trailer: &Oid, restricted: bool, env: &Env) -> Result<()> {
        let Some(appender) = self.appender.take() else { return Ok(()) };
        let repository = self.repository.clone();
        repository.db().write("upload: keep", |sql| {
            if repository.view(sql)?.live.has_unreachable() && !restricted {
                return files::kill(sql, appender.file);
            }
            let sealed = appender.seal(sql, env.now + limits::DEADLINE)?;
            replies::keep_file(sql, &self.key, sealed, objects, trailer, env.now)
        })?;
        self.file = None;
        Ok(())
    }
}

impl Drop for Keep {
    fn drop(&mut self) {
        if let Some(file) = self.file.take() {
            // What cannot be removed now is swept after its deadline.
            let _ = self.repository.db().write("upload: give up", |sql| files::kill(sql, file));
        }
    }
}
