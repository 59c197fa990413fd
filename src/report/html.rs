//! The HTML report of a plan: one self-contained file, no network, a strict policy, light, dark and print. Written in
//! one pass over bounded streams; every text from outside goes through `escape::html`.

mod changes;
mod numbers;
mod origins;
mod refused;
mod sink;

use super::escape::html;
use super::summary::{self, Summary};
use crate::db::Db;
use crate::diagnostic::Result;
use crate::plan::Head;
use sink::Sink;
use std::io::Write;

/// Change rows written into the document; a browser stays quick with these.
const EMBEDDED: u64 = 10_000;
const STYLE: &str = include_str!("html/style.css");
const SCRIPT: &str = include_str!("html/script.js");

/// Writes the plan whose relations stand in `db` as one HTML document.
///
/// # Errors
/// E901 when the plan's relations cannot be read, E902 when `out` cannot be written.
pub fn render(head: &Head, db: &Db, number: Option<u32>, out: &mut dyn Write) -> Result<()> {
    let mut page =
        Page { head, number, summary: Summary::of(head), counts: super::counts(db)?, sink: Sink::new(out) };
    page.open()?;
    page.header()?;
    page.sink.put("<main id=\"main\">\n")?;
    page.warnings()?;
    page.summary_table()?;
    page.money()?;
    page.notes()?;
    page.filter_bar()?;
    let used = page.changes(db, &["removed"], EMBEDDED)?;
    page.refused(db, EMBEDDED)?;
    let rest = ["absent", "changed", "returned", "new", "along", "adopted", "rebaselined"];
    page.changes(db, &rest, EMBEDDED.saturating_sub(used))?;
    page.files()?;
    page.origins()?;
    page.identity()?;
    page.close()
}

/// The document being written.
struct Page<'a> {
    head: &'a Head,
    number: Option<u32>,
    summary: Summary,
    counts: super::Counts,
    sink: Sink<'a>,
}

impl Page<'_> {
    fn open(&mut self) -> Result<()> {
        let title = summary::title(self.head, self.number);
        let policy = format!(
            "default-src 'none'; style-src '{}'; script-src '{}'; base-uri 'none'; form-action 'none'",
            sink::digest(STYLE),
            sink::digest(SCRIPT)
        );
        self.sink.put(&format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
             <meta name=\"referrer\" content=\"no-referrer\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n<title>{}</title>\n<style>{STYLE}</style>\n</head>\n",
            html(&title)
        ))
    }

    fn header(&mut self) -> Result<()> {
        let head = self.head;
        let place = if head.environment == "rehearsal" { "rehearsal" } else { "real" };
        self.sink.put(&format!(
            "<body>\n<a class=\"skip\" href=\"#main\">Skip to the changes</a>\n<header class=\"top\">\n\
             <p class=\"destination {place}\">{}</p>\n<h1>{}</h1>\n<p class=\"made\">Made {} for environment <b>{}</b>{}.</p>\n",
            html(&head.destination),
            html(&summary::title(head, self.number)),
            html(&summary::time(&head.created)),
            html(&head.environment),
            head.account.as_ref().map_or_else(String::new, |a| format!(", account <b>{}</b>", html(a))),
        ))?;
        self.tiles()?;
        self.sink.put("</header>\n")
    }

    fn close(&mut self) -> Result<()> {
        let destination = html(&self.head.destination).into_owned();
        self.sink.put(&format!(
            "</main>\n<footer class=\"bottom\">\n<p class=\"destination\">{destination}</p>\n</footer>\n\
             <script>{SCRIPT}</script>\n</body>\n</html>\n"
        ))?;
        self.sink.flush()
    }

    /// A section with a heading, opened; the caller closes it.
    fn section(&mut self, id: &str, title: &str) -> Result<()> {
        self.sink.put(&format!(
            "<section id=\"{id}\" aria-labelledby=\"h-{id}\">\n<h2 id=\"h-{id}\">{title}</h2>\n"
        ))
    }
}

#[cfg(test)]
mod tests;
