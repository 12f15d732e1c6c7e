//! Memory shared by all repositories of a process: inflated objects, rows of files, index segments.
//!
//! Keys begin with the repository's id, so one never sees another's bytes. Everything here can be rebuilt.

use std::{
    any::Any,
    collections::HashMap,
    hash::Hash,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
};

use gitflare_git::object::Kind;
use lru::LruCache;

use crate::{graph::Chunk, limits::Budget};

/// An inflated object.
#[derive(Debug)]
pub struct Object {
    /// Its type.
    pub kind: Kind,
    /// Its content, without the `type size` header.
    pub data: Vec<u8>,
}

impl AsRef<[u8]> for Object {
    fn as_ref(&self) -> &[u8] {
        &self.data
    }
}

/// Where something lies: repository, then file or pack, then offset or number.
pub type Place = (i64, i64, u64);

/// What a memo is about: its kind, and the ids and options it was made from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Memo {
    /// The first lines of a commit, by its number.
    Summary(u32),
    /// Anything else, by words that say all it depends on.
    Of(&'static str, String),
}

/// The caches of a process.
pub struct Shared {
    budget: Budget,
    objects: Mutex<Weighed<Place, Arc<Object>>>,
    rows: Mutex<Weighed<Place, Arc<Vec<u8>>>>,
    segments: Mutex<Weighed<Place, Arc<Vec<u8>>>>,
    graph: Mutex<Weighed<(i64, u32), Arc<Chunk>>>,
    pages: Mutex<Weighed<(i64, Memo), Arc<dyn Any + Send + Sync>>>,
    /// Tickets of pushes waiting to publish, by repository.
    pub(crate) turns: Mutex<HashMap<i64, crate::turn::Queue>>,
    /// Pushes with large deltas to carry out.
    pub(crate) workshop: Mutex<crate::workshop::Queue>,
    /// Memory for the tables of pushes and merges.
    pub(crate) room: Mutex<crate::room::Claims>,
    scopes: AtomicI64,
}

impl Shared {
    /// Caches within `budget`.
    pub fn new(budget: Budget) -> Arc<Self> {
        Arc::new(Self {
            budget,
            objects: Mutex::new(Weighed::new(budget.objects)),
            rows: Mutex::new(Weighed::new(budget.rows)),
            segments: Mutex::new(Weighed::new(budget.segments)),
            graph: Mutex::new(Weighed::new(budget.graph)),
            pages: Mutex::new(Weighed::new(budget.pages)),
            turns: Mutex::new(HashMap::new()),
            workshop: Mutex::default(),
            room: Mutex::default(),
            scopes: AtomicI64::new(-1),
        })
    }

    /// What they were made for.
    pub(crate) const fn budget(&self) -> &Budget {
        &self.budget
    }

    /// A number nothing else has: for the objects of one push in the cache, where no stored pack is negative, and for its
    /// ticket.
    pub(crate) fn scope(&self) -> i64 {
        self.scopes.fetch_sub(1, Ordering::Relaxed)
    }

    pub(crate) fn object(&self, place: Place) -> Option<Arc<Object>> {
        lock(&self.objects).get(&place)
    }

    pub(crate) fn keep_object(&self, place: Place, object: Arc<Object>) {
        let weight = object.data.capacity() + 96;
        lock(&self.objects).put(place, object, weight);
    }

    pub(crate) fn row(&self, place: Place) -> Option<Arc<Vec<u8>>> {
        lock(&self.rows).get(&place)
    }

    pub(crate) fn keep_row(&self, place: Place, row: Arc<Vec<u8>>) {
        let weight = row.capacity() + 96;
        lock(&self.rows).put(place, row, weight);
    }

    pub(crate) fn segment(&self, place: Place) -> Option<Arc<Vec<u8>>> {
        lock(&self.segments).get(&place)
    }

    pub(crate) fn keep_segment(&self, place: Place, segment: Arc<Vec<u8>>) {
        let weight = segment.capacity() + 96;
        lock(&self.segments).put(place, segment, weight);
    }

    pub(crate) fn chunk(&self, repository: i64, n: u32) -> Option<Arc<Chunk>> {
        lock(&self.graph).get(&(repository, n))
    }

    pub(crate) fn keep_chunk(&self, repository: i64, n: u32, chunk: Arc<Chunk>) {
        let weight = chunk.weight() + 96;
        lock(&self.graph).put((repository, n), chunk, weight);
    }

    /// What a page found out before, if it is still known. A memo is kept under the type it was kept with.
    pub(crate) fn memo<T: Any + Send + Sync>(&self, repository: i64, key: &Memo) -> Option<Arc<T>> {
        lock(&self.pages).get(&(repository, key.clone()))?.downcast().ok()
    }

    /// Keeps what a page found out. Only what can never change may be kept.
    pub(crate) fn keep_memo<T: Any + Send + Sync>(
        &self,
        repository: i64,
        key: Memo,
        memo: Arc<T>,
        weight: usize,
    ) {
        lock(&self.pages).put((repository, key), memo, weight + 160);
    }

    /// Gives the memory of inflated objects back, after a transfer that filled it.
    pub fn shrink(&self) {
        lock(&self.objects).clear();
        lock(&self.rows).clear();
    }
}

/// A poisoned lock only means that some request panicked; a cache has no invariant that could break.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An LRU map bounded by weight instead of count.
pub(crate) struct Weighed<K: Hash + Eq, V> {
    map: LruCache<K, (V, usize)>,
    used: usize,
    limit: usize,
}

impl<K: Hash + Eq, V: Clone> Weighed<K, V> {
    pub(crate) fn new(limit: usize) -> Self {
        Self { map: LruCache::unbounded(), used: 0, limit }
    }

    pub(crate) fn get(&mut self, key: &K) -> Option<V> {
        self.map.get(key).map(|(value, _)| value.clone())
    }

    pub(crate) fn put(&mut self, key: K, value: V, weight: usize) {
        if weight > self.limit / 2 {
            self.remove(&key);
            return;
        }
        if let Some((_, old)) = self.map.put(key, (value, weight)) {
            self.used -= old;
        }
        self.used += weight;
        while self.used > self.limit {
            let Some((_, (_, old))) = self.map.pop_lru() else { break };
            self.used -= old;
        }
    }

    pub(crate) fn remove(&mut self, key: &K) {
        if let Some((_, old)) = self.map.pop(key) {
            self.used -= old;
        }
    }

    pub(crate) fn clear(&mut self) {
        self.map.clear();
        self.used = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_recently_used_goes_first_and_weight_is_the_bound() {
        let mut map = Weighed::new(100);
        map.put(1, "a", 40);
        map.put(2, "b", 40);
        assert_eq!(map.get(&1), Some("a"));
        map.put(3, "c", 40);
        assert_eq!(map.get(&2), None);
        assert_eq!(map.get(&1), Some("a"));
        map.put(4, "too heavy", 60);
        assert_eq!(map.get(&4), None);
        assert!(map.used <= 100);
    }
}
