//! Rejected and held records in the HTML report: one table, a row a reason.

use super::Page;
use crate::db::Db;
use crate::diagnostic::Result;
use crate::report::escape::{html, html_key};
use crate::report::number;
use crate::report::row::{self, Refused};
use crate::sql::report as sql;

impl Page<'_> {
    /// The section of rejected and held records, at most `limit` reasons.
    pub(super) fn refused(&mut self, db: &Db, limit: u64) -> Result<()> {
        let reasons = db.count(sql::refused_count())?;
        if reasons == 0 {
            return Ok(());
        }
        let count = number::count(reasons);
        let word = if reasons == 1 { "reason" } else { "reasons" };
        self.section("refused", &format!("Not sent <span class=\"count\">{count} {word}</span>"))?;
        self.sink.put(
            "<p class=\"about\">Rejected and held records stay out of this plan. Each is named with the place it was read.</p>\n\
             <div class=\"scroll\" role=\"group\" tabindex=\"0\" aria-label=\"Reasons\"><table class=\"reasons\">\n<thead><tr><th scope=\"col\">Status</th>\
             <th scope=\"col\">Record</th><th scope=\"col\">Field</th><th scope=\"col\">Value</th><th scope=\"col\">Reason</th>\
             <th scope=\"col\">Place</th></tr></thead>\n<tbody>\n",
        )?;
        row::refused(db, &sql::refused(limit), |one| self.sink.put(&reason(one)))?;
        self.sink.put("</tbody>\n</table></div>\n")?;
        if reasons > limit {
            self.left_out(reasons - limit, "reasons")?;
        }
        self.sink.put("</section>\n")
    }

    /// What the bound of this document left out, and where it is.
    pub(super) fn left_out(&mut self, n: u64, what: &str) -> Result<()> {
        let plan = self.number.map_or_else(
            || "the plan file".to_owned(),
            |n| {
                format!(
                    "the file of plan {n} (<code>plans/{}-{n:04}.plan</code>, a ZIP of Parquet tables)",
                    html(&self.head.mapping)
                )
            },
        );
        self.sink.put(&format!(
            "<p class=\"left-out\">… and {} more {what}. They belong to this plan all the same; this document holds the \
             first {} changes, {plan} holds all.</p>\n",
            number::count(n),
            number::count(super::EMBEDDED),
        ))
    }
}

fn reason(one: &Refused) -> String {
    let status = if one.status == "held" { "held" } else { "rejected" };
    let key = one
        .key
        .as_deref()
        .map_or_else(|| "<em>no key</em>".to_owned(), |k| format!("<b>{}</b>", html_key(k)));
    let code = one.code.as_deref().filter(|c| !c.is_empty());
    let code = code.map_or_else(String::new, |c| format!(" <code>{}</code>", html(c)));
    let known = if one.known { "<span class=\"known\">known from the last run</span>" } else { "" };
    let note = one.note.as_deref().filter(|n| !n.is_empty());
    let note = note.map_or_else(String::new, |n| format!("<span class=\"note\">{}</span>", html(n)));
    format!(
        "<tr class=\"entry\" data-kind=\"{status}\" data-record=\"{record}\"><td class=\"k-{status}\">{status}</td>\
         <th scope=\"row\">{record} {key}</th><td>{}</td><td class=\"value\">{}</td><td>{}{code}{known}{note}</td>\
         <td class=\"place\">{}</td></tr>\n",
        html(one.field.as_deref().unwrap_or("")),
        one.value.as_deref().map_or_else(String::new, value),
        html(&one.reason),
        html(one.place.as_deref().unwrap_or("")),
        record = html(&one.record),
    )
}

/// A value as read, with nothing invisible about an empty one.
pub(super) fn value(value: &str) -> String {
    if value.is_empty() { "<em class=\"empty\">empty</em>".to_owned() } else { html(value).into_owned() }
}
