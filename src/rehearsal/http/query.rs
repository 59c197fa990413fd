//! Reading records back: `GET /api/v1/Companies/query?filter=erpKey eq 'K1'`.

use super::{Params, State, reply, sync};
use crate::diagnostic::Result;
use crate::rehearsal::store::{Store, Wanted};
use crate::sql::rehearsal::{Kind, Shape, Sort};
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
        return reply::unauthorised(&state.options);
    }
    let shape =
        state.platform.model_called(&called).and_then(|m| state.shapes.iter().find(|s| s.name == m.name));
    let Some(shape) = shape.cloned() else {
        return reply::problem(StatusCode::NOT_FOUND, "Not Found", "There are no such records.");
    };
    let wanted = match sync::wanted(&params, &|name| column(&shape, name)) {
        Ok(wanted) => wanted,
        Err((place, message)) => return reply::invalid(place, &message),
    };
    reply::of(state.asker.ask(move |store| read(store, &shape, &wanted)).await)
}

fn column(shape: &Shape, name: &str) -> Option<(String, Sort)> {
    let column = shape.columns.iter().find(|c| c.name.eq_ignore_ascii_case(name))?;
    let sort = match column.kind {
        Kind::Text | Kind::Uuid | Kind::Object => Sort::Text,
        Kind::Integer | Kind::Decimal(_) => Sort::Number,
        Kind::Boolean => Sort::Flag,
        Kind::Date | Kind::DateTime | Kind::Utc => Sort::Time,
    };
    Some((column.name.clone(), sort))
}

fn read(store: &Store, shape: &Shape, wanted: &Wanted) -> Result<Value> {
    let (rows, total) = store.look_up_records(shape, wanted)?;
    let records: Vec<Value> = rows.iter().map(|row| typed(row, shape)).collect();
    let (size, page) = (wanted.size, wanted.page);
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
