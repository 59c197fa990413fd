//! The resources of an `upsert` platform: create, update, save, read, search, list, convert, at the paths that the platform
//! file names. Ids are given here. The wire form of platforms whose own is not public is ours (facts 3.4).

mod route;
mod value;
mod write;

use super::store::{Store, now_ms};
use crate::diagnostic::Result;
use crate::spec::platform::{Field, ListCall, Model, Tree};
use crate::sql::rehearsal::{Kind, Shape, resource as sql};
use route::{Route, What};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

pub(super) use route::Asked;

/// Items on a page of a list.
const PAGE: u64 = 50;

/// An answer.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) status: u16,
    pub(super) body: String,
}

impl Told {
    fn fine(body: String) -> Self {
        Self { status: 200, body }
    }

    fn problem(status: u16, detail: &str) -> Self {
        let title = match status {
            404 => "Not Found",
            501 => "Not Implemented",
            _ => "The record was refused",
        };
        Self { status, body: json!({ "title": title, "status": status, "detail": detail }).to_string() }
    }
}

/// Makes what resources need beside the true tables.
pub(super) fn prepare(store: &Store) -> Result<()> {
    store.db().run(sql::TABLES)?;
    store.shapes.iter().try_for_each(|shape| store.db().run(&sql::columns(shape)))?;
    value::first(store)
}

/// Answers a request.
pub(super) fn serve(store: &mut Store, asked: &Asked) -> Result<Told> {
    if let Some(told) = write::before(store, asked)? {
        return Ok(told);
    }
    let platform = store.platform.clone();
    let Some(Route { what, places }) = route::find(&platform, asked) else {
        return Ok(Told::problem(404, "There is nothing at this path."));
    };
    match what {
        What::ById(model) => looked_up(store, |store| one(store, model, places.get("id"), View::LookUp)),
        What::List(model, list) => looked_up(store, |store| records(store, model, list, &places, asked)),
        What::Values(name, list) => value::list(store, name, list, asked),
        What::MakeValue(name, list) => value::make(store, name, list, asked),
        What::Create(model) => write::create(store, model, asked),
        What::Update(model) => write::update(store, model, &places, asked),
        What::Save(model) => write::save(store, model, asked),
        What::Delete(model) => write::delete(store, model, &places, asked),
        What::Convert(model, convert) => write::convert(store, model, convert, &places, asked),
        What::Client(proof) => Ok(route::client(&platform, proof, &places, None)),
        What::Club(proof) => Ok(route::client(&platform, proof, &places, places.get("club"))),
    }
}

/// How records are seen.
#[derive(Clone, Copy, PartialEq, Eq)]
enum View {
    /// As they are.
    Truth,
    /// As reads show them, which may lag behind.
    LookUp,
}

/// Answers a look-up; what lags is nearer to being seen by the next.
fn looked_up(store: &Store, look: impl FnOnce(&Store) -> Result<Told>) -> Result<Told> {
    let told = look(store)?;
    if store.lags()? {
        store.catch_up()?;
    }
    Ok(told)
}

/// The shape of a record type.
fn shape<'a>(store: &'a Store, model: &Model) -> Option<&'a Shape> {
    store.shapes.iter().find(|s| s.name == model.name)
}

fn one(store: &Store, model: &Model, id: Option<&String>, view: View) -> Result<Told> {
    let found = match (shape(store, model), id) {
        (Some(shape), Some(id)) => {
            read(store, model, shape, &[("_id".to_owned(), id.clone())], (1, 0), view)?
        }
        _ => Vec::new(),
    };
    Ok(match found.first() {
        Some(json) => Told::fine(json.clone()),
        None => Told::problem(404, "There is no such record."),
    })
}

/// A list, filtered by the record's fields that stand in its path.
fn records(
    store: &Store,
    model: &Model,
    list: &ListCall,
    places: &BTreeMap<String, String>,
    asked: &Asked,
) -> Result<Told> {
    let Some(shape) = shape(store, model) else { return Ok(Told::fine("[]".to_owned())) };
    let mut wanted = Vec::new();
    for (name, value) in places.iter().filter(|(name, _)| model.field(name).is_some()) {
        let value = match model.field(name) {
            Some(field) => ours(store, field, value)?.unwrap_or_default(),
            None => value.clone(),
        };
        wanted.push((name.clone(), value));
    }
    if let Some(key) = model.key.first().filter(|k| own_path(list, k)) {
        wanted.retain(|(name, _)| name == key);
        let found = read(store, model, shape, &wanted, (1, 0), View::LookUp)?;
        return Ok(found
            .first()
            .map_or_else(|| Told::problem(404, "There is no such record."), |r| Told::fine(r.clone())));
    }
    let page = asked.page();
    let found = read(store, model, shape, &wanted, (PAGE + 1, (page - 1) * PAGE), View::LookUp)?;
    Ok(paged(list, found, asked))
}

/// Whether a look-up by key is one of a record by a path of its own.
fn own_path(list: &ListCall, key: &str) -> bool {
    let path = list.path.split('?').next().unwrap_or_default();
    list.records.is_empty() && path.contains(&format!("{{{key}}}"))
}

/// A page of a list, with the address of the next one where there is more.
fn paged(list: &ListCall, mut found: Vec<String>, asked: &Asked) -> Told {
    let more = found.len() as u64 > PAGE && !list.next.is_empty();
    found.truncate(if list.next.is_empty() { usize::MAX } else { PAGE as usize });
    let items = format!("[{}]", found.join(","));
    if list.records.is_empty() {
        return Told::fine(items);
    }
    let mut tree = Tree::default();
    tree.put(&list.records, items);
    if more {
        tree.put_text(&list.next, &asked.next_page());
    }
    Told::fine(tree.json())
}

fn read(
    store: &Store,
    model: &Model,
    shape: &Shape,
    wanted: &[(String, String)],
    page: (u64, u64),
    view: View,
) -> Result<Vec<String>> {
    let lag = i64::try_from(store.options.look_up_lag_ms).unwrap_or(i64::MAX / 2);
    let (until, lags) = match view {
        View::Truth => (i64::MAX, false),
        View::LookUp => (now_ms() - lag, store.lags()? && store.lags_for(shape)?),
    };
    let text = sql::records(shape, wanted, until, page, lags);
    let rows = store.db().rows(&text, [], |r| Ok((r.get::<_, String>(0)?, r.get::<_, String>(1)?)))?;
    rows.iter().map(|(id, row)| record(store, model, shape, id, row)).collect()
}

/// A record as it stands on the wire, without what is empty.
fn record(store: &Store, model: &Model, shape: &Shape, id: &str, row: &str) -> Result<String> {
    let texts: Map<String, Value> = serde_json::from_str(row).unwrap_or_default();
    let mut tree = Tree::default();
    if let Some(calls) = &model.calls {
        tree.put_text(&calls.id, id);
    }
    for (field, column) in model.fields.iter().zip(&shape.columns) {
        let (Some(text), Some(pointer)) =
            (texts.get(&field.name).and_then(Value::as_str), field.wire.pointer(&field.name))
        else {
            continue;
        };
        let literal = matches!(column.kind, Kind::Integer | Kind::Decimal(_) | Kind::Boolean | Kind::Object);
        match theirs(store, field, text)? {
            Some(id) => tree.put_text(&pointer, &id),
            None if literal => tree.put(&pointer, text),
            None => tree.put_text(&pointer, text),
        }
    }
    Ok(tree.json())
}

/// The id that stands on the wire for a value that is kept by its own text; `None` for a field without one.
fn theirs(store: &Store, field: &Field, text: &str) -> Result<Option<String>> {
    if let Some(list) = &field.wire.value {
        return Ok(value::all(store, list)?.into_iter().find(|(_, name)| name == text).map(|(id, _)| id));
    }
    match field.refers.as_ref().filter(|_| field.wire.by_id) {
        Some(to) => store.db().one(&sql::id_by(&to.model, &to.field, text), [], |r| r.get(0)),
        None => Ok(None),
    }
}

/// The text that is kept for a value of the wire; `None` when its id is not known.
fn ours(store: &Store, field: &Field, wire: &str) -> Result<Option<String>> {
    if wire.is_empty() {
        return Ok(Some(String::new()));
    }
    if let Some(list) = &field.wire.value {
        return Ok(value::all(store, list)?.into_iter().find(|(id, _)| id == wire).map(|(_, name)| name));
    }
    match field.refers.as_ref().filter(|_| field.wire.by_id) {
        Some(to) => store.db().one(&sql::by_id(&to.model, &to.field, wire), [], |r| r.get(0)),
        None => Ok(Some(wire.to_owned())),
    }
}
