//! Checks: on a source's rows part by part, or on a record with its children.

use super::scope::{Property, RowScope, SourceView, World, unknown};
use super::typed::{Cell, as_text, field_value};
use super::value::{Wrong, expression};
use super::{CheckOn, CheckPlan, FieldCheck, RecordPlan, field_check};
use crate::diagnostic::{Code, did_you_mean};
use crate::expr::{ColumnArg, Compiled, Grouping, Lowered, Refusal, Type};
use crate::spec::mapping::{CheckSpec, CheckTest, LookupSpec};
use crate::spec::walk::Spot;
use crate::sql::Expr;

/// What a child answers for its properties.
type Answer<'a> = Box<dyn Fn(&str) -> Result<Lowered, Refusal> + 'a>;

/// A check compiled.
pub(super) enum Built {
    /// An assertion.
    Assert(Box<CheckPlan>),
    /// Words of the vocabulary, one a field.
    Fields(Vec<FieldCheck>),
}

/// Compiles a check.
pub(super) fn check(
    spec: &CheckSpec,
    sources: &[SourceView],
    records: &[RecordPlan],
    lookups: &[LookupSpec],
    world: &World<'_>,
) -> Result<Built, Vec<Wrong>> {
    let name = spec.on.value.as_str();
    let record = records.iter().find(|r| r.name == name);
    let source = sources.iter().find(|s| s.name == name);
    match (&spec.test, record, source) {
        (CheckTest::Assert(assert), Some(record), _) => match &spec.by {
            Some(by) => on_group(spec, assert, by, record, world),
            None => on_record(spec, assert, record, records, world),
        }
        .map(|p| Built::Assert(Box::new(p))),
        (CheckTest::Assert(assert), None, Some(source)) => {
            on_source(spec, assert, source, world).map(|p| Built::Assert(Box::new(p)))
        }
        (CheckTest::Fields(fields, test), Some(record), _) => {
            let around = field_check::Around { spec, record, records, lookups, world };
            field_check::checks(&around, fields, test).map(Built::Fields)
        }
        (CheckTest::Fields(..), None, Some(_)) => Err(vec![on_a_source(spec, records)]),
        (_, None, None) => {
            let known =
                sources.iter().map(|s| s.name.as_str()).chain(records.iter().map(|r| r.name.as_str()));
            let help = did_you_mean(name, known);
            let message = format!("there is no source and no record `{name}`");
            Err(vec![Wrong::new(Code::UNKNOWN_SOURCE, &spec.on.span, message, help)])
        }
    }
}

fn on_a_source(spec: &CheckSpec, records: &[RecordPlan]) -> Wrong {
    let name = &spec.on.value;
    let message = format!("`{name}` is a source; fields are checked on a record");
    let made: Vec<String> =
        records.iter().filter(|r| r.source == *name).map(|r| format!("on = \"{}\"", r.name)).collect();
    let help = match made.is_empty() {
        true => "For a source write `assert = '…'` over its rows.".to_owned(),
        false => format!("Write {}, or `assert = '…'` over the source's rows.", made.join(" or ")),
    };
    Wrong::new(Code::CHECK_TEST, &spec.on.span, message, Some(help))
}

fn on_source(
    spec: &CheckSpec,
    assert: &Spot<String>,
    source: &SourceView,
    world: &World<'_>,
) -> Result<CheckPlan, Vec<Wrong>> {
    let mut scope = RowScope::rows(source, world, Grouping::Group);
    scope.totals = true;
    scope.by = spec.by.is_some();
    let mut wrong = Vec::new();
    let by = spec.by.as_ref().map(|by| {
        let keys = by.value.iter().map(|text| row_key(text, source, world));
        keys.filter_map(|k| k.map_err(|w| wrong.extend(w)).ok()).collect::<Vec<Lowered>>()
    });
    if let Some(by) = spec.by.as_ref().filter(|b| b.value.is_empty()) {
        let help = "Leave `by` out: a check on a source is over all rows of each part.".to_owned();
        wrong.push(Wrong::new(Code::BAD_BY, &by.span, "`by` names nothing", Some(help)));
    }
    match expression(assert, &scope, "k#") {
        Ok(compiled) if wrong.is_empty() => {
            let on = CheckOn::Source(source.name.clone());
            plan(spec, assert, on, compiled).map(|p| CheckPlan { by, ..p })
        }
        Ok(_) => Err(wrong),
        Err(more) => Err(wrong.into_iter().chain(more).collect()),
    }
}

/// A value of `by` over the rows of a source: a column, a `let`, or an expression after `=`.
fn row_key(text: &Spot<String>, source: &SourceView, world: &World<'_>) -> Result<Lowered, Vec<Wrong>> {
    // An expression, or the name of a `let`.
    if text.value.starts_with('=') || source.lets.borrow().contains_key(&text.value) {
        let scope = RowScope::rows(source, world, Grouping::Rows);
        return expression(text, &scope, "").map(|c| as_text(c.result));
    }
    match source.columns.index(&ColumnArg::Name(text.value.clone()), false) {
        Ok(column) => Ok(source.reading.text(Cell { alias: "s", column })),
        Err(r) => {
            let message = format!("{} in the files of source {}", r.message, source.name);
            Err(vec![Wrong::new(Code::UNKNOWN_COLUMN, &text.span, message, r.help)])
        }
    }
}

/// Over all kept records that have one value of `by`: `out.` is each of them.
fn on_group(
    spec: &CheckSpec,
    assert: &Spot<String>,
    by: &Spot<Vec<Spot<String>>>,
    record: &RecordPlan,
    world: &World<'_>,
) -> Result<CheckPlan, Vec<Wrong>> {
    let out = |property: &str| field(record, "r", "out", property);
    let mut wrong = Vec::new();
    let keys: Vec<Lowered> =
        by.value.iter().filter_map(|text| group_key(text, record).map_err(|w| wrong.push(w)).ok()).collect();
    let scope = RowScope {
        source: None,
        world,
        grouping: Grouping::Group,
        objects: vec![("out", &out)],
        children: Vec::new(),
        totals: false,
        by: true,
        read: Default::default(),
        later: None,
    };
    let compiled = match expression(assert, &scope, "k#") {
        Ok(compiled) if wrong.is_empty() => compiled,
        Ok(_) => return Err(wrong),
        Err(more) => return Err(wrong.into_iter().chain(more).collect()),
    };
    let on = CheckOn::Record(record.name.clone());
    plan(spec, assert, on, compiled).map(|p| CheckPlan { by: Some(keys), ..p })
}

#[allow(
    clippy::result_large_err,
    reason = "a mistake in a mapping is made a few times, never in a loop over rows"
)]
fn group_key(text: &Spot<String>, record: &RecordPlan) -> Result<Lowered, Wrong> {
    let names: Vec<&str> = record.fields.iter().map(|f| f.name.as_str()).collect();
    let Some(field) = record.fields.iter().find(|f| f.name == text.value) else {
        let help = match text.value.strip_prefix("out.").or_else(|| text.value.strip_prefix("=out.")) {
            Some(bare) if names.contains(&bare) => Some(format!("Write the field's name alone: \"{bare}\".")),
            _ => did_you_mean(&text.value, names.iter().copied())
                .or_else(|| Some(format!("It has {}.", names.join(", ")))),
        };
        let message = format!("record {} maps no field `{}`", record.name, text.value);
        return Err(Wrong::new(Code::UNKNOWN_FIELD, &text.span, message, help));
    };
    Ok(as_text(field_value(Expr::of("r", &field.name), field.ty)))
}

fn on_record(
    spec: &CheckSpec,
    assert: &Spot<String>,
    record: &RecordPlan,
    records: &[RecordPlan],
    world: &World<'_>,
) -> Result<CheckPlan, Vec<Wrong>> {
    let mut compiled = in_record(assert, record, records, world);
    if let Err(wrong) = &mut compiled {
        for one in wrong.iter_mut().filter(|w| w.code == Code::BAD_AGGREGATE && assert.value.contains("out."))
        {
            one.help = Some(format!(
                "For a sum over all records of {0} add `by = []`, or `by = \"field\"` for one sum each; over the lines of one \
                 record name the child, as in `sum(line.totalAmount)`.",
                record.name
            ));
        }
    }
    plan(spec, assert, CheckOn::Record(record.name.clone()), compiled?)
}

/// Compiles an expression over one record (`out.`) and its children.
pub(super) fn in_record(
    text: &Spot<String>,
    record: &RecordPlan,
    records: &[RecordPlan],
    world: &World<'_>,
) -> Result<Compiled, Vec<Wrong>> {
    let children: Vec<&RecordPlan> =
        records.iter().filter(|r| r.link.parent() == Some(&record.name)).collect();
    let out = |property: &str| field(record, "r", "out", property);
    let answers: Vec<Answer<'_>> = children
        .iter()
        .map(|child| {
            let child = *child;
            let answer = move |property: &str| field(child, "c", &child.name, property);
            Box::new(answer) as Box<dyn Fn(&str) -> Result<Lowered, Refusal>>
        })
        .collect();
    let mut objects: Vec<(&str, Property<'_>)> = vec![("out", &out)];
    objects.extend(children.iter().zip(&answers).map(|(c, a)| (c.name.as_str(), a.as_ref() as Property<'_>)));
    let scope = RowScope {
        source: None,
        world,
        grouping: Grouping::Record,
        objects,
        children: children.iter().map(|c| c.name.as_str()).collect(),
        totals: false,
        by: false,
        read: Default::default(),
        later: None,
    };
    expression(text, &scope, "k#")
}

fn field(record: &RecordPlan, alias: &'static str, object: &str, property: &str) -> Result<Lowered, Refusal> {
    let names: Vec<&str> = record.fields.iter().map(|f| f.name.as_str()).collect();
    let field = record.fields.iter().find(|f| f.name == property);
    let field = field.ok_or_else(|| unknown(object, property, &names))?;
    Ok(field_value(Expr::of(alias, property), field.ty))
}

fn plan(
    spec: &CheckSpec,
    assert: &Spot<String>,
    on: CheckOn,
    compiled: Compiled,
) -> Result<CheckPlan, Vec<Wrong>> {
    if compiled.result.ty != Type::Flag {
        let message = format!("`assert` must give yes/no, not {}", compiled.result.ty.word());
        return Err(vec![Wrong::new(Code::WRONG_FIELD_TYPE, &assert.span, message, None)]);
    }
    Ok(CheckPlan {
        name: spec.name.value.clone(),
        on,
        assert: compiled.result,
        aggregates: compiled.aggregates,
        otherwise: spec.otherwise,
        text: assert.value.trim().to_owned(),
        by: None,
    })
}
