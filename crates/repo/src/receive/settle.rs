//! The second half of a push: everything that is decided against the live packs, in the publish turn.

use gitflare_db::Sql;
use gitflare_git::{protocol::receive::PushRequest, refname};
use gitflare_port::Head;

use super::{
    Phase, Receive, Step, Store,
    compare::Compare,
    connect::Connect,
    ingest::Ingest,
    lost,
    normal::{Layout, Sift},
    number::{self, Numbers, Progress},
    publish::{self, Push, Staged},
    report::{Talk, Title},
    rules::Update,
    staging::Staging,
};
use crate::{
    Env, Error, Repository, Result, commits, files, index, limits, packs, state,
    turn::{Place, Turn},
};

/// New branches a pull request is proposed for after one push.
const PROPOSALS: usize = 5;

impl Receive {
    pub(super) fn wait(&mut self, env: &Env) -> Result<Step> {
        let Repository(inner) = &self.repository;
        let turn = self.turn.get_or_insert_with(|| Turn::queue(&inner.shared, inner.id, env.now));
        let ours = match turn.look(env.now) {
            Place::First => true,
            Place::Waiting => false,
            // It stood still for a while: at the end of the queue again.
            Place::Lost => {
                self.turn = None;
                false
            }
        };
        self.go(match (&self.ingest, ours) {
            (_, false) => Phase::Wait,
            (Some(ingest), true) if ingest.table.len() > 0 => Phase::Special,
            _ => Phase::Publish,
        })
    }

    pub(super) fn special(&mut self) -> Result<Step> {
        let repository = self.repository.clone();
        let ingest = self.ingest.as_mut().ok_or_else(lost)?;
        if ingest.has_special() {
            repository.db().read(|sql| ingest.check_special(&repository.view(sql)?))?;
        }
        ingest.close();
        let layout = Box::new(Layout::new(ingest));
        self.go(Phase::Sift(layout))
    }

    pub(super) fn sift(&mut self, mut layout: Box<Layout>, env: &Env) -> Result<Step> {
        self.stay_alive(env)?;
        let repository = self.repository.clone();
        let ingest = self.ingest.as_mut().ok_or_else(lost)?;
        let compare = repository.db().read(|sql| {
            let view = repository.view(sql)?;
            match layout.sift(ingest, &view)? {
                Sift::More => Ok(None),
                Sift::Compare(entry, found) => {
                    Compare::new(&repository, &view, ingest, entry, found).map(|compare| Some(Some(compare)))
                }
                Sift::Done => layout.decide(ingest, &view).map(|()| Some(None)),
            }
        })?;
        let phase = match compare {
            None => Phase::Sift(layout),
            Some(Some(compare)) => Phase::Compare(layout, Box::new(compare)),
            Some(None) => match (layout.kept.is_empty(), layout.is_rewritten()) {
                (true, _) => Phase::Publish,
                (_, true) => Phase::Rewrite(layout, Staging::default()),
                (_, false) => Phase::Connect(layout, std::mem::take(&mut ingest.staging), Connect::default()),
            },
        };
        self.go(phase)
    }

    pub(super) fn compare(
        &mut self,
        mut layout: Box<Layout>,
        mut compare: Box<Compare>,
        env: &Env,
    ) -> Result<Step> {
        self.stay_alive(env)?;
        let ingest = self.ingest.as_ref().ok_or_else(lost)?;
        if compare.step(ingest, env.now)? {
            return self.go(Phase::Compare(layout, compare));
        }
        layout.leave_out(compare.entry);
        self.go(Phase::Sift(layout))
    }

    pub(super) fn rewrite(&mut self, mut layout: Box<Layout>, mut out: Staging, env: &Env) -> Result<Step> {
        let repository = &self.repository;
        let ingest = self.ingest.as_ref().ok_or_else(lost)?;
        let complete =
            repository.db().read(|sql| layout.rewrite(ingest, &repository.view(sql)?, &mut out))?;
        if complete {
            return self.go(Phase::Connect(layout, out, Connect::default()));
        }
        repository.db().write("push: rewrite", |sql| out.flush(sql, env.now))?;
        out.flushed();
        self.owns(out.file(), env);
        self.stay_alive(env)?;
        self.go(Phase::Rewrite(layout, out))
    }

    /// Follows links, some at a time.
    pub(super) fn connect(
        &mut self,
        layout: Box<Layout>,
        body: Staging,
        mut connect: Connect,
        env: &Env,
    ) -> Result<Step> {
        self.stay_alive(env)?;
        let repository = self.repository.clone();
        let ingest = self.ingest.as_ref().ok_or_else(lost)?;
        let complete = repository.db().read(|sql| connect.step(ingest, &repository.view(sql)?))?;
        let (done, all) = (connect.followed as u64, ingest.links.len() as u64);
        if !complete {
            self.talk.progress(Title::Connectivity, done, all, env.now);
            return self.go(Phase::Connect(layout, body, connect));
        }
        if let Some((oid, kind)) = connect.missing {
            return self.unconnected(&format!("error: {} {oid} is missing", kind.name()));
        }
        self.talk.complete(Title::Connectivity, all, env.now);
        self.go(Phase::Store(layout, body, connect))
    }

    /// Refuses everything but deletions, because an object names one that is nowhere.
    fn unconnected(&mut self, note: &str) -> Result<Step> {
        self.talk.note(note);
        let why = if self.request.shallow.is_empty() {
            "missing necessary objects"
        } else {
            "shallow update not allowed"
        };
        self.updates.iter_mut().filter(|update| !update.is_delete()).for_each(|update| update.refuse(why));
        self.go(Phase::Publish)
    }

    /// Numbers commits and seals the body; a small push does the rest in the same transaction.
    pub(super) fn store(
        &mut self,
        layout: Layout,
        mut body: Staging,
        connect: &Connect,
        env: &Env,
    ) -> Result<Step> {
        let repository = self.repository.clone();
        let ingest = self.ingest.as_mut().ok_or_else(lost)?;
        ingest.links.clear();
        let tips = connect.tips(&layout);
        let numbers = repository.db().read(|sql| {
            let next_cid = u32::try_from(state::get(sql)?.next_cid)
                .map_err(|_| Error::TooLarge("too many commits".into()))?;
            Numbers::assign(ingest, &layout, &repository.view(sql)?, next_cid)
        })?;
        let small = layout.kept.len() < limits::SMALL_PUSH;
        let store = repository.db().write(if small { "push: publish" } else { "push: seal" }, |sql| {
            let file = body.seal(sql, env.now)?;
            commits::drop_from(sql, i64::from(numbers.next_cid) - numbers.count() as i64)?;
            let objects = layout.kept.len() as u32;
            let pack = packs::stage(sql, file, packs::Origin::Push, objects, layout.ref_deltas(ingest))?;
            let mut store = Store { pack, file, layout, numbers, tips, progress: Progress::default() };
            if !store.layout.is_rewritten() {
                ingest.restage(body);
            }
            if small {
                let view = repository.view(sql)?;
                while !number::write(&view, pack, ingest, &store.layout, &store.numbers, &mut store.progress)?
                {
                }
                let moved = publish(
                    sql,
                    &repository,
                    &self.head,
                    &self.request,
                    Some((ingest, &store)),
                    &mut self.updates,
                    &mut self.talk,
                    env,
                )?;
                return Ok(Err(moved));
            }
            Ok::<_, Error>(Ok(store))
        })?;
        match store {
            Err(moved) => {
                self.moved = moved;
                self.published()
            }
            Ok(store) => {
                self.files.push(store.file);
                self.go(Phase::Index(Box::new(store)))
            }
        }
    }

    pub(super) fn index(&mut self, mut store: Box<Store>, env: &Env) -> Result<Step> {
        let repository = self.repository.clone();
        let ingest = self.ingest.as_ref().ok_or_else(lost)?;
        let complete = repository.db().write("push: index", |sql| {
            files::extend(sql, store.file, env.now + limits::DEADLINE)?;
            let view = repository.view(sql)?;
            number::write(&view, store.pack, ingest, &store.layout, &store.numbers, &mut store.progress)
        })?;
        let (done, all) = (store.progress.done(ingest, &store.layout) as u64, store.layout.kept.len() as u64);
        if complete {
            self.talk.complete(Title::Indexing, all, env.now);
        } else {
            self.talk.progress(Title::Indexing, done, all, env.now);
            return self.go(Phase::Index(store));
        }
        self.moved = repository.db().write("push: publish", |sql| {
            publish(
                sql,
                &repository,
                &self.head,
                &self.request,
                Some((ingest, &store)),
                &mut self.updates,
                &mut self.talk,
                env,
            )
        })?;
        self.published()
    }

    /// Moves refs that need no new object.
    pub(super) fn publish_refs(&mut self, env: &Env) -> Result<Step> {
        let repository = self.repository.clone();
        self.moved = repository.db().write("push: refs", |sql| {
            publish(sql, &repository, &self.head, &self.request, None, &mut self.updates, &mut self.talk, env)
        })?;
        self.published()
    }

    fn published(&mut self) -> Result<Step> {
        // From here on nothing depends on the turn, and losing it must not turn success into failure.
        self.turn = None;
        if self.moved {
            self.propose();
            for line in &self.head.notices {
                self.talk.note(line);
            }
        }
        self.go(Phase::Report)
    }

    /// Tells where a pull request can be opened for each new branch.
    fn propose(&mut self) {
        let Some(url) = &self.head.propose else { return };
        let head = self.repository.db().read(|sql| Ok::<_, Error>(state::get(sql)?.head)).unwrap_or_default();
        let created = self.updates.iter().filter(|update| update.refusal.is_none() && update.creates());
        for name in created.map(|update| &update.command.name).filter(|name| **name != head).take(PROPOSALS) {
            let Some(branch) = name.strip_prefix(b"refs/heads/") else { continue };
            let shown = String::from_utf8_lossy(branch);
            self.talk.note(&format!("Create a pull request for '{shown}':"));
            self.talk.note(&format!("  {}", url.replace("{branch}", &refname::encode(branch))));
        }
    }
}

/// Publishes, and drops the staged pack again when no ref moved.
#[expect(clippy::too_many_arguments, reason = "the fields of one push, borrowed apart")]
fn publish(
    sql: &dyn Sql,
    repository: &Repository,
    head: &Head,
    request: &PushRequest,
    stored: Option<(&Ingest, &Store)>,
    updates: &mut [Update],
    talk: &mut Talk,
    env: &Env,
) -> Result<bool> {
    let staged = stored.map(|(ingest, store)| Staged {
        pack: store.pack,
        file: store.file,
        ingest,
        layout: &store.layout,
        numbers: &store.numbers,
        tips: &store.tips,
    });
    let atomic = request.capabilities.atomic;
    let push = Push {
        repository,
        who: head.caller.identity.as_ref(),
        note: "push",
        options: &request.options,
        atomic,
        staged: staged.as_ref(),
    };
    let mut notes = Vec::new();
    let moved = !publish::publish(sql, &push, updates, &mut notes, env)?.is_empty();
    notes.iter().for_each(|note| talk.note(note));
    if let Some((_, store)) = stored.filter(|_| !moved) {
        discard(sql, store.file)?;
    }
    Ok(moved)
}

/// Removes an unpublished file with the pack and the index that stand on it. A published one stays.
pub(super) fn discard(sql: &dyn Sql, file: files::FileId) -> Result<()> {
    match packs::of_file(sql, file)? {
        Some(pack) if packs::forget_staged(sql, pack)? => {
            index::delete(sql, pack)?;
            // Only the holder of the turn stages packs, so what is above the counter is this push's.
            commits::drop_from(sql, state::get(sql)?.next_cid)?;
        }
        Some(_) => return Ok(()),
        None => {}
    }
    files::kill(sql, file)
}
