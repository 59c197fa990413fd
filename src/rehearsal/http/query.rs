//! Reading records back: `GET /api/v1/Companies/query?filter=erpKey eq 'K1'`.

use super::{Params, State, reply};
use crate::diagnostic::Result;
use crate::rehearsal::store::Store;
use crate::sql::rehearsal::{self as sql, Kind, Shape};
use axum::extract::{Path, Query, State as With};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

/// The records of a type, a page of them.
pub(super) async fn records(
    With(state): With<State>,
    headers: HeaderMap,
    Path(called): Path<String>,
    Query(params): Params,
) -> Response {
    if !state.allowed(&headers) {
        return reply::unauthorised();
    }
    let Some(model) = state.platform.model_called(&called).map(|m| m.name.clone()) else {
        return reply::problem(StatusCode::NOT_FOUND, "Not Found", "There are no such records.");
    };
    let number = |name: &str, default: u64| params.get(name).and_then(|n| n.parse().ok()).unwrap_or(default);
    let (size, page) = (number("pageSize", 250).min(500), number("pageNumber", 0));
    let filter = params.get("filter").filter(|f| !f.trim().is_empty());
    let wanted = filter.map(|f| parse(f));
    if let Some(None) = wanted {
        return reply::invalid(
            "filter",
            "Only `field eq 'value'` and `field in ('a', 'b')` are understood here.",
        );
    }
    let wanted = wanted.flatten();
    reply::of(state.asker.ask(move |store| read(store, &model, wanted, size, page)).await)
}

fn read(
    store: &Store,
    model: &str,
    wanted: Option<(String, Vec<String>)>,
    size: u64,
    page: u64,
) -> Result<Value> {
    let none = json!({ "records": [], "totalCount": 0, "pageSize": size, "pageNumber": page });
    let Some(shape) = store.shapes.iter().find(|s| s.name == model) else { return Ok(none) };
    let column =
        |name: &str| shape.columns.iter().find(|c| c.name.eq_ignore_ascii_case(name)).map(|c| c.name.clone());
    let wanted = match wanted {
        None => None,
        Some((name, values)) => match column(&name) {
            Some(name) => Some((name, values)),
            None => return Ok(none),
        },
    };
    let wanted = wanted.as_ref().map(|(name, values)| (name.as_str(), values.as_slice()));
    let total = store.db().count(&sql::count(shape, wanted))?;
    let text = sql::records(shape, wanted, size, page.saturating_mul(size));
    let rows = store.db().rows(&text, [], |r| r.get::<_, String>(0))?;
    let records: Vec<Value> = rows.iter().map(|row| typed(row, shape)).collect();
    Ok(json!({ "records": records, "totalCount": total, "pageSize": size, "pageNumber": page }))
}

/// A record with values of their types, without those that are empty.
fn typed(row: &str, shape: &Shape) -> Value {
    let texts: Map<String, Value> = serde_json::from_str(row).unwrap_or_default();
    let mut record = Map::new();
    for column in &shape.columns {
        let Some(text) = texts.get(&column.name).and_then(Value::as_str) else { continue };
        let literal = matches!(column.kind, Kind::Integer | Kind::Decimal(_) | Kind::Boolean | Kind::Object);
        let raw = literal.then(|| serde_json::from_str::<&RawValue>(text).ok()).flatten();
        let value = raw.and_then(|r| serde_json::from_str(r.get()).ok());
        record.insert(column.name.clone(), value.unwrap_or_else(|| json!(text)));
    }
    Value::Object(record)
}

/// `field eq 'value'` or `field in ('a', 'b')`; a quote inside a value is doubled.
fn parse(filter: &str) -> Option<(String, Vec<String>)> {
    let (field, rest) = filter.trim().split_once(char::is_whitespace)?;
    let (operator, rest) = rest.trim_start().split_at_checked(2)?;
    let rest = rest.trim();
    let list = match operator.to_lowercase().as_str() {
        "eq" => rest,
        "in" => rest.strip_prefix('(')?.strip_suffix(')')?,
        _ => return None,
    };
    let mut values = Vec::new();
    let mut left = list.trim();
    loop {
        let (value, after) = quoted(left)?;
        values.push(value);
        left = after.trim_start();
        match left.strip_prefix(',') {
            Some(more) if operator.eq_ignore_ascii_case("in") => left = more.trim_start(),
            Some(_) => return None,
            None => break,
        }
    }
    left.is_empty().then(|| (field.to_owned(), values))
}

/// A value in single quotes, and what follows it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut rest = text.strip_prefix('\'')?;
    let mut value = String::new();
    loop {
        let (part, after) = rest.split_once('\'')?;
        value.push_str(part);
        match after.strip_prefix('\'') {
            Some(more) => {
                value.push('\'');
                rest = more;
            }
            None => return Some((value, after)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_understood_or_refused() {
        let found = |f: &str| parse(f).map(|(field, values)| format!("{field}:{}", values.join("|")));
        assert_eq!(found("erpKey eq 'A''1'").as_deref(), Some("erpKey:A'1"));
        assert_eq!(found("erpKey IN ('a', 'b')").as_deref(), Some("erpKey:a|b"));
        assert_eq!(found("erpKey eq 'a' or 1"), None);
        assert_eq!(found("erpKey gt 'a'"), None);
        assert_eq!(found("erpKey eq 'a"), None);
    }
}
