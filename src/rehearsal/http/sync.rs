//! Uploads as resources: the state of one, a list of them, cancellation.

use super::answer::{self, Ask};
use super::{Params, State, reply, search};
use crate::diagnostic::Result;
use crate::rehearsal::store::Wanted;
use crate::sql::rehearsal::Sort;
use axum::extract::{Path, Query, State as With};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The state of an upload.
pub(super) async fn one(
    With(state): With<State>,
    headers: HeaderMap,
    Path(id): Path<String>,
    Query(params): Params,
) -> Response {
    if !state.allowed(&headers) {
        return reply::unauthorised(&state.options);
    }
    let (platform, options, details) = (state.platform.clone(), state.options.clone(), details(&params));
    let found = state.asker.ask(move |store| match store.upload(&id)? {
        Some(taken) => {
            answer::of(store, &taken, Ask { details, fresh: false }, &platform, &options).map(Some)
        }
        None => Ok(None),
    });
    match found.await {
        Ok(Some(answer)) => reply::json(answer),
        Ok(None) => reply::not_found(&state.options),
        Err(errors) => reply::broken(&errors),
    }
}

/// A page of uploads.
pub(super) async fn list(With(state): With<State>, headers: HeaderMap, Query(params): Params) -> Response {
    if !state.allowed(&headers) {
        return reply::unauthorised(&state.options);
    }
    let id = pointer_name(&state.platform.transport.id);
    let status = pointer_name(&state.platform.transport.state);
    let wanted = match wanted(&params, &|name| column(name, &id, &status)) {
        Ok(wanted) => wanted,
        Err((place, message)) => return reply::invalid(place, &message),
    };
    let (platform, options, details) = (state.platform.clone(), state.options.clone(), details(&params));
    let found = state.asker.ask(move |store| {
        let (uploads, total) = store.look_up_uploads(&wanted)?;
        let told = |taken| answer::of(store, taken, Ask { details, fresh: false }, &platform, &options);
        let records: Result<Vec<Value>> = uploads.iter().map(told).collect();
        let (size, page) = (wanted.size, wanted.page);
        Ok(json!({ "records": records?, "totalCount": total, "pageSize": size, "pageNumber": page }))
    });
    reply::of(found.await)
}

/// Cancels an upload that a connector was asked for; no others can be (facts 1.4), and no 404 is declared.
pub(super) async fn cancel(With(state): With<State>, headers: HeaderMap, Path(id): Path<String>) -> Response {
    if !state.allowed(&headers) {
        return reply::unauthorised(&state.options);
    }
    let (platform, options) = (state.platform.clone(), state.options.clone());
    let done = state.asker.ask(move |store| {
        let cancelled = store.cancel(&id)?;
        let Some(taken) = store.upload(&id)? else { return Ok(None) };
        let answer = answer::of(store, &taken, Ask { details: false, fresh: false }, &platform, &options)?;
        Ok(Some((cancelled, answer)))
    });
    match done.await {
        Ok(Some((false, _))) if state.options.refuse_cancel => {
            reply::problem(StatusCode::BAD_REQUEST, "Bad Request", "This sync request cannot be cancelled.")
        }
        Ok(Some((_, answer))) => reply::json(answer),
        Ok(None) => reply::problem(StatusCode::BAD_REQUEST, "Bad Request", "There is no such sync request."),
        Err(errors) => reply::broken(&errors),
    }
}

fn details(params: &BTreeMap<String, String>) -> bool {
    params.get("include").is_some_and(|i| i.to_lowercase().contains("details"))
}

/// What the parameters of a query ask for; `None` as text is how an SDK writes nothing (facts 1.11).
pub(super) fn wanted(
    params: &BTreeMap<String, String>,
    resolve: search::Resolve<'_>,
) -> std::result::Result<Wanted, (&'static str, String)> {
    let text = |name: &str| {
        params.get(name).map(|v| v.trim()).filter(|v| !matches!(*v, "" | "None" | "null" | "undefined"))
    };
    let number =
        |name: &str, most: i64| text(name).and_then(|n| n.parse::<i64>().ok()).map(|n| n.clamp(0, most));
    let condition = text("filter").map(|f| search::filter(f, resolve)).transpose();
    let order = text("order").map(|o| search::order(o, resolve)).transpose();
    Ok(Wanted {
        condition: condition.map_err(|e| ("filter", e))?,
        order: order.map_err(|e| ("order", e))?.unwrap_or_default(),
        size: number("pageSize", 500).unwrap_or(250),
        page: number("pageNumber", 1 << 40).unwrap_or(0),
    })
}

fn pointer_name(pointer: &str) -> String {
    pointer.rsplit('/').next().unwrap_or_default().to_lowercase()
}

/// The column of the store for a member of an answer.
fn column(name: &str, id: &str, status: &str) -> Option<(String, Sort)> {
    let lower = name.to_lowercase();
    let (column, sort) = match lower.as_str() {
        n if n == id => ("id", Sort::Text),
        n if n == status => ("state", Sort::Text),
        "created" => ("created", Sort::Time),
        "modified" => ("modified", Sort::Time),
        "failurecount" => ("failures", Sort::Number),
        "processresultmessage" => ("message", Sort::Text),
        "runfullsync" => ("full_sync", Sort::Flag),
        "appenrollmentid" => ("app", Sort::Text),
        "parentsyncrequestid" => ("parent", Sort::Text),
        "currentbatch" => ("batch", Sort::Number),
        "totalbatches" => ("total", Sort::Number),
        _ => return None,
    };
    Some((column.to_owned(), sort))
}
