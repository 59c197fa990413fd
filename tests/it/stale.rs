//! A plan that no longer fits, or is no longer what it was, is refused before anything reaches the platform.

use crate::archive;
use crate::generated::little;
use crate::workspace::{Ran, Workspace};
use regex::Regex;
use std::sync::LazyLock;

const MAPPING: &str = "mappings/little.toml";
const PLATFORM: &str = "mappings/platforms/lockstep.toml";

/// Twenty customers are there; plan 2 changes one of them and is not applied yet.
static TEMPLATE: LazyLock<Workspace> = LazyLock::new(|| {
    let w = little(20);
    let _ = w.run(&["run", "little"]).exits(0);
    w.edit("in/customers.csv", "Customer 3 GmbH", "Customer 3 AG");
    let _ = w.run(&["plan", "little", "--exit-code"]).exits(10);
    w
});

/// Applies plan 2 after `change`; gives what it said, once sure that nothing arrived.
fn refused(what: &str, change: impl FnOnce(&Workspace)) -> Ran {
    let w = Workspace::copy_of(&TEMPLATE);
    change(&w);
    let before = w.store().traffic();
    let ran = w.run(&["apply", "little", "2"]);
    assert_ne!(ran.code, 0, "{what} was applied\n{}", ran.out);
    assert_eq!(w.store().traffic(), before, "{what}: something reached the platform\n{}", ran.err);
    ran
}

#[track_caller]
fn stale(what: &str, change: impl FnOnce(&Workspace)) {
    let ran = refused(what, change);
    assert_eq!(ran.code, 5, "{what}\n{}\n{}", ran.out, ran.err);
    assert!(ran.err.contains("E401") && ran.err.contains("stale"), "{what}\n{}", ran.err);
}

#[track_caller]
fn damaged(what: &str, change: impl FnOnce(Vec<u8>) -> Vec<u8>) {
    let ran = refused(what, |w| {
        let path = w.plan("little", 2);
        let bytes = change(std::fs::read(&path).unwrap());
        std::fs::write(&path, bytes).unwrap();
    });
    // Not readable as a plan, or not the one that was written.
    let unreadable = ran.code == 1 && ran.err.contains("E402") && ran.err.contains("little-0002.plan");
    let another =
        ran.code == 5 && ran.err.contains("E401") && ran.err.contains("not the file that was written");
    assert!(unreadable || another, "{what}\n{}\n{}", ran.out, ran.err);
}

#[track_caller]
fn fits(what: &str, change: impl FnOnce(&Workspace)) {
    let w = Workspace::copy_of(&TEMPLATE);
    change(&w);
    let ran = w.run(&["apply", "little", "2"]);
    assert_eq!(ran.code, 0, "{what}\n{}\n{}", ran.out, ran.err);
    let record = w.store().record("CompanySyncModel", "000003");
    assert_eq!(record.get("companyName").unwrap(), "Customer 3 AG", "{what}");
}

#[test]
fn changed_rules_make_it_stale() {
    stale("a constant", |w| w.edit(MAPPING, "const = \"Customer\"", "const = \"Vendor\""));
    stale("a field from another column", |w| w.edit(MAPPING, "= \"Zip\"", "= \"No\""));
    stale("a field dropped", |w| w.edit(MAPPING, "postalCode           = \"Zip\"\n", ""));
    stale("a field added", |w| {
        w.edit(MAPPING, "contactName   = \"Name\"", "contactName   = \"Name\"\ntitle = \"Name\"");
    });
    stale("an answer of a lookup file", |w| w.edit("in/countries.csv", "A,AT", "A,Austria"));
    stale("a row more in a lookup file", |w| w.edit("in/countries.csv", "A,AT", "A,AT\nCH,CH"));
    stale("a var used in an expression", |w| w.edit("crosswalk.toml", "Nord", "Süd"));
    stale("which rows count", |w| {
        w.edit(MAPPING, "from  = \"people\"", "from  = \"people\"\nwhere = 'text(\"Name\") != \"x\"'");
    });
    stale("how texts are read", |w| {
        w.edit(MAPPING, "[lookup.country]", "nulls = [\"00111\"]\n\n[lookup.country]");
    });
    stale("how a missing record is treated", |w| {
        w.edit(MAPPING, "from  = \"people\"", "from  = \"people\"\nmissing = \"deactivate\"");
    });
}

#[test]
fn a_changed_platform_makes_it_stale() {
    stale("the most records of an upload", |w| w.edit(PLATFORM, "records = 10000", "records = 9999"));
    stale("how a removal is written", |w| {
        let text = std::fs::read_to_string(w.path(PLATFORM)).unwrap();
        w.write(PLATFORM, &text.replacen("deactivate = { isActive = false }", "", 1));
    });
}

#[test]
fn another_run_in_between_makes_it_stale() {
    stale("a run that changed a record", |w| {
        w.edit("in/customers.csv", "Customer 4 GmbH", "Customer 4 AG");
        let _ = w.run(&["run", "little"]).exits(0);
    });
    stale("applied already", |w| {
        let _ = w.run(&["apply", "little", "2"]).exits(0);
    });
}

#[test]
fn another_state_makes_it_stale() {
    stale("the state of another workspace", |w| {
        let other = little(20);
        let _ = other.run(&["run", "little"]).exits(0);
        std::fs::copy(other.place().join("state.duckdb"), w.place().join("state.duckdb")).unwrap();
    });
    stale("no state at all", |w| {
        std::fs::remove_file(w.place().join("state.duckdb")).unwrap();
    });
}

#[test]
fn another_environment_makes_it_stale() {
    let w = Workspace::copy_of(&TEMPLATE);
    let text = std::fs::read_to_string(w.path("crosswalk.toml")).unwrap();
    // Nobody listens on port 1: a request would end as an error of the platform, not as a stale plan.
    let other = "[env.other]\nplatform = \"lockstep\"\nat = \"http://127.0.0.1:1\"\nsecret = { api_key = \"KEY\" }\nvars = { region = \"Nord\" }\n";
    w.write("crosswalk.toml", &format!("{text}\n{other}"));
    let mut command = w.command(&["apply", "little", "2", "--env", "other"]);
    let _ = Ran::of(command.env("KEY", "secret")).exits(5).says("E401").says("environment rehearsal");
}

#[test]
fn a_plan_made_before_there_was_a_state_is_stale_once_there_is_one() {
    let w = little(3);
    let _ = w.run(&["plan", "little"]).exits(0);
    let _ = w.run(&["plan", "little"]).exits(0);
    let _ = w.run(&["apply", "little", "2"]).exits(0);
    let before = w.store().traffic();
    let _ = w.run(&["apply", "little", "1"]).exits(5).says("E401");
    assert_eq!(w.store().traffic(), before);
}

#[test]
fn a_damaged_plan_is_refused() {
    damaged("cut in half", |b| b[..b.len() / 2].to_vec());
    damaged("its last byte gone", |b| b[..b.len() - 1].to_vec());
    damaged("empty", |_| Vec::new());
    damaged("no archive", |_| b"no plan".to_vec());
    let flip = |at: usize| {
        move |mut b: Vec<u8>| {
            b[at] ^= 0x20;
            b
        }
    };
    let json = |b: &[u8]| b.windows(9).position(|w| w == b"\"mapping\"").unwrap();
    damaged("a byte of plan.json", |b| flip(json(&b) + 4)(b));
    let values = |b: &[u8]| b.windows(13).position(|w| w == b"Customer 3 AG").unwrap_or(200);
    damaged("a byte of a table", |b| flip(values(&b))(b));
}

/// Every entry right by its checksum, the archive in order, and yet not what was looked at.
#[test]
fn a_plan_written_anew_is_refused() {
    let json = |from: &'static str, to: &'static str| {
        move |b: Vec<u8>| rewritten(&b, |json| Regex::new(from).unwrap().replace(json, to).into_owned())
    };
    damaged("another serial", json(r#""serial": \d+"#, r#""serial": 99"#));
    damaged("another lineage", json(r#""lineage": "[^"]*""#, r#""lineage": "none""#));
    damaged("another account", json(r#""account": [^\n]*,"#, r#""account": "Somebody","#));
    damaged(
        "other words for the destination",
        json(r#""destination": "[^"]*""#, r#""destination": "Elsewhere.""#),
    );
    damaged("another print of the rules", json(r#""rules_print": "[^"]*""#, r#""rules_print": "0""#));
    damaged(
        "another print of the platform file",
        json(r#""platform_print": "[^"]*""#, r#""platform_print": "0""#),
    );
    damaged("another count of changes", json(r#""changes": 1"#, r#""changes": 0"#));
    damaged("another date of the run", json(r#""run_date": "[^"]*""#, r#""run_date": "2020-01-01""#));
    damaged("an order of its entries that is not ours", |b| archive::rewritten(&b, |_, data| data));
    damaged("a byte behind its end", |mut b| {
        b.push(0);
        b
    });
    damaged("a table emptied", |b| {
        archive::rewritten(&b, |name, data| if name.starts_with("changes.Comp") { Vec::new() } else { data })
    });
    damaged("a table of another plan", |b| {
        let first = std::fs::read(TEMPLATE.plan("little", 1)).unwrap();
        let table = archive::entry(&first, "changes.CompanySyncModel.parquet");
        archive::rewritten(
            &b,
            |name, data| if name.starts_with("changes.Comp") { table.clone() } else { data },
        )
    });
    damaged("another plan under its number", |_| std::fs::read(TEMPLATE.plan("little", 1)).unwrap());
}

#[test]
fn another_format_number_is_refused() {
    damaged("format 99", |b| rewritten(&b, |json| json.replace("\"format\": 1,", "\"format\": 99,")));
}

/// The same archive, checksums right, with another `plan.json`.
fn rewritten(bytes: &[u8], change: impl Fn(&str) -> String) -> Vec<u8> {
    archive::rewritten(bytes, |name, data| {
        if name != "plan.json" {
            return data;
        }
        let text = String::from_utf8(data).unwrap();
        let changed = change(&text);
        assert_ne!(changed, text, "plan.json was to change");
        changed.into_bytes()
    })
}

#[test]
fn what_changes_no_meaning_leaves_it_fitting() {
    fits("nothing", |_| ());
    fits("a comment in the mapping", |w| w.edit(MAPPING, "[record.company]", "# ours\n[record.company]"));
    fits("another order of fields", |w| {
        w.edit(MAPPING, "postalCode           = \"Zip\"\n", "");
        w.edit(MAPPING, "isActive             = true", "postalCode = \"Zip\"\nisActive             = true");
    });
    fits("a comment in the platform file", |w| w.edit(PLATFORM, "[transport]", "# seen\n[transport]"));
    fits("another order in a lookup file", |w| {
        w.write("in/countries.csv", "code,name\nN,NO\nA,AT\nD,DE\n");
    });
    fits("a newer source file", |w| w.edit("in/customers.csv", "Customer 5 GmbH", "Customer 5 AG"));
    fits("the source files gone", |w| {
        std::fs::remove_file(w.path("in/customers.csv")).unwrap();
        std::fs::remove_file(w.path("in/people.csv")).unwrap();
    });
}

/// Two mappings planned the same new key, and one was applied: it is that one's, and the other plan is stale. Its record at the
/// platform stays as it is, and nothing stands in the way of either afterwards.
#[test]
fn a_key_that_another_mapping_has_sent_since() {
    let w = little(3);
    let other = std::fs::read_to_string(w.path(MAPPING)).unwrap();
    let other = other.replace("name     = \"little\"", "name     = \"other\"");
    w.write("mappings/other.toml", &other.replace("\"in/customers.csv\"", "\"in/others.csv\""));
    let _ = w.run(&["run", "little"]).exits(0);
    let customers = std::fs::read_to_string(w.path("in/customers.csv")).unwrap();
    w.write("in/customers.csv", &format!("{customers}000200,Ours,10000,D,P000000\n"));
    w.write("in/others.csv", "No,Name,Zip,Country,Contact\n000200,Theirs,10000,D,P000000\n");
    let _ = w.run(&["plan", "little"]).exits(0);
    let _ = w.run(&["plan", "other"]).exits(0).says("company 000200");
    let _ = w.run(&["apply", "little", "2"]).exits(0);
    let before = w.store().traffic();
    let ran = w.run(&["apply", "other", "3"]).exits(5).says("E401");
    assert!(ran.err.contains("000200") && ran.err.contains("mapping little"), "{}", ran.err);
    assert_eq!(w.store().traffic(), before);
    let _ = w.run(&["run", "little"]).exits(0).says("nothing to send");
    assert_eq!(w.store().record("CompanySyncModel", "000200").get("companyName").unwrap(), "Ours");
}
