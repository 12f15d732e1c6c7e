//! Medians of both hosts, as Markdown.

use std::fmt::Write as _;
use std::path::Path;

use super::site::Cost;
use crate::bench::table::{commit, name_of, processor};
use crate::host::Result;

/// What was measured, in the order of the first round.
#[derive(Default)]
pub(super) struct Figures {
    rows: Vec<(String, Vec<Cost>, Vec<Cost>)>,
}

impl Figures {
    /// Notes one measurement.
    pub(super) fn add(&mut self, title: &str, native: bool, cost: Cost) {
        let at = self.rows.iter().position(|(found, _, _)| found == title).unwrap_or_else(|| {
            self.rows.push((title.to_owned(), Vec::new(), Vec::new()));
            self.rows.len() - 1
        });
        if let Some((_, natives, workers)) = self.rows.get_mut(at) {
            if native { natives.push(cost) } else { workers.push(cost) }
        }
    }
}

/// What the tables were measured with.
pub(super) fn heading(runs: usize) -> Result<String> {
    let cpus = std::thread::available_parallelism()?;
    Ok(format!(
        "# Both hosts\n\n\
         The same operations by stock git on the native server and on the Worker in a local workerd, one after the other in one run; medians of\n\
         {runs}. Wall is the client's time. CPU is that of the server's process; of workerd that of all it runs, the Durable Objects, D1 and\n\
         Miniflare's own Worker in front of ours included. Memory is the peak of resident memory natively, and the linear memory of the program\n\
         in workerd, which never shrinks. A push is followed by work that nobody waits for; it has a row of its own.\n\
         Workerd closes the connection of a single page five seconds later, which is in the wall of the first rows.\n\n\
         `cargo xtask bench hosts PATH… --write` makes this part.\n\n\
         Commit {}, {cpus} × {}.\n",
        commit()?,
        processor(),
    ))
}

/// One repository's table.
pub(super) fn section(path: &Path, objects: usize, figures: &Figures) -> String {
    let mut text = format!("## {}: {objects} objects\n\n", name_of(path));
    text.push_str("| operation | native: wall s | CPU s | MB on the wire | peak MB | workerd: wall s | CPU s | MB on the wire | memory MB |\n");
    text.push_str("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n");
    for (title, native, worker) in &figures.rows {
        let _ = writeln!(text, "| {title} |{} |{} |", cells(native), cells(worker));
    }
    text
}

fn cells(costs: &[Cost]) -> String {
    let middle = |figure: fn(&Cost) -> f64| {
        let mut figures: Vec<f64> = costs.iter().map(figure).collect();
        figures.sort_by(f64::total_cmp);
        figures.get(figures.len() / 2).copied().unwrap_or_default()
    };
    format!(
        " {:.3} | {:.3} | {:.3} | {:.1}",
        middle(|cost| cost.wall),
        middle(|cost| cost.cpu),
        middle(|cost| megabytes(cost.bytes)),
        middle(|cost| megabytes(cost.memory)),
    )
}

#[expect(clippy::cast_precision_loss, reason = "a figure to be read by people")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
