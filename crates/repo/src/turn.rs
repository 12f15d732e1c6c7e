//! The publish turn: what decides about a push against the live packs runs one push at a time, in order of arrival.
//!
//! A [`Turn`] is a ticket in a queue in memory. It is asked, never waited on, because a Durable Object has one thread;
//! dropping it passes the turn on.

use std::{collections::VecDeque, sync::Arc};

use crate::cache::{Shared, lock};

/// The tickets of one repository.
#[derive(Default)]
pub(crate) struct Queue {
    next: u64,
    waiting: VecDeque<u64>,
}

/// A place in the queue of one repository.
pub(crate) struct Turn {
    shared: Arc<Shared>,
    repository: i64,
    ticket: u64,
}

impl Turn {
    /// Queues up.
    pub(crate) fn queue(shared: &Arc<Shared>, repository: i64) -> Self {
        let mut turns = lock(&shared.turns);
        let queue = turns.entry(repository).or_default();
        let ticket = queue.next;
        queue.next += 1;
        queue.waiting.push_back(ticket);
        drop(turns);
        Self { shared: Arc::clone(shared), repository, ticket }
    }

    /// Whether it is our turn.
    pub(crate) fn is_ours(&self) -> bool {
        lock(&self.shared.turns)
            .get(&self.repository)
            .is_some_and(|queue| queue.waiting.front() == Some(&self.ticket))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut turns = lock(&self.shared.turns);
        if let Some(queue) = turns.get_mut(&self.repository) {
            queue.waiting.retain(|ticket| *ticket != self.ticket);
            if queue.waiting.is_empty() {
                turns.remove(&self.repository);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Budget;

    #[test]
    fn turns_pass_in_order_and_when_dropped() {
        let shared = Shared::new(Budget::durable());
        let first = Turn::queue(&shared, 1);
        let second = Turn::queue(&shared, 1);
        let elsewhere = Turn::queue(&shared, 2);
        assert!(first.is_ours() && !second.is_ours() && elsewhere.is_ours());
        drop(first);
        assert!(second.is_ours());
    }
}
