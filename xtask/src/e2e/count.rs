//! How many tests passed, failed and were skipped, read from what the test runner says at its end.

/// Numbers of tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Ran and were satisfied.
    pub(crate) passed: usize,
    /// Ran and were not, in whatever way.
    pub(crate) failed: usize,
    /// Did not run.
    pub(crate) skipped: usize,
}

impl Counts {
    /// Reads the summary of `cargo nextest` or the results of `cargo test`; none where there is neither.
    pub(crate) fn read(output: &str) -> Option<Self> {
        let plain = without_colours(output);
        let summary = plain.lines().rev().find(|line| line.trim_start().starts_with("Summary ["));
        if let Some(line) = summary {
            return Some(Self::of_line(line));
        }
        let mut results = plain.lines().filter(|line| line.starts_with("test result:")).peekable();
        results.peek()?;
        Some(results.map(Self::of_line).fold(Self::default(), |sum, counts| Self {
            passed: sum.passed + counts.passed,
            failed: sum.failed + counts.failed,
            skipped: sum.skipped + counts.skipped,
        }))
    }

    /// `… 44 passed (1 slow), 1 failed, 2 timed out, 0 skipped`, or `… 44 passed; 1 failed; 0 ignored; 2 filtered out`.
    fn of_line(line: &str) -> Self {
        let mut counts = Self::default();
        let words: Vec<&str> = line.split_whitespace().collect();
        for pair in words.windows(2) {
            let Ok(number) = pair[0].parse::<usize>() else { continue };
            match pair[1].trim_end_matches([',', ';']) {
                "passed" => counts.passed += number,
                "failed" | "exec" | "timed" => counts.failed += number,
                "skipped" | "ignored" | "filtered" => counts.skipped += number,
                _ => {}
            }
        }
        counts
    }
}

/// The text without the sequences that colour it.
fn without_colours(text: &str) -> String {
    let mut plain = String::new();
    let mut parts = text.split("\x1b[");
    plain.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let end = part.find(|c: char| c.is_ascii_alphabetic()).map_or(part.len(), |end| end + 1);
        plain.push_str(part.get(end..).unwrap_or_default());
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_of_nextest_is_read() {
        let output = "    PASS [   0.1s] a\n\u{1b}[1m────\u{1b}[0m\n     \u{1b}[31;1mSummary\u{1b}[0m [  23.964s] \
            \u{1b}[1m48\u{1b}[0m tests run: 44 passed (1 slow, 2 leaky), 1 failed, 2 timed out, 1 exec failed, 3 skipped\n\
                    FAIL [   0.693s] b\n";
        assert_eq!(Counts::read(output), Some(Counts { passed: 44, failed: 4, skipped: 3 }));
    }

    #[test]
    fn the_results_of_cargo_test_are_added() {
        let output = "test a ... ok\n\
            test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
            test result: FAILED. 2 passed; 5 failed; 0 ignored; 0 measured; 4 filtered out; finished in 0.00s\n";
        assert_eq!(Counts::read(output), Some(Counts { passed: 5, failed: 5, skipped: 5 }));
    }

    #[test]
    fn a_run_that_did_not_end_counts_nothing() {
        assert_eq!(Counts::read("error: could not compile `gitflare-e2e`\n"), None);
    }
}
