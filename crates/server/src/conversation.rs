//! A conversation with a git client, step by step: what carries its bytes, a connection or a command's own streams,
//! knows no more of it than this.

use std::{sync::Arc, time::Duration};

use gitflare_port::Head;
use gitflare_repo::{Env, Pull, Session};
use tokio::time::Instant;

use crate::host::{Native, Open};

/// One side of a conversation.
pub(crate) trait Talk {
    /// What comes next.
    fn pull(&mut self, env: &Env) -> Pull;
    /// The client said this.
    fn feed(&mut self, bytes: &[u8]);
    /// The client says no more.
    fn eof(&mut self);
    /// The media type of the answer over HTTP.
    fn content_type(&self) -> &'static str;
    /// Whether a ref has moved.
    fn moved(&self) -> bool;
}

/// A repository's side.
pub(crate) struct Transfer {
    session: Session,
    /// Keeps the database from being closed meanwhile.
    _open: Arc<Open>,
}

impl Transfer {
    /// Begins what `head` asks for.
    pub(crate) fn begin(open: Arc<Open>, head: Head, env: &Env) -> Self {
        Self { session: open.repository().transfer(head, env), _open: open }
    }
}

impl Talk for Transfer {
    fn pull(&mut self, env: &Env) -> Pull {
        self.session.pull(env)
    }

    fn feed(&mut self, bytes: &[u8]) {
        self.session.feed(bytes);
    }

    fn eof(&mut self) {
        self.session.eof();
    }

    fn content_type(&self) -> &'static str {
        self.session.content_type()
    }

    fn moved(&self) -> bool {
        self.session.moved()
    }
}

/// Pulls, and sleeps a little when nothing happens: then another push has its turn.
#[derive(Default)]
pub(crate) struct Pace {
    idle: u32,
}

impl Pace {
    pub(crate) fn pull(&mut self, session: &mut impl Talk, host: &Native) -> Pull {
        let start = Instant::now();
        let pulled = session.pull(&host.env());
        if !matches!(pulled, Pull::Busy) || start.elapsed() > Duration::from_micros(200) {
            self.idle = 0;
        } else {
            self.idle = (self.idle + 1).min(20);
            if self.idle > 5 {
                std::thread::sleep(Duration::from_millis(u64::from(self.idle)));
            }
        }
        pulled
    }
}
