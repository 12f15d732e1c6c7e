//! The medians, as Markdown.

use std::fmt::Write as _;
use std::path::Path;

use super::Figures;
use crate::bench::table::{commit, name_of, processor};
use crate::host::{self, Result};

/// What every table was measured with.
pub(super) fn heading(times: usize) -> Result<String> {
    let cgit = host::output(host::command("dpkg-query").args(["-W", "-f", "${Version}", "cgit"]))?;
    let gitweb = host::output(host::command("dpkg-query").args(["-W", "-f", "${Version}", "gitweb"]))?;
    let cpus = std::thread::available_parallelism()?;
    Ok(format!(
        "# Pages\n\n\
         Milliseconds until a page is complete: ours over HTTP, on a connection of its own, compressed; cgit's and gitweb's from the start of\n\
         the program to its last byte, without a web server in front. One page after the other in turn, in one run, warm; medians of {times}. Ours\n\
         shows the last commit of every entry of a folder and highlights files; the peers do neither, but where a row says so.\n\n\
         `cargo xtask bench pages PATH… --file FILE --write` makes this part.\n\n\
         Commit {}, cgit {}, gitweb {}, {cpus} × {}.\n",
        commit()?,
        String::from_utf8_lossy(&cgit).trim(),
        String::from_utf8_lossy(&gitweb).trim(),
        processor(),
    ))
}

/// One repository's table.
pub(super) fn section(path: &Path, objects: usize, figures: &[Figures]) -> String {
    let mut text = format!("## {}: {objects} objects\n\n", name_of(path));
    text.push_str("| page | ours, ms | cgit, ms | gitweb, ms | ours to cgit's | ours, KB compressed |\n");
    text.push_str("| --- | ---: | ---: | ---: | ---: | ---: |\n");
    for row in figures {
        let (ours, cgit, gitweb) = (median(&row.ours), median(&row.cgit), median(&row.gitweb));
        #[expect(clippy::cast_precision_loss, reason = "a figure to be read by people")]
        let kilobytes = row.bytes as f64 / 1e3;
        let _ = writeln!(
            text,
            "| {} | {:.1} | {:.1} | {:.1} | {:.2} | {kilobytes:.1} |",
            row.title,
            ours * 1e3,
            cgit * 1e3,
            gitweb * 1e3,
            ours / cgit.max(1e-9),
        );
    }
    text
}

fn median(seconds: &[f64]) -> f64 {
    let mut seconds = seconds.to_vec();
    seconds.sort_by(f64::total_cmp);
    seconds.get(seconds.len() / 2).copied().unwrap_or_default()
}
