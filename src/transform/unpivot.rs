//! Columns become rows: `raw.<source>` as read is replaced by one row a cell, before anything looks at it. One
//! statement a source; no row passes here.

use super::Mapped;
use super::source::letters;
use crate::db::Db;
use crate::diagnostic::Result;
use crate::mapping::{SourcePlan, Unpivot};
use crate::source::{Column, Loaded, Part, Turns};
use crate::sql::read;
use crate::sql::unpivot::{self as statements, Turn, Turned};
use std::collections::{BTreeMap, BTreeSet};

/// Turns the columns of a source, if its mapping says so; gives it as it then is.
pub(super) fn turn(db: &Db, plan: &SourcePlan, loaded: &Loaded, mapped: &mut Mapped) -> Result<Loaded> {
    let Some(unpivot) = &plan.unpivot else { return Ok(loaded.clone()) };
    let turn = Turn {
        source: &plan.name,
        kept: &unpivot.kept,
        turned: unpivot.columns.iter().map(|c| turned(*c, loaded)).collect(),
        native: loaded.native,
        empty: (!unpivot.keep_empty).then(|| read::clean(statements::cell_text(), &plan.nulls).is_null()),
    };
    lacking(unpivot, loaded, mapped);
    db.run(&statements::turn(&turn))?;
    db.set_plain_columns("raw", &plan.name, plain(db, plan, unpivot));
    let rows = db.rows(&statements::rows(&plan.name), [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let rows: BTreeMap<i64, i64> = rows.into_iter().collect();
    let read = loaded.parts.iter().map(|p| (p.id, Turns { rows: p.rows, ..Turns::default() }));
    mapped.turns.insert(plan.name.clone(), read.collect());
    Ok(as_turned(plan, unpivot, loaded, &rows))
}

/// A column with the names of its cells, part by part: `Budget!F17`, or `line 5, column Feb`.
fn turned(column: usize, loaded: &Loaded) -> Turned {
    let header = loaded.columns.get(column).map(|c| c.name.clone()).unwrap_or_default();
    let name = |part: &Part| {
        let place = part.places.get(column).copied().flatten()?;
        Some(match &part.sheet {
            Some(sheet) => (part.id, format!("{sheet}!{}", letters(place)), String::new()),
            None => (part.id, "line ".to_owned(), format!(", column {header}")),
        })
    };
    Turned { column, parts: loaded.parts.iter().filter_map(name).collect(), header }
}

/// A part that lacks a column has no rows of it: said.
fn lacking(unpivot: &Unpivot, loaded: &Loaded, mapped: &mut Mapped) {
    for part in loaded.parts.iter().filter(|_| loaded.parts.len() > 1) {
        let lacks = |n: &&usize| part.places.get(**n).is_some_and(Option::is_none);
        let names = unpivot.columns.iter().filter(lacks).filter_map(|n| loaded.columns.get(*n));
        let names: Vec<&str> = names.map(|c| c.name.as_str()).collect();
        if !names.is_empty() {
            let place = part.sheet.as_deref().unwrap_or(&part.file);
            mapped.notes.push(format!("{place} lacks {}: no rows of it", names.join(", ")));
        }
    }
}

/// Columns that need no cleaning: those that stay, and the cells when all columns they come from are so.
fn plain(db: &Db, plan: &SourcePlan, unpivot: &Unpivot) -> BTreeSet<String> {
    let read = db.plain_columns("raw", &plan.name);
    let is = |n: &usize| read.contains(&format!("c{}", n + 1));
    let mut plain: BTreeSet<String> =
        (1..).zip(&unpivot.kept).filter(|(_, from)| is(from)).map(|(to, _)| format!("c{to}")).collect();
    plain.insert(format!("c{}", unpivot.name() + 1));
    if unpivot.columns.iter().all(is) {
        plain.insert(format!("c{}", unpivot.value() + 1));
    }
    plain
}

fn as_turned(plan: &SourcePlan, unpivot: &Unpivot, loaded: &Loaded, rows: &BTreeMap<i64, i64>) -> Loaded {
    let column = |n: &usize| loaded.columns.get(*n).cloned();
    let new = plan.columns.iter().skip(unpivot.kept.len());
    let new = new.map(|name| Column { name: name.clone(), found: true });
    let part = |part: &Part| {
        // The new columns have no place of their own; each cell names its own.
        let first = unpivot.columns.iter().find_map(|n| part.places.get(*n).copied().flatten());
        let kept = unpivot.kept.iter().map(|n| part.places.get(*n).copied().flatten());
        let places = kept.chain([Some(first.unwrap_or(0)); 2]).collect();
        let rows = rows.get(&part.id).and_then(|n| u64::try_from(*n).ok()).unwrap_or(0);
        Part { rows, places, ..part.clone() }
    };
    Loaded {
        columns: unpivot.kept.iter().filter_map(column).chain(new).collect(),
        parts: loaded.parts.iter().map(part).collect(),
        ..loaded.clone()
    }
}

/// Once the stops are known: the views that checks and lookups use, and how many cells went where.
pub(super) fn views(db: &Db, plan: &SourcePlan, stops: &[(i64, i64)], mapped: &mut Mapped) -> Result<()> {
    if plan.unpivot.is_none() {
        return Ok(());
    }
    db.run(&statements::filled_view(&plan.name))?;
    if let Some(total) = &plan.totals {
        let bad = crate::sql::Expr::any(total.fails.iter().map(|f| f.when.clone()));
        db.run(&statements::totals_view(&plan.name, stops, &total.value, &bad))?;
    }
    let number = |n: i64| u64::try_from(n).unwrap_or(0);
    let counts = db.rows(&statements::counts(&plan.name, stops), [], |row| {
        Ok((row.get::<_, i64>(0)?, number(row.get(1)?), number(row.get(2)?)))
    })?;
    if let Some(turns) = mapped.turns.get_mut(&plan.name) {
        for (part, empty, totals) in counts {
            turns.entry(part).and_modify(|t| (t.empty, t.totals) = (empty, totals));
        }
    }
    Ok(())
}
