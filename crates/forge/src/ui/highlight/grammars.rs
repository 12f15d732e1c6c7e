//! The engine: TextMate grammars, read from a bundle that has to be of the engine's own version.

use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use syntaxmate::{Catalog, PreparedLanguage, ScopeStackId, Tokenizer, TokenizerOptions, TokenizerState};

use super::{Budget, Class, Highlight, Hint, LONGEST_LINE, Piece, Span, classes::class_of, is_too_much};

/// Languages kept ready: each takes up to a few megabytes.
const READY: usize = 12;
/// Steps one line may take.
const LINE: u32 = 64;

/// The languages of a bundle.
pub(super) struct Grammars {
    catalog: Catalog,
    ready: Mutex<Vec<(String, Arc<PreparedLanguage>)>>,
}

impl Grammars {
    /// Reads a bundle.
    pub(super) fn new(bundle: &[u8]) -> Result<Self, String> {
        let catalog = Catalog::from_bytes(bundle).map_err(|error| error.to_string())?;
        Ok(Self { catalog, ready: Mutex::new(Vec::new()) })
    }

    fn language(&self, hint: Hint<'_>, text: &str) -> Option<&str> {
        match hint {
            Hint::File(name) => self.catalog.detect(Some(Path::new(name)), text),
            Hint::Language(name) => {
                let name = name.to_ascii_lowercase();
                self.catalog
                    .canonical_language(&name)
                    .or_else(|| self.catalog.detect_path(format!("x.{name}")))
            }
        }
    }

    /// A language, from those that are ready or made so now.
    fn prepared(&self, language: &str, budget: &mut Budget) -> Option<Arc<PreparedLanguage>> {
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = ready.iter().position(|(name, _)| name == language) {
            let found = ready.remove(at);
            let prepared = Arc::clone(&found.1);
            ready.push(found);
            return Some(prepared);
        }
        budget.languages = budget.languages.checked_sub(1)?;
        let prepared = Arc::new(PreparedLanguage::from_catalog(&self.catalog, language).ok()?);
        if ready.len() >= READY {
            ready.remove(0);
        }
        ready.push((language.to_owned(), Arc::clone(&prepared)));
        Some(prepared)
    }
}

/// A place in a line that is not too long.
fn short(range: Range<usize>) -> Option<Range<u16>> {
    Some(range.start.try_into().ok()?..range.end.try_into().ok()?)
}

/// A text that is being read.
struct Reading {
    tokenizer: Tokenizer,
    /// What scopes mean, as far as they were met.
    known: HashMap<Option<ScopeStackId>, Option<Class>>,
}

impl Reading {
    fn new(prepared: &PreparedLanguage) -> Self {
        let options = TokenizerOptions { max_line_bytes: LONGEST_LINE + 2, line_cache_entries: 0 };
        Self { tokenizer: Tokenizer::from_prepared(prepared, options), known: HashMap::new() }
    }

    /// The pieces of a line; nothing if the budget does not suffice.
    fn line(&mut self, line: &str, state: &mut TokenizerState, budget: &mut Budget) -> Option<Vec<Span>> {
        let mut spans: Vec<Span> = Vec::new();
        let mut steps = 0;
        let allowed = budget.steps.min(LINE);
        let known = &mut self.known;
        let sink = |token: syntaxmate::Token| {
            let class = *known
                .entry(token.scope_stack())
                .or_insert_with(|| class_of(&token.scopes().collect::<Vec<_>>()));
            let (Some(class), Some(range)) = (class, short(token.range())) else { return };
            match spans.last_mut() {
                Some(last) if last.class == class && last.range.end == range.start => {
                    last.range.end = range.end;
                }
                _ => spans.push(Span { class, range }),
            }
        };
        let interrupt = || {
            steps += 1;
            steps > allowed
        };
        self.tokenizer.tokenize_line_with_interrupt(line, state, sink, interrupt).ok()?;
        budget.steps = budget.steps.checked_sub(steps)?;
        Some(spans)
    }

    /// Reads lines for what they leave behind. False if the budget does not suffice.
    fn skip(&mut self, text: &str, state: &mut TokenizerState, budget: &mut Budget) -> bool {
        let count = text.lines().count();
        let Some(left) = budget.unseen.checked_sub(count) else { return false };
        budget.unseen = left;
        text.lines().all(|line| self.line(line, state, budget).is_some())
    }
}

impl Highlight for Grammars {
    fn lines(&self, hint: Hint<'_>, text: &str, budget: &mut Budget) -> Option<Vec<Vec<Span>>> {
        if is_too_much(text) {
            return None;
        }
        let language = self.language(hint, text)?;
        let mut reading = Reading::new(&*self.prepared(language, budget)?);
        let mut state = reading.tokenizer.initial_state();
        text.lines().map(|line| reading.line(line, &mut state, budget)).collect()
    }

    fn forms(
        &self,
        hint: Hint<'_>,
        first: &str,
        pieces: &[Piece<'_>],
        budget: &mut Budget,
    ) -> Option<Vec<Vec<Span>>> {
        let language = self.language(hint, first)?;
        let mut reading = Reading::new(&*self.prepared(language, budget)?);
        let mut new = reading.tokenizer.initial_state();
        // Where the old form stands, while that is not where the new one does.
        let mut old: Option<TokenizerState> = None;
        let mut lines = Vec::new();
        for piece in pieces {
            match *piece {
                Piece::Between(text) => {
                    old = None;
                    if !reading.skip(text, &mut new, budget) {
                        new = reading.tokenizer.initial_state();
                    }
                }
                Piece::Unknown => {
                    old = None;
                    new = reading.tokenizer.initial_state();
                }
                Piece::Both(line) => {
                    lines.push(reading.line(line, &mut new, budget).unwrap_or_default());
                    if let Some(state) = &mut old {
                        reading.line(line, state, budget);
                    }
                    // From where both agree again, one is enough.
                    old = old.filter(|state| *state != new);
                }
                Piece::Old(line) => {
                    let state = old.get_or_insert_with(|| new.clone());
                    lines.push(reading.line(line, state, budget).unwrap_or_default());
                }
                Piece::New(line) => {
                    old.get_or_insert_with(|| new.clone());
                    lines.push(reading.line(line, &mut new, budget).unwrap_or_default());
                }
            }
        }
        Some(lines)
    }
}
