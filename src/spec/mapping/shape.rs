//! Sources that are made from others, or turned: `sql` and `unpivot`.

use super::read::source_words;
use super::{SourceSpec, UnpivotSpec};
use crate::diagnostic::Code;
use crate::spec::walk::{Spot, Table};

/// Keys that speak of files, and so make no sense beside `sql`.
const OF_FILES: [&str; 17] = [
    "file",
    "folder",
    "pick",
    "same_key",
    "sheet",
    "each",
    "within",
    "header_rows",
    "stop_when",
    "totals_row",
    "columns",
    "ignore",
    "optional",
    "encoding",
    "delimiter",
    "ns",
    "unpivot",
];

/// A source made by a statement over other sources: what `[defaults]` says of files does not concern it.
pub(super) fn made_by_sql(t: &Table<'_>, defaults: &SourceSpec, sql: Spot<String>) -> SourceSpec {
    for key in OF_FILES {
        let Some(value) = t.get(key) else { continue };
        let help = "Its rows come from the statement: leave the key out, or put it into the source that is read there.";
        let message = format!("`{key}` makes no sense beside `sql`");
        t.walk().error(Code::NOT_BESIDE, value.key_span(), message, Some(help.to_owned()));
    }
    let of_words = SourceSpec {
        locale: defaults.locale.clone(),
        dates: defaults.dates.clone(),
        nulls: defaults.nulls.clone(),
        yes: defaults.yes.clone(),
        no: defaults.no.clone(),
        ..SourceSpec::default()
    };
    SourceSpec { sql: Some(sql), ..source_words(t, &of_words) }
}

/// `unpivot = { columns = […] or matching = '…', name = "…", value = "…", empty = "drop" | "keep" }`.
pub(super) fn unpivot(t: &Table<'_>) -> Option<UnpivotSpec> {
    let columns = t.texts("columns");
    let matching = t.text("matching");
    let name = t.need_text("name");
    let value = t.need_text("value");
    let keep_empty = t.one_of("empty", &[("drop", false), ("keep", true)]).is_some_and(|k| k.value);
    t.done();
    if columns.is_some() == matching.is_some() {
        let help = "Name the columns (`columns = [\"Jan\", \"Feb\"]`) or describe their headers (`matching = '^\\d{2}/\\d{4}$'`).";
        let message = format!("`{}` must have either `columns` or `matching`", t.path());
        t.error(Code::BAD_UNPIVOT, message, Some(help.to_owned()));
        return None;
    }
    Some(UnpivotSpec { span: t.span().clone(), columns, matching, name: name?, value: value?, keep_empty })
}
