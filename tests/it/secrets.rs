//! Secrets: where they are found, and that they are written nowhere (S9).

use crate::canary::{Canary, below};
use crate::loopback::{Server, Taken};
use crate::there::{NOBODY, Practice, There, little_at};
use crate::workspace::Ran;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

const RUN: &[&str] = &["run", "little", "--env", "there"];

/// A workspace whose platform wants credentials, with this as `secret`.
fn with(secret: &str) -> (There, Practice) {
    let there = little_at(NOBODY);
    let practice = there.serve(&["--require-auth"]);
    there.goes_to(&practice.address);
    there.w.edit("crosswalk.toml", "\"PRACTICE_KEY\"", secret);
    (there, practice)
}

fn private(there: &There, name: &str, text: &str) {
    there.w.write(name, text);
    std::fs::set_permissions(there.w.path(name), std::fs::Permissions::from_mode(0o600)).unwrap();
}

#[test]
fn a_secret_is_found_in_each_of_its_places() {
    let (there, _practice) = with("\"PRACTICE_KEY\"");
    let _ = there.run(RUN, &[]).exits(1).says("E510").says("PRACTICE_KEY").says(".env");
    private(&there, ".env", "export PRACTICE_KEY=\"practice\"  # for the tests\n");
    let first = there.run(RUN, &[]).exits(0).says("accepted");
    assert!(!first.err.contains("E521"), "{}", first.err);
    // An empty variable is set: it hides the line of .env.
    let _ = there.run(RUN, &[("PRACTICE_KEY", " ")]).exits(1).says("E510");
    there.w.edit("crosswalk.toml", "\"PRACTICE_KEY\"", "{ env = \"PRACTICE_KEY\" }");
    let _ = there.run(RUN, &[]).exits(0);
    std::fs::remove_file(there.w.path(".env")).unwrap();
    let _ = there.run(RUN, &[("PRACTICE_KEY", "practice")]).exits(0);
    there.w.edit(
        "crosswalk.toml",
        "{ env = \"PRACTICE_KEY\" }",
        "{ command = [\"/bin/cat\", \"keys/practice\"] }",
    );
    let _ = there.run(RUN, &[]).exits(1).says("E520").says("exit status: 1").says("crosswalk.toml");
    private(&there, "keys/practice", "practice\n");
    let _ = there.run(RUN, &[]).exits(0);
}

#[test]
fn a_keychain_that_is_not_there_is_told_with_its_place() {
    let (there, _practice) = with("{ keychain = \"crosswalk/there\" }");
    let nowhere = [("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")];
    let ran = there.run(RUN, &nowhere).exits(1).says("E520").says("keychain").says("crosswalk.toml");
    let _ = ran.says("api_key").says("environment variable or a command");
}

/// Everything that was said and written, looked through.
struct Watch {
    canaries: Vec<Canary>,
    said: Vec<String>,
}

impl Watch {
    fn ran(&mut self, what: &str, ran: &Ran) {
        for canary in &self.canaries {
            for (stream, text) in [("stdout", &ran.out), ("stderr", &ran.err)] {
                for form in canary.forms_in(text.as_bytes()) {
                    self.said.push(format!("{what}: {stream} holds {} ({form})", canary.value));
                }
            }
        }
    }

    fn files(&mut self, what: &str, folder: &Path) {
        for canary in &self.canaries {
            let (found, looked) = canary.files_in(folder);
            assert!(looked > 20, "{what}: only {looked} files were there");
            self.said.extend(found.into_iter().map(|f| format!("{what}: {f}")));
        }
    }
}

/// Files and folders below `.crosswalk` that others may read.
fn open_to_others(folder: &Path) -> Vec<String> {
    below(folder)
        .into_iter()
        .filter_map(|path| {
            let mode = std::fs::symlink_metadata(&path).ok()?.permissions().mode() & 0o777;
            let right = if path.is_dir() { 0o700 } else { 0o600 };
            (mode != right).then(|| format!("{mode:o} {}", path.display()))
        })
        .collect()
}

#[test]
fn the_secret_is_written_and_said_nowhere() {
    let (key, hook, mail, slack) =
        ("c4nary-key+/=&%~Zx9", "c4nary-hook+/=&%~Q", "c4nary-mail+/=&%~W", "T0/c4nary-slack-E");
    let there = little_at(NOBODY);
    let temporary = there.w.path("tmp");
    std::fs::create_dir_all(&temporary).unwrap();
    let temporary = temporary.display().to_string();
    // Who is told things refuses them, with all that was said.
    let receiver = Server::plain(Taken::Echo(404));
    let slack_url = format!("{}/{slack}", receiver.address);
    let variables = [
        ("PRACTICE_KEY", key),
        ("HOOK_KEY", hook),
        ("MAIL_KEY", mail),
        ("SLACK_URL", &slack_url),
        ("TMPDIR", &temporary),
        ("CROSSWALK_TRACE_SQL", "1"),
        ("RUST_BACKTRACE", "full"),
    ];
    let toml = std::fs::read_to_string(there.w.path("crosswalk.toml")).unwrap();
    let sections = "\n[notify.hook]\nkind = \"webhook\"\nurl = \"RECEIVER/x\"\nsecret = { sign = \"HOOK_KEY\" }\n\
         \n[notify.team]\nkind = \"slack\"\nsecret = { url = \"SLACK_URL\" }\n\
         \n[notify.post]\nkind = \"smtp\"\nserver = \"127.0.0.1\"\nport = 1\ntls = \"none\"\nuser = \"bot\"\nfrom = \"a@example.com\"\n\
         to = \"b@example.com\"\nsecret = { password = \"MAIL_KEY\" }\n";
    there.w.write("crosswalk.toml", &format!("{toml}{}", sections.replace("RECEIVER", &receiver.address)));
    let canaries = [key, hook, mail, slack].map(Canary::new).into();
    let mut watch = Watch { canaries, said: Vec::new() };
    let mut calls = 0;
    let mut call = |what: &str, words: &[&str]| -> i32 {
        let ran = there.run(words, &variables);
        calls += 1;
        watch.ran(&format!("{what} {words:?}"), &ran);
        ran.code
    };

    assert_eq!(call("nobody there", RUN), 1);
    assert_eq!(call("notifications", &["notify", "test"]), 1);
    // A server that says what it was told, credentials and all.
    for status in [200, 400, 401, 500] {
        let echo = Server::plain(Taken::Echo(status));
        there.goes_to(&echo.address);
        assert_eq!(call(&format!("echo {status}"), RUN), 1);
        assert!(echo.seen()[0].contains("c4nary-key"), "the control: it was told");
    }
    for (fault, _) in crosswalk::rehearsal::Mode::WORDS {
        let practice = there.serve(&["--require-auth", "--fault", fault]);
        there.goes_to(&practice.address);
        call(fault, RUN);
    }
    let practice = there.serve(&["--require-auth"]);
    there.goes_to(&practice.address);
    kill(&there, &variables);
    let _ = call("after the kill", RUN);
    crate::generated::customers_of(&there.w, 4, "AG");
    assert_eq!(call("plan", &["plan", "little", "--env", "there"]), 0);
    assert_eq!(call("apply", &["apply", "little", "--env", "there"]), 0);
    for words in [
        &["status", "--env", "there"][..],
        &["explain", "little", "company", "000001", "--env", "there"],
        &["show", "1", "--html", "page.html"],
        &["show", "1"],
        &["check"],
        &["help", "E510"],
    ] {
        call("looking", words);
    }
    // Another account than the one bound.
    there.w.edit("mappings/platforms/lockstep.toml", "is = \"/accountName\"", "is = \"/environment\"");
    crate::generated::customers_of(&there.w, 5, "KG");
    assert_eq!(call("another account", RUN), 1);

    assert!(calls > 20, "{calls}");
    let told = receiver.seen().concat();
    assert!(told.contains(slack) && !told.contains(key), "the control: Slack's address was used");
    watch.files("below the workspace", there.w.folder());
    assert!(watch.said.is_empty(), "{} hits:\n{}", watch.said.len(), watch.said.join("\n"));
    let open = open_to_others(&there.w.path(".crosswalk"));
    assert!(open.is_empty(), "others may read:\n{}", open.join("\n"));
    there.w.write("planted.txt", &format!("x{}x", watch.canaries[0].value));
    watch.files("planted", there.w.folder());
    assert_eq!(watch.said.len(), 1, "the control is found: {:?}", watch.said);
}

/// http Basic writes the secret in base64, and a short one is a secret too: servers that say what they were told.
#[test]
fn credentials_in_base64_and_short_ones_are_said_nowhere() {
    let (login, password, short) = ("bot:c4nary-basic+/=&%~Q", "c4nary-basic+/=&%~Q", "c4n/Ry+7~xQ");
    let there = little_at(NOBODY);
    let platform = "mappings/platforms/lockstep.toml";
    let api_key = r#"header = "Api-Key", secret = "api_key""#;
    let basic = r#"header = "Authorization", prefix = "Basic ", encode = "base64", secret = "api_key""#;
    let text = std::fs::read_to_string(there.w.path(platform)).unwrap();
    let canaries = [login, password, short].map(Canary::new).into();
    let mut watch = Watch { canaries, said: Vec::new() };
    for (auth, key, on_the_wire) in
        [(api_key, short, short), (basic, login, "Basic Ym90OmM0bmFyeS1iYXNpYysvPSYlflE=")]
    {
        there.w.write(platform, &text.replacen(api_key, auth, 1));
        for status in [200, 400, 401, 500] {
            let echo = Server::plain(Taken::Echo(status));
            there.goes_to(&echo.address);
            let ran = there.run(RUN, &[("PRACTICE_KEY", key)]).exits(1);
            watch.ran(&format!("{key}, {status}"), &ran);
            assert!(echo.seen()[0].contains(on_the_wire), "the control: it was told\n{}", echo.seen()[0]);
        }
    }
    watch.files("below the workspace", there.w.folder());
    assert!(watch.said.is_empty(), "{} hits:\n{}", watch.said.len(), watch.said.join("\n"));
}

/// Begins a run and kills it on its way.
fn kill(there: &There, variables: &[(&str, &str)]) {
    let mut command = there.w.command(RUN);
    let mut child = command
        .envs(variables.iter().copied())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(std::time::Duration::from_millis(700));
    drop(child.kill());
    child.wait().unwrap();
}

#[test]
fn the_search_sees_into_plans_and_states() {
    let value = "c4nary-in-the-data-7731";
    let canary = Canary::new(value);
    let (there, _practice) = with("\"PRACTICE_KEY\"");
    crate::generated::customers_of(&there.w, 3, value);
    let _ = there.run(RUN, &[("PRACTICE_KEY", "practice")]).exits(0);
    let (found, _) = canary.files_in(&there.w.path(".crosswalk/there"));
    for name in [".plan", "state.duckdb", ".html"] {
        assert!(found.iter().any(|f| f.contains(name)), "{name} is not among {found:?}");
    }
}
