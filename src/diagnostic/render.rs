//! Rendering diagnostics: miette's graphical form with a caret in the TOML, or one plain line each. Makes text and
//! prints nothing; control characters in it are escaped.

mod github;
mod json;

pub use github::github;
pub use json::json;

use super::escape;
use super::{Diagnostic, Severity};
use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode, ThemeCharacters,
    ThemeStyles,
};
use std::fmt;

/// The graphical form for a terminal of `width` columns, all messages in order, with a count line at the end.
pub fn text(diagnostics: &[Diagnostic], colour: bool, width: usize) -> String {
    graphical(diagnostics, ThemeCharacters::unicode(), colour, width)
}

/// The same drawn with ASCII characters only (the messages keep theirs).
pub fn ascii(diagnostics: &[Diagnostic], colour: bool, width: usize) -> String {
    graphical(diagnostics, ThemeCharacters::ascii(), colour, width)
}

/// One line each for non-terminals: `error[E203] mapping.toml:12:5: message (help: …)`.
pub fn plain(diagnostics: &[Diagnostic]) -> String {
    let mut out = String::new();
    for d in diagnostics {
        let place = match d.at.to_string() {
            at if at.is_empty() => at,
            at => format!(" {}", escape::line(&at)),
        };
        let help = d.help.as_ref().map_or_else(String::new, |h| format!(" (help: {})", escape::line(h)));
        let message = escape::line(&d.message);
        out.push_str(&format!("{}[{}]{place}: {message}{help}\n", word(d.severity), d.code));
    }
    out
}

/// How many of each severity: `3 errors, 1 warning`; empty for none.
pub fn count(diagnostics: &[Diagnostic]) -> String {
    let part = |severity| {
        let number = diagnostics.iter().filter(|d| d.severity == severity).count();
        let plural = if number == 1 { "" } else { "s" };
        (number > 0).then(|| format!("{number} {}{plural}", word(severity)))
    };
    let parts = [Severity::Error, Severity::Warning, Severity::Note].map(part);
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

fn graphical(diagnostics: &[Diagnostic], characters: ThemeCharacters, colour: bool, width: usize) -> String {
    let styles = if colour { ThemeStyles::ansi() } else { ThemeStyles::none() };
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme { characters, styles })
        .with_width(width.max(40))
        .with_links(false)
        .with_context_lines(1);
    let mut out = String::new();
    for d in diagnostics {
        let adapter = Adapter::of(d);
        if handler.render_report(&mut out, &adapter).is_err() {
            out.push_str(&plain(std::slice::from_ref(d)));
        }
        out.push('\n');
    }
    out.push_str(&count(diagnostics));
    let first = diagnostics.iter().find(|d| d.severity == Severity::Error).or(diagnostics.first());
    if let Some(first) = first {
        out.push_str(&format!(". More: crosswalk help {}", first.code));
    }
    out.push('\n');
    out
}

/// A diagnostic in miette's terms.
struct Adapter<'a> {
    of: &'a Diagnostic,
    message: String,
    source: Option<NamedSource<String>>,
    label: Option<LabeledSpan>,
}

impl<'a> Adapter<'a> {
    fn of(d: &'a Diagnostic) -> Self {
        let snippet = d.at.toml.as_ref().zip(d.at.span.as_ref()).filter(|(t, s)| s.end <= t.text.len());
        let source = snippet
            .map(|(toml, _)| NamedSource::new(escape::line(&toml.name), escape::same_length(&toml.text)));
        let label = snippet.map(|(_, span)| {
            let words = d.label.as_ref().map(|l| escape::line(l).into_owned());
            LabeledSpan::new_primary_with_span(words, span.clone())
        });
        let mut message = escape::block(&d.message).into_owned();
        let at = d.at.to_string();
        if source.is_none() && !at.is_empty() {
            message.push_str(&format!("\nat {}", escape::line(&at)));
        }
        if let (None, Some(more)) = (&source, &d.label) {
            message.push_str(&format!("\n{}", escape::block(more)));
        }
        Self { of: d, message, source, label }
    }
}

impl fmt::Debug for Adapter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.of, f)
    }
}

impl fmt::Display for Adapter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Adapter<'_> {}

impl miette::Diagnostic for Adapter<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(format!("{}[{}]", word(self.of.severity), self.of.code)))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.of.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
            Severity::Note => miette::Severity::Advice,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let help = self.of.help.as_ref()?;
        Some(Box::new(escape::block(help)))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|s| s as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.label.clone().map(|l| Box::new(std::iter::once(l)) as Box<dyn Iterator<Item = LabeledSpan>>)
    }
}

#[cfg(test)]
mod tests;
