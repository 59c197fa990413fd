//! The endpoints, at the paths that the platform file names: take an upload, tell its state, list uploads, tell the
//! account, read records back.

mod answer;
mod gate;
mod query;
mod reply;
mod resource;
mod search;
mod sync;
mod told;
mod upload;

use super::fault::{Class, Fault, Faults, Mode};
use super::keeper::Asker;
use super::line::{Cut, Lines};
use super::{Options, page, shape};
use crate::spec::platform::{Platform, TransportKind};
use crate::sql::rehearsal::Shape;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Query, Request, State as With};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, delete, get, post};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Longest body read, well above any limit of a platform file.
const BODY_MAX: usize = 256 << 20;

/// What every handler needs.
#[derive(Clone)]
pub(super) struct State {
    platform: Arc<Platform>,
    options: Arc<Options>,
    shapes: Arc<Vec<Shape>>,
    asker: Asker,
    faults: Arc<Faults>,
    window: Arc<gate::Window>,
}

impl State {
    /// For a fresh start.
    pub(super) fn new(platform: Arc<Platform>, options: Arc<Options>, asker: Asker) -> Self {
        let faults = Arc::new(Faults::new(options.fault.clone()));
        let shapes = Arc::new(shape::shapes(&platform));
        Self { platform, options, shapes, asker, faults, window: Arc::default() }
    }

    /// Whether the request carries the credentials wanted: any, a certain key, or none.
    fn allowed(&self, headers: &HeaderMap) -> bool {
        let fits = |value: &str| self.options.key.as_deref().is_none_or(|key| value == key);
        let given = |name: &str| {
            let value = headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
            let value = value.strip_prefix("Bearer ").unwrap_or(value);
            !value.is_empty() && fits(value)
        };
        let ours = self.platform.auth.as_ref().is_some_and(|a| given(&a.header));
        !self.options.require_auth || ours || given(header::AUTHORIZATION.as_str())
    }

    /// What befalls a request that has just begun; it is noted for the page.
    async fn strike(&self, class: Class, what: String) -> (Mode, Box<dyn Fault>) {
        let (mode, fault) = self.faults.next(class);
        let one_a_request = self.platform.transport.kind == TransportKind::Upsert;
        if mode != Mode::None && !(one_a_request && mode.about_several()) {
            let noted = self.asker.ask(move |store| store.note_played(&what, mode.word()));
            // Only the page would lack it.
            drop(noted.await);
        }
        (mode, fault)
    }
}

/// A request in a few words.
fn what(request: &Request) -> String {
    format!("{} {}", request.method(), request.uri().path())
}

type Params = Query<BTreeMap<String, String>>;

/// Serves until the runtime is shut down.
pub(super) async fn serve(listener: std::net::TcpListener, state: State) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    let app = router(&state).with_state(state).into_make_service_with_connect_info::<Cut>();
    // It ends only with the runtime.
    let _ = axum::serve(Lines(listener), app).await;
}

/// Paths with what they take, each method once: the first that is added stays.
#[derive(Default)]
struct Routes {
    paths: BTreeMap<String, MethodRouter<State>>,
    taken: std::collections::BTreeSet<(String, &'static str)>,
}

impl Routes {
    fn add(&mut self, path: &str, method: &'static str, handler: MethodRouter<State>) {
        let path = path.split('?').next().unwrap_or_default().to_owned();
        if self.taken.insert((path.clone(), method)) {
            let there = self.paths.remove(&path).unwrap_or_default();
            self.paths.insert(path, there.merge(handler));
        }
    }
}

fn router(state: &State) -> Router<State> {
    let transport = &state.platform.transport;
    let read = |handler: MethodRouter<State>| handler.layer(from_fn_with_state(state.clone(), gate::befall));
    let mut routes = Routes::default();
    if let Some(sent) = &transport.upload {
        let batch = transport.kind == TransportKind::JsonBatch;
        routes.add(&sent.post, "POST", if batch { post(upload::batch) } else { post(upload::archive) });
        // The other ways to send stand beside it (facts 1.4).
        let base = sent.post.rsplit_once('/').map_or("", |(base, _)| base);
        if !base.is_empty() {
            routes.add(base, "POST", post(upload::create));
            routes.add(&format!("{base}/batch"), "POST", post(upload::batch));
            routes.add(&format!("{base}/zip"), "POST", post(upload::archive));
        }
    }
    if let Some(find) = &transport.find {
        routes.add(find, "GET", read(get(sync::list)));
    }
    if let Some(poll) = &transport.poll {
        routes.add(&poll.get, "GET", read(get(sync::one)));
        routes.add(&poll.get, "DELETE", delete(sync::cancel));
    }
    if let Some(account) = &state.platform.account {
        routes.add(&account.get, "GET", get(status));
        routes.add(&format!("{}/auth", account.get), "GET", get(auth));
    }
    routes.add("/api/v1/{records}/query", "GET", read(get(query::records)));
    routes.add("/", "GET", get(front));
    routes
        .paths
        .into_iter()
        .fold(Router::new(), |router, (path, method)| router.route(&path, method))
        .fallback(resource::any)
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .layer(from_fn_with_state(state.clone(), gate::limit))
}

async fn status(With(state): With<State>, headers: HeaderMap) -> Response {
    let mut answer = json!({ "environment": "rehearsal", "loggedIn": state.allowed(&headers) });
    if let Some(account) = state.platform.account.as_ref().filter(|_| state.allowed(&headers)) {
        reply::put(&mut answer, &account.is, json!(state.options.account));
    }
    reply::json(answer)
}

async fn auth(With(state): With<State>, headers: HeaderMap) -> Response {
    if state.allowed(&headers) { StatusCode::OK.into_response() } else { reply::unauthorised(&state.options) }
}

async fn front(With(state): With<State>, Query(params): Params) -> Response {
    let refresh = params.get("refresh").and_then(|s| s.parse().ok()).map(|s: u32| s.clamp(1, 3600));
    match state.asker.ask(move |store| page::page(store, refresh)).await {
        Ok(html) => reply::html(html),
        Err(errors) => reply::broken(&errors),
    }
}
