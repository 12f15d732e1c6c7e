//! Who may work on large deltas: one push of a process at a time, an object each in turn.
//!
//! What one needs is a few megabytes of memory and rows for a whole object, and several at once would only be slower.
//! Like the publish turn, a place is asked for and never waited on. Unlike it, a place is lost when it is not used for a
//! while: a client that stops reading must not stop the large pushes of everybody else.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use crate::cache::{Shared, lock};

/// Seconds without a sign of life after which a place is given to the next.
const ABSENT: i64 = 10;

/// Everybody who wants a place, the one who has it first.
#[derive(Default)]
pub(crate) struct Queue(VecDeque<Waiting>);

struct Waiting {
    ticket: u64,
    seen: i64,
}

static TICKETS: AtomicU64 = AtomicU64::new(0);

/// A place in the queue, or the wish for one.
pub(crate) struct Place {
    shared: Arc<Shared>,
    ticket: u64,
}

impl Place {
    pub(crate) fn new(shared: &Arc<Shared>) -> Self {
        Self { shared: Arc::clone(shared), ticket: TICKETS.fetch_add(1, Ordering::Relaxed) }
    }

    /// Asks for the place; whether it is ours. It has to be asked for again before each slice of work.
    pub(crate) fn is_ours(&self, now: i64) -> bool {
        let mut queue = lock(&self.shared.workshop);
        match queue.0.iter_mut().find(|waiting| waiting.ticket == self.ticket) {
            Some(own) => own.seen = now,
            None => queue.0.push_back(Waiting { ticket: self.ticket, seen: now }),
        }
        queue.0.retain(|waiting| now - waiting.seen <= ABSENT);
        queue.0.front().is_some_and(|first| first.ticket == self.ticket)
    }

    /// Lets the next one in. Whoever asks again queues up anew.
    pub(crate) fn leave(&self) {
        lock(&self.shared.workshop).0.retain(|waiting| waiting.ticket != self.ticket);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.leave();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Budget;

    #[test]
    fn each_in_turn_and_whoever_is_absent_is_passed_over() {
        let shared = Shared::new(Budget::durable());
        let [one, two, three] = [(); 3].map(|()| Place::new(&shared));
        assert!(one.is_ours(0) && !two.is_ours(0) && !three.is_ours(0));
        one.leave();
        assert!(!one.is_ours(1) && two.is_ours(1), "whoever left comes last");
        drop(two);
        assert!(three.is_ours(2) && !one.is_ours(2));
        assert!(!one.is_ours(12));
        assert!(one.is_ours(13), "the third was not seen for too long");
        assert!(!three.is_ours(13));
    }
}
