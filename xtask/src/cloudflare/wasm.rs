//! Reading a wasm module: its functions, how long they are, and what they are called.

use std::collections::HashMap;

use crate::host::Result;

const CUSTOM: u8 = 0;
const IMPORT: u8 = 2;
const CODE: u8 = 10;

/// One function of the module.
pub(crate) struct Function<'a> {
    /// Its name, empty when the module does not say.
    pub(crate) name: &'a str,
    /// Its code.
    pub(crate) code: &'a [u8],
}

/// All functions that have code.
pub(crate) fn functions(module: &[u8]) -> Result<Vec<Function<'_>>> {
    let mut imported = 0;
    let mut bodies = Vec::new();
    let mut names = HashMap::new();
    for Section { id, content, .. } in sections(module)? {
        match id {
            IMPORT => imported = imported_functions(content)?,
            CODE => bodies = code(content)?,
            CUSTOM => names.extend(function_names(content)?),
            _ => {}
        }
    }
    let numbered = bodies.into_iter().zip(imported..);
    let named =
        numbered.map(|(code, index)| Function { name: names.get(&index).copied().unwrap_or_default(), code });
    Ok(named.collect())
}

/// The module without what says how its functions are called.
pub(crate) fn without_names(module: &[u8]) -> Result<Vec<u8>> {
    let mut kept = module.get(..8).ok_or("not a wasm module")?.to_vec();
    for Section { id, content, whole } in sections(module)? {
        let is_names = id == CUSTOM && Reader { rest: content }.text()? == "name";
        if !is_names {
            kept.extend_from_slice(whole);
        }
    }
    Ok(kept)
}

/// One section: its number, what it holds, and all of it.
struct Section<'a> {
    id: u8,
    content: &'a [u8],
    whole: &'a [u8],
}

fn sections(module: &[u8]) -> Result<Vec<Section<'_>>> {
    let mut reader = Reader { rest: module };
    if reader.bytes(8)? != b"\0asm\x01\0\0\0" {
        return Err("not a wasm module".into());
    }
    let mut sections = Vec::new();
    while !reader.rest.is_empty() {
        let start = reader.rest;
        let id = reader.byte()?;
        let length = reader.number()?;
        let content = reader.bytes(length)?;
        let whole = start.get(..start.len() - reader.rest.len()).unwrap_or_default();
        sections.push(Section { id, content, whole });
    }
    Ok(sections)
}

fn imported_functions(section: &[u8]) -> Result<usize> {
    let mut reader = Reader { rest: section };
    let mut functions = 0;
    for _ in 0..reader.number()? {
        reader.text()?;
        reader.text()?;
        match reader.byte()? {
            0 => {
                reader.number()?;
                functions += 1;
            }
            1 => {
                reader.byte()?;
                reader.limits()?;
            }
            2 => reader.limits()?,
            3 => drop(reader.bytes(2)?),
            4 => {
                reader.byte()?;
                reader.number()?;
            }
            kind => return Err(format!("an import of unknown kind {kind}").into()),
        }
    }
    Ok(functions)
}

fn code(section: &[u8]) -> Result<Vec<&[u8]>> {
    let mut reader = Reader { rest: section };
    let mut bodies = Vec::new();
    for _ in 0..reader.number()? {
        let length = reader.number()?;
        bodies.push(reader.bytes(length)?);
    }
    Ok(bodies)
}

fn function_names(section: &[u8]) -> Result<HashMap<usize, &str>> {
    let mut reader = Reader { rest: section };
    let mut names = HashMap::new();
    if reader.text()? != "name" {
        return Ok(names);
    }
    while !reader.rest.is_empty() {
        let kind = reader.byte()?;
        let length = reader.number()?;
        let mut content = Reader { rest: reader.bytes(length)? };
        if kind == 1 {
            for _ in 0..content.number()? {
                names.insert(content.number()?, content.text()?);
            }
        }
    }
    Ok(names)
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn bytes(&mut self, length: usize) -> Result<&'a [u8]> {
        let (bytes, rest) = self.rest.split_at_checked(length).ok_or("the wasm module ends early")?;
        self.rest = rest;
        Ok(bytes)
    }

    fn byte(&mut self) -> Result<u8> {
        Ok(self.bytes(1)?.first().copied().unwrap_or_default())
    }

    /// An unsigned number in LEB128.
    fn number(&mut self) -> Result<usize> {
        let mut number = 0;
        for shift in (0..35).step_by(7) {
            let byte = self.byte()?;
            number |= usize::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err("a number in the wasm module is too long".into())
    }

    fn text(&mut self) -> Result<&'a str> {
        let length = self.number()?;
        Ok(std::str::from_utf8(self.bytes(length)?)?)
    }

    fn limits(&mut self) -> Result<()> {
        let has_maximum = self.byte()? & 1 == 1;
        self.number()?;
        if has_maximum {
            self.number()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `(import "m" "f" (func)) (func $a::b) (func)`, with names for the second.
    const MODULE: &[u8] = b"\0asm\x01\0\0\0\
        \x01\x04\x01\x60\0\0\
        \x02\x07\x01\x01m\x01f\0\0\
        \x03\x03\x02\0\0\
        \x0a\x07\x02\x02\0\x0b\x02\0\x0b\
        \0\x0e\x04name\x01\x07\x01\x01\x04a::b";

    #[test]
    fn functions_have_their_names_and_code() {
        let functions = functions(MODULE).unwrap();
        let seen: Vec<_> = functions.iter().map(|function| (function.name, function.code)).collect();
        assert_eq!(seen, [("a::b", b"\0\x0b".as_slice()), ("", b"\0\x0b".as_slice())]);
    }

    #[test]
    fn names_can_be_taken_out() {
        let bare = without_names(MODULE).unwrap();
        assert_eq!(bare, MODULE[..MODULE.len() - 16]);
        assert!(functions(&bare).unwrap().iter().all(|function| function.name.is_empty()));
    }

    #[test]
    fn what_is_no_module_is_refused() {
        assert!(functions(b"<html>").is_err());
        for length in 9..MODULE.len() - 1 {
            // Cut between two sections it is a shorter module; cut inside one it is none. Neither panics.
            let _ = functions(&MODULE[..length]);
        }
    }
}
