//! A git conversation that this process has with a repository itself: stdio, import and export.

use std::{sync::Arc, time::Duration};

use gitflare_port::{Caller, Head, Identity, Service};
use gitflare_repo::{Pull, Session};
use tokio::time::Instant;

use crate::{app::App, error::Result, host};

/// Whoever can run commands here may do everything.
pub(crate) fn administrator() -> Caller {
    let identity = Identity { account: 0, name: "local administrator".into(), address: None };
    Caller { identity: Some(identity), hidden: Vec::new(), locked: Vec::new() }
}

/// The head of a request with a body made here.
pub(crate) fn request(service: Service, version: u8) -> Head {
    Head {
        service,
        version,
        advertise: false,
        stateless: true,
        gzip: false,
        caller: administrator(),
        notices: Vec::new(),
        propose: None,
    }
}

/// Where a conversation's bytes come from and go to.
pub(crate) trait Peer {
    /// More of the request; `None` is its end.
    fn input(&mut self) -> Result<Option<Vec<u8>>>;
    /// A piece of the answer.
    fn output(&mut self, bytes: &[u8]) -> Result<()>;
}

/// Has the conversation. Whatever it moved is told to the site before this returns, also when it fails halfway.
pub(crate) fn converse(app: &App, id: i64, head: Head, peer: &mut dyn Peer) -> Result<()> {
    let open = app.host.repositories().get(id)?;
    let mut session = open.repository().transfer(head, &app.host.env());
    let outcome = drive(&app.host, &mut session, peer);
    if session.moved() {
        host::outbox::deliver(app, id);
    }
    outcome
}

fn drive(host: &Arc<host::Native>, session: &mut Session, peer: &mut dyn Peer) -> Result<()> {
    let mut pace = Pace::default();
    loop {
        match pace.pull(session, host) {
            Pull::Bytes(bytes) => peer.output(&bytes)?,
            Pull::NeedInput => match peer.input()? {
                Some(bytes) => session.feed(&bytes),
                None => session.eof(),
            },
            Pull::Busy => {}
            Pull::Done => return Ok(()),
        }
    }
}

/// Pulls, and sleeps a little when nothing happens: then another push has its turn.
#[derive(Default)]
pub(crate) struct Pace {
    idle: u32,
}

impl Pace {
    pub(crate) fn pull(&mut self, session: &mut Session, host: &host::Native) -> Pull {
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
