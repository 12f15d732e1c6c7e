//! Statements seen before: that each is one statement is checked once, and its text crosses to the runtime once.

use std::rc::Rc;

use worker::js_sys::JsString;

use crate::{Result, js::one_statement, migrate};

/// Texts kept; an object uses about a hundred.
const KEPT: usize = 256;

/// A text the runtime can take.
pub(super) struct Prepared {
    pub(super) text: JsString,
    /// Whether it can change rows, so that it makes sense to ask how many.
    pub(super) changes_rows: bool,
}

/// The texts of one database.
#[derive(Default)]
pub(super) struct Statements(Vec<Slot>);

struct Slot {
    text: Box<str>,
    /// Where the caller's text lies: equal addresses make it likely, equal texts certain.
    address: usize,
    prepared: Rc<Prepared>,
}

impl Statements {
    /// The statement; fails unless `text` is exactly one. The runtime would run several and answer for the last.
    pub(super) fn get(&mut self, text: &str) -> Result<Rc<Prepared>> {
        let address = text.as_ptr() as usize;
        if let Some(slot) = self.0.iter().find(|slot| slot.address == address && *slot.text == *text) {
            return Ok(Rc::clone(&slot.prepared));
        }
        one_statement(text)?;
        let prepared = Rc::new(Prepared { text: JsString::from(text), changes_rows: changes_rows(text) });
        if self.0.len() >= KEPT {
            self.0.clear();
        }
        self.0.push(Slot { text: text.into(), address, prepared: Rc::clone(&prepared) });
        Ok(prepared)
    }
}

fn changes_rows(text: &str) -> bool {
    let text = migrate::split(text).next().unwrap_or_default();
    let word = text.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    ["insert", "update", "delete", "replace", "with"].iter().any(|verb| word.eq_ignore_ascii_case(verb))
}
