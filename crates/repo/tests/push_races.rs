//! Pushes at the same time: for one ref one wins, and what both bring is stored once.
#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "helpers of tests may panic as tests do")]

mod support;

use std::thread;

use gitflare_repo::{Pull, Session};
use support::{
    World,
    check::{invariants, objects},
    env,
    packs::{Made, commit_of, pack_whole, small},
    pushing::{Answer, Push, answer},
};

const REF: &str = "refs/heads/main";

/// Two pushes that create the same ref; they share all but their commits.
fn rivals(round: usize) -> [Push; 2] {
    let [file, root, _] = small(&format!("round {}", round / 7));
    ["left", "right"].map(|side| {
        let commit = commit_of(&root.oid, &[], &format!("{side} {round}"));
        let objects: [Made; 3] = [file.clone(), root.clone(), commit.clone()];
        Push::create(REF, &commit, pack_whole(&objects))
    })
}

/// One session with what it has said so far.
struct Runner {
    session: Session,
    body: Vec<u8>,
    at: usize,
    out: Vec<u8>,
    done: bool,
}

impl Runner {
    fn new(world: &World, push: &Push) -> Self {
        Self {
            session: push.session(&world.repository),
            body: push.body(),
            at: 0,
            out: Vec::new(),
            done: false,
        }
    }

    fn step(&mut self) {
        if self.done {
            return;
        }
        match self.session.pull(&env()) {
            Pull::Bytes(bytes) => self.out.extend_from_slice(&bytes),
            Pull::Busy => {}
            Pull::Done => self.done = true,
            Pull::NeedInput if self.at == self.body.len() => self.session.eof(),
            Pull::NeedInput => {
                let end = self.body.len().min(self.at + 300);
                self.session.feed(&self.body[self.at..end]);
                self.at = end;
            }
        }
    }

    fn run(mut self) -> Answer {
        for _ in 0..10_000 {
            if self.done {
                break;
            }
            self.step();
        }
        assert!(self.done, "a push that waits for its turn waits for ever");
        answer(self.out.clone(), self.session.moved(), true)
    }
}

fn one_won(world: &World, answers: &[Answer]) {
    let moved: Vec<_> = answers.iter().filter(|answer| answer.moved).collect();
    assert_eq!(moved.len(), 1, "{answers:?}");
    assert_eq!(moved[0].report, ["unpack ok", &format!("ok {REF}")]);
    let lost = answers.iter().find(|answer| !answer.moved).unwrap();
    assert_eq!(lost.report, ["unpack ok", &format!("ng {REF} failed to update ref")]);
    assert_eq!(objects(&world.repository).len(), 3);
}

#[test]
fn of_two_pushes_interleaved_at_every_step_one_wins() {
    let [left, right] = rivals(0);
    for pause in 0..30 {
        for back in [3, 30] {
            let world = World::new();
            let mut first = Runner::new(&world, &left);
            (0..pause).for_each(|_| first.step());
            let mut second = Runner::new(&world, &right);
            (0..back).for_each(|_| second.step());
            let first = first.run();
            one_won(&world, &[first, second.run()]);
            invariants(&world.repository);
        }
    }
}

#[test]
fn of_a_thousand_pairs_of_pushes_one_wins_each() {
    let world = World::new();
    for round in 0..1_000 {
        let name = format!("refs/heads/race{round}");
        let answers: Vec<Answer> = thread::scope(|scope| {
            let handles: Vec<_> = rivals(round)
                .into_iter()
                .map(|mut push| {
                    push.commands[0].2.clone_from(&name);
                    let world = &world;
                    scope.spawn(move || push.to(&world.repository))
                })
                .collect();
            handles.into_iter().map(|handle| handle.join().unwrap()).collect()
        });
        let won: Vec<_> = answers.iter().filter(|answer| answer.moved).collect();
        assert_eq!(won.len(), 1, "{answers:?}");
        assert_eq!(won[0].report[1], format!("ok {name}"));
        let lost = answers.iter().find(|answer| !answer.moved).unwrap();
        assert_eq!(lost.report, ["unpack ok", &format!("ng {name} failed to update ref")]);
        assert!(lost.told.contains("reference already exists"), "{lost:?}");
    }
    assert_eq!(objects(&world.repository).len(), 1_000 + 143 * 2, "what both bring is stored once");
    invariants(&world.repository);
    assert_eq!(world.stat().refs, 1_000);
}

#[test]
fn the_same_push_sent_twice_at_once_is_stored_once() {
    let [push, _] = rivals(0);
    let world = World::new();
    let (mut first, mut second) = (Runner::new(&world, &push), Runner::new(&world, &push));
    for _ in 0..60 {
        first.step();
        second.step();
    }
    one_won(&world, &[first.run(), second.run()]);
    assert_eq!(world.stat().packs, 1);
}

#[test]
fn a_push_that_is_cut_off_in_its_turn_passes_it_on() {
    let [left, right] = rivals(0);
    for steps in 0..12 {
        let world = World::new();
        let mut first = Runner::new(&world, &left);
        (0..steps).for_each(|_| first.step());
        let moved = first.session.moved();
        drop(first);
        let answer = Runner::new(&world, &right).run();
        assert_eq!(answer.moved, !moved);
    }
}
