//! Between the work of a transfer and the stream that carries its answer out.
//!
//! Nothing tells a stream that its client is gone: nobody asks for the next piece, and that is all. So a push, which others
//! wait for, goes on by itself once it is there, whoever listens; and a fetch, which only makes what is asked for, waits
//! where it can be found and ended when nobody has asked for long.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    future::poll_fn,
    rc::Rc,
    task::{Poll, Waker},
};

use super::run::Run;
use crate::{
    clock,
    repository::object::{Idle, Object},
    stream::Left,
};

/// Seconds after which a fetch nobody took a piece of is given up.
const IDLE: i64 = 600;

/// The answer of a transfer, as its stream takes it.
pub(crate) struct Lane {
    /// A fetch between two pieces.
    waiting: RefCell<Option<Run>>,
    is_given_up: Cell<bool>,
    /// When a piece was last asked for.
    asked_at: Cell<i64>,
    /// What a push has said.
    said: Option<RefCell<Said>>,
}

#[derive(Default)]
struct Said {
    pieces: VecDeque<Vec<u8>>,
    end: Option<Result<(), Left>>,
    listener: Option<Waker>,
}

impl Lane {
    /// A transfer whose pieces are made when they are asked for.
    pub(super) fn waiting(object: &Object, run: Run) -> Rc<Self> {
        let lane = Rc::new(Self::new(Some(run), None));
        object.watch(&(Rc::clone(&lane) as Rc<dyn Idle>));
        lane
    }

    /// A transfer that goes on by itself.
    pub(super) fn driven(object: &Object, mut run: Run) -> Rc<Self> {
        let lane = Rc::new(Self::new(None, Some(RefCell::default())));
        let to = Rc::clone(&lane);
        object.go_on(async move {
            loop {
                let said = run.next(&to.is_given_up).await;
                let is_over = !matches!(said, Ok(Some(_)));
                to.say(said);
                if is_over {
                    return;
                }
            }
        });
        lane
    }

    fn new(waiting: Option<Run>, said: Option<RefCell<Said>>) -> Self {
        let asked_at = Cell::new(clock::now());
        Self { waiting: RefCell::new(waiting), is_given_up: Cell::new(false), asked_at, said }
    }

    /// The next piece; `None` after the last.
    pub(super) async fn next(&self) -> Result<Option<Vec<u8>>, Left> {
        if let Some(said) = &self.said {
            return listen(said).await;
        }
        let Some(mut run) = self.waiting.take() else { return Err(Left) };
        let piece = run.next(&self.is_given_up).await;
        self.asked_at.set(clock::now());
        if matches!(piece, Ok(Some(_))) && !self.is_given_up.get() {
            self.waiting.replace(Some(run));
        }
        piece
    }

    fn say(&self, piece: Result<Option<Vec<u8>>, Left>) {
        let Some(said) = &self.said else { return };
        let mut said = said.borrow_mut();
        match piece {
            Ok(Some(bytes)) => said.pieces.push_back(bytes),
            Ok(None) => said.end = Some(Ok(())),
            Err(left) => said.end = Some(Err(left)),
        }
        if let Some(listener) = said.listener.take() {
            listener.wake();
        }
    }
}

impl Idle for Lane {
    fn give_up_idle(&self, now: i64) {
        if now - self.asked_at.get() > IDLE {
            self.is_given_up.set(true);
            drop(self.waiting.take());
        }
    }
}

async fn listen(said: &RefCell<Said>) -> Result<Option<Vec<u8>>, Left> {
    poll_fn(|context| {
        let mut said = said.borrow_mut();
        if let Some(piece) = said.pieces.pop_front() {
            return Poll::Ready(Ok(Some(piece)));
        }
        match said.end {
            Some(end) => Poll::Ready(end.map(|()| None)),
            None => {
                said.listener = Some(context.waker().clone());
                Poll::Pending
            }
        }
    })
    .await
}
