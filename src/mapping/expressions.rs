//! Every expression of a mapping with where it stands and how it runs: what `check -v` tells.

use crate::spec::mapping::{CheckTest, FieldTest, LookupFrom, MappingFile, Origin, SourceSpec, ValueSpec};
use crate::spec::walk::Spot;
use std::ops::Range;

/// One expression of the mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpressionPlan {
    /// The table it stands in, such as `record invoice`.
    pub group: String,
    /// What it is there: a field, `let sign`, `where`, a check's name.
    pub name: String,
    /// Its text without the leading `=`, on one line.
    pub text: String,
    /// Why it does not run as SQL.
    pub fallback: Option<String>,
}

/// An expression that was compiled: its place in the file, and why it does not run as SQL.
pub(super) type Way = (Range<usize>, Option<String>);

/// The compiled expressions of a file, each with its place, in the order of sources, records, checks.
pub(super) fn plans(file: &MappingFile, ways: &[Way]) -> Vec<ExpressionPlan> {
    let one = |(group, name, text): (String, String, &Spot<String>)| {
        let (_, fallback) = ways.iter().find(|(span, _)| *span == text.span)?;
        let bare = text.value.strip_prefix('=').unwrap_or(&text.value);
        let text = bare.split_whitespace().collect::<Vec<_>>().join(" ");
        Some(ExpressionPlan { group, name, text, fallback: fallback.clone() })
    };
    places(file).into_iter().filter_map(one).collect()
}

type Placed<'a> = (String, String, &'a Spot<String>);

fn places(file: &MappingFile) -> Vec<Placed<'_>> {
    let mut all = Vec::new();
    for source in &file.sources {
        let name = source.name.as_ref().map_or("", |n| n.value.as_str());
        of_source(&format!("source {name}"), source, &mut all);
    }
    for lookup in &file.lookups {
        if let LookupFrom::File(source) = &lookup.from {
            of_source(&format!("lookup {}", lookup.name.value), source, &mut all);
        }
    }
    for record in &file.records {
        let group = format!("record {}", record.name.value);
        let mut put = |name: &str, text| all.push((group.clone(), name.to_owned(), text));
        record.filter.iter().for_each(|t| put("where", t));
        record.group_by.iter().for_each(|t| put("group_by", t));
        record.covers.iter().for_each(|t| put("covers", t));
        record.fields.iter().for_each(|(n, v)| texts(v).for_each(|t| put(&n.value, t)));
    }
    for check in &file.checks {
        let mut put = |text| all.push(("checks".to_owned(), format!("\"{}\"", check.name.value), text));
        check.by.iter().flat_map(|by| &by.value).for_each(&mut put);
        match &check.test {
            CheckTest::Assert(text) | CheckTest::Fields(_, FieldTest::RequiredIf(text)) => put(text),
            CheckTest::Fields(..) => {}
        }
    }
    all
}

fn of_source<'a>(group: &str, source: &'a SourceSpec, all: &mut Vec<Placed<'a>>) {
    let mut put = |name: String, text| all.push((group.to_owned(), name, text));
    source.stop_when.iter().for_each(|t| put("stop_when".to_owned(), t));
    source.lets.iter().for_each(|(n, v)| texts(v).for_each(|t| put(format!("let {}", n.value), t)));
}

fn texts(value: &ValueSpec) -> impl Iterator<Item = &Spot<String>> {
    let texts: Vec<&Spot<String>> = match &value.origin {
        Origin::From(one) => vec![one],
        Origin::FirstOf(many) | Origin::Parts(many) => many.iter().collect(),
        Origin::Const(_) => Vec::new(),
    };
    texts.into_iter()
}
