//! HTTP to one platform: a rate limit, bounded answers, no secret in any message. TLS, redirects and time limits are
//! those of [`Settings`].

use super::cover::Cover;
use super::network::{Settings, on_this_machine};
use super::rate::Rate;
use super::{Secret, base64};
use crate::diagnostic::{Code, Diagnostic, Result};
use crate::env::{Clock, WallClock};
use crate::spec::platform::Auth;
use reqwest::blocking::multipart::{Form, Part};
use reqwest::blocking::{RequestBuilder, Response};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use std::io::Read as _;
use std::sync::Arc;
use std::time::Duration;

const REQUEST: Duration = Duration::from_secs(60);
/// A request in all its attempts.
pub(super) const DEADLINE: Duration = REQUEST;
/// Longest answer read.
const ANSWER_MAX: u64 = 32 << 20;

/// An answer that arrived whole.
#[derive(Clone, Debug)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// What `Retry-After` asked for.
    pub retry_after: Option<Duration>,
    /// The body, at most 32 MiB.
    pub body: Vec<u8>,
}

impl Reply {
    /// Whether the status is 200 to 299.
    pub fn fine(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Whether the platform asks to come again later; the request was not taken.
    pub fn throttled(&self) -> bool {
        matches!(self.status, 429 | 503)
    }

    /// The body as JSON, of at most 128 levels.
    pub fn json(&self) -> std::result::Result<serde_json::Value, String> {
        serde_json::from_slice(&self.body).map_err(|e| format!("the answer is no JSON: {e}"))
    }

    /// A few words of the body for a message: `title` and `detail` of a problem, its `errors`, else its start.
    pub fn words(&self) -> String {
        let problem = self.json().unwrap_or_default();
        let mut words = Vec::new();
        for member in ["title", "detail"] {
            words.extend(problem.get(member).and_then(|v| v.as_str()).map(str::to_owned));
        }
        words.extend(problem.get("errors").map(ToString::to_string));
        if words.is_empty() {
            words.push(String::from_utf8_lossy(&self.body).trim().to_owned());
        }
        let text: String = words.join(": ").chars().filter(|c| !c.is_control()).take(2000).collect();
        if text.is_empty() {
            format!("status {}", self.status)
        } else {
            format!("status {}: {text}", self.status)
        }
    }
}

/// How something is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Sends.
    Post,
    /// Replaces.
    Put,
    /// Changes.
    Patch,
    /// Takes away.
    Delete,
}

impl Method {
    /// As the protocol spells it.
    pub fn word(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        }
    }

    fn wire(self) -> reqwest::Method {
        match self {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Patch => reqwest::Method::PATCH,
            Method::Delete => reqwest::Method::DELETE,
        }
    }
}

/// What a request carries.
#[derive(Clone, Copy, Debug)]
pub enum Payload<'a> {
    /// Nothing.
    None,
    /// A JSON text.
    Json(&'a [u8]),
    /// An archive as the one part of a form.
    Zip {
        /// Name of the part.
        part: &'a str,
        /// The archive.
        bytes: &'a [u8],
    },
}

/// A request to be made.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// How.
    pub method: Method,
    /// Path behind the address, with its query.
    pub path: &'a str,
    /// The path for the ledger, when the real one may hold something personal.
    pub shown: Option<&'a str>,
    /// What it carries.
    pub body: Payload<'a>,
    /// A header of its own, such as a key against doubles.
    pub header: Option<(&'a str, &'a str)>,
    /// Whether it may be made again whatever became of it: it changes nothing there.
    pub safe: bool,
}

impl<'a> Ask<'a> {
    /// A question.
    pub fn get(path: &'a str) -> Self {
        Self { method: Method::Get, path, shown: None, body: Payload::None, header: None, safe: true }
    }

    /// Something that may have an effect.
    pub fn send(method: Method, path: &'a str, body: Payload<'a>) -> Self {
        Self { method, path, shown: None, body, header: None, safe: false }
    }

    /// Bytes it carries.
    pub fn bytes(&self) -> u64 {
        match self.body {
            Payload::None => 0,
            Payload::Json(bytes) | Payload::Zip { bytes, .. } => bytes.len() as u64,
        }
    }

    /// Its path for the ledger: the names of the query without their values.
    pub fn shown(&self) -> String {
        let path = self.shown.unwrap_or(self.path);
        let Some((path, query)) = path.split_once('?') else { return path.to_owned() };
        let names: Vec<&str> = query.split('&').filter_map(|p| p.split('=').next()).collect();
        format!("{path}?{}", names.join("&"))
    }
}

/// No answer, or none that is whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The connection could not be made: surely not taken.
    NotSent(String),
    /// Something may have arrived there.
    Lost(String),
}

/// The client of one address.
pub struct Client {
    http: reqwest::blocking::Client,
    /// The authorisation, marked as sensitive.
    headers: HeaderMap,
    /// What a server might repeat.
    cover: Cover,
    address: String,
    rate: Rate,
    clock: Arc<dyn Clock>,
}

impl Client {
    /// A client for `address` that authorises itself as the platform file says.
    ///
    /// # Errors
    /// E501 when the address is neither https nor local, or the secret cannot stand in a header.
    pub fn new(address: &str, auth: Option<&Auth>, secret: Option<&Secret>, per_second: u32) -> Result<Self> {
        check_address(address)?;
        let (headers, cover) = match (auth, secret) {
            (Some(auth), Some(secret)) => {
                (authorisation(auth, secret)?, Cover::of(&auth.header, secret.expose(), auth.base64))
            }
            _ => (HeaderMap::new(), Cover::default()),
        };
        let http = connected(address, &headers, &Settings::default())?;
        let (rate, clock) = (Rate::new(per_second), Arc::new(WallClock::default()));
        Ok(Self { http, headers, cover, address: address.trim_end_matches('/').to_owned(), rate, clock })
    }

    /// The same client by another way: a proxy, certificates of its own.
    ///
    /// # Errors
    /// E501 when no client can be made so.
    pub fn over(mut self, settings: &Settings) -> Result<Self> {
        self.http = connected(&self.address, &self.headers, settings)?;
        Ok(self)
    }

    /// The same, waiting by another clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The address all paths are put behind.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Asks for a path.
    ///
    /// # Errors
    /// [`Failure`] when no whole answer came.
    #[cfg(test)]
    pub fn get(&self, path: &str) -> std::result::Result<Reply, Failure> {
        self.request(&Ask::get(path), REQUEST)
    }

    /// Makes one request, which may take so long.
    ///
    /// # Errors
    /// [`Failure`] when no whole answer came.
    pub fn request(&self, ask: &Ask<'_>, time: Duration) -> std::result::Result<Reply, Failure> {
        let request = self.http.request(ask.method.wire(), self.url(ask.path)).timeout(time);
        let request = request.header("Accept", "application/json");
        let request = match ask.header {
            Some((name, value)) => request.header(name, value),
            None => request,
        };
        self.send(match ask.body {
            Payload::None => request,
            Payload::Json(bytes) => request.header("Content-Type", "application/json").body(bytes.to_vec()),
            Payload::Zip { part, bytes } => {
                let file = Part::bytes(bytes.to_vec()).file_name("upload.zip").mime_str("application/zip");
                let file = file.map_err(|e| Failure::NotSent(said(e)))?;
                request.multipart(Form::new().part(part.to_owned(), file))
            }
        })
    }

    /// The path behind the address of a page that an answer names; `None` when it is elsewhere.
    pub fn follow(&self, next: &str) -> Option<String> {
        let base = reqwest::Url::parse(&format!("{}/", self.address)).ok()?;
        let url = base.join(next).ok().filter(|u| u.origin() == base.origin() && u.username().is_empty())?;
        let path = url.as_str().strip_prefix(&self.address)?;
        path.starts_with('/').then(|| path.to_owned())
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    fn send(&self, request: RequestBuilder) -> std::result::Result<Reply, Failure> {
        self.rate.wait(&*self.clock);
        match request.send() {
            Ok(response) => read(response).map(|mut reply| {
                self.cover.over(&mut reply.body);
                reply
            }),
            Err(e) if e.is_connect() || e.is_builder() => Err(Failure::NotSent(said(e))),
            Err(e) => Err(Failure::Lost(said(e))),
        }
    }
}

/// The answer to its end, within bounds.
pub(super) fn read(response: Response) -> std::result::Result<Reply, Failure> {
    let status = response.status().as_u16();
    let retry_after = response.headers().get(RETRY_AFTER).and_then(|v| v.to_str().ok()).and_then(retry_after);
    let mut body = Vec::new();
    match response.take(ANSWER_MAX + 1).read_to_end(&mut body) {
        Err(e) => Err(Failure::Lost(format!("the answer broke off: {}", e.kind()))),
        Ok(_) if body.len() as u64 > ANSWER_MAX => {
            Err(Failure::Lost("the answer is longer than 32 MiB".to_owned()))
        }
        Ok(_) => Ok(Reply { status, retry_after, body }),
    }
}

/// Seconds, or a date.
fn retry_after(text: &str) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let until = jiff::fmt::rfc2822::parse(text.trim()).ok()?.timestamp();
    let seconds = until.as_second().saturating_sub(jiff::Timestamp::now().as_second());
    Some(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)))
}

/// The message of an error and its causes, without the URL.
pub(super) fn said(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(next) = cause {
        text.push_str(": ");
        text.push_str(&next.to_string());
        cause = next.source();
    }
    text
}

fn authorisation(auth: &Auth, secret: &Secret) -> Result<HeaderMap> {
    let name = HeaderName::from_bytes(auth.header.as_bytes())
        .map_err(|_| unusable(&format!("\"{}\" is no header name", auth.header)))?;
    let said =
        if auth.base64 { base64::encoded(secret.expose().as_bytes()) } else { secret.expose().to_owned() };
    let text = format!("{}{said}", auth.prefix);
    let mut value = HeaderValue::from_str(&text)
        .map_err(|_| unusable(&format!("the secret `{}` holds characters no header takes", auth.secret)))?;
    value.set_sensitive(true);
    Ok(HeaderMap::from_iter([(name, value)]))
}

/// https, or http on this machine; neither name nor password.
pub(super) fn check_address(address: &str) -> Result<()> {
    let url = reqwest::Url::parse(address).ok();
    if url.as_ref().is_some_and(|u| !u.username().is_empty() || u.password().is_some()) {
        // Not repeated: a password may be in it.
        return Err(unusable("the address holds a name or a password").into());
    }
    let (secure, plain) = match url.as_ref().map(reqwest::Url::scheme) {
        Some("https") => (true, false),
        Some("http") => (false, true),
        _ => (false, false),
    };
    if secure || plain && on_this_machine(address) {
        return Ok(());
    }
    Err(unusable(&format!("\"{address}\" is not an https address")).into())
}

fn connected(address: &str, headers: &HeaderMap, settings: &Settings) -> Result<reqwest::blocking::Client> {
    let http = settings.builder(address).map_err(|e| unusable(&format!("no client can be made: {e}")))?;
    let http = http.default_headers(headers.clone()).build();
    http.map_err(|e| unusable(&format!("no client can be made: {}", said(e))).into())
}

impl std::fmt::Debug for Client {
    /// Only the address: what it is made of may hold a login of a proxy.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("address", &self.address).finish_non_exhaustive()
    }
}

fn unusable(message: &str) -> Diagnostic {
    Diagnostic::error(Code::PLATFORM_ADDRESS, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_leaves_the_machine() {
        assert!(Client::new("http://example.test", None, None, 5).is_err());
        assert!(Client::new("http://127.0.0.1.evil.test", None, None, 5).is_err());
        assert!(Client::new("http://127.0.0.1@evil.test", None, None, 5).is_err());
        assert!(Client::new("http://localhost:x@evil.test", None, None, 5).is_err());
        assert!(Client::new("https://user:word@example.test", None, None, 5).is_err());
        assert!(Client::new("file:///etc/passwd", None, None, 5).is_err());
        assert!(Client::new("http://127.0.0.1:1", None, None, 5).is_ok());
    }

    #[test]
    fn a_refused_connection_is_surely_not_taken() {
        let client = Client::new("http://127.0.0.1:9", None, None, 5).unwrap();
        assert!(matches!(client.get("/x"), Err(Failure::NotSent(_))));
    }

    #[test]
    fn the_secret_is_in_no_debug_text() {
        let auth =
            Auth { header: "Api-Key".into(), secret: "api_key".into(), prefix: String::new(), base64: false };
        let client = Client::new("http://127.0.0.1:9", Some(&auth), Some(&Secret::new("canary")), 5).unwrap();
        assert!(!format!("{client:?}").contains("canary"));
    }

    #[test]
    fn the_ledger_sees_no_value_of_a_query() {
        let ask = Ask::get("/a/b?filter=name%20eq%20'Kari'&pageSize=5");
        assert_eq!(ask.shown(), "/a/b?filter&pageSize");
        assert_eq!(Ask { shown: Some("/a/{key}"), ..Ask::get("/a/Kari") }.shown(), "/a/{key}");
    }

    #[test]
    fn pages_are_followed_on_the_platform_alone() {
        let client = Client::new("https://example.test/api", None, None, 10).unwrap();
        let follow = |next: &str| client.follow(next);
        assert_eq!(follow("/api/v1/a?page=2").as_deref(), Some("/v1/a?page=2"));
        assert_eq!(follow("v1/a?page=2").as_deref(), Some("/v1/a?page=2"));
        assert_eq!(follow("https://example.test/api/v1/a").as_deref(), Some("/v1/a"));
        for elsewhere in [
            "http://169.254.169.254/",
            "//evil.test/api/",
            "https://example.test.evil.test/api/",
            "https://example.test/apix",
            "https://example.test:8443/api/v1",
            "http://example.test/api/v1",
            "/other",
            "https://u@example.test/api/v1",
            "file:///etc/passwd",
        ] {
            assert_eq!(follow(elsewhere), None, "{elsewhere}");
        }
    }

    #[test]
    fn rest_is_asked_for_in_two_forms() {
        assert_eq!(retry_after("7"), Some(Duration::from_secs(7)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::ZERO));
        assert_eq!(retry_after("soon"), None);
    }
}
