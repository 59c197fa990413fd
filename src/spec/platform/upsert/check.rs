//! Whether the requests of an `upsert` platform can be made: their places can be filled, and what they name is there.

use super::super::{Model, Platform, Resend, TransportKind};
use super::{Call, Calls, Piece, pieces};
use crate::diagnostic::{Code, did_you_mean};
use crate::spec::walk::Table;

/// Notes E212 and E216.
pub(in super::super) fn check(root: &Table<'_>, platform: &Platform) {
    if root.walk().failed() {
        return;
    }
    let upsert = platform.transport.kind == TransportKind::Upsert;
    let mut wrong = Vec::new();
    for model in &platform.models {
        match &model.calls {
            Some(calls) => of_model(model, calls, &mut wrong),
            None if upsert => {
                wrong.push((format!("`{}` lacks `calls`, which upsert needs", model.name), None));
            }
            None => {}
        }
        fields(model, platform, &mut wrong);
    }
    for (name, list) in &platform.values {
        let paths = std::iter::once(&list.list.path).chain(list.create.iter().map(|c| &c.path));
        for place in paths.flat_map(|p| places(p)).filter(|p| !p.starts_with("env.")) {
            wrong.push((format!("`{{{place}}}` cannot be filled in for the values `{name}`"), None));
        }
    }
    if upsert && matches!(platform.transport.resend, Resend::Upsert | Resend::Header) {
        let help = "Leave `resend` out: a record whose answer was lost is looked up.".to_owned();
        wrong.push(("upsert settles a lost answer by look-up".to_owned(), Some(help)));
    }
    // Two at once could make one value, or take over one record, twice.
    if upsert && platform.transport.parallel > 1 {
        wrong.push(("upsert makes one request after the other; leave `parallel` out".to_owned(), None));
    }
    for (message, help) in wrong {
        root.error(Code::BAD_PLATFORM, message, help);
    }
}

type Wrong = Vec<(String, Option<String>)>;

fn of_model(model: &Model, calls: &Calls, wrong: &mut Wrong) {
    let free = [&calls.create, &calls.save].into_iter().flatten();
    let bound = [&calls.by_id, &calls.update, &calls.delete].into_iter().flatten();
    let bound = bound.chain(calls.convert.iter().map(|c| &c.call));
    for Call { path, .. } in bound.clone().filter(|c| !places(&c.path).contains(&"id")) {
        // A path of our own key says as well which record is meant.
        if !model.key.iter().all(|k| places(path).contains(&k.as_str())) {
            wrong.push((
                format!("\"{path}\" of `{}` does not say which record: {{id}} is missing", model.name),
                None,
            ));
        }
    }
    let lists = [&calls.by_key, &calls.search].into_iter().flatten().map(|l| &l.path);
    for path in free.map(|c| &c.path).chain(lists).filter(|p| places(p).contains(&"id")) {
        wrong.push((format!("\"{path}\" of `{}` is asked when {{id}} is not known yet", model.name), None));
    }
    let paths = [&calls.create, &calls.save].into_iter().flatten().chain(bound).map(|c| &c.path);
    let lists = [&calls.by_key, &calls.search].into_iter().flatten().map(|l| &l.path);
    for place in paths.chain(lists).flat_map(|p| places(p)) {
        if place != "id" && !place.starts_with("env.") {
            named(model, place, wrong);
        }
    }
    calls.steps.iter().flatten().for_each(|f| named(model, f, wrong));
    calls.convert.iter().for_each(|c| named(model, &c.field, wrong));
    let unsent =
        model.fields.iter().find(|f| model.key.contains(&f.name) && f.wire.pointer(&f.name).is_none());
    if let (Some(key), Some(_)) = (unsent, &calls.by_key) {
        let message = format!("`by_key` of `{}` needs `{}`, which is not sent", model.name, key.name);
        wrong.push((message, Some("What is found could not be told to be ours.".to_owned())));
    }
    if calls.steps.is_empty() != calls.search.is_none() {
        let help = "`search` finds the candidates, `match` says which of them is meant.".to_owned();
        wrong.push((
            format!("`{}` has one of `search` and `match` without the other", model.name),
            Some(help),
        ));
    }
}

fn fields(model: &Model, platform: &Platform, wrong: &mut Wrong) {
    for field in &model.fields {
        if let Some(list) = field.wire.value.as_ref().filter(|l| !platform.values.contains_key(*l)) {
            let help = did_you_mean(list, platform.values.keys().map(String::as_str));
            wrong.push((
                format!(
                    "`{}` of `{}` is in the values `{list}`, which there are not",
                    field.name, model.name
                ),
                help,
            ));
        }
        if field.wire.by_id && field.refers.is_none() {
            wrong.push((
                format!("`{}` of `{}` says as = \"id\" and refers to nothing", field.name, model.name),
                None,
            ));
        }
    }
}

fn named(model: &Model, field: &str, wrong: &mut Wrong) {
    if model.field(field).is_none() {
        let help = did_you_mean(field, model.fields.iter().map(|f| f.name.as_str()));
        wrong.push((format!("`{field}` in `calls` of `{}` is not a field of it", model.name), help));
    }
}

fn places(path: &str) -> Vec<&str> {
    let place = |p| match p {
        Piece::Place(name) => Some(name),
        Piece::Text(_) => None,
    };
    pieces(path).into_iter().filter_map(place).collect()
}
