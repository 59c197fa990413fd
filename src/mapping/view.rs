//! Sources as a mapping sees them: their columns and how their cells are read.

use super::build::Build;
use super::heads::{Heads, names};
use super::scope::SourceView;
use super::value::Wrong;
use super::{Columns, Locked, unpivot};
use crate::diagnostic::{Code, Diagnostic, Location, did_you_mean};
use crate::source::Format;
use crate::spec::mapping::SourceSpec;
use crate::sql::read;

impl Build<'_> {
    pub(super) fn view(&mut self, name: &str, spec: &SourceSpec, heads: &[Heads]) -> Option<SourceView> {
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
            texts: false,
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
    pub(super) fn within(&mut self, specs: &[(String, SourceSpec)]) {
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
}
