//! The objects of an import in steps, each a pack that is small enough for one push.
//!
//! A pack's size is known when it has been made, so it is made twice: once to be measured. What turns out too large is
//! cut smaller.

use std::collections::HashSet;

use gitflare_git::Oid;

use super::{
    folder::Objects,
    pack::{PackStream, Place, Sent},
    walk::{Found, Reader},
};
use crate::error::{Failure, Result};

/// Objects of a step that nothing in it names, at most: each needs a ref.
const TIPS: usize = 5_000;

/// One push of them.
pub(super) struct Step<'a> {
    pub(super) pack: PackStream<'a>,
    pub(super) is_last: bool,
    range: std::ops::Range<usize>,
}

/// The steps of an import.
pub(super) struct Steps<'a> {
    objects: &'a Objects,
    found: Vec<Found>,
    places: Vec<Place>,
    /// Bytes of one push.
    limit: Option<u64>,
    next: usize,
    sent: Sent,
}

impl<'a> Steps<'a> {
    pub(super) fn new(objects: &'a Objects, found: Vec<Found>, limit: Option<u64>) -> Result<Self> {
        let places = Place::of(objects, found.iter().map(|found| found.oid))?;
        Ok(Self { objects, found, places, limit, next: 0, sent: Sent::default() })
    }

    /// The next step; `None` after the last.
    pub(super) fn next(&mut self) -> Result<Option<Step<'a>>> {
        if self.next == self.places.len() && self.next > 0 {
            return Ok(None);
        }
        let end = match self.limit {
            None => self.places.len(),
            Some(limit) => self.end(limit)?,
        };
        let range = self.next..end;
        let pack = self.pack(&range);
        self.sent.add(self.places.get(range.clone()).unwrap_or_default());
        self.next = end;
        Ok(Some(Step { pack, is_last: end == self.places.len(), range }))
    }

    /// Where the next step ends. What stands on something that comes later is sent whole, so that what is half the
    /// limit here may be more than all of it there.
    fn end(&self, limit: u64) -> Result<usize> {
        // The rest is for commands.
        let limit = limit / 8 * 7;
        let mut aim = limit / 2;
        loop {
            let range = self.next..self.cut(aim);
            let size = self.pack(&range).size()?;
            if size <= limit {
                return Ok(range.end);
            }
            match self.places.get(range.clone()) {
                Some([only]) => {
                    return Err(Failure::new(format_args!(
                        "object {} alone is {} in a pack, and the site takes {} at once",
                        only.oid,
                        megabytes(size),
                        megabytes(limit)
                    )));
                }
                _ => aim /= 2,
            }
        }
    }

    /// The end of what lies in about `aim` bytes here, one object at least.
    fn cut(&self, aim: u64) -> usize {
        let (mut size, mut blobs) = (0, 0);
        for (index, (place, found)) in self.places.iter().zip(&self.found).enumerate().skip(self.next) {
            size += place.size();
            // A blob is named by what comes after it: the tree ends a row of them.
            blobs = if found.is_blob { blobs + 1 } else { 0 };
            if index > self.next && (size > aim || blobs > TIPS) {
                return index;
            }
        }
        self.places.len()
    }

    fn pack(&self, range: &std::ops::Range<usize>) -> PackStream<'a> {
        let places = self.places.get(range.clone()).unwrap_or_default().to_vec();
        PackStream::new(self.objects, places, self.sent.clone())
    }

    /// What nothing else in the step names.
    pub(super) fn tips(&self, step: &Step<'_>) -> Result<Vec<Oid>> {
        let found = self.found.get(step.range.clone()).unwrap_or_default();
        let mut tips: HashSet<Oid> = found.iter().map(|found| found.oid).collect();
        let mut reader = Reader::new(self.objects);
        for parent in found.iter().filter(|found| !found.is_blob) {
            for child in reader.children(parent.oid)?.1 {
                tips.remove(&child.oid);
            }
        }
        let mut tips: Vec<Oid> = tips.into_iter().collect();
        tips.sort_unstable();
        Ok(tips)
    }
}

fn megabytes(bytes: u64) -> String {
    format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000)
}
