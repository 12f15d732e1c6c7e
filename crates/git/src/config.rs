//! A reader of git's configuration syntax, as far as `.gitmodules` needs it.

/// A piece of a configuration file.
pub(crate) enum Item {
    /// `[section "subsection"]`, as `section.subsection` with the section in lower case.
    Section(Vec<u8>),
    /// A line of the section before it.
    Variable {
        /// In lower case.
        name: Vec<u8>,
        /// `None` for a name without `=`.
        value: Option<Vec<u8>>,
    },
}

/// The file does not follow the syntax; what was read before it counts.
pub(crate) struct Malformed;

/// Calls `each` for every item, up to the end or the first malformed line.
pub(crate) fn read(data: &[u8], mut each: impl FnMut(Item)) -> Result<(), Malformed> {
    let mut input = Input { rest: data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(data), ended: false };
    loop {
        match input.next() {
            b'\n' if input.ended => return Ok(()),
            byte if is_space(byte) => {}
            b'#' | b';' => input.skip_line(),
            b'[' => each(Item::Section(input.section().ok_or(Malformed)?)),
            byte if byte.is_ascii_alphabetic() => each(input.variable(byte).ok_or(Malformed)?),
            _ => return Err(Malformed),
        }
    }
}

struct Input<'a> {
    rest: &'a [u8],
    /// Whether the end has been read; it reads as one more line end.
    ended: bool,
}

impl Input<'_> {
    fn next(&mut self) -> u8 {
        let Some((&byte, rest)) = self.rest.split_first() else {
            self.ended = true;
            return b'\n';
        };
        self.rest = rest;
        match rest.split_first() {
            Some((b'\n', after)) if byte == b'\r' => {
                self.rest = after;
                b'\n'
            }
            _ => byte,
        }
    }

    fn skip_line(&mut self) {
        // The line end itself stays: the caller sees the end of the file by it.
        let line = self.rest.iter().take_while(|byte| **byte != b'\n').count();
        self.rest = self.rest.get(line..).unwrap_or_default();
    }

    /// After `[`.
    fn section(&mut self) -> Option<Vec<u8>> {
        let mut name = Vec::new();
        loop {
            let byte = self.next();
            match byte {
                _ if self.ended => return None,
                b']' => break,
                _ if is_space(byte) => {
                    self.subsection(byte, &mut name)?;
                    break;
                }
                _ if is_key(byte) || byte == b'.' => name.push(byte.to_ascii_lowercase()),
                _ => return None,
            }
        }
        (!name.is_empty()).then_some(name)
    }

    /// After `[section` and a blank: `"name"]`, whose case counts.
    fn subsection(&mut self, blank: u8, name: &mut Vec<u8>) -> Option<()> {
        let mut byte = blank;
        while is_space(byte) {
            if byte == b'\n' {
                return None;
            }
            byte = self.next();
        }
        if byte != b'"' {
            return None;
        }
        name.push(b'.');
        loop {
            let mut byte = self.next();
            match byte {
                b'"' => break,
                b'\\' => byte = self.next(),
                _ => {}
            }
            if byte == b'\n' {
                return None;
            }
            name.push(byte);
        }
        (self.next() == b']').then_some(())
    }

    /// After the first letter of a name.
    fn variable(&mut self, first: u8) -> Option<Item> {
        let mut name = Vec::new();
        let mut byte = first;
        while is_key(byte) {
            name.push(byte.to_ascii_lowercase());
            byte = self.next();
        }
        while matches!(byte, b' ' | b'\t') {
            byte = self.next();
        }
        match byte {
            b'\n' => Some(Item::Variable { name, value: None }),
            b'=' => Some(Item::Variable { name, value: Some(self.value()?) }),
            _ => None,
        }
    }

    /// After `=`: the rest of the line, unquoted, without a comment and blanks at its ends.
    fn value(&mut self) -> Option<Vec<u8>> {
        let mut value = Vec::new();
        // Where the blanks at the end began.
        let mut blanks = None;
        let mut quoted = false;
        loop {
            let byte = self.next();
            match byte {
                b'\n' if quoted => return None,
                b'\n' => break,
                _ if is_space(byte) && !quoted => {
                    if !value.is_empty() {
                        blanks.get_or_insert(value.len());
                        value.push(byte);
                    }
                    continue;
                }
                b'#' | b';' if !quoted => {
                    self.skip_line();
                    continue;
                }
                b'"' => quoted = !quoted,
                b'\\' => match self.next() {
                    b'\n' => {}
                    b't' => value.push(b'\t'),
                    b'b' => value.push(8),
                    b'n' => value.push(b'\n'),
                    own @ (b'\\' | b'"') => value.push(own),
                    _ => return None,
                },
                _ => value.push(byte),
            }
            blanks = None;
        }
        if let Some(len) = blanks {
            value.truncate(len);
        }
        Some(value)
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

fn is_key(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-'
}
