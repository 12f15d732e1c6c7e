//! The work of one transfer.

use std::{cell::Cell, rc::Rc, time::Duration};

use gitflare_forge::transfer::Begun;
use gitflare_repo::{Pull, Session};
use worker::{Delay, web_sys::ReadableStream};

use crate::{
    admission::Place,
    clock,
    repository::{deliver, object::Object},
    stream::{Input, Left},
};

/// How long a push that waits for its turn sleeps before it looks again.
const LOOK: Duration = Duration::from_millis(20);
/// How long a client may take to send the next piece.
const PATIENCE: Duration = Duration::from_secs(120);

/// A transfer under way. Dropped before its end, it leaves nothing behind.
pub(super) struct Run {
    object: Rc<Object>,
    /// Until it is over.
    session: Option<Session>,
    /// The request's body, until its end.
    input: Option<Input>,
    place: Place,
    begun: Option<Begun>,
    is_push: bool,
}

impl Run {
    pub(super) fn new(
        object: &Rc<Object>,
        session: Session,
        body: Option<ReadableStream>,
        place: Place,
        begun: Option<Begun>,
        is_push: bool,
    ) -> Self {
        if is_push {
            object.count_push(true);
        }
        let input = body.and_then(|body| Input::new(&body).ok());
        Self { object: Rc::clone(object), session: Some(session), input, place, begun, is_push }
    }

    /// The next piece of the answer; `None` after the last, when everything that follows a transfer is done.
    pub(super) async fn next(&mut self, is_given_up: &Cell<bool>) -> Result<Option<Vec<u8>>, Left> {
        while let Some(session) = &mut self.session {
            if is_given_up.get() {
                return Err(Left);
            }
            let env = clock::env();
            self.place.renew(env.now);
            if self.is_push {
                self.object.push_goes_on(env.now);
            }
            match session.pull(&env) {
                Pull::Bytes(bytes) => return Ok(Some(bytes)),
                // What is read next lets others in.
                Pull::Busy if self.input.is_some() && !session.is_waiting() => {}
                Pull::Busy => pause(session).await,
                Pull::NeedInput => self.feed().await?,
                Pull::Done => self.finish().await?,
            }
        }
        Ok(None)
    }

    /// Gives the session more of the request's body, or the news that there is none.
    async fn feed(&mut self) -> Result<(), Left> {
        let piece = self.read().await?;
        match (&mut self.session, piece) {
            (Some(session), Some(bytes)) => session.feed(&bytes),
            (Some(session), None) => session.eof(),
            (None, _) => {}
        }
        Ok(())
    }

    async fn read(&mut self) -> Result<Option<Vec<u8>>, Left> {
        let Some(input) = &mut self.input else { return Ok(None) };
        let piece = input.read(PATIENCE).await?;
        if piece.is_none() {
            self.input = None;
        }
        Ok(piece)
    }

    /// The end: the site is told before the client can know.
    async fn finish(&mut self) -> Result<(), Left> {
        // The client listens only after it has sent everything.
        while self.read().await?.is_some() {
            self.place.renew(clock::now());
        }
        let moved = self.session.take().is_some_and(|session| session.moved());
        if self.is_push {
            self.is_push = false;
            deliver::follow_up(&self.object, self.begun.take().as_ref(), moved).await;
            self.object.count_push(false);
        }
        Ok(())
    }
}

/// Lets others in.
async fn pause(session: &Session) {
    Delay::from(if session.is_waiting() { LOOK } else { Duration::ZERO }).await;
}

impl Drop for Run {
    fn drop(&mut self) {
        // First what the session holds, so that nothing it left is in the way.
        let moved = self.session.take().is_some_and(|session| session.moved());
        if self.is_push {
            self.object.count_push(false);
            let (object, begun) = (Rc::clone(&self.object), self.begun.take());
            self.object.go_on(async move { deliver::follow_up(&object, begun.as_ref(), moved).await });
        }
    }
}
