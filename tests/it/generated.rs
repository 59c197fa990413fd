//! Workspaces made up on the spot: a mapping that plans fast, with as many records as a test needs.

use crate::workspace::{Workspace, root};
use std::fmt::Write as _;

const LITTLE: &str = r#"name     = "little"
platform = "lockstep"

[source.customers]
file = "in/customers.csv"

[lookup.country]
file = "in/countries.csv"
key  = "code"
give = "name"

[record.company]
model = "CompanySyncModel"
from  = "customers"

[record.company.fields]
erpKey               = "No"
companyName          = "Name"
companyType          = { const = "Customer" }
isActive             = true
postalCode           = "Zip"
country              = { from = "Country", lookup = "country" }
stateRegion          = '=env.region'
primaryContactErpKey = "Contact"

[source.people]
file = "in/people.csv"

[record.contact]
model = "ContactSyncModel"
from  = "people"

[record.contact.fields]
erpKey        = "No"
companyErpKey = "Customer"
contactName   = "Name"
isActive      = true
"#;

/// A mapping `little` with a lookup file, and so many customers, each with a contact that it names in turn.
pub fn little(customers: usize) -> Workspace {
    let workspace = Workspace::empty();
    workspace.write("crosswalk.toml", "[env.rehearsal]\nvars = { region = \"Nord\" }\n");
    workspace.write("mappings/little.toml", LITTLE);
    let platform = std::fs::read_to_string(root().join("mappings/platforms/lockstep.toml")).unwrap();
    workspace.write("mappings/platforms/lockstep.toml", &platform);
    workspace.write("in/countries.csv", "code,name\nD,DE\nA,AT\nN,NO\n");
    customers_of(&workspace, customers, "GmbH");
    workspace
}

/// The same with uploads of at most ten records.
pub fn many(customers: usize) -> Workspace {
    let workspace = little(customers);
    workspace.edit("mappings/platforms/lockstep.toml", "records = 10000", "records = 10");
    workspace
}

/// Writes the files anew, the names ending in `suffix`.
pub fn customers_of(workspace: &Workspace, customers: usize, suffix: &str) {
    let mut companies = String::from("No,Name,Zip,Country,Contact\n");
    let mut people = String::from("No,Customer,Name\n");
    for n in 0..customers {
        let country = ["D", "A", "N"].get(n % 3).unwrap();
        writeln!(companies, "{n:06},Customer {n} {suffix},{:05},{country},P{n:06}", n * 37).unwrap();
        writeln!(people, "P{n:06},{n:06},Person {n}").unwrap();
    }
    workspace.write("in/customers.csv", &companies);
    workspace.write("in/people.csv", &people);
}
