//! A transfer as a machine: fed with the client's bytes, pulled for ours. One pull does a bounded slice of work, so that
//! a host with one thread can serve others in between.

use gitflare_port::{Head, Service};

use crate::{Env, Repository, receive::Receive, upload::Upload};

/// What a pull gave.
#[derive(Debug)]
pub enum Pull {
    /// Bytes for the client.
    Bytes(Vec<u8>),
    /// More of the client's bytes are needed, or the news that there are none.
    NeedInput,
    /// Work was done, or another push has its turn: pull again.
    Busy,
    /// The answer is complete.
    Done,
}

/// One transfer.
pub struct Session {
    service: Service,
    advertise: bool,
    machine: Machine,
}

enum Machine {
    Receive(Box<Receive>),
    Upload(Box<Upload>),
}

impl Session {
    pub(crate) fn new(repository: Repository, head: Head, env: &Env) -> Self {
        let (service, advertise) = (head.service, head.advertise);
        let machine = match service {
            Service::ReceivePack => Machine::Receive(Box::new(Receive::new(repository, head, env))),
            Service::UploadPack => Machine::Upload(Box::new(Upload::new(repository, head, env))),
        };
        Self { service, advertise, machine }
    }

    /// Takes bytes of the request's body. They are worked on by [`Session::pull`].
    pub fn feed(&mut self, bytes: &[u8]) {
        match &mut self.machine {
            Machine::Receive(receive) => receive.feed(bytes),
            Machine::Upload(upload) => upload.feed(bytes),
        }
    }

    /// Says that the request's body has ended.
    pub fn eof(&mut self) {
        match &mut self.machine {
            Machine::Receive(receive) => receive.eof(),
            Machine::Upload(upload) => upload.eof(),
        }
    }

    /// Does a slice of work.
    pub fn pull(&mut self, env: &Env) -> Pull {
        match &mut self.machine {
            Machine::Receive(receive) => receive.pull(env),
            Machine::Upload(upload) => upload.pull(env),
        }
    }

    /// Whether nothing can be done before another push gives up its turn: no need to pull again at once.
    pub fn is_waiting(&self) -> bool {
        match &self.machine {
            Machine::Receive(receive) => receive.is_waiting(),
            Machine::Upload(_) => false,
        }
    }

    /// Whether this push has moved a ref.
    pub fn moved(&self) -> bool {
        match &self.machine {
            Machine::Receive(receive) => receive.moved(),
            Machine::Upload(_) => false,
        }
    }

    /// The media type of the answer over HTTP.
    pub const fn content_type(&self) -> &'static str {
        match (self.service, self.advertise) {
            (Service::UploadPack, true) => "application/x-git-upload-pack-advertisement",
            (Service::UploadPack, false) => "application/x-git-upload-pack-result",
            (Service::ReceivePack, true) => "application/x-git-receive-pack-advertisement",
            (Service::ReceivePack, false) => "application/x-git-receive-pack-result",
        }
    }
}
