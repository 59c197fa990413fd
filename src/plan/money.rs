//! Sums of money of a record type: before and after, and where the amounts of the files went.

use super::{Account, Total};
use crate::db::Db;
use crate::diagnostic::Result;
use crate::mapping::{Mapping, RecordPlan};
use crate::spec::platform::FieldType;
use crate::sql::plan;
use duckdb::types::Value;

/// Sums of the money fields (decimals of scale 2), by the currency that the platform file names for each.
///
/// # Errors
/// E901.
pub(super) fn sums(db: &Db, mapping: &Mapping, record: &RecordPlan) -> Result<(Vec<Total>, Vec<Account>)> {
    let mut by_currency: Vec<(Option<&str>, Vec<&str>)> = Vec::new();
    for field in record.fields.iter().filter(|f| f.ty == FieldType::Decimal(2)) {
        let currency = currency_of(mapping, record, &field.name);
        match by_currency.iter_mut().find(|(c, _)| *c == currency) {
            Some((_, fields)) => fields.push(&field.name),
            None => by_currency.push((currency, vec![&field.name])),
        }
    }
    let of_source = mapping.records.iter().filter(|r| r.source == record.source && r.name != record.name);
    let others: Vec<(&str, bool)> = of_source.map(|r| (r.name.as_str(), !r.group.is_empty())).collect();
    let left_out = !by_currency.is_empty() && db.count(&plan::left_out(&record.name, &others))? > 0;
    let (mut totals, mut accounts) = (Vec::new(), Vec::new());
    for (currency, money) in by_currency {
        totals.extend(before_and_after(db, mapping, record, currency, &money)?);
        if left_out {
            accounts.extend(accounted(db, record, &others, currency, &money)?);
        }
    }
    let place = |field: &str| record.fields.iter().position(|f| f.name == field);
    totals.sort_by_key(|t| (place(&t.field), t.currency.clone()));
    accounts.sort_by_key(|a| (place(&a.field), a.currency.clone()));
    Ok((totals, accounts))
}

/// The mapped field that holds an amount's currency.
fn currency_of<'a>(mapping: &Mapping, record: &'a RecordPlan, field: &str) -> Option<&'a str> {
    let model = mapping.platform.model(&record.model)?;
    let named = model.field(field)?.currency.clone().unwrap_or_else(|| "currencyCode".to_owned());
    record.fields.iter().find(|f| f.name == named).map(|f| f.name.as_str())
}

fn before_and_after(
    db: &Db,
    mapping: &Mapping,
    record: &RecordPlan,
    currency: Option<&str>,
    money: &[&str],
) -> Result<Vec<Total>> {
    let sql = plan::totals(&record.model, &mapping.name, &record.name, money, currency);
    let rows = db.rows(&sql, [], |row| {
        Ok((row.get::<_, Option<String>>(0)?, texts(&row.get(1)?), texts(&row.get(2)?)))
    })?;
    let mut totals = Vec::new();
    for (n, field) in money.iter().enumerate() {
        for (currency, old, new) in &rows {
            let (old, new) = (old.get(n).cloned().flatten(), new.get(n).cloned().flatten());
            if old.is_some() || new.is_some() {
                totals.push(Total { field: (*field).to_owned(), currency: currency.clone(), old, new });
            }
        }
    }
    Ok(totals)
}

/// Where the amounts of all records that were read went; `others` are the record types made from the same source.
fn accounted(
    db: &Db,
    record: &RecordPlan,
    others: &[(&str, bool)],
    currency: Option<&str>,
    money: &[&str],
) -> Result<Vec<Account>> {
    let sql = plan::money_read(&record.model, &record.name, others, money, currency);
    let rows = db.rows(&sql, [], |row| {
        let sums = (1..=6).map(|n| row.get(n).map(|v| texts(&v))).collect::<duckdb::Result<Vec<_>>>()?;
        Ok((row.get::<_, Option<String>>(0)?, sums, counts(&row.get(7)?)))
    })?;
    let mut accounts = Vec::new();
    for (n, field) in money.iter().enumerate() {
        for (currency, sums, without) in &rows {
            let mut of = sums.iter().map(|list| list.get(n).cloned().flatten());
            let mut next = || of.next().flatten();
            let (read, planned, unchanged) = (next(), next(), next());
            let (filtered, rejected, held) = (next(), next(), next());
            let without = without.get(n).copied().unwrap_or(0);
            if read.is_none() && without == 0 {
                continue;
            }
            let (field, currency) = ((*field).to_owned(), currency.clone());
            accounts.push(Account {
                field,
                currency,
                read,
                planned,
                unchanged,
                filtered,
                rejected,
                held,
                without,
            });
        }
    }
    Ok(accounts)
}

fn texts(value: &Value) -> Vec<Option<String>> {
    let text = |v: &Value| match v {
        Value::Text(text) => Some(text.clone()),
        _ => None,
    };
    list(value).iter().map(text).collect()
}

fn counts(value: &Value) -> Vec<u64> {
    let number = |v: &Value| match v {
        Value::BigInt(n) => u64::try_from(*n).unwrap_or(0),
        _ => 0,
    };
    list(value).iter().map(number).collect()
}

fn list(value: &Value) -> &[Value] {
    match value {
        Value::List(items) => items,
        _ => &[],
    }
}
