use super::*;
use crate::platform::{Backoff, Body, Member, Part, Secret, Series, Transport as _};
use crate::spec::platform::{Platform, embedded, parse};
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};

fn batch_of_lockstep() -> Platform {
    let platform = parse("lockstep", embedded("lockstep").unwrap()).unwrap();
    let mut platform = platform.by("batch").unwrap();
    platform.transport.per_second = 1000;
    platform
}

/// Answers each request with the same; gives the address and what was asked.
fn server(answer: &'static str) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (tell, told) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = Vec::new();
            let mut chunk = [0_u8; 65536];
            loop {
                let n = stream.read(&mut chunk).unwrap();
                request.extend_from_slice(&chunk[..n]);
                let text = String::from_utf8_lossy(&request).into_owned();
                let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
                let length = head
                    .lines()
                    .find_map(|l| l.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
                if body.len() >= length.unwrap_or(0) || n == 0 {
                    break;
                }
            }
            let _ = tell.send(String::from_utf8(request).unwrap());
            let head = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: ";
            let _ = stream.write_all(format!("{head}{}\r\n\r\n{answer}", answer.len()).as_bytes());
        }
    });
    (address, told)
}

fn parts() -> Vec<Part> {
    let part = |model: &str, lines: &str| Part {
        model: model.into(),
        body: Body { name: "x.jsonl".into(), bytes: lines.into() },
        members: vec![Member { key: "A".into(), kind: "new".into(), remote: None }],
    };
    vec![
        part("CompanySyncModel", "{\"erpKey\":\"A\"}\n{\"erpKey\":\"B\"}\n"),
        part("PaymentAppliedSyncModel", "{\"paymentAppliedAmount\":90071992547409.93}\n"),
    ]
}

fn batch<'a>(parts: &'a [Part], series: Option<Series<'a>>) -> Batch<'a> {
    Batch { id: "the-id", plan: "p", run: 1, number: 2, series, parts, owners: None }
}

fn client(platform: &Platform, address: &str) -> JsonBatch {
    JsonBatch::of(Caller::new(platform, address, Some(&Secret::new("canary")), Backoff::seeded(1)).unwrap())
}

#[test]
fn the_body_has_an_array_a_record_type_and_the_place_in_the_series() {
    let mut platform = batch_of_lockstep();
    let parts = parts();
    let text = |p: &Platform, series| {
        String::from_utf8(client(p, "http://127.0.0.1:9").body(&batch(&parts, series))).unwrap()
    };
    let arrays = r#""companies":[{"erpKey":"A"},{"erpKey":"B"}],"paymentApplications":[{"paymentAppliedAmount":90071992547409.93}]"#;
    assert_eq!(text(&platform, None), format!("{{{arrays}}}"));
    platform.transport.series = Some(crate::spec::platform::Series {
        current: "currentBatch".into(),
        total: "totalBatches".into(),
        parent: "parentSyncRequestId".into(),
    });
    let first = Series { current: 1, total: 2, parent: None };
    assert_eq!(text(&platform, Some(first)), format!(r#"{{"currentBatch":1,"totalBatches":2,{arrays}}}"#));
    let second = text(&platform, Some(Series { current: 2, total: 2, parent: Some("a\"b") }));
    assert!(second.contains(r#""parentSyncRequestId":"a\"b","#), "{second}");
    let names = platform.transport.series.clone().unwrap();
    assert_eq!(names.in_query("/zip", 1, 2, None), "/zip?currentBatch=1&totalBatches=2");
    assert_eq!(
        names.in_query("/zip?a=1", 2, 2, Some("x")),
        "/zip?a=1&currentBatch=2&totalBatches=2&parentSyncRequestId=x"
    );
}

#[test]
fn it_is_posted_with_a_bearer_token_and_its_own_id_and_polled() {
    let mut platform = batch_of_lockstep();
    let auth = platform.auth.as_mut().unwrap();
    (auth.header, auth.prefix) = ("Authorization".into(), "Bearer ".into());
    platform.transport.idempotency = Some("Idempotency-Key".into());
    let (address, asked) = server(r#"{"syncRequestId":"s-1","statusCode":"Ready"}"#);
    let (client, parts) = (client(&platform, &address), parts());
    assert_eq!(client.send(&batch(&parts, None)), Sent::Accepted { id: "s-1".into() });
    let request = asked.recv().unwrap().to_lowercase();
    assert!(request.starts_with("post /api/v1/sync/batch http/1.1"), "{request}");
    for header in
        ["authorization: bearer canary", "idempotency-key: the-id", "content-type: application/json"]
    {
        assert!(request.contains(header), "{header} in {request}");
    }
    let logged = client.requests();
    assert_eq!(
        (logged.len(), logged[0].path.as_str(), logged[0].status),
        (1, "/api/v1/Sync/batch", Some(200))
    );
    assert_eq!(client.requests(), []);
}

#[test]
fn without_a_poll_the_answer_is_the_end() {
    let mut platform = batch_of_lockstep();
    platform.transport.poll = None;
    let (address, _asked) = server(r#"{"statusCode":"Success","details":{"companies":{"insertCount":2}}}"#);
    let parts = parts();
    let sent = client(&platform, &address).send(&batch(&parts, None));
    assert!(
        matches!(&sent, Sent::Answered { answer } if answer.state == "Success" && answer.models.len() == 1),
        "{sent:?}"
    );
}

#[test]
fn it_is_given_up_where_the_platform_file_says_how() {
    let mut platform = batch_of_lockstep();
    let (address, asked) = server("{}");
    assert!(!client(&platform, &address).cancel("a/b").unwrap(), "lockstep cannot cancel a batch");
    platform.transport.cancel = Some("/api/v1/Sync/{id}".into());
    assert!(client(&platform, &address).cancel("a/b").unwrap());
    assert!(asked.recv().unwrap().starts_with("DELETE /api/v1/Sync/a%2Fb "));
}
