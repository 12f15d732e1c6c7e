//! Medians, as Markdown.

use std::fmt::Write as _;
use std::path::Path;

use super::side::Cost;
use crate::host::{self, Result};

/// What was measured, in the order of the first round.
#[derive(Default)]
pub(crate) struct Results {
    rows: Vec<(String, Vec<Cost>, Vec<Cost>)>,
}

impl Results {
    /// Notes one measurement of each side.
    pub(crate) fn add(&mut self, title: &str, ours: Cost, stock: Cost) {
        match self.rows.iter_mut().find(|(found, _, _)| found == title) {
            Some((_, all_ours, all_stock)) => {
                all_ours.push(ours);
                all_stock.push(stock);
            }
            None => self.rows.push((title.to_owned(), vec![ours], vec![stock])),
        }
    }
}

/// What every table was measured with.
pub(crate) fn heading(runs: usize) -> Result<String> {
    let git = host::output(host::command("git").arg("--version"))?;
    let cpus = std::thread::available_parallelism()?;
    Ok(format!(
        "# Benchmarks\n\n\
         What serving a repository costs the server: CPU seconds (user and system, of the server and all it starts), peak resident memory of\n\
         its largest process, and bytes on the wire both ways. Stock git is `git http-backend` behind a bridge whose own work is not counted,\n\
         with bitmaps, a commit graph and one packing thread. Both in turn, in one run, on the same repository; medians of {runs}. Operations shorter\n\
         than a clone are done 20 times and divided. Gitflare checks every object it receives; stock git does so only where the row says it.\n\n\
         `cargo xtask bench git PATH… --write` makes this part.\n\n\
         Commit {}, {}, {cpus} × {}.\n",
        commit()?,
        String::from_utf8_lossy(&git).trim(),
        processor(),
    ))
}

/// The commit that is measured.
pub(crate) fn commit() -> Result<String> {
    let mut command = host::command("git");
    let commit = host::output(command.args(["rev-parse", "--short=12", "HEAD"]).current_dir(host::root()))?;
    Ok(String::from_utf8_lossy(&commit).trim().to_owned())
}

/// What a repository is called, by where it is.
pub(crate) fn name_of(path: &Path) -> String {
    let mut parts = path.iter().rev().map(|part| part.to_string_lossy().into_owned());
    parts.find(|part| !matches!(part.as_str(), "repo" | ".git")).unwrap_or_default()
}

/// What the machine's processor calls itself.
pub(crate) fn processor() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name =
        info.lines().find_map(|line| line.strip_prefix("model name")).and_then(|rest| rest.split_once(": "));
    name.map_or_else(|| std::env::consts::ARCH.to_owned(), |(_, name)| name.to_owned())
}

/// One repository's table.
pub(crate) fn section(path: &Path, objects: usize, refs: usize, results: &Results) -> String {
    let mut text = format!("## {}: {objects} objects, {refs} refs\n\n", name_of(path));
    text.push_str("| operation | CPU s, ours | stock | ratio | peak MB, ours | stock | MB on the wire, ours | stock |\n");
    text.push_str("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n");
    for (title, ours, stock) in &results.rows {
        let (ours, stock) = (median(ours), median(stock));
        let _ = writeln!(
            text,
            "| {title} | {:.4} | {:.4} | {:.2} | {:.0} | {:.0} | {:.3} | {:.3} |",
            ours.cpu,
            stock.cpu,
            ours.cpu / stock.cpu.max(1e-6),
            megabytes(ours.memory),
            megabytes(stock.memory),
            megabytes(ours.bytes),
            megabytes(stock.bytes),
        );
    }
    text
}

#[expect(clippy::cast_precision_loss, reason = "a figure to be read by people")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// The middle of each figure by itself.
fn median(costs: &[Cost]) -> Cost {
    let mut cpu: Vec<f64> = costs.iter().map(|cost| cost.cpu).collect();
    cpu.sort_by(f64::total_cmp);
    let middle = |figure: fn(&Cost) -> u64| {
        let mut figures: Vec<u64> = costs.iter().map(figure).collect();
        figures.sort_unstable();
        figures.get(figures.len() / 2).copied().unwrap_or_default()
    };
    Cost {
        cpu: cpu.get(cpu.len() / 2).copied().unwrap_or_default(),
        memory: middle(|cost| cost.memory),
        bytes: middle(|cost| cost.bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_of_each_figure() {
        let cost = |cpu, memory| Cost { cpu, memory, bytes: 0 };
        let middle = median(&[cost(3.0, 10), cost(1.0, 30), cost(2.0, 20)]);
        assert!((middle.cpu - 2.0).abs() < 1e-9);
        assert_eq!(middle.memory, 20);
    }
}
