//! The numbers of the HTML report: tiles, warnings, summary table, money, notes.

use super::Page;
use crate::diagnostic::Result;
use crate::plan::{RecordHead, Total};
use crate::report::escape::html;
use crate::report::{number, summary};

/// Kinds that have a tile and a piece of the bar.
const LOUD: [&str; 7] = ["new", "changed", "returned", "removed", "rejected", "held", "absent"];

impl Page<'_> {
    /// The large figures at the top, each a link to its section.
    pub(super) fn tiles(&mut self) -> Result<()> {
        let tiles: Vec<String> = LOUD
            .iter()
            .map(|kind| (kind, self.summary.total(kind)))
            .filter(|(_, n)| *n > 0)
            .map(|(kind, n)| {
                let (n, target) = (number::count(n), target(kind));
                format!(
                    "<li class=\"k-{kind}\"><a href=\"#{target}\"><b>{n}</b> <span>{kind}</span></a></li>\n"
                )
            })
            .collect();
        if tiles.is_empty() {
            return self
                .sink
                .put("<p class=\"calm\">Nothing to send: the export and the platform agree.</p>\n");
        }
        self.sink.put(&format!(
            "<nav aria-label=\"Figures\"><ul class=\"tiles\">\n{}</ul></nav>\n",
            tiles.concat()
        ))
    }

    /// Why nothing is removed, and the guards that tripped.
    pub(super) fn warnings(&mut self) -> Result<()> {
        let head = self.head;
        if !head.nothing_removed.is_empty() {
            self.section("nothing-removed", summary::not_removed(&self.summary))?;
            let items: String =
                head.nothing_removed.iter().map(|w| format!("<li>{}</li>\n", html(w))).collect();
            self.sink.put(&format!("<ul class=\"callout care\">\n{items}</ul>\n</section>\n"))?;
        }
        let tripped: Vec<String> = head
            .guards
            .iter()
            .filter(|g| g.tripped)
            .map(|g| {
                format!(
                    "<li>{}<br><code>{}</code></li>\n",
                    html(&summary::guard(g)),
                    html(&summary::allow(g))
                )
            })
            .collect();
        if tripped.is_empty() {
            return Ok(());
        }
        self.section("guards", "Guards stop this plan until you name their numbers")?;
        self.sink.put(&format!("<ul class=\"callout bad\">\n{}</ul>\n</section>\n", tripped.concat()))
    }

    /// Counts by record type and kind.
    pub(super) fn summary_table(&mut self) -> Result<()> {
        self.section("summary", "Summary")?;
        if self.summary.columns.is_empty() {
            return self.sink.put("<p>No record is planned, changed or rejected.</p>\n</section>\n");
        }
        let heads: String =
            self.summary.columns.iter().map(|c| format!("<th scope=\"col\">{c}</th>")).collect();
        let mut rows = String::new();
        for (record, depth, counts) in &self.summary.rows {
            let name = format!("<th scope=\"row\" class=\"depth-{}\">{}</th>", (*depth).min(3), html(record));
            rows += &format!(
                "<tr>{name}{}<td class=\"bar\">{}</td></tr>\n",
                self.cells(counts),
                self.bar(counts)
            );
        }
        let totals = self.cells(&self.summary.totals);
        self.sink.put(&format!(
            "<div class=\"scroll\" role=\"group\" tabindex=\"0\" aria-label=\"Summary\"><table class=\"numbers\">\n<thead><tr><th scope=\"col\">Record</th>{heads}\
             <td class=\"bar\"></td></tr></thead>\n<tbody>\n{rows}</tbody>\n<tfoot><tr><th scope=\"row\">Total</th>{totals}\
             <td class=\"bar\"></td></tr></tfoot>\n</table></div>\n</section>\n"
        ))
    }

    fn cells(&self, counts: &[u64]) -> String {
        let cell = |(kind, n): (&&str, &u64)| match n {
            0 => "<td class=\"none\">–</td>".to_owned(),
            n => format!("<td class=\"k-{kind}\">{}</td>", number::count(*n)),
        };
        self.summary.columns.iter().zip(counts).map(cell).collect()
    }

    /// A bar of what happens to the records of a row that are not just unchanged.
    fn bar(&self, counts: &[u64]) -> String {
        let loud: Vec<(&str, u64)> = self
            .summary
            .columns
            .iter()
            .zip(counts)
            .filter(|(kind, n)| LOUD.contains(*kind) && **n > 0)
            .map(|(kind, n)| (*kind, *n))
            .collect();
        let sum: u64 = loud.iter().map(|(_, n)| n).sum();
        let mut out =
            "<svg viewBox=\"0 0 1000 100\" preserveAspectRatio=\"none\" aria-hidden=\"true\">".to_owned();
        let mut x = 0;
        for (kind, n) in loud {
            let width = (u128::from(n) * 1000 / u128::from(sum.max(1))).max(8);
            out += &format!("<rect class=\"k-{kind}\" x=\"{x}\" width=\"{width}\" height=\"100\"/>");
            x += width + 6;
        }
        out + "</svg>"
    }

    /// Sums of money before and after.
    pub(super) fn money(&mut self) -> Result<()> {
        let head = self.head;
        let rows: String = summary::below_parents(head)
            .into_iter()
            .flat_map(|r| r.totals.iter().map(|t| money_row(r, t)))
            .collect();
        if rows.is_empty() {
            return Ok(());
        }
        self.section("money", "Control totals")?;
        self.sink.put(&format!(
            "<p class=\"about\">Over all records as they would be after this plan, unchanged ones included.</p>\n\
             <div class=\"scroll\" role=\"group\" tabindex=\"0\" aria-label=\"Control totals\"><table class=\"numbers\">\n<thead><tr><th scope=\"col\">Record</th><th scope=\"col\">Field</th>\
             <th scope=\"col\">Currency</th><th scope=\"col\">Before</th><th scope=\"col\">After</th>\
             <th scope=\"col\">Difference</th></tr></thead>\n<tbody>\n{rows}</tbody>\n</table></div>\n</section>\n"
        ))
    }

    /// Warnings and notes.
    pub(super) fn notes(&mut self) -> Result<()> {
        if self.head.notes.is_empty() {
            return Ok(());
        }
        let items: String = self.head.notes.iter().map(|n| format!("<li>{}</li>\n", html(n))).collect();
        self.section("notes", "Notes")?;
        self.sink.put(&format!("<ul class=\"callout\">\n{items}</ul>\n</section>\n"))
    }
}

/// The section a kind is read in.
fn target(kind: &str) -> &str {
    match kind {
        "rejected" | "held" => "refused",
        other => other,
    }
}

fn money_row(record: &RecordHead, total: &Total) -> String {
    let amount = |t: &Option<String>| t.as_deref().map_or_else(|| "–".to_owned(), number::money);
    let difference = match (&total.old, &total.new) {
        (Some(old), Some(new)) => number::difference(old, new).unwrap_or_default(),
        _ => String::new(),
    };
    let quiet = if difference == "0" { " class=\"none\"" } else { "" };
    format!(
        "<tr><th scope=\"row\">{}</th><td class=\"words\">{}</td><td class=\"words\">{}</td><td>{}</td><td>{}</td>\
         <td{quiet}>{}</td></tr>\n",
        html(&record.record),
        html(&total.field),
        html(total.currency.as_deref().unwrap_or("")),
        html(&amount(&total.old)),
        html(&amount(&total.new)),
        html(&difference),
    )
}
