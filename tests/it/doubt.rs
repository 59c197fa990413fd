//! One request a record, and an answer that leaves open whether the record was made: nothing is made twice on a guess, nothing
//! called accepted, and one record in doubt does not keep the others from being sent.

use crate::endpoint::{Asked, Endpoint};
use crate::workspace::{Ran, Workspace, root};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

const PLATFORM: &str = "mappings/platforms/example-rest.toml";

const MAPPING: &str = r#"
name     = "shop"
platform = "example-rest"
[source.customers]
file = "in/customers.csv"
[record.customer]
model = "Customer"
from  = "customers"
[record.customer.fields]
number = "Number"
name   = "Name"
email  = "Email"
kind   = { const = "customer" }
active = true
[guard]
floor = 1000000
"#;

/// A shop of customers at an endpoint of the test's own, and what is there.
struct Shop {
    w: Workspace,
    endpoint: Endpoint,
    there: Arc<Mutex<Vec<Value>>>,
}

impl Shop {
    /// `made` says what is answered to the making of a customer, which is there then; `asked` what to a look-up by number or
    /// name, if anything but what is there.
    fn new(
        rows: &str,
        made: impl Fn(&Value) -> (u16, String) + Send + Sync + 'static,
        asked: impl Fn(&str) -> Option<(u16, Value)> + Send + Sync + 'static,
    ) -> Self {
        Self::of("Shop", rows, made, asked)
    }

    /// The same with another name of its account.
    fn of(
        account: &'static str,
        rows: &str,
        made: impl Fn(&Value) -> (u16, String) + Send + Sync + 'static,
        asked: impl Fn(&str) -> Option<(u16, Value)> + Send + Sync + 'static,
    ) -> Self {
        let there = Arc::new(Mutex::new(Vec::<Value>::new()));
        let all = there.clone();
        let endpoint = Endpoint::new(move |a: &Asked| {
            let mut all = all.lock().unwrap();
            let query = a.path.split_once('?').and_then(|(_, query)| query.split_once('='));
            match (a.method.as_str(), query) {
                ("POST", _) => {
                    let mut customer = a.json();
                    customer["id"] = json!(format!("id-{}", all.len()));
                    all.push(customer.clone());
                    made(&customer)
                }
                (_, Some((_, value))) => {
                    let (status, answer) =
                        asked(value).unwrap_or_else(|| (200, json!({ "items": all.clone() })));
                    (status, answer.to_string())
                }
                _ => (200, json!({ "account": account }).to_string()),
            }
        });
        let w = Workspace::empty();
        let file = std::fs::read_to_string(root().join(PLATFORM)).unwrap();
        // Nothing but the look-ups keeps this one from making a record twice.
        let file = file.replace("idempotency = \"Idempotency-Key\"", "");
        w.write(PLATFORM, &file.replace("look_up_lag = \"1 s\"", "look_up_lag = \"20 ms\""));
        w.write("mappings/shop.toml", MAPPING);
        w.write("in/customers.csv", &format!("Number,Name,Email\n{rows}"));
        let shop = Self { w, endpoint, there };
        shop.at(&shop.endpoint.address);
        shop
    }

    /// Where its environment goes.
    fn at(&self, address: &str) {
        let env =
            format!("platform = \"example-rest\"\nat = \"{address}\"\nsecret = {{ token = \"TOKEN\" }}");
        self.w.write("crosswalk.toml", &format!("[env.own]\n{env}\nvars = {{ client = \"C1\" }}\n"));
    }

    fn run(&self) -> Ran {
        Ran::of(self.w.command(&["run", "shop", "--env", "own"]).env("TOKEN", "t"))
    }

    fn numbers(&self) -> Vec<String> {
        let there = self.there.lock().unwrap();
        let mut all: Vec<_> = there.iter().map(|c| c["number"].as_str().unwrap().to_owned()).collect();
        all.sort();
        all
    }
}

fn with_id(customer: &Value) -> (u16, String) {
    (201, customer.to_string())
}

const THREE: &str = "C1,Anna,a@example.com\nC2,Bo,b@example.com\nC3,Cy,c@example.com\n";

/// A gateway that gave up says nothing of what became of the request behind it.
#[test]
fn a_gateway_that_gave_up_is_not_believed() {
    let shop =
        Shop::new(THREE, |c| if c["number"] == "C1" { (504, String::new()) } else { with_id(c) }, |_| None);
    shop.run().exits(0).says("3 accepted");
    assert_eq!(shop.numbers(), ["C1", "C2", "C3"]);
}

/// Taken, with an answer of nothing: it is looked for; one that reads do not show stays unknown and is not made again.
#[test]
fn an_empty_answer_is_no_reason_to_make_it_again() {
    let shop = Shop::new(THREE, |_| (201, String::new()), |_| None);
    shop.run().exits(0).says("3 accepted");
    assert_eq!(shop.numbers(), ["C1", "C2", "C3"]);

    let blind = Shop::new(THREE, |_| (201, String::new()), |_| Some((200, json!({ "items": [] }))));
    let _ = blind.run();
    let _ = blind.run();
    assert_eq!(blind.numbers(), ["C1", "C2", "C3"]);
}

/// A question that the platform refuses for one record's sake is that record's matter.
#[test]
fn a_look_up_that_is_refused_stops_one_record_and_no_other() {
    let rows = &format!("{THREE}..,Dots,d@example.com\n");
    let shop = Shop::new(rows, with_id, |number| {
        (number == "C2").then(|| (400, json!({ "message": "no such number" })))
    });
    shop.run().exits(3).says("3 accepted").says("400");
    assert_eq!(shop.numbers(), ["..", "C1", "C3"]);
    // The next call sends the rest of nothing, and plans.
    let _ = shop.run().says("1 rejected");
    assert_eq!(shop.numbers(), ["..", "C1", "C3"]);
}

/// What was left open is not settled, nor its rest sent, at another account than the one it began at.
#[test]
fn the_rest_of_a_run_goes_to_no_other_account() {
    let denied = |c: &Value| if c["number"] == "C1" { with_id(c) } else { (401, String::new()) };
    let shop = Shop::new(THREE, denied, |_| None);
    shop.run().exits(1).says("401");
    let other = Shop::of("Other", THREE, with_id, |_| None);
    shop.at(&other.endpoint.address);
    for arguments in
        [&["run", "shop", "--env", "own"][..], &["apply", "shop", "1"], &["apply", "shop", "1", "--resume"]]
    {
        Ran::of(shop.w.command(arguments).env("TOKEN", "t")).exits(1).says("E509").says("Other");
    }
    assert_eq!(other.numbers(), [""; 0]);
}

/// Where no account is told, the address that was reviewed is what holds: for the rest of a run, and for a plan.
#[test]
fn the_rest_of_a_run_goes_to_no_other_address() {
    let denied = |c: &Value| if c["number"] == "C1" { with_id(c) } else { (401, String::new()) };
    let nameless = |shop: &Shop| {
        shop.w.edit(PLATFORM, "account = { get = \"/v1/{env.client}/me\", is = \"/account\" }", "");
    };
    let (shop, other) = (Shop::new(THREE, denied, |_| None), Shop::new(THREE, with_id, |_| None));
    nameless(&shop);
    shop.run().exits(1).says("401");
    shop.at(&other.endpoint.address);
    shop.run().exits(1).says("E509").says("another address");
    shop.at(&shop.endpoint.address);
    shop.run().exits(1).says("401");

    nameless(&other);
    let call = |arguments: &[&str]| Ran::of(other.w.command(arguments).env("TOKEN", "t"));
    call(&["plan", "shop", "--env", "own"]).exits(0);
    other.at(&shop.endpoint.address);
    call(&["apply", "shop", "1"]).exits(5).says("E401").says("elsewhere");
    assert_eq!(other.numbers(), [""; 0]);
}
