//! Located messages with a stable code: what is wrong, where, why, and what to do next.
//!
//! Every stage returns `Result<T>`, whose error is a non-empty list: all mistakes, not the first. Nothing here
//! prints; `cli` renders (miette on a terminal, JSON for machines).

mod codes;
pub mod escape;
mod location;
mod next;
pub mod page;
pub mod render;

pub use codes::{CODES, Code};
pub use location::{Location, TomlSource};

/// What a stage answers: a value, or everything that is wrong.
pub type Result<T> = std::result::Result<T, Diagnostics>;

/// How bad it is. Only `Error` stops a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth a line; nothing is wrong.
    Note,
    /// Probably not what was meant; the run goes on.
    Warning,
    /// The stage cannot go on.
    Error,
}

/// One message: code, text, place and advice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The stable code, such as `E203`; see [`CODES`].
    pub code: Code,
    /// Whether it stops the stage.
    pub severity: Severity,
    /// What is wrong, one sentence without a final full stop, naming the value in quotes.
    pub message: String,
    /// Where it is wrong.
    pub at: Location,
    /// A few words under the caret; the message when empty.
    pub label: Option<String>,
    /// What to do next, a whole sentence.
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error with a code and a message, and the advice of its code, if it has one; add the rest with the other builders.
    pub fn error(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            message: message.into(),
            at: Location::default(),
            label: None,
            help: next::step(code).map(str::to_owned),
        }
    }

    /// A warning with a code and a message.
    pub fn warning(code: Code, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message) }
    }

    /// Sets the place.
    #[must_use]
    pub fn at(mut self, at: Location) -> Self {
        self.at = at;
        self
    }

    /// Sets the words under the caret.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Sets the advice.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Sets the advice where there is some.
    #[must_use]
    pub fn help_if(mut self, help: Option<String>) -> Self {
        self.help = help.or(self.help);
        self
    }

    /// This message as a stage's only error.
    pub fn alone<T>(self) -> Result<T> {
        Err(Diagnostics(vec![self]))
    }
}

/// A non-empty list of messages, at least one of which is an error.
#[derive(Clone, Debug)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// The messages, in the order found.
    pub fn list(&self) -> &[Diagnostic] {
        &self.0
    }

    /// Adds the messages of another list.
    pub fn extend(&mut self, more: Diagnostics) {
        self.0.extend(more.0);
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(one: Diagnostic) -> Self {
        Self(vec![one])
    }
}

impl std::fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (n, d) in self.0.iter().enumerate() {
            if n > 0 {
                writeln!(f)?;
            }
            write!(f, "{}: {} ({})", d.code, d.message, d.at)?;
        }
        Ok(())
    }
}

/// Collects messages over a stage; errors make the stage fail, warnings and notes are handed on.
#[derive(Debug, Default)]
pub struct Collector {
    found: Vec<Diagnostic>,
}

impl Collector {
    /// Adds one message.
    pub fn push(&mut self, one: Diagnostic) {
        self.found.push(one);
    }

    /// Takes a value out of a result, keeping its errors.
    pub fn keep<T>(&mut self, result: Result<T>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(errors) => {
                self.found.extend(errors.0);
                None
            }
        }
    }

    /// Whether any error has been found so far.
    pub fn failed(&self) -> bool {
        self.found.iter().any(|d| d.severity == Severity::Error)
    }

    /// Everything collected, in the order found.
    pub fn into_list(self) -> Vec<Diagnostic> {
        self.found
    }

    /// The value with its warnings and notes, or all messages when any is an error. The same message about the same
    /// place is told once.
    ///
    /// # Errors
    /// Everything collected, when at least one message is an error.
    pub fn finish<T>(mut self, value: T) -> Result<(T, Vec<Diagnostic>)> {
        let mut told: Vec<Diagnostic> = Vec::with_capacity(self.found.len());
        for one in std::mem::take(&mut self.found) {
            if !told.contains(&one) {
                told.push(one);
            }
        }
        self.found = told;
        if self.failed() { Err(Diagnostics(self.found)) } else { Ok((value, self.found)) }
    }
}

/// The nearest of `known` to `word`, when near enough to be meant.
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let lower = word.to_lowercase();
    known
        .into_iter()
        .map(|k| (strsim::jaro_winkler(&lower, &k.to_lowercase()), k))
        .filter(|(score, _)| *score > 0.82)
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)))
        .map(|(_, k)| format!("Did you mean `{k}`?"))
}
