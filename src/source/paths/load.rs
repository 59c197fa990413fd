//! Sources on one list of XML or JSON files → their raw tables, in one pass over the files.

use super::Tree;
use super::engine::{Engine, Filling};
use super::path::Origin;
use super::plan::Source;
use crate::db::{ColumnKind, Db, Sinks, TableShape};
use crate::diagnostic::Result;
use crate::source::container;
use crate::source::fault::unreadable;
use crate::source::table::{self, Progress};
use crate::source::{Column, FileRef, Format, Loaded, Part, Request, json, xml};
use crate::sql::raw;

/// Loads all sources on these files.
pub(in crate::source) fn load(db: &Db, requests: &[&Request], tell: Progress<'_>) -> Result<Vec<Loaded>> {
    let Some(first) = requests.first() else { return Ok(Vec::new()) };
    let mut engine = Engine::new(requests, Tree::of(first.format), tell)?;
    let mut shapes: Vec<TableShape> = engine.sources.iter().flat_map(shapes_of).collect();
    shapes.push(raw::refused_shape());
    let (engine, parts) = table::fill(db, &shapes, |sinks| {
        let mut parts: Vec<Vec<Part>> = vec![Vec::new(); requests.len()];
        for (n, file) in first.files.iter().enumerate() {
            engine.begin(&file.name, n);
            let (bytes, sha256) = one_file(&mut engine, first, file, sinks)?;
            for (source, parts) in engine.sources.iter().zip(&mut parts) {
                parts.extend(parts_of(source, file, bytes, &sha256));
            }
        }
        engine.end();
        Ok((engine, parts))
    })?;
    let mut loaded = Vec::new();
    for (source, parts) in engine.sources.iter().zip(parts) {
        join(db, source)?;
        let columns = source.columns.iter().zip(&source.found);
        let columns = columns.map(|(c, found)| Column { name: c.path.clone(), found: *found }).collect();
        let one = Loaded { name: source.name.clone(), columns, parts, native: true };
        table::prove(db, &one)?;
        loaded.push(one);
    }
    Ok(loaded)
}

fn one_file(
    engine: &mut Engine<'_>,
    request: &Request,
    file: &FileRef,
    sinks: &mut Sinks,
) -> Result<(u64, String)> {
    let opened = container::open(file)?;
    let mut nodes = Filling { engine, sinks };
    match request.format {
        Format::Xml => xml::read(file, opened.stream, &mut nodes)?,
        Format::Ndjson => json::read_lines(file, opened.stream, &mut nodes)?,
        _ => json::read(file, opened.stream, &mut nodes)?,
    }
    opened.digest.finish().map_err(|e| unreadable(&file.name, &e).into())
}

fn parts_of(source: &Source, file: &FileRef, bytes: u64, sha256: &str) -> Vec<Part> {
    let part = |each: &super::plan::Each| Part {
        id: each.part,
        file: file.name.clone(),
        sheet: None,
        node: each.node.clone(),
        bytes,
        sha256: sha256.to_owned(),
        rows: each.rows,
        refused: each.refused,
        places: vec![None; source.columns.len()],
    };
    source.each.iter().map(part).collect()
}

/// Names no source can have, since a source's name is an identifier.
fn rows_name(source: &Source) -> String {
    format!("{}:rows", source.name)
}

fn side_name(source: &Source, origin: Origin) -> String {
    match origin {
        Origin::Up(n) => format!("{}:up{n}", source.name),
        _ => format!("{}:document", source.name),
    }
}

/// The tables to fill: the raw table itself when no column comes from above the row, else rows and sides to be joined.
fn shapes_of(source: &Source) -> Vec<TableShape> {
    let mut extra: Vec<String> = source.within.iter().map(|_| "_within".to_owned()).collect();
    extra.extend((0..source.origins.len()).map(|n| format!("_link{n}")));
    let name = if source.origins.is_empty() { source.name.clone() } else { rows_name(source) };
    let mut shapes = vec![table::shape(&name, &extra, source.columns.len())];
    for origin in &source.origins {
        let mut columns = vec![("_node".to_owned(), ColumnKind::Int), ("_kind".to_owned(), ColumnKind::Text)];
        columns.extend((1..=source.columns.len()).map(|n| (format!("c{n}"), ColumnKind::Text)));
        shapes.push(TableShape { schema: raw::SCHEMA.to_owned(), name: side_name(source, *origin), columns });
    }
    shapes
}

fn join(db: &Db, source: &Source) -> Result<()> {
    if source.origins.is_empty() {
        return Ok(());
    }
    let side = |(n, origin): (usize, &Origin)| raw::Side {
        table: side_name(source, *origin),
        link: format!("_link{n}"),
    };
    let sides: Vec<raw::Side> = source.origins.iter().enumerate().map(side).collect();
    let rows = rows_name(source);
    db.run(&raw::join_sides(&source.name, &rows, source.within.is_some(), &sides, &source.owners))?;
    db.run(&raw::drop_table(&rows))?;
    sides.iter().try_for_each(|s| db.run(&raw::drop_table(&s.table)))
}
