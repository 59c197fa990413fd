//! Ways of sending, from outside: JSON bodies, what an update carries, folders, refusals halved, outages, the ledger.

use crate::endpoint::{Asked, Endpoint};
use crate::store::Store;
use crate::workspace::{Ran, Workspace};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

const MINI: &str = r#"
[platform]
name    = "mini"
auth    = { header = "Authorization", prefix = "Bearer ", secret = "token" }
account = { get = "/me", is = "/name" }

[transport]
kind       = "json-batch"
upload     = { post = "/batch?tenant=secret-tenant" }
state      = "/state"
resend     = "upsert"
over_after = "0 s"
update     = "changed"
transient  = [500]
limits     = { records = 8, bytes = "1 MB", per_second = 1000 }

[way.folder]
kind   = "files"
format = "csv"

[answer]
lists    = "all"
final    = ["done"]
errors   = "/details/*/errors"
accepted = "/details/*/accepted"

[[model]]
name  = "Person"
array = "people"
answers = ["people"]
key   = ["id"]
field = [
  { name = "id", type = "text", required = true, doc = "Its key." },
  { name = "name", type = "text", doc = "Name." },
  { name = "city", type = "text", doc = "Town." },
  { name = "amount", type = "decimal", scale = 2, doc = "Amount." },
]
"#;

const MAPPING: &str = r#"
name     = "m"
platform = "mini"
[source.s]
file = "in/s.csv"
[record.person]
model = "Person"
from  = "s"
[record.person.fields]
id     = "Id"
name   = "Name"
city   = "City"
amount = "Amount"
[guard]
floor = 1000000
"#;

/// A workspace with the small platform at `address`.
pub fn mini(address: &str, rows: &str) -> Workspace {
    let workspace = Workspace::empty();
    workspace.write("mappings/platforms/mini.toml", MINI);
    workspace.write("mappings/m.toml", MAPPING);
    workspace.write("in/s.csv", &format!("Id,Name,City,Amount\n{rows}"));
    let env = format!("platform = \"mini\"\nat = \"{address}\"\nsecret = {{ token = \"MINI\" }}\n");
    workspace.write(
        "crosswalk.toml",
        &format!("[env.it]\n{env}[env.out]\nplatform = \"mini\"\nat = \"hand-over\"\nway = \"folder\"\n"),
    );
    workspace
}

fn call(workspace: &Workspace, arguments: &[&str]) -> Ran {
    Ran::of(workspace.command(arguments).env("MINI", "canary-token"))
}

/// Plans and applies, letting the guard pass that all is new.
fn send(workspace: &Workspace, env: &str, plan: u32) -> Ran {
    let planned = call(workspace, &["plan", "m", "--env", env]);
    assert!(matches!(planned.code, 0 | 4), "{planned:?}");
    let mut arguments = vec!["apply".to_owned(), "m".to_owned(), plan.to_string()];
    let said = format!("{}{}", planned.out, planned.err);
    arguments.extend(
        said.split_whitespace()
            .filter(|w| w.starts_with("person."))
            .filter(|w| w.contains('='))
            .flat_map(|w| ["--allow".to_owned(), w.trim_end_matches(['.', ',', ')']).to_owned()]),
    );
    arguments.dedup();
    call(workspace, &arguments.iter().map(String::as_str).collect::<Vec<_>>())
}

pub fn rows(n: u32) -> String {
    (1..=n).map(|i| format!("P{i:03},Name {i},Oslo,{i}.50\n")).collect()
}

fn people(body: &Value) -> Vec<Value> {
    body["people"].as_array().cloned().unwrap_or_default()
}

/// Takes all people and gives each an id.
fn take(body: &Value) -> (u16, String) {
    let ids: serde_json::Map<String, Value> = people(body)
        .iter()
        .map(|p| (p["id"].as_str().unwrap().to_owned(), json!(format!("id-{}", p["id"].as_str().unwrap()))))
        .collect();
    (200, json!({ "state": "done", "details": { "people": { "accepted": ids } } }).to_string())
}

fn platform(answer: impl Fn(&Asked) -> (u16, String) + Send + Sync + 'static) -> Endpoint {
    Endpoint::new(move |asked| match asked.method.as_str() {
        "GET" => (200, json!({ "name": "Mini Ltd" }).to_string()),
        _ => answer(asked),
    })
}

fn state(workspace: &Workspace, env: &str) -> Store {
    Store::open(&workspace.path(&format!(".crosswalk/{env}")))
}

#[test]
fn a_json_batch_answered_at_once_keeps_digits_ids_and_requests() {
    let there = platform(|asked| take(&asked.json()));
    let workspace = mini(&there.address, "P1,\"Kari \"\"K\"\"\",,90071992547409.93\nP2,Ola,Bergen,2\n");
    send(&workspace, "it", 1).exits(0).says("2 accepted.");
    let post = there.asked().into_iter().find(|a| a.method == "POST").unwrap();
    assert_eq!(
        post.body,
        r#"{"people":[{"id":"P1","name":"Kari \"K\"","city":null,"amount":90071992547409.93},{"id":"P2","name":"Ola","city":"Bergen","amount":2.00}]}"#
    );
    assert!(there.asked().iter().all(|a| a.authorization == "Bearer canary-token"));
    let store = state(&workspace, "it");
    assert_eq!(
        store.texts("SELECT key || ' ' || remote FROM state.main.outcome ORDER BY key"),
        ["P1 id-P1", "P2 id-P2"]
    );
    assert_eq!(
        store.texts("SELECT _remote FROM state.main.\"current_Person\" ORDER BY _key"),
        ["id-P1", "id-P2"]
    );
    let posts = store.texts(
        "SELECT concat_ws(' ', batch, attempt, request, status, bytes > 100, moment) FROM state.main.request WHERE starts_with(request, 'POST') ORDER BY ALL",
    );
    assert_eq!(posts, ["1 1 POST /batch?tenant 200 true 2026-10-02T18:00:00Z"]);
    let said = store.texts("SELECT to_json(r)::VARCHAR FROM state.main.request r").join("\n");
    assert!(!said.contains("canary") && !said.contains("secret-tenant"), "{said}");

    drop(store);
    // The second time only what changed goes, with the key; what was emptied is null.
    workspace.write(
        "in/s.csv",
        "Id,Name,City,Amount\nP1,\"Kari \"\"K\"\"\",Oslo,90071992547409.93\nP2,Ola,,2\nP3,New,,\n",
    );
    send(&workspace, "it", 2).exits(0).says("3 accepted.");
    let last = there.asked().into_iter().rfind(|a| a.method == "POST").unwrap();
    assert_eq!(
        last.body,
        r#"{"people":[{"id":"P1","city":"Oslo"},{"id":"P2","city":null},{"id":"P3","name":"New","city":null,"amount":null}]}"#
    );
}

#[test]
fn what_the_platform_cannot_be_told_is_refused_with_its_place() {
    let there = platform(|asked| take(&asked.json()));
    let workspace = mini(&there.address, "P1,Kari,Oslo,1\nP2,Ola,Bergen,2\n");
    workspace.edit(
        "mappings/platforms/mini.toml",
        "update     =",
        "clear      = \"impossible\"\nupdate     =",
    );
    send(&workspace, "it", 1).exits(0);
    workspace.write("in/s.csv", "Id,Name,City,Amount\nP1,Kari,,1\nP2,Ola,Oslo,2\nP3,New,,3\n");
    send(&workspace, "it", 2)
        .exits(3)
        .says("2 accepted, 1 rejected")
        .says("`city` was cleared (s.csv, line 2), and the platform cannot be told so");
    let last = there.posts().pop().unwrap();
    let keys: Vec<Value> = people(&last).iter().map(|p| p["id"].clone()).collect();
    assert_eq!(keys, ["P2", "P3"]);
    assert!(people(&last)[1].get("city").is_none(), "what was never there is left out");
    let store = state(&workspace, "it");
    assert_eq!(store.texts("SELECT city FROM state.main.\"current_Person\" WHERE _key = 'P1'"), ["Oslo"]);
}

#[test]
fn one_bad_record_in_an_upload_refused_as_a_whole_is_found() {
    let there = platform(|asked| {
        let body = asked.json();
        let bad = |p: &Value| ["P003", "P007"].contains(&p["id"].as_str().unwrap());
        if people(&body).iter().any(bad) {
            return (422, json!({ "title": "Invalid", "detail": "city is closed" }).to_string());
        }
        if people(&body).len() > 4 { (413, String::new()) } else { take(&body) }
    });
    let workspace = mini(&there.address, &rows(20));
    send(&workspace, "it", 1)
        .exits(3)
        .says("18 accepted, 2 rejected")
        .says("person P003  refused: status 422: Invalid: city is closed");
    let store = state(&workspace, "it");
    let rejected = "SELECT key FROM state.main.outcome WHERE outcome = 'rejected' ORDER BY key";
    assert_eq!(store.texts(rejected), ["P003", "P007"]);
    // Each half stands in the ledger with its intent, and is over.
    let open = "SELECT batch::VARCHAR FROM state.main.batch GROUP BY batch HAVING count(*) FILTER (WHERE event = 'intent') <> 1 \
                OR count(*) FILTER (WHERE event = 'over') <> 1";
    assert_eq!(store.texts(open), [""; 0]);
    assert!(there.posts().len() < 24, "{}", there.posts().len());
    assert_eq!(store.runs(), (1, 1));
}

#[test]
fn an_outage_stops_the_run_after_five_batches_and_the_next_call_goes_on() {
    let up = Arc::new(Mutex::new(2_u32));
    let left = up.clone();
    let there = platform(move |asked| {
        let mut left = left.lock().unwrap();
        if *left == 0 {
            return (503, String::new());
        }
        *left -= 1;
        take(&asked.json())
    });
    let workspace = mini(&there.address, &rows(100));
    send(&workspace, "it", 1).exits(1).says("5 uploads were not taken").says("16 accepted");
    // Two taken, then five batches with at most three attempts.
    let posts = there.posts().len();
    assert!((7..=17).contains(&posts), "{posts}");
    let store = state(&workspace, "it");
    assert_eq!(store.runs(), (1, 0), "the run is open");
    assert_eq!(store.texts("SELECT count(*)::VARCHAR FROM state.main.outcome"), ["16"]);
    drop(store);
    *up.lock().unwrap() = 1000;
    call(&workspace, &["apply", "m", "1", "--allow", "person.new=100"]).exits(0).says("100 accepted");
    let store = state(&workspace, "it");
    assert_eq!(
        (store.runs(), store.texts("SELECT count(DISTINCT key)::VARCHAR FROM state.main.outcome")),
        ((1, 1), vec!["100".to_owned()])
    );
    assert_eq!(store.texts("SELECT count(*)::VARCHAR FROM state.main.\"current_Person\""), ["100"]);
}

/// Where what was handed over is not the keys P001 to P<n>, each once, in whole files that a manifest names.
pub fn handed_over(workspace: &Workspace, n: u32) -> Vec<String> {
    let folder = workspace.path("hand-over");
    let manifests = std::fs::read_dir(&folder).unwrap().map(|e| e.unwrap().path());
    let manifests = manifests.filter(|p| p.to_string_lossy().ends_with(".manifest.json"));
    let mut keys = Vec::new();
    for path in manifests {
        let manifest: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        for file in manifest["files"].as_array().unwrap() {
            let text = std::fs::read_to_string(folder.join(file["name"].as_str().unwrap())).unwrap();
            let of_this: Vec<&str> = text.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
            assert_eq!(file["records"], of_this.len(), "{}", path.display());
            keys.extend(of_this.into_iter().map(str::to_owned));
        }
    }
    keys.sort();
    let wanted: Vec<String> = (1..=n).map(|i| format!("P{i:03}")).collect();
    if keys == wanted { Vec::new() } else { vec![format!("handed over: {keys:?}")] }
}

#[test]
fn another_way_puts_the_batches_into_a_folder() {
    let workspace = mini("http://127.0.0.1:9", &rows(20));
    send(&workspace, "out", 1).exits(0).says("20 accepted");
    let mut names: Vec<String> = std::fs::read_dir(workspace.path("hand-over"))
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names.len(), 6, "{names:?}");
    let manifest = names.iter().find(|n| n.contains("-1-") && n.ends_with(".manifest.json")).unwrap();
    let text = std::fs::read_to_string(workspace.path("hand-over").join(manifest)).unwrap();
    let manifest: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        (&manifest["files"][0]["records"], &manifest["files"][0]["model"]),
        (&json!(8), &json!("Person"))
    );
    let file = workspace.path("hand-over").join(manifest["files"][0]["name"].as_str().unwrap());
    assert!(
        std::fs::read_to_string(file).unwrap().starts_with("id,name,city,amount\nP001,Name 1,Oslo,1.50\n")
    );
}

/// One CSV has one set of fields, so records of which different fields changed go into different uploads.
#[test]
fn changed_fields_go_apart_in_csv() {
    let workspace = mini("http://127.0.0.1:9", &rows(3));
    send(&workspace, "out", 1).exits(0).says("3 accepted");
    workspace.write(
        "in/s.csv",
        "Id,Name,City,Amount\nP001,Name 1,,1.50\nP002,Other,Oslo,2.50\nP003,Name 3,,3.50\n",
    );
    send(&workspace, "out", 2).exits(0).says("3 accepted");
    let texts = |n: &str| -> Vec<String> {
        let files = std::fs::read_dir(workspace.path("hand-over")).unwrap().map(|e| e.unwrap().path());
        let files = files.filter(|p| p.extension().unwrap() == "csv" && p.to_string_lossy().contains(n));
        let mut all: Vec<String> = files.map(|p| std::fs::read_to_string(p).unwrap()).collect();
        all.sort();
        all
    };
    assert_eq!(texts("-2-"), ["id,name\nP002,Other\n"]);
    assert!(texts("-1-").contains(&"id,city\nP001,\nP003,\n".to_owned()), "{:?}", texts("-1-"));
}

#[test]
fn a_cleared_text_may_be_an_empty_one() {
    let there = platform(|asked| take(&asked.json()));
    let workspace = mini(&there.address, "P1,Kari,Oslo,1\n");
    workspace.edit("mappings/platforms/mini.toml", "update     = \"changed\"", "clear      = \"\"");
    send(&workspace, "it", 1).exits(0);
    workspace.write("in/s.csv", "Id,Name,City,Amount\nP1,Kari,,1\nP2,,,2\n");
    send(&workspace, "it", 2).exits(0);
    let last = there.asked().into_iter().rfind(|a| a.method == "POST").unwrap();
    assert_eq!(
        last.body,
        r#"{"people":[{"id":"P1","name":"Kari","city":"","amount":1.00},{"id":"P2","amount":2.00}]}"#,
        "what never stood there is left out"
    );
}

/// The first evening of ACME by JSON lines: what arrives is what arrives by CSV.
#[test]
fn json_lines_arrive_as_csv_does() {
    let workspace = Workspace::new();
    workspace.write(
        "crosswalk.toml",
        "[env.rehearsal]\nway = \"jsonl\"\n[env.rehearsal.vars]\ninbox = \"samples/acme/day-1\"\n",
    );
    workspace.run(&["run", "acme"]).exits(0).says("212 accepted");
    let store = workspace.store();
    assert_eq!(store.mishaps(), [""; 0]);
    assert_eq!(store.differences(&workspace.plan("acme", 1)), [""; 0]);
}

#[test]
fn several_uploads_at_once_arrive_as_one_by_one() {
    let at_once = Arc::new(Mutex::new((0, 0)));
    let count = at_once.clone();
    let there = platform(move |asked| {
        {
            let mut now = count.lock().unwrap();
            *now = (now.0 + 1, now.1.max(now.0 + 1));
        }
        // The first one waits for a second beside it, on a slow machine for long.
        for _ in 0..1000 {
            if count.lock().unwrap().1 > 1 {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        count.lock().unwrap().0 -= 1;
        let body = asked.json();
        if people(&body).iter().any(|p| p["id"] == "P050") {
            return (422, json!({ "title": "Invalid" }).to_string());
        }
        take(&body)
    });
    let workspace = mini(&there.address, &rows(96));
    workspace.edit("mappings/platforms/mini.toml", "per_second = 1000", "per_second = 1000, parallel = 4");
    send(&workspace, "it", 1).exits(3).says("95 accepted, 1 rejected");
    let store = state(&workspace, "it");
    assert_eq!(
        store.texts("SELECT count(DISTINCT key) || ' ' || count(*) FROM state.main.outcome"),
        ["96 96"]
    );
    assert_eq!(store.texts("SELECT key FROM state.main.outcome WHERE outcome = 'rejected'"), ["P050"]);
    assert_eq!(store.runs(), (1, 1));
    let most = at_once.lock().unwrap().1;
    assert!((2..=4).contains(&most), "{most}");
}

/// The practice platform loses a record in silence: reading some back finds out.
#[test]
fn what_is_read_back_and_differs_makes_the_rest_unknown() {
    let taken = Arc::new(Mutex::new(Vec::<Value>::new()));
    let store = taken.clone();
    let there =
        Endpoint::new(move |asked| match (asked.method.as_str(), asked.path.split('?').next().unwrap()) {
            ("GET", "/me") => (200, json!({ "name": "Mini Ltd" }).to_string()),
            ("GET", "/people") => {
                let all: Vec<Value> = store.lock().unwrap().clone();
                (200, json!({ "records": all }).to_string())
            }
            _ => {
                let mut all = people(&asked.json());
                // The amount of the third is cut on the way.
                if let Some(third) = all.iter_mut().find(|p| p["id"] == "P003") {
                    third["amount"] = json!(3);
                }
                store.lock().unwrap().extend(all);
                (200, json!({ "state": "done", "details": { "people": {} } }).to_string())
            }
        });
    let workspace = mini(&there.address, &rows(16));
    workspace.edit(
        "mappings/platforms/mini.toml",
        "lists    = \"all\"",
        "lists    = \"exceptions\"\nverify = 8",
    );
    workspace.edit(
        "mappings/platforms/mini.toml",
        "array = \"people\"",
        "array = \"people\"\nread = { get = \"/people?k={keys}\", records = \"/records\" }",
    );
    send(&workspace, "it", 1)
        .exits(3)
        .says("8 accepted (inferred), 8 unknown")
        .says("read back, P003 of Person is there with another `amount` than the one sent");
    assert_eq!(taken.lock().unwrap().len(), 16);
}
