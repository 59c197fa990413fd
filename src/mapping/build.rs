//! Puts the mapping together from its parts, keeping every mistake.

use super::scope::{RowScope, SourceView, World};
use super::value::{Place, Wrong, build_let, expression};
use super::{Columns, LookupPlan, Mapping, RecordPlan, SourcePlan, check, lookup, order, record, span};
use crate::diagnostic::{Code, Collector, Diagnostic, Location, Result, did_you_mean};
use crate::expr::{Grouping, Type};
use crate::source::{Format, Head, Request};
use crate::spec::mapping::{CheckSpec, LookupFrom, MappingFile, Matching, SourceSpec};
use crate::spec::platform::Platform;
use crate::sql::read;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What is known of a source's files before they are read.
#[derive(Clone, Debug)]
pub struct Heads {
    /// Source name (`lookup.<name>` for a lookup's own file).
    pub source: String,
    /// The request without its paths.
    pub request: Request,
    /// Headers of the tabular files; empty when there is no file yet, or for paths.
    pub heads: Vec<Head>,
}

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
    let world = World { vars, run_date, used: Default::default(), functions: Default::default() };
    let specs = source_specs(file);
    let views: Vec<SourceView> =
        specs.iter().filter_map(|(name, spec)| build.view(name, spec, heads)).collect();
    for (name, spec) in &specs {
        if let Some(view) = views.iter().find(|v| v.name == *name) {
            build.lets(spec, view, &world);
        }
    }
    build.within(&specs);
    let lookups: Vec<LookupPlan> =
        file.lookups.iter().filter_map(|l| build.keep(lookup::lookup(l, &views))).collect();
    let mut records = build.records(&views, &world, &specs);
    let failed: Vec<&str> = file
        .records
        .iter()
        .map(|r| r.name.value.as_str())
        .filter(|name| !records.iter().any(|r| r.name == *name))
        .chain(file.broken.iter().map(String::as_str))
        .collect();
    // A check on a record with mistakes of its own would only repeat them.
    let sound = |c: &&CheckSpec| {
        !failed.iter().any(|f| c.on.value == *f || c.assert.value.contains(&format!("{f}.")))
    };
    let checks = file
        .checks
        .iter()
        .filter(sound)
        .filter_map(|c| build.keep(check::check(c, &views, &records, &world)))
        .collect();
    let stops: Vec<_> = specs
        .iter()
        .filter_map(|(name, spec)| {
            Some((name.clone(), build.stop_when(spec, views.iter().find(|v| v.name == *name)?, &world)?))
        })
        .collect();
    records.iter_mut().for_each(|r| covers_columns(r, &views));
    let sources = build.sources(&specs, &views, heads, stops, &records);
    let mapping = Mapping {
        name: file.name.value.clone(),
        platform: platform.clone(),
        sources,
        lookups,
        records,
        checks,
        guard: file.guard.clone(),
        tests: file.tests.clone(),
        rules: rules_print(&file.toml.text),
        functions: world.functions.into_inner(),
        vars: world.used.into_inner(),
    };
    build.collector.finish(mapping)
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

struct Build<'a> {
    file: &'a MappingFile,
    platform: &'a Arc<Platform>,
    collector: Collector,
}

impl Build<'_> {
    fn keep<T>(&mut self, result: std::result::Result<T, Vec<Wrong>>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(all) => {
                all.into_iter().for_each(|w| self.push(w));
                None
            }
        }
    }

    fn push(&mut self, wrong: Wrong) {
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

    fn view(&mut self, name: &str, spec: &SourceSpec, heads: &[Heads]) -> Option<SourceView> {
        let head = heads.iter().find(|h| h.source == name)?;
        let paths = matches!(head.request.format, Format::Xml | Format::Json | Format::Ndjson);
        let columns = if paths || head.heads.is_empty() {
            Columns::open()
        } else {
            Columns::tabular(&union(&head.heads))
        };
        for column in spec.ignore.iter().filter(|c| columns.known() && !columns.has(&c.value)) {
            let names = columns.names();
            let help = did_you_mean(&column.value, names.iter().map(String::as_str));
            let message = format!("`ignore` names \"{}\", which no file of source {name} has", column.value);
            let at = Location::toml(&self.file.toml, column.span.clone());
            self.collector.push(Diagnostic::warning(Code::UNKNOWN_COLUMN, message).at(at).help_if(help));
        }
        let locale = match &spec.locale {
            Some(tag) if read::locale(&tag.value).is_none() => {
                let message = format!("\"{}\" is not a locale known here", tag.value);
                let help = Some("Write a language tag such as \"de-DE\", \"nb-NO\" or \"en-US\".".to_owned());
                self.push(Wrong::new(Code::UNKNOWN_LOCALE, &tag.span, message, help));
                None
            }
            Some(tag) => read::locale(&tag.value),
            None => None,
        };
        for pattern in spec.dates.iter().filter(|p| read::date_pattern(&p.value).is_none()) {
            let message = format!("\"{}\" is not a date pattern", pattern.value);
            let help = Some("Use d, dd, m, mm, yy, yyyy and hh:mm:ss, such as \"dd.mm.yyyy\".".to_owned());
            self.push(Wrong::new(Code::BAD_PATTERN, &pattern.span, message, help));
        }
        let reading = super::typed::Reading {
            locale,
            dates: spec.dates.iter().map(|d| d.value.clone()).collect(),
            nulls: spec.nulls.clone(),
            yes: spec.yes.clone(),
            no: spec.no.clone(),
            native: !matches!(head.request.format, Format::Csv),
            derived: super::typed::Derived::default(),
        };
        let totals_row = spec.totals_row;
        Some(SourceView { name: name.to_owned(), columns, reading, lets: Default::default(), totals_row })
    }

    /// A source within itself, over however many others.
    fn within(&mut self, specs: &[(String, SourceSpec)]) {
        for (name, spec) in specs {
            let mut outer = spec.within.as_ref();
            for _ in 0..specs.len() {
                let Some(within) = outer else { break };
                if within.value == *name {
                    let message = format!("source {name} stands within itself");
                    if let Some(own) = &spec.within {
                        let help = Some("Name the source of the outer node, which has a `file`.".to_owned());
                        self.push(Wrong::new(Code::WITHIN_ITSELF, &own.span, message, help));
                    }
                    break;
                }
                outer = specs.iter().find(|(n, _)| *n == within.value).and_then(|(_, s)| s.within.as_ref());
            }
        }
    }

    /// Compiles the lets in order; each may use the ones before it.
    fn lets(&mut self, spec: &SourceSpec, view: &SourceView, world: &World<'_>) {
        for (name, value) in &spec.lets {
            let scope = RowScope::rows(view, world, Grouping::Rows);
            let lookups = self.lookup_names();
            let place =
                Place { source: view, scope: &scope, lookups: &lookups, prefix: "let#", rows_agree: false };
            if let Some(lowered) = self.keep(build_let(value, &place)) {
                view.lets.borrow_mut().insert(name.value.clone(), (lowered, scope.read.borrow().clone()));
            }
        }
    }

    fn lookup_names(&self) -> Vec<(String, Matching)> {
        let known = self.file.lookups.iter().map(|l| (l.name.value.clone(), l.matching));
        known.chain(self.file.broken.iter().map(|b| (b.clone(), Matching::Equal))).collect()
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
        Some(compiled.result)
    }

    fn sources(
        &mut self,
        specs: &[(String, SourceSpec)],
        views: &[SourceView],
        heads: &[Heads],
        stops: Vec<(String, crate::expr::Lowered)>,
        records: &[RecordPlan],
    ) -> Vec<SourcePlan> {
        let mut stops: BTreeMap<String, crate::expr::Lowered> = stops.into_iter().collect();
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
                derived: view.reading.derived.borrow().clone().map(|layer| layer.into_iter().collect()),
            });
        }
        plans
    }
}

/// Column names over the parts, in order of first appearance; a name twice in one part stays twice.
fn union(heads: &[Head]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for head in heads {
        let mut rest = names.clone();
        for column in &head.columns {
            match rest.iter().position(|n| n == column) {
                Some(at) => {
                    rest.remove(at);
                }
                None => names.push(column.clone()),
            }
        }
    }
    names
}

/// SHA-256 over the mapping's meaning: tables and values without comments, order of keys, tests and guards.
fn rules_print(text: &str) -> String {
    let mut table: toml::Table = text.parse().unwrap_or_default();
    for key in ["test", "guard"] {
        table.remove(key);
    }
    let digest = Sha256::digest(sorted(&toml::Value::Table(table)).as_bytes());
    digest.iter().map(|b| format!("{b:02x}")).collect()
}

fn sorted(value: &toml::Value) -> String {
    match value {
        toml::Value::Table(table) => {
            let entries: BTreeMap<&String, String> = table.iter().map(|(k, v)| (k, sorted(v))).collect();
            let entries: Vec<String> = entries.into_iter().map(|(k, v)| format!("{k:?}:{v}")).collect();
            format!("{{{}}}", entries.join(","))
        }
        toml::Value::Array(items) => format!("[{}]", items.iter().map(sorted).collect::<Vec<_>>().join(",")),
        other => format!("{other:?}"),
    }
}
