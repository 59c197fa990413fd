//! From TOML to [`MappingFile`]: each table's keys, one function a table.

use super::check::check;
use super::shape;
use super::test::test;
use super::value::{pairs, same, value};
use super::{once, *};
use crate::diagnostic::{Code, Collector, Diagnostic, Result, TomlSource};
use crate::spec::walk::{self, Spot, Table, Value};

/// Reads a mapping file's text, with every mistake of shape, each at its place. `name` is the file's name as the user
/// knows it. What could be read is given beside the mistakes, so that those of meaning can be told in the same breath.
///
/// # Errors
/// E201 for text that is not TOML, E212 without `name` or `platform`, with whatever else was found.
pub fn parse(name: &str, text: &str) -> Result<(MappingFile, Vec<Diagnostic>)> {
    parse_joined(&Arc::new(TomlSource::new(name, text)))
}

/// As [`parse`], for a file with those it uses.
pub(super) fn parse_joined(source: &Arc<TomlSource>) -> Result<(MappingFile, Vec<Diagnostic>)> {
    let (file, found) = walk::read_joined(source, mapping);
    match file.flatten() {
        Some(file) => Ok((file, found)),
        None => {
            let mut all = Collector::default();
            found.into_iter().for_each(|d| all.push(d));
            let message = format!("{} is no mapping", source.name);
            all.finish(()).and_then(|_| Diagnostic::error(Code::BAD_TOML, message).alone())
        }
    }
}

/// The file (the first) and those it uses.
fn mapping(roots: &[Table<'_>]) -> Option<MappingFile> {
    let root = roots.first()?;
    let name = root.need_text("name");
    let platform = root.need_text("platform");
    once::check(roots);
    let defaults = tables(roots, "defaults").fold(SourceSpec::default(), |d, t| shared(&t, &d));
    let sources =
        named(roots, "source", |name, t| Some(SourceSpec { name: Some(name), ..shaped(t, &defaults) }));
    let broken = std::cell::RefCell::new(Vec::new());
    let lookups =
        named(roots, "lookup", |name, t| or_broken(&broken, &name.value, lookup(name.clone(), t, &defaults)));
    let records = named(roots, "record", |name, t| or_broken(&broken, &name.value, record(name.clone(), t)));
    let checks = roots.iter().flat_map(|r| r.tables("check")).filter_map(|t| check(&t)).collect();
    let guard = tables(roots, "guard").map(|t| guard(&t)).fold(GuardSpec::default(), GuardSpec::with);
    let tests = roots.iter().flat_map(|r| r.tables("test")).filter_map(|t| test(&t)).collect();
    roots.iter().for_each(|r| {
        r.texts("use");
        r.done();
    });
    Some(MappingFile {
        toml: root.walk().source().clone(),
        name: name?,
        platform: platform?,
        sources,
        lookups,
        records,
        checks,
        guard,
        tests,
        broken: broken.into_inner(),
    })
}

/// Remembers what could not be read, so that references to it are no second mistake.
fn or_broken<T>(broken: &std::cell::RefCell<Vec<String>>, name: &str, read: Option<T>) -> Option<T> {
    if read.is_none() {
        broken.borrow_mut().push(name.to_owned());
    }
    read
}

/// The tables of a key in the files that have it.
fn tables<'w>(roots: &[Table<'w>], key: &'static str) -> impl Iterator<Item = Table<'w>> {
    roots.iter().filter_map(move |root| root.table(key))
}

/// The tables `[key.<name>]`, in order.
fn named<T>(
    roots: &[Table<'_>],
    key: &'static str,
    read: impl Fn(Spot<String>, &Table<'_>) -> Option<T>,
) -> Vec<T> {
    let entries =
        |t: Table<'_>| t.entries().filter_map(|(name, v)| read(name, &v.table()?)).collect::<Vec<_>>();
    tables(roots, key).flat_map(entries).collect()
}

/// `[defaults]`: what sources share. A `let` names columns, so each source has its own.
fn shared(t: &Table<'_>, before: &SourceSpec) -> SourceSpec {
    let spec = source_keys(t, before);
    t.done();
    spec
}

/// A source that may also be made by a statement, or turned.
fn shaped(t: &Table<'_>, defaults: &SourceSpec) -> SourceSpec {
    let spec = match t.text("sql") {
        Some(sql) => shape::made_by_sql(t, defaults, sql),
        None => SourceSpec {
            unpivot: t.table("unpivot").and_then(|u| shape::unpivot(&u)),
            ..source_keys(t, defaults)
        },
    };
    let lets = t.table("let").map(|l| lets(&l)).unwrap_or_default();
    t.done();
    SourceSpec { lets, ..spec }
}

fn source_keys(t: &Table<'_>, d: &SourceSpec) -> SourceSpec {
    let spots =
        |key: &'static str, default: &Vec<Spot<String>>| t.texts(key).unwrap_or_else(|| default.clone());
    let numbers = t.one_of("numbers", &[("exact", false), ("as shown", true)]);
    SourceSpec {
        name: None,
        folder: t.text("folder").or_else(|| d.folder.clone()),
        file: t.text("file").or_else(|| d.file.clone()),
        pick: t
            .one_of("pick", &[("exactly-one", Pick::ExactlyOne), ("last", Pick::Last), ("all", Pick::All)])
            .map_or(d.pick, |p| p.value),
        same_key: t
            .one_of("same_key", &[("reject", SameKey::Reject), ("last", SameKey::Last)])
            .map_or(d.same_key, |s| s.value),
        sheets: spots("sheet", &d.sheets),
        each: spots("each", &d.each),
        within: t.text("within").or_else(|| d.within.clone()),
        header_rows: t.get("header_rows").map_or_else(|| d.header_rows.clone(), |v| header_rows(&v)),
        stop_when: t.text("stop_when").or_else(|| d.stop_when.clone()),
        totals_row: t.boolean("totals_row").map_or(d.totals_row, |b| b.value),
        freeze: t
            .one_of("columns", &[("freeze", true), ("note", false)])
            .map_or_else(|| d.freeze.clone(), |f| f.value.then(|| Spot::new((), f.span))),
        ignore: spots("ignore", &d.ignore),
        optional: spots("optional", &d.optional),
        timezone: t.text("timezone").or_else(|| d.timezone.clone()),
        as_shown: numbers.as_ref().map_or(d.as_shown, |n| n.value),
        as_shown_at: numbers.filter(|n| n.value).map(|n| n.span),
        encoding: t.text("encoding").or_else(|| d.encoding.clone()),
        delimiter: t.get("delimiter").and_then(|v| character(&v)).or(d.delimiter),
        ns: t.table("ns").map_or_else(|| d.ns.clone(), |ns| namespaces(&ns)),
        ..source_words(t, d)
    }
}

/// How cells are read: what every source has, wherever its rows come from.
pub(super) fn source_words(t: &Table<'_>, d: &SourceSpec) -> SourceSpec {
    let words = |key: &'static str, default: &Vec<String>| {
        t.texts(key).map_or_else(|| default.clone(), |w| w.into_iter().map(|s| s.value).collect())
    };
    SourceSpec {
        locale: t.text("locale").or_else(|| d.locale.clone()),
        dates: t.texts("dates").unwrap_or_else(|| d.dates.clone()),
        nulls: words("nulls", &d.nulls),
        yes: words("yes", &d.yes),
        no: words("no", &d.no),
        ..SourceSpec::default()
    }
}

fn header_rows(v: &Value<'_>) -> Vec<u32> {
    let rows = match v.raw() {
        toml::de::DeValue::Array(_) => v.list().unwrap_or_default(),
        _ => vec![v.clone()],
    };
    let read: Vec<u32> =
        rows.iter().filter_map(Value::unsigned).filter_map(|r| u32::try_from(r.value).ok()).collect();
    if read.len() < rows.len() {
        return vec![1]; // Each wrong one has been told.
    }
    let consecutive = read.windows(2).all(|w| matches!(w, [a, b] if *b == a + 1));
    if read.is_empty() || read.contains(&0) || !consecutive {
        v.error(Code::WRONG_TYPE, "header rows are counted from 1 and follow each other", header_help(&read));
        return vec![1];
    }
    read
}

fn header_help(rows: &[u32]) -> Option<String> {
    let (first, last) = (rows.iter().min()?, rows.iter().max()?);
    if *first == 0 || last - first > 9 {
        return Some("Write the row of the names, such as 3, or two rows, such as [3, 4].".to_owned());
    }
    let all: Vec<String> = (*first..=*last).map(|n| n.to_string()).collect();
    Some(format!("Write [{}]: the names of the rows are joined from top to bottom.", all.join(", ")))
}

fn character(v: &Value<'_>) -> Option<char> {
    let text = v.text()?.value;
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        (Some(c), None) if c.is_ascii() => Some(c),
        _ => v.wrong("one character, such as \";\" or \"\\t\""),
    }
}

fn namespaces(t: &Table<'_>) -> Vec<(String, String)> {
    t.entries().filter_map(|(k, v)| Some((k.value, v.text()?.value))).collect()
}

fn lets(t: &Table<'_>) -> Vec<(Spot<String>, ValueSpec)> {
    let all: Vec<_> = t.entries().collect();
    for (key, _) in all.iter().filter(|(k, _)| SOURCE_ONLY.contains(&k.value.as_str())) {
        let source = t.path().trim_end_matches(".let");
        let message = format!("`{}` is a key of [{source}], but stands below [{}]", key.value, t.path());
        let help = format!("Lines below a header belong to it: move this one above [{}].", t.path());
        t.walk().error(Code::UNKNOWN_KEY, &key.span, message, Some(help));
    }
    let own = |k: &Spot<String>| !SOURCE_ONLY.contains(&k.value.as_str());
    all.into_iter().filter(|(k, _)| own(k)).filter_map(|(k, v)| Some((k, value(&v)?))).collect()
}

/// Keys of a source that nobody gives to a `let`.
const SOURCE_ONLY: &[&str] = &[
    "file",
    "folder",
    "pick",
    "same_key",
    "header_rows",
    "stop_when",
    "totals_row",
    "encoding",
    "delimiter",
];

fn lookup(name: Spot<String>, t: &Table<'_>, _defaults: &SourceSpec) -> Option<LookupSpec> {
    let words =
        [("equal", Matching::Equal), ("prefix", Matching::Prefix), ("on-or-before", Matching::OnOrBefore)];
    let matching = t.one_of("match", &words).map(|m| m.value).unwrap_or_default();
    let key = t.texts("key").unwrap_or_default();
    let give = t.text("give");
    let table = t.get("table").and_then(|v| pairs(&v)).map(LookupFrom::Table);
    let from_source = t.text("source").map(LookupFrom::Source);
    // Options of a file that stand beside a table or a source would do nothing.
    let file = match (&table, &from_source) {
        (None, None) => source_keys(t, &SourceSpec::default()),
        (Some(_), _) => SourceSpec {
            file: t.text("file"),
            dates: t.texts("dates").unwrap_or_default(),
            locale: t.text("locale"),
            ..SourceSpec::default()
        },
        (None, Some(_)) => SourceSpec { file: t.text("file"), ..SourceSpec::default() },
    };
    t.done();
    let reading = (file.dates.clone(), file.locale.clone());
    let from_file = file.file.is_some().then(|| LookupFrom::File(Box::new(file)));
    let mut origins: Vec<LookupFrom> = [table, from_source, from_file].into_iter().flatten().collect();
    if origins.len() > 1 {
        let help = "Keep one of `file`, `source` and `table`.".to_owned();
        t.error(
            Code::NOT_ONE_OF,
            format!("`{}` has its rows from more than one place", t.path()),
            Some(help),
        );
        return None;
    }
    let Some(from) = origins.pop() else {
        let help = "Give `file = \"…\"`, `source = \"…\"` or `table = { … }`.".to_owned();
        t.error(Code::MISSING_KEY, format!("`{}` has no rows", t.path()), Some(help));
        return None;
    };
    let needs_columns = !matches!(from, LookupFrom::Table(_));
    if needs_columns && (key.is_empty() || give.is_none()) {
        let help = "Name the column looked in (`key`) and the column given (`give`).".to_owned();
        t.error(Code::MISSING_KEY, format!("`{}` lacks `key` or `give`", t.path()), Some(help));
        return None;
    }
    Some(LookupSpec { name, from, key, give, matching, reading })
}

fn record(name: Spot<String>, t: &Table<'_>) -> Option<RecordSpec> {
    let words = [
        ("keep", Missing::Keep),
        ("delete", Missing::Delete),
        ("deactivate", Missing::Deactivate),
        ("reject", Missing::Reject),
    ];
    // All keys are asked for before any is missed, so that a mistake in one hides none in another.
    let (model, from) = (t.need_text("model"), t.need_text("from"));
    let same_named = t.texts("same").unwrap_or_default();
    let mut broken = Vec::new();
    let mut fields: Vec<(Spot<String>, ValueSpec)> =
        same_named.iter().map(|s| (s.clone(), same(s))).collect();
    if let Some(table) = t.table("fields") {
        for (field, v) in table.entries() {
            if let Some(first) = fields.iter().find(|(f, _)| f.value == field.value) {
                let message = format!("`{}` has two values: it stands in `same` too", field.value);
                let help = "Each field appears once.".to_owned();
                t.walk().error(Code::NOT_ONE_OF, &first.0.span, message, Some(help));
            } else if let Some(spec) = value(&v) {
                fields.push((field, spec));
            } else {
                broken.push(field.value);
            }
        }
    }
    let (filter, group_by, covers) = (t.text("where"), t.texts("group_by"), t.text("covers"));
    let (missing, parent) = (t.one_of("missing", &words), t.text("parent"));
    t.done();
    let group_by = group_by.unwrap_or_default();
    let (model, from) = (model?, from?);
    Some(RecordSpec {
        model,
        from,
        filter,
        group_by,
        covers,
        missing,
        parent,
        same: same_named,
        fields,
        broken,
        name,
    })
}

fn guard(t: &Table<'_>) -> GuardSpec {
    let all = limits(t);
    let own = ["new", "removed", "changed", "rows", "sums", "floor", "approval", "age"];
    let approval = t.unsigned("approval");
    let age = t.get("age").and_then(|v| Some((v.duration_ms()?, v.text()?)));
    let age = age.map(|(ms, text)| (text, ms.value));
    let of = t
        .entries()
        .filter(|(k, v)| !own.contains(&k.value.as_str()) && matches!(v.raw(), toml::de::DeValue::Table(_)))
        .filter_map(|(k, v)| {
            let table = v.table()?;
            let limits = limits(&table);
            table.done();
            Some((k, limits))
        })
        .collect();
    for (k, v) in t.entries() {
        if !own.contains(&k.value.as_str()) && !matches!(v.raw(), toml::de::DeValue::Table(_)) {
            let help = format!("Known here: `{}`, and a table per record.", own.join("`, `"));
            t.walk().error(Code::UNKNOWN_KEY, &k.span, format!("`{}` is not a guard", k.value), Some(help));
        }
    }
    GuardSpec { all, of, approval, age }
}

fn limits(t: &Table<'_>) -> Limits {
    let figure = |key: &'static str| {
        let v = t.get(key)?;
        let text = v.scalar()?.value;
        let digits = text.strip_suffix('%').unwrap_or(&text);
        if digits.is_empty() || !digits.chars().all(|c| c.is_ascii_digit()) {
            return v.wrong("a share such as \"2%\" or a whole number");
        }
        Some(text)
    };
    Limits {
        new: figure("new"),
        removed: figure("removed"),
        changed: figure("changed"),
        rows: figure("rows"),
        sums: figure("sums"),
        floor: t.unsigned("floor").map(|f| f.value),
    }
}
