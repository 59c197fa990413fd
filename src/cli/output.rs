//! The terminal: colour and width where there is one, plain text elsewhere. The only place that prints.

use crate::db::Db;
use crate::diagnostic::{Code, Diagnostic, Result, page, render};
use crate::env::Env;
use crate::plan::Head;
use crate::report::{Look, terminal};
use std::io::{IsTerminal as _, Write as _};

/// Where a command prints to.
pub(super) struct Output {
    errors_terminal: bool,
    colour: bool,
    width: usize,
}

impl Output {
    pub fn new(env: &Env) -> Self {
        let terminal = std::io::stdout().is_terminal();
        let colour = terminal && env.var("NO_COLOR").is_none() && env.var("TERM") != Some("dumb");
        let columns = env.var("COLUMNS").and_then(|c| c.parse().ok());
        let width = columns.or_else(|| terminal.then(terminal_width).flatten()).unwrap_or(100);
        Self { errors_terminal: std::io::stderr().is_terminal(), colour, width }
    }

    pub fn plain() -> Self {
        Self { errors_terminal: false, colour: false, width: 100 }
    }

    /// Prints to standard output. A closed pipe ends quietly.
    pub fn text(&self, text: &str) {
        let mut out = std::io::stdout().lock();
        drop(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
    }

    /// A line to standard output.
    pub fn line(&self, text: &str) {
        self.text(&format!("{text}\n"));
    }

    /// A line to standard error.
    pub fn error_line(&self, text: &str) {
        let mut out = std::io::stderr().lock();
        drop(writeln!(out, "{text}"));
    }

    /// Messages to standard error.
    pub fn diagnostics(&self, all: &[Diagnostic]) {
        if all.is_empty() {
            return;
        }
        let text = if self.errors_terminal {
            render::text(all, self.colour, self.width)
        } else {
            render::ascii(all, false, self.width)
        };
        self.error_line(text.trim_end());
    }

    /// The page of a code.
    pub fn page(&self, code: Code) -> Option<String> {
        page::text(code, self.colour, self.width)
    }

    /// A plan's report.
    pub fn plan(&self, head: &Head, db: &Db, number: u32, next: &[String]) -> Result<()> {
        let look = Look { width: self.width, colour: self.colour, number: Some(number), limit: 20 };
        self.text(&terminal::render(head, db, &look, next)?);
        Ok(())
    }

    /// Columns of the terminal.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Whether progress bars make sense.
    pub fn bars(&self) -> bool {
        self.errors_terminal
    }
}

fn terminal_width() -> Option<usize> {
    terminal_size::terminal_size().map(|(width, _)| usize::from(width.0))
}
