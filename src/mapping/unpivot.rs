//! Columns that become rows: which ones, under which names.

use super::value::Wrong;
use crate::diagnostic::{Code, did_you_mean};
use crate::expr::regex_pattern;
use crate::spec::mapping::{SourceSpec, UnpivotSpec};
use std::collections::BTreeSet;

/// The columns that become rows, resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unpivot {
    /// Columns that stay, as indexes among those read.
    pub kept: Vec<usize>,
    /// Columns that become rows.
    pub columns: Vec<usize>,
    /// Whether empty cells make rows.
    pub keep_empty: bool,
}

impl Unpivot {
    /// Index of the column that holds the header; the next one holds the cell.
    pub fn name(&self) -> usize {
        self.kept.len()
    }

    /// Index of the column that holds the cell.
    pub fn value(&self) -> usize {
        self.kept.len() + 1
    }
}

/// The column names of a source whose files have these columns, once `unpivot` has turned them; `None` when it cannot be
/// resolved, or there are no files.
pub fn columns(spec: &SourceSpec, read: &[String]) -> Option<Vec<String>> {
    match &spec.unpivot {
        None => Some(read.to_vec()),
        Some(unpivot) => resolve(unpivot, spec, read).ok().map(|(_, names)| names),
    }
}

/// Resolves `unpivot` over the columns read; gives it with the names of the columns as they then are.
pub(super) fn resolve(
    spec: &UnpivotSpec,
    source: &SourceSpec,
    read: &[String],
) -> Result<(Unpivot, Vec<String>), Vec<Wrong>> {
    let turned = match (&spec.columns, &spec.matching) {
        (Some(_), _) => named(spec, read)?,
        (None, _) => matching(spec, source, read)?,
    };
    let kept: Vec<usize> = (0..read.len()).filter(|n| !turned.contains(n)).collect();
    let mut names: Vec<String> = kept.iter().filter_map(|n| read.get(*n)).cloned().collect();
    let mut wrong = Vec::new();
    for new in [&spec.name, &spec.value] {
        if names.contains(&new.value) {
            let message = format!("\"{}\" is already the name of a column that stays", new.value);
            let help = "Give the new column a name that no column of the source has.".to_owned();
            wrong.push(Wrong::new(Code::BAD_UNPIVOT, &new.span, message, Some(help)));
        }
        names.push(new.value.clone());
    }
    if spec.name.value == spec.value.value {
        let message = "`name` and `value` are two columns and need two names".to_owned();
        let help = "Such as name = \"Month\", value = \"Amount\".".to_owned();
        wrong.push(Wrong::new(Code::BAD_UNPIVOT, &spec.value.span, message, Some(help)));
    }
    if wrong.is_empty() {
        return Ok((Unpivot { kept, columns: turned, keep_empty: spec.keep_empty }, names));
    }
    Err(wrong)
}

fn named(spec: &UnpivotSpec, read: &[String]) -> Result<Vec<usize>, Vec<Wrong>> {
    let (mut turned, mut wrong) = (BTreeSet::new(), Vec::new());
    let columns = spec.columns.iter().flatten();
    for column in columns {
        let fits: Vec<usize> = (0..read.len()).filter(|n| read.get(*n) == Some(&column.value)).collect();
        match fits.as_slice() {
            [one] if turned.insert(*one) => {}
            [_] => {
                let message = format!("\"{}\" stands twice in `columns`", column.value);
                let help = "Take one of the two out.".to_owned();
                wrong.push(Wrong::new(Code::BAD_UNPIVOT, &column.span, message, Some(help)));
            }
            [] => {
                let help = did_you_mean(&column.value, read.iter().map(String::as_str))
                    .unwrap_or_else(|| format!("The columns are {}.", listed(read)));
                let message = format!("no column is called \"{}\"", column.value);
                wrong.push(Wrong::new(Code::UNKNOWN_COLUMN, &column.span, message, Some(help)));
            }
            many => {
                let message = format!("{} columns are called \"{}\"", many.len(), column.value);
                let help = "Columns that become rows must be told apart by their headers.".to_owned();
                wrong.push(Wrong::new(Code::BAD_UNPIVOT, &column.span, message, Some(help)));
            }
        }
    }
    if turned.is_empty() && wrong.is_empty() {
        let help = format!("Name those that become rows. The columns are {}.", listed(read));
        wrong.push(Wrong::new(Code::BAD_UNPIVOT, &spec.span, "`columns` names no column", Some(help)));
    }
    if wrong.is_empty() { Ok(turned.into_iter().collect()) } else { Err(wrong) }
}

fn matching(spec: &UnpivotSpec, source: &SourceSpec, read: &[String]) -> Result<Vec<usize>, Vec<Wrong>> {
    let Some(pattern) = &spec.matching else { return Ok(Vec::new()) };
    let regex = regex_pattern(&pattern.value).map_err(|why| {
        let message = format!("not a regular expression: {why}");
        vec![Wrong::new(Code::BAD_PATTERN, &pattern.span, message, None)]
    })?;
    let ignored = |name: &String| source.ignore.iter().any(|i| i.value == *name);
    let fits = |n: &usize| read.get(*n).is_some_and(|name| regex.is_match(name) && !ignored(name));
    let turned: Vec<usize> = (0..read.len()).filter(fits).collect();
    let mut seen = BTreeSet::new();
    let twice = turned.iter().filter_map(|n| read.get(*n)).find(|name| !seen.insert(*name));
    if turned.is_empty() {
        let message = format!("no column's header fits \"{}\"", pattern.value);
        let help = Some(format!("The columns are {}.", listed(read)));
        return Err(vec![Wrong::new(Code::BAD_UNPIVOT, &pattern.span, message, help)]);
    }
    if let Some(name) = twice {
        let message = format!("several columns that fit \"{}\" are called \"{name}\"", pattern.value);
        let help = "Columns that become rows must be told apart by their headers.".to_owned();
        return Err(vec![Wrong::new(Code::BAD_UNPIVOT, &pattern.span, message, Some(help))]);
    }
    Ok(turned)
}

fn listed(names: &[String]) -> String {
    let more = if names.len() > 30 { ", …" } else { "" };
    let names: Vec<String> = names.iter().take(30).map(|n| format!("\"{n}\"")).collect();
    format!("{}{more}", names.join(", "))
}
