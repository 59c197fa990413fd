//! Columns that are gone, new, renamed or moved.

use super::layout::mark;
use crate::spec::lock::{ColumnLock, Filled, SourceLock};

/// What became of the columns.
#[derive(Default)]
pub(super) struct Columns {
    /// In words.
    pub told: Vec<String>,
    /// Those gone, with the likely new name.
    pub gone: Vec<(String, Option<String>)>,
}

/// Names told of one kind; the rest is counted.
const NAMES: usize = 12;

/// Compares the lock's columns with those seen. Not seeing a path in a part of a document says nothing, nor does one that
/// is not always there.
pub(super) fn compare(lock: &SourceLock, now: &[ColumnLock], whole: bool) -> Columns {
    let (was, paths) = (&lock.columns, lock.paths());
    let gone: Vec<usize> = missing(was, now).into_iter().filter(|_| whole || !paths).collect();
    let mut new = missing(now, was);
    let mut result = Columns::default();
    let mut lost = Vec::new();
    for at in gone {
        let Some(column) = was.get(at) else { continue };
        let best = new.iter().copied().map(|n| (likeness(was, at, now, n), n));
        let best = best.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1))).filter(|(s, _)| *s >= 0.6);
        let renamed = best.and_then(|(_, n)| now.get(n)).map(|c| c.name.clone());
        if paths && column.filled != Filled::Always {
            // An element that is there now and then; only a mapping that uses it cares.
        } else if let (Some((_, n)), Some(name)) = (best, &renamed) {
            new.retain(|m| *m != n);
            let what = if paths { "path" } else { "column" };
            result
                .told
                .push(format!("{what} `{}` is gone and `{name}` is new in its place: renamed?", column.name));
        } else {
            lost.push(column.name.as_str());
        }
        result.gone.push((column.name.clone(), renamed));
    }
    let new: Vec<&str> = new.iter().filter_map(|n| now.get(*n)).map(|c| c.name.as_str()).collect();
    let (one, many) = if paths { ("path", "paths") } else { ("column", "columns") };
    for (names, what) in [(lost, "gone"), (new, "new")] {
        match names.as_slice() {
            [] => {}
            [name] => result.told.push(format!("{one} `{name}` is {what}")),
            several => result.told.push(format!("{many} {} are {what}", listed(several))),
        }
    }
    result.told.extend(moved(was, now, paths));
    result.told.extend(repeated(was, now, paths));
    result
}

fn listed(names: &[&str]) -> String {
    let all: Vec<String> = names.iter().take(NAMES).map(|n| format!("`{n}`")).collect();
    let more = names.len().saturating_sub(NAMES);
    if more == 0 { all.join(", ") } else { format!("{} and {more} more", all.join(", ")) }
}

/// Indexes of the columns whose name the others lack.
fn missing(of: &[ColumnLock], others: &[ColumnLock]) -> Vec<usize> {
    let lacks = |n: &usize| of.get(*n).is_some_and(|c| !others.iter().any(|o| o.name == c.name));
    (0..of.len()).filter(lacks).collect()
}

/// How likely one column is the other under a new name: by its name, its neighbours, and what it holds.
fn likeness(was: &[ColumnLock], at: usize, now: &[ColumnLock], new: usize) -> f64 {
    let (Some(old), Some(one)) = (was.get(at), now.get(new)) else { return 0.0 };
    let (place_old, name_old) = split(&old.name);
    let (place_new, name_new) = split(&one.name);
    if place_old != place_new {
        return 0.0;
    }
    let name = strsim::jaro_winkler(&name_old.to_lowercase(), &name_new.to_lowercase());
    let beside = |all: &[ColumnLock], n: usize| {
        let before = n.checked_sub(1).and_then(|n| all.get(n)).map(|c| c.name.clone());
        (before, all.get(n + 1).map(|c| c.name.clone()))
    };
    let (old_beside, new_beside) = (beside(was, at), beside(now, new));
    let stands = old_beside.0 == new_beside.0 || old_beside.1 == new_beside.1;
    let telling = old.forms != ["text"] && !old.forms.is_empty();
    let holds = telling && old.forms.iter().any(|f| one.forms.contains(f));
    0.6 * name + if stands { 0.25 } else { 0.0 } + if holds { 0.15 } else { 0.0 }
}

/// A path's parent and last step; a column as it is.
fn split(name: &str) -> (&str, &str) {
    if name.starts_with('/') { name.rsplit_once('/').unwrap_or(("", name)) } else { ("", name) }
}

/// The same columns in another order.
fn moved(was: &[ColumnLock], now: &[ColumnLock], paths: bool) -> Option<String> {
    let kept = |of: &[ColumnLock], others: &[ColumnLock]| -> Vec<String> {
        of.iter().filter(|c| others.iter().any(|o| o.name == c.name)).map(|c| c.name.clone()).collect()
    };
    let (old, new) = (kept(was, now), kept(now, was));
    let first = old.iter().zip(&new).find(|(a, b)| a != b).map(|(_, b)| b);
    first.filter(|_| !paths).map(|name| {
        format!("the columns stand in another order, from `{name}` on (only those read by position care)")
    })
}

/// Nodes that stood once below their parent and now stand there several times.
fn repeated(was: &[ColumnLock], now: &[ColumnLock], paths: bool) -> Vec<String> {
    let several = |c: &&ColumnLock| c.most == 1 && now.iter().any(|n| n.name == c.name && n.most > 1);
    let told = |c: &ColumnLock| format!("`{}` now stands several times below one node", c.name);
    was.iter().filter(|_| paths).filter(several).map(told).collect()
}

/// What a new lock has that the old one had not, in short.
pub(super) fn changes(old: &SourceLock, new: &SourceLock) -> Vec<String> {
    let mut all = Vec::new();
    if new.same_file.is_none() || old.same_file.is_none() {
        let what = if new.paths() { "path" } else { "column" };
        let names = |of: &[ColumnLock], n: Vec<usize>| -> Vec<String> {
            n.into_iter().filter_map(|n| Some(of.get(n)?.name.clone())).collect()
        };
        let added = names(&new.columns, missing(&new.columns, &old.columns));
        let removed = names(&old.columns, missing(&old.columns, &new.columns));
        all.extend(added.iter().map(|n| format!("+ {what} {n}")));
        all.extend(removed.iter().map(|n| format!("− {what} {n}")));
        all.extend(
            moved(&old.columns, &new.columns, new.paths()).map(|_| "columns in another order".to_owned()),
        );
        all.extend(restated(old, new));
    }
    let shown = |v: &Option<String>| v.clone().unwrap_or_else(|| "none".to_owned());
    let marks = |v: &Option<String>| v.as_deref().map_or("none".to_owned(), |t| mark(t).replace('`', ""));
    let facts = [
        ("format", old.format.clone(), new.format.clone()),
        ("packing", shown(&old.packed), shown(&new.packed)),
        ("encoding", shown(&old.encoding), shown(&new.encoding)),
        ("delimiter", marks(&old.delimiter), marks(&new.delimiter)),
        ("header rows", format!("{:?}", old.header_rows), format!("{:?}", new.header_rows)),
        ("sheets", old.sheets.join(" + "), new.sheets.join(" + ")),
        ("each", old.each.join(" + "), new.each.join(" + ")),
    ];
    all.extend(facts.into_iter().filter(|(_, a, b)| a != b).map(|(what, a, b)| format!("{what} {a} → {b}")));
    all
}

/// Columns whose forms or share of filled cells are other ones.
fn restated(old: &SourceLock, new: &SourceLock) -> Vec<String> {
    let mut all = Vec::new();
    for c in &new.columns {
        let Some(before) = old.columns.iter().find(|o| o.name == c.name) else { continue };
        if before.forms != c.forms {
            all.push(format!("{}: {} → {}", c.name, before.forms.join(" or "), c.forms.join(" or ")));
        }
        if before.filled != c.filled {
            all.push(format!("{}: filled {} → {}", c.name, before.filled.word(), c.filled.word()));
        }
    }
    all
}
