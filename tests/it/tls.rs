//! S10: servers that must not be spoken to. Real TLS on loopback, certificates made here; each is refused, and no
//! credentials arrive where they should not.

use crate::loopback::{Authority, Server, Taken, listener};
use crate::there::{NOBODY, little_at};
use crosswalk::platform::client::{Failure, Reply};
use crosswalk::platform::network::{Settings, post};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};

const CANARY: &str = "canary-c41f-7e0b";

/// Posts with credentials, trusting one authority.
fn ask(address: &str, trusted: &Authority) -> Result<Reply, Failure> {
    let settings = Settings::default().with_certificates(trusted.pem().into_bytes()).unwrap();
    post(&format!("{address}/upload"), &settings, &[("Api-Key", CANARY)], b"body".to_vec())
}

/// Refused before a byte of the request was sent.
#[track_caller]
fn refused(what: &str, server: &Server, trusted: &Authority) {
    let answer = ask(&server.address, trusted);
    let Err(Failure::NotSent(why) | Failure::Lost(why)) = &answer else { panic!("{what}: {answer:?}") };
    assert!(!why.contains(CANARY), "{what}: {why}");
    assert_eq!(server.seen(), Vec::<String>::new(), "{what}: the server read a request");
}

fn ok() -> Taken {
    Taken::text("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
}

#[test]
fn certificates_that_prove_nothing_are_refused() {
    let (ours, others) = (Authority::new(), Authority::new());
    let here = ["localhost"];
    refused("self-signed", &Server::tls(&Authority::self_signed(&here), ok()), &ours);
    refused("expired", &Server::tls(&ours.certificate(&here, true), ok()), &ours);
    refused("wrong host", &Server::tls(&ours.certificate(&["example.com"], false), ok()), &ours);
    refused("unknown authority", &Server::tls(&others.certificate(&here, false), ok()), &ours);
    // The control: the same server with a good certificate is spoken to.
    let good = Server::tls(&ours.certificate(&here, false), ok());
    assert_eq!(ask(&good.address, &ours).unwrap().status, 200);
    assert!(good.seen()[0].contains(CANARY));
}

#[test]
fn several_certificates_in_a_file_are_all_trusted() {
    let (first, second) = (Authority::new(), Authority::new());
    let both = format!("# ours\n{}\n{}", first.pem(), second.pem());
    let settings = Settings::default().with_certificates(both.into_bytes()).unwrap();
    for authority in [&first, &second] {
        let server = Server::tls(&authority.certificate(&["localhost"], false), ok());
        assert_eq!(post(&server.address, &settings, &[], Vec::new()).unwrap().status, 200);
    }
}

/// Reads one record of TLS: its type and what is in it.
fn record(stream: &mut TcpStream) -> Option<(u8, Vec<u8>)> {
    let mut head = [0_u8; 5];
    stream.read_exact(&mut head).ok()?;
    let mut inside = vec![0_u8; usize::from(u16::from_be_bytes([head[3], head[4]]))];
    stream.read_exact(&mut inside).ok()?;
    Some((head[0], inside))
}

#[test]
fn tls_1_1_is_refused() {
    let (port, accepted) = listener();
    let answers = Arc::new(Mutex::new(Vec::new()));
    let kept = answers.clone();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = accepted.accept().unwrap();
        let (kind, _) = record(&mut stream).unwrap();
        assert_eq!(kind, 22, "a handshake");
        // ServerHello of TLS 1.1: version 3.2, random, no session, ECDHE-RSA-AES128-SHA, no compression.
        let mut hello = vec![2, 0, 0, 38, 3, 2];
        hello.extend([7_u8; 32]);
        hello.extend([0, 0xC0, 0x13, 0]);
        let mut sent = vec![22, 3, 2, 0, u8::try_from(hello.len()).unwrap()];
        sent.extend(hello);
        stream.write_all(&sent).unwrap();
        while let Some((kind, inside)) = record(&mut stream) {
            kept.lock().unwrap().push((kind, inside));
        }
    });
    let answer = ask(&format!("https://localhost:{port}"), &Authority::new());
    assert!(matches!(answer, Err(Failure::NotSent(_))), "{answer:?}");
    server.join().unwrap();
    // A fatal alert, protocol_version (70), and nothing else.
    assert_eq!(*answers.lock().unwrap(), [(21, vec![2, 70])]);
}

#[test]
fn plain_text_where_tls_should_be_is_refused() {
    let plain = Server::plain(ok());
    let address = plain.address.replace("http://", "https://");
    let answer = ask(&address, &Authority::new());
    assert!(matches!(answer, Err(Failure::NotSent(_))), "{answer:?}");
    // What arrived is the beginning of a handshake, no request.
    assert!(!plain.raw().windows(CANARY.len()).any(|w| w == CANARY.as_bytes()));
    // And without TLS nothing is asked but on this machine.
    let settings = Settings::default();
    for address in ["http://example.com/", "http://10.0.0.1/", "ftp://localhost/", "http://me@localhost/"] {
        assert!(matches!(post(address, &settings, &[], Vec::new()), Err(Failure::NotSent(_))), "{address}");
    }
}

#[test]
fn redirects_are_not_followed_to_another_host_or_scheme() {
    let ours = Authority::new();
    let certificate = ours.certificate(&["localhost"], false);
    let second = Server::tls(&ours.certificate(&["127.0.0.1", "localhost"], false), ok());
    let downgraded = Server::plain(ok());
    let other_host = second.address.replace("localhost", "127.0.0.1");
    for status in [301, 302, 303, 307, 308] {
        for to in [&other_host, &downgraded.address] {
            let moved = format!(
                "HTTP/1.1 {status} Moved\r\nLocation: {to}/upload\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            );
            let first = Server::tls(&certificate, Taken::text(&moved));
            let reply = ask(&first.address, &ours).unwrap();
            assert!(reply.status == status && !reply.fine(), "{status}");
            assert_eq!(first.seen().len(), 1);
        }
    }
    std::thread::sleep(std::time::Duration::from_millis(200));
    assert_eq!((second.seen().len(), downgraded.raw().len()), (0, 0), "the second host was asked");
    // The control: both would have answered.
    assert_eq!(ask(&other_host, &ours).unwrap().status, 200);
    assert_eq!(ask(&downgraded.address, &ours).unwrap().status, 200);
}

#[test]
fn the_program_runs_over_tls_with_an_authority_of_its_own_and_refuses_without() {
    let authority = Authority::new();
    let w = little_at(NOBODY);
    let practice = w.serve(&["--require-auth"]);
    let front =
        Server::tls(&authority.certificate(&["localhost"], false), Taken::Forward(practice.address.clone()));
    w.goes_to(&front.address);
    let untrusted = w.run(&["run", "little", "--env", "there"], &[("PRACTICE_KEY", CANARY)]).exits(1);
    let _ = untrusted.says("E502").says("certificate");
    assert_eq!(front.seen().len(), 0);
    w.w.write("certs/corporate.pem", &authority.pem());
    w.w.edit("crosswalk.toml", "# more", "ca = \"certs/corporate.pem\"");
    let trusted = w.run(&["run", "little", "--env", "there"], &[("PRACTICE_KEY", CANARY)]).exits(0);
    let _ = trusted.says("accepted");
    assert!(front.seen().iter().all(|r| r.to_lowercase().contains(&format!("api-key: {CANARY}"))));
    assert!(front.seen().len() >= 3, "account, upload, poll");
}

#[test]
fn the_program_does_not_follow_a_redirect_with_its_credentials() {
    let authority = Authority::new();
    let second = Server::plain(ok());
    for status in [302, 307, 308] {
        let moved = format!(
            "HTTP/1.1 {status} Moved\r\nLocation: {}/x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            second.address
        );
        let first = Server::tls(&authority.certificate(&["localhost"], false), Taken::text(&moved));
        let w = little_at(&first.address);
        w.w.write("certs/corporate.pem", &authority.pem());
        w.w.edit("crosswalk.toml", "# more", "ca = \"certs/corporate.pem\"");
        let ran = w.run(&["run", "little", "--env", "there"], &[("PRACTICE_KEY", CANARY)]);
        assert!(ran.code == 1 && !ran.err.contains(CANARY), "{ran:?}");
        assert!(!first.seen().is_empty());
    }
    assert_eq!(second.raw().len(), 0, "the second host was asked");
}
