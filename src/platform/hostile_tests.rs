//! The client against a server that answers what no platform should.

use super::client::{Client, Failure};
use super::*;
use crate::spec::platform::{embedded, parse};
use std::io::{Read as _, Write as _};
use std::net::TcpListener;

/// Answers every connection with these bytes; gives the address.
fn server(answer: impl Fn() -> Vec<u8> + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            // Answered before the request is whole, the client might still be writing and lose the answer.
            request(&mut stream);
            let _ = stream.write_all(&answer());
        }
    });
    address
}

/// Reads a request to the end of its body.
fn request(stream: &mut std::net::TcpStream) {
    let (mut seen, mut chunk) = (Vec::new(), [0_u8; 65536]);
    loop {
        let text = String::from_utf8_lossy(&seen).to_lowercase();
        if let Some((head, _)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|l| l.strip_prefix("content-length: ")?.trim().parse().ok());
            if seen.len() >= head.len() + 4 + length.unwrap_or(0) {
                return;
            }
        }
        match stream.read(&mut chunk) {
            Ok(n) if n > 0 => seen.extend_from_slice(&chunk[..n]),
            _ => return,
        }
    }
}

fn ok(body: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
        .into_bytes()
}

fn client(address: &str) -> ZipUpload {
    let mut platform = parse("lockstep", embedded("lockstep").unwrap()).unwrap();
    platform.transport.per_second = 1000;
    ZipUpload::of(Caller::new(&platform, address, Some(&Secret::new("canary")), Backoff::seeded(1)).unwrap())
}

fn sent(answer: impl Fn() -> Vec<u8> + Send + 'static) -> Sent {
    client(&server(answer)).upload(b"zip")
}

#[test]
fn a_redirect_is_not_followed() {
    let (listener, seen) = (TcpListener::bind("127.0.0.1:0").unwrap(), std::sync::mpsc::channel());
    let elsewhere = format!("http://{}/", listener.local_addr().unwrap());
    std::thread::spawn(move || seen.0.send(listener.accept().is_ok()));
    let answer = format!(
        "HTTP/1.1 307 Moved\r\nLocation: {elsewhere}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    );
    assert!(matches!(sent(move || answer.clone().into_bytes()), Sent::Refused { status: 307, .. }));
    assert!(seen.1.recv_timeout(std::time::Duration::from_millis(300)).is_err());
}

#[test]
fn what_is_no_id_leaves_the_upload_doubtful() {
    for body in ["<html>", "{}", "{\"syncRequestId\":\"\"}", "{\"syncRequestId\":\"a", ""] {
        assert!(matches!(sent(move || ok(body)), Sent::Lost { .. }), "{body}");
    }
    let cut = || b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"syncRequestId\":\"a\"}".to_vec();
    assert!(matches!(sent(cut), Sent::Lost { .. }));
    assert!(matches!(sent(Vec::new), Sent::Lost { .. }));
}

#[test]
fn deep_and_long_answers_are_survived() {
    let deep = "[".repeat(200_000);
    assert!(matches!(sent(move || ok(&deep)), Sent::Lost { .. }));
    let long = format!("\"{}\"", "x".repeat(33 << 20));
    let address = server(move || ok(&long));
    assert!(matches!(Client::new(&address, None, None, 5).unwrap().get("/"), Err(Failure::Lost(_))));
}

#[test]
fn a_platform_that_asks_for_long_rest_is_left_alone() {
    let answer = || {
        b"HTTP/1.1 429 Slow\r\nRetry-After: 3600\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec()
    };
    let hour = Some(std::time::Duration::from_secs(3600));
    assert!(matches!(sent(answer), Sent::Transient { retry_after, .. } if retry_after == hour));
}

#[test]
fn no_message_holds_the_secret_or_the_address() {
    let address = server(Vec::new);
    let said = format!("{:?} {:?}", client(&address).upload(b"x"), client(&address).poll_once("canary-id"));
    assert!(!said.contains("canary") && !said.contains(&address), "{said}");
}
