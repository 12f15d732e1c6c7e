//! A git conversation over a command's own streams: stdio, import and export.

use std::{sync::Arc, time::Duration};

use gitflare_port::{Caller, Head, Identity, Service};
use gitflare_repo::{Pull, Session};
use tokio::time::Instant;

use crate::{app::App, error::Result, host, io::Io};

/// Whoever can run commands here may do everything.
pub(crate) fn administrator() -> Caller {
    let identity = Identity { account: 0, name: "local administrator".into(), address: None };
    Caller { identity: Some(identity), hidden: Vec::new(), locked: Vec::new() }
}

/// The head of a push whose body is made here.
pub(crate) fn push() -> Head {
    Head {
        service: Service::ReceivePack,
        version: 0,
        advertise: false,
        stateless: true,
        gzip: false,
        caller: administrator(),
        notices: Vec::new(),
        propose: None,
        limit: None,
    }
}

/// Has the conversation, and answers whether a ref moved. Whatever did is told to the site before this returns, also
/// when it fails halfway.
pub(crate) fn converse(app: &App, id: i64, head: Head, io: &mut dyn Io) -> Result<bool> {
    let open = app.host.repositories().get(id)?;
    let mut session = open.repository().transfer(head, &app.host.env());
    let outcome = drive(&app.host, &mut session, io);
    let moved = session.moved();
    if moved {
        host::outbox::deliver(app, id);
    }
    outcome.map(|()| moved)
}

fn drive(host: &Arc<host::Native>, session: &mut Session, io: &mut dyn Io) -> Result<()> {
    let mut pace = Pace::default();
    let mut buffer = vec![0; 128 << 10];
    loop {
        match pace.pull(session, host) {
            Pull::Bytes(bytes) => io.out(&bytes)?,
            Pull::NeedInput => match io.read(&mut buffer)? {
                0 => session.eof(),
                count => session.feed(buffer.get(..count).unwrap_or_default()),
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
