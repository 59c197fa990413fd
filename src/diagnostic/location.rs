//! A place: in an input file (sheet, cell, line, column, path) or in a TOML file (byte span).

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// The text of a TOML file with its name, kept for carets under the place of a mistake. A mapping that uses other files
/// is their texts one after the other: spans count in the joined text, and [`Location::toml`] finds the file again.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct TomlSource {
    /// The file's name as the user knows it.
    pub name: String,
    /// Its whole text.
    pub text: String,
    /// The files it is joined from, each with where it begins in `text`; empty for one file.
    pub parts: Vec<(usize, Arc<TomlSource>)>,
}

impl TomlSource {
    /// One file.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: text.into(), parts: Vec::new() }
    }

    /// Several files (name and text) as one text, a line break after each; its name is the first one's.
    pub fn joined(files: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut whole = Self::default();
        for (name, text) in files {
            let begins = whole.text.len();
            whole.text.push_str(&text);
            whole.text.push('\n');
            whole.parts.push((begins, Arc::new(Self::new(name, text))));
        }
        whole.name = whole.parts.first().map(|(_, p)| p.name.clone()).unwrap_or_default();
        whole
    }

    /// The file that a span of the joined text is in, and the span there.
    fn part(&self, span: &Range<usize>) -> Option<(Arc<TomlSource>, Range<usize>)> {
        let (begins, part) = self.parts.iter().rev().find(|(begins, _)| *begins <= span.start)?;
        let local = |at: usize| at.saturating_sub(*begins).min(part.text.len());
        Some((part.clone(), local(span.start)..local(span.end)))
    }
}

/// A place. All parts are optional; the renderers print what is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Location {
    /// File name, below its folder.
    pub file: Option<String>,
    /// Sheet of a workbook.
    pub sheet: Option<String>,
    /// Cell, such as `B17`.
    pub cell: Option<String>,
    /// Line of a text file, from 1.
    pub line: Option<u64>,
    /// Column name.
    pub column: Option<String>,
    /// XPath or JSON pointer.
    pub path: Option<String>,
    /// Byte span inside a TOML file's text.
    pub span: Option<Range<usize>>,
    /// That TOML file.
    pub toml: Option<Arc<TomlSource>>,
}

impl Location {
    /// A place in a TOML file; of a joined text, in the file that the span is in.
    pub fn toml(source: &Arc<TomlSource>, span: Range<usize>) -> Self {
        let (source, span) = source.part(&span).unwrap_or_else(|| (source.clone(), span));
        Self { span: Some(span), toml: Some(source), ..Self::default() }
    }

    /// An input file as a whole.
    pub fn file(name: impl Into<String>) -> Self {
        Self { file: Some(name.into()), ..Self::default() }
    }

    /// A line of a text file, from 1.
    pub fn line(name: impl Into<String>, line: u64) -> Self {
        Self { line: Some(line), ..Self::file(name) }
    }

    /// Line and column (characters, from 1) of the start of the span in the TOML file.
    pub fn toml_position(&self) -> Option<(usize, usize)> {
        self.position_of(self.span.as_ref()?.start)
    }

    /// Line and column (characters, from 1) behind the last character of the span in the TOML file.
    pub fn toml_end(&self) -> Option<(usize, usize)> {
        self.position_of(self.span.as_ref()?.end)
    }

    fn position_of(&self, byte: usize) -> Option<(usize, usize)> {
        let source = self.toml.as_ref()?;
        let before = source.text.get(..byte)?;
        let line = before.matches('\n').count() + 1;
        let start = before.rfind('\n').map_or(0, |n| n + 1);
        Some((line, before.get(start..)?.chars().count() + 1))
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if let Some(toml) = &self.toml {
            match self.toml_position() {
                Some((line, column)) => parts.push(format!("{}:{line}:{column}", toml.name)),
                None => parts.push(toml.name.clone()),
            }
        }
        parts.extend(self.file.clone());
        match (&self.sheet, &self.cell) {
            (Some(sheet), Some(cell)) => parts.push(format!("{sheet}!{cell}")),
            (Some(sheet), None) => parts.push(format!("sheet {sheet}")),
            (None, Some(cell)) => parts.push(cell.clone()),
            (None, None) => {}
        }
        parts.extend(self.line.map(|l| format!("line {l}")));
        parts.extend(self.column.as_ref().map(|c| format!("column {c}")));
        parts.extend(self.path.clone());
        write!(f, "{}", parts.join(", "))
    }
}
