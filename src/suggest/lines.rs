//! From a record's picks to its lines: the value each field gets, with what has to be said about it.

use super::assign::Pick;
use super::links;
use super::records::Record;
use super::score::{SURE, with};
use super::synonyms::Synonyms;
use super::table::{Column, Table};
use super::values::{self, Translation};
use super::{Line, Missing};
use crate::source::Form;
use crate::spec::platform::{Field, FieldType, Model, Platform};

/// All that lines are made from.
pub(super) struct World<'a> {
    pub platform: &'a Platform,
    pub tables: &'a [Table],
    pub records: &'a [Record],
    pub synonyms: &'a Synonyms,
}

/// What a record comes to.
pub(super) struct Lines {
    pub lines: Vec<Line>,
    pub missing: Vec<Missing>,
    pub lookups: Vec<links::Named>,
}

/// The lines of a record, in the platform's order of fields.
pub(super) fn lines(world: &World<'_>, record: &Record) -> Lines {
    let mut all = Lines { lines: Vec::new(), missing: Vec::new(), lookups: Vec::new() };
    let (Some(model), Some(table)) =
        (world.platform.models.get(record.model), world.tables.get(record.table))
    else {
        return all;
    };
    let parent =
        record.parent.and_then(|p| world.records.get(p)).and_then(|p| world.platform.models.get(p.model));
    let filled_in = parent.and_then(|p| model.reference_to(&p.name)).map(|f| f.name.as_str());
    for (n, field) in model.fields.iter().enumerate().filter(|(_, f)| Some(f.name.as_str()) != filled_in) {
        let pick = record.picks.iter().find(|p| p.field == n);
        let line = pick
            .and_then(|p| Some((p, table.columns.get(p.column)?)))
            .map(|(p, c)| value(world, record, field, p, c));
        let line = by_title(world, table, field, line);
        let line = line
            .or_else(|| links::by_key(world, record, field))
            .or_else(|| derived(world, record, field))
            .or_else(|| constant(world, table, field));
        let line = match line {
            Some(line) => Some(line),
            None if field.required => links::by_name(world, record, field).map(|(line, lookup)| {
                all.lookups.push(lookup);
                line
            }),
            None => None,
        };
        let met = line.as_ref().is_some_and(|l| l.active);
        all.lines.extend(line);
        if field.required && !met {
            all.missing.push(missing(field, model));
        }
    }
    all
}

fn value(world: &World<'_>, record: &Record, field: &Field, pick: &Pick, column: &Column) -> Line {
    let confidence = percent(pick.rating.score);
    let active = pick.rating.score >= SURE;
    let plain = |value: String| Line {
        field: field.name.clone(),
        value,
        confidence,
        reason: pick.rating.reason.clone(),
        active,
        columns: vec![column.name.clone()],
    };
    let key = world.platform.models.get(record.model).is_some_and(|m| m.key == [field.name.clone()]);
    match field.ty {
        FieldType::Text
            if field.name.to_lowercase().contains("email") && column.facts.mails < 0.5 && active =>
        {
            let value = format!("{{ from = {}, extract = '([^ ,;<>]+@[^ ,;<>]+)' }}", quoted(&column.name));
            plain(value)
        }
        FieldType::Boolean if column.facts.flags < 0.8 => {
            switch(plain(quoted(&column.name)), column, world.synonyms)
        }
        FieldType::Text if !field.one_of.is_empty() && column.facts.filled > 0 => {
            let payable = world.tables.get(record.table).is_some_and(|t| payable(t, world.synonyms));
            listed(
                plain(quoted(&column.name)),
                column,
                &values::translate(field, column, world.synonyms, payable),
            )
        }
        FieldType::Text if field.name.ends_with("Name") => {
            full_name(world, record, plain(quoted(&column.name)))
        }
        FieldType::Text if key && !column.facts.unique => {
            composed(world, record, plain(quoted(&column.name)), column)
        }
        FieldType::Text if field.refers.is_some() => {
            links::padded(world, field, plain(quoted(&column.name)), column)
        }
        _ => plain(quoted(&column.name)),
    }
}

/// First and last name together, where each has a column.
fn full_name(world: &World<'_>, record: &Record, line: Line) -> Line {
    let Some(table) = world.tables.get(record.table) else { return line };
    let part = |concept: &str| {
        let means = |c: &&Column| c.meanings[1].iter().any(|m| world.synonyms.concept(m.concept) == concept);
        table.columns.iter().find(means).map(|c| c.name.clone())
    };
    let (Some(first), Some(last)) = (part("first name"), part("last name")) else { return line };
    if line.columns != [last.clone()] && line.columns != [first.clone()] {
        return line;
    }
    let value = expression(&format!("join(\" \", text({}), text({}))", literal(&first), literal(&last)));
    Line { value, reason: "first and last name".to_owned(), columns: vec![first, last], ..line }
}

/// `Active` and `Closed` as yes and no.
fn switch(line: Line, column: &Column, synonyms: &Synonyms) -> Line {
    let on: Vec<String> =
        column.facts.values.iter().filter(|(v, _)| synonyms.is("on", v)).map(|(v, _)| literal(v)).collect();
    let text = format!("text({})", literal(&column.name));
    let value = match on.as_slice() {
        [] => return Line { active: false, ..line },
        [one] => expression(&format!("{text} == {one}")),
        several => expression(&format!("{text} in [{}]", several.join(", "))),
    };
    Line { value, ..line }
}

/// A lookup with the values seen.
fn listed(line: Line, column: &Column, found: &Translation) -> Line {
    let same = found.same && !found.pairs.is_empty();
    if same && column.facts.complete {
        return line;
    }
    let pairs: Vec<String> =
        found.pairs.iter().map(|(v, e)| format!("{} = {}", bare_or_quoted(v), quoted(e))).collect();
    let value = match pairs.is_empty() {
        true => format!("{{ from = {}, lookup = {{ }} }}", quoted(&column.name)),
        false => format!("{{ from = {}, lookup = {{ {} }} }}", quoted(&column.name), pairs.join(", ")),
    };
    let rest: Vec<String> = found.unmatched.iter().take(8).map(|v| quoted(v)).collect();
    let reason = match rest.is_empty() {
        true => line.reason.clone(),
        false => with(&line.reason, &format!("no entry yet for {}", rest.join(", "))),
    };
    Line { value, reason, active: line.active && !found.pairs.is_empty(), ..line }
}

/// A number that comes again under each header becomes a key together with the header's.
fn composed(world: &World<'_>, record: &Record, line: Line, column: &Column) -> Line {
    let reason = with(&line.reason, "not unique by itself");
    let own = format!("${{text({})}}", literal(&column.name));
    if record.parent.is_some() {
        return Line { value: expression(&format!("`${{parent.erpKey}}/{own}`")), reason, ..line };
    }
    let (Some(model), Some(table)) =
        (world.platform.models.get(record.model), world.tables.get(record.table))
    else {
        return line;
    };
    let header = record.picks.iter().find(|p| {
        p.rating.score >= SURE && model.fields.get(p.field).is_some_and(|f| f.required && f.refers.is_some())
    });
    match header.and_then(|h| table.columns.get(h.column)).filter(|h| h.name != column.name) {
        Some(header) => {
            let text = format!("`${{text({})}}/{own}`", literal(&header.name));
            let columns = vec![header.name.clone(), column.name.clone()];
            Line { value: expression(&text), reason, columns, ..line }
        }
        None => Line { reason: with(&line.reason, "some values come twice; check"), ..line },
    }
}

/// What a list is about says more of its records' kind than a column that is only called alike.
fn by_title(world: &World<'_>, table: &Table, field: &Field, line: Option<Line>) -> Option<Line> {
    let alike = line.as_ref().is_some_and(|l| !l.reason.is_empty());
    let title = || constant(world, table, field).filter(|c| c.confidence >= 80);
    if alike && !field.one_of.is_empty() { title().or(line) } else { line }
}

/// A field that follows from another one of the record.
fn derived(world: &World<'_>, record: &Record, field: &Field) -> Option<Line> {
    let (model, table) = (world.platform.models.get(record.model)?, world.tables.get(record.table)?);
    let (other, how) = world.synonyms.derived(&model.name, &field.name)?;
    let n = model.fields.iter().position(|f| f.name == other)?;
    let pick = record.picks.iter().find(|p| p.field == n && p.rating.score >= SURE)?;
    let column = table.columns.get(pick.column)?;
    Some(Line {
        field: field.name.clone(),
        value: expression(&how.replace('%', &literal(&column.name))),
        confidence: percent(pick.rating.score.min(0.85)),
        reason: format!("follows from {other}"),
        active: true,
        columns: vec![column.name.clone()],
    })
}

/// What the list's title or a single currency says without a column.
fn constant(world: &World<'_>, table: &Table, field: &Field) -> Option<Line> {
    let fixed = |value: String, confidence: u8, reason: String| {
        Some(Line { field: field.name.clone(), value, confidence, reason, active: true, columns: Vec::new() })
    };
    if !field.required {
        return None;
    }
    if field.name == "currencyRate" {
        let one = table.columns.iter().find(|c| c.facts.currencies > 0.8 && c.facts.values.len() == 1)?;
        let (currency, _) = one.facts.values.first()?;
        return fixed(
            "1".to_owned(),
            70,
            format!("all rows are in {currency}; right while that is your base currency"),
        );
    }
    let payable = payable(table, world.synonyms);
    for title in &table.titles {
        for meaning in world.synonyms.meanings(title) {
            let concept = world.synonyms.concept(meaning.concept);
            if let Some((entry, ledger)) = values::entry_of(field, concept, world.synonyms, payable) {
                let reason = match ledger {
                    true => format!("a list of {concept}; AR for customers, AP for suppliers: check"),
                    false => format!("a list of {concept}"),
                };
                return fixed(
                    format!("{{ const = {} }}", quoted(&entry)),
                    if ledger { 60 } else { 80 },
                    reason,
                );
            }
        }
    }
    None
}

/// Whether a table is about suppliers.
fn payable(table: &Table, synonyms: &Synonyms) -> bool {
    let means = |concept: &str| {
        table.columns.iter().flat_map(|c| &c.meanings[0]).any(|m| synonyms.concept(m.concept) == concept)
    };
    means("supplier number") && !means("customer number")
}

fn missing(field: &Field, model: &Model) -> Missing {
    // Nothing that would pass unseen when only the `#` is taken away: `check` asks for what stands behind `…`.
    let paste = match field.ty {
        FieldType::Text if !field.one_of.is_empty() => "{ const = \"…\" }".to_owned(),
        FieldType::Boolean => "true".to_owned(),
        _ => "\"…\"".to_owned(),
    };
    Missing {
        field: field.name.clone(),
        kind: field.ty.words().to_owned(),
        one_of: field.one_of.clone(),
        doc: field.doc.clone(),
        refers: field.refers.as_ref().map(|r| r.model.clone()).filter(|m| *m != model.name),
        paste,
    }
}

/// A score as a share of a hundred.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
pub(super) fn percent(score: f64) -> u8 {
    (score * 100.0).round().clamp(0.0, 100.0) as u8
}

/// A TOML string.
pub(super) fn quoted(text: &str) -> String {
    if text.contains('"') && !text.contains('\'') && !text.chars().any(char::is_control) {
        return format!("'{text}'");
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A key of an inline table.
fn bare_or_quoted(key: &str) -> String {
    let bare = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if bare { key.to_owned() } else { quoted(key) }
}

/// A text in an expression.
pub(super) fn literal(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// An expression as a TOML string.
pub(super) fn expression(text: &str) -> String {
    if text.contains('\'') { quoted(&format!("={text}")) } else { format!("'={text}'") }
}

/// Whether a column holds texts of this form.
pub(super) fn has_form(column: &Column, form: Form) -> bool {
    column.seen.forms.iter().any(|(f, _)| *f == form)
}
