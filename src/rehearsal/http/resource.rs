//! Requests for resources, whatever their path: read whole, answered by [`crate::rehearsal::resource`], with the faults
//! befalling those that change something.

use super::gate::act;
use super::{BODY_MAX, State, reply, what};
use crate::rehearsal::fault::{Class, Mark, Told as Outcomes};
use crate::rehearsal::line::Cut;
use crate::rehearsal::resource::{self, Asked, Told};
use axum::extract::{ConnectInfo, Request, State as With};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use std::collections::BTreeMap;

/// Any request that no other handler takes.
pub(super) async fn any(
    With(state): With<State>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    request: Request,
) -> Response {
    let effect = request.method() != axum::http::Method::GET;
    let class = if effect { Class::Upload } else { Class::Read };
    let (mode, fault) = state.strike(class, what(&request)).await;
    if let Some(end) = act(fault.on_headers(), &cut).await {
        return end;
    }
    if !state.allowed(request.headers()) {
        return reply::unauthorised(&state.options);
    }
    let Some(mut asked) = read(&state, request).await else {
        return reply::invalid("body", "The body could not be read.");
    };
    if let Some(end) = act(fault.before_commit(), &cut).await {
        return end;
    }
    let times = if effect { fault.times() } else { 1 };
    if effect {
        (asked.fault, asked.mark) = (mode.word(), fault.mark());
    }
    let untold = asked.mark.told == Outcomes::Missing;
    let told = state.asker.ask(move |store| {
        for _ in 1..times {
            resource::serve(store, &asked)?;
        }
        resource::serve(store, &asked)
    });
    let told = told.await;
    if let Some(end) = act(fault.after_commit(), &cut).await {
        return end;
    }
    match told {
        // The outcome of a request about one record is its answer.
        Ok(told) if untold && told.status < 300 => answer(Told { body: String::new(), ..told }),
        Ok(told) => answer(told),
        Err(errors) => reply::broken(&errors),
    }
}

fn answer(told: Told) -> Response {
    let status = StatusCode::from_u16(told.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let kind = if told.status < 400 { "application/json" } else { "application/problem+json" };
    (status, [(header::CONTENT_TYPE, kind)], told.body).into_response()
}

async fn read(state: &State, request: Request) -> Option<Asked> {
    let once = state.platform.transport.idempotency.as_ref().and_then(|name| request.headers().get(name));
    let once = once.and_then(|v| v.to_str().ok()).map(str::to_owned);
    let (method, raw_path) = (request.method().to_string(), request.uri().path().to_owned());
    let path = raw_path.trim_start_matches('/').split('/').map(decoded).collect::<Option<Vec<_>>>()?;
    let mut query = BTreeMap::new();
    for pair in request.uri().query().unwrap_or_default().split('&').filter(|p| !p.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        query.insert(decoded(name)?, decoded(&value.replace('+', " "))?);
    }
    let body = axum::body::to_bytes(request.into_body(), BODY_MAX).await.ok()?.to_vec();
    Some(Asked { method, path, raw_path, query, body, once, fault: "none", mark: Mark::default() })
}

/// Percent-decoded; `None` for what is no UTF-8 afterwards.
fn decoded(text: &str) -> Option<String> {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).filter(|_| *first == b'%').and_then(|h| std::str::from_utf8(h).ok());
        match hex.and_then(|h| u8::from_str_radix(h, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).ok()
}
