//! receive-pack: a push from its first command to its report, a slice of work at a time.
//!
//! Steps follow each other as phases: commands, pack, resolving, then, in the repository's publish turn, everything that
//! is decided against the live packs (normal form, connectivity, numbers, index) and the one transaction that makes the
//! push visible. Whatever fails before it leaves nothing but rows nobody can see, which are removed.

mod connect;
mod ingest;
mod links;
mod names;
mod normal;
mod number;
mod publish;
mod report;
mod resolve;
mod rules;
mod staging;
mod table;

use gitflare_git::{
    Oid,
    protocol::receive::{PushReader, PushRequest, ReadState},
    refname,
};
use gitflare_port::Head;

use self::{
    ingest::{Ingest, Reader},
    normal::Layout,
    number::{Numbers, Progress},
    publish::{Push, Staged},
    report::Talk,
    rules::Update,
    staging::Staging,
};
use crate::{
    Env, Error, Pull, Repository, Result, advertisement,
    body::Input,
    commits, files, index, limits, packs, state,
    turn::{Place, Turn},
};

/// New branches a pull request is proposed for after one push.
const PROPOSALS: usize = 5;

/// A push in progress.
pub(crate) struct Receive {
    repository: Repository,
    head: Head,
    input: Input,
    talk: Talk,
    phase: Phase,
    request: PushRequest,
    updates: Vec<Update>,
    ingest: Option<Box<Ingest>>,
    /// Held from the moment live packs are looked at until the push is published or given up.
    turn: Option<Turn>,
    /// Files that die unless the push is published.
    files: Vec<files::FileId>,
    unpack: Result<(), String>,
    moved: bool,
}

enum Phase {
    Advertise,
    Commands(Box<PushReader>),
    Pack(Box<Reader>),
    Resolve,
    Wait,
    Normalise,
    Rewrite(Box<Layout>, Staging),
    Store(Box<Layout>, Staging),
    Index(Box<Store>),
    Publish,
    Drain,
    Report,
    Done,
}

/// A pack on its way into the index.
struct Store {
    pack: i64,
    file: files::FileId,
    layout: Layout,
    numbers: Numbers,
    tips: Vec<Oid>,
    progress: Progress,
}

/// What a step leaves to do.
enum Step {
    Again,
    NeedInput,
    Done,
}

impl Receive {
    pub(crate) fn new(repository: Repository, head: Head, _env: &Env) -> Self {
        let reader = PushReader::new(repository.format());
        let phase = if head.advertise || !head.stateless {
            Phase::Advertise
        } else {
            Phase::Commands(Box::new(reader))
        };
        Self {
            input: Input::new(head.gzip, limits::PACK + (4 << 20)),
            talk: Talk::default(),
            phase,
            request: PushRequest::default(),
            updates: Vec::new(),
            ingest: None,
            turn: None,
            files: Vec::new(),
            unpack: Ok(()),
            moved: false,
            repository,
            head,
        }
    }

    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        self.input.feed(bytes);
    }

    pub(crate) fn eof(&mut self) {
        self.input.eof();
    }

    pub(crate) const fn moved(&self) -> bool {
        self.moved
    }

    pub(crate) fn is_waiting(&self) -> bool {
        matches!(self.phase, Phase::Wait) && self.turn.is_some()
    }

    pub(crate) fn pull(&mut self, env: &Env) -> Pull {
        let step = match self.step(env) {
            Ok(step) => step,
            Err(error) => self.fail(&error, env),
        };
        if self.may_speak() || matches!(step, Step::Done) {
            self.talk.keep_alive(env.now);
            if let Some(bytes) = self.talk.take(env.now) {
                return Pull::Bytes(bytes);
            }
        }
        match step {
            Step::Again => Pull::Busy,
            Step::NeedInput => Pull::NeedInput,
            Step::Done => Pull::Done,
        }
    }

    /// Over HTTP nothing is said before the request has ended: a proxy that sees an answer begin stops passing the body
    /// on (nginx does), and the push would hang.
    fn may_speak(&self) -> bool {
        self.head.advertise || !self.head.stateless || self.input.is_over()
    }

    fn step(&mut self, env: &Env) -> Result<Step> {
        // What was decided in a turn that another push has had since holds no longer.
        if !matches!(self.phase, Phase::Wait)
            && self.turn.as_ref().is_some_and(|turn| turn.look(env.now) != Place::First)
        {
            return Err(Error::Conflict("the push stood still for too long; please try again".into()));
        }
        match std::mem::replace(&mut self.phase, Phase::Done) {
            Phase::Advertise => self.advertise(),
            Phase::Commands(reader) => self.commands(reader),
            Phase::Pack(reader) => self.pack(reader, env),
            Phase::Resolve => self.resolve(env),
            Phase::Wait => self.wait(env),
            Phase::Normalise => self.normalise(),
            Phase::Rewrite(layout, out) => self.rewrite(layout, out, env),
            Phase::Store(layout, body) => self.store(*layout, body, env),
            Phase::Index(store) => self.index(store, env),
            Phase::Publish => self.publish_refs(env),
            Phase::Drain => Ok(self.drain()),
            Phase::Report => Ok(self.report()),
            Phase::Done => Ok(Step::Done),
        }
    }

    fn go(&mut self, phase: Phase) -> Result<Step> {
        self.phase = phase;
        Ok(Step::Again)
    }

    fn advertise(&mut self) -> Result<Step> {
        let bytes = advertisement::receive(&self.repository, &self.head)?;
        self.talk.raw(&bytes);
        let reader = Box::new(PushReader::new(self.repository.format()));
        self.go(if self.head.advertise { Phase::Done } else { Phase::Commands(reader) })
    }

    fn commands(&mut self, mut reader: Box<PushReader>) -> Result<Step> {
        let bytes = self.input.take(64 * 1024)?;
        let request = if bytes.is_empty() {
            if !self.input.is_over() {
                self.phase = Phase::Commands(reader);
                return Ok(Step::NeedInput);
            }
            reader.eof()?
        } else {
            match reader.feed(&bytes)? {
                ReadState::NeedMore => return self.go(Phase::Commands(reader)),
                ReadState::Complete { consumed, request } => {
                    self.input.put_back(&bytes[consumed..]);
                    request
                }
            }
        };
        self.talk.begin(&request.capabilities);
        if request.commands.is_empty() {
            return self.go(Phase::Done);
        }
        let head = self.repository.db().read(|sql| Ok::<_, Error>(state::get(sql)?.head))?;
        self.updates = rules::judge(request.commands.clone(), &self.head.caller, &head);
        let has_pack = request.has_pack();
        self.request = request;
        if self.request.options.iter().map(Vec::len).sum::<usize>() > limits::OPTIONS {
            return Err(Error::TooLarge(format!("push options exceed {} bytes", limits::OPTIONS)));
        }
        self.go(if has_pack {
            Phase::Pack(Box::new(Reader::new(self.repository.format())))
        } else {
            Phase::Wait
        })
    }

    fn pack(&mut self, mut reader: Box<Reader>, env: &Env) -> Result<Step> {
        if let Some(limit) = self.head.limit.as_ref().filter(|limit| self.input.received() > limit.bytes) {
            return Err(Error::TooLarge(limit.text.clone()));
        }
        let bytes = self.input.take(limits::APPEND)?;
        let complete = reader.is_complete() && (!self.head.stateless || self.input.is_over());
        if bytes.is_empty() && !complete && !self.input.is_over() {
            self.phase = Phase::Pack(reader);
            return Ok(Step::NeedInput);
        }
        let repository = self.repository.clone();
        let ingest = self.ingest.get_or_insert_with(|| Box::new(Ingest::new(&repository, env.seed)));
        if bytes.is_empty() {
            reader.finish()?;
            return self.go(Phase::Resolve);
        }
        repository.db().read(|sql| reader.feed(ingest, &repository.view(sql)?, &bytes))?;
        if ingest.staging.is_full() {
            repository.db().write("push: append", |sql| ingest.staging.flush(sql, env.now))?;
            ingest.staging.flushed();
            self.files = ingest.staging.file().into_iter().collect();
        }
        self.go(Phase::Pack(reader))
    }

    fn resolve(&mut self, _env: &Env) -> Result<Step> {
        let repository = self.repository.clone();
        let Some(ingest) = self.ingest.as_mut() else { return self.go(Phase::Wait) };
        if ingest.waiting() == 0 {
            for note in ingest.notes.drain(..) {
                self.talk.note(&note);
            }
            return self.go(Phase::Wait);
        }
        let progress = repository.db().read(|sql| ingest.resolve_some(&repository.view(sql)?, 32 << 20))?;
        if !progress {
            return Err(ingest.unresolved());
        }
        self.talk.progress("Resolving deltas", ingest.waiting());
        self.go(Phase::Resolve)
    }

    fn wait(&mut self, env: &Env) -> Result<Step> {
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
            (Some(ingest), true) if ingest.table.len() > 0 => Phase::Normalise,
            _ => Phase::Publish,
        })
    }

    fn normalise(&mut self) -> Result<Step> {
        let repository = self.repository.clone();
        let ingest = self.ingest.as_mut().ok_or_else(lost)?;
        let layout = repository.db().read(|sql| {
            let view = repository.view(sql)?;
            ingest.check_special(&view)?;
            Layout::plan(ingest, &view)
        })?;
        let phase = match (layout.kept.is_empty(), layout.is_rewritten()) {
            (true, _) => Phase::Publish,
            (_, true) => Phase::Rewrite(Box::new(layout), Staging::default()),
            (_, false) => Phase::Store(Box::new(layout), std::mem::take(&mut ingest.staging)),
        };
        self.go(phase)
    }

    fn rewrite(&mut self, mut layout: Box<Layout>, mut out: Staging, env: &Env) -> Result<Step> {
        let repository = &self.repository;
        let ingest = self.ingest.as_ref().ok_or_else(lost)?;
        let complete =
            repository.db().read(|sql| layout.rewrite(ingest, &repository.view(sql)?, &mut out))?;
        if complete {
            return self.go(Phase::Store(layout, out));
        }
        repository.db().write("push: rewrite", |sql| out.flush(sql, env.now))?;
        out.flushed();
        self.files.extend(out.file().filter(|file| !self.files.contains(file)));
        self.go(Phase::Rewrite(layout, out))
    }

    /// Follows links, numbers commits, and seals the body; a small push does the rest in the same transaction.
    fn store(&mut self, layout: Layout, mut body: Staging, env: &Env) -> Result<Step> {
        let repository = self.repository.clone();
        let ingest = self.ingest.as_mut().ok_or_else(lost)?;
        let checked = repository.db().read(|sql| {
            let view = repository.view(sql)?;
            let connected = connect::check(ingest, &layout, &view)?;
            if let Some((oid, kind)) = connected.missing {
                return Ok(Err(format!("error: {} {oid} is missing", kind.name())));
            }
            let next_cid = u32::try_from(state::get(sql)?.next_cid)
                .map_err(|_| Error::TooLarge("too many commits".into()))?;
            Ok::<_, Error>(Ok((connected.tips, Numbers::assign(ingest, &layout, &view, next_cid)?)))
        })?;
        let (tips, numbers) = match checked {
            Ok(found) => found,
            Err(note) => {
                self.talk.note(&note);
                let why = if self.request.shallow.is_empty() {
                    "missing necessary objects"
                } else {
                    "shallow update not allowed"
                };
                self.updates
                    .iter_mut()
                    .filter(|update| !update.is_delete())
                    .for_each(|update| update.refuse(why));
                return self.go(Phase::Publish);
            }
        };
        ingest.close();
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
                while !number::write(sql, pack, ingest, &store.layout, &store.numbers, &mut store.progress)? {
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

    fn index(&mut self, mut store: Box<Store>, env: &Env) -> Result<Step> {
        let repository = self.repository.clone();
        let ingest = self.ingest.as_ref().ok_or_else(lost)?;
        let complete = repository.db().write("push: index", |sql| {
            files::extend(sql, store.file, env.now + limits::DEADLINE)?;
            number::write(sql, store.pack, ingest, &store.layout, &store.numbers, &mut store.progress)
        })?;
        if !complete {
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
    fn publish_refs(&mut self, env: &Env) -> Result<Step> {
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

    fn drain(&mut self) -> Step {
        self.input.discard();
        // A client that waits for the report with its end still open sends nothing more.
        let silent = !self.head.stateless && !self.request.has_pack();
        if silent || self.input.is_over() || self.input.received() > 2 * limits::PACK {
            self.phase = Phase::Report;
            return Step::Again;
        }
        self.phase = Phase::Drain;
        Step::NeedInput
    }

    fn report(&mut self) -> Step {
        match &self.unpack {
            Err(text) if self.updates.is_empty() => self.talk.fatal(text),
            unpack => self.talk.report(unpack, &self.updates),
        }
        self.give_up();
        Step::Again
    }

    /// Turns an error into a refusal of the whole push: the rest of the body is read, then the client is told.
    fn fail(&mut self, error: &Error, _env: &Env) -> Step {
        self.give_up();
        let text = error.public();
        let mut lines = text.lines();
        let reason = lines.next().unwrap_or_default().to_owned();
        if !self.updates.is_empty() && !matches!(error, Error::Refused(_)) {
            self.talk.note(&format!("error: {reason}"));
        }
        lines.for_each(|line| self.talk.note(line));
        self.unpack = Err(reason);
        if self.updates.is_empty() {
            // Over HTTP the rest is read first, or the client reports a broken pipe instead of the reason.
            self.phase = if self.head.stateless { Phase::Drain } else { Phase::Report };
            return Step::Again;
        }
        self.updates.iter_mut().for_each(|update| update.refuse("unpacker error"));
        self.phase = Phase::Drain;
        Step::Again
    }

    /// Passes the turn on and removes what the push left, unless it was published.
    fn give_up(&mut self) {
        self.ingest = None;
        let files = std::mem::take(&mut self.files);
        if !files.is_empty() {
            // What cannot be removed now is swept after its deadline.
            let _ = self.repository.db().write("push: give up", |sql| {
                for file in files {
                    discard(sql, file)?;
                }
                Ok::<_, Error>(())
            });
        }
        self.turn = None;
    }
}

impl Drop for Receive {
    fn drop(&mut self) {
        self.give_up();
    }
}

/// Publishes, and drops the staged pack again when no ref moved.
#[expect(clippy::too_many_arguments, reason = "the fields of one push, borrowed apart")]
fn publish(
    sql: &dyn gitflare_db::Sql,
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
    let push = Push { repository, head, options: &request.options, atomic, staged: staged.as_ref() };
    let mut notes = Vec::new();
    let moved = publish::publish(sql, &push, updates, &mut notes, env)?;
    notes.iter().for_each(|note| talk.note(note));
    if let Some((_, store)) = stored.filter(|_| !moved) {
        discard(sql, store.file)?;
    }
    Ok(moved)
}

/// Removes an unpublished file with the pack and the index that stand on it. A published one stays.
fn discard(sql: &dyn gitflare_db::Sql, file: files::FileId) -> Result<()> {
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

fn lost() -> Error {
    Error::Damage("a push lost its pack".into())
}
