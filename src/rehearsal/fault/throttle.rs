//! Status 429 with `Retry-After`: surely not taken, come again later.

use super::{Act, Fault};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse as _;

pub(super) struct Throttled {
    pub(super) seconds: u32,
}

impl Fault for Throttled {
    fn before_commit(&self) -> Act {
        let header = [(header::RETRY_AFTER, self.seconds.to_string())];
        Act::Answer((StatusCode::TOO_MANY_REQUESTS, header).into_response())
    }
}
