//! A delta that arrives in pieces: for objects that memory has no room for.
//!
//! What an instruction says is checked here, so that whoever carries it out can rely on it: copies lie within the base,
//! and the result has the size the delta declares.

use super::{copy, truncated};
use crate::error::bad;
use crate::{Error, Result};

/// What a delta does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// The result goes on with these bytes of the base.
    Copy {
        /// Where they begin.
        offset: u64,
        /// How many there are.
        length: u32,
    },
    /// The result goes on with these bytes. An insertion may come in several pieces.
    Insert(&'a [u8]),
}

/// Reads the instructions of a delta from pieces of any length.
pub struct Instructions {
    base: u64,
    /// The size of the result, once the header was read.
    result: Option<u64>,
    /// Bytes of the result the steps so far come to.
    made: u64,
    /// Bytes that are still to come of an insertion.
    inserting: usize,
    /// The part of the header or of an instruction that came in earlier pieces.
    held: Vec<u8>,
}

/// No header or instruction is longer: two sizes of 10 bytes each.
const LONGEST: usize = 20;

impl Instructions {
    /// Expects the first byte of a delta on a base of this size.
    pub fn new(base: u64) -> Self {
        Self { base, result: None, made: 0, inserting: 0, held: Vec::with_capacity(LONGEST) }
    }

    /// The size of the result; none before the header was read.
    pub const fn result(&self) -> Option<u64> {
        self.result
    }

    /// Takes the next step off the front of `input`; none when more input is needed first.
    pub fn next<'a>(&mut self, input: &mut &'a [u8]) -> Result<Option<Step<'a>>> {
        if self.result.is_none() && !self.header(input)? {
            return Ok(None);
        }
        if self.inserting == 0 {
            match self.instruction(input)? {
                Some(Instruction::Copy(offset, length)) => {
                    let end = u64::from(offset) + u64::from(length);
                    if end > self.base {
                        return Err(bad("delta copies beyond its base"));
                    }
                    self.grow(u64::from(length))?;
                    return Ok(Some(Step::Copy { offset: u64::from(offset), length }));
                }
                Some(Instruction::Insert(length)) => {
                    self.grow(length as u64)?;
                    self.inserting = length;
                }
                None => return Ok(None),
            }
        }
        let (piece, rest) = input.split_at(self.inserting.min(input.len()));
        *input = rest;
        self.inserting -= piece.len();
        Ok(if piece.is_empty() { None } else { Some(Step::Insert(piece)) })
    }

    /// Call at the end of the stream: nothing is missing.
    pub fn finish(&self) -> Result<()> {
        if self.result.is_none() || self.inserting > 0 || !self.held.is_empty() {
            return Err(truncated());
        }
        if self.result == Some(self.made) { Ok(()) } else { Err(wrong_size()) }
    }

    fn grow(&mut self, length: u64) -> Result<()> {
        self.made += length;
        if self.result.is_some_and(|result| self.made <= result) { Ok(()) } else { Err(wrong_size()) }
    }

    /// Reads the sizes at the front; whether they are complete.
    fn header(&mut self, input: &mut &[u8]) -> Result<bool> {
        while let Some((&byte, rest)) = input.split_first() {
            *input = rest;
            self.held.push(byte);
            // Each of the two numbers ends with a byte that says so.
            let ends = self.held.iter().filter(|byte| **byte & 0x80 == 0).count();
            if ends < 2 && self.held.len() < LONGEST {
                continue;
            }
            let (base, result, _) = super::sizes(&self.held)?;
            if base != self.base {
                return Err(bad("delta base has another size"));
            }
            self.result = Some(result);
            self.held.clear();
            return Ok(true);
        }
        Ok(false)
    }

    fn instruction(&mut self, input: &mut &[u8]) -> Result<Option<Instruction>> {
        let Some(&op) = self.held.first().or(input.first()) else { return Ok(None) };
        if op == 0 {
            return Err(bad("delta has a reserved instruction"));
        }
        let length = if op & 0x80 == 0 { 1 } else { 1 + (op & 0x7f).count_ones() as usize };
        let (more, rest) = input.split_at((length - self.held.len()).min(input.len()));
        *input = rest;
        self.held.extend_from_slice(more);
        if self.held.len() < length {
            return Ok(None);
        }
        let found = if op & 0x80 == 0 {
            Instruction::Insert(usize::from(op))
        } else {
            let (offset, length, _) = copy(op, self.held.get(1..).unwrap_or_default())?;
            let fits = |number| u32::try_from(number).map_err(|_| Error::Bad("delta is damaged".into()));
            Instruction::Copy(fits(offset)?, fits(length)?)
        };
        self.held.clear();
        Ok(Some(found))
    }
}

enum Instruction {
    Copy(u32, u32),
    Insert(usize),
}

fn wrong_size() -> Error {
    bad("delta result has wrong size")
}
