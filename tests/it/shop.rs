//! A shop of customers at an endpoint of the test's own, one request a record: what it answers is the test's to say.

use crate::endpoint::{Asked, Endpoint};
use crate::workspace::{Ran, Workspace, root};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

pub const PLATFORM: &str = "mappings/platforms/example-rest.toml";

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
pub struct Shop {
    pub w: Workspace,
    pub endpoint: Endpoint,
    there: Arc<Mutex<Vec<Value>>>,
}

impl Shop {
    /// `made` says what is answered to the making of a customer, which is there then; `asked` what to a look-up by number or
    /// name, if anything but what is there.
    pub fn new(
        rows: &str,
        made: impl Fn(&Value) -> (u16, String) + Send + Sync + 'static,
        asked: impl Fn(&str) -> Option<(u16, Value)> + Send + Sync + 'static,
    ) -> Self {
        Self::of("Shop", rows, made, asked)
    }

    /// The same with another name of its account.
    pub fn of(
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
    pub fn at(&self, address: &str) {
        let env =
            format!("platform = \"example-rest\"\nat = \"{address}\"\nsecret = {{ token = \"TOKEN\" }}");
        self.w.write("crosswalk.toml", &format!("[env.own]\n{env}\nvars = {{ client = \"C1\" }}\n"));
    }

    pub fn run(&self) -> Ran {
        Ran::of(self.w.command(&["run", "shop", "--env", "own"]).env("TOKEN", "t"))
    }

    pub fn numbers(&self) -> Vec<String> {
        let there = self.there.lock().unwrap();
        let mut all: Vec<_> = there.iter().map(|c| c["number"].as_str().unwrap().to_owned()).collect();
        all.sort();
        all
    }
}

pub fn with_id(customer: &Value) -> (u16, String) {
    (201, customer.to_string())
}

pub const THREE: &str = "C1,Anna,a@example.com\nC2,Bo,b@example.com\nC3,Cy,c@example.com\n";
