//! receive-pack: a push from its first command to its report, a slice of work at a time.
//!
//! Steps follow each other as phases: commands, pack, resolving, then, in the repository's publish turn, everything that
//! is decided against the live packs (normal form, connectivity, numbers, index) and the one transaction that makes the
//! push visible. Whatever fails before it leaves nothing but rows nobody can see, which are removed.

mod arrivals;
mod check;
mod compare;
mod connect;
mod heavy;
mod ingest;
mod links;
mod moves;
mod names;
mod normal;
mod number;
mod publish;
mod reader;
mod records;
mod report;
mod resolve;
mod rules;
mod settle;
mod staging;
mod table;

pub(crate) use self::moves::move_refs;

use gitflare_git::protocol::receive::{PushReader, PushRequest, ReadState};
use gitflare_port::Head;

use self::{
    compare::Compare,
    connect::Connect,
    ingest::Ingest,
    normal::Layout,
    number::{Numbers, Progress},
    reader::Reader,
    report::{Talk, Title},
    rules::Update,
    staging::Staging,
};
use crate::{
    Env, Error, Pull, Repository, Result, advertisement,
    body::Input,
    files, limits,
    room::{Claim, PUSHED},
    state,
    turn::{Place, Turn},
    workshop::Place as Bench,
};

/// Seconds between two signs of life of the files of a push that is being worked on.
const ALIVE: i64 = 60;

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
    /// Held while a delta that memory has no room for is carried out.
    bench: Option<Bench>,
    /// Memory for the table of its objects.
    claim: Option<Claim>,
    /// Since when it waits for that.
    waits_since: Option<i64>,
    /// Files that die unless the push is published.
    files: Vec<files::FileId>,
    /// When their deadline was last moved.
    alive: i64,
    unpack: Result<(), String>,
    moved: bool,
}

enum Phase {
    Advertise,
    Commands(Box<PushReader>),
    Pack(Box<Reader>),
    Resolve,
    Wait,
    /// The special files that trees name.
    Special,
    /// Looking for what the repository has already.
    Sift(Box<Layout>),
    Compare(Box<Layout>, Box<Compare>),
    Rewrite(Box<Layout>, Staging),
    /// Following links.
    Connect(Box<Layout>, Staging, Connect),
    Store(Box<Layout>, Staging, Connect),
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
    /// Entries nothing in the push links to.
    tips: Vec<u32>,
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
            bench: None,
            claim: None,
            waits_since: None,
            files: Vec::new(),
            alive: 0,
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
        matches!(self.phase, Phase::Wait) && self.turn.is_some() || self.waits_since.is_some()
    }

    pub(crate) fn pull(&mut self, env: &Env) -> Pull {
        if let Some(claim) = &self.claim {
            claim.renew(env.now);
        }
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
            Phase::Special => self.special(),
            Phase::Sift(layout) => self.sift(layout, env),
            Phase::Compare(layout, compare) => self.compare(layout, compare, env),
            Phase::Rewrite(layout, out) => self.rewrite(layout, out, env),
            Phase::Connect(layout, body, connect) => self.connect(layout, body, connect, env),
            Phase::Store(layout, body, connect) => self.store(*layout, body, &connect, env),
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
        // Before the client begins to send what cannot be taken.
        let state = self.repository.db().read(state::get)?;
        if let Some(notice) = state.frozen {
            self.talk.raw(&advertisement::refused(&self.head, &notice));
            return self.go(Phase::Done);
        }
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
        let state = self.repository.db().read(state::get)?;
        self.updates = rules::judge(request.commands.clone(), &self.head.caller, &state.head);
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
        if reader.of_header() == 0 && self.claim.is_none() && !self.has_room(reader.objects(), env)? {
            return self.go(Phase::Pack(reader));
        }
        let Some(bytes) = self.take(&reader, env)? else { return self.go(Phase::Pack(reader)) };
        let complete = reader.is_complete() && (!self.head.stateless || self.input.is_over());
        if bytes.is_empty() && !complete && !self.input.is_over() {
            self.phase = Phase::Pack(reader);
            return Ok(Step::NeedInput);
        }
        let repository = self.repository.clone();
        let ingest = self.ingest.get_or_insert_with(|| Box::new(Ingest::new(&repository, env.seed)));
        let all = u64::from(reader.objects());
        if bytes.is_empty() {
            reader.finish()?;
            self.talk.complete(Title::Receiving, all, env.now);
            return self.go(Phase::Resolve);
        }
        repository.db().read(|sql| reader.feed(ingest, &repository.view(sql)?, &bytes))?;
        // Over HTTP nobody would hear it before it is over.
        if !self.head.stateless {
            self.talk.progress(Title::Receiving, u64::from(ingest.table.len()), all, env.now);
        }
        if ingest.staging.is_full() {
            repository.db().write("push: append", |sql| ingest.staging.flush(sql, env.now))?;
            ingest.staging.flushed();
            let file = ingest.staging.file();
            self.owns(file, env);
        }
        self.go(Phase::Pack(reader))
    }

    /// The next piece of a pack; `None` while there is no memory for what its header announces. A header that comes in
    /// pieces comes by itself.
    fn take(&mut self, reader: &Reader, env: &Env) -> Result<Option<Vec<u8>>> {
        let mut bytes = self.input.take(limits::APPEND)?;
        if let Some(objects) = reader.announced(&bytes) {
            if !self.has_room(objects, env)? {
                self.input.put_back(&bytes);
                return Ok(None);
            }
        } else if reader.of_header() > 0 && bytes.len() > reader.of_header() {
            self.input.put_back(&bytes[reader.of_header()..]);
            bytes.truncate(reader.of_header());
        }
        Ok(Some(bytes))
    }

    /// Takes memory for the table of a pack's objects. While there is none nothing more is read.
    fn has_room(&mut self, objects: u32, env: &Env) -> Result<bool> {
        let shared = &self.repository.0.shared;
        if objects > shared.budget().entries {
            // The reader says so.
            return Ok(true);
        }
        self.claim = Claim::take(shared, u64::from(objects) * PUSHED, env.now);
        if self.claim.is_none() {
            let since = *self.waits_since.get_or_insert(env.now);
            if env.now - since > limits::ROOM_WAIT {
                self.waits_since = None;
                return Err(Error::Conflict(
                    "the server is busy with other large pushes; please try again in a minute".into(),
                ));
            }
            return Ok(false);
        }
        self.waits_since = None;
        let repository = &self.repository;
        let ingest = self.ingest.get_or_insert_with(|| Box::new(Ingest::new(repository, env.seed)));
        ingest.table.reserve(objects);
        Ok(true)
    }

    fn resolve(&mut self, env: &Env) -> Result<Step> {
        let repository = self.repository.clone();
        self.stay_alive(env)?;
        let Some(ingest) = self.ingest.as_mut() else { return self.go(Phase::Wait) };
        if ingest.waiting() == 0 {
            let (deltas, foreign) = (ingest.deltas(), ingest.foreign_bases());
            let how = match foreign {
                0 => "done".into(),
                1 => "completed with 1 local object".into(),
                more => format!("completed with {more} local objects"),
            };
            if deltas > 0 {
                self.talk.complete_with(Title::Resolving, deltas, &how, env.now);
            }
            for note in ingest.notes.drain(..) {
                self.talk.note(&note);
            }
            self.bench = None;
            return self.go(Phase::Wait);
        }
        let mut progress =
            repository.db().read(|sql| ingest.resolve_some(&repository.view(sql)?, 32 << 20))?;
        if !progress {
            let bench = self.bench.get_or_insert_with(|| Bench::new(&repository.0.shared));
            if !bench.is_ours(env.now) {
                return self.go(Phase::Resolve);
            }
            progress = ingest.resolve_heavy(&repository, env.now)?;
            let whole = &mut ingest.heavy.whole.staging;
            if whole.is_full() {
                repository.db().write("push: store whole", |sql| whole.flush(sql, env.now))?;
                whole.flushed();
            }
            if !ingest.heavy.is_busy() {
                bench.leave();
            }
            let file = ingest.heavy.whole.staging.file();
            self.owns(file, env);
        }
        let Some(ingest) = self.ingest.as_ref() else { return self.go(Phase::Wait) };
        if !progress {
            return Err(ingest.unresolved());
        }
        let all = ingest.deltas();
        self.talk.progress(Title::Resolving, all - ingest.waiting() as u64, all, env.now);
        self.go(Phase::Resolve)
    }

    /// Notes a file that dies unless the push is published.
    fn owns(&mut self, file: Option<files::FileId>, env: &Env) {
        if let Some(file) = file.filter(|file| !self.files.contains(file)) {
            self.files.push(file);
            self.alive = env.now;
        }
    }

    /// Moves the deadline of what was written so far: working on it may take longer than receiving it did.
    fn stay_alive(&mut self, env: &Env) -> Result<()> {
        if self.files.is_empty() || env.now - self.alive < ALIVE {
            return Ok(());
        }
        self.alive = env.now;
        let files = &self.files;
        self.repository.db().write("push: go on", |sql| {
            files.iter().try_for_each(|file| files::extend(sql, *file, env.now + limits::DEADLINE))
        })
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
        // What is spooled goes first: its rows are removed at once.
        self.ingest = None;
        self.bench = None;
        let files = std::mem::take(&mut self.files);
        if !files.is_empty() {
            // What cannot be removed now is swept after its deadline.
            let _ = self.repository.db().write("push: give up", |sql| {
                for file in files {
                    settle::discard(sql, file)?;
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

fn lost() -> Error {
    Error::Damage("a push lost its pack".into())
}
