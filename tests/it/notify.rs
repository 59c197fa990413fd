//! Notifications after a run, against receivers on loopback: a webhook that verifies the signature, Slack, a mail server.

use crate::loopback::{Authority, Server, Taken, listener};
use crate::there::{NOBODY, Practice, There, little_at};
use crate::workspace::Ran;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::sync::{Arc, Mutex};

const RUN: &[&str] = &["run", "little", "--env", "there"];
const KEYS: &[(&str, &str)] =
    &[("PRACTICE_KEY", "practice"), ("HOOK_KEY", "the key of the hook"), ("MAIL_KEY", "pass word")];

/// A workspace that works, and its practice platform.
fn working(notify: &str) -> (There, Practice) {
    let there = little_at(NOBODY);
    let practice = there.serve(&["--require-auth"]);
    there.goes_to(&practice.address);
    add(&there, notify);
    (there, practice)
}

fn add(there: &There, notify: &str) {
    let toml = std::fs::read_to_string(there.w.path("crosswalk.toml")).unwrap();
    there.w.write("crosswalk.toml", &format!("{toml}\n{notify}\n"));
}

fn hook(address: &str) -> String {
    format!(
        "[notify.hook]\nkind = \"webhook\"\nurl = \"{address}/crosswalk\"\nsecret = {{ sign = \"HOOK_KEY\" }}"
    )
}

/// A request: its headers in small letters, and its body.
fn parts(request: &str) -> (Vec<(String, String)>, String) {
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let headers = head.lines().skip(1).filter_map(|l| l.split_once(": "));
    (headers.map(|(n, v)| (n.to_lowercase(), v.to_owned())).collect(), body.to_owned())
}

/// Verifies as docs/notifications.md tells a receiver to.
fn verifies(key: &str, request: &str) -> bool {
    let (headers, body) = parts(request);
    let header = |name: &str| headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone()).unwrap();
    let signature = header("x-crosswalk-signature");
    let given: Vec<u8> = (7..signature.len())
        .step_by(2)
        .map(|n| u8::from_str_radix(&signature[n..n + 2], 16).unwrap())
        .collect();
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(format!("{}.{body}", header("x-crosswalk-timestamp")).as_bytes());
    signature.starts_with("sha256=") && mac.verify_slice(&given).is_ok()
}

fn events(server: &Server) -> Vec<String> {
    server.seen().iter().map(|r| json(r)["event"].as_str().unwrap().to_owned()).collect()
}

fn json(request: &str) -> Value {
    serde_json::from_str(&parts(request).1).unwrap()
}

#[test]
fn a_failure_is_told_once_and_the_recovery_once() {
    let server = Server::plain(Taken::statuses(&[200]));
    let (there, practice) = working(&hook(&server.address));
    let _ = there.run(RUN, KEYS).exits(0);
    assert_eq!(events(&server), [""; 0], "that it works is no news");
    for night in 1..=7 {
        if night == 1 {
            crate::generated::customers_of(&there.w, 3, "AG");
            there.goes_to(NOBODY);
        }
        let _ = there.run(RUN, KEYS).exits(1).says("E502");
    }
    assert_eq!(events(&server), ["failed"], "a week of failures is told once");
    there.goes_to(&practice.address);
    for _ in 0..2 {
        let _ = there.run(RUN, KEYS).exits(0);
    }
    assert_eq!(events(&server), ["failed", "recovered"]);
    crate::generated::customers_of(&there.w, 3, "KG");
    there.goes_to(NOBODY);
    let _ = there.run(RUN, KEYS).exits(1);
    assert_eq!(events(&server), ["failed", "recovered", "failed"]);
    for request in server.seen() {
        assert!(verifies("the key of the hook", &request), "{request}");
        let timestamp = parts(&request).0.into_iter().find(|(n, _)| n == "x-crosswalk-timestamp").unwrap().1;
        assert_eq!(timestamp, "1790964000", "the clock of the call");
    }
}

#[test]
fn what_is_told_says_what_to_do_and_holds_no_value() {
    let server = Server::plain(Taken::statuses(&[200]));
    let (there, _practice) = working(&hook(&server.address));
    // A guard: the first load of a mapping with the usual limits.
    there.w.edit("mappings/little.toml", "floor = 1000", "floor = 1");
    let _ = there.run(RUN, KEYS).exits(4);
    // A bad cell, with the guard out of the way.
    there.w.edit("mappings/little.toml", "floor = 1", "floor = 1000");
    let customers = std::fs::read_to_string(there.w.path("in/customers.csv")).unwrap();
    there.w.write("in/customers.csv", &format!("{customers}000099,Secret Customer,12345,Atlantis,\n"));
    let _ = there.run(RUN, KEYS).exits(3);
    // Known already: exit code 0, and still no recovery.
    let _ = there.run(RUN, KEYS).exits(0);
    let told: Vec<Value> = server.seen().iter().map(|r| json(r)).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert_eq!((&told[0]["event"], &told[1]["event"]), (&"guard".into(), &"rejected".into()));
    let next = |n: usize| told[n]["next"].to_string();
    assert!(
        next(0).contains("crosswalk show 1")
            && next(0).contains("crosswalk apply little 1 --allow company.new=3"),
        "{}",
        next(0)
    );
    assert!(next(1).contains("crosswalk show 2"), "{}", next(1));
    assert_eq!(told[1]["outcomes"]["rejected"], 1);
    assert_eq!((&told[1]["mapping"], &told[1]["environment"]), (&"little".into(), &"there".into()));
    assert_eq!(told[1]["run"]["plan"], 2);
    assert!(
        !server.seen().concat().contains("Atlantis") && !server.seen().concat().contains("Secret Customer")
    );
}

#[test]
fn a_changed_body_or_time_does_not_verify() {
    let server = Server::plain(Taken::statuses(&[200]));
    let there = little_at(NOBODY);
    add(&there, &hook(&server.address));
    let _ = there.run(&["notify", "test"], KEYS).exits(0).says("hook: sent.");
    let request = server.seen().remove(0);
    assert!(verifies("the key of the hook", &request));
    assert!(!verifies("another key", &request));
    assert!(!verifies("the key of the hook", &request.replace("\"test\"", "\"tests\"")));
    assert!(!verifies("the key of the hook", &request.replace("1790964000", "1790964001")));
    // Two messages are told apart, also when they say the same.
    let _ = there.run(&["notify", "test", "hook"], KEYS).exits(0);
    assert_ne!(json(&server.seen()[0])["id"], json(&server.seen()[1])["id"]);
}

#[test]
fn what_a_receiver_is_told_to_run_verifies() {
    let server = Server::plain(Taken::statuses(&[200]));
    let there = little_at(NOBODY);
    add(&there, &hook(&server.address));
    let _ = there.run(&["notify", "test"], KEYS).exits(0);
    let (headers, body) = parts(&server.seen()[0]);
    let header = |name: &str| headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone()).unwrap();
    there.w.write("body.json", &body);
    let page = std::fs::read_to_string(crate::workspace::root().join("docs/notifications.md")).unwrap();
    for (language, program) in [("python", "python3"), ("bash", "bash")] {
        let code = page.split(&format!("```{language}\n")).nth(1).unwrap().split("```").next().unwrap();
        let file = format!("verify.{language}");
        there.w.write(&file, code);
        for (body_name, changed, code) in [("body.json", "", 0), ("other.json", " ", 1)] {
            there.w.write(body_name, &format!("{body}{changed}"));
            let ran = std::process::Command::new(program)
                .current_dir(there.w.folder())
                .args([file.as_str(), body_name])
                .env("HOOK_KEY", "the key of the hook")
                .env("TIMESTAMP", header("x-crosswalk-timestamp"))
                .env("SIGNATURE", header("x-crosswalk-signature"))
                .env("NOW", header("x-crosswalk-timestamp"))
                .output()
                .unwrap();
            assert_eq!(ran.status.code(), Some(code), "{language} {body_name}: {ran:?}");
        }
    }
}

#[test]
fn what_cannot_be_told_is_a_warning_and_told_after_the_next_run() {
    // Three attempts of the first run fail for good, then it is taken.
    let server = Server::plain(Taken::statuses(&[500, 503, 500, 200]));
    let (there, practice) = working(&hook(&server.address));
    there.goes_to(NOBODY);
    let ran = there.run(RUN, KEYS).exits(1).says("E502").says("E523").says("status 500");
    assert!(ran.err.contains("warning[E523]"), "{}", ran.err);
    assert_eq!(server.seen().len(), 3, "bounded attempts");
    let first = server.seen();
    assert_eq!(parts(&first[0]).1, parts(&first[2]).1, "each attempt sends the same");
    let _ = there.run(RUN, KEYS).exits(1);
    assert_eq!(server.seen().len(), 4, "tried again after the next run");
    let _ = there.run(RUN, KEYS).exits(1);
    assert_eq!(server.seen().len(), 4);
    // A refusal is no reason to try again, and a run that is fine stays fine.
    let refusing = Server::plain(Taken::statuses(&[404]));
    there.w.edit("crosswalk.toml", &server.address, &refusing.address);
    there.goes_to(&practice.address);
    let _ = there.run(RUN, KEYS).exits(0).says("warning[E523]").says("status 404");
    assert_eq!(refusing.seen().len(), 1);
}

#[test]
fn filters_and_the_rehearsal_are_heeded() {
    let server = Server::plain(Taken::statuses(&[200]));
    let there = little_at(NOBODY);
    let section = |name: &str, more: &str| {
        hook(&server.address).replace("notify.hook", &format!("notify.{name}")) + "\n" + more
    };
    add(&there, &section("a", "on = [\"failed\"]"));
    add(&there, &section("b", "on = [\"guard\", \"rejected\"]"));
    add(&there, &section("c", "mapping = \"other\""));
    add(&there, &section("d", "env = [\"elsewhere\", \"there\"]\nmapping = [\"little\"]"));
    add(&there, &section("e", "env = \"elsewhere\""));
    let _ = there.run(RUN, KEYS).exits(1);
    assert_eq!(events(&server), ["failed", "failed"], "a and d");
    let told = std::fs::read_to_string(there.w.path(".crosswalk/there/notified.json")).unwrap();
    assert!(told.contains("\"a\"") && told.contains("\"d\"") && !told.contains("\"b\""), "{told}");
    // Nothing leaves this machine in the rehearsal.
    std::fs::remove_file(there.w.path("in/people.csv")).unwrap();
    let _ = there.run(&["run", "little", "--env", "rehearsal"], KEYS).exits(1).says("E101");
    assert_eq!(server.seen().len(), 2);
}

#[test]
fn slack_is_told_in_its_form() {
    let server =
        Server::plain(Taken::text("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"));
    let there = little_at(NOBODY);
    add(&there, "[notify.team]\nkind = \"slack\"\nsecret = { url = \"SLACK_URL\" }");
    let url = format!("{}/services/T0/B0/x", server.address);
    let keys = [("PRACTICE_KEY", "practice"), ("SLACK_URL", url.as_str())];
    let ran = there.run(RUN, &keys).exits(1);
    assert!(!ran.err.contains("E523"), "{}", ran.err);
    let request = server.seen().remove(0);
    assert!(request.starts_with("POST /services/T0/B0/x "));
    let Value::Object(body) = json(&request) else { panic!("{request}") };
    assert_eq!(body.keys().collect::<Vec<_>>(), ["text"]);
    let text = body["text"].as_str().unwrap();
    assert!(
        text.starts_with("*crosswalk: little in there: the run failed*\n") && text.contains("E502"),
        "{text}"
    );
}

/// A mail server of one mail a connection; gives what it was told, line by line. With a certificate it offers STARTTLS.
struct MailServer {
    port: u16,
    lines: Arc<Mutex<Vec<String>>>,
}

impl MailServer {
    fn start(tls: Option<Arc<rustls::ServerConfig>>, offers: bool) -> Self {
        let (port, listener) = listener();
        let lines = Arc::new(Mutex::new(Vec::new()));
        let kept = lines.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let stream = stream.unwrap();
                let mut plain = BufReader::new(stream);
                plain.get_mut().write_all(b"220 mail.example ESMTP\r\n").unwrap();
                if talk(&mut plain, &kept, offers) {
                    let config = tls.clone().unwrap();
                    let connection = rustls::ServerConnection::new(config).unwrap();
                    let stream = rustls::StreamOwned::new(connection, plain.into_inner());
                    talk(&mut BufReader::new(stream), &kept, false);
                }
            }
        });
        Self { port, lines }
    }

    fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }
}

/// Speaks SMTP (RFC 5321); ends with true when TLS is to begin.
fn talk<S: Read + Write>(stream: &mut BufReader<S>, kept: &Mutex<Vec<String>>, offers: bool) -> bool {
    let mut data = false;
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).unwrap_or(0) == 0 {
            return false;
        }
        let text = line.trim_end().to_owned();
        kept.lock().unwrap().push(text.clone());
        let verb = text.split(' ').next().unwrap_or_default().to_uppercase();
        let answer = match verb.as_str() {
            _ if data && text == "." => {
                data = false;
                "250 taken\r\n"
            }
            _ if data => continue,
            "EHLO" if offers => "250-mail.example\r\n250 STARTTLS\r\n",
            "EHLO" => "250-mail.example\r\n250 AUTH PLAIN LOGIN\r\n",
            "STARTTLS" => "220 begin\r\n",
            "AUTH" => "235 welcome\r\n",
            "DATA" => {
                data = true;
                "354 go on\r\n"
            }
            "QUIT" => "221 bye\r\n",
            _ => "250 fine\r\n",
        };
        if stream.get_mut().write_all(answer.as_bytes()).and_then(|()| stream.get_mut().flush()).is_err() {
            return false;
        }
        if verb == "STARTTLS" {
            return true;
        }
    }
}

fn post_section(server: &str, port: u16, more: &str) -> String {
    format!(
        "[notify.post]\nkind = \"smtp\"\nserver = \"{server}\"\nport = {port}\nfrom = \"crosswalk <bot@example.com>\"\n\
         to = [\"one@example.com\", \"two@example.com\"]\n{more}"
    )
}

#[test]
fn a_mail_is_sent_to_all_receivers() {
    let server = MailServer::start(None, false);
    let there = little_at(NOBODY);
    add(&there, &post_section("127.0.0.1", server.port, "tls = \"none\""));
    let ran = there.run(RUN, KEYS).exits(1);
    assert!(!ran.err.contains("E523"), "{}", ran.err);
    let lines = server.lines();
    let has = |text: &str| lines.iter().any(|l| l.contains(text));
    for text in [
        "MAIL FROM:<bot@example.com>",
        "RCPT TO:<one@example.com>",
        "RCPT TO:<two@example.com>",
        "Subject: crosswalk: little in there: the run failed",
        "E502 the platform could not be reached",
        "crosswalk run little --env there",
    ] {
        assert!(has(text), "{text} is not in {lines:#?}");
    }
    let _ = there.run(RUN, KEYS).exits(1);
    assert_eq!(server.lines().len(), lines.len(), "told once");
}

#[test]
fn a_login_is_sent_over_starttls_only() {
    let authority = Authority::new();
    let config = authority.certificate(&["localhost"], false).config();
    let more = "user = \"bot\"\nsecret = { password = \"MAIL_KEY\" }\nca = \"ca.pem\"";
    let test = |server: &MailServer| -> Ran {
        let there = little_at(NOBODY);
        there.w.write("ca.pem", &authority.pem());
        add(&there, &post_section("localhost", server.port, more));
        there.run(&["notify", "test"], KEYS)
    };
    let good = MailServer::start(Some(config), true);
    let _ = test(&good).exits(0).says("post: sent.");
    let lines = good.lines();
    let at = |text: &str| {
        lines.iter().position(|l| l.starts_with(text)).unwrap_or_else(|| panic!("{text}: {lines:?}"))
    };
    // printf '\0bot\0pass word' | base64
    assert!(at("STARTTLS") < at("AUTH PLAIN AGJvdABwYXNzIHdvcmQ="));
    // One that offers no encryption is told nothing.
    let bare = MailServer::start(None, false);
    let _ = test(&bare).exits(1).says("E523");
    assert!(
        !bare.lines().iter().any(|l| l.starts_with("AUTH") || l.starts_with("MAIL")),
        "{:?}",
        bare.lines()
    );
    // One with a certificate of somebody else neither.
    let strange = MailServer::start(Some(Authority::self_signed(&["localhost"]).config()), true);
    let _ = test(&strange).exits(1).says("E523");
    assert!(
        !strange.lines().iter().any(|l| l.starts_with("AUTH") || l.starts_with("MAIL")),
        "{:?}",
        strange.lines()
    );
}

#[test]
fn mistakes_in_a_section_are_told_at_their_place() {
    let there = little_at(NOBODY);
    let before = std::fs::read_to_string(there.w.path("crosswalk.toml")).unwrap();
    for (section, code, says) in [
        ("kind = \"fax\"", "E213", "webhook"),
        ("url = \"https://x\"", "E212", "kind"),
        ("kind = \"webhook\"\nurl = \"https://x\"", "E212", "sign"),
        ("kind = \"webhook\"\nsecret = { sign = \"A\" }", "E212", "url"),
        ("kind = \"slack\"\nurl = \"https://hooks.slack.com/services/x\"", "E212", "secret = { url"),
        (
            "kind = \"slack\"\nsecret = { url = \"https://hooks.slack.com/services/not-told\" }",
            "E235",
            "notify.x.secret.url",
        ),
        ("kind = \"slack\"\nsecret = { url = \"A\" }\non = [\"success\"]", "E213", "recovered"),
        ("kind = \"slack\"\nsecret = { url = \"A\" }\nto = \"x\"", "E202", "to"),
        (
            "kind = \"smtp\"\nserver = \"mail.example\"\nfrom = \"a@b.c\"\nto = \"a@b.c\"\ntls = \"none\"",
            "E235",
            "starttls",
        ),
        (
            "kind = \"smtp\"\nserver = \"mail.example\"\nfrom = \"a@b.c\"\nto = \"a@b.c\"\nuser = \"a\"",
            "E212",
            "password",
        ),
        (
            "kind = \"smtp\"\nserver = \"mail.example\"\nfrom = \"a@b.c\"\nto = \"a@b.c\"\nport = 70000",
            "E211",
            "65535",
        ),
    ] {
        there.w.write("crosswalk.toml", &format!("{before}\n[notify.x]\n{section}\n"));
        let ran = there.run(&["notify", "test"], &[]).exits(2).says(code).says(says).says("crosswalk.toml");
        assert!(!ran.err.contains("not-told"), "{}", ran.err);
    }
    there.w.write("crosswalk.toml", &before);
    let _ = there.run(&["notify", "test"], &[]).exits(2).says("E235").says("no notification");
    there.w.write(
        "crosswalk.toml",
        &format!("{before}\n[notify.team]\nkind = \"slack\"\nsecret = {{ url = \"A\" }}\n"),
    );
    let _ = there.run(&["notify", "test", "taem"], &[]).exits(2).says("Did you mean `team`?");
    let _ = there.run(&["notify", "test", "team"], &[]).exits(1).says("team: not sent.").says("E510");
}
