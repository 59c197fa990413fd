//! The end of the page: files, source columns, and the prints by which the plan is known.

use super::Page;
use crate::diagnostic::Result;
use crate::plan::{FileHead, RecordHead};
use crate::report::{number, summary};
use minijinja::{Value, context};

impl Page<'_> {
    /// Everything below the grid.
    pub(super) fn bottom(&mut self) -> Result<()> {
        let head = self.head;
        let files: Vec<Value> =
            head.sources.iter().flat_map(|s| s.files.iter().map(|f| file(&s.name, f))).collect();
        let origins: Vec<Value> = head.records.iter().flat_map(origins).collect();
        let about =
            context! { files, origins, facts => self.facts(), destination => head.destination.as_str() };
        let text = self.pages.print("bottom", about)?;
        self.sink.put(&text)
    }

    fn facts(&self) -> Vec<Value> {
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
        facts
            .into_iter()
            .filter(|(_, fact)| !fact.is_empty())
            .map(|(name, fact)| context! { name, fact })
            .collect()
    }
}

fn file(source: &str, file: &FileHead) -> Value {
    context! {
        name => summary::file_name(file), source => source, rows => summary::rows(file), size => number::bytes(file.bytes),
        sha => file.sha256.as_str(), short => file.sha256.get(..12).unwrap_or(file.sha256.as_str()),
    }
}

fn origins(record: &RecordHead) -> Vec<Value> {
    let one = |f: &crate::plan::FieldHead| {
        context! {
            record => record.record.as_str(), field => f.field.as_str(), from => f.from.clone(), why => f.fallback.clone(),
        }
    };
    record.fields.iter().map(one).collect()
}
