//! The text steps of a value: padding and lookups. A lookup with rows is the table `lookup.<name>(k, g)`, both VARCHAR,
//! `k` unique and never NULL.

use super::{Expr, Table};

/// Filled on the left up to a width; longer text stays.
pub fn pad_left(text: &Expr, width: u32, fill: char) -> Expr {
    let width = i64::from(width);
    let short = Expr::call("length", [text.clone()]).op("<", Expr::int(width));
    let padded =
        Expr::call("lpad", [text.clone(), Expr::int(width).cast("INTEGER"), Expr::text(&fill.to_string())]);
    Expr::case([(short, padded)], text.clone())
}

/// A lookup given in place.
pub fn inline(text: &Expr, pairs: &[(String, String)]) -> Expr {
    let branches = pairs.iter().map(|(k, g)| (text.clone().eq(Expr::text(k)), Expr::text(g)));
    Expr::case(branches, Expr::null("VARCHAR"))
}

/// The given text of the same key.
pub fn equal(text: &Expr, name: &str) -> Expr {
    Expr::raw(format!("(SELECT l.g FROM {} l WHERE l.k = {text})", table(name)))
}

/// The given text of the longest key the text starts with.
pub fn prefix(text: &Expr, name: &str) -> Expr {
    Expr::raw(format!(
        "(SELECT arg_max(l.g, length(l.k)) FROM {} l WHERE starts_with({text}, l.k))",
        table(name)
    ))
}

/// The given text of the greatest key not after the text (by bytes, so for ISO dates and padded numbers).
pub fn on_or_before(text: &Expr, name: &str) -> Expr {
    Expr::raw(format!("(SELECT arg_max(l.g, l.k) FROM {} l WHERE l.k <= {text})", table(name)))
}

fn table(name: &str) -> Table {
    Table::new("lookup", name)
}
