//! What differs between two texts, two folders, two histories of a file: as stock git tells it by default.
//!
//! [`lines`] compares two texts line by line: Myers' algorithm with git's ways of giving up early, and then changes that
//! could stand in several places are moved to where they read best. The same lines come out as from `git diff`, which is
//! what makes counts agree and patches apply. Nothing here allocates more than a few times its input.

pub mod binary;
pub mod hunks;
pub mod lines;
pub mod rename;
mod script;
mod similar;
mod slide;
pub mod stat;
pub mod text;
pub mod tree;
pub mod words;

pub use hunks::{Hunk, hunks};
pub use lines::{Edit, Lines, Spaces, edits, edits_of_heads};

/// Bytes looked at to tell text from anything else.
const FEW: usize = 8_000;

/// Whether git takes this for something that is not text: a zero byte early on.
pub fn is_binary(data: &[u8]) -> bool {
    data.iter().take(FEW).any(|byte| *byte == 0)
}
