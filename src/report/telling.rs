//! The two or three fields that tell a reader which record this is: names, money, dates.

use super::row::{Change, FieldChange};

/// At most `n` telling fields, most telling first, with the value they have (new, else old).
pub(super) fn fields(change: &Change, n: usize) -> Vec<(&str, &str)> {
    let mut found: Vec<(u8, &FieldChange, &str)> = change
        .fields
        .iter()
        .filter_map(|f| Some((f, f.new.as_deref().or(f.old.as_deref())?)))
        .filter(|(_, value)| !value.is_empty() && *value != change.key)
        .map(|(f, value)| (weight(&f.name), f, value))
        .collect();
    found.sort_by_key(|(weight, ..)| *weight);
    let few = found.iter().take_while(|(weight, ..)| *weight < 9).count().max(1);
    found.into_iter().take(n.min(few)).map(|(_, f, value)| (f.name.as_str(), value)).collect()
}

/// Whether a value of this field says what it is without the field's name.
pub(super) fn speaks(name: &str) -> bool {
    weight(name) == 0
}

fn weight(name: &str) -> u8 {
    let name = name.to_lowercase();
    let ends = |ends: &[&str]| ends.iter().any(|e| name.ends_with(e));
    if ends(&["key", "id", "code", "guid"]) {
        8
    } else if ends(&["name", "title", "subject"]) {
        0
    } else if ends(&["totalamount", "total"]) {
        1
    } else if ends(&["amount", "balance", "price", "value"]) {
        2
    } else if ends(&["invoicedate", "paymentdate"]) {
        3
    } else if ends(&["date"]) {
        4
    } else if ends(&["number", "reference", "description", "email", "quantity"]) {
        5
    } else {
        9
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_money_come_first() {
        let field =
            |name: &str, new: &str| FieldChange { name: name.into(), old: None, new: Some(new.into()) };
        let change = Change {
            key: "10-1".into(),
            fields: vec![
                field("erpKey", "10-1"),
                field("isVoided", "false"),
                field("dueDate", "2026-10-02"),
                field("totalAmount", "12.00"),
                field("companyName", "Acme"),
            ],
            ..Change::default()
        };
        assert_eq!(
            fields(&change, 3),
            [("companyName", "Acme"), ("totalAmount", "12.00"), ("dueDate", "2026-10-02")]
        );
    }
}
