//! Where the plan comes from: files, columns, identity, and the bar that filters (shown by the script only).

use super::Page;
use crate::diagnostic::Result;
use crate::plan::{FileHead, RecordHead};
use crate::report::escape::html;
use crate::report::{number, summary};

impl Page<'_> {
    /// Search and filters. Hidden without a script, which leaves plain sections.
    pub(super) fn filter_bar(&mut self) -> Result<()> {
        if self.summary.columns.is_empty() {
            return Ok(());
        }
        let kinds =
            ["removed", "rejected", "held", "absent", "changed", "returned", "new", "adopted", "rebaselined"];
        let option = |value: &str| format!("<option>{}</option>", html(value));
        let kinds: String = kinds.iter().filter(|k| self.summary.total(k) > 0).map(|k| option(k)).collect();
        let records: String = self.head.records.iter().map(|r| option(&r.record)).collect();
        self.sink.put(&format!(
            "<search class=\"filter\" id=\"filter\" hidden>\n\
             <label>Search <input id=\"f-text\" type=\"search\" placeholder=\"Key, value, place …\" autocomplete=\"off\"></label>\n\
             <label>Kind <select id=\"f-kind\"><option value=\"\">all</option>{kinds}</select></label>\n\
             <label>Record <select id=\"f-record\"><option value=\"\">all</option>{records}</select></label>\n\
             <button type=\"button\" id=\"f-open\">Open all</button>\n<button type=\"button\" id=\"f-close\">Close all</button>\n\
             <output id=\"f-count\" role=\"status\"></output>\n</search>\n"
        ))
    }

    /// Files read, with where their rows went.
    pub(super) fn files(&mut self) -> Result<()> {
        let rows: String =
            self.head.sources.iter().flat_map(|s| s.files.iter().map(|f| file_row(&s.name, f))).collect();
        if rows.is_empty() {
            return Ok(());
        }
        self.section("files", "Files read")?;
        self.sink.put(&format!(
            "<div class=\"scroll\" role=\"group\" tabindex=\"0\" aria-label=\"Files read\"><table class=\"files\">\n<thead><tr><th scope=\"col\">File</th><th scope=\"col\">Source</th>\
             <th scope=\"col\">Rows</th><th scope=\"col\">Size</th><th scope=\"col\">SHA-256</th></tr></thead>\n<tbody>\n{rows}\
             </tbody>\n</table></div>\n</section>\n"
        ))
    }

    /// Which columns each field comes from.
    pub(super) fn origins(&mut self) -> Result<()> {
        let rows: String = self.head.records.iter().map(origin_rows).collect();
        if rows.is_empty() {
            return Ok(());
        }
        self.section("origins", "Where the values come from")?;
        self.sink.put(&format!(
            "<details class=\"quiet\"><summary>Source columns of each field</summary>\n<table class=\"files\">\n<thead><tr>\
             <th scope=\"col\">Record</th><th scope=\"col\">Field</th><th scope=\"col\">From</th></tr></thead>\n<tbody>\n{rows}\
             </tbody></table></details>\n</section>\n"
        ))
    }

    /// The prints by which this plan is known.
    pub(super) fn identity(&mut self) -> Result<()> {
        let head = self.head;
        let vars: Vec<String> =
            head.vars.iter().chain(&head.overrides).map(|(k, v)| format!("{k} = {v}")).collect();
        let facts = [
            ("Mapping", head.mapping.clone()),
            ("Platform", head.platform.clone()),
            ("State", head.lineage.clone()),
            ("Runs before", number::count(head.serial)),
            ("Run date", head.run_date.clone()),
            ("Rules", head.rules_print.clone()),
            ("Platform file", head.platform_print.clone()),
            ("Vars", vars.join(", ")),
            ("Program", format!("crosswalk {}, plan format {}", head.program, head.format)),
        ];
        let list: String = facts
            .iter()
            .filter(|(_, fact)| !fact.is_empty())
            .map(|(name, fact)| format!("<div><dt>{name}</dt><dd>{}</dd></div>\n", html(fact)))
            .collect();
        self.section("identity", "This plan")?;
        self.sink.put(&format!("<dl class=\"facts\">\n{list}</dl>\n</section>\n"))
    }
}

fn file_row(source: &str, file: &FileHead) -> String {
    format!(
        "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td class=\"right\">{}</td><td><code title=\"{sha}\">{}</code></td></tr>\n",
        html(&summary::file_name(file)),
        html(source),
        summary::rows(file),
        number::bytes(file.bytes),
        html(file.sha256.get(..12).unwrap_or(&file.sha256)),
        sha = html(&file.sha256),
    )
}

fn origin_rows(record: &RecordHead) -> String {
    let row = |f: &crate::plan::FieldHead| {
        let from: Vec<String> = f.from.iter().map(|c| format!("<q>{}</q>", html(c))).collect();
        let why = f
            .fallback
            .as_ref()
            .map_or_else(String::new, |w| format!(" <span class=\"note\">{}</span>", html(w)));
        let from = match from.is_empty() {
            true => "<em>worked out, from no column</em>".to_owned(),
            false => from.join(", "),
        };
        let (record, field) = (html(&record.record), html(&f.field));
        format!("<tr><td>{record}</td><th scope=\"row\">{field}</th><td>{from}{why}</td></tr>\n")
    };
    record.fields.iter().map(row).collect()
}
