//! Sources made by a statement over others: their columns, and every mistake in the statements, before any run.

use super::Context;
use crate::db::{Db, Limits};
use crate::diagnostic::{Code, Diagnostic, Location, did_you_mean};
use crate::mapping::{Heads, Locked, inside, unpivoted_columns};
use crate::source::query::{self, Input, Mistake};
use crate::source::{Format, Head, Query, Request};
use crate::spec::mapping::SourceSpec;
use crate::spec::walk::Spot;
use std::ops::Range;

/// Memory of the database in which a statement is understood: it holds no row.
const MEMORY_MIB: u64 = 64;

/// Adds the heads of sources made by sql to those of the files, each after the sources it reads.
pub(super) fn heads(
    context: &Context,
    specs: &[(String, SourceSpec)],
    heads: &mut Vec<Heads>,
    found: &mut Vec<Diagnostic>,
) {
    let mut waiting: Vec<(&String, &Spot<String>)> =
        specs.iter().filter_map(|(name, spec)| Some((name, spec.sql.as_ref()?))).collect();
    let ready = |waiting: &[(&String, &Spot<String>)]| {
        let waits = |name: &str| waiting.iter().any(|(n, _)| *n == name);
        waiting.iter().position(|(_, sql)| !query::named(&sql.value).iter().any(|(n, _)| waits(n)))
    };
    while let Some(n) = ready(&waiting) {
        let (name, sql) = waiting.remove(n);
        let made = Statement { context, specs, sql }.understand(heads, found);
        heads.push(head(name, made));
    }
    for (name, sql) in &waiting {
        let statement = Statement { context, specs, sql };
        let round = query::named(&sql.value).into_iter().find(|(n, _)| waiting.iter().any(|(w, _)| *w == n));
        let at = round.map_or(0..0, |(_, at)| at);
        let message = format!("the sql of source {name} needs its own result");
        let help = "Sources made by sql may read each other, but not in a circle: let one of them read sources with files only.".to_owned();
        found.push(statement.told(Mistake { code: Code::QUERY_CYCLE, at, message, help: Some(help) }));
        heads.push(head(name, None));
    }
}

/// A statement that could not be understood has no columns, and any of it is taken for right.
fn head(name: &str, query: Option<Query>) -> Heads {
    let file = format!("source {name}");
    let heads = query.iter().map(|q| Head { file: file.clone(), sheet: None, columns: q.columns.clone() });
    let heads = heads.collect();
    let request = Request {
        name: name.to_owned(),
        files: Vec::new(),
        format: Format::Sql,
        encoding: None,
        delimiter: None,
        header_rows: vec![1],
        sheets: Vec::new(),
        each: Vec::new(),
        within: None,
        ns: Vec::new(),
        paths: Vec::new(),
        as_shown: false,
        query,
    };
    Heads { source: name.to_owned(), request, heads, locked: Locked::default() }
}

struct Statement<'a> {
    context: &'a Context,
    specs: &'a [(String, SourceSpec)],
    sql: &'a Spot<String>,
}

impl Statement<'_> {
    fn understand(&self, heads: &[Heads], found: &mut Vec<Diagnostic>) -> Option<Query> {
        let inputs = self.inputs(heads, found)?;
        let limits = Limits { memory_mib: MEMORY_MIB, threads: 1, spill: None, folders: Vec::new() };
        let understood = match Db::scratch(&limits) {
            Ok(db) => query::understand(&db, &self.sql.value, inputs),
            Err(errors) => {
                found.extend(errors.list().iter().cloned());
                return None;
            }
        };
        match understood {
            Ok(query) => Some(query),
            Err(mistakes) => {
                found.extend(mistakes.into_iter().map(|m| self.told(m)));
                None
            }
        }
    }

    /// The sources it names with their columns; `None` when one has mistakes of its own, or no files yet.
    fn inputs(&self, heads: &[Heads], found: &mut Vec<Diagnostic>) -> Option<Vec<Input>> {
        let (mut inputs, mut all_known): (Vec<Input>, bool) = (Vec::new(), true);
        for (source, at) in query::named(&self.sql.value) {
            if inputs.iter().any(|i| i.source == source) {
                continue;
            }
            match self.columns(&source, at, heads, found) {
                Some(columns) => inputs.push(Input { source, columns, ..Input::default() }),
                None => all_known = false,
            }
        }
        all_known.then_some(inputs)
    }

    fn columns(
        &self,
        source: &str,
        at: Range<usize>,
        heads: &[Heads],
        found: &mut Vec<Diagnostic>,
    ) -> Option<Vec<String>> {
        let named = |(name, _): &&(String, SourceSpec)| name == source;
        let Some((_, spec)) = self.specs.iter().find(named) else {
            let help = did_you_mean(source, self.specs.iter().map(|(n, _)| n.as_str()));
            let message = format!("there is no source `{source}`");
            found.push(self.told(Mistake { code: Code::UNKNOWN_SOURCE, at, message, help }));
            return None;
        };
        let head = heads.iter().find(|h| h.source == source)?;
        if matches!(head.request.format, Format::Xml | Format::Json | Format::Ndjson) {
            let message =
                format!("sql reads tables; source {source} is XML or JSON, whose columns are not fixed");
            let help = "CSV, Excel and other sources made by sql can be read.".to_owned();
            found.push(self.told(Mistake { code: Code::QUERY_REFUSED, at, message, help: Some(help) }));
            return None;
        }
        let read = head.names();
        if read.is_empty() { None } else { unpivoted_columns(spec, &read) }
    }

    /// A mistake at its place in the mapping.
    fn told(&self, mistake: Mistake) -> Diagnostic {
        let toml = &self.context.file.toml;
        let span = match mistake.at.is_empty() {
            true => self.sql.span.clone(),
            false => inside(&toml.text, &self.sql.span, &mistake.at),
        };
        let at = Location::toml(toml, span);
        Diagnostic::error(mistake.code, mistake.message).at(at).help_if(mistake.help)
    }
}
