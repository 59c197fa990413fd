//! Status 429, with `Retry-After` or without: surely not taken, come again later.

use super::{Act, Fault};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse as _;

pub(super) struct Throttled {
    pub(super) seconds: Option<u32>,
}

impl Fault for Throttled {
    fn before_commit(&self) -> Act {
        let status = StatusCode::TOO_MANY_REQUESTS;
        Act::Answer(match self.seconds {
            Some(seconds) => (status, [(header::RETRY_AFTER, seconds.to_string())]).into_response(),
            None => status.into_response(),
        })
    }
}
