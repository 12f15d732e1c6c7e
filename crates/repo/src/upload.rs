//! upload-pack: fetch and clone, a slice of work at a time.
//!
//! A request is read, its wants are checked against what visible refs reach, a depth is resolved, what is common is
//! settled, and then objects are found and sent. No transaction is held between slices: refs and live packs are those of
//! the moment the request came (`scene`).

mod answer;
mod emit;
mod enumerate;
mod keep;
mod list;
mod plan;
pub(crate) mod reach;
mod rules;
mod scene;
mod set;
mod shallow;
mod stream;
mod talk;
mod walk;

use std::collections::HashSet;

use gitflare_git::{
    Oid,
    protocol::upload::{
        Answers, MAX_REQUEST, Negotiation, Outcome, SideBand,
        negotiation::RoundEnd,
        v0,
        v2::{self, Command, Fetch, FetchStep, LsRefs},
        write_shallow,
    },
};
use gitflare_port::Head;

use self::{
    answer::Sending,
    enumerate::Enumerate,
    plan::{Ask, Choice, Cover, wanted_commits},
    scene::{Check, Scene},
    set::spot,
    shallow::Boundary,
    stream::Stream,
    talk::Talk,
};
use crate::{Env, Error, Pull, Repository, Result, advertisement, body::Input, view::View};

/// A fetch or clone in progress.
pub(crate) struct Upload {
    repository: Repository,
    head: Head,
    input: Input,
    talk: Talk,
    reader: Reader,
    phase: Phase,
    scene: Option<Box<Scene>>,
    ask: Ask,
    boundary: Boundary,
    negotiation: Option<Negotiation>,
    /// Refs wanted by name, and what they name.
    named: Vec<(Vec<u8>, Oid)>,
    /// Haves of version 2, and what is to be done about them.
    fetch: Option<Box<Fetch>>,
}

enum Reader {
    V0(v0::Reader),
    V2(v2::Reader),
}

enum Phase {
    Advertise,
    Read,
    List(LsRefs),
    Check(Check),
    Depth,
    /// A round of haves, once it is known what this caller may be told.
    Haves(Vec<Oid>, RoundEnd),
    Acknowledge,
    Sections,
    Plan,
    Cover(Box<Cover>, Option<String>),
    Choose(Box<Choice>, Option<String>),
    Enumerate(Box<Enumerate>, Option<String>),
    Emit(Box<Sending>),
    /// Whole files; the key is that of their checksum.
    Stream(Box<Stream>, Option<String>),
    Next,
    Done,
}

/// What a step leaves to do.
enum Step {
    Again,
    NeedInput,
    Done,
}

impl Upload {
    pub(crate) fn new(repository: Repository, head: Head, _env: &Env) -> Self {
        let format = repository.format();
        let reader = if head.version >= 2 {
            Reader::V2(v2::Reader::new(format))
        } else {
            Reader::V0(v0::Reader::new(format, head.stateless))
        };
        let phase = if head.advertise || !head.stateless { Phase::Advertise } else { Phase::Read };
        Self {
            input: Input::new(head.gzip, MAX_REQUEST as u64),
            talk: Talk::default(),
            reader,
            phase,
            scene: None,
            ask: Ask::default(),
            boundary: Boundary::default(),
            negotiation: None,
            named: Vec::new(),
            fetch: None,
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

    pub(crate) fn pull(&mut self, env: &Env) -> Pull {
        let step = match self.step(env) {
            Ok(step) => step,
            Err(error) => {
                self.talk.fail(&error);
                self.phase = Phase::Done;
                Step::Again
            }
        };
        if let Some(scene) = &self.scene {
            scene.live.renew(env.now);
        }
        self.talk.keep_alive(env.now);
        if let Some(bytes) = self.talk.take(env.now) {
            return Pull::Bytes(bytes);
        }
        match step {
            Step::Again => Pull::Busy,
            Step::NeedInput => Pull::NeedInput,
            Step::Done => Pull::Done,
        }
    }

    fn step(&mut self, env: &Env) -> Result<Step> {
        match std::mem::replace(&mut self.phase, Phase::Done) {
            Phase::Advertise => self.advertise(),
            Phase::Read => self.read(),
            Phase::List(request) => self.list(&request),
            Phase::Check(check) => self.check(check),
            Phase::Depth => self.depth(),
            Phase::Haves(haves, end) => self.haves(haves, end),
            Phase::Acknowledge => self.acknowledge(),
            Phase::Sections => self.sections(),
            Phase::Plan => self.plan(env),
            Phase::Cover(cover, key) => self.cover(cover, key, env),
            Phase::Choose(choice, key) => self.choose(choice, key),
            Phase::Enumerate(search, key) => self.enumerate(search, key, env),
            Phase::Emit(sending) => self.emit(sending, env),
            Phase::Stream(stream, key) => self.stream(stream, key, env),
            Phase::Next => Ok(self.next()),
            Phase::Done => Ok(Step::Done),
        }
    }

    fn go(&mut self, phase: Phase) -> Result<Step> {
        self.phase = phase;
        Ok(Step::Again)
    }

    fn advertise(&mut self) -> Result<Step> {
        self.talk.out = advertisement::upload(&self.repository, &self.head)?;
        self.go(if self.head.advertise { Phase::Done } else { Phase::Read })
    }

    /// After an answer: over stdio version 2 goes on with the next command.
    fn next(&mut self) -> Step {
        self.scene = None;
        let goes_on = !self.head.stateless && matches!(self.reader, Reader::V2(_));
        self.phase = if goes_on { Phase::Read } else { Phase::Done };
        Step::Again
    }

    fn read(&mut self) -> Result<Step> {
        let bytes = self.input.take(64 * 1024)?;
        let over = self.input.is_over();
        let next = match &mut self.reader {
            Reader::V0(reader) => {
                reader.feed(&bytes);
                if over {
                    reader.eof();
                }
                reader.event()?.map(Event::V0)
            }
            Reader::V2(reader) => {
                reader.feed(&bytes);
                if over {
                    reader.eof();
                }
                reader.event()?.map(Event::V2)
            }
        };
        match next {
            Some(event) => self.event(event),
            None => {
                self.phase = Phase::Read;
                Ok(if bytes.is_empty() { Step::NeedInput } else { Step::Again })
            }
        }
    }

    fn event(&mut self, event: Event) -> Result<Step> {
        match event {
            Event::V0(v0::Event::End) | Event::V2(v2::Event::End) => self.go(Phase::Done),
            Event::V0(v0::Event::Wants(request)) => {
                self.look()?;
                self.negotiation =
                    Some(Negotiation::new(request.multi_ack, request.no_done, self.head.stateless));
                self.ask = Ask {
                    wants: request.wants,
                    common: Vec::new(),
                    depth: request.depth,
                    filter: request.filter,
                    thin: request.thin_pack,
                    ofs: request.ofs_delta,
                    no_progress: request.no_progress,
                    include_tag: request.include_tag,
                    band: request.side_band,
                };
                self.go(Phase::Check(Check::new(self.ask.wants.clone())))
            }
            Event::V0(v0::Event::Haves(haves, end)) => self.go(Phase::Haves(haves, end)),
            Event::V2(v2::Event::Request(request)) => match request.command {
                Command::LsRefs(request) => self.go(Phase::List(request)),
                Command::Fetch(fetch) => self.begin_fetch(fetch),
            },
        }
    }

    /// Takes the picture of the repository that this request is answered from.
    fn look(&mut self) -> Result<()> {
        self.scene = Some(Box::new(Scene::load(&self.repository, &advertisement::hidden(&self.head))?));
        self.boundary = Boundary::default();
        Ok(())
    }

    fn list(&mut self, request: &LsRefs) -> Result<Step> {
        let hidden = advertisement::hidden(&self.head);
        let out = &mut self.talk.out;
        self.repository.db().read(|sql| list::answer(sql, &hidden, request, out))?;
        self.go(Phase::Next)
    }

    fn begin_fetch(&mut self, mut fetch: Fetch) -> Result<Step> {
        if fetch.step() == FetchStep::Nothing {
            return self.go(Phase::Next);
        }
        self.look()?;
        let scene = self.scene.as_ref().ok_or_else(lost)?;
        self.named.clear();
        for name in &fetch.want_refs {
            let unknown = || Error::Refused(format!("unknown ref {}", String::from_utf8_lossy(name)));
            self.named.push((name.clone(), scene.resolve(name).ok_or_else(unknown)?));
        }
        let mut wants = std::mem::take(&mut fetch.wants);
        wants.extend(self.named.iter().map(|(_, oid)| *oid));
        wants.sort_unstable();
        wants.dedup();
        self.ask = Ask {
            wants: wants.clone(),
            common: Vec::new(),
            depth: std::mem::take(&mut fetch.depth),
            filter: fetch.filter.take(),
            thin: fetch.thin_pack,
            ofs: fetch.ofs_delta,
            no_progress: fetch.no_progress,
            include_tag: fetch.include_tag,
            band: SideBand::Large,
        };
        self.fetch = Some(Box::new(fetch));
        self.go(Phase::Check(Check::new(wants)))
    }

    fn check(&mut self, mut check: Check) -> Result<Step> {
        let complete = self.see(|scene, view, _| check.step(scene, view))?;
        self.go(if complete { Phase::Depth } else { Phase::Check(check) })
    }

    /// Runs `work` on the pinned packs in one transaction.
    fn see<T>(&mut self, work: impl FnOnce(&mut Scene, &View<'_>, &mut Ask) -> Result<T>) -> Result<T> {
        let repository = self.repository.clone();
        let scene = self.scene.as_mut().ok_or_else(lost)?;
        let ask = &mut self.ask;
        repository.db().read(|sql| {
            let view = repository.view_of(sql, std::sync::Arc::clone(&scene.live));
            work(scene, &view, ask)
        })
    }

    fn depth(&mut self) -> Result<Step> {
        if self.ask.depth.is_asked() || !self.ask.depth.shallow.is_empty() {
            self.boundary = self.see(|scene, view, ask| {
                let wants = wanted_commits(&ask.wants, view)?;
                shallow::resolve(view, &scene.refs, &wants, &ask.depth, scene.next_cid)
            })?;
        }
        if matches!(self.reader, Reader::V2(_)) {
            return self.go(Phase::Acknowledge);
        }
        if self.ask.depth.is_asked() {
            write_shallow(&mut self.talk.out, &self.boundary.shallow, &self.boundary.unshallow);
            gitflare_git::pktline::flush(&mut self.talk.out);
        }
        self.go(Phase::Read)
    }

    /// A round of versions 0 and 1.
    fn haves(&mut self, haves: Vec<Oid>, end: RoundEnd) -> Result<Step> {
        if !haves.is_empty() && !self.see(|scene, view, _| scene.explore(view))? {
            return self.go(Phase::Haves(haves, end));
        }
        let mut negotiation = self.negotiation.take().ok_or_else(lost)?;
        let mut out = std::mem::take(&mut self.talk.out);
        let outcome = self.see(|scene, view, ask| {
            negotiation.round(&haves, end, &mut Rounds { scene, view, ask }, &mut out)
        });
        self.talk.out = out;
        self.negotiation = Some(negotiation);
        let phase = match outcome? {
            Outcome::Continue => Phase::Read,
            Outcome::Stop => Phase::Done,
            Outcome::SendPack => Phase::Plan,
        };
        self.go(phase)
    }

    /// The haves of version 2.
    fn acknowledge(&mut self) -> Result<Step> {
        let fetch = self.fetch.take().ok_or_else(lost)?;
        if !fetch.haves.is_empty() && !self.see(|scene, view, _| scene.explore(view))? {
            self.fetch = Some(fetch);
            return self.go(Phase::Acknowledge);
        }
        let acknowledges = !fetch.haves.is_empty() && !fetch.done;
        let ready = self.see(|scene, view, ask| {
            for have in &fetch.haves {
                if scene.is_common(view, have)? {
                    ask.common.push(*have);
                }
            }
            Ok(acknowledges && !fetch.wait_for_done && is_ready(view, ask)?)
        })?;
        if acknowledges {
            v2::write_acknowledgments(&mut self.talk.out, &self.ask.common, ready);
            if !ready {
                return self.go(Phase::Next);
            }
        }
        self.go(Phase::Sections)
    }

    fn sections(&mut self) -> Result<Step> {
        let out = &mut self.talk.out;
        if self.ask.depth.is_asked() || !self.ask.depth.shallow.is_empty() {
            v2::write_shallow_info(out, &self.boundary.shallow, &self.boundary.unshallow);
        }
        v2::write_wanted_refs(out, &self.named);
        v2::write_packfile(out);
        self.go(Phase::Plan)
    }
}

enum Event {
    V0(v0::Event),
    V2(v2::Event),
}

/// What a negotiation asks of the repository.
struct Rounds<'a> {
    scene: &'a Scene,
    view: &'a View<'a>,
    ask: &'a mut Ask,
}

impl Answers for Rounds<'_> {
    type Error = Error;

    fn common(&mut self, oid: &Oid) -> Result<bool> {
        let common = self.scene.is_common(self.view, oid)?;
        if common {
            self.ask.common.push(*oid);
        }
        Ok(common)
    }

    fn ready(&mut self) -> Result<bool> {
        is_ready(self.view, self.ask)
    }
}

/// Whether every want reaches something common.
fn is_ready(view: &View<'_>, ask: &Ask) -> Result<bool> {
    let mut common = HashSet::new();
    for oid in &ask.common {
        if let Some(found) = spot(view, oid)? {
            common.insert(found.entry.cid);
        }
    }
    common.remove(&0);
    walk::all_reach(view.sql, &wanted_commits(&ask.wants, view)?, &common)
}

fn lost() -> Error {
    Error::Damage("a fetch lost its request".into())
}
