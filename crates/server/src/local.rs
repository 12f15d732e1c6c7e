//! A git conversation over a command's own streams: stdio, import and export.

use std::sync::Arc;

use gitflare_forge::transfer::Begun;
use gitflare_port::{Caller, Head, Identity, Service};
use gitflare_repo::Pull;

use crate::{
    app::App,
    conversation::{Pace, Talk, Transfer},
    error::Result,
    host,
    io::Io,
};

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
    let (moved, outcome) = talk(app, open, head, io);
    if moved {
        host::outbox::deliver(app, id);
    }
    outcome.map(|()| moved)
}

/// The same for a push that creates its repository, which is kept if a ref moved.
pub(crate) fn converse_new(app: &App, begun: &Begun, head: Head, io: &mut dyn Io) -> Result<()> {
    let id = begun.id.0;
    let (moved, outcome) = match app.host.repositories().create(id) {
        Ok(open) => talk(app, open, head, io),
        Err(failure) => (false, Err(failure)),
    };
    let settled = app.wait(app.forge.settle(begun, moved));
    if moved {
        host::outbox::deliver(app, id);
    }
    outcome.and(Ok(settled?))
}

fn talk(app: &App, open: Arc<host::Open>, head: Head, io: &mut dyn Io) -> (bool, Result<()>) {
    let mut session = Transfer::begin(open, head, &app.host.env());
    let outcome = drive(&app.host, &mut session, io);
    (session.moved(), outcome)
}

fn drive(host: &host::Native, session: &mut Transfer, io: &mut dyn Io) -> Result<()> {
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
