//! Where words go: results to stdout, the rest to stderr; colours and progress only where a person looks.

use super::args::{Color, Common};
use crate::cli::exit::CliError;
use crate::collect::progress::Progress;
use crate::config::wrap;
use crate::io;
use crate::model::verdict::Verdict;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{ErrorKind, IsTerminal as _, Write as _};
use std::sync::Mutex;

/// What the user asked to see, and how.
#[derive(Clone, Copy, Debug)]
pub struct Ui {
    quiet: bool,
    color: bool,
    bar: bool,
}

impl Ui {
    /// From the options and the environment (`NO_COLOR` as no-color.org says; `CI` as CI systems set it).
    pub fn new(common: &Common) -> Self {
        let ci = io::env("CI").is_some();
        let color = match common.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => !ci && io::env("NO_COLOR").is_none() && std::io::stdout().is_terminal(),
        };
        Self { quiet: common.quiet, color, bar: !common.quiet && !ci && std::io::stderr().is_terminal() }
    }

    /// Prints a result to stdout, with a newline. A reader who has seen enough (a closed pipe) is no error.
    ///
    /// # Errors
    /// stdout cannot be written, as on a full disk.
    pub fn say(&self, text: &str) -> Result<(), CliError> {
        self.raw(&format!("{text}\n"))
    }

    /// Prints bytes as they are.
    ///
    /// # Errors
    /// As [`Ui::say`].
    pub fn raw(&self, text: &str) -> Result<(), CliError> {
        let mut out = std::io::stdout().lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(e) if e.kind() != ErrorKind::BrokenPipe => Err(CliError::operational(format!("cannot write to standard output: {e}"))),
            _ => Ok(()),
        }
    }

    /// Prints JSON.
    ///
    /// # Errors
    /// As [`Ui::say`].
    pub fn json(&self, value: &serde_json::Value) -> Result<(), CliError> {
        self.say(&format!("{value:#}"))
    }

    /// Says something on the way, unless `--quiet`.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            tell_folded(&visible(text));
        }
    }

    /// Says what must not be missed, also with `--quiet`.
    pub fn warn(text: &str) {
        tell(&format!("poolproof: warning: {}", visible(text)));
    }

    /// Says what went wrong.
    pub fn error(text: &str) {
        tell(&format!("poolproof: {}", visible(text)));
    }

    /// A verdict's word with its colour, padded to the longest.
    pub fn verdict(&self, verdict: Verdict) -> String {
        let code = match verdict {
            Verdict::Fail => "31",
            Verdict::Incomplete => "35",
            Verdict::Manual => "33",
            Verdict::Pass => "32",
            Verdict::NotApplicable => "2",
        };
        self.painted(code, &format!("{verdict:<14}"))
    }

    /// A heading.
    pub fn heading(&self, text: &str) -> String {
        self.painted("1", text)
    }

    fn painted(&self, code: &str, text: &str) -> String {
        if self.color { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// Who shows the collector's progress: a bar on a terminal, plain lines otherwise, nothing with `--quiet`.
    pub fn progress(&self) -> Box<dyn Progress> {
        if self.quiet {
            return Box::new(crate::collect::progress::Silent);
        }
        if !self.bar {
            return Box::new(Lines::default());
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        bar.set_style(ProgressStyle::with_template("{spinner} {msg} {pos}").unwrap_or_else(|_| ProgressStyle::default_spinner()));
        Box::new(Bar(bar))
    }
}

/// Columns of a line on stderr.
const WIDTH: usize = 80;

/// A line to stderr. Nobody may be listening any more; that ends no run.
fn tell(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// Words on the way, in lines of a terminal; as they are where a program reads. Errors are never broken: they are copied.
fn tell_folded(text: &str) {
    let terminal = std::io::stderr().is_terminal();
    for line in text.split('\n') {
        // A line that is laid out by hand (a command, an indented one) stays as it is.
        if !terminal || line.starts_with(' ') || line.chars().count() <= WIDTH {
            tell(line);
        } else {
            wrap(line, WIDTH).iter().for_each(|l| tell(l));
        }
    }
}

/// Control characters made visible, newlines aside: an answer or a file name must not steer a terminal.
pub fn visible(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}

/// Plain lines: one a step, and one each tenth of a long one.
#[derive(Default)]
struct Lines(Mutex<(String, u64)>);

impl Progress for Lines {
    fn step(&self, what: &str) {
        tell(&visible(what));
        if let Ok(mut state) = self.0.lock() {
            *state = (what.to_owned(), 0);
        }
    }
    fn count(&self, done: u64, of: Option<u64>) {
        let Ok(mut state) = self.0.lock() else { return };
        let tenth = of.map_or(done / 1000, |of| done.saturating_mul(10) / of.max(1));
        if tenth > state.1 {
            state.1 = tenth;
            let of = of.map_or_else(String::new, |of| format!(" of {of}"));
            tell(&format!("{}: {done}{of}", visible(&state.0)));
        }
    }
    fn note(&self, text: &str) {
        tell(&visible(text));
    }
}

struct Bar(ProgressBar);

impl Progress for Bar {
    fn step(&self, what: &str) {
        self.0.reset();
        self.0.unset_length();
        self.0.set_message(visible(what));
        self.0.tick();
    }
    fn count(&self, done: u64, of: Option<u64>) {
        // Nothing to count yet is no bar.
        if let Some(of) = of.filter(|of| *of > 0) {
            let style = ProgressStyle::with_template("{msg} [{wide_bar}] {pos} of {len}, {eta} left");
            self.0.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            self.0.set_length(of);
        }
        self.0.set_position(done);
    }
    fn note(&self, text: &str) {
        self.0.suspend(|| tell_folded(&visible(text)));
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
