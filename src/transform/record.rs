//! One record: its table, and the refusals of its bad cells.

use crate::db::Db;
use crate::diagnostic::Result;
use crate::expr::Fail;
use crate::mapping::{FieldPlan, Link, Mapping, RecordPlan};
use crate::sql::Expr;
use crate::sql::map::{self, Failure, From, Head, Join, Named};
use crate::sql::read;

/// Creates `mapped.<record>` and fills `mapped._refused` for it.
pub(super) fn map(db: &Db, mapping: &Mapping, plan: &RecordPlan) -> Result<()> {
    if plan.group.is_empty() {
        by_row(db, mapping, plan)?;
    } else {
        by_group(db, mapping, plan)?;
    }
    if let Link::Key { parent, field } = &plan.link {
        db.run(&map::link_by_key(&plan.name, field, parent, mapping.apart))?;
    }
    db.run(&map::ok_view(&plan.name))
}

fn by_row(db: &Db, mapping: &Mapping, plan: &RecordPlan) -> Result<()> {
    let from = from(mapping, plan);
    let failures = failures(plan);
    let read = mapping.source(&plan.source).map_or(0, |s| s.columns.len());
    let keep = keep(mapping, plan);
    let key = identity(plan, &keep, &Expr::of("s", "_id"));
    let head = Head { keep, bad: any(&failures), key };
    db.run(&map::record(&plan.name, &from, &head, read, &fields(plan)))?;
    if db.count(&map::count_bad(&plan.name))? > 0 {
        db.run(&map::refuse_rows(&plan.name, &from, &failures))?;
    }
    Ok(())
}

fn by_group(db: &Db, mapping: &Mapping, plan: &RecordPlan) -> Result<()> {
    let read = mapping.source(&plan.source).map_or(0, |s| s.columns.len());
    let from = from(mapping, plan);
    let mut row_failures = filter_failures(plan);
    for aggregate in &plan.aggregates {
        let field = aggregate.column.split('#').next().unwrap_or_default();
        let fails = aggregate.argument.iter().flat_map(|a| &a.fails);
        row_failures.extend(fails.map(|f| failure(field, f)));
    }
    let keys: Vec<Named> =
        plan.group.iter().enumerate().map(|(n, g)| (format!("_group{n}"), g.value.clone())).collect();
    for (n, g) in plan.group.iter().enumerate() {
        row_failures.extend(g.fails.iter().map(|f| failure(&format!("group {}", n + 1), f)));
    }
    let arguments: Vec<Named> = plan
        .aggregates
        .iter()
        .filter_map(|a| Some((a.column.clone(), a.argument.as_ref()?.value.clone())))
        .collect();
    db.run(&map::group_rows(
        &plan.name,
        &from,
        &keep(mapping, plan),
        &any(&row_failures),
        read,
        &keys,
        &arguments,
    ))?;
    db.run(&map::groups(&plan.name, &aggregates(&plan.aggregates, "_row")))?;
    let group_failures = field_failures(plan);
    let key = identity(plan, &Expr::of("g", "_keep"), &Expr::of("g", "_rec"));
    db.run(&map::grouped_record(&plan.name, &any(&group_failures), &key, &fields(plan)))?;
    if db.count(&map::count_bad(&plan.name))? > 0 {
        if !row_failures.is_empty() {
            db.run(&map::refuse_group_rows(&plan.name, &from, &row_failures))?;
        }
        if !group_failures.is_empty() {
            db.run(&map::refuse_groups(&plan.name, &group_failures))?;
        }
    }
    Ok(())
}

/// The aggregates' columns, and whether rows that must agree differ.
pub(super) fn aggregates(all: &[crate::expr::Aggregate], order: &str) -> Vec<Named> {
    let mut named = Vec::new();
    for aggregate in all {
        let argument = aggregate.argument.as_ref().map(|_| Expr::col(&aggregate.column));
        if let Some(differs) = argument.clone().and_then(|a| aggregate.differs(a)) {
            named.push((format!("{}!", aggregate.column), differs));
        }
        named.push((aggregate.column.clone(), aggregate.value(argument, Expr::col(order))));
    }
    named
}

fn from<'a>(mapping: &Mapping, plan: &'a RecordPlan) -> From<'a> {
    let grouped = |name: &str| mapping.record(name).is_some_and(|r| !r.group.is_empty());
    let parent = match &plan.link {
        Link::SameRow { parent } => Some(Join { record: parent, grouped: grouped(parent), by: "_id" }),
        Link::Within { parent } => Some(Join { record: parent, grouped: grouped(parent), by: "_within" }),
        Link::None | Link::Key { .. } => None,
    };
    From { source: &plan.source, parent }
}

/// A row whose filter cannot be evaluated is kept, and refused. An empty cell that `unpivot` drops is not kept, but its
/// key counts as read.
fn keep(mapping: &Mapping, plan: &RecordPlan) -> Expr {
    let filled = mapping
        .source(&plan.source)
        .filter(|s| s.unpivot.is_some())
        .map(|_| Expr::of("s", "_dropped").negate());
    Expr::all([filter(plan)].into_iter().chain(filled))
}

fn filter(plan: &RecordPlan) -> Expr {
    plan.filter.as_ref().map_or(Expr::flag(true), |f| {
        let failed = f.fails.iter().map(|f| f.when.clone());
        Expr::any([f.value.clone().or_else(Expr::flag(false))].into_iter().chain(failed))
    })
}

/// The key, or for records without one what they hold and, where that is the same, which of them it is.
fn identity(plan: &RecordPlan, keep: &Expr, order: &Expr) -> Expr {
    if !plan.set.by_content {
        return key(plan);
    }
    let texts = plan.fields.iter().map(|f| (f.name.as_str(), read::canonical(&f.value, &f.ty.sql())));
    map::content_key(texts, keep, order)
}

/// The canonical texts of the key fields, joined by U+001F; NULL when one is empty or holds that character.
fn key(plan: &RecordPlan) -> Expr {
    let parts: Vec<Expr> = plan
        .key
        .iter()
        .filter_map(|k| plan.fields.iter().find(|f| f.name == *k))
        .map(|f| read::canonical(&f.value, &f.ty.sql()))
        .collect();
    let separator = "\u{1f}";
    let mut parts = parts.into_iter().map(|p| {
        let spoilt = Expr::call("contains", [p.clone(), Expr::text(separator)]);
        Expr::case([(spoilt, Expr::null("VARCHAR"))], p)
    });
    let Some(first) = parts.next() else { return Expr::text("") };
    parts.fold(first, |sum, part| sum.op("||", Expr::text(separator)).op("||", part))
}

fn fields(plan: &RecordPlan) -> Vec<Named> {
    plan.fields.iter().map(|f| (f.name.clone(), f.value.clone())).collect()
}

/// Whether anything fails; each condition once, as fields that use one cell share its failures.
fn any(failures: &[Failure]) -> Expr {
    let conditions: std::collections::BTreeSet<&Expr> = failures.iter().map(|f| &f.when).collect();
    Expr::any(conditions.into_iter().cloned())
}

fn failures(plan: &RecordPlan) -> Vec<Failure> {
    let mut all = filter_failures(plan);
    all.extend(field_failures(plan));
    all
}

fn filter_failures(plan: &RecordPlan) -> Vec<Failure> {
    plan.filter.iter().flat_map(|f| &f.fails).map(|f| failure("where", f)).collect()
}

fn field_failures(plan: &RecordPlan) -> Vec<Failure> {
    let of = |f: &FieldPlan| f.fails.iter().map(|fail| failure(&f.name, fail)).collect::<Vec<_>>();
    plan.fields.iter().flat_map(of).collect()
}

fn failure(field: &str, fail: &Fail) -> Failure {
    Failure {
        field: field.to_owned(),
        when: fail.when.clone(),
        code: fail.code.0,
        reason: fail.reason.clone(),
        value: fail.value.clone(),
        column: fail.column.clone(),
    }
}
