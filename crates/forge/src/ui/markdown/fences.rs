//! Fenced code: marked like the lines of files, before the sanitiser sees it.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::{Result, Write};
use std::sync::{Arc, Mutex};

use comrak::adapters::SyntaxHighlighterAdapter;

use crate::ui::highlight::{self, Budget, Highlight, Hint};

/// Highlights the fences of one text, with one budget for all of them.
pub(super) struct Fences {
    engine: Arc<dyn Highlight>,
    budget: Mutex<Budget>,
}

impl Fences {
    pub(super) fn new() -> Self {
        Self { engine: highlight::ready(), budget: Mutex::default() }
    }
}

impl SyntaxHighlighterAdapter for Fences {
    fn write_highlighted(&self, output: &mut dyn Write, language: Option<&str>, code: &str) -> Result {
        let name = language.and_then(|info| info.split([' ', ',', '{', '\t']).next()).unwrap_or_default();
        let lines = match self.budget.lock() {
            Ok(mut budget) if !name.is_empty() => self.engine.lines(Hint::Language(name), code, &mut budget),
            _ => None,
        };
        let mut out = String::with_capacity(code.len() * 2);
        match lines {
            Some(lines) => {
                for (text, spans) in code.lines().zip(&lines) {
                    out.push_str(&highlight::line(text, spans).into_string());
                    out.push('\n');
                }
            }
            None => highlight::escape(&mut out, code),
        }
        output.write_str(&out)
    }

    fn write_pre_tag(&self, output: &mut dyn Write, _: HashMap<&'static str, Cow<'_, str>>) -> Result {
        output.write_str("<pre>")
    }

    fn write_code_tag(&self, output: &mut dyn Write, _: HashMap<&'static str, Cow<'_, str>>) -> Result {
        output.write_str("<code>")
    }
}
