//! What a command reads and writes: a terminal, or the other end of the control socket.

use std::io::{self, IsTerminal, Read, Write};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Standard input, output and error of a command, wherever it runs.
pub(crate) trait Io {
    /// Reads input; 0 is its end.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize>;
    /// Writes data.
    fn out(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Writes one line beside the data.
    fn note(&mut self, line: &str) -> io::Result<()>;
    /// Shows how far long work is. `total` is 0 while unknown; `done == total > 0` ends it.
    fn progress(&mut self, what: &str, done: u64, total: u64) -> io::Result<()>;
}

impl dyn Io + '_ {
    /// Writes one line of data.
    pub(crate) fn line(&mut self, text: &str) -> io::Result<()> {
        self.out(format!("{text}\n").as_bytes())
    }

    /// Reads a secret: the whole input, without the line end.
    pub(crate) fn secret(&mut self) -> io::Result<String> {
        let mut bytes = Vec::new();
        let mut buffer = [0; 1024];
        loop {
            let count = self.read(&mut buffer)?;
            bytes.extend_from_slice(buffer.get(..count).unwrap_or_default());
            if count == 0 || bytes.len() > 4096 {
                break;
            }
        }
        let text = String::from_utf8(bytes).map_err(|_| io::Error::other("the password is not UTF-8"))?;
        let text = text.strip_suffix('\n').unwrap_or(&text);
        Ok(text.strip_suffix('\r').unwrap_or(text).to_owned())
    }
}

/// Draws one progress bar at a time on standard error, if that is a terminal.
#[derive(Default)]
pub(crate) struct Progress {
    bar: Option<(String, ProgressBar)>,
}

impl Progress {
    /// Moves the bar called `what`.
    pub(crate) fn show(&mut self, what: &str, done: u64, total: u64) {
        if !io::stderr().is_terminal() {
            return;
        }
        if self.bar.as_ref().is_none_or(|(name, _)| name != what) {
            self.clear();
            self.bar = Some((what.to_owned(), new_bar(what, total)));
        }
        if let Some((_, bar)) = &self.bar {
            bar.set_length(total);
            bar.set_position(done);
            if total > 0 && done >= total {
                bar.finish();
                self.bar = None;
            }
        }
    }

    /// Removes the bar, before a line is written.
    pub(crate) fn clear(&mut self) {
        if let Some((_, bar)) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

fn new_bar(what: &str, total: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr_with_hz(10));
    let template = match total {
        0 => "{msg:12} {human_pos}",
        _ => "{msg:12} [{wide_bar}] {human_pos}/{human_len} {eta}",
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.set_message(what.to_owned());
    bar
}

/// This process's own standard streams.
#[derive(Default)]
pub(crate) struct Terminal {
    progress: Progress,
}

impl Io for Terminal {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        io::stdin().lock().read(buffer)
    }

    fn out(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.progress.clear();
        let mut stdout = io::stdout().lock();
        stdout.write_all(bytes)?;
        stdout.flush()
    }

    fn note(&mut self, line: &str) -> io::Result<()> {
        self.progress.clear();
        writeln!(io::stderr().lock(), "{line}")
    }

    fn progress(&mut self, what: &str, done: u64, total: u64) -> io::Result<()> {
        self.progress.show(what, done, total);
        Ok(())
    }
}
