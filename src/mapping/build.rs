//! Puts the mapping together from its parts, keeping every mistake.

use super::heads::Heads;
use super::lookup::Known;
use super::rules::rules_print;
use super::scope::{RowScope, SourceView, World};
use super::value::{Wrong, expression};
use super::{
    CasePlan, CheckPlan, FieldCheck, LookupPlan, Mapping, RecordPlan, SourcePlan, case, check, lookup, order,
    query, record, span, typed, unpivot,
};
use crate::diagnostic::{Code, Collector, Diagnostic, Location, Result, did_you_mean};
use crate::expr::{Grouping, Type};
use crate::spec::mapping::{
    CheckSpec, CheckTest, FieldTest, LookupFrom, MappingFile, RecordSpec, SourceSpec,
};
use crate::spec::platform::{Model, Platform};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Builds the mapping. `vars` are the environment's, `run_date` the day (ISO) that `run.date` gives.
///
/// # Errors
/// E2xx: every mistake in the mapping, each with its place.
pub fn build(
    file: &MappingFile,
    platform: &Arc<Platform>,
    heads: &[Heads],
    vars: &BTreeMap<String, String>,
    run_date: &str,
) -> Result<(Mapping, Vec<Diagnostic>)> {
    let mut build = Build { file, platform, collector: Collector::default() };
    let world = World {
        vars,
        run_date,
        used: Default::default(),
        functions: Default::default(),
        ways: Default::default(),
    };
    let specs = source_specs(file);
    let views: Vec<SourceView> =
        specs.iter().filter_map(|(name, spec)| build.view(name, spec, heads)).collect();
    for (name, spec) in &specs {
        if let Some(view) = views.iter().find(|v| v.name == *name) {
            let lookups = build.lookup_names();
            for wrong in super::lets::lets(spec, view, &world, &lookups) {
                build.push(wrong);
            }
        }
    }
    build.within(&specs);
    let lookups: Vec<LookupPlan> =
        file.lookups.iter().filter_map(|l| build.keep(lookup::lookup(l, &views, &file.toml))).collect();
    let mut records = build.records(&views, &world, &specs);
    order::guards(file).into_iter().for_each(|wrong| build.push(wrong));
    let (checks, field_checks) = build.checks(&views, &records, &world);
    let stops: Vec<_> = specs
        .iter()
        .filter_map(|(name, spec)| {
            Some((name.clone(), build.stop_when(spec, views.iter().find(|v| v.name == *name)?, &world)?))
        })
        .collect();
    records.iter_mut().for_each(|r| covers_columns(r, &views));
    let tests = build.tests(&views, &specs, &records);
    views.iter().for_each(|v| v.columns.told().into_iter().for_each(|d| build.collector.push(d)));
    let queries = build.queries(&specs, &views, heads);
    let sources = build.sources(&specs, &views, heads, (stops, queries), &records);
    let mapping = Mapping {
        name: file.name.value.clone(),
        platform: platform.clone(),
        sources,
        lookups,
        records,
        checks,
        field_checks,
        guard: file.guard.clone(),
        apart: false,
        tests,
        rules: rules_print(&file.toml),
        functions: world.functions.into_inner(),
        vars: world.used.into_inner(),
        expressions: super::expressions::plans(file, &world.ways.into_inner()),
    };
    build.collector.finish(mapping)
}

/// Whether a check rests on a record (or a field of it) that could not be understood: its mistakes would only repeat.
fn rests_on(check: &CheckSpec, (record, field): &(&str, Option<&str>)) -> bool {
    let on = check.on.value == *record;
    let text = match &check.test {
        CheckTest::Assert(text) => text.value.as_str(),
        CheckTest::Fields(_, FieldTest::RequiredIf(text) | FieldTest::ExistsIn(text)) => text.value.as_str(),
        CheckTest::Fields(..) => "",
    };
    match field {
        None => on || text.contains(&format!("{record}.")),
        Some(field) => {
            let by = check.by.iter().flat_map(|b| &b.value);
            let named = match &check.test {
                CheckTest::Fields(fields, _) => fields.iter().chain(by).any(|f| f.value == *field),
                CheckTest::Assert(_) => by.into_iter().any(|f| f.value == *field),
            };
            (on && (named || text.contains(&format!("out.{field}"))))
                || text.contains(&format!("{record}.{field}"))
        }
    }
}

/// The readings of the columns that `covers` depends on, instead of the columns.
fn covers_columns(record: &mut RecordPlan, views: &[SourceView]) {
    let (Some(covers), Some(view)) = (&mut record.covers, views.iter().find(|v| v.name == record.source))
    else {
        return;
    };
    let derived = view.reading.derived.borrow();
    let readings = |column: &String| -> Vec<String> {
        match column.strip_prefix('c').filter(|n| n.parse::<usize>().is_ok()) {
            Some(n) => {
                derived.iter().flat_map(BTreeMap::keys).filter(|k| k.get(1..) == Some(n)).cloned().collect()
            }
            None if column == "_kind" => Vec::new(),
            None => vec![column.clone()],
        }
    };
    covers.columns = covers.columns.iter().flat_map(readings).collect();
}

/// All sources with their names, lookup files among them, in the order they are read.
fn source_specs(file: &MappingFile) -> Vec<(String, SourceSpec)> {
    let named = file.sources.iter().filter_map(|s| Some((s.name.as_ref()?.value.clone(), s.clone())));
    let lookups = file.lookups.iter().filter_map(|l| match &l.from {
        LookupFrom::File(spec) => Some((lookup::source_name(&l.name.value), (**spec).clone())),
        _ => None,
    });
    named.chain(lookups).collect()
}

/// By source: when its reading stops, and the statement it comes from.
type StopsAndQueries = (Vec<(String, crate::expr::Lowered)>, Vec<(String, query::QueryPlan)>);

/// A mapping being built.
pub(super) struct Build<'a> {
    pub(super) file: &'a MappingFile,
    platform: &'a Arc<Platform>,
    pub(super) collector: Collector,
}

impl Build<'_> {
    pub(super) fn keep<T>(&mut self, result: std::result::Result<T, Vec<Wrong>>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(all) => {
                all.into_iter().for_each(|w| self.push(w));
                None
            }
        }
    }

    pub(super) fn push(&mut self, wrong: Wrong) {
        let place = match &wrong.inside {
            Some(inner) => span::inside(&self.file.toml.text, &wrong.span, inner),
            None => wrong.span,
        };
        let mut diagnostic = Diagnostic::error(wrong.code, wrong.message)
            .at(Location::toml(&self.file.toml, place))
            .help_if(wrong.help);
        diagnostic.label = wrong.label;
        self.collector.push(diagnostic);
    }

    /// The tests, resolved; what is wrong with them, or read by nothing, is noted.
    fn tests(
        &mut self,
        views: &[SourceView],
        specs: &[(String, SourceSpec)],
        records: &[RecordPlan],
    ) -> Vec<CasePlan> {
        let around = case::Surroundings { file: self.file, views, specs, records, platform: self.platform };
        let (mut plans, mut warned) = (Vec::new(), Vec::new());
        for spec in &self.file.tests {
            plans.extend(self.keep(case::case(spec, &around, &mut warned)));
        }
        for wrong in warned {
            let at = Location::toml(&self.file.toml, wrong.span.clone());
            self.collector.push(Diagnostic::warning(wrong.code, wrong.message).at(at).help_if(wrong.help));
        }
        plans
    }

    fn lookup_names(&self) -> Vec<Known> {
        let known = self.file.lookups.iter().map(Known::of);
        known.chain(self.file.broken.iter().map(|b| Known::broken(b))).collect()
    }

    fn records(
        &mut self,
        views: &[SourceView],
        world: &World<'_>,
        specs: &[(String, SourceSpec)],
    ) -> Vec<RecordPlan> {
        let lookups = self.lookup_names();
        let (order, wrong) = order::records(&self.file.records, &self.file.broken);
        wrong.into_iter().for_each(|w| self.push(w));
        let mut plans: Vec<RecordPlan> = Vec::new();
        for spec in order.into_iter().filter_map(|n| self.file.records.get(n)) {
            let Some(model) = self.platform.model(&spec.model.value) else {
                let help =
                    did_you_mean(&spec.model.value, self.platform.models.iter().map(|m| m.name.as_str()));
                let message = format!("{} has no record type `{}`", self.platform.name, spec.model.value);
                self.push(Wrong::new(Code::UNKNOWN_MODEL, &spec.model.span, message, help));
                continue;
            };
            self.second_of(spec, model);
            let Some(source) = views.iter().find(|v| v.name == spec.from.value) else {
                if !specs.iter().any(|(name, _)| *name == spec.from.value) {
                    let help = did_you_mean(&spec.from.value, specs.iter().map(|(n, _)| n.as_str()));
                    let message = format!("there is no source `{}`", spec.from.value);
                    self.push(Wrong::new(Code::UNKNOWN_SOURCE, &spec.from.span, message, help));
                }
                continue;
            };
            let within =
                specs.iter().find(|(n, _)| *n == spec.from.value).and_then(|(_, s)| s.within.as_ref());
            let parent = spec.parent.as_ref().and_then(|p| plans.iter().find(|r| r.name == p.value));
            if spec.parent.is_some() && parent.is_none() {
                continue; // The parent's own mistakes have been told.
            }
            let around = record::Surroundings {
                spec,
                model,
                source,
                world,
                lookups: &lookups,
                parent: parent.and_then(|p| Some((p, self.platform.model(&p.model)?))),
                within: within.map(|w| w.value.as_str()),
            };
            if let Some(plan) = self.keep(record::record(&around)) {
                plans.push(plan);
            }
        }
        plans
    }

    /// A second record on a model that holds exactly one, or whose records cannot be told from those of another.
    fn second_of(&mut self, spec: &RecordSpec, model: &Model) {
        let first = self.file.records.iter().find(|r| r.model.value == model.name);
        let Some(first) = first.filter(|f| f.name.value != spec.name.value && model.key.is_empty()) else {
            return;
        };
        let (first, what) = (&first.name.value, if model.singleton { "is one record" } else { "has no key" });
        let message = format!("{} {what}, and the record `{first}` makes it already", model.name);
        let help = format!("Let `{first}` make all of it; its source may stack several files or sheets.");
        self.push(Wrong::new(Code::WHOLE_RECORD, &spec.model.span, message, Some(help)));
    }

    /// Checks, on records with mistakes of their own too: those stand in with their fields' types, so that what is wrong
    /// with the check itself is told in the same breath.
    fn checks(
        &mut self,
        views: &[SourceView],
        records: &[RecordPlan],
        world: &World<'_>,
    ) -> (Vec<CheckPlan>, Vec<FieldCheck>) {
        let file = self.file;
        let failed = file.records.iter().filter(|spec| records.iter().all(|r| r.name != spec.name.value));
        let (mut all, mut doubtful) = (records.to_vec(), Vec::new());
        doubtful.extend(file.broken.iter().map(|name| (name.as_str(), None)));
        for spec in failed {
            let Some(model) = self.platform.model(&spec.model.value) else {
                doubtful.push((spec.name.value.as_str(), None));
                continue;
            };
            let untyped = record::untyped(spec, model);
            doubtful.extend(untyped.into_iter().map(|field| (spec.name.value.as_str(), Some(field))));
            all.push(record::stand_in(spec, model));
        }
        let (mut checks, mut field_checks) = (Vec::new(), Vec::new());
        for spec in file.checks.iter().filter(|c| !doubtful.iter().any(|d| rests_on(c, d))) {
            match self.keep(check::check(spec, views, &all, &file.lookups, world)) {
                Some(check::Built::Assert(plan)) => checks.push(*plan),
                Some(check::Built::Fields(plans)) => field_checks.extend(plans),
                None => {}
            }
        }
        (checks, field_checks)
    }

    fn stop_when(
        &mut self,
        spec: &SourceSpec,
        view: &SourceView,
        world: &World<'_>,
    ) -> Option<crate::expr::Lowered> {
        let text = spec.stop_when.as_ref()?;
        let scope = RowScope::rows(view, world, Grouping::Rows);
        let compiled = self.keep(expression(text, &scope, "stop#"))?;
        if compiled.result.ty != Type::Flag {
            let message = format!("`stop_when` must give yes/no, not {}", compiled.result.ty.word());
            self.push(Wrong::new(Code::WRONG_FIELD_TYPE, &text.span, message, None));
            return None;
        }
        let turned = |u: &unpivot::Unpivot| [u.name(), u.value()].map(|n| format!("c{}", n + 1));
        let read = scope.read.borrow();
        if view.unpivot.as_ref().is_some_and(|u| turned(u).iter().any(|c| read.contains(c))) {
            let message = "`stop_when` cannot ask for a column that `unpivot` makes".to_owned();
            let help = "A row stops the reading as a whole: ask for a column that stays.".to_owned();
            self.push(Wrong::new(Code::BAD_UNPIVOT, &text.span, message, Some(help)));
            return None;
        }
        drop(read);
        Some(compiled.result)
    }

    /// The statements of sources made by sql, with what they read of others.
    fn queries(
        &self,
        specs: &[(String, SourceSpec)],
        views: &[SourceView],
        heads: &[Heads],
    ) -> Vec<(String, query::QueryPlan)> {
        heads
            .iter()
            .filter_map(|h| {
                let span = specs.iter().find(|(n, _)| *n == h.source)?.1.sql.as_ref()?.span.clone();
                let at = Location::toml(&self.file.toml, span);
                Some((h.source.clone(), query::plan(h.request.query.as_ref()?, views, at)?))
            })
            .collect()
    }

    fn sources(
        &mut self,
        specs: &[(String, SourceSpec)],
        views: &[SourceView],
        heads: &[Heads],
        (stops, queries): StopsAndQueries,
        records: &[RecordPlan],
    ) -> Vec<SourcePlan> {
        let mut stops: BTreeMap<String, crate::expr::Lowered> = stops.into_iter().collect();
        let mut queries: BTreeMap<String, query::QueryPlan> = queries.into_iter().collect();
        let mut plans = Vec::new();
        for (name, spec) in specs {
            let (Some(view), Some(head)) =
                (views.iter().find(|v| v.name == *name), heads.iter().find(|h| h.source == *name))
            else {
                continue;
            };
            let mut request = head.request.clone();
            request.paths = view.columns.paths();
            plans.push(SourcePlan {
                name: name.clone(),
                request,
                columns: view.columns.names(),
                used: view.columns.used(),
                optional: spec.optional.iter().map(|o| o.value.clone()).collect(),
                same_key: spec.same_key,
                stop_when: stops.remove(name),
                totals_row: spec.totals_row,
                for_records: records.iter().any(|r| r.source == *name),
                nulls: spec.nulls.clone(),
                totals: totals(view),
                unpivot: view.unpivot.clone(),
                query: queries.remove(name),
                derived: view.reading.derived.borrow().clone().map(|layer| layer.into_iter().collect()),
            });
        }
        plans
    }
}

/// The number in a cell of the totals row whose columns became rows.
fn totals(view: &SourceView) -> Option<crate::expr::Lowered> {
    let unpivot = view.unpivot.as_ref().filter(|_| view.totals_row)?;
    Some(view.reading.number(typed::Cell { alias: "u", column: unpivot.value() }, false))
}
