//! The publish turn: what decides about a push against the live packs runs one push at a time, in order of arrival.
//!
//! A [`Turn`] is a ticket in a queue in memory. It is asked, never waited on, because a Durable Object has one thread;
//! dropping it passes the turn on. It is a lease as well: whoever does not ask for a while loses it.

use std::{collections::VecDeque, sync::Arc};

use crate::{
    cache::{Shared, lock},
    limits,
};

/// The tickets of one repository.
#[derive(Default)]
pub(crate) struct Queue(VecDeque<Ticket>);

struct Ticket {
    number: i64,
    until: i64,
}

/// A place in the queue of one repository.
pub(crate) struct Turn {
    shared: Arc<Shared>,
    repository: i64,
    number: i64,
}

/// Where a ticket stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// It is its turn.
    First,
    /// Others come before it.
    Waiting,
    /// It was not asked for for too long, and others went by.
    Lost,
}

impl Turn {
    /// Queues up.
    pub(crate) fn queue(shared: &Arc<Shared>, repository: i64, now: i64) -> Self {
        let number = shared.scope();
        let ticket = Ticket { number, until: now + limits::TURN_LEASE };
        lock(&shared.turns).entry(repository).or_default().0.push_back(ticket);
        Self { shared: Arc::clone(shared), repository, number }
    }

    /// Where it stands now. Looking is a sign of life; the first in the queue that has given none for too long is let go.
    pub(crate) fn look(&self, now: i64) -> Place {
        let mut turns = lock(&self.shared.turns);
        let Some(Queue(queue)) = turns.get_mut(&self.repository) else { return Place::Lost };
        let Some(own) = queue.iter_mut().find(|ticket| ticket.number == self.number) else {
            return Place::Lost;
        };
        own.until = now + limits::TURN_LEASE;
        while queue.front().is_some_and(|first| first.until < now) {
            queue.pop_front();
        }
        match queue.front() {
            Some(first) if first.number == self.number => Place::First,
            _ => Place::Waiting,
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut turns = lock(&self.shared.turns);
        if let Some(Queue(queue)) = turns.get_mut(&self.repository) {
            queue.retain(|ticket| ticket.number != self.number);
            if queue.is_empty() {
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
        let first = Turn::queue(&shared, 1, 0);
        let second = Turn::queue(&shared, 1, 0);
        let elsewhere = Turn::queue(&shared, 2, 0);
        assert_eq!(first.look(0), Place::First);
        assert_eq!((second.look(0), elsewhere.look(0)), (Place::Waiting, Place::First));
        drop(first);
        assert_eq!(second.look(0), Place::First);
    }

    #[test]
    fn a_turn_that_stands_still_is_lost_only_when_another_wants_it() {
        let shared = Shared::new(Budget::durable());
        let holder = Turn::queue(&shared, 1, 0);
        let late = limits::TURN_LEASE + 1;
        assert_eq!(holder.look(late), Place::First, "nobody else is there");
        let other = Turn::queue(&shared, 1, late);
        assert_eq!(other.look(late), Place::Waiting);
        assert_eq!(other.look(2 * late + 1), Place::First);
        assert_eq!(holder.look(2 * late + 1), Place::Lost);
        drop(holder);
        assert_eq!(other.look(2 * late + 1), Place::First);
        drop(other);
        assert!(lock(&shared.turns).is_empty());
    }
}
