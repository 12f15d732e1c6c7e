//! A request's body as it arrives: fed in pieces, inflated if it is gzip-encoded, taken in pieces.

use gitflare_git::zlib::Gunzip;

use crate::Result;

/// Bytes received and not yet worked on.
pub(crate) struct Input {
    waiting: Vec<u8>,
    taken: usize,
    gunzip: Option<Gunzip>,
    inflated: Vec<u8>,
    ended: bool,
    received: u64,
}

impl Input {
    /// A body that inflates to at most `limit` bytes if it is gzip-encoded.
    pub(crate) fn new(gzip: bool, limit: u64) -> Self {
        let gunzip = gzip.then(|| Gunzip::new(limit));
        Self { waiting: Vec::new(), taken: 0, gunzip, inflated: Vec::new(), ended: false, received: 0 }
    }

    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        self.received += bytes.len() as u64;
        if self.taken > 0 {
            self.waiting.drain(..self.taken);
            self.taken = 0;
        }
        self.waiting.extend_from_slice(bytes);
    }

    pub(crate) fn eof(&mut self) {
        self.ended = true;
    }

    /// At most `most` bytes of the decoded body; empty if more have to be fed first, or none will come.
    pub(crate) fn take(&mut self, most: usize) -> Result<Vec<u8>> {
        if let Some(gunzip) = &mut self.gunzip {
            // Inflating a little at a time bounds what a bomb can make of it.
            while self.inflated.is_empty() && self.taken < self.waiting.len() {
                let end = self.waiting.len().min(self.taken + 16 * 1024);
                gunzip.feed(&self.waiting[self.taken..end], &mut self.inflated)?;
                self.taken = end;
            }
            if self.ended && self.taken == self.waiting.len() && self.inflated.is_empty() {
                gunzip.finish()?;
            }
            return Ok(std::mem::take(&mut self.inflated));
        }
        let end = self.waiting.len().min(self.taken + most);
        let bytes = self.waiting[self.taken..end].to_vec();
        self.taken = end;
        Ok(bytes)
    }

    /// Puts back what a parser did not use; it is taken again before anything else.
    pub(crate) fn put_back(&mut self, bytes: &[u8]) {
        if self.gunzip.is_some() {
            let mut rest = bytes.to_vec();
            rest.append(&mut self.inflated);
            self.inflated = rest;
        } else {
            self.taken -= bytes.len();
        }
    }

    /// Bytes fed so far.
    pub(crate) const fn received(&self) -> u64 {
        self.received
    }

    /// Throws away what is there.
    pub(crate) fn discard(&mut self) {
        self.waiting.clear();
        self.taken = 0;
        self.inflated.clear();
    }

    /// Whether nothing is left and nothing will come.
    pub(crate) fn is_over(&self) -> bool {
        self.ended && self.taken == self.waiting.len() && self.inflated.is_empty()
    }
}
