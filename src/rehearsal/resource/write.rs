//! Requests that change a record: checked as the platform file says, committed, and only then answered.

use super::{Asked, Told, View, one, ours, shape};
use crate::diagnostic::{Diagnostics, Result};
use crate::rehearsal::store::{Store, new_id, now_ms, now_text};
use crate::spec::platform::{Convert, Model, at, text_of};
use crate::sql::rehearsal::{self as base, Checks, Shape, resource as sql};
use serde_json::value::RawValue;
use std::collections::BTreeMap;

type Places = BTreeMap<String, String>;

/// What was answered to a request of this key before.
pub(super) fn before(store: &Store, asked: &Asked) -> Result<Option<Told>> {
    let Some(key) = &asked.once else { return Ok(None) };
    let row = |r: &duckdb::Row<'_>| Ok((r.get::<_, i64>(0)?, r.get::<_, String>(1)?));
    let found = store.db().rows(sql::ANSWERED, [key], row)?.into_iter().next();
    Ok(found.map(|(status, body)| Told { status: u16::try_from(status).unwrap_or(500), body }))
}

/// `POST` of a record.
pub(super) fn create(store: &Store, model: &Model, asked: &Asked) -> Result<Told> {
    write(store, model, None, asked)
}

/// `PUT` or `PATCH` of the record of an id.
pub(super) fn update(store: &Store, model: &Model, places: &Places, asked: &Asked) -> Result<Told> {
    let Some(id) = places.get("id").filter(|id| there(store, model, id).unwrap_or(false)) else {
        return Ok(Told::problem(404, "There is no such record."));
    };
    write(store, model, Some(id), asked)
}

/// Makes or changes, by the id in the body or by the key.
pub(super) fn save(store: &Store, model: &Model, asked: &Asked) -> Result<Told> {
    let body: Option<Box<RawValue>> = serde_json::from_slice(&asked.body).ok();
    let pointer = model.calls.as_ref().map(|c| c.id.as_str()).unwrap_or_default();
    let named = body.as_ref().and_then(|b| at(b, pointer)).and_then(|v| text_of(&v));
    let by_key = || -> Result<Option<String>> {
        let [key] = model.key.as_slice() else { return Ok(None) };
        let pointer = model.field(key).and_then(|f| f.wire.pointer(key));
        let value = body.as_ref().zip(pointer).and_then(|(b, p)| at(b, &p)).and_then(|v| text_of(&v));
        match value {
            Some(value) => store.db().one(&sql::id_by(&model.name, key, &value), [], |r| r.get(0)),
            None => Ok(None),
        }
    };
    match named {
        Some(id) if there(store, model, &id)? => write(store, model, Some(&id), asked),
        Some(_) => Ok(Told::problem(404, "There is no such record.")),
        None => write(store, model, by_key()?.as_ref(), asked),
    }
}

/// Takes a record away.
pub(super) fn delete(store: &Store, model: &Model, places: &Places, asked: &Asked) -> Result<Told> {
    let (Some(shape), Some(id)) = (shape(store, model), places.get("id")) else {
        return Ok(Told::problem(404, "There is no such record."));
    };
    if !there(store, model, id)? {
        return Ok(Told::problem(404, "There is no such record."));
    }
    committed(store, asked, |request| {
        let key: Option<String> = store.db().one(&sql::by_id(&model.name, "_key", id), [], |r| r.get(0))?;
        before_it(store, shape, Some(id), asked, request)?;
        store.db().run(&sql::delete(shape, id))?;
        store.db().run(&sql::done(request, &model.name, &key.unwrap_or_default(), "delete"))?;
        Ok(Told { status: 204, body: String::new() })
    })
}

/// Turns a record into one of another type.
pub(super) fn convert(
    store: &Store,
    model: &Model,
    convert: &Convert,
    places: &Places,
    asked: &Asked,
) -> Result<Told> {
    let (Some(shape), Some(id)) = (shape(store, model), places.get("id")) else {
        return Ok(Told::problem(404, "There is no such record."));
    };
    let now: Option<String> =
        store.db().one(&sql::by_id(&model.name, &convert.field, id), [], |r| r.get(0))?;
    if !now.is_some_and(|now| convert.from.contains(&now)) {
        return Ok(Told::problem(409, "It is not of a type that could be converted."));
    }
    committed(store, asked, |request| {
        let key: Option<String> = store.db().one(&sql::by_id(&model.name, "_key", id), [], |r| r.get(0))?;
        before_it(store, shape, Some(id), asked, request)?;
        store.db().run(&sql::set(shape, id, &convert.field, &convert.to))?;
        store.db().run(&sql::done(request, &model.name, &key.unwrap_or_default(), "convert"))?;
        one(store, model, Some(id), View::Truth)
    })
}

fn there(store: &Store, model: &Model, id: &str) -> Result<bool> {
    let found: Option<String> = store.db().one(&sql::by_id(&model.name, "_id", id), [], |r| r.get(0))?;
    Ok(found.is_some())
}

/// Checks and writes a record, under an id that is there, or a new one.
fn write(store: &Store, model: &Model, id: Option<&String>, asked: &Asked) -> Result<Told> {
    let Some(shape) = shape(store, model) else {
        return Ok(Told::problem(404, "There are no such records."));
    };
    let cells = match cells(store, model, &asked.body)? {
        Ok(cells) => cells,
        Err(why) => return Ok(Told::problem(400, &why)),
    };
    committed(store, asked, |request| {
        store.db().run(&base::create_staging(shape))?;
        store.db().run(&sql::stage(shape, &cells))?;
        if let Some(id) = id {
            store.db().run(&sql::complete(shape, id))?;
        }
        let (on_unknown, missing) = (store.options.on_unknown, store.options.missing);
        store.db().run(&base::check(shape, &Checks { on_unknown, missing, refuse: asked.mark.refuse }))?;
        let errors: String = store.db().one(&sql::errors(shape), [], |r| r.get(0))?;
        let told = match errors.is_empty() {
            true => {
                before_it(store, shape, id, asked, request)?;
                keep(store, model, shape, id, request)?
            }
            false => refuse(store, model, &cells, &errors, request)?,
        };
        store.db().run(&base::drop_staging(shape))?;
        Ok(told)
    })
}

/// Where look-ups will lag behind this request: what they show instead.
fn before_it(store: &Store, shape: &Shape, id: Option<&String>, asked: &Asked, request: i64) -> Result<()> {
    match asked.mark.lag {
        0 => Ok(()),
        _ => store.db().run(&base::keep_before_one(shape, request, id.map_or("", String::as_str))),
    }
}

fn keep(store: &Store, model: &Model, shape: &Shape, id: Option<&String>, request: i64) -> Result<Told> {
    let (id, action) = match id {
        Some(id) if store.db().count(&sql::differs(shape, id))? > 0 => {
            store.db().run(&sql::update(shape, id))?;
            (id.clone(), "update")
        }
        Some(id) => (id.clone(), "equal"),
        None => {
            let id = new_id();
            store.db().run(&sql::insert(shape, &id, now_ms()))?;
            (id, "insert")
        }
    };
    let key: Option<String> = store.db().one(&sql::by_id(&model.name, "_key", &id), [], |r| r.get(0))?;
    store.db().run(&sql::done(request, &model.name, &key.unwrap_or_default(), action))?;
    let mut tree = crate::spec::platform::Tree::default();
    if let Some(calls) = &model.calls {
        tree.put_text(&calls.id, &id);
    }
    Ok(Told { status: if action == "insert" { 201 } else { 200 }, body: tree.json() })
}

fn refuse(
    store: &Store,
    model: &Model,
    cells: &[(usize, String)],
    errors: &str,
    request: i64,
) -> Result<Told> {
    let of_key =
        |(n, _): &&(usize, String)| model.fields.get(*n).is_some_and(|f| model.key.contains(&f.name));
    let key: Vec<&str> = cells.iter().filter(of_key).map(|(_, text)| text.as_str()).collect();
    let key = key.join("\u{1f}");
    store.db().run(&sql::done(request, &model.name, &key, "error"))?;
    store.db().run(&sql::problem(request, &model.name, &key, errors))?;
    Ok(Told::problem(422, &errors.replace('\u{1f}', "; ")))
}

/// Does a thing in one transaction with its line in the list of requests, and what is remembered against doubles.
fn committed(store: &Store, asked: &Asked, work: impl FnOnce(i64) -> Result<Told>) -> Result<Told> {
    store.db().transaction(|| {
        let n: i64 = store.db().one(base::NEXT, [], |r| r.get(0))?;
        let size = i64::try_from(asked.body.len()).unwrap_or(i64::MAX);
        store
            .db()
            .change(base::ADD_UPLOAD, duckdb::params![n, new_id(), now_text(), asked.method, size, 0_i64])?;
        if asked.mark.lag > 0 {
            store.db().change(sql::LAGS, duckdb::params![n, asked.fault, i64::from(asked.mark.lag)])?;
        }
        let told = work(n)?;
        let failed = i64::from(told.status >= 400);
        store.db().change(base::END, duckdb::params!["Success", now_text(), failed, None::<String>, n])?;
        if let Some(key) = asked.once.as_ref().filter(|_| told.status < 300) {
            store.db().change(sql::REMEMBER, duckdb::params![key, i64::from(told.status), told.body])?;
        }
        Ok::<Told, Diagnostics>(told)
    })
}

type Cells = std::result::Result<Vec<(usize, String)>, String>;

/// The fields of a body as they are kept: index and text. A member that no field has is a mistake.
fn cells(store: &Store, model: &Model, body: &[u8]) -> Result<Cells> {
    let body: Box<RawValue> = match serde_json::from_slice(body) {
        Ok(body) => body,
        Err(e) => return Ok(Err(format!("The body is no JSON: {e}"))),
    };
    if let Some(name) = stranger(model, &body) {
        return Ok(Err(format!("{name}: is not a member of this resource")));
    }
    let mut cells = Vec::new();
    for (n, field) in model.fields.iter().enumerate() {
        let Some(json) = field.wire.pointer(&field.name).and_then(|p| at(&body, &p)) else { continue };
        let text = match text_of(&json) {
            Some(text) => text,
            None if json.get() == "null" => String::new(),
            None => json.get().to_owned(),
        };
        match ours(store, field, &text)? {
            Some(text) => cells.push((n, text)),
            None => return Ok(Err(format!("{}: there is no such id", field.name))),
        }
    }
    Ok(Ok(cells))
}

fn stranger(model: &Model, body: &RawValue) -> Option<String> {
    let members: BTreeMap<String, &RawValue> = serde_json::from_str(body.get()).ok()?;
    let pointers = model.fields.iter().filter_map(|f| f.wire.pointer(&f.name));
    let id = model.calls.iter().map(|c| c.id.clone());
    let known: Vec<String> = pointers
        .chain(id)
        .filter_map(|p| p.split('/').nth(1).map(|n| n.replace("~1", "/").replace("~0", "~")))
        .collect();
    members.into_keys().find(|name| !known.contains(name))
}
