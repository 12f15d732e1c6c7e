//! Memory for tables: what a push or a merge keeps of each of its objects, counted in bytes before it is taken.
//!
//! All repositories of a process share it. Like the publish turn it is asked for and never waited on, and like a place in
//! the workshop it is lost when nobody has worked on it for a while: a client that vanished may leave a push behind that is
//! never run again and never dropped.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use crate::cache::{Shared, lock};

/// Bytes an object of a push takes: its row of the table, its place among the ids, and what it names.
pub(crate) const PUSHED: u64 = 140;
/// Bytes an object of a merge takes.
pub(crate) const JOINED: u64 = 72;
/// What takes no more than this never has to wait.
const SMALL: u64 = 256 << 10;
/// Seconds without a sign of life after which memory is taken to be free.
const ABSENT: i64 = 180;

/// Who has how much.
#[derive(Default)]
pub(crate) struct Claims(Vec<Held>);

struct Held {
    ticket: u64,
    bytes: u64,
    seen: i64,
}

static TICKETS: AtomicU64 = AtomicU64::new(0);

/// A part of it, until it is dropped.
pub(crate) struct Claim {
    shared: Arc<Shared>,
    ticket: u64,
}

impl Claim {
    /// Takes so many bytes, if there are as many. Whoever wants more than there is gets it once nobody else has any.
    pub(crate) fn take(shared: &Arc<Shared>, bytes: u64, now: i64) -> Option<Self> {
        let mut claims = lock(&shared.room);
        claims.0.retain(|held| now - held.seen <= ABSENT);
        let taken: u64 = claims.0.iter().filter(|held| held.bytes > SMALL).map(|held| held.bytes).sum();
        if bytes > SMALL && taken > 0 && taken + bytes > shared.budget().tables {
            return None;
        }
        let ticket = TICKETS.fetch_add(1, Ordering::Relaxed);
        claims.0.push(Held { ticket, bytes, seen: now });
        Some(Self { shared: Arc::clone(shared), ticket })
    }

    /// A sign of life.
    pub(crate) fn renew(&self, now: i64) {
        if let Some(held) = lock(&self.shared.room).0.iter_mut().find(|held| held.ticket == self.ticket) {
            held.seen = now;
        }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        lock(&self.shared.room).0.retain(|held| held.ticket != self.ticket);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Budget;

    #[test]
    fn there_is_only_so_much_and_what_is_left_behind_is_free_again() {
        let budget = Budget { tables: 10 << 20, ..Budget::durable() };
        let shared = Shared::new(budget);
        let first = Claim::take(&shared, 6 << 20, 0).unwrap();
        assert!(Claim::take(&shared, 5 << 20, 0).is_none());
        let small: Vec<_> = (0..100).map(|_| Claim::take(&shared, SMALL, 0).unwrap()).collect();
        let second = Claim::take(&shared, 4 << 20, 0).unwrap();
        drop(second);
        first.renew(100);
        assert!(Claim::take(&shared, 5 << 20, 200).is_none());
        let rest = Claim::take(&shared, 20 << 20, 281);
        assert!(rest.is_some(), "nobody has worked with the first for too long");
        drop((first, small, rest));
        let more = Claim::take(&shared, 20 << 20, 281);
        assert!(more.is_some(), "more than there is, for one alone");
        assert!(Claim::take(&shared, 1 << 20, 281).is_none());
    }
}
