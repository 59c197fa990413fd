use super::*;

#[test]
fn the_shared_shape_parses() {
    let text = r#"
name = "a"
platform = "lockstep"
[defaults]
locale = "de-DE"
[source.items]
file = "x.csv"
[record.invoice]
model = "InvoiceSyncModel"
from = "items"
same = ["currencyCode"]
[record.invoice.fields]
erpKey = "Nr"
currencyRate = 1
isVoided = false
code = { first_of = ["a", "b"], default = 0, on_empty = "leave" }
"#;
    let (file, _) = parse("a.toml", text).unwrap();
    assert_eq!(file.records[0].fields.len(), 5);
    assert_eq!(file.sources[0].locale.as_ref().map(|l| l.value.as_str()), Some("de-DE"));
}

#[test]
fn mistakes_come_together() {
    let text = "name = \"a\"\nplatform = \"p\"\n[record.x]\nmodel = \"M\"\nfrom = \"s\"\nfoo = 1\n[record.x.fields]\na = { from = \"b\", const = 1 }\nb = { miss = \"drop\" }\n";
    let (file, found) = parse("a.toml", text).unwrap();
    assert_eq!(found.len(), 4, "{found:?}");
    assert_eq!(file.records[0].broken, ["a", "b"]);
}
