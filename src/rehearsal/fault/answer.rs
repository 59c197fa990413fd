//! Status 500, before or after the commit: the two look the same to the sender.

use super::{Act, Fault};
use axum::http::StatusCode;
use axum::response::IntoResponse as _;

pub(super) struct Error {
    pub(super) committed: bool,
}

impl Error {
    fn act(&self, now: bool) -> Act {
        if self.committed == now {
            Act::Answer(StatusCode::INTERNAL_SERVER_ERROR.into_response())
        } else {
            Act::Go
        }
    }
}

impl Fault for Error {
    fn before_commit(&self) -> Act {
        self.act(false)
    }

    fn after_commit(&self) -> Act {
        self.act(true)
    }
}
