//! The forms of answers.

use crate::diagnostic::{Diagnostics, Result};
use crate::rehearsal::Options;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Map, Value, json};

const VALIDATION: &str = "https://tools.ietf.org/html/rfc7231#section-6.5.1";

/// 200 with JSON.
pub(super) fn json(value: Value) -> Response {
    ([(header::CONTENT_TYPE, "application/json; charset=utf-8")], value.to_string()).into_response()
}

/// 200 with a page that may load and run nothing.
pub(super) fn html(page: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'"),
    ];
    (headers, page).into_response()
}

/// A result: its JSON, or 500.
pub(super) fn of(result: Result<Value>) -> Response {
    match result {
        Ok(value) => json(value),
        Err(errors) => broken(&errors),
    }
}

/// 401 as recorded from the platform: an empty body, or a problem (facts 1.8).
pub(super) fn unauthorised(options: &Options) -> Response {
    let bearer = [(header::WWW_AUTHENTICATE, "Bearer")];
    if options.problem_401 {
        let body = json!({ "type": "https://httpstatuses.io/401", "title": "Unauthorized", "status": 401 });
        let kind = [(header::CONTENT_TYPE, "application/problem+json")];
        return (StatusCode::UNAUTHORIZED, bearer, kind, body.to_string()).into_response();
    }
    (StatusCode::UNAUTHORIZED, bearer).into_response()
}

/// 404 for an upload that is not there: its body is not known, a problem is declared (facts 1.8).
pub(super) fn not_found(options: &Options) -> Response {
    if options.empty_404 {
        return StatusCode::NOT_FOUND.into_response();
    }
    problem(StatusCode::NOT_FOUND, "Not Found", "There is no such sync request.")
}

/// A problem with title and detail.
pub(super) fn problem(status: StatusCode, title: &str, detail: &str) -> Response {
    let kind = format!("https://httpstatuses.io/{}", status.as_u16());
    let body = json!({ "type": kind, "title": title, "status": status.as_u16(), "detail": detail });
    (status, [(header::CONTENT_TYPE, "application/problem+json")], body.to_string()).into_response()
}

/// 400 with one place and its message.
pub(super) fn invalid(place: &str, message: &str) -> Response {
    let mut errors = Map::new();
    errors.insert(place.to_owned(), json!([message]));
    let body = json!({
        "type": VALIDATION,
        "title": "One or more validation errors occurred.",
        "status": 400,
        "errors": errors,
    });
    (StatusCode::BAD_REQUEST, [(header::CONTENT_TYPE, "application/problem+json")], body.to_string())
        .into_response()
}

/// 500: the practice platform itself is broken.
pub(super) fn broken(errors: &Diagnostics) -> Response {
    problem(StatusCode::INTERNAL_SERVER_ERROR, "The practice platform failed", &errors.to_string())
}

/// Puts a value at a JSON pointer, making the objects on the way.
pub(super) fn put(target: &mut Value, pointer: &str, value: Value) {
    let mut place = target;
    for name in pointer.split('/').skip(1) {
        if !place.is_object() {
            *place = Value::Object(Map::new());
        }
        let Some(object) = place.as_object_mut() else { return };
        place = object.entry(name.replace("~1", "/").replace("~0", "~")).or_insert(Value::Null);
    }
    *place = value;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_put_deep() {
        let mut value = json!({ "a": 1 });
        put(&mut value, "/b/c", json!(2));
        put(&mut value, "/b/d", json!(3));
        assert_eq!(value, json!({ "a": 1, "b": { "c": 2, "d": 3 } }));
    }
}
