//! The terminal: colour and width where there is one, plain text elsewhere. The only place that prints.

use super::pager;
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

    /// A document to standard output, as it is. A closed pipe ends quietly.
    pub fn raw(&self, write: impl FnOnce(&mut dyn std::io::Write) -> Result<()>) -> Result<()> {
        let mut out = Quiet(std::io::stdout().lock());
        write(&mut out)
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
        self.text(&terminal::render(head, db, &self.look(number), next)?);
        Ok(())
    }

    /// How a plan's report looks here.
    pub fn look(&self, number: u32) -> Look {
        Look { width: self.width, colour: self.colour, number: Some(number), limit: 20, care: 1000 }
    }

    /// A long text: through the reader's pager where that makes sense, else printed.
    pub fn long(&self, text: &str, env: &Env) {
        let lines = std::io::stdout().is_terminal().then(terminal_lines).flatten();
        let long = lines.is_some_and(|lines| text.lines().count() >= lines);
        if !long || !pager::show(text, env) {
            self.text(text);
        }
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

/// Standard output that takes a closed pipe for the reader's having seen enough.
struct Quiet<'a>(std::io::StdoutLock<'a>);

impl std::io::Write for Quiet<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match self.0.write(bytes) {
            Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => Ok(bytes.len()),
            other => other,
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        match self.0.flush() {
            Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            other => other,
        }
    }
}

fn terminal_lines() -> Option<usize> {
    terminal_size::terminal_size().map(|(_, height)| usize::from(height.0))
}

fn terminal_width() -> Option<usize> {
    terminal_size::terminal_size().map(|(width, _)| usize::from(width.0))
}
