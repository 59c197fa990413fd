//! The mapping's own tests, resolved: given rows by source with their columns, expected values as canonical text, and
//! every mistake in them.

use super::record_of;
use super::scope::SourceView;
use super::value::Wrong;
use super::{Link, RecordPlan};
use crate::diagnostic::{CODES, Code, did_you_mean};
use crate::spec::mapping::{
    Constant, ExpectRow, GivenRow, GivenRows, MappingFile, RejectSpec, SourceSpec, TestSpec,
};
use crate::spec::platform::{Field, FieldType, Platform};
use crate::spec::walk::Spot;
use std::ops::Range;

/// A test ready to run.
#[derive(Clone, Debug, Default)]
pub struct CasePlan {
    /// Its name.
    pub name: String,
    /// Where the name stands.
    pub span: Range<usize>,
    /// What `row.file` is.
    pub file: String,
    /// What `row.sheet` is.
    pub sheet: Option<String>,
    /// Rows by source, enclosing sources before those within them.
    pub given: Vec<CaseSource>,
    /// Expected records.
    pub expect: Vec<Expected>,
    /// Expected refusals.
    pub rejects: Vec<RejectSpec>,
}

/// The rows of one source.
#[derive(Clone, Debug)]
pub struct CaseSource {
    /// The source.
    pub source: String,
    /// Its rows.
    pub rows: Vec<CaseRow>,
}

/// A row.
#[derive(Clone, Debug, Default)]
pub struct CaseRow {
    /// Where it stands.
    pub span: Range<usize>,
    /// Number (from 1) of the row of the enclosing source that it stands in.
    pub within: Option<usize>,
    /// Its cells.
    pub cells: Vec<CaseCell>,
}

/// A cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseCell {
    /// Index of the column.
    pub column: usize,
    /// Its kind, as in `raw.<source>._kind`.
    pub kind: char,
    /// Its text.
    pub text: String,
    /// Where its value stands.
    pub span: Range<usize>,
}

/// The records expected of one type.
#[derive(Clone, Debug)]
pub struct Expected {
    /// Record.
    pub record: String,
    /// Where its name stands.
    pub span: Range<usize>,
    /// The records.
    pub rows: Vec<ExpectedRecord>,
}

/// One expected record.
#[derive(Clone, Debug)]
pub struct ExpectedRecord {
    /// Where it stands.
    pub span: Range<usize>,
    /// Its fields.
    pub fields: Vec<ExpectedField>,
}

/// One expected field.
#[derive(Clone, Debug)]
pub struct ExpectedField {
    /// Name.
    pub name: String,
    /// Canonical text; `None` is empty.
    pub text: Option<String>,
    /// Where the value stands.
    pub span: Range<usize>,
}

/// What a test is resolved against.
pub(super) struct Surroundings<'a> {
    pub file: &'a MappingFile,
    pub views: &'a [SourceView],
    pub specs: &'a [(String, SourceSpec)],
    pub records: &'a [RecordPlan],
    pub platform: &'a Platform,
}

/// Resolves a test, or says everything that is wrong with it; cells that nothing reads go into `warned`.
pub(super) fn case(
    spec: &TestSpec,
    around: &Surroundings<'_>,
    warned: &mut Vec<Wrong>,
) -> Result<CasePlan, Vec<Wrong>> {
    let mut resolve = Resolve { around, wrong: Vec::new(), warned, given: Vec::new() };
    for rows in &spec.given {
        resolve.rows(rows, None, &[]);
    }
    resolve.enclosing(spec);
    let expect: Vec<Expected> =
        spec.expect.iter().filter_map(|(record, rows)| resolve.expected(record, rows)).collect();
    spec.rejects.iter().for_each(|r| resolve.reject(r));
    if spec.expect.is_empty() && spec.rejects.is_empty() {
        let help = "Add `expect.<record> = [{ field = value }]`, or `expect.<record> = []` for none.";
        resolve.push(
            Code::BAD_CASE,
            &spec.name.span,
            "the test expects nothing".to_owned(),
            Some(help.to_owned()),
        );
    }
    if !resolve.wrong.is_empty() {
        return Err(resolve.wrong);
    }
    Ok(CasePlan {
        name: spec.name.value.clone(),
        span: spec.name.span.clone(),
        file: spec.file.as_ref().map_or_else(|| "given".to_owned(), |f| f.value.clone()),
        sheet: spec.sheet.as_ref().map(|s| s.value.clone()),
        given: resolve.given,
        expect,
        rejects: spec.rejects.clone(),
    })
}

struct Resolve<'a, 'w> {
    around: &'a Surroundings<'a>,
    wrong: Vec<Wrong>,
    warned: &'w mut Vec<Wrong>,
    given: Vec<CaseSource>,
}

/// A cell as given: column and value.
type Given = (Spot<String>, Spot<Constant>);

impl<'a> Resolve<'a, '_> {
    fn push(&mut self, code: Code, span: &Range<usize>, message: String, help: Option<String>) {
        self.wrong.push(Wrong::new(code, span, message, help));
    }

    /// Takes the rows of a source; `outer` is the enclosing source with the row's number and cells.
    fn rows(&mut self, given: &GivenRows, outer: Option<(&str, usize)>, outer_cells: &[Given]) {
        let name = given.source.value.as_str();
        let Some((_, spec)) = self.around.specs.iter().find(|(n, _)| n == name) else {
            return self.unknown_source(&given.source, outer.map(|(name, _)| name));
        };
        if let Some((outer, _)) = outer
            && spec.within.as_ref().is_none_or(|w| w.value != outer)
        {
            let message = format!("source {name} does not stand within {outer}");
            let help = format!("Give its rows beside those of {outer}: `given.{name} = [{{ … }}]`.");
            return self.push(Code::BAD_CASE, &given.source.span, message, Some(help));
        }
        let Some(view) = self.around.views.iter().find(|v| v.name == name) else { return };
        for row in &given.rows {
            self.row(row, view, outer.map(|(_, n)| n), outer_cells);
        }
    }

    fn unknown_source(&mut self, source: &Spot<String>, outer: Option<&str>) {
        let name = source.value.as_str();
        let inside = |s: &&(String, SourceSpec)| match outer {
            Some(outer) => s.1.within.as_ref().is_some_and(|w| w.value == outer),
            None => !s.0.starts_with("lookup."),
        };
        let known: Vec<&str> = self.around.specs.iter().filter(inside).map(|(n, _)| n.as_str()).collect();
        let help = did_you_mean(name, known.iter().copied())
            .or_else(|| (!known.is_empty()).then(|| format!("There are: {}.", known.join(", "))));
        let message = match outer {
            Some(outer) => format!("no source `{name}` stands within {outer}, and a cell is one value"),
            None => format!("there is no source `{name}`"),
        };
        self.push(Code::UNKNOWN_SOURCE, &source.span, message, help);
    }

    fn row(&mut self, row: &GivenRow, view: &SourceView, within: Option<usize>, outer: &[Given]) {
        let mut cells = Vec::new();
        for (column, value) in &row.cells {
            self.cell(column, value, view, &mut cells);
        }
        inherit(view, row, outer, &mut cells);
        let number = {
            let rows = self.source_rows(&view.name);
            rows.push(CaseRow { span: row.span.clone(), within, cells });
            rows.len()
        };
        for inner in &row.inner {
            self.rows(inner, Some((&view.name, number)), &row.cells);
        }
    }

    fn source_rows(&mut self, name: &str) -> &mut Vec<CaseRow> {
        let at = self.given.iter().position(|s| s.source == name).unwrap_or_else(|| {
            self.given.push(CaseSource { source: name.to_owned(), rows: Vec::new() });
            self.given.len() - 1
        });
        &mut self.given[at].rows
    }

    fn cell(
        &mut self,
        column: &Spot<String>,
        value: &Spot<Constant>,
        view: &SourceView,
        cells: &mut Vec<CaseCell>,
    ) {
        let found = view.columns.find(&column.value);
        if found.is_empty() {
            return self.no_column(column, view);
        }
        if !view.reading.native && ambiguous(&value.value, view) {
            let message = format!("a CSV file holds text only: write \"{}\" as the file does", column.value);
            let help = "Put it between quotes, with the file's decimal mark, such as \"1190,50\".";
            return self.push(Code::WRONG_TYPE, &value.span, message, Some(help.to_owned()));
        }
        for column in found {
            let (kind, text) = kind(&value.value, view.columns.is_object(column));
            cells.push(CaseCell { column, kind, text, span: value.span.clone() });
        }
    }

    /// A column nobody asks for: wrong where the columns are known, else read by nothing.
    fn no_column(&mut self, column: &Spot<String>, view: &SourceView) {
        let names = view.columns.names();
        let help = did_you_mean(&column.value, names.iter().map(String::as_str));
        if view.columns.known() {
            let help = help.or_else(|| {
                let some: Vec<String> = names.iter().take(30).map(|n| format!("\"{n}\"")).collect();
                Some(format!("The columns are {}.", some.join(", ")))
            });
            let message =
                format!("no column is called \"{}\" in the files of source {}", column.value, view.name);
            return self.push(Code::UNKNOWN_COLUMN, &column.span, message, help);
        }
        let message = format!(
            "nothing in the mapping reads \"{}\" of source {}, so this cell changes nothing",
            column.value, view.name
        );
        self.warned.push(Wrong::new(Code::UNUSED_CELL, &column.span, message, help));
    }

    /// Rows that stand inside others in the file cannot find their header without them.
    fn enclosing(&mut self, spec: &TestSpec) {
        for given in &spec.given {
            let name = &given.source.value;
            let within =
                self.around.specs.iter().find(|(n, _)| n == name).and_then(|(_, s)| s.within.as_ref());
            let needs = |r: &&RecordPlan| r.source == *name && matches!(r.link, Link::Within { .. });
            let (Some(outer), Some(record)) = (within, self.around.records.iter().find(needs)) else {
                continue;
            };
            let message =
                format!("rows of {name} stand inside rows of {}, which {} needs", outer.value, record.name);
            let help =
                format!("Write them inside one: `given.{} = [{{ …, {name} = [{{ … }}] }}]`.", outer.value);
            self.push(Code::BAD_CASE, &given.source.span, message, Some(help));
        }
    }

    fn expected(&mut self, record: &Spot<String>, rows: &[ExpectRow]) -> Option<Expected> {
        let plan = self.record(record)?;
        if !rows.is_empty() && !self.given.iter().any(|s| s.source == plan.source) {
            let message =
                format!("{} is made from source {}, of which no row is given", plan.name, plan.source);
            let help = format!("Add `given.{} = [{{ … }}]`.", plan.source);
            self.push(Code::BAD_CASE, &record.span, message, Some(help));
        }
        let rows = rows.iter().map(|r| self.expected_record(r, plan)).collect();
        Some(Expected { record: plan.name.clone(), span: record.span.clone(), rows })
    }

    /// The record's plan; `None` is told, unless the record's own mistakes have been.
    fn record(&mut self, record: &Spot<String>) -> Option<&'a RecordPlan> {
        let found = record_of(self.around.records, &record.value);
        let file = self.around.file;
        let declared = || file.records.iter().map(|r| r.name.value.as_str());
        if found.is_none()
            && !declared().chain(file.broken.iter().map(String::as_str)).any(|n| n == record.value)
        {
            let known: Vec<&str> = declared().chain(["reject"]).collect();
            let help = did_you_mean(&record.value, known.iter().copied())
                .unwrap_or_else(|| format!("Known here: {}.", known.join(", ")));
            let message = format!("there is no record `{}`", record.value);
            self.push(Code::UNKNOWN_RECORD, &record.span, message, Some(help));
        }
        found
    }

    fn expected_record(&mut self, row: &ExpectRow, plan: &RecordPlan) -> ExpectedRecord {
        let mut fields = Vec::new();
        for (name, value) in &row.fields {
            let Some(field) = plan.fields.iter().find(|f| f.name == name.value) else {
                self.unset_field(name, plan);
                continue;
            };
            let about = self.around.platform.model(&plan.model).and_then(|m| m.field(&field.name));
            match expected_text(&value.value, field.ty).and_then(|t| in_list(t, about)) {
                Ok(text) => {
                    fields.push(ExpectedField { name: field.name.clone(), text, span: value.span.clone() });
                }
                Err(why) => {
                    let message = format!("`{}` can never be this: it {why}", field.name);
                    self.push(Code::BAD_CONSTANT, &value.span, message, None);
                }
            }
        }
        ExpectedRecord { span: row.span.clone(), fields }
    }

    fn unset_field(&mut self, name: &Spot<String>, plan: &RecordPlan) {
        let model = self.around.platform.model(&plan.model);
        let (message, help) = if model.is_some_and(|m| m.field(&name.value).is_some()) {
            let help = format!("Add `{} = …` to [record.{}.fields].", name.value, plan.name);
            (format!("record {} does not set `{}`", plan.name, name.value), Some(help))
        } else {
            let help = did_you_mean(&name.value, plan.fields.iter().map(|f| f.name.as_str()));
            (format!("record {} has no field `{}`", plan.name, name.value), help)
        };
        self.push(Code::UNKNOWN_FIELD, &name.span, message, help);
    }

    fn reject(&mut self, reject: &RejectSpec) {
        let plan = reject.record.as_ref().and_then(|r| self.record(r));
        if let (Some(plan), Some(field)) = (plan, &reject.field)
            && plan.fields.iter().all(|f| f.name != field.value)
        {
            self.unset_field(field, plan);
        }
        if let Some(code) = &reject.code
            && !CODES.iter().any(|(c, _)| c.0 == code.value && c.0.starts_with("E3"))
        {
            let known = CODES.iter().map(|(c, _)| c.0).filter(|c| c.starts_with("E3"));
            let help = did_you_mean(&code.value, known);
            let message = format!("\"{}\" is no code of a refusal (E300 to E399)", code.value);
            self.push(Code::NOT_ONE_OF, &code.span, message, help);
        }
    }
}

/// Cells that a row inside another has from above: `../x` of the enclosing row, `/a/b` of the document.
fn inherit(view: &SourceView, row: &GivenRow, outer: &[Given], cells: &mut Vec<CaseCell>) {
    for (name, value) in outer {
        let above = format!("../{}", name.value);
        for path in [above.as_str(), name.value.as_str()] {
            let absolute = path.starts_with("../") || path.starts_with('/');
            if !absolute || row.cells.iter().any(|(n, _)| n.value == path) {
                continue;
            }
            for column in view.columns.find(path) {
                let (kind, text) = kind(&value.value, view.columns.is_object(column));
                cells.push(CaseCell { column, kind, text, span: value.span.clone() });
            }
        }
    }
}

/// The kind of a cell and its text: text as in the file, everything else native.
fn kind(value: &Constant, object: bool) -> (char, String) {
    match value {
        Constant::Text(text) if object => ('o', text.clone()),
        Constant::Text(text) => ('t', text.clone()),
        Constant::Number(digits) => ('n', digits.trim_start_matches('+').to_owned()),
        Constant::Date(date) => ('d', date.replace(' ', "T")),
        Constant::Flag(yes) => ('b', yes.to_string()),
    }
}

/// A number with decimals in a CSV file whose decimal mark is another: what the file holds cannot be told.
fn ambiguous(value: &Constant, view: &SourceView) -> bool {
    let mark = view.reading.locale.map(|l| l.decimal);
    matches!(value, Constant::Number(digits) if digits.contains('.')) && mark.is_some_and(|m| m != '.')
}

/// An expected value as the canonical text of its field; `None` is empty.
fn expected_text(value: &Constant, ty: FieldType) -> Result<Option<String>, String> {
    let text = match value {
        Constant::Text(t) | Constant::Number(t) | Constant::Date(t) => t.trim().to_owned(),
        Constant::Flag(f) => f.to_string(),
    };
    if text.is_empty() {
        return Ok(None);
    }
    match ty {
        FieldType::Text | FieldType::Uuid | FieldType::Object => Ok(text),
        FieldType::Boolean if text == "true" || text == "false" => Ok(text),
        FieldType::Boolean => Err("holds true or false".to_owned()),
        FieldType::Integer => number(&text, 0).ok_or_else(|| "holds whole numbers".to_owned()),
        FieldType::Decimal(scale) => number(&text, usize::from(scale))
            .ok_or_else(|| format!("holds numbers with a point and at most {scale} decimals")),
        FieldType::Date => date(&text).ok_or_else(|| "holds dates such as 2026-10-02".to_owned()),
        FieldType::DateTime => {
            date_time(&text).ok_or_else(|| "holds dates with time such as 2026-10-02T10:30:00".to_owned())
        }
    }
    .map(Some)
}

/// A value the platform's closed list does not have never comes.
fn in_list(text: Option<String>, field: Option<&Field>) -> Result<Option<String>, String> {
    match (&text, field) {
        (Some(value), Some(field)) if !field.one_of.is_empty() && !field.one_of.contains(value) => {
            Err(format!("holds one of {}", field.one_of.join(", ")))
        }
        _ => Ok(text),
    }
}

/// Digits with exactly `scale` decimals, without leading zeros or −0.
fn number(text: &str, scale: usize) -> Option<String> {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text.trim_start_matches('+')), |d| ("-", d));
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    let decimals = decimals.trim_end_matches('0');
    let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || decimals.len() > scale || !all_digits(whole) || !all_digits(decimals) {
        return None;
    }
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let sign = if whole == "0" && decimals.is_empty() { "" } else { sign };
    let point = if scale > 0 { "." } else { "" };
    Some(format!("{sign}{whole}{point}{decimals:0<scale$}"))
}

fn date(text: &str) -> Option<String> {
    let day = text.strip_suffix("T00:00:00").unwrap_or(text);
    day.parse::<jiff::civil::Date>().ok().filter(|_| day.len() == 10).map(|d| d.to_string())
}

fn date_time(text: &str) -> Option<String> {
    let full = if text.len() == 10 { format!("{text}T00:00:00") } else { text.replace(' ', "T") };
    full.parse::<jiff::civil::DateTime>().ok().map(|d| d.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_by_what_they_are() {
        for (text, scale, wanted) in [
            ("1190.0", 2, Some("1190.00")),
            ("-1190", 2, Some("-1190.00")),
            ("-0", 2, Some("0.00")),
            ("007", 0, Some("7")),
            ("1.5", 0, None),
            ("1,5", 2, None),
            ("12.505", 2, None),
            (".5", 2, None),
        ] {
            assert_eq!(number(text, scale).as_deref(), wanted, "{text}");
        }
    }

    #[test]
    fn dates_have_one_form() {
        assert_eq!(date("2026-10-02T00:00:00").as_deref(), Some("2026-10-02"));
        assert_eq!(date("2026-02-30"), None);
        assert_eq!(date_time("2026-10-02").as_deref(), Some("2026-10-02T00:00:00"));
        assert_eq!(date_time("2026-10-02 10:30:00").as_deref(), Some("2026-10-02T10:30:00"));
    }
}
