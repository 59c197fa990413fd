//! `crosswalk turnup`: a new client is tested by reads, then its environment is written, and one mapping serves it.

use crate::workspace::{Ran, Workspace, root};
use crosswalk::rehearsal::{Options, Rehearsal};
use crosswalk::spec::platform::parse;

const FILE: &str = "# our clients\n[env.rehearsal]\nvars = { client = \"C1\" }   # for practice\n";

fn workspace() -> (Workspace, Rehearsal) {
    let w = Workspace::empty();
    let from = |name: &str| std::fs::read_to_string(root().join(name)).unwrap();
    let file = from("mappings/platforms/example-rest.toml");
    let file = file.replace(
        "practice = { C1 = [\"10\", \"20\"] }",
        "practice = { C1 = [\"10\", \"20\"], D2 = [\"7\"] }",
    );
    w.write("mappings/platforms/example-rest.toml", &file);
    let mapping = from("tests/fixtures/example-rest/shop.toml");
    // What a client's environment says is used in an expression.
    w.write(
        "mappings/shop.toml",
        &mapping.replace("segment = \"Segment\"", "segment = '=env.default_segment + \" \" + env.clubs'"),
    );
    for name in ["customers", "orders"] {
        w.write(&format!("in/{name}.csv"), &from(&format!("tests/fixtures/example-rest/{name}.csv")));
    }
    w.write("crosswalk.toml", FILE);
    let platform = parse("example-rest", &file).unwrap();
    let server = Rehearsal::start(&platform, &w.path("server"), Options::default()).unwrap();
    (w, server)
}

fn call(w: &Workspace, arguments: &[&str]) -> Ran {
    Ran::of(w.command(arguments).env("OSLO", "canary-token"))
}

fn file(w: &Workspace) -> String {
    std::fs::read_to_string(w.path("crosswalk.toml")).unwrap()
}

#[test]
fn a_client_is_tested_written_and_served() {
    let (w, server) = workspace();
    let at = server.address();
    let oslo = [
        "turnup",
        "example-rest",
        "--env",
        "oslo",
        "--client",
        "C1",
        "--club",
        "10",
        "--club",
        "20",
        "--at",
        &at,
        "--secret",
        "token=OSLO",
    ];
    call(&w, &oslo).exits(0).says("Client C1").says("Club 20").says("Rehearsal").says("--env oslo");
    let text = file(&w);
    assert!(text.starts_with(FILE), "{text}");
    assert!(
        text.contains("[env.oslo]\nplatform = \"example-rest\"\n") && text.contains("token = \"OSLO\""),
        "{text}"
    );
    assert!(
        text.contains("client = \"C1\"")
            && text.contains("clubs = \"10,20\"")
            && text.contains("default_segment = \"Import\""),
        "{text}"
    );
    assert!(!text.contains("canary"));

    call(&w, &oslo).exits(2).says("--replace");
    assert_eq!(file(&w), text, "refused, nothing is written");
    let again = [&oslo[..], &["--replace", "--option", "default_segment=Neu"]].concat();
    call(&w, &again).exits(0).says("written anew");
    assert_eq!(file(&w), text.replace("\"Import\"", "\"Neu\""));

    let bergen =
        ["turnup", "example-rest", "--client", "D2", "--club", "7", "--at", &at, "--secret", "token=OSLO"];
    call(&w, &bergen).exits(0).says("--env D2");
    for (env, segment) in [("oslo", "Neu 10,20"), ("D2", "Import 7")] {
        call(&w, &["run", "shop", "--env", env]).exits(0).says("6 accepted");
        let found = server
            .with_store(|db| {
                db.rows("SELECT name FROM value_list WHERE list = 'segment' ORDER BY n DESC", [], |r| {
                    r.get::<_, String>(0)
                })
            })
            .unwrap();
        assert_eq!(found[0], segment);
    }
}

#[test]
fn what_is_missing_or_not_known_writes_nothing() {
    let (w, server) = workspace();
    let at = server.address();
    call(&w, &["turnup", "example-rest"]).exits(2).says("--client ID").says("--club ID").says("--at URL");
    let with = |client: &str, club: &str, secret: &str, more: &[&str]| {
        let all = [
            "turnup",
            "example-rest",
            "--client",
            client,
            "--club",
            club,
            "--at",
            &at,
            "--secret",
            secret,
            "--env",
            "n",
        ];
        call(&w, &[&all[..], more].concat())
    };
    with("C9", "10", "token=OSLO", &[]).exits(1).says("knows no client C9").says("call again with --client");
    with("C1", "99", "token=OSLO", &[]).exits(1).says("knows no club 99");
    with("C1", "10", "token=NOT_SET", &[]).exits(1).says("NOT_SET");
    with("C1", "10", "token=OSLO", &["--option", "defualt_segment=x"]).exits(2).says("default_segment");
    with("..", "10", "token=OSLO", &[]).exits(1);
    call(
        &w,
        &[
            "turnup",
            "example-rest",
            "--client",
            "C1",
            "--club",
            "10",
            "--at",
            "http://example.com",
            "--secret",
            "token=OSLO",
        ],
    )
    .exits(1)
    .says("https");
    assert_eq!(file(&w), FILE);
}
