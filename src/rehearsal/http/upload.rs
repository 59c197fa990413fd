//! Taking an upload in each of its forms: read whole, checked as the contract says, committed, and only then
//! answered.

use super::answer::{self, Ask};
use super::gate::act;
use super::{BODY_MAX, State, reply, what};
use crate::rehearsal::body::{self, About, Form, Wrong};
use crate::rehearsal::fault::Class;
use crate::rehearsal::line::Cut;
use crate::rehearsal::store::Arrival;
use axum::extract::{ConnectInfo, FromRequest as _, Multipart, Query, Request, State as With};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use std::collections::BTreeMap;

/// Names of the part that SDKs use.
const PARTS: [&str; 3] = ["file", "files", "File"];

/// `POST` of an archive.
pub(super) async fn archive(state: With<State>, cut: ConnectInfo<Cut>, request: Request) -> Response {
    take(state.0, &cut.0, request, Form::Archive).await
}

/// `POST` of arrays of records.
pub(super) async fn batch(state: With<State>, cut: ConnectInfo<Cut>, request: Request) -> Response {
    take(state.0, &cut.0, request, Form::Batch).await
}

/// `POST` that asks a connector to run.
pub(super) async fn create(state: With<State>, cut: ConnectInfo<Cut>, request: Request) -> Response {
    take(state.0, &cut.0, request, Form::Request).await
}

async fn take(state: State, cut: &Cut, request: Request, form: Form) -> Response {
    let what = what(&request);
    let (mode, fault) = state.strike(Class::Upload, what).await;
    if let Some(instead) = act(fault.on_headers(), cut).await {
        return instead;
    }
    let allowed = state.allowed(request.headers());
    let query = about(request.uri());
    let bytes = match bytes(&state, request, form).await {
        Ok(bytes) if allowed => bytes,
        Ok(_) => return reply::unauthorised(&state.options),
        Err(refusal) => return refusal,
    };
    let (bytes, told) = match check(&state, bytes, form).await {
        Ok(read) => read,
        Err(refusal) => return refusal,
    };
    let about = match query {
        Ok(query) if form == Form::Archive => query,
        Ok(_) => told,
        Err((place, message)) => return reply::invalid(&place, &message),
    };
    if let Some(instead) = act(fault.before_commit(), cut).await {
        return instead;
    }
    let arrival = Arrival { form, bytes, about, mark: fault.mark(), mode };
    let committed = commit(&state, arrival, fault.times()).await;
    act(fault.after_commit(), cut).await.unwrap_or(committed)
}

/// Commits it so many times and answers for the last one.
async fn commit(state: &State, arrival: Arrival, times: u32) -> Response {
    let (platform, options) = (state.platform.clone(), state.options.clone());
    let committed = state.asker.ask(move |store| {
        for _ in 1..times {
            store.commit(&arrival)?;
        }
        let id = store.commit(&arrival)?;
        match store.upload(&id)? {
            Some(taken) => {
                answer::of(store, &taken, Ask { details: false, fresh: true }, &platform, &options)
            }
            None => crate::rehearsal::cannot("an upload is gone after its commit").alone(),
        }
    });
    reply::of(committed.await)
}

/// What the query says about an upload.
fn about(uri: &Uri) -> Result<About, Wrong> {
    let params = Query::<BTreeMap<String, String>>::try_from_uri(uri).map(|q| q.0).unwrap_or_default();
    let mut about = About::default();
    params.iter().try_for_each(|(name, value)| about.note(name, value))?;
    about.check().map(|()| about)
}

/// Reads it through; gives the bytes back with what the body says about itself.
async fn check(state: &State, bytes: Vec<u8>, form: Form) -> Result<(Vec<u8>, About), Response> {
    let (platform, options) = (state.platform.clone(), state.options.clone());
    let read = tokio::task::spawn_blocking(move || {
        let mut records = 0_u64;
        let about = body::each_row(form, &bytes, &platform, &options, &mut |_, _| {
            records += 1;
            Ok(())
        });
        about.map(|about| (bytes, about, records))
    });
    let (bytes, about, records) = match read.await {
        Ok(Ok(read)) => read,
        Ok(Err((place, message))) => return Err(reply::invalid(&place, &message)),
        Err(_) => return Err(StatusCode::INTERNAL_SERVER_ERROR.into_response()),
    };
    match state.options.records_max {
        Some(most) if records > most => Err(too_many(state, records, most)),
        _ => Ok((bytes, about)),
    }
}

fn too_many(state: &State, records: u64, most: u64) -> Response {
    let message = format!("{records} records are more than {most}.");
    if state.options.too_many == 413 {
        reply::problem(StatusCode::PAYLOAD_TOO_LARGE, "Payload Too Large", &message)
    } else {
        reply::invalid("records", &message)
    }
}

/// The bytes to be kept.
async fn bytes(state: &State, request: Request, form: Form) -> Result<Vec<u8>, Response> {
    if form == Form::Archive {
        return part(state, request).await;
    }
    if !is_json(request.headers()) {
        let (status, title) = (StatusCode::UNSUPPORTED_MEDIA_TYPE, "Unsupported Media Type");
        return Err(reply::problem(status, title, "The body must be JSON."));
    }
    let bytes = axum::body::to_bytes(request.into_body(), BODY_MAX).await;
    bytes.map(|b| b.to_vec()).map_err(|e| reply::invalid("$", &e.to_string()))
}

/// Whether the body may be JSON: an SDK leaves the type out (facts 1.11).
fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
    kind.is_none_or(|k| k.to_lowercase().contains("json"))
}

/// The bytes of the part that holds the archive.
async fn part(state: &State, request: Request) -> Result<Vec<u8>, Response> {
    let mut parts =
        Multipart::from_request(request, state).await.map_err(|e| reply::invalid("file", &e.body_text()))?;
    let named = state.platform.transport.upload.as_ref().map(|u| u.part.as_str()).unwrap_or_default();
    let fits = |name: &str| match &state.options.part {
        Some(only) => name == only,
        None => name == named || PARTS.contains(&name),
    };
    let mut found = None;
    while let Some(part) = parts.next_field().await.map_err(|e| reply::invalid("file", &e.body_text()))? {
        let name = part.name().unwrap_or_default().to_owned();
        let bytes = part.bytes().await.map_err(|e| reply::invalid("file", &e.body_text()))?;
        if found.is_none() && fits(&name) {
            found = Some(bytes.to_vec());
        }
    }
    found.ok_or_else(|| reply::invalid("file", "The file field is required."))
}
