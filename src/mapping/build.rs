//! Puts the mapping together from its parts, keeping every mistake.

use super::lookup::Known;
use super::scope::{RowScope, SourceView, World};
use super::value::{Wrong, expression};
use super::{
    CasePlan, CheckPlan, Columns, FieldCheck, Locked, LookupPlan, Mapping, RecordPlan, SourcePlan, case,
    check, lookup, order, query, record, span, typed, unpivot,
};
use crate::diagnostic::{Code, Collector, Diagnostic, Location, Result, TomlSource, did_you_mean};
use crate::expr::{Grouping, Type};
use crate::source::{Format, Head, Request};
use crate::spec::mapping::{
    CheckSpec, CheckTest, FieldTest, LookupFrom, MappingFile, RecordSpec, SourceSpec,
};
use crate::spec::platform::{Model, Platform};
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
    /// What the column lock knows of it.
    pub locked: Locked,
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
        let (columns, turned) = self.columns(spec, head);
        let known = Columns::tabular(&names(head), &Locked::default());
        for column in spec.ignore.iter().filter(|c| columns.known() && !known.has(&c.value)) {
            let names = known.names();
            let help = did_you_mean(&column.value, names.iter().map(String::as_str));
            let message = format!("`ignore` names \"{}\", which no file of source {name} has", column.value);
            let at = Location::toml(&self.file.toml, column.span.clone());
            self.collector.push(Diagnostic::warning(Code::UNKNOWN_COLUMN, message).at(at).help_if(help));
        }
        if let Some(at) = spec.as_shown_at.as_ref().filter(|_| head.request.format != Format::Excel) {
            let message =
                "`numbers = \"as shown\"` is for Excel files: only they have number formats".to_owned();
            let help = Some("Take it out: the texts of this file are read as they stand.".to_owned());
            self.push(Wrong::new(Code::BAD_OPTION, at, message, help));
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
            as_shown: spec.as_shown && head.request.format == Format::Excel,
            zone: self.zone(spec),
            derived: super::typed::Derived::default(),
        };
        let totals_row = spec.totals_row;
        let name = name.to_owned();
        Some(SourceView { name, columns, reading, lets: Default::default(), totals_row, unpivot: turned })
    }

    /// The columns as the mapping sees them: as read, or turned by `unpivot`.
    fn columns(&mut self, spec: &SourceSpec, head: &Heads) -> (Columns, Option<unpivot::Unpivot>) {
        let paths = matches!(head.request.format, Format::Xml | Format::Json | Format::Ndjson);
        if let (Some(u), true) = (&spec.unpivot, paths) {
            let message = "`unpivot` turns the columns of a table: CSV or Excel".to_owned();
            let help = "In XML and JSON a list of nodes is a source of its own, with `within` and `each`."
                .to_owned();
            self.push(Wrong::new(Code::BAD_UNPIVOT, &u.span, message, Some(help)));
        }
        let format = head.request.format;
        if paths {
            // Below a node that is not there every path would be told once more.
            let nothing = Locked::default();
            let locked = if self.each_is_known(spec, &head.locked) { &head.locked } else { &nothing };
            return (Columns::open(locked, format, &spec.optional), None);
        }
        let open = || Columns::open(&Locked::default(), format, &[]);
        let names = names(head);
        if names.is_empty() {
            return (open(), None);
        }
        // What the lock knows of lost columns is for files that are there.
        let nothing = Locked::default();
        let locked = if head.heads.is_empty() { &nothing } else { &head.locked };
        let Some(unpivot) = &spec.unpivot else { return (Columns::tabular(&names, locked), None) };
        match self.keep(unpivot::resolve(unpivot, spec, &names)) {
            Some((unpivot, names)) => (Columns::tabular(&names, locked), Some(unpivot)),
            None => (open(), None),
        }
    }

    /// Whether the lock has all repeating nodes; one that it does not have is told.
    fn each_is_known(&mut self, spec: &SourceSpec, locked: &Locked) -> bool {
        let Some(paths) = &locked.paths else { return true };
        let mut all = true;
        for (n, each) in spec.each.iter().enumerate() {
            // Below several rows of an enclosing source it stands once for each of them; one that has it is enough.
            let mut rows = paths.each.iter().skip(n).step_by(spec.each.len());
            let Some(row) = rows.clone().next() else { continue };
            if rows.any(|r| paths.known.contains(r)) {
                continue;
            }
            let message = format!("no node stands at `{row}`");
            let help = did_you_mean(row, paths.known.iter().map(String::as_str));
            let help = help.or_else(|| Some(paths.look_again.clone()));
            self.push(Wrong::new(Code::UNKNOWN_PATH, &each.span, message, help));
            all = false;
        }
        all
    }

    /// The time zone of a source, where it is one.
    fn zone(&mut self, spec: &SourceSpec) -> Option<String> {
        let zone = spec.timezone.as_ref()?;
        if crate::expr::zone(&zone.value).is_some() {
            return Some(zone.value.clone());
        }
        let names = crate::expr::zone_names();
        // Another abbreviation that looks alike would only be another guess.
        let whole = names.iter().map(String::as_str).filter(|n| n.contains('/') || *n == "UTC");
        let help = did_you_mean(&zone.value, whole).unwrap_or_else(|| {
            "Write a region and a city, such as \"Europe/Berlin\", or \"UTC\"; abbreviations such as MEZ are not enough."
                .to_owned()
        });
        let message = format!("\"{}\" is not a time zone", zone.value);
        self.push(Wrong::new(Code::UNKNOWN_ZONE, &zone.span, message, Some(help)));
        None
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

impl Heads {
    /// The column names over all parts.
    pub fn names(&self) -> Vec<String> {
        union(&self.heads)
    }
}

/// The columns of a table: those of its files, or of the lock where there is none.
fn names(head: &Heads) -> Vec<String> {
    if head.heads.is_empty() { head.locked.columns.clone() } else { head.names() }
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

/// SHA-256 over the mapping's meaning: tables and values without comments, order of keys, tests and guards; the same
/// whether it stands in one file or in several.
fn rules_print(toml: &TomlSource) -> String {
    let mut table = crate::spec::mapping::tables(toml);
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
