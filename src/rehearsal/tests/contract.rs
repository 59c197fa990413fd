//! Lockstep's other endpoints, and what can be set about them.

use super::*;
use serde_json::{Value, json};

pub(super) fn request(rehearsal: &Rehearsal, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
    let client = reqwest::blocking::Client::new();
    let method = method.parse().unwrap();
    let mut request = client.request(method, format!("{}{path}", rehearsal.address())).header("Api-Key", "k");
    if let Some(body) = body {
        request = request.json(body);
    }
    let answer = request.send().unwrap();
    let status = answer.status().as_u16();
    (status, serde_json::from_str(&answer.text().unwrap()).unwrap_or_default())
}

pub(super) fn get(rehearsal: &Rehearsal, path: &str) -> (u16, Value) {
    request(rehearsal, "GET", path, None)
}

fn batch(rehearsal: &Rehearsal, body: &Value) -> (u16, Value) {
    request(rehearsal, "POST", "/api/v1/Sync/batch", Some(body))
}

fn with(settings: &str) -> (tempfile::TempDir, Rehearsal) {
    let folder = tempfile::tempdir().unwrap();
    let options = Options::of_environment(None, Some(settings)).unwrap();
    let rehearsal = start(folder.path(), options);
    (folder, rehearsal)
}

fn details(rehearsal: &Rehearsal, answer: &Value) -> Value {
    let id = answer["syncRequestId"].as_str().unwrap();
    get(rehearsal, &format!("/api/v1/Sync/{id}?include=details")).1["details"].clone()
}

fn company(key: &str) -> Value {
    json!({ "erpKey": key, "companyName": "Acme", "companyType": "Vendor", "isActive": true })
}

#[test]
fn a_batch_is_taken_checked_and_told_like_an_archive() {
    let (_folder, rehearsal) = with("");
    let body = json!({
        "companies": [company("A"), { "ErpKey": "B", "CompanyType": "Alien", "IsActive": true }],
        "FinancialYearSettings": [{ "yearType": "Calendar", "totalPeriods": 12, "startDate": "01-01", "endDate": "12-31" }],
        "unheard": 1,
    });
    let (status, answer) = batch(&rehearsal, &body);
    assert_eq!(status, 200);
    let told = details(&rehearsal, &answer);
    assert_eq!(told["Company"]["insertCount"], 1);
    let errors = json!(["companyName: is required", "companyType: is not one of the allowed values"]);
    assert_eq!(told["Company"]["errors"], json!({ "B": errors }));
    assert_eq!(told["FinancialYearSetting"]["insertCount"], 1);
    let told = details(&rehearsal, &batch(&rehearsal, &json!({ "companies": [company("A")] })).1);
    assert_eq!(told["Company"]["skipCount"], 1);
    let (status, wrong) = batch(&rehearsal, &json!({ "companies": [{ "isActive": 3 }] }));
    assert_eq!(status, 400);
    assert!(wrong["errors"]["$.companies[0].isActive"][0].as_str().unwrap().contains("System.Boolean"));
    assert_eq!(companies(&rehearsal), 1);
}

#[test]
fn a_series_is_told_and_a_whole_type_is_complete_at_its_end() {
    let (_folder, rehearsal) = with("unknown-reference=accept");
    let history = |period: u64| {
        json!({ "financialAccountErpKey": "F", "financialYear": 2026, "periodNumber": period, "status": "Open",
                "balance": 1, "isVoided": false, "periodStartDate": "2026-01-01", "periodEndDate": "2026-01-31" })
    };
    let sent = |body: Value| {
        let (status, answer) = batch(&rehearsal, &body);
        assert_eq!(status, 200, "{answer}");
        answer
    };
    let part = |n: u64, periods: &[u64], parent: &Value| {
        let records: Vec<Value> = periods.iter().map(|p| history(*p)).collect();
        json!({ "financialAccountBalanceHistories": records, "currentBatch": n, "totalBatches": 2,
                "parentSyncRequestId": parent, "isFullSync": true })
    };
    let held = || {
        let all = rehearsal.counts().unwrap();
        all.iter().find(|(m, _)| m == "FinancialAccountBalanceHistorySyncModel").unwrap().1
    };
    let first = sent(part(1, &[1, 2, 3], &Value::Null));
    assert_eq!(details(&rehearsal, &first)["FinancialAccountBalanceHistory"]["errors"], Value::Null);
    let parent = &first["syncRequestId"];
    let last = sent(part(2, &[4], parent));
    assert_eq!((&last["parentSyncRequestId"], &last["runFullSync"]), (parent, &json!(true)));
    assert_eq!((&last["currentBatch"], &last["totalBatches"]), (&json!(2), &json!(2)));
    assert_eq!(held(), 4);
    let first = sent(part(1, &[1, 2], &Value::Null));
    assert_eq!(held(), 4);
    let last = sent(part(2, &[4], &first["syncRequestId"]));
    assert_eq!(held(), 3);
    assert_eq!(details(&rehearsal, &last)["FinancialAccountBalanceHistory"]["deleteCount"], 1);
    let (status, _) = batch(&rehearsal, &json!({ "currentBatch": 3, "totalBatches": 2 }));
    assert_eq!(status, 400);
}

#[test]
fn a_connector_can_be_asked_and_only_that_can_be_cancelled() {
    let (_folder, rehearsal) = with("delay=60000,states=connector");
    let asked = json!({ "appEnrollmentId": "7d4f2a10-0000-4000-a000-000000000001", "runFullSync": true });
    let (status, answer) = request(&rehearsal, "POST", "/api/v1/Sync", Some(&asked));
    assert_eq!((status, &answer["statusCode"], &answer["runFullSync"]), (200, &json!("Ready"), &json!(true)));
    assert_eq!(answer["appEnrollmentId"], asked["appEnrollmentId"]);
    let cancel = |answer: &Value| {
        let id = answer["syncRequestId"].as_str().unwrap().to_owned();
        request(&rehearsal, "DELETE", &format!("/api/v1/Sync/{id}"), None)
    };
    assert_eq!(cancel(&answer).1["statusCode"], "Cancelled");
    assert_eq!(cancel(&answer), (200, get(&rehearsal, "/api/v1/Sync/query").1["records"][0].clone()));
    let (_, sent) = batch(&rehearsal, &json!({ "companies": [company("A")] }));
    assert_eq!(cancel(&sent).1["statusCode"], "Ready");
    assert_eq!(cancel(&json!({ "syncRequestId": "none" })).0, 400);
    let (_other, strict) = with("cancel=refuse");
    let (_, sent) = batch(&strict, &json!({ "companies": [company("A")] }));
    let id = sent["syncRequestId"].as_str().unwrap();
    assert_eq!(request(&strict, "DELETE", &format!("/api/v1/Sync/{id}"), None).0, 400);
}

#[test]
fn uploads_and_records_are_filtered_ordered_and_paged() {
    let (_folder, rehearsal) = with("");
    for key in ["A", "B", "C"] {
        batch(&rehearsal, &json!({ "companies": [company(key)] }));
    }
    batch(&rehearsal, &json!({ "companies": [{ "erpKey": "D", "isActive": true }] }));
    let page = |path: &str| get(&rehearsal, path).1;
    let failed = page("/api/v1/Sync/query?filter=failureCount%20gt%200");
    assert_eq!((&failed["totalCount"], &failed["records"][0]["failureCount"]), (&json!(1), &json!(1)));
    let since =
        page("/api/v1/Sync/query?filter=created%20gt%20'2020-01-01'%20and%20statusCode%20eq%20'Success'");
    assert_eq!(since["totalCount"], 4);
    assert_eq!(
        page("/api/v1/Sync/query?filter=created%20gt%20'2999-01-01T00:00:00.0000000Z'")["totalCount"],
        0
    );
    let second = page("/api/v1/Companies/query?order=erpKey%20desc&pageSize=1&pageNumber=1&filter=None");
    assert_eq!((&second["records"][0]["erpKey"], &second["totalCount"]), (&json!("B"), &json!(3)));
    let some = page("/api/v1/Companies/query?filter=isActive%20eq%20TRUE%20and%20not%20erpKey%20in%20('A')");
    assert_eq!(some["totalCount"], 2);
    assert_eq!(get(&rehearsal, "/api/v1/Companies/query?filter=nonsense%20eq%201").0, 400);
    assert_eq!(get(&rehearsal, "/api/v1/Companies/query?order=nonsense").0, 400);
    assert_eq!(get(&rehearsal, "/api/v1/Nonsense/query").0, 404);
    assert_eq!(get(&rehearsal, "/api/v1/Status/auth").0, 200);
}

#[test]
fn forms_of_answers_are_as_set() {
    let (_folder, usual) = with("key=right");
    assert_eq!(get(&usual, "/api/v1/Sync/query"), (401, Value::Null));
    assert_eq!(get(&usual, "/api/v1/Status/auth").0, 401);
    assert_eq!(get(&usual, "/api/v1/Status").1["loggedIn"], false);
    let (_other, other) = with("key=right,401=problem");
    assert_eq!(get(&other, "/api/v1/Sync/query").1["title"], "Unauthorized");
    let (_third, third) = with("key=k,404=empty,nulls=write,times=long");
    assert_eq!(get(&third, "/api/v1/Sync/nobody"), (404, Value::Null));
    batch(&third, &json!({ "companies": [company("A")] }));
    let record = get(&third, "/api/v1/Sync/query").1["records"][0].clone();
    assert_eq!(record.get("groupKey"), Some(&Value::Null));
    assert!(record["created"].as_str().unwrap().ends_with('Z'));
    let (_fourth, fourth) = with("");
    batch(&fourth, &json!({ "companies": [company("A")] }));
    let record = get(&fourth, "/api/v1/Sync/query").1["records"][0].clone();
    assert!(record.get("groupKey").is_none() && record["created"].as_str().unwrap().len() == 22);
    assert_eq!(get(&fourth, "/api/v1/Sync/nobody").1["status"], 404);
}

#[test]
fn limits_are_as_set() {
    let two = json!({ "companies": [company("A"), company("B")] });
    let (_a, rehearsal) = with("records-max=1");
    assert_eq!(batch(&rehearsal, &two).0, 413);
    let (_b, rehearsal) = with("records-max=1,too-many=400");
    assert_eq!(batch(&rehearsal, &two).0, 400);
    assert_eq!(batch(&rehearsal, &json!({ "companies": [company("A")] })).0, 200);
    let (_c, rehearsal) = with("per-second=2");
    let statuses: Vec<u16> = (0..5).map(|_| get(&rehearsal, "/api/v1/Status").0).collect();
    assert!(statuses.contains(&429) && statuses[0] == 200, "{statuses:?}");
    let (_d, rehearsal) = with("part=archive");
    assert!(matches!(
        client(&rehearsal).upload(&zip("company.csv", COMPANIES)),
        Sent::Refused { status: 400, .. }
    ));
}

#[test]
fn a_missing_number_is_refused_or_nought() {
    let invoice = json!({ "erpKey": "I", "companyErpKey": "A", "customerErpKey": "A", "totalAmount": 5 });
    let body = json!({ "companies": [company("A")], "invoices": [invoice] });
    let told = |settings: &str| {
        let (_folder, rehearsal) = with(settings);
        let (status, answer) = batch(&rehearsal, &body);
        if status != 200 {
            return (status, answer["errors"].clone());
        }
        let record = get(&rehearsal, "/api/v1/Invoices/query").1["records"][0].clone();
        let again = details(&rehearsal, &batch(&rehearsal, &body).1)["Invoice"]["skipCount"].clone();
        (status, json!([record["currencyRate"], again]))
    };
    assert_eq!(told("missing-number=reject"), (200, json!([null, 0])));
    let (status, found) = told("missing-number=default");
    assert_eq!((status, &found[1]), (200, &json!(1)));
    assert_eq!(found[0].as_f64(), Some(0.0));
    let refused = json!({ "Invoices[0].CurrencyRate": ["The CurrencyRate field is required."] });
    assert_eq!(told("missing-number=refuse"), (400, refused));
}

#[test]
fn the_page_shows_what_arrived_and_escapes_it() {
    let folder = tempfile::tempdir().unwrap();
    let fault = FaultPlan::once(Mode::ReplyLost);
    let rehearsal = start(folder.path(), Options { fault, ..Options::default() });
    drop(client(&rehearsal).upload(&zip("company.csv", COMPANIES)));
    let evil = json!({ "erpKey": "<img src=x>", "companyName": "\"><script>alert(1)</script>", "companyType": "Vendor",
        "isActive": true, "city": "x".repeat(500) });
    batch(&rehearsal, &json!({ "companies": [evil, { "erpKey": "<b>E", "isActive": true }] }));
    let page = reqwest::blocking::get(format!("{}/?refresh=7", rehearsal.address())).unwrap();
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("default-src 'none'"));
    let page = page.text().unwrap();
    for text in [
        "reply-lost",
        "JSON batch",
        "2 refused",
        "there is no CompanySyncModel",
        "http-equiv=refresh content=7",
        "&lt;script",
        "companyName",
        "x…",
        "last sent",
    ] {
        assert!(page.contains(text), "{text} is not in {page}");
    }
    assert!(!page.contains("<script") && !page.contains("<img") && !page.contains("<b>E"));
}
