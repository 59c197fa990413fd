//! Taking an upload: read whole, checked as the contract says, committed, and only then answered.

use super::{State, answer, reply};
use crate::rehearsal::archive;
use crate::rehearsal::fault::Act;
use crate::rehearsal::line::Cut;
use axum::extract::{ConnectInfo, FromRequest as _, Multipart, Request, State as With};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

/// Names of the part that SDKs use.
const PARTS: [&str; 3] = ["file", "files", "File"];

/// `POST` of an archive.
pub(super) async fn take(
    With(state): With<State>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    request: Request,
) -> Response {
    let fault = state.faults.next();
    match fault.on_headers() {
        Act::Go => {}
        other => return act(other, &cut),
    }
    let allowed = state.allowed(request.headers());
    let zip = match body(&state, request).await {
        Ok(zip) if allowed => zip,
        Ok(_) => return reply::unauthorised(),
        Err(refusal) => return refusal,
    };
    let platform = state.platform.clone();
    let checked = tokio::task::spawn_blocking(move || {
        archive::each_row(&zip, &platform, &mut |_, _| Ok(())).map(|()| zip)
    });
    let zip = match checked.await {
        Ok(Ok(zip)) => zip,
        Ok(Err((place, message))) => return reply::invalid(&place, &message),
        Err(_) => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    };
    match fault.before_commit() {
        Act::Go => {}
        other => return act(other, &cut),
    }
    let (platform, options) = (state.platform.clone(), state.options.clone());
    let times = fault.times();
    let committed = state.asker.ask(move |store| {
        for _ in 1..times {
            store.commit(&zip)?;
        }
        let id = store.commit(&zip)?;
        match store.upload(&id)? {
            Some(upload) => answer::of(store, &upload, false, &platform, &options),
            None => crate::rehearsal::cannot("an upload is gone after its commit").alone(),
        }
    });
    let committed = committed.await;
    match fault.after_commit() {
        Act::Go => reply::of(committed),
        other => act(other, &cut),
    }
}

fn act(act: Act, cut: &Cut) -> Response {
    match act {
        Act::Answer(response) => response,
        Act::Cut | Act::Go => {
            cut.now();
            StatusCode::OK.into_response()
        }
    }
}

/// The bytes of the part that holds the archive.
async fn body(state: &State, request: Request) -> Result<Vec<u8>, Response> {
    let mut parts =
        Multipart::from_request(request, state).await.map_err(|e| reply::invalid("file", &e.body_text()))?;
    let named = state.platform.transport.upload.as_ref().map(|u| u.part.as_str()).unwrap_or_default();
    let mut found = None;
    while let Some(part) = parts.next_field().await.map_err(|e| reply::invalid("file", &e.body_text()))? {
        let name = part.name().unwrap_or_default().to_owned();
        let bytes = part.bytes().await.map_err(|e| reply::invalid("file", &e.body_text()))?;
        if found.is_none() && (name == named || PARTS.contains(&name.as_str())) {
            found = Some(bytes.to_vec());
        }
    }
    found.ok_or_else(|| reply::invalid("file", "The file field is required."))
}
