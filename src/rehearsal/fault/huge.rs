//! An answer after the commit that has no end to speak of: valid JSON of many MB, made as it is read.

use super::{Act, Fault};
use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::IntoResponse as _;
use http_body::Frame;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

static CHUNK: [u8; 64 << 10] = [b'a'; 64 << 10];

pub(super) struct Huge {
    pub(super) mb: u32,
}

impl Fault for Huge {
    fn after_commit(&self) -> Act {
        let text = Text { at: 0, chunks: u64::from(self.mb) * 1_000_000 / CHUNK.len() as u64 };
        Act::Answer(([(header::CONTENT_TYPE, "application/json")], Body::new(text)).into_response())
    }
}

/// One object with one very long text.
struct Text {
    at: u64,
    chunks: u64,
}

impl http_body::Body for Text {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let last = self.chunks + 1;
        let bytes: &'static [u8] = match self.at {
            0 => b"{\"processResultMessage\":\"",
            n if n == last => b"\"}",
            n if n > last => return Poll::Ready(None),
            _ => &CHUNK,
        };
        self.at += 1;
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(bytes)))))
    }
}
