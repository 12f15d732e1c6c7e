//! The second half of a fetch: from the choice of a plan to the last byte of the pack.

use gitflare_git::{Oid, hash::Checksum, pack::pack_header};

use super::{
    Phase, Step, Upload,
    emit::Emit,
    enumerate::Enumerate,
    keep::Keep,
    plan::{Choice, Cover},
    rules::Rules,
    scene::Scene,
    set::Set,
    stream::Stream,
};
use crate::{Env, Error, Result, limits, replies};

/// Objects looked at in one slice.
const SLICE: usize = 2_000;

/// Answers found by looking through indexes alone are kept up to this size.
const CHEAP: u64 = 16 << 20;

/// Chosen objects on their way out.
pub(super) struct Sending {
    emit: Emit,
    objects: u32,
    hash: Checksum,
    begun: bool,
    keep: Option<Keep>,
}

impl Upload {
    /// Looks for a kept answer, then asks whether whole packs will do.
    pub(super) fn plan(&mut self, env: &Env) -> Result<Step> {
        self.talk.begin_pack(self.ask.band, self.ask.no_progress);
        let boundary = std::mem::take(&mut self.boundary);
        let (key, kept, cover) = self.see(|scene, view, ask| {
            let key = ask.key(scene, &boundary, view)?;
            let kept = match &key {
                Some(key) => replies::get(view.sql, key, env.now)?.filter(|kept| kept.file.is_some()),
                None => None,
            };
            let cover = if kept.is_none() { Cover::ask(scene, ask, view)? } else { None };
            Ok((key, kept, cover))
        })?;
        self.boundary = boundary;
        if let (Some(kept), Some(key)) = (kept, &key)
            && let Some(file) = kept.file
        {
            if kept.is_stale {
                self.repository.db().write("upload: reuse", |sql| replies::used(sql, key, env.now))?;
            }
            self.talk.counted(u64::from(kept.objects));
            let files = vec![(file, kept.size)];
            let stream = Stream::new(files, kept.objects, Some(kept.trailer), self.repository.format());
            return self.go(Phase::Stream(Box::new(stream), None));
        }
        match cover {
            Some(cover) => self.go(Phase::Cover(Box::new(cover), key)),
            None => self.search(key),
        }
    }

    pub(super) fn cover(&mut self, mut cover: Box<Cover>, key: Option<String>, env: &Env) -> Result<Step> {
        let rules = Rules::of(self.ask.filter.as_ref());
        match self.see(|_, view, _| cover.step(view))? {
            None => self.go(Phase::Cover(cover, key)),
            // As they are stored, packs name bases by their distance, which very old clients cannot follow.
            Some(true) if self.ask.filter.is_none() && self.ask.ofs => self.whole_packs(env),
            Some(true) if rules.by_index() => {
                let choice = self.see(|_, view, ask| Choice::new(rules, ask, view))?;
                self.go(Phase::Choose(Box::new(choice), key))
            }
            Some(_) => self.search(key),
        }
    }

    fn whole_packs(&mut self, env: &Env) -> Result<Step> {
        let (stream, key) = self.see(|scene, view, _| {
            let key = format!("packs {}", scene.live.generation);
            let trailer = replies::get(view.sql, &key, env.now)?.map(|kept| kept.trailer);
            let files = scene.live.packs.iter().map(|pack| (pack.file(), pack.size())).collect();
            let objects = count(scene.live.objects())?;
            Ok((Stream::new(files, objects, trailer, view.format), key))
        })?;
        self.talk.counted(u64::from(stream.objects()));
        self.go(Phase::Stream(Box::new(stream), Some(key)))
    }

    pub(super) fn choose(&mut self, mut choice: Box<Choice>, key: Option<String>) -> Result<Step> {
        if !self.see(|_, view, _| choice.step(view))? {
            return self.go(Phase::Choose(choice, key));
        }
        // What is so cheap to find is kept only while it is small.
        let key =
            key.filter(|_| self.scene.as_ref().is_some_and(|scene| share(scene, choice.set.count()) < CHEAP));
        self.send(choice.set, None, key)
    }

    fn search(&mut self, key: Option<String>) -> Result<Step> {
        let boundary = std::mem::take(&mut self.boundary);
        let search = self.see(|scene, view, ask| {
            let rules = Rules::of(ask.filter.as_ref());
            let mut search = Box::new(Enumerate::new(scene.next_cid, rules, ask.thin));
            search.paint.cut = boundary.cut;
            for want in &ask.wants {
                search.want(view, want)?;
            }
            boundary.wants.iter().for_each(|cid| search.paint.want(*cid));
            for have in ask.common.iter().chain(&boundary.edges) {
                search.have(view, have)?;
            }
            Ok(search)
        })?;
        self.go(Phase::Enumerate(search, key))
    }

    pub(super) fn enumerate(
        &mut self,
        mut search: Box<Enumerate>,
        key: Option<String>,
        env: &Env,
    ) -> Result<Step> {
        if !self.see(|_, view, _| search.step(view, SLICE))? {
            self.talk.counting(search.set.count(), env.now);
            return self.go(Phase::Enumerate(search, key));
        }
        let known = self.see(|scene, view, ask| {
            if ask.include_tag {
                search.include_tags(view, &scene.refs)?;
            }
            Ok(ask.thin.then(|| std::mem::take(&mut search.known)))
        })?;
        self.send(search.set, known, key)
    }

    fn send(&mut self, set: Set, known: Option<Set>, key: Option<String>) -> Result<Step> {
        let objects = count(set.count())?;
        self.talk.counted(u64::from(objects));
        let keep = match (key, &self.scene) {
            (Some(key), Some(scene)) => Keep::new(&self.repository, key, share(scene, u64::from(objects)))?,
            _ => None,
        };
        let emit = Emit::new(set, known, self.ask.ofs);
        let hash = Checksum::new(self.repository.format());
        self.go(Phase::Emit(Box::new(Sending { emit, objects, hash, begun: false, keep })))
    }

    pub(super) fn emit(&mut self, mut sending: Box<Sending>, env: &Env) -> Result<Step> {
        if !sending.begun {
            sending.begun = true;
            let header = pack_header(sending.objects);
            sending.hash.update(&header);
            self.talk.data(&header);
        }
        let mut out = Vec::with_capacity(limits::APPEND + 65_536);
        let complete = if sending.emit.is_recoding() {
            sending.emit.go_on(env.now, &mut out)?;
            false
        } else {
            let repository = self.repository.clone();
            self.see(|_, view, _| sending.emit.fill(&repository, view, limits::APPEND, &mut out))?
        };
        sending.hash.update(&out);
        self.talk.data(&out);
        if !out.is_empty()
            && let Some(mut keep) = sending.keep.take()
            && keep.append(&out, env)?
        {
            sending.keep = Some(keep);
        }
        if !complete {
            return self.go(Phase::Emit(sending));
        }
        let trailer = sending.hash.finish();
        if let Some(keep) = sending.keep {
            let restricted = self.scene.as_ref().is_some_and(|scene| scene.restricted);
            keep.finish(sending.objects, &trailer, restricted, env)?;
        }
        self.finish(&trailer, sending.objects, sending.emit.made)
    }

    pub(super) fn stream(&mut self, mut stream: Box<Stream>, key: Option<String>, env: &Env) -> Result<Step> {
        let talk = &mut self.talk;
        if !self.repository.db().read(|sql| stream.fill(sql, talk))? {
            return self.go(Phase::Stream(stream, key));
        }
        let (trailer, new) = stream.finish();
        if let Some(key) = key.filter(|_| new) {
            self.repository.db().write("upload: keep", |sql| {
                replies::keep_packs(sql, &key, stream.objects(), &trailer, env.now)
            })?;
        }
        self.finish(&trailer, stream.objects(), 0)
    }

    fn finish(&mut self, trailer: &Oid, objects: u32, made: u64) -> Result<Step> {
        self.talk.data(trailer.as_bytes());
        self.talk.total(u64::from(objects), made);
        for line in &self.head.notices {
            self.talk.notice(line);
        }
        self.talk.finish_pack();
        self.go(Phase::Next)
    }
}

/// About how many bytes so many objects take in the packs.
fn share(scene: &Scene, objects: u64) -> u64 {
    let bytes: u64 = scene.live.packs.iter().map(|pack| pack.size()).sum();
    (bytes as f64 * objects as f64 / scene.live.objects().max(1) as f64) as u64
}

fn count(objects: u64) -> Result<u32> {
    u32::try_from(objects).map_err(|_| Error::TooLarge("more objects than a pack can hold".into()))
}
