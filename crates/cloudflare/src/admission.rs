//! Places for transfers and downloads, of which an isolate has few: its 128 MB are shared by all objects that happen to live in it.
//!
//! A place is a lease. Whoever works on a transfer renews it; a client that vanished may leave a future behind that is
//! never run again and never dropped, and its place is free again after a while.

use std::{
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use gitflare_port::{Head, Service};
use worker::Delay;

use crate::clock;

/// Pushes at a time: each holds pieces, a table of its objects, and one object with its base.
const PUSHES: usize = 2;
/// Fetches at a time: each has about a megabyte on its way out, and more while it enumerates.
const FETCHES: usize = 24;
/// Lists of refs at a time.
const LISTS: usize = 24;
/// Downloads at a time: each has a piece on its way out, and what it is inflated from.
const DOWNLOADS: usize = 24;
/// Of those, at most so many for one client; of pushes one less than there are.
const SHARE: usize = 8;
/// Seconds a place is kept without a sign of life. A client that takes a megabyte slower than that keeps others out no
/// longer, and goes on; a push gives none while its client sends.
const LEASE: i64 = 30;
const PUSH_LEASE: i64 = 180;
/// How long a transfer waits for a place, and how often it looks.
const WAIT: i64 = 10;
/// The same for a push, which may have to wait for another one of the same client, and which git does not try again.
const PUSH_WAIT: i64 = 20;
const LOOK: Duration = Duration::from_millis(100);

static PLACES: Mutex<Places> = Mutex::new(Places { next: 0, taken: Vec::new() });

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Push,
    Fetch,
    List,
    Download,
}

impl Kind {
    const fn of(head: &Head) -> Self {
        match (head.advertise, head.service) {
            (true, _) => Self::List,
            (false, Service::ReceivePack) => Self::Push,
            (false, Service::UploadPack) => Self::Fetch,
        }
    }

    const fn limit(self) -> usize {
        match self {
            Self::Push => PUSHES,
            Self::Fetch => FETCHES,
            Self::List => LISTS,
            Self::Download => DOWNLOADS,
        }
    }

    const fn share(self) -> usize {
        match self {
            // Whoever sends slowly, or not at all, must not keep all others out.
            Self::Push => PUSHES - 1,
            Self::Fetch | Self::List | Self::Download => SHARE,
        }
    }

    const fn wait(self) -> i64 {
        match self {
            Self::Push => PUSH_WAIT,
            Self::Fetch | Self::List | Self::Download => WAIT,
        }
    }

    const fn lease(self) -> i64 {
        match self {
            Self::Push => PUSH_LEASE,
            Self::Fetch | Self::List | Self::Download => LEASE,
        }
    }
}

struct Places {
    next: u64,
    taken: Vec<Taken>,
}

struct Taken {
    number: u64,
    kind: Kind,
    client: Option<IpAddr>,
    until: i64,
}

impl Places {
    fn take(&mut self, kind: Kind, client: Option<IpAddr>, now: i64) -> Option<u64> {
        self.taken.retain(|place| place.until > now);
        let alike = self.taken.iter().filter(|place| place.kind == kind);
        let own = alike.clone().filter(|place| client.is_some() && place.client == client).count();
        if alike.count() >= kind.limit() || own >= kind.share() {
            return None;
        }
        self.next += 1;
        self.taken.push(Taken { number: self.next, kind, client, until: now + kind.lease() });
        Some(self.next)
    }
}

/// A place, until it is dropped or forgotten.
pub(crate) struct Place(u64);

/// Waits for a place; `None` when there is none in time.
pub(crate) async fn enter(head: &Head, client: Option<IpAddr>) -> Option<Place> {
    wait(Kind::of(head), client).await
}

/// The same for a download.
pub(crate) async fn enter_download(client: Option<IpAddr>) -> Option<Place> {
    wait(Kind::Download, client).await
}

async fn wait(kind: Kind, client: Option<IpAddr>) -> Option<Place> {
    let client = client.and_then(network);
    let start = clock::now();
    loop {
        let now = clock::now();
        if let Some(number) = places().take(kind, client, now) {
            return Some(Place(number));
        }
        if now - start >= kind.wait() {
            return None;
        }
        Delay::from(LOOK).await;
    }
}

impl Place {
    /// A sign of life.
    pub(crate) fn renew(&self, now: i64) {
        if let Some(place) = places().taken.iter_mut().find(|place| place.number == self.0) {
            place.until = now + place.kind.lease();
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        places().taken.retain(|place| place.number != self.0);
    }
}

/// What a client is counted under: its address, or its /64 network. The own machine is not counted.
fn network(address: IpAddr) -> Option<IpAddr> {
    match address.to_canonical() {
        address if address.is_loopback() => None,
        IpAddr::V6(address) => Some(IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64))),
        address => Some(address),
    }
}

fn places() -> MutexGuard<'static, Places> {
    PLACES.lock().unwrap_or_else(PoisonError::into_inner)
}
