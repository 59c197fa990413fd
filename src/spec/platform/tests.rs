use super::super::{BodyFormat, FieldType, Lists, Resend, TransportKind, embedded};
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
    // A custom field belongs to a record of one of five types, an invoice line at the deepest; facts 1.9.
    assert_eq!(levels["CustomFieldSyncModel"], 3);
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
fn a_record_type_goes_after_those_it_names() {
    let plain = SMALL.replace("\n  ref = \"B.id\"", "");
    let after =
        |name: &str| plain.replacen("name = \"A\"", &format!("name = \"A\"\nafter = [\"{name}\"]"), 1);
    assert_eq!(mistakes(&after("C")), ["E214 there is no record type `C`"]);
    assert_eq!(mistakes(&after("A")), ["E214 `A` cannot go after itself"]);
    let circle = after("B").replace("doc = \"its key\" }", "ref = \"A.id\" }");
    assert_eq!(mistakes(&circle), ["E216 A, B refer to each other in a circle, or to one that does"]);
    let (p, unordered) = (parse("small", &after("B")).unwrap(), parse("small", &plain).unwrap());
    assert_eq!((p.levels()["A"], p.levels()["B"]), (1, 0));
    assert_ne!(p.digest, unordered.digest);
}

#[test]
fn an_unknown_platform_gets_advice() {
    let all = super::super::load(std::path::Path::new("/nonexistent"), "lokstep").unwrap_err();
    assert_eq!(all.list()[0].help.as_deref(), Some("Did you mean `lockstep`?"));
    assert!(super::super::load(std::path::Path::new("/nonexistent"), "../x").is_err());
}

#[test]
fn a_way_is_the_transport_with_some_settings_changed() {
    let ways = "\n[way.batch]\nkind = \"json-batch\"\nupload = { post = \"/batch\" }\n[way.now]\nkind = \"json-batch\"\n\
                answers_at_once = true\n\n[[model]]\nname = \"A\"";
    let text = SMALL.replacen("\n[[model]]\nname = \"A\"", ways, 1);
    let p = parse("small", &text).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(p.digest, parse("small", SMALL).unwrap().digest, "a way that is not gone changes nothing");
    let batch = p.clone().by("batch").unwrap();
    assert_eq!((batch.transport.kind, batch.transport.format), (TransportKind::JsonBatch, BodyFormat::Jsonl));
    assert_eq!(batch.transport.upload.as_ref().unwrap().post, "/batch");
    assert_eq!(batch.transport.poll, p.transport.poll);
    assert_ne!(batch.digest, p.digest);
    assert_eq!(p.clone().by("now").unwrap().transport.poll, None);
    assert!(p.by("other").is_none());
}

#[test]
fn lockstep_knows_its_other_ways() {
    let p = parse("lockstep", embedded("lockstep").unwrap()).unwrap();
    assert_eq!(p.ways.keys().collect::<Vec<_>>(), ["batch", "files", "jsonl"]);
    assert_eq!(p.model("PaymentAppliedSyncModel").unwrap().array, "paymentApplications");
    assert_eq!(p.models.iter().filter(|m| m.read.is_some()).count(), 5);
    let files = p.by("files").unwrap().transport;
    assert_eq!((files.kind, files.format, files.over_after_ms), (TransportKind::Files, BodyFormat::Csv, 0));
}

#[test]
fn settings_that_could_not_work_are_refused() {
    let with = |line: &str| {
        mistakes(&SMALL.replace("kind = \"zip-upload\"", &format!("kind = \"zip-upload\"\n{line}")))
    };
    assert_eq!(with("transient = [404]"), ["E216 404 is no status that could pass by itself"]);
    assert_eq!(with("limits = { parallel = 0 }"), ["E216 `parallel` is 0, so nothing could be sent"]);
    assert_eq!(
        with("resend = \"header\""),
        ["E212 `resend = \"header\"` lacks `idempotency`, the header's name"]
    );
    assert_eq!(
        mistakes(&SMALL.replace("kind = \"zip-upload\"", "kind = \"json-batch\"\nformat = \"csv\"")),
        ["E216 this transport sends JSON; CSV is for zip-upload and files"]
    );
    let model = |line: &str| mistakes(&SMALL.replacen("name = \"A\"", &format!("name = \"A\"\n{line}"), 1));
    assert_eq!(model("read = { get = \"/a\" }"), ["E216 the path read needs `{keys}` or `{key}`"]);
    assert_eq!(model("array = \"B\""), ["E215 two record types have the array \"B\""]);
}
