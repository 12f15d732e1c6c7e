//! How well a path fits what somebody typed: its letters in their order, best where names begin and where they follow each
//! other, and better in the file's own name than in its folders.
//!
//! `web/fuzzy.ts` does the same in the same numbers, so that a page and a script list the same paths in the same order.

/// Letters that count of what was typed.
const TYPED: usize = 64;
/// Longer paths fit, and come last.
const LONGEST: usize = 512;
/// A letter right behind the one before.
const RUN: i32 = 200;
/// A letter at the beginning of a name, of a word, of a word in a name without gaps, and of what follows a dot.
const SEGMENT: i32 = 180;
const WORD: i32 = 160;
const HUMP: i32 = 140;
const DOT: i32 = 120;
/// A letter of the file's own name.
const NAME: i32 = 40;
/// A letter left out between two of them; before the first or behind the last it costs half.
const GAP: i32 = -2;
const EDGE: i32 = -1;
/// What cannot be.
const NEVER: i32 = -1_000_000_000;

/// What somebody typed, and room to try paths against it.
pub(super) struct Typed {
    letters: Vec<char>,
    /// For each letter and place of a path: the best that ends with the letter there, and the best up to there.
    ends: Vec<i32>,
    best: Vec<i32>,
    bonus: Vec<i32>,
    /// Bonus of a letter behind the one before.
    run: Vec<i32>,
}

impl Typed {
    /// White space in it means nothing.
    pub(super) fn new(text: &str) -> Self {
        let letters = text.chars().filter(|c| !c.is_whitespace()).map(folded).take(TYPED).collect();
        Self { letters, ends: Vec::new(), best: Vec::new(), bonus: Vec::new(), run: Vec::new() }
    }

    /// Whether nothing was typed.
    pub(super) fn is_empty(&self) -> bool {
        self.letters.is_empty()
    }

    /// How well a path fits; nothing if it does not.
    pub(super) fn score(&mut self, path: &str) -> Option<i32> {
        let mut wanted = self.letters.iter().peekable();
        for c in path.chars().map(folded) {
            wanted.next_if(|letter| **letter == c);
        }
        if wanted.peek().is_some() {
            return None;
        }
        let path: Vec<char> = path.chars().collect();
        if path.len() > LONGEST {
            return Some(NEVER);
        }
        self.fill(&path);
        Some(self.best.last().copied().unwrap_or_default())
    }

    /// The places of the letters in a path that fits, as numbers of characters.
    pub(super) fn places(&mut self, path: &str) -> Vec<usize> {
        let path: Vec<char> = path.chars().collect();
        if self.letters.is_empty() || path.len() > LONGEST {
            return Vec::new();
        }
        self.fill(&path);
        let width = path.len();
        let (mut places, mut end, mut is_run) = (Vec::new(), width, false);
        for letter in (0..self.letters.len()).rev() {
            let row = letter * width;
            let at = |cells: &[i32], place: usize| cells.get(row + place).copied().unwrap_or(NEVER);
            let found = (0..end).rev().find(|place| {
                let ends = at(&self.ends, *place);
                ends != NEVER && (is_run || ends == at(&self.best, *place))
            });
            let Some(place) = found else { return Vec::new() };
            let before = (letter > 0 && place > 0).then(|| row + place - width - 1);
            let before = before.and_then(|cell| self.ends.get(cell)).copied().unwrap_or(NEVER);
            let run = self.run.get(place).copied().unwrap_or_default();
            is_run = before != NEVER && at(&self.best, place) == before + run;
            places.push(place);
            end = place;
        }
        places.reverse();
        places
    }

    fn fill(&mut self, path: &[char]) {
        let width = path.len();
        let name = path.iter().rposition(|c| *c == '/').map_or(0, |slash| slash + 1);
        let own = |place: usize| if place >= name { NAME } else { 0 };
        self.bonus.clear();
        self.run.clear();
        let mut before = '/';
        for (place, c) in path.iter().enumerate() {
            self.bonus.push(beginning(before, *c) + own(place));
            self.run.push(RUN + own(place));
            before = *c;
        }
        self.ends.clear();
        self.best.clear();
        for (n, letter) in self.letters.iter().enumerate() {
            let gap = if n + 1 == self.letters.len() { EDGE } else { GAP };
            let above = n.checked_sub(1).map(|above| above * width);
            let mut best = NEVER;
            for (place, c) in path.iter().enumerate() {
                let mut ends = NEVER;
                if folded(*c) == *letter {
                    let bonus = self.bonus.get(place).copied().unwrap_or_default();
                    ends = match (above, place.checked_sub(1)) {
                        (None, _) => bonus + EDGE * i32::try_from(place).unwrap_or(i32::MAX),
                        (Some(_), None) => NEVER,
                        (Some(above), Some(left)) => {
                            let cell = |cells: &[i32]| cells.get(above + left).copied().unwrap_or(NEVER);
                            let run = self.run.get(place).copied().unwrap_or_default();
                            (cell(&self.best) + bonus).max(cell(&self.ends) + run)
                        }
                    };
                    // What follows something that cannot be cannot be either.
                    if ends < NEVER / 2 {
                        ends = NEVER;
                    }
                }
                best = ends.max(best + gap);
                self.ends.push(ends);
                self.best.push(best);
            }
        }
    }
}

/// What a letter is worth for where it stands.
fn beginning(before: char, c: char) -> i32 {
    match before {
        '/' => SEGMENT,
        '-' | '_' | ' ' => WORD,
        '.' => DOT,
        _ if before.is_lowercase() && c.is_uppercase() => HUMP,
        _ => 0,
    }
}

/// A character in lower case, where that is one character.
fn folded(c: char) -> char {
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::Typed;

    /// Paths that fit, the best first.
    fn found<'a>(typed: &str, paths: &[&'a str]) -> Vec<&'a str> {
        let mut typed = Typed::new(typed);
        let mut fitting: Vec<(i32, usize)> =
            paths.iter().enumerate().filter_map(|(n, path)| Some((-typed.score(path)?, n))).collect();
        fitting.sort_unstable();
        fitting.into_iter().map(|(_, n)| paths[n]).collect()
    }

    #[test]
    fn letters_in_their_order_fit_and_no_others() {
        assert_eq!(
            found("mrs", &["src/main.rs", "smr", "MAIN.RS", "m r s"]),
            ["m r s", "MAIN.RS", "src/main.rs"]
        );
        assert_eq!(found("öd", &["Ödön.txt", "od.txt"]), ["Ödön.txt"]);
        assert_eq!(found(" s r\tc", &["src"]), ["src"]);
        assert_eq!(found("", &["a", "b"]), ["a", "b"]);
    }

    #[test]
    fn beginnings_runs_and_names_come_first() {
        for (typed, paths) in [
            ("readme", &["README.md", "docs/README.md", "src/really/admin/empty.rs"][..]),
            ("folder", &["code/folder.rs", "folder/a/b.rs", "f/o/l/d/e/r"]),
            ("cf", &["src/code/frame.rs", "src/code/refs.rs"]),
            ("fb", &["src/FooBar.java", "src/foobar.java"]),
            ("lib", &["lib.rs", "crates/lib.rs", "crates/forge/lib.rs", "lib/deep/other.rs"]),
            ("foo_bar", &["a/foo_bar.c", "a/foo_baz/bar.c"]),
        ] {
            let mut turned = paths.to_vec();
            turned.reverse();
            assert_eq!(found(typed, &turned), paths, "{typed}");
        }
    }

    #[test]
    fn the_letters_are_where_they_count_most() {
        let places = |typed: &str, path: &str| Typed::new(typed).places(path);
        assert_eq!(places("main", "domain/src/main.rs"), [11, 12, 13, 14]);
        assert_eq!(places("cf", "src/code/frame.rs"), [4, 9]);
        assert_eq!(places("", "a"), [0_usize; 0]);
        assert_eq!(places("z", "a"), [0_usize; 0]);
    }

    #[test]
    fn what_is_very_long_fits_and_comes_last() {
        let long = "a".repeat(600);
        assert_eq!(found("aa", &[&long, "xaxa"]), ["xaxa", &long]);
        assert!(Typed::new("aa").places(&long).is_empty());
        assert!(Typed::new(&"a".repeat(100)).score(&"a".repeat(64)).is_some());
    }
}
