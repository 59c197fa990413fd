//! Lists of values: lead sources, staff. Each has an id that is given here.

use super::{Asked, PAGE, Told, paged};
use crate::diagnostic::Result;
use crate::rehearsal::store::Store;
use crate::spec::platform::{Tree, ValueList, at, text_of};
use crate::sql::rehearsal::resource as sql;
use serde_json::value::RawValue;

/// Puts in what the platform file says is there from the start.
pub(super) fn first(store: &Store) -> Result<()> {
    for (name, list) in &store.platform.values {
        let there = all(store, name)?;
        for value in list.practice.iter().filter(|v| !there.iter().any(|(_, name)| name == *v)) {
            store.db().change(sql::ADD_VALUE, duckdb::params![name, value])?;
        }
    }
    Ok(())
}

/// Ids and names of a list.
pub(super) fn all(store: &Store, list: &str) -> Result<Vec<(String, String)>> {
    store.db().rows(sql::VALUES, [list], |r| Ok((r.get(0)?, r.get(1)?)))
}

fn supported(store: &Store, name: &str) -> bool {
    !store.options.unsupported.iter().any(|u| u == name)
}

/// A page of a list.
pub(super) fn list(store: &Store, name: &str, list: &ValueList, asked: &Asked) -> Result<Told> {
    if !supported(store, name) {
        return Ok(Told::problem(501, "This list is not supported."));
    }
    let values = all(store, name)?;
    let from = usize::try_from((asked.page() - 1) * PAGE).unwrap_or(usize::MAX);
    let most = if list.list.next.is_empty() { usize::MAX } else { PAGE as usize + 1 };
    let page = values.iter().skip(from).take(most).map(|(id, name)| item(list, id, name)).collect();
    Ok(paged(&list.list, page, asked))
}

/// Makes a value, or gives the one that is there.
pub(super) fn make(store: &Store, name: &str, list: &ValueList, asked: &Asked) -> Result<Told> {
    if !supported(store, name) {
        return Ok(Told::problem(501, "This list is not supported."));
    }
    let body: Option<Box<RawValue>> = serde_json::from_slice(&asked.body).ok();
    let Some(value) =
        body.and_then(|b| at(&b, &list.name)).and_then(|v| text_of(&v)).filter(|v| !v.is_empty())
    else {
        return Ok(Told::problem(400, "It has no name."));
    };
    let same = |(_, there): &(String, String)| there.eq_ignore_ascii_case(&value);
    if !all(store, name)?.iter().any(same) {
        store.db().change(sql::ADD_VALUE, duckdb::params![name, value])?;
    }
    let made = all(store, name)?.into_iter().find(same);
    Ok(made.map_or_else(
        || Told::problem(500, "It was not made."),
        |(id, name)| Told::fine(item(list, &id, &name)),
    ))
}

fn item(list: &ValueList, id: &str, name: &str) -> String {
    let mut tree = Tree::default();
    tree.put_text(&list.id, id);
    tree.put_text(&list.name, name);
    tree.json()
}
