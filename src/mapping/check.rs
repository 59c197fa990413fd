//! Checks: on a source's rows part by part, or on a record with its children.

use super::scope::{Property, RowScope, SourceView, World, unknown};
use super::typed::field_value;
use super::value::{Wrong, expression};
use super::{CheckOn, CheckPlan, RecordPlan};
use crate::diagnostic::{Code, did_you_mean};
use crate::expr::{Compiled, Grouping, Lowered, Refusal, Type};
use crate::spec::mapping::CheckSpec;
use crate::sql::Expr;

/// What a child answers for its properties.
type Answer<'a> = Box<dyn Fn(&str) -> Result<Lowered, Refusal> + 'a>;

/// Compiles a check.
pub(super) fn check(
    spec: &CheckSpec,
    sources: &[SourceView],
    records: &[RecordPlan],
    world: &World<'_>,
) -> Result<CheckPlan, Vec<Wrong>> {
    let name = spec.on.value.as_str();
    if let Some(record) = records.iter().find(|r| r.name == name) {
        return on_record(spec, record, records, world);
    }
    if let Some(source) = sources.iter().find(|s| s.name == name) {
        return on_source(spec, source, world);
    }
    let known = sources.iter().map(|s| s.name.as_str()).chain(records.iter().map(|r| r.name.as_str()));
    let help = did_you_mean(name, known);
    let message = format!("there is no source and no record `{name}`");
    Err(vec![Wrong::new(Code::UNKNOWN_SOURCE, &spec.on.span, message, help)])
}

fn on_source(spec: &CheckSpec, source: &SourceView, world: &World<'_>) -> Result<CheckPlan, Vec<Wrong>> {
    let mut scope = RowScope::rows(source, world, Grouping::Group);
    scope.totals = true;
    let compiled = expression(&spec.assert, &scope, "k#")?;
    plan(spec, CheckOn::Source(source.name.clone()), compiled)
}

fn on_record(
    spec: &CheckSpec,
    record: &RecordPlan,
    records: &[RecordPlan],
    world: &World<'_>,
) -> Result<CheckPlan, Vec<Wrong>> {
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
        read: Default::default(),
        later: None,
    };
    let compiled = expression(&spec.assert, &scope, "k#")?;
    plan(spec, CheckOn::Record(record.name.clone()), compiled)
}

fn field(record: &RecordPlan, alias: &'static str, object: &str, property: &str) -> Result<Lowered, Refusal> {
    let names: Vec<&str> = record.fields.iter().map(|f| f.name.as_str()).collect();
    let field = record.fields.iter().find(|f| f.name == property);
    let field = field.ok_or_else(|| unknown(object, property, &names))?;
    Ok(field_value(Expr::of(alias, property), field.ty))
}

fn plan(spec: &CheckSpec, on: CheckOn, compiled: Compiled) -> Result<CheckPlan, Vec<Wrong>> {
    if compiled.result.ty != Type::Flag {
        let message = format!("`assert` must give yes/no, not {}", compiled.result.ty.word());
        return Err(vec![Wrong::new(Code::WRONG_FIELD_TYPE, &spec.assert.span, message, None)]);
    }
    Ok(CheckPlan {
        name: spec.name.value.clone(),
        on,
        assert: compiled.result,
        aggregates: compiled.aggregates,
        otherwise: spec.otherwise,
        text: spec.assert.value.trim().to_owned(),
    })
}
