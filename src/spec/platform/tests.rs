use super::super::{FieldType, Lists, Resend, TransportKind, embedded};
use super::*;

const SMALL: &str = r#"
[platform]
name = "small"
at = { production = "https://example.test/" }

[transport]
kind = "zip-upload"
upload = { post = "/up" }
poll = { get = "/up/{id}", every = "1 s", for = "1 min" }

[[model]]
name = "A"
key = ["id"]
  [[model.field]]
  name = "id"
  type = "text"
  [[model.field]]
  name = "other"
  type = "text"
  ref = "B.id"

[[model]]
name = "B"
key = ["id"]
field = [{ name = "id", type = "text", doc = "its key" }]
"#;

fn mistakes(text: &str) -> Vec<String> {
    match parse("small", text) {
        Ok(_) => Vec::new(),
        Err(all) => all.list().iter().map(|d| format!("{} {}", d.code, d.message)).collect(),
    }
}

#[test]
fn lockstep_has_all_record_types() {
    let p = parse("lockstep", embedded("lockstep").unwrap()).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(p.models.len(), 15);
    assert_eq!(p.models.iter().map(|m| m.fields.len()).sum::<usize>(), 285);
    assert_eq!(p.transport.kind, TransportKind::ZipUpload);
    assert_eq!(p.transport.resend, Resend::Upsert);
    assert_eq!(p.answer.lists, Lists::Exceptions);
    assert_eq!(p.transport.bytes_max, 20_000_000);
    let company = p.model("CompanySyncModel").unwrap();
    assert!(company.field("primaryContactErpKey").unwrap().refers.as_ref().unwrap().later);
    assert_eq!(company.deactivate, Some(vec![("isActive".into(), "false".into())]));
    let rate = p.model("InvoiceSyncModel").unwrap().field("currencyRate").unwrap();
    assert_eq!(rate.ty, FieldType::Decimal(10));
    assert!(p.models.iter().all(|m| m.singleton == m.key.is_empty()));
    assert!(p.models.iter().flat_map(|m| &m.fields).all(|f| f.length.is_none() || !f.sure));
}

#[test]
fn lockstep_levels_follow_the_references() {
    let p = parse("lockstep", embedded("lockstep").unwrap()).unwrap();
    let levels = p.levels();
    assert_eq!(levels["CompanySyncModel"], 0);
    assert_eq!(levels["ContactSyncModel"], 1);
    assert_eq!(levels["InvoiceSyncModel"], 1);
    assert_eq!(levels["InvoiceLineSyncModel"], 2);
    assert_eq!(levels["PaymentAppliedSyncModel"], 2);
}

#[test]
fn the_digest_is_of_the_meaning() {
    let p = parse("small", SMALL).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(p.at["production"], "https://example.test");
    let relaid = SMALL.replace("name = \"id\"\n  type = \"text\"", "type='text'  # note\n  name=\"id\"");
    let redocumented = relaid.replace("its key", "the key");
    assert_eq!(p.digest, parse("small", &redocumented).unwrap().digest);
    assert_ne!(p.digest, parse("small", &SMALL.replace("1 min", "2 min")).unwrap().digest);
    assert_eq!(p.digest.len(), 64);
}

#[test]
fn mistakes_are_named() {
    assert_eq!(mistakes(&SMALL.replace("B.id", "C.id")), ["E214 there is no record type `C`"]);
    assert_eq!(mistakes(&SMALL.replace("B.id", "B.x")), ["E214 `x` is not in the key of `B`"]);
    assert_eq!(mistakes(&SMALL.replace("kind =", "knid =")).len(), 1);
    assert_eq!(mistakes(&SMALL.replace("{id}", "id")), ["E216 the path polled lacks `{id}`"]);
    assert_eq!(
        mistakes(&SMALL.replace("upload = { post = \"/up\" }", "")),
        ["E212 `transport` lacks `upload`, which zip-upload needs"]
    );
    assert_eq!(mistakes(&SMALL.replace("doc = \"its key\"", "scale = 2")), ["E216 `scale` is for decimals"]);
    assert_eq!(
        mistakes(&SMALL.replace("doc = \"its key\" }", "} , { name = \"n\", type = \"decimal\" }")).len(),
        1
    );
    assert_eq!(
        mistakes(&SMALL.replace("https://example.test/", "http://example.test/")),
        ["E216 \"http://example.test/\" is not an https address"]
    );
}

#[test]
fn addresses_and_paths_cannot_lead_elsewhere() {
    for address in ["http://localhost:x@evil.test", "https://a@evil.test", "ftp://example.test"] {
        assert_eq!(mistakes(&SMALL.replace("https://example.test/", address)).len(), 1, "{address}");
    }
    assert!(mistakes(&SMALL.replace("https://example.test/", "http://localhost:8080")).is_empty());
    assert_eq!(
        mistakes(&SMALL.replace("\"/up\"", "\".evil.test/up\"")),
        ["E216 \".evil.test/up\" is no path"]
    );
}

#[test]
fn a_circle_is_refused_unless_one_is_later() {
    let circle = SMALL.replace("doc = \"its key\" }", "ref = \"A.id\" }");
    assert_eq!(mistakes(&circle), ["E216 A, B refer to each other in a circle, or to one that does"]);
    assert!(mistakes(&circle.replace("ref = \"A.id\"", "ref = \"A.id\", when = \"later\"")).is_empty());
}

#[test]
fn an_unknown_platform_gets_advice() {
    let all = super::super::load(std::path::Path::new("/nonexistent"), "lokstep").unwrap_err();
    assert_eq!(all.list()[0].help.as_deref(), Some("Did you mean `lockstep`?"));
    assert!(super::super::load(std::path::Path::new("/nonexistent"), "../x").is_err());
}
