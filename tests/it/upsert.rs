//! A platform of one request a record, by its platform file alone (mappings/platforms/example-rest.toml): the same questions
//! as to the other ways of sending. Whatever befalls a request, the true table is what the plan says, and nothing is there
//! twice.

use crate::store::Store;
use crate::workspace::{Ran, Workspace, root};
use crosswalk::rehearsal::{FaultPlan, Mode, Options, Rehearsal};
use crosswalk::spec::platform::{Platform, parse};
use std::path::PathBuf;
use std::time::Duration;

const PLATFORM: &str = "mappings/platforms/example-rest.toml";

/// The example's workspace, with a second environment that goes to a server of our own.
fn shop() -> Workspace {
    let w = Workspace::empty();
    let from = |name: &str| std::fs::read_to_string(root().join(name)).unwrap();
    w.write(PLATFORM, &from(PLATFORM));
    w.write("mappings/shop.toml", &from("tests/fixtures/example-rest/shop.toml"));
    for name in ["customers", "orders"] {
        w.write(&format!("in/{name}.csv"), &from(&format!("tests/fixtures/example-rest/{name}.csv")));
    }
    w
}

/// Our own server for a workspace: the environment `own` goes there.
fn serve(w: &Workspace, options: Options) -> Rehearsal {
    serve_as(w, options, |_| ())
}

/// The same, whose platform file is another than the client's.
fn serve_as(w: &Workspace, options: Options, change: impl Fn(&mut Platform)) -> Rehearsal {
    let mut platform = parse("example-rest", &std::fs::read_to_string(w.path(PLATFORM)).unwrap()).unwrap();
    change(&mut platform);
    let server = Rehearsal::start(&platform, &own(w), options).unwrap_or_else(|e| panic!("{e}"));
    w.write(
        "crosswalk.toml",
        &format!(
            "[env.own]\nplatform = \"example-rest\"\nat = \"{}\"\nsecret = {{ token = \"TOKEN\" }}\nvars = {{ client = \"C1\" }}\n",
            server.address()
        ),
    );
    server
}

fn own(w: &Workspace) -> PathBuf {
    w.path(".crosswalk/own")
}

fn call(w: &Workspace, arguments: &[&str]) -> Ran {
    Ran::of(w.command(arguments).env("TOKEN", "canary-token"))
}

fn run(w: &Workspace) -> Ran {
    call(w, &["run", "shop", "--env", "own"])
}

/// Many customers with their orders.
fn many(w: &Workspace, n: u32) {
    let customer = |i| format!("K{i:03},Name {i},k{i}@example.com,9{i:07},customer,Retail,,{i}.50\n");
    let order = |i| format!("A{i},K{i:03},2026-10-01,{i}.25\n");
    let head = "Number,Name,Email,Mobile,Kind,Segment,Owner,Credit\n";
    w.write("in/customers.csv", &format!("{head}{}", (1..=n).map(customer).collect::<String>()));
    w.write(
        "in/orders.csv",
        &format!("Order,Customer,Date,Total\n{}", (1..=n).map(order).collect::<String>()),
    );
}

/// For a rehearsal in the sending process: many customers, on a platform that knows a key against doubles or does not.
pub fn many_customers(n: u32, with_key: bool) -> Workspace {
    let w = shop();
    many(&w, n);
    if !with_key {
        w.edit(PLATFORM, "idempotency = \"Idempotency-Key\"", "");
    }
    w.edit(PLATFORM, "look_up_lag = \"1 s\"", "look_up_lag = \"50 ms\"");
    w
}

/// What is there is what plan `number` says, once.
fn arrived(store: &Store, plan: &std::path::Path, what: &str) {
    assert_eq!(store.differences(plan), [""; 0], "{what}");
    assert_eq!(store.mishaps(), [""; 0], "{what}");
    assert_eq!(store.strays(), [""; 0], "{what}");
    let ids = "SELECT s._key FROM state.main.\"current_Customer\" s LEFT JOIN there.main.\"true_Customer\" t ON t._key = s._key \
               WHERE t._id IS DISTINCT FROM s._remote ORDER BY 1";
    assert_eq!(store.texts(ids), [""; 0], "{what}: ids of the state and of the platform");
    let (started, ended) = store.runs();
    assert_eq!(started, ended, "{what}: a run is open");
}

fn plan_of(w: &Workspace, place: &str, n: u32) -> PathBuf {
    w.path(&format!(".crosswalk/{place}/plans/shop-{n:04}.plan"))
}

#[test]
fn the_example_runs_in_the_rehearsal_as_any_platform_does() {
    let w = shop();
    w.run(&["check", "shop"]).exits(0);
    w.run(&["run", "shop"]).exits(0).says("6 accepted");
    let place = w.path(".crosswalk/rehearsal-example-rest");
    let store = Store::open(&place);
    arrived(&store, &plan_of(&w, "rehearsal-example-rest", 1), "the first run");
    let traffic = store.traffic();
    drop(store);
    w.run(&["run", "shop"]).exits(0).says("nothing to send");
    assert_eq!(Store::open(&place).traffic(), traffic, "the second run asks for nothing to be done");
    // The ledger: every request, by its template.
    let store = Store::open(&place);
    let asked = store.texts("SELECT DISTINCT request FROM state.main.request ORDER BY 1");
    assert!(asked.iter().any(|r| r.starts_with("POST /v1/{env.client}/customers")), "{asked:?}");
    assert!(!asked.concat().contains("kari") && !asked.concat().contains("%2F"), "{asked:?}");
}

#[test]
fn changes_removals_and_a_conversion() {
    let w = shop();
    w.run(&["run", "shop"]).exits(0);
    w.edit("in/customers.csv", "customer,Retail,ada@example.com,1000.50", "customer,Retail,bo@example.com,");
    w.edit("in/customers.csv", "90000002,lead", "90000002,customer");
    w.edit("in/orders.csv", "A2,C1,2026-10-01,20.00\n", "");
    w.edit(
        "in/customers.csv",
        "../admin?x=%2f,Per & Co,per@example.com,90000003,customer,Retail,,90071992547409.93\n",
        "",
    );
    w.edit("in/orders.csv", "A3,../admin?x=%2f,2026-10-02,90071992547409.93\n", "");
    w.run(&["run", "shop"]).exits(0).says("5 accepted");
    let store = Store::open(&w.path(".crosswalk/rehearsal-example-rest"));
    let first = store.record("Customer", "C1");
    assert_eq!((first.get("owner").map(String::as_str), first.get("credit")), (Some("bo@example.com"), None));
    assert_eq!(store.record("Customer", "../admin?x=%2f")["active"], "false");
    assert_eq!(store.record("Customer", "C2")["kind"], "customer");
    assert_eq!(store.records("Order").into_keys().collect::<Vec<_>>(), ["A1"]);
    let done = store.texts(
        "SELECT concat_ws(' ', model, key, action) FROM there.main.history WHERE upload > 6 AND key <> '../admin?x=%2f' ORDER BY upload",
    );
    assert_eq!(
        done,
        [
            "Customer C1 update",
            "Customer C2 convert",
            "Customer C2 equal",
            "Order A2 delete",
            "Order A3 delete"
        ]
    );
    drop(store);
    w.run(&["run", "shop"]).exits(0).says("nothing to send");
}

#[test]
fn a_refused_record_is_told_with_the_platforms_words_and_the_others_go_on() {
    let w = shop();
    let strict = |p: &mut Platform| {
        let customer = p.models.iter_mut().find(|m| m.name == "Customer").unwrap();
        customer.fields.iter_mut().find(|f| f.name == "name").unwrap().pattern = Some("[^&]*".into());
    };
    let server = serve_as(&w, Options::default(), strict);
    let ran = run(&w).exits(3);
    assert!(ran.out.contains("422") && ran.out.contains("name: has a wrong form"), "{}", ran.out);
    // Its order is held, not sent.
    assert!(
        ran.out.contains("4 accepted") && ran.out.contains("1 rejected") && ran.out.contains("1 held"),
        "{}",
        ran.out
    );
    drop(server);
    let store = Store::open(&own(&w));
    assert_eq!(
        store.counts().into_iter().map(|(m, n)| format!("{m} {n}")).collect::<Vec<_>>(),
        ["Customer 2", "Order 2"]
    );
    assert_eq!(
        store.texts("SELECT DISTINCT key FROM there.main.history WHERE action = 'error'"),
        ["../admin?x=%2f"]
    );
}

/// Every way in which the answer to a request is lost or refused for the moment, befalling every second one.
#[test]
fn whatever_befalls_single_requests_nothing_is_lost_or_doubled() {
    for mode in [
        Mode::ReplyLost,
        Mode::ResetBeforeBody,
        Mode::ErrorBeforeCommit,
        Mode::ErrorAfterCommit,
        Mode::ReplyTruncated,
        Mode::ReplyHtml,
        Mode::ReplyDeep,
        Mode::Throttled(0),
    ] {
        let w = shop();
        // Without a key against doubles: the look-ups alone must do.
        w.edit(PLATFORM, "idempotency = \"Idempotency-Key\"", "");
        w.edit(PLATFORM, "look_up_lag = \"1 s\"", "");
        let fault = FaultPlan { mode, every: 2, seed: 1, ..FaultPlan::default() };
        let server = serve(&w, Options { fault, ..Options::default() });
        run(&w).exits(0).says("6 accepted");
        run(&w).exits(0).says("nothing to send");
        drop(server);
        arrived(&Store::open(&own(&w)), &plan_of(&w, "own", 1), &format!("{mode:?}"));
    }
}

#[test]
fn a_request_delivered_twice_is_taken_once_by_its_key() {
    let w = shop();
    let server = serve(&w, Options { fault: FaultPlan::always(Mode::Twice), ..Options::default() });
    run(&w).exits(0);
    drop(server);
    arrived(&Store::open(&own(&w)), &plan_of(&w, "own", 1), "twice");
}

#[test]
fn a_lost_record_that_reads_do_not_show_yet_is_waited_for() {
    let w = shop();
    w.edit(PLATFORM, "idempotency = \"Idempotency-Key\"", "");
    let fault = FaultPlan { mode: Mode::ReplyLost, every: 3, ..FaultPlan::default() };
    let server = serve(&w, Options { fault, look_up_lag_ms: 500, ..Options::default() });
    run(&w).exits(0).says("6 accepted");
    drop(server);
    arrived(&Store::open(&own(&w)), &plan_of(&w, "own", 1), "lag");
}

/// The answer is lost, and the first look-up for the record does not show it.
#[test]
fn a_lost_record_that_the_first_look_up_does_not_show_is_neither_lost_nor_doubled() {
    let w = shop();
    w.edit(PLATFORM, "idempotency = \"Idempotency-Key\"", "");
    w.edit(PLATFORM, "look_up_lag = \"1 s\"", "look_up_lag = \"20 ms\"");
    let fault: FaultPlan = "reply-lost:every=2:lag=1".parse().unwrap();
    let server = serve(&w, Options { fault, ..Options::default() });
    run(&w).exits(0).says("6 accepted");
    run(&w).exits(0).says("nothing to send");
    drop(server);
    let store = Store::open(&own(&w));
    arrived(&store, &plan_of(&w, "own", 1), "lost and lagging");
    let lagged = store.texts("SELECT fault || ' ' || lag FROM there.main.request");
    assert!(lagged.len() > 2 && lagged.iter().all(|l| l == "reply-lost 0"), "{lagged:?}");
}

/// What an answer about one record can lack, and what has no meaning there.
#[test]
fn an_answer_without_an_outcome_is_looked_up_and_an_order_of_one_is_not_played() {
    for (mode, times) in [(Mode::OutcomeMissing, 3), (Mode::OutcomeExtra, 0), (Mode::Reordered, 0)] {
        let w = shop();
        w.edit(PLATFORM, "idempotency = \"Idempotency-Key\"", "");
        w.edit(PLATFORM, "look_up_lag = \"1 s\"", "");
        let fault = FaultPlan { mode, every: 2, ..FaultPlan::default() };
        let server = serve(&w, Options { fault, ..Options::default() });
        run(&w).exits(0).says("6 accepted");
        run(&w).exits(0).says("nothing to send");
        drop(server);
        let store = Store::open(&own(&w));
        arrived(&store, &plan_of(&w, "own", 1), mode.word());
        let played = store.played().values().sum::<u64>();
        assert!(played >= times && (times > 0 || played == 0), "{}: {played}", mode.word());
    }
}

#[test]
fn without_any_answer_nothing_is_guessed_and_the_next_run_settles_it() {
    let w = shop();
    w.edit(PLATFORM, "idempotency = \"Idempotency-Key\"", "");
    w.edit(PLATFORM, "look_up_lag = \"1 s\"", "");
    let server =
        serve(&w, Options { fault: FaultPlan::always(Mode::ErrorBeforeCommit), ..Options::default() });
    let ran = run(&w);
    assert!(ran.code != 0, "{}", ran.out);
    drop(server);
    let _server = serve(&w, Options::default());
    run(&w).exits(0);
    run(&w).exits(0).says("nothing to send");
    drop(_server);
    assert_eq!(Store::open(&own(&w)).mishaps(), [""; 0]);
}

#[test]
fn a_redirect_is_not_followed_and_ends_the_run() {
    let w = shop();
    let server = serve(&w, Options { fault: FaultPlan::always(Mode::Redirect), ..Options::default() });
    run(&w).exits(1).says("307");
    drop(server);
    assert_eq!(Store::open(&own(&w)).counts().len(), 0);
}

#[test]
fn killed_in_the_middle_of_a_batch_each_record_is_settled() {
    for sent in [1, 5, 11, 14, 20] {
        let w = shop();
        many(&w, 12);
        w.edit(PLATFORM, "idempotency = \"Idempotency-Key\"", "");
        w.edit(PLATFORM, "look_up_lag = \"1 s\"", "look_up_lag = \"50 ms\"");
        let server = serve(&w, Options::default());
        let mut child = w.command(&["run", "shop", "--env", "own"]).env("TOKEN", "t").spawn().unwrap();
        let there = || server.with_store(|db| db.count("SELECT count(*) FROM history")).unwrap();
        while there() < sent && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(5));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(there() < 24, "it was killed in the middle");
        let ran = run(&w);
        assert_eq!(ran.code, 0, "{sent} sent\n{}\n{}", ran.out, ran.err);
        run(&w).exits(0).says("nothing to send");
        drop(server);
        let store = Store::open(&own(&w));
        assert_eq!(store.mishaps(), [""; 0], "{sent} sent");
        assert_eq!(store.strays(), [""; 0], "{sent} sent");
        assert_eq!((store.records("Customer").len(), store.records("Order").len()), (12, 12), "{sent} sent");
    }
}

/// Records that were there before, made by somebody else: columns and values.
fn there_before(server: &Rehearsal, rows: &'static [&'static str]) {
    let put = move |db: &crosswalk::db::Db| {
        rows.iter().try_for_each(|row| {
            db.run(&format!(
                "INSERT INTO \"true_Customer\"(_key, _inserts, _updates, _since, _id, name, email, mobile, kind, active) VALUES ({row})"
            ))
        })
    };
    server.with_store(put).unwrap();
}

#[test]
fn one_that_is_there_already_is_matched_in_steps() {
    let w = shop();
    let server = serve(&w, Options::default());
    there_before(
        &server,
        &[
            // All three are equal.
            "'x1', 0, 0, 0, 'there-1', 'kari NORDMANN', 'KARI@example.com', '4790000001', 'customer', 'true'",
            // Of two with name and e-mail, the mobile tells which.
            "'x2', 0, 0, 0, 'there-2', 'Ola Nordmann', 'ola@example.com', '0', 'customer', 'true'",
            "'x3', 0, 0, 0, 'there-3', 'Ola Nordmann', 'other@example.com', '900 00 002', 'lead', 'true'",
            "'x4', 0, 0, 0, 'there-4', 'Ola Nordmann', 'ola@example.com', '1', 'customer', 'true'",
            // Two that are equal in all: none is meant.
            "'x5', 0, 0, 0, 'there-5', 'Per & Co', 'per@example.com', '90000003', 'customer', 'true'",
            "'x6', 0, 0, 0, 'there-6', 'Per & Co', 'per@example.com', '90000003', 'customer', 'true'",
        ],
    );
    run(&w).exits(0).says("6 accepted");
    run(&w).exits(0).says("nothing to send");
    drop(server);
    let store = Store::open(&own(&w));
    let ids = store.texts("SELECT concat_ws(' ', number, _id) FROM there.main.\"true_Customer\" WHERE starts_with(_id, 'there') AND number IS NOT NULL ORDER BY 1");
    assert_eq!(ids, ["C1 there-1", "C2 there-3"]);
    let made =
        store.texts("SELECT number FROM there.main.\"true_Customer\" WHERE NOT starts_with(_id, 'there')");
    assert_eq!(made, ["../admin?x=%2f"]);
}

#[test]
fn values_are_found_on_any_page_made_where_missing_and_left_out_where_not_supported() {
    let w = shop();
    w.edit(
        "in/customers.csv",
        "90000003,customer,Retail,,",
        "90000003,customer,WHOLESALE,nobody@example.com,",
    );
    let server = serve(&w, Options::default());
    let put = |db: &crosswalk::db::Db| {
        db.run("INSERT INTO value_list SELECT 'segment', n, 's' || n, CASE n WHEN 119 THEN 'retail' ELSE 'S' || n END FROM range(1, 130) r(n)")
    };
    server.with_store(put).unwrap();
    run(&w).exits(0).says("6 accepted");
    drop(server);
    let store = Store::open(&own(&w));
    let made =
        store.texts("SELECT name FROM there.main.value_list WHERE list = 'segment' AND n > 129 ORDER BY n");
    assert_eq!(made, ["WHOLESALE"], "one was found on the third page, one made once, as it came first");
    assert_eq!(store.record("Customer", "C1")["segment"], "retail");
    assert_eq!(
        store.texts("SELECT name FROM there.main.value_list WHERE list = 'staff' ORDER BY n").len(),
        2,
        "never made"
    );
    let notes = store.texts("SELECT message FROM state.main.outcome WHERE message <> '' ORDER BY 1");
    assert_eq!(notes, ["`owner` was left out: \"nobody@example.com\" is not among the platform's `staff`"]);

    let w = shop();
    let options = Options { unsupported: vec!["staff".into(), "segment".into()], ..Options::default() };
    let server = serve(&w, options);
    run(&w).exits(0).says("6 accepted");
    drop(server);
    let store = Store::open(&own(&w));
    let first = store.record("Customer", "C1");
    assert!(!first.contains_key("segment") && !first.contains_key("owner"), "{first:?}");
    let notes = store.texts("SELECT message FROM state.main.outcome WHERE key = 'C1'");
    assert_eq!(
        notes,
        [
            "`segment` was left out: the platform has no list of `segment`; `owner` was left out: the platform has no list of `staff`"
        ]
    );
}

#[test]
fn credentials_that_are_refused_end_the_run_and_say_so() {
    let w = shop();
    w.edit(PLATFORM, "account = { get = \"/v1/{env.client}/me\", is = \"/account\" }", "");
    let strict = |p: &mut Platform| p.auth = None;
    let server = serve_as(&w, Options { require_auth: true, ..Options::default() }, strict);
    // The client's header is not one that this server knows.
    w.edit(PLATFORM, "header = \"Authorization\", prefix = \"Bearer \",", "header = \"X-Other\",");
    let ran = run(&w);
    assert_eq!(ran.code, 1, "{}\n{}", ran.out, ran.err);
    let said = format!("{}{}", ran.out, ran.err);
    assert!(said.contains("401"), "{}\n{}", ran.out, ran.err);
    assert!(!said.contains("canary"));
    drop(server);
    assert_eq!(Store::open(&own(&w)).counts().len(), 0);
}

const CLUB: &str = r#"
name     = "club"
platform = "intouch"
[source.people]
file = "in/people.csv"
[record.person]
model   = "Person"
from    = "people"
missing = "deactivate"
[record.person.fields]
reference   = "Ref"
client_id   = '=env.client'
club_id     = "Club"
first_name  = "First"
last_name   = "Last"
email       = "Email"
mobile      = "Mobile"
user_type   = "Type"
user_status = { const = "active" }
birthdate   = "Born"
lead_owner  = "Owner"
lead_source = "Source"
[guard]
floor = 1000000
"#;

const PEOPLE: &str = "Ref,Club,First,Last,Email,Mobile,Type,Born,Owner,Source\n\
    1,1,Kari,Nordmann,kari@example.com,90000001,prospect,1990-02-28,COACH@example.com,walk-in\n\
    2,1,Ola,Nordmann,twins@example.com,90000002,prospect,,desk@example.com,Flyer\n\
    3,2,Ola,Nordmann,twins@example.com,90000003,member,,,Flyer\n";

/// A club's workspace, whose reads show at once what was written; and the platform file as it is.
fn club() -> (Workspace, String) {
    let w = Workspace::empty();
    let file = std::fs::read_to_string(root().join("mappings/platforms/intouch.toml")).unwrap();
    let at_once = file.replace("look_up_lag = \"2 s\"", "look_up_lag = \"0 s\"");
    w.write("mappings/platforms/intouch.toml", &at_once);
    w.write("mappings/club.toml", CLUB);
    (w, file)
}

/// The second platform that is data alone: the partner does not know our key, http Basic, users matched by who they are.
#[test]
fn a_partner_that_does_not_know_our_key() {
    let (w, file) = club();
    w.write("in/people.csv", PEOPLE);
    let server = |fault: FaultPlan, unsupported: &[&str]| {
        let platform = parse("intouch", &file).unwrap();
        let unsupported = unsupported.iter().map(|s| (*s).to_owned()).collect();
        let options = Options { fault, unsupported, require_auth: true, ..Options::default() };
        let server = Rehearsal::start(&platform, &own(&w), options).unwrap_or_else(|e| panic!("{e}"));
        let vars = "vars = { client = \"4711\", clubs = \"1,2\" }";
        let at = server.address();
        w.write(
            "crosswalk.toml",
            &format!(
                "[env.own]\nplatform = \"intouch\"\nat = \"{at}\"\nsecret = {{ login = \"TOKEN\" }}\n{vars}\n"
            ),
        );
        server
    };
    let lossy = server(FaultPlan { mode: Mode::ReplyLost, every: 2, ..FaultPlan::default() }, &[]);
    call(&w, &["run", "club", "--env", "own"]).exits(0).says("3 accepted");
    call(&w, &["run", "club", "--env", "own"]).exits(0).says("nothing to send");
    drop(lossy);
    let people = "SELECT concat_ws(' ', first_name, mobile, user_type, lead_owner, lead_source) FROM there.main.\"true_Person\" ORDER BY mobile";
    assert_eq!(
        Store::open(&own(&w)).texts(people),
        [
            "Kari 90000001 prospect coach@example.com Walk-in",
            "Ola 90000002 prospect desk@example.com Flyer",
            "Ola 90000003 member Flyer"
        ]
    );

    // One is won; another comes who fits one of an earlier run: that record is somebody else's.
    w.edit("in/people.csv", "90000001,prospect", "90000001,member");
    w.write(
        "in/people.csv",
        &(std::fs::read_to_string(w.path("in/people.csv")).unwrap()
            + "4,1,Kari,Nordmann,kari@example.com,,prospect,,,\n"),
    );
    let fine = server(FaultPlan::default(), &["staff"]);
    call(&w, &["run", "club", "--env", "own"]).exits(0).says("2 accepted");
    call(&w, &["run", "club", "--env", "own"]).exits(0).says("nothing to send");
    drop(fine);
    let store = Store::open(&own(&w));
    assert_eq!(
        store.texts("SELECT count(*)::VARCHAR FROM there.main.\"true_Person\" WHERE first_name = 'Kari'"),
        ["2"]
    );
    let converted = store.texts("SELECT action FROM there.main.history WHERE action = 'convert'");
    assert_eq!(converted, ["convert"]);
    let ids = store.texts("SELECT _key FROM state.main.\"current_Person\" s WHERE _remote NOT IN (SELECT _id FROM there.main.\"true_Person\")");
    assert_eq!(ids, [""; 0]);
}

/// Somebody without e-mail and mobile, and somebody without a last name, cannot be found there: when the answer is lost, nobody
/// can say whether they were made, and they are not made again.
#[test]
fn people_who_cannot_be_found_again_are_unknown() {
    let (w, _) = club();
    let head = PEOPLE.lines().next().unwrap();
    let people = "1,1,Kari,Nordmann,,,prospect,,,\n2,1,Ola,,ola@example.com,90000002,prospect,,,\n\
                  3,1,Per,Hansen,per@example.com,90000003,prospect,,,\n";
    w.write("in/people.csv", &format!("{head}\n{people}"));
    w.write("crosswalk.toml", "[env.rehearsal]\nvars = { client = \"4711\", clubs = \"1,2\" }\n");
    let run = || Ran::of(w.command(&["run", "club"]).env("CROSSWALK_FAULT", "reply-lost:every=2"));
    let first = run();
    assert!(first.out.contains("unknown"), "{}\n{}", first.out, first.err);
    for _ in 0..2 {
        let _ = run();
    }
    let store = Store::open(&w.path(".crosswalk/rehearsal-intouch"));
    let often = "SELECT concat_ws(' ', first_name, count(*)) FROM there.main.\"true_Person\" GROUP BY first_name ORDER BY 1";
    assert_eq!(store.texts(often), ["Kari 1", "Ola 1", "Per 1"]);
}

/// The sample to the tutorial's platform, as the README says; what is remarked on an accepted record is told; and the calls that
/// look back know of every platform that was rehearsed.
#[test]
fn the_sample_of_a_shop_arrives() {
    let w = Workspace::new();
    let ran = w.run(&["run", "shop"]).exits(3).says("Applied shop: 7 accepted.");
    let _ = ran.says("note  customer 1004  `owner` was left out");
    let store = Store::open(&w.path(".crosswalk/rehearsal-example-rest"));
    assert_eq!((store.records("Customer").len(), store.sum("Order", "total")), (4, "1518.50".to_owned()));
    assert_eq!(store.record("Order", "A501")["total"], "1190.50");
    drop(store);
    for call in [&["status"][..], &["history"], &["history", "--run", "1"]] {
        let _ = w.run(call).exits(0).says("Rehearsal of example-rest").says("shop plan 1");
    }
    let _ = w.run(&["run", "acme"]).exits(0);
    let both = w.run(&["history"]).exits(0).says("Rehearsal of example-rest").says("Rehearsal of lockstep");
    let _ = both.says("shop plan 1").says("acme plan 2");
    let _ = w.run(&["history", "--run", "9"]).exits(1).says("there is no run 9");
    let _ = w.run(&["history", "--platform", "lockstep"]).exits(0).says("acme plan 2");
}
