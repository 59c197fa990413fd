//! What happens to a request before and after its handler: the rate limit, and the faults that befall questions.

use super::{State, reply, what};
use crate::rehearsal::fault::{Act, Class};
use crate::rehearsal::line::Cut;
use axum::extract::{ConnectInfo, Request, State as With};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// How many requests came in the present second.
#[derive(Debug, Default)]
pub(super) struct Window(Mutex<Option<(Instant, u32)>>);

impl Window {
    /// Counts a request; whether it is within the limit.
    fn admits(&self, most: u32) -> bool {
        let mut window = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let now = Instant::now();
        let (since, count) = window.filter(|(at, _)| now - *at < Duration::from_secs(1)).unwrap_or((now, 0));
        *window = Some((since, count.saturating_add(1)));
        count < most
    }
}

/// Refuses requests beyond the rate limit, if one is set.
pub(super) async fn limit(With(state): With<State>, request: Request, next: Next) -> Response {
    match state.options.per_second {
        Some(most) if request.uri().path() != "/" && !state.window.admits(most) => {
            let mut refusal =
                reply::problem(StatusCode::TOO_MANY_REQUESTS, "Too Many Requests", "Come again later.");
            if state.options.retry_after {
                refusal.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static("1"));
            }
            refusal
        }
        _ => next.run(request).await,
    }
}

/// Lets faults befall a question.
pub(super) async fn befall(
    With(state): With<State>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    request: Request,
    next: Next,
) -> Response {
    let what = what(&request);
    let fault = state.strike(Class::Read, what).await.1;
    for point in [fault.on_headers(), fault.before_commit()] {
        if let Some(instead) = act(point, &cut).await {
            return instead;
        }
    }
    let answer = next.run(request).await;
    act(fault.after_commit(), &cut).await.unwrap_or(answer)
}

/// Does it; gives the answer that ends the request, if it ends.
pub(super) async fn act(act: Act, cut: &Cut) -> Option<Response> {
    match act {
        Act::Go => None,
        Act::Answer(response) => Some(response),
        Act::Cut => {
            cut.now();
            Some(StatusCode::OK.into_response())
        }
        Act::Wait(time) => {
            tokio::time::sleep(time).await;
            None
        }
    }
}
