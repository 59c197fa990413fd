//! Messages as workflow commands of GitHub Actions, which shows them beside the lines of the mapping.

use crate::diagnostic::{Diagnostic, Severity};

/// One command a message: `::error file=…,line=…,col=…,endLine=…,endColumn=…,title=E203::message`.
pub fn github(messages: &[Diagnostic]) -> String {
    messages.iter().map(command).collect()
}

fn command(d: &Diagnostic) -> String {
    let word = match d.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let mut properties = Vec::new();
    let toml = d.at.toml.as_ref().map(|t| t.name.clone());
    properties.extend(toml.clone().or_else(|| d.at.file.clone()).map(|f| format!("file={}", property(&f))));
    match (d.at.toml_position(), d.at.toml_end()) {
        (Some((line, column)), Some((end_line, end_column))) => {
            properties.push(format!("line={line},col={column},endLine={end_line},endColumn={end_column}"));
        }
        _ => properties.extend(d.at.line.map(|l| format!("line={l}"))),
    }
    properties.push(format!("title={}", d.code));
    let place = (toml.is_none()).then(|| d.at.to_string()).filter(|p| !p.is_empty());
    let parts = [place.map(|p| format!("at {p}")), d.label.clone(), d.help.clone()];
    let text = parts.into_iter().flatten().fold(d.message.clone(), |text, part| format!("{text}\n{part}"));
    format!("::{word} {}::{}\n", properties.join(","), data(&text))
}

/// The message of a command: its line breaks escaped, as the runner reads them.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
