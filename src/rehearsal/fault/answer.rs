//! Plain answers instead of the right one: status 500, before or after the commit, which look the same to the
//! sender; 401; 409; a redirect, which must not be followed.

use super::{Act, Fault};
use axum::http::{StatusCode, header};
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

pub(super) struct Redirect;

impl Fault for Redirect {
    fn before_commit(&self) -> Act {
        let elsewhere = [(header::LOCATION, "https://elsewhere.invalid/")];
        Act::Answer((StatusCode::TEMPORARY_REDIRECT, elsewhere).into_response())
    }
}

pub(super) struct Unauthorised;

impl Fault for Unauthorised {
    fn before_commit(&self) -> Act {
        Act::Answer((StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer")]).into_response())
    }
}

pub(super) struct Conflict;

impl Fault for Conflict {
    fn before_commit(&self) -> Act {
        let body = "{\"type\":\"https://httpstatuses.io/409\",\"title\":\"Conflict\",\"status\":409,\
            \"detail\":\"A record of that key is being changed.\"}";
        let kind = [(header::CONTENT_TYPE, "application/problem+json")];
        Act::Answer((StatusCode::CONFLICT, kind, body).into_response())
    }
}
