//! The endpoints, at the paths that the platform file names: take an upload, tell its state, list uploads, tell the
//! account, read records back.

mod answer;
mod query;
mod reply;
mod resource;
mod upload;

use super::fault::Faults;
use super::keeper::Asker;
use super::line::{Cut, Lines};
use super::{Options, page};
use crate::diagnostic::Result;
use crate::spec::platform::Platform;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, Query, State as With};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Longest body read, well above any limit of a platform file.
const BODY_MAX: usize = 256 << 20;

/// What every handler needs.
#[derive(Clone)]
pub(super) struct State {
    platform: Arc<Platform>,
    options: Arc<Options>,
    asker: Asker,
    faults: Arc<Faults>,
}

impl State {
    /// For a fresh start.
    pub(super) fn new(platform: Arc<Platform>, options: Arc<Options>, asker: Asker) -> Self {
        let faults = Arc::new(Faults::new(options.fault.clone()));
        Self { platform, options, asker, faults }
    }

    /// Whether the request carries credentials, of any value, or need not.
    fn allowed(&self, headers: &HeaderMap) -> bool {
        let given = |name: &str| headers.get(name).is_some_and(|v| !v.is_empty());
        let ours = self.platform.auth.as_ref().is_some_and(|a| given(&a.header));
        !self.options.require_auth || ours || given(header::AUTHORIZATION.as_str())
    }
}

type Params = Query<BTreeMap<String, String>>;

/// Serves until the runtime is shut down.
pub(super) async fn serve(listener: std::net::TcpListener, state: State) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    let app = router(&state).with_state(state).into_make_service_with_connect_info::<Cut>();
    // It ends only with the runtime.
    let _ = axum::serve(Lines(listener), app).await;
}

fn router(state: &State) -> Router<State> {
    let transport = &state.platform.transport;
    let mut paths = BTreeMap::new();
    let mut add = |path: &str, method| {
        let path = path.split('?').next().unwrap_or_default().to_owned();
        paths.entry(path).or_insert(method);
    };
    if let Some(upload) = &transport.upload {
        add(&upload.post, post(upload::take));
    }
    if let Some(find) = &transport.find {
        add(find, get(list));
    }
    if let Some(poll) = &transport.poll {
        add(&poll.get, get(one));
    }
    if let Some(account) = &state.platform.account {
        add(&account.get, get(status));
        add(&format!("{}/auth", account.get), get(auth));
    }
    add("/api/v1/{records}/query", get(query::records));
    add("/", get(front));
    paths
        .into_iter()
        .fold(Router::new(), |router, (path, method)| router.route(&path, method))
        .fallback(resource::any)
        .layer(DefaultBodyLimit::max(BODY_MAX))
}

async fn one(
    With(state): With<State>,
    headers: HeaderMap,
    Path(id): Path<String>,
    Query(params): Params,
) -> Response {
    if !state.allowed(&headers) {
        return reply::unauthorised();
    }
    let details = params.get("include").is_some_and(|i| i.to_lowercase().contains("details"));
    let (platform, options) = (state.platform.clone(), state.options.clone());
    let found = state.asker.ask(move |store| match store.upload(&id)? {
        Some(upload) => answer::of(store, &upload, details, &platform, &options).map(Some),
        None => Ok(None),
    });
    match found.await {
        Ok(Some(answer)) => reply::json(answer),
        Ok(None) => reply::problem(StatusCode::NOT_FOUND, "Not Found", "There is no such sync request."),
        Err(errors) => reply::broken(&errors),
    }
}

async fn list(With(state): With<State>, headers: HeaderMap, Query(params): Params) -> Response {
    if !state.allowed(&headers) {
        return reply::unauthorised();
    }
    let number = |name: &str, most: i64| {
        params.get(name).and_then(|n| n.parse::<i64>().ok()).map(|n| n.clamp(0, most))
    };
    let (size, page) = (number("pageSize", 500).unwrap_or(250), number("pageNumber", 1 << 40).unwrap_or(0));
    let (platform, options) = (state.platform.clone(), state.options.clone());
    let found = state.asker.ask(move |store| {
        let uploads = store.uploads(size, page.saturating_mul(size))?;
        let records: Result<Vec<Value>> =
            uploads.iter().map(|u| answer::of(store, u, false, &platform, &options)).collect();
        let total = store.upload_count()?;
        Ok(json!({ "records": records?, "totalCount": total, "pageSize": size, "pageNumber": page }))
    });
    reply::of(found.await)
}

async fn status(With(state): With<State>, headers: HeaderMap) -> Response {
    let mut answer = json!({ "environment": "rehearsal", "loggedIn": state.allowed(&headers) });
    if let Some(account) = state.platform.account.as_ref().filter(|_| state.allowed(&headers)) {
        reply::put(&mut answer, &account.is, json!(state.options.account));
    }
    reply::json(answer)
}

async fn auth(With(state): With<State>, headers: HeaderMap) -> Response {
    if state.allowed(&headers) { StatusCode::OK.into_response() } else { reply::unauthorised() }
}

async fn front(With(state): With<State>) -> Response {
    match state.asker.ask(|store| page::page(store)).await {
        Ok(html) => reply::html(html),
        Err(errors) => reply::broken(&errors),
    }
}
