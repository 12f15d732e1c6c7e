//! Checks of the contents of `.gitmodules` and `.gitattributes`.

use super::ids::Message;
use super::report::{Reporter, quoting};
use super::url;
use crate::config::{self, Item};

/// Longest line of a `.gitattributes`, without its end, plus one.
const ATTRIBUTE_LINE: usize = 2048;
/// Largest `.gitattributes`.
const ATTRIBUTE_BYTES: usize = 100 << 20;
/// One file full of bad names need not become a message of the same size.
const MOST_COMPLAINTS: usize = 100;

/// Looks for submodules that would run a command or write outside their place in a clone.
pub(super) fn check_modules(data: &[u8], report: &mut Reporter<'_>) {
    let limit = report.found.len() + MOST_COMPLAINTS;
    let mut section = Section::default();
    let parsed = config::read(data, |item| match item {
        Item::Section(name) => section = Section::new(&name),
        Item::Variable { name, value } if report.found.len() < limit => {
            section.check(&name, value.as_deref(), report);
        }
        Item::Variable { .. } => {}
    });
    if parsed.is_err() {
        report.note(Message::GitmodulesParse, "could not parse gitmodules blob");
    }
}

/// What a section of the file says about submodules. Found once for all its variables: a long name before
/// many of them must not cost its length each time.
#[derive(Default)]
struct Section {
    is_submodule: bool,
    /// The submodule's name, while it is still to be complained about.
    bad_name: Option<Vec<u8>>,
    /// What every variable here is called: clients read keys as C strings, so a NUL ends them.
    variable: Option<Vec<u8>>,
}

impl Section {
    fn new(section: &[u8]) -> Self {
        let Some(rest) = c_string(section).strip_prefix(b"submodule.") else { return Self::default() };
        let (name, variable) = if section.contains(&0) {
            let Some(dot) = rest.iter().rposition(|byte| *byte == b'.') else { return Self::default() };
            let (name, key) = rest.split_at(dot);
            (name, key.get(1..).map(<[u8]>::to_vec))
        } else {
            (rest, None)
        };
        Self { is_submodule: true, bad_name: (!is_safe_name(name)).then(|| name.to_vec()), variable }
    }

    fn check(&mut self, name: &[u8], value: Option<&[u8]>, report: &mut Reporter<'_>) {
        if !self.is_submodule {
            return;
        }
        if let Some(bad) = self.bad_name.take() {
            report.note(Message::GitmodulesName, quoting("disallowed submodule name", &bad));
        }
        let Some(value) = value.map(c_string) else { return };
        match self.variable.as_deref().unwrap_or(name) {
            b"url" if !url::is_allowed(value) => {
                report.note(Message::GitmodulesUrl, quoting("disallowed submodule url", value));
            }
            b"path" if value.starts_with(b"-") => {
                report.note(Message::GitmodulesPath, quoting("disallowed submodule path", value));
            }
            b"update" if value.starts_with(b"!") => {
                report.note(Message::GitmodulesUpdate, quoting("disallowed submodule update setting", value));
            }
            _ => {}
        }
    }
}

fn c_string(text: &[u8]) -> &[u8] {
    let end = text.iter().position(|byte| *byte == 0).unwrap_or(text.len());
    text.get(..end).unwrap_or(text)
}

/// The name becomes a folder under `.git/modules` (CVE-2018-11235).
fn is_safe_name(name: &[u8]) -> bool {
    !name.is_empty() && name.split(|byte| matches!(byte, b'/' | b'\\')).all(|component| component != b"..")
}

/// Looks for sizes that overflowed the parsers of old clients (CVE-2022-23521).
pub(super) fn check_attributes(data: &[u8], report: &mut Reporter<'_>) {
    if data.len() > ATTRIBUTE_BYTES {
        attributes_too_large(report);
    } else if c_string(data).split(|byte| *byte == b'\n').any(|line| line.len() >= ATTRIBUTE_LINE) {
        report.note(Message::GitattributesLineLength, ".gitattributes has too long lines to parse");
    }
}

pub(super) fn attributes_too_large(report: &mut Reporter<'_>) {
    report.note(Message::GitattributesLarge, ".gitattributes too large to parse");
}

pub(super) fn modules_too_large(report: &mut Reporter<'_>) {
    report.note(Message::GitmodulesLarge, ".gitmodules too large to parse");
}
