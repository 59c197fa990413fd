//! An answer with status 200 after the commit that cannot be understood: the upload arrived, the sender cannot tell.

use super::{Act, Fault};
use axum::http::header;
use axum::response::IntoResponse as _;

pub(super) enum Reply {
    Truncated,
    Html,
    Deep,
}

impl Fault for Reply {
    fn after_commit(&self) -> Act {
        let (kind, body) = match self {
            Reply::Truncated => ("application/json", "{\"syncRequestId\":\"0000".to_owned()),
            Reply::Html => ("text/html", "<!doctype html><title>Please sign in</title>".to_owned()),
            Reply::Deep => ("application/json", "[".repeat(10_000)),
        };
        Act::Answer(([(header::CONTENT_TYPE, kind)], body).into_response())
    }
}
