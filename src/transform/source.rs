//! A source's view, its stops, and where its columns stand.

use crate::db::{ColumnKind, Db, TableShape};
use crate::diagnostic::Result;
use crate::mapping::{LAYERS, SourcePlan};
use crate::source::Loaded;
use crate::sql::map::{self, PartName};
use crate::sql::{Expr, read};

/// Creates `src.<source>`, with what is looked up once the lookups are there; gives the row that stopped each part.
pub(super) fn views(db: &Db, plan: &SourcePlan, loaded: &Loaded, lookups: bool) -> Result<Vec<(i64, i64)>> {
    places(db, loaded)?;
    let derived = derived(db, plan);
    let read = if lookups { &derived[..] } else { &derived[..LAYERS - 1] };
    db.run(&map::source_view(&plan.name, &parts(loaded), &[], read))?;
    let Some(condition) = &plan.stop_when else { return Ok(Vec::new()) };
    let stops =
        db.rows(&map::stops(&plan.name, &condition.value), [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    db.run(&map::source_view(&plan.name, &parts(loaded), &stops, read))?;
    Ok(stops)
}

/// Creates `src.<source>` anew with what is looked up, for a source that serves a lookup itself.
pub(super) fn look_up(db: &Db, plan: &SourcePlan, loaded: &Loaded, stops: &[(i64, i64)]) -> Result<()> {
    let derived = derived(db, plan);
    if derived.last().is_none_or(Vec::is_empty) {
        return Ok(());
    }
    db.run(&map::source_view(&plan.name, &parts(loaded), stops, &derived))
}

fn parts(loaded: &Loaded) -> Vec<PartName<'_>> {
    let parts = loaded.parts.iter();
    parts
        .map(|p| PartName { id: p.id, file: &p.file, sheet: p.sheet.as_deref(), node: p.node.as_deref() })
        .collect()
}

/// The readings, with columns that the reader found plain spared the trimming: it takes most of the time of a large
/// file (0.4 s a column and million rows).
fn derived(db: &Db, plan: &SourcePlan) -> [Vec<(String, Expr)>; LAYERS] {
    let plain = db.plain_columns("raw", &plan.name);
    let [first, second, looked_up] = plan.derived.clone();
    let spared = |(name, value): (String, Expr)| {
        let column = name.strip_prefix('t').map(|n| format!("c{n}")).filter(|c| plain.contains(c));
        match column {
            Some(column) => (name, read::clean_plain(Expr::of("s", &column), &plan.nulls)),
            None => (name, value),
        }
    };
    [first.into_iter().map(spared).collect(), second, looked_up]
}

/// Fills `raw._place` and `raw._part`: what a reject's place is made from.
fn places(db: &Db, loaded: &Loaded) -> Result<()> {
    let text = |name: &str| (name.to_owned(), ColumnKind::Text);
    let int = |name: &str| (name.to_owned(), ColumnKind::Int);
    let shapes = [
        TableShape {
            schema: "raw".to_owned(),
            name: "_place".to_owned(),
            columns: vec![text("source"), int("part"), text("col"), text("name"), text("letter")],
        },
        TableShape {
            schema: "raw".to_owned(),
            name: "_part".to_owned(),
            columns: vec![text("source"), int("part"), text("file"), text("sheet"), text("node")],
        },
    ];
    db.load(&shapes, |sinks| {
        for part in &loaded.parts {
            let row = sinks.table(1);
            row.text(0, &loaded.name);
            row.int(1, part.id);
            row.text(2, &part.file);
            part.sheet.iter().for_each(|s| row.text(3, s));
            part.node.iter().for_each(|n| row.text(4, n));
            row.end_row()?;
            for (n, column) in loaded.columns.iter().enumerate() {
                let row = sinks.table(0);
                row.text(0, &loaded.name);
                row.int(1, part.id);
                row.text(2, &format!("c{}", n + 1));
                row.text(3, &column.name);
                if let (Some(Some(place)), true) = (part.places.get(n), part.sheet.is_some()) {
                    row.text(4, &letters(*place));
                }
                row.end_row()?;
            }
        }
        Ok(())
    })
}

/// The letters of a spreadsheet column, from 0: A, B, …, Z, AA.
pub(super) fn letters(column: u32) -> String {
    let mut text = String::new();
    let mut rest = column + 1;
    while rest > 0 {
        let digit = u8::try_from((rest - 1) % 26).unwrap_or(0);
        text.insert(0, char::from(b'A' + digit));
        rest = (rest - 1) / 26;
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn column_letters() {
        assert_eq!([0, 25, 26, 701, 702].map(super::letters), ["A", "Z", "AA", "ZZ", "AAA"]);
    }
}
